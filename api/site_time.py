"""From a time as people write it to UTC milliseconds, and never a guess where a clock was put back or forward."""

import datetime
import re
from typing import Final
from zoneinfo import ZoneInfo

from api.answers import MILLIS_MAX
from coldchain.errors import InvalidValueError

_MILLIS: Final = re.compile(r"[0-9]{1,15}")
_UTC: Final = datetime.UTC
EXAMPLES: Final = "2026-03-12T02:10 (site time), 2026-03-12T02:10:30+08:00, or UTC milliseconds such as 1773252600000"


def instant_ms(text: str, zone: ZoneInfo, what: str) -> int:
    """Return UTC ms of a time: milliseconds, or ISO 8601 with an offset, or without one in the site's zone.

    Raises InvalidValueError for what is no time, for a local time that the clocks jumped over, and for one that they
    showed twice: the message names both.
    """
    text = text.strip()
    if _MILLIS.fullmatch(text):
        return _bounded(int(text), what)
    try:
        said = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{what} {text!r:.60} is no time: write {EXAMPLES}"
        raise InvalidValueError(msg) from error
    at = said if said.tzinfo is not None else _local(said, zone, what)
    return _bounded((at - datetime.datetime.fromtimestamp(0, _UTC)) // datetime.timedelta(milliseconds=1), what)


def _local(said: datetime.datetime, zone: ZoneInfo, what: str) -> datetime.datetime:
    first, second = said.replace(tzinfo=zone, fold=0), said.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(_UTC).astimezone(zone).replace(tzinfo=None) != said:
        msg = f"{what} {said.isoformat()} was never shown by a clock in {zone.key}: it was put forward then"
        raise InvalidValueError(msg)
    both = f"{first.isoformat()} or {second.isoformat()}"
    msg = f"{what} {said.isoformat()} was shown twice by the clocks in {zone.key}: write {both}"
    raise InvalidValueError(msg)


def _bounded(at_ms: int, what: str) -> int:
    if not 0 <= at_ms <= MILLIS_MAX:
        msg = f"{what} {at_ms} lies outside of what can be recorded: write {EXAMPLES}"
        raise InvalidValueError(msg)
    return at_ms
