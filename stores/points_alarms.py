"""Alarms in the frozen schema of the mirror (docs/influx.md): a point for each alarm, twice, and how many stand now.

`alarm` has what it is about among its tags, so nearly every alarm of a finding is a series of its own; to look through
a year of them for those that still stand took 300 ms with 3,000. `alarm_list` says the same in one series a site.

Every field is always written, because InfluxDB cannot take one back: an instant that is none is 0, an id that is none
is "". The tags of an alarm may change while it lasts (too warm becomes far too warm, another rule); the point under the
tags that it had before says `moved`.
"""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import msgspec

from coldchain.alarms import RANK, Alarm, Severity
from coldchain.places import Text
from stores.lines import Measurement, Real, Value

SITE: Final = "site"  # in the tag `place` of an alarm of a site, or of nothing that stands in a place
NONE: Final = "none"
MOVED: Final = "moved"

_FIELDS: Final[dict[str, type[int] | type[str] | type[Real]]] = {
    "id": str,
    "version": int,
    "severity": str,
    "level": int,
    "state": str,
    "open": int,
    "unacknowledged": int,
    "raised_ms": int,
    "since_ms": int,
    "acked_ms": int,
    "acked_by": str,
    "cleared_ms": int,
    "ended_ms": int,
    "units": int,
    "parent": str,
    "test": int,
    "title_zh": str,
    "title_en": str,
}
ALARM: Final = Measurement("alarm", ("finding", "place", "rule", "site", "subject"), _FIELDS)
ALARM_LIST: Final = Measurement("alarm_list", ("site", "twin"), {**_FIELDS, "place": str, "rule": str, "subject": str})
ALARMS_NOW: Final = Measurement(
    "alarms_now", ("severity", "site"), {"open": int, "unacknowledged": int, "oldest_s": int}
)
OF_ALARMS: Final = (ALARM, ALARM_LIST, ALARMS_NOW)


class AlarmSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What people are told of an alarm: its state in a word of the console, whether it waits for them, its title."""

    state: str
    waits: bool
    title: Text


Key: TypeAlias = tuple[str, str, str, str, str]


def alarm_key(alarm: Alarm) -> Key:
    """Return the tags of an alarm's point: finding, place, rule, site, subject."""
    return (
        alarm.finding or NONE,
        alarm.place or SITE,
        alarm.rule,
        alarm.site or NONE,
        alarm.subject or NONE,
    )


NOT_COUNTED: Final = -1  # `units` of an alarm of no finding and no unit


def alarm_line(alarm: Alarm, said: AlarmSaid, acked_by: str, units: int, key: Key | None = None) -> bytes:
    """Return the point of an alarm at the time it was raised. `key`: tags that it had before and has no more."""
    tags = alarm_key(alarm)
    here = key is None or key == tags
    fields = _fields(alarm, said, acked_by, units, here=here)
    return ALARM.point(ALARM.series(*(key or tags)), fields, alarm.raised_ms)


def alarm_list_line(
    alarm: Alarm, said: AlarmSaid, acked_by: str, units: int, twin: int, site: str | None = None
) -> bytes:
    """Return the point of an alarm in the list of its site. `site`: one where it stood before and stands no more.

    `twin` keeps alarms apart that were raised in one millisecond (stores.mirror_alarms).
    """
    _, place, rule, own, subject = alarm_key(alarm)
    fields = _fields(alarm, said, acked_by, units, here=site is None or site == own)
    fields |= {"place": place, "rule": rule, "subject": subject}
    return ALARM_LIST.point(ALARM_LIST.series(site or own, str(twin)), fields, alarm.raised_ms)


def _fields(alarm: Alarm, said: AlarmSaid, acked_by: str, units: int, *, here: bool) -> dict[str, Value | None]:
    return {
        "id": alarm.id,
        "version": alarm.version,
        "severity": alarm.severity.value,
        "level": RANK[alarm.severity],
        "state": said.state if here else MOVED,
        "open": int(here and alarm.active),
        "unacknowledged": int(here and said.waits),
        "raised_ms": alarm.raised_ms,
        "since_ms": alarm.since_ms,
        "acked_ms": alarm.acknowledged_ms or 0,
        "acked_by": acked_by,
        "cleared_ms": alarm.cleared_ms or 0,
        "ended_ms": _ended_ms(alarm),
        "units": units,
        "parent": alarm.parent,
        "test": int(alarm.test),
        "title_zh": said.title.zh,
        "title_en": said.title.en,
    }


def counted_lines(alarms: Iterable[tuple[Alarm, bool]], sites: Iterable[str], as_of_ms: int) -> Iterator[bytes]:
    """Yield how many alarms stand, by site and severity, zeros too. Tests and what another alarm explains count not.

    `alarms`: each with whether it waits for somebody.
    """
    open_: dict[tuple[str, Severity], int] = {}
    waiting: dict[tuple[str, Severity], int] = {}
    oldest: dict[tuple[str, Severity], int] = {}
    every = set(sites)
    for alarm, waits in alarms:
        if alarm.test or alarm.parent:
            continue
        key = (alarm.site or NONE, alarm.now if alarm.active else alarm.severity)
        every.add(key[0])
        open_[key] = open_.get(key, 0) + int(alarm.active)
        if waits:
            waiting[key] = waiting.get(key, 0) + 1
            oldest[key] = min(oldest.get(key, as_of_ms), alarm.waiting_ms)
    for site in sorted(every):
        for severity in Severity:
            key = (site, severity)
            yield ALARMS_NOW.point(
                ALARMS_NOW.series(severity.value, site),
                {
                    "open": open_.get(key, 0),
                    "unacknowledged": waiting.get(key, 0),
                    "oldest_s": max(0, as_of_ms - oldest.get(key, as_of_ms)) // 1_000,
                },
                as_of_ms,
            )


def _ended_ms(alarm: Alarm) -> int:
    """Return since when nobody has to do anything about it; 0 while somebody has."""
    if alarm.cleared_ms is None or alarm.waits:
        return 0
    return max(alarm.cleared_ms, alarm.acknowledged_ms or 0)
