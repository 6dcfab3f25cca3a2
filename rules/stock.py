"""Stock and plans: which level a stock is at, for how many days it lasts, and whether a plan will be exceeded. Pure.

Levels in units are what people have set for a site. Days of cover are told beside them, from the issues of 28 days; no
source gives levels in days, so that none is judged by them. A forecast is the month's issues carried on evenly, and is
given from the 7th day on (PROP).
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final

import msgspec

from coldchain.alarms import Severity
from coldchain.closed_loop import Plan, StockLevel, StockRow, Used

USE_DAYS: Final = 28
FORECAST_DAY: Final = 7
PERCENT: Final = 100


class Level(StrEnum):
    """How low a stock is, the lowest first. UNSET: nobody said what is low."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"
    ENOUGH = "enough"
    UNSET = "unset"


SEVERITY: Final[Mapping[Level, Severity]] = {
    Level.RED: Severity.CRITICAL,
    Level.ORANGE: Severity.HIGH,
    Level.YELLOW: Severity.MEDIUM,
    Level.BLUE: Severity.MEDIUM,
}


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """The stock of a site by component and group. `released` is what may be issued; `aside`: held or expired.

    `waiting`: part of their record is not here yet, which ends by itself. `aside` has also what is for one patient
    only. Of those aside `held`: on hold and not expired; `reserved`: for one patient, neither held nor expired.
    `used`: issued from here in the last 28 days; `cover_tenths`: tenths of days that it lasts, None: nothing was used.
    """

    site: str
    component: str
    blood_group: str
    released: int
    waiting: int
    aside: int
    held: int
    reserved: int
    used: int
    cover_tenths: int | None
    level: Level
    limit: int | None

    @property
    def taken_by_holds(self) -> bool:
        """Whether nothing of it may be issued because of what is on hold."""
        return self.released == 0 and self.held > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanState:
    """How a month's plan stands: issued so far, and carried on to the month's end (None: too early to say)."""

    plan: Plan
    issued: int
    projected: int | None

    @property
    def over(self) -> bool:
        """Whether it is, or will be, exceeded."""
        return self.issued > self.plan.units or (self.projected or 0) > self.plan.units


def stocks(
    rows: Iterable[StockRow], used: Iterable[Used], levels: Iterable[StockLevel], sites: Mapping[str, str]
) -> list[Stock]:
    """Return the stock of each site, component and group, also where a level asks for what is not there.

    `sites`: of each place its site; what was issued from no place of ours counts nowhere.
    """
    inside: dict[tuple[str, str, str], int] = {}
    free: dict[tuple[str, str, str], int] = {}
    waits: dict[tuple[str, str, str], int] = {}
    held: dict[tuple[str, str, str], int] = {}
    kept: dict[tuple[str, str, str], int] = {}
    gone: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (sites.get(row.place, ""), row.component, row.blood_group)
        inside[key] = inside.get(key, 0) + row.inside
        free[key] = free.get(key, 0) + row.released
        waits[key] = waits.get(key, 0) + row.waiting
        held[key] = held.get(key, 0) + row.held
        kept[key] = kept.get(key, 0) + row.reserved
    for one in used:
        key = (sites.get(one.place, ""), one.component, one.blood_group)
        gone[key] = gone.get(key, 0) + one.number
    said = {(one.site, one.component, one.blood_group): one for one in levels}
    keys = {*inside, *(key for key in said if key[2]), *(key for key in gone if key[0])}
    return [
        _stock(
            key,
            [counts.get(key, 0) for counts in (free, waits, held, kept, inside, gone)],
            said.get(key) or said.get((*key[:2], "")),
        )
        for key in sorted(keys)
    ]


def _stock(key: tuple[str, str, str], counts: Sequence[int], level: StockLevel | None) -> Stock:
    released, waiting, held, reserved, inside, used = counts
    reached, limit = level_of(released, level)
    return Stock(
        site=key[0],
        component=key[1],
        blood_group=key[2],
        released=released,
        waiting=waiting,
        aside=inside - released - waiting,
        held=held,
        reserved=reserved,
        used=used,
        cover_tenths=released * USE_DAYS * 10 // used if used else None,
        level=reached,
        limit=limit,
    )


def level_of(released: int, level: StockLevel | None) -> tuple[Level, int | None]:
    """Return the level of a stock and the number that it is below; exactly the number is still above it."""
    if level is None:
        return Level.UNSET, None
    below = (level.red, level.orange, level.yellow, level.blue)
    steps = zip((Level.RED, Level.ORANGE, Level.YELLOW, Level.BLUE), below, strict=True)
    return next(((name, limit) for name, limit in steps if released < limit), (Level.ENOUGH, None))


def month_of(now_ms: int, zone: tzinfo) -> tuple[str, int]:
    """Return the month of an instant as 2026-11, and when it began, both in the time zone of the house."""
    day = datetime.fromtimestamp(now_ms / 1_000, zone)
    begin = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return f"{day.year:04}-{day.month:02}", int(begin.timestamp()) * 1_000


def plan_states(plans: Iterable[Plan], used: Iterable[Used], now_ms: int, zone: tzinfo) -> list[PlanState]:
    """Return how the plans of the present month stand; `used`: what was issued to each member since it began."""
    issued: dict[tuple[str, str], int] = {}
    for one in used:
        issued[(one.to, one.component)] = issued.get((one.to, one.component), 0) + one.number
    day = datetime.fromtimestamp(now_ms / 1_000, zone)
    days = monthrange(day.year, day.month)[1]
    found = []
    for plan in plans:
        number = issued.get((plan.site, plan.component), 0)
        projected = None if day.day < FORECAST_DAY else number * days // day.day
        found.append(PlanState(plan=plan, issued=number, projected=projected))
    return found
