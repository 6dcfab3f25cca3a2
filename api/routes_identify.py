"""What a scan, a label or a tag means, and which units it belongs to."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api.answers import answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.context import Given
from api.find import find_units
from coldchain.identify import TEXT_MAX, Reading, identify
from coldchain.units import Unit

_SHOWN_MAX: Final = 20

router = APIRouter(tags=["units"])


class Identified(KnownAt, frozen=True, kw_only=True):
    """Every reading that the form of a text allows, refused ones with their reason, and the units that it names.

    A tag names the unit that it was bound to last; where it really is, its reads and people's words tell.
    """

    readings: list[Reading]
    units: list[Unit]


@router.get("/api/identify", responses=documented(Identified, "What it may mean."))
def identify_text(
    given: Given, text: Annotated[str, Query(min_length=1, max_length=TEXT_MAX)], as_known_ms: AsKnownMs = None
) -> Response:
    """Read an EPC or UID in hex, a tag URI, a GS1 element string or Digital Link, an ISBT 128 scan, a local number."""
    readings = identify(text, given.schemes)
    with seen(given, as_known_ms) as at:
        units = find_units(at.session, text)
    return answer(Identified(readings=list(readings)[:_SHOWN_MAX], units=list(units)[:_SHOWN_MAX], **at.told()))
