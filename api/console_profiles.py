"""The pages of profiles: all versions, one of them with its differences and words, and what a change would do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Context, Given
from api.forms import Form, answered, number_of, text_of
from api.pages import missing_page, page, words_for
from api.past import AsKnown, Past
from api.profile_words import key_text, section_text, value_text
from api.profiles import changes_of, places_like, preview, profile_detail, profile_views, record_of
from coldchain.errors import ColdchainError, InvalidValueError, UnknownThingError
from coldchain.profiles import ApproveProfile, KeepProfile, OfProfiles, ProposeProfile
from rules.profile import load_profile

CHANGES_MAX: Final = 100
DAY_MS: Final = 86_400_000
DAYS: Final = (7, 30, 90, 365)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Version = Annotated[int, Path(ge=1, le=1_000_000)]


@router.get("/profiles")
def profiles(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """Show all versions, what changed last, and the form to propose a file."""
    return _list(request, given, past, lang, {})


@router.post("/profiles")
async def propose(request: Request, given: Given, form: Form, lang: Lang = None) -> Response:
    """Propose a file of ones own."""
    return await answered(
        given,
        lambda: _fact(given, form),
        "/profiles",
        lambda error: _list(request, given, Past(), lang, form, error),
    )


@router.get("/profiles/{profile}/{version}")
def profile_page(
    request: Request, given: Given, past: AsKnown, profile: str, version: Version, lang: Lang = None, against: str = ""
) -> Response:
    """Show one version, what differs from another, who said what of it, and the forms."""
    return _one(request, given, past, lang, (profile, version), {"against": against})


@router.post("/profiles/{profile}/{version}")
async def say(
    request: Request, given: Given, profile: str, version: Version, form: Form, lang: Lang = None
) -> Response:
    """Propose, approve or refuse this version, or let a place keep it."""
    said = {**form, "profile": profile, "version": str(version)}
    return await answered(
        given,
        lambda: _fact(given, said),
        f"/profiles/{profile}/{version}",
        lambda error: _one(request, given, Past(), lang, (profile, version), said, error),
    )


@router.get("/profiles/{profile}/{version}/preview")
def preview_page(
    request: Request,
    given: Given,
    past: AsKnown,
    profile: str,
    version: Version,
    lang: Lang = None,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    place: Annotated[str, Query(max_length=32)] = "",
) -> Response:
    """Show which findings and verdicts would be others if places had kept this version in the last days."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        every = {one.id: one for one in session.records.places()}
        chosen = [every[place]] if place in every else places_like(session, profile, now_ms)
        error, found = None, None
        try:
            proposed = record_of(session, profile, version)
            found = preview(session, proposed, chosen, (now_ms - days * DAY_MS, now_ms), now_ms)
        except UnknownThingError:
            return missing_page(request, words, now_ms, "missing.profile", f"{profile} {version}")
        except InvalidValueError as refused:
            error = refused
    parts: dict[str, object] = {"found": found, "places": every, "days": days, "choices": DAYS, "place": place}
    parts |= {"chosen": chosen, "profile": profile, "version": version, "error": error}
    return page(request, words, "profile_preview.html", now_ms, status=409 if error else 200, **parts)


def _fact(given: Context, form: Mapping[str, str]) -> OfProfiles:
    signed = {key: text_of(form, key) for key in ("name", "post", "reason")}
    actor = signed["name"] or ACTOR_UNNAMED
    match text_of(form, "what"):
        case "file":
            toml = form.get("toml", "").replace("\r\n", "\n")
            known = load_profile(toml.encode())
            return ProposeProfile(profile=known.id, version=known.version, toml=toml, actor=actor, **signed)
        case "propose":
            return ProposeProfile(profile=form["profile"], version=int(form["version"]), actor=actor, **signed)
        case "approve" | "refuse" as what:
            return ApproveProfile(
                profile=form["profile"],
                version=int(form["version"]),
                sha256=text_of(form, "sha256"),
                approved=what == "approve",
                actor=actor,
                **signed,
            )
        case "keep":
            seconds = {key: text_of(form, key) for key in ("second_name", "second_post")}
            return KeepProfile(
                place=text_of(form, "place"),
                profile=form["profile"],
                version=int(form["version"]),
                from_ms=_from_ms(given, form),
                actor=actor,
                **seconds,
                **signed,
            )
        case other:
            msg = f"{other!r:.40} is nothing that is said of profiles"
            raise InvalidValueError(msg)


def _from_ms(given: Context, form: Mapping[str, str]) -> int | None:
    """Return the instant of a form in the site's time, None for now. Raises InvalidValueError."""
    text = text_of(form, "from")
    if not text:
        return number_of(form, "from_ms")
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=given.zone).timestamp()) * 1_000
    except (ValueError, OverflowError) as error:
        msg = f"{text!r:.40} is no time: write it as 2026-11-27T08:00"
        raise InvalidValueError(msg) from error


def _list(
    request: Request,
    given: Context,
    past: Past,
    lang: str | None,
    form: Mapping[str, str],
    error: ColdchainError | None = None,
) -> Response:
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        views = profile_views(session, now_ms)
        places = {place.id: place for place in session.records.places()}
        changes = changes_of(session, list(places.values()))[:CHANGES_MAX]
    parts = {"views": views, "places": places, "changes": changes, "form": form, "error": error}
    return page(request, words, "profiles.html", now_ms, status=409 if error else 200, **parts)


def _one(
    request: Request,
    given: Context,
    past: Past,
    lang: str | None,
    which: tuple[str, int],
    form: Mapping[str, str],
    error: ColdchainError | None = None,
) -> Response:
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        against, _, number = form.get("against", "").partition(" ")
        other = (against, int(number)) if number.isdecimal() and len(number) < 8 else None
        try:
            detail = profile_detail(session, *which, other, now_ms)
        except UnknownThingError:
            known = {(one.id, one.version) for one in session.records.profiles()}
            asked = which if which not in known else other or which
            return missing_page(request, words, now_ms, "missing.profile", f"{asked[0]} {asked[1]}")
        places = {place.id: place for place in session.records.places()}
        others = [(one.id, one.version) for one in session.records.profiles() if (one.id, one.version) != which]
    shown = {"key_text": key_text, "value_text": value_text, "section_text": section_text}
    parts = {"detail": detail, "places": places, "others": others, "form": form, "error": error, **shown}
    return page(request, words, "profile.html", now_ms, status=409 if error else 200, **parts)
