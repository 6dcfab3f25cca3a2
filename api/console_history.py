"""The page of a temperature history: what is asked for, the same numbers as in the report, and the files to take."""

from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.answers import DAY_MS
from api.as_known import local_text, seen
from api.console import Lang
from api.context import Given
from api.history_report import made_report, read_facts
from api.pages import macros, page, words_for
from api.past import AsKnown
from api.problems import problem_of
from api.report_pdf import report_parts
from api.routes_history import TIME_CHARACTERS_MAX, asked_window
from coldchain.errors import ColdchainError, InvalidValueError, UnknownThingError
from coldchain.identifiers import require_id
from coldchain.reports import Report, Subject
from rules.report import REPORT_MS_MAX

ID_CHARACTERS_MAX: Final = 32

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Said = Annotated[str, Query(max_length=TIME_CHARACTERS_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the form holds."""

    subject: Subject
    thing: str
    begin: str
    end: str
    as_known_ms: int | None


@router.get("/history")
def history(
    request: Request,
    given: Given,
    past: AsKnown,
    what: Subject = Subject.PLACE,
    thing: Annotated[str, Query(alias="id", max_length=ID_CHARACTERS_MAX)] = "",
    begin: Annotated[str, Query(alias="from", max_length=TIME_CHARACTERS_MAX)] = "",
    end: Annotated[str, Query(alias="to", max_length=TIME_CHARACTERS_MAX)] = "",
    lang: Lang = None,
) -> Response:
    """Show the form, and what it asks for; looking is not recorded, taking a file is."""
    words = words_for(request, given, lang)
    now_ms = given.clock.now_ms()
    end = end or words.local(now_ms)
    begin = begin or words.local(now_ms - DAY_MS)
    known_ms = past.known_ms
    asked = Asked(subject=what, thing=thing.strip(), begin=begin, end=end, as_known_ms=known_ms)
    report, failed, status = _asked_for(given, asked)
    return page(
        request,
        words,
        "history.html",
        now_ms,
        status=status,
        asked=asked,
        as_known_text="" if known_ms is None else local_text(known_ms, given.zone),
        report=report,
        failed=failed,
        why=words.say(f"history.failed.{status}", id=asked.thing, days=REPORT_MS_MAX // DAY_MS) if failed else "",
        subjects=tuple(Subject),
        days_max=REPORT_MS_MAX // DAY_MS,
        tables=macros("report_tables.html", w=words, **report_parts()),
    )


def _asked_for(given: Given, asked: Asked) -> tuple[Report | None, str, int]:
    """Return the report, or why there is none and the status of the page."""
    if not asked.thing:
        return None, "", 200
    try:
        window = asked_window(given, (asked.begin, asked.end), asked.as_known_ms)
        require_id(asked.thing, "id")
        with seen(given, asked.as_known_ms) as at:
            facts = read_facts(at.session, asked.subject, asked.thing, window, given.zone.key)
            return made_report(replace(facts, as_known_ms=asked.as_known_ms)), "", 200
    except (InvalidValueError, UnknownThingError) as error:
        return None, str(error), _status(error)


def _status(error: ColdchainError) -> int:
    return problem_of(error).status
