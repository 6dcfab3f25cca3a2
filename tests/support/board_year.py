"""A year of a large service as the boards of alarms and journeys ask for it: for the times that their queries take.

    fill_year(server, now_ms)          # database YEAR: 3,000 alarms, 2,000 findings, 30 days of counts, the roads' day

Every alarm but a few is over and acknowledged, as it is in a year; STANDING of the newest still stand. An alarm of a
finding has the finding among its tags, so nearly each is a series of its own: that is what makes the queries slow.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
from support.board_data import HOUR_MS, MINUTE_MS, SITE
from support.board_roads import extra_lines, extra_snapshot_lines
from support.influx import InfluxServer

from coldchain.alarms import Alarm, Severity, SubjectKind
from coldchain.places import Text
from coldchain.units import Direction, Finding, FindingKind, FindingStatus
from stores.points import finding_line
from stores.points_alarms import AlarmSaid, alarm_line, alarm_list_line, counted_lines

YEAR: Final = "year"  # the database
DAY_MS: Final = 24 * HOUR_MS
ALARMS: Final = 3_000
FINDINGS: Final = 2_000
STANDING: Final = 40
PLACES: Final = 60
DAYS_OF_COUNTS: Final = 30
BODY_MAX: Final = 1_500_000
_SEVERITIES: Final = tuple(Severity)
_RULES: Final = ("A01", "A02", "A05", "A07", "A25", "A30", "A44", "A06")


def fill_year(server: InfluxServer, now_ms: int) -> int:
    """Write the year into a database of its own; return how many points it has."""
    server.create(YEAR)
    written = size = 0
    batch: list[bytes] = []
    for line in year_lines(now_ms):
        batch.append(line)
        size += len(line) + 1
        if size > BODY_MAX:
            server.write(YEAR, b"\n".join(batch))
            written, size = written + len(batch), 0
            batch.clear()
    server.write(YEAR, b"\n".join(batch))
    return written + len(batch)


def year_lines(now_ms: int) -> Iterator[bytes]:
    """Yield every line."""
    yield from extra_lines(now_ms)
    for alarm, said in year_alarms(now_ms):
        by = "" if said.waits else "王芳 储血点技术员"
        yield alarm_line(alarm, said, by, 30)
        yield alarm_list_line(alarm, said, by, 30, 0)
    for number in range(FINDINGS):
        yield _finding_line(number, now_ms)
    stood = [(alarm, said.waits) for alarm, said in year_alarms(now_ms)[-STANDING:]]
    counted = [line.rpartition(b" ")[0] for line in counted_lines(stood, [SITE], now_ms)]  # only the time differs
    for at in range(now_ms - DAYS_OF_COUNTS * DAY_MS, now_ms + 1, 10_000):
        yield from (b"%s %d" % (line, at) for line in counted)


def snapshot_of_year(now_ms: int) -> Iterator[bytes]:
    """Yield what is said again and again, at now_ms."""
    yield from extra_snapshot_lines(now_ms)
    yield from counted_lines([(one, said.waits) for one, said in year_alarms(now_ms)[-STANDING:]], [SITE], now_ms)


def year_alarms(now_ms: int) -> list[tuple[Alarm, AlarmSaid]]:
    """Return the alarms by time: spread over a year, the newest STANDING in the last hours and not over."""
    past = [
        _over(number, now_ms - 360 * DAY_MS + number * 350 * DAY_MS // ALARMS) for number in range(ALARMS - STANDING)
    ]
    return [*past, *(_standing(number, now_ms - (STANDING - number) * 20 * MINUTE_MS) for number in range(STANDING))]


def _alarm(number: int, raised_ms: int) -> Alarm:
    severity = _SEVERITIES[number % 4]
    place = f"fridge-{number % PLACES}"
    return Alarm(
        id=f"a-{number:05d}",
        version=1,
        rule=_RULES[number % len(_RULES)],
        subject_kind=SubjectKind.PROBE,
        subject=f"{place}-load",
        site=SITE,
        place=place,
        severity=severity,
        now=severity,
        since_ms=raised_ms - 5 * MINUTE_MS,
        raised_ms=raised_ms,
        finding=f"f-{number:05d}" if number % 3 else "",
        waiting_ms=raised_ms,
        changed_ms=raised_ms,
    )


def _over(number: int, raised_ms: int) -> tuple[Alarm, AlarmSaid]:
    alarm = msgspec.structs.replace(
        _alarm(number, raised_ms), acknowledged_ms=raised_ms + 4 * MINUTE_MS, cleared_ms=raised_ms + 40 * MINUTE_MS
    )
    return alarm, AlarmSaid(state="over", waits=False, title=_title(number))


def _standing(number: int, raised_ms: int) -> tuple[Alarm, AlarmSaid]:
    alarm = _alarm(ALARMS + number, raised_ms)
    return alarm, AlarmSaid(state="active", waits=number % 2 == 0, title=_title(number))


def _title(number: int) -> Text:
    return Text(
        zh=f"储血冰箱 {number % PLACES} 偏高（载荷探头）", en=f"Blood fridge {number % PLACES} too warm (load probe)"
    )


def _finding_line(number: int, now_ms: int) -> bytes:
    start_ms = now_ms - 365 * DAY_MS + number * 364 * DAY_MS // FINDINGS
    place = f"fridge-{number % PLACES}"
    open_ = number >= FINDINGS - 10
    finding = Finding(
        id=f"f-{number:05d}",
        version=1,
        kind=FindingKind.EXCURSION,
        rule="A01",
        place=place,
        probe=f"{place}-load",
        direction=Direction.TOO_WARM,
        status=FindingStatus.OPEN if open_ else FindingStatus.CLOSED,
        holds=True,
        start_ms=start_ms,
        condition_ms=start_ms + 10 * MINUTE_MS,
        end_ms=None if open_ else start_ms + 40 * MINUTE_MS,
        peak_micro_celsius=None if open_ else 8_200_000,
        out_ms=None if open_ else 40 * MINUTE_MS,
        unknown_ms=None if open_ else 0,
        profile="cn-rbc",
        profile_version=1,
    )
    return finding_line(SITE, finding, _title(number))
