"""The pages of alarms: what stands, the story of one, and the forms with which people answer."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.alarm_views import LISTED_MAX, alarm_title, alarm_view, alarm_views, chosen_views, said_ms, waiting_for_people
from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Context, Given
from api.forms import Form, answered, number_of, text_of
from api.grafana_says import SHOWN_MAX, grafana_says
from api.pages import missing_page, page, words_for
from api.past import AsKnown, Past
from coldchain.alarms import ActOnAlarm, AlarmActionKind, StartAlarmTest
from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.identifiers import ID_PATTERN
from rules.alarm_around import beside

SHELVE_MINUTES: Final = (30, 60, 120, 240, 480)
MINUTE_MS: Final = 60_000

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


Chosen = Annotated[str, Query(pattern=f"^({ID_PATTERN})?$")]


@router.get("/alarms")
def alarms(
    request: Request, given: Given, past: AsKnown, lang: Lang = None, place: Chosen = "", unit: Chosen = ""
) -> Response:
    """List what is active or waits for somebody, then what was there lately; or what there is of a place or a unit."""
    if not place and not unit:
        return _list_page(request, given, past, lang)
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        if unit and session.records.unit(unit) is None:
            return missing_page(request, words, now_ms, "missing.unit", unit)
        if not unit and session.records.place(place) is None:
            return missing_page(request, words, now_ms, "missing.place", place)
        views = chosen_views(session, now_ms, place, unit)
        names = {one.id: one for one in session.records.places()}
    return page(
        request,
        words,
        "alarms.html",
        now_ms,
        views=views,
        waiting=None,
        over=[],
        grafana=[],
        names=names,
        sites=[],
        title=alarm_title,
        error=None,
        form={},
    )


@router.post("/alarms")
async def start_test(request: Request, given: Given, form: Form, lang: Lang = None) -> Response:
    """Start a test alarm."""
    return await answered(
        given,
        lambda: _test(given, form),
        "/alarms",
        lambda error: _list_page(request, given, Past(), lang, error, form),
    )


@router.get("/alarms/{alarm}")
def alarm(request: Request, given: Given, past: AsKnown, alarm: str, lang: Lang = None) -> Response:
    """Show the story of an alarm, and the form to answer it."""
    return _alarm_page(request, given, past, alarm, lang)


@router.post("/alarms/{alarm}")
async def act(request: Request, given: Given, alarm: str, form: Form, lang: Lang = None) -> Response:
    """Take what a person did with an alarm."""
    return await answered(
        given,
        lambda: _action(given, alarm, form),
        f"/alarms/{alarm}",
        lambda error: _alarm_page(request, given, Past(), alarm, lang, error, form),
    )


def _action(given: Context, alarm: str, form: Mapping[str, str]) -> ActOnAlarm:
    named = form.get("action", "")
    if named not in set(AlarmActionKind):
        msg = f"action {named!r:.40} is none of {', '.join(AlarmActionKind)}"
        raise InvalidValueError(msg)
    kind, now_ms = AlarmActionKind(named), given.clock.now_ms()
    minutes = number_of(form, "minutes")
    shelved = kind is AlarmActionKind.SHELVE and minutes is not None
    return ActOnAlarm(
        alarm=alarm,
        action=kind,
        at_ms=now_ms,
        comment=text_of(form, "comment"),
        name=text_of(form, "name"),
        post=text_of(form, "post"),
        actor=text_of(form, "name") or ACTOR_UNNAMED,
        until_ms=now_ms + (minutes or 0) * MINUTE_MS if shelved else None,
        scanned=form.get("scanned") == "1",
    )


def _test(given: Context, form: Mapping[str, str]) -> StartAlarmTest:
    site, _, place = text_of(form, "where").partition("/")
    return StartAlarmTest(
        site=site,
        place=place,
        at_ms=given.clock.now_ms(),
        name=text_of(form, "name"),
        post=text_of(form, "post"),
        actor=text_of(form, "name") or ACTOR_UNNAMED,
    )


def _list_page(
    request: Request,
    given: Context,
    past: Past,
    lang: str | None,
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        views = alarm_views(session, now_ms)
        waiting = waiting_for_people(session)
        shown = {view.alarm.id for view in views}
        active = session.records.active_alarms()
        newest = [one for one in session.records.alarms(LISTED_MAX) if one.id not in shown]
        over = [alarm_view(session, one, active, now_ms) for one in newest]
        grafana = grafana_says(session, now_ms)
        names = {place.id: place for place in session.records.places()}
    return page(
        request,
        words,
        "alarms.html",
        now_ms,
        status=409 if error else 200,
        views=views,
        waiting=waiting,
        over=over,
        grafana=grafana[:SHOWN_MAX],
        grafana_more=len(grafana[SHOWN_MAX:]),
        names=names,
        sites=sorted({place.site for place in names.values()}),
        title=alarm_title,
        error=error,
        form=form or {},
    )


def _alarm_page(
    request: Request,
    given: Context,
    past: Past,
    alarm: str,
    lang: str | None,
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        found = session.records.alarm(alarm)
        if found is None:
            return missing_page(request, words, now_ms, "missing.alarm", alarm)
        active = session.records.active_alarms()
        view = alarm_view(session, found, active, now_ms)
        versions = session.records.alarm_versions(alarm)
        actions = session.records.actions_of_alarm(alarm)
        under = [alarm_view(session, one, active, now_ms) for one in active if one.parent == alarm]
        parent = session.records.alarm(found.parent) if found.parent else None
        messages = session.records.notifications_of_alarm(alarm)[-LISTED_MAX:]
        names = {place.id: place for place in session.records.places()}
        place = names.get(found.place)
        under_it = beside(session, found, place, now_ms, words.zone) if place else None
    return page(
        request,
        words,
        "alarm.html",
        now_ms,
        status=409 if error else 200,
        under_it=under_it,
        said_ms=said_ms(versions),
        view=view,
        versions=versions,
        actions=actions,
        under=under,
        parent=parent,
        messages=messages,
        names=names,
        title=alarm_title,
        kinds=_possible(view.state),
        minutes=SHELVE_MINUTES,
        error=error,
        form=form or {},
    )


def _possible(state: str) -> list[AlarmActionKind]:
    """Return what makes sense now, the most pressing first."""
    if state in ("over", "withdrawn"):
        return [AlarmActionKind.COMMENT]
    if state == "cleared":
        return [AlarmActionKind.ACKNOWLEDGE, AlarmActionKind.COMMENT]
    shelf = AlarmActionKind.UNSHELVE if state == "shelved" else AlarmActionKind.SHELVE
    return [AlarmActionKind.ACKNOWLEDGE, AlarmActionKind.ON_SITE, shelf, AlarmActionKind.COMMENT]
