"""The page of tags that contradict the record, and what a person found when looking."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.console import Lang
from api.context import Given
from api.pages import page, words_for
from api.past import AsKnown
from api.wording import Words
from coldchain.entries import TagConflict
from coldchain.places import Place
from coldchain.ports import Session
from rules.tag_conflicts import ConflictKind

SHOWN_MAX: Final = 100
WHAT: Final[Mapping[str, str]] = {
    ConflictKind.CLONE: "tags.kind.clone",
    ConflictKind.RETIRED_SEEN: "tags.kind.retired-seen",
    ConflictKind.ENDED_SEEN: "tags.kind.ended-seen",
}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class Shown(NamedTuple):
    """One conflict with the unit that the tag stands, or stood, for (empty: none), and what is wrong in words."""

    conflict: TagConflict
    unit: str
    what: str


@router.get("/tags")
def tags(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """List the newest conflicts that stand."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session = at.session
        names = {place.id: place for place in session.records.places()}
        found = [_shown(session, one, names, words) for one in session.records.tag_conflicts(SHOWN_MAX)]
    return page(request, words, "tags.html", at.now_ms, found=found)


def _shown(session: Session, one: TagConflict, names: dict[str, Place], words: Words) -> Shown:
    bound = [binding.unit for binding in session.records.bindings_of_epc(one.epc) if binding.from_ms <= one.at_ms]
    what = words.say(
        WHAT[one.kind],
        at=words.when(one.at_ms),
        place=words.pick(names[one.place].name) if one.place in names else one.place,
        other=words.pick(names[one.other].name) if one.other in names else one.other,
        other_at="" if one.other_ms is None else words.when(one.other_ms),
    )
    return Shown(one, bound[-1] if bound else "", what)
