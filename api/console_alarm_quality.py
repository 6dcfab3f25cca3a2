"""How good the alarms are: the page and the figures of a period."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from msgspec.structs import asdict

from api.answers import answer, documented
from api.as_known import AsKnownMs, NotRecorded, Seen, seen
from api.console import Lang
from api.context import Given
from api.pages import page, words_for
from api.past import AsKnown
from rules.alarm_plain import rule_name
from rules.alarm_quality import Quality, quality

DAY_MS: Final = 86_400_000
DAYS_MAX: Final = 92
ALARMS_MAX: Final = 20_000  # of one report; what is left out is said

router = APIRouter()
Days = Annotated[int, Query(ge=1, le=DAYS_MAX, description="The last so many days.")]
Operators = Annotated[int, Query(ge=1, le=100, description="How many people answer alarms at a time.")]


class QualityView(Quality, frozen=True, kw_only=True):
    """The same, and as of when the record knew it."""

    as_known_ms: int | None = None
    not_recorded: tuple[NotRecorded, ...] = ()


@router.get("/api/alarm-quality", tags=["alarms"], responses=documented(QualityView, "The figures."))
def alarm_quality(given: Given, days: Days = 30, operators: Operators = 1, as_known_ms: AsKnownMs = None) -> Response:
    """Give how many alarms came for each operator and hour, which come and go, stand long, or nobody acted on."""
    with seen(given, as_known_ms) as at:
        return answer(QualityView(**asdict(_quality(at, days, operators)), **at.told()))


@router.get("/alarm-quality", include_in_schema=False, response_class=HTMLResponse)
def quality_page(
    request: Request, given: Given, past: AsKnown, days: Days = 30, operators: Operators = 1, lang: Lang = None
) -> Response:
    """Show them."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        found = _quality(at, days, operators)
    return page(
        request,
        words,
        "alarm_quality.html",
        at.now_ms,
        found=found,
        days=days,
        all_read=found.alarms + found.explained + found.tests < ALARMS_MAX,
        rule_name=rule_name,
    )


def _quality(at: Seen, days: int, operators: int) -> Quality:
    span = (at.now_ms - days * DAY_MS, at.now_ms + 1)
    alarms = at.session.records.alarms_raised(*span, ALARMS_MAX)
    actions = at.session.records.alarm_actions(*span, ALARMS_MAX)
    return quality(alarms, actions, span, at.now_ms, operators)
