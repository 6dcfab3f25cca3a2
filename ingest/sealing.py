"""Sealing closed days of the reading log: which may be sealed, and one at a time."""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from coldchain.blocks import DAY_MS, ClosedDay, SealPlan, day_of
from coldchain.entries import Draft, EntryKind
from coldchain.errors import StoreError
from coldchain.places import Probe
from coldchain.ports import Session, Store
from ingest.counters import Counters
from ingest.known import profile_of, profiles_of, site_of

ACTOR: Final = "coldchain"
SETTLED_AFTER_MS: Final = DAY_MS  # a late reading waits so long for those that come with it, before a new generation
DAYS_LOOKED_AT: Final = 64
FAILED_MAX: Final = 1_000
ALL: Final = 1_000_000

log = structlog.get_logger("ingest")


class Sealer:
    """Seals closed days in short turns. Used by the writer's thread alone."""

    def __init__(self, store: Store, counters: Counters, plan: SealPlan) -> None:
        self._store = store
        self._counters = counters
        self._plan = plan
        self._failed: set[ClosedDay] = set()  # a damaged row keeps its day out of a block, and no other day

    def turn(self, now_ms: int, boottime_ms: Callable[[], int]) -> int:
        """Seal days, a transaction each, until there is none left or the turn is over; return how many.

        The turn ends before a day that would likely go beyond it, judging by the longest of this turn; one is sealed at
        least.
        """
        with self._store.reading() as session:
            waiting = closed_days(session, self._plan, now_ms, DAYS_LOOKED_AT + len(self._failed))
        begun_ms, sealed, longest_ms = boottime_ms(), 0, 0
        for closed in [one for one in waiting if one not in self._failed]:
            started_ms = boottime_ms()
            if sealed and started_ms - begun_ms + longest_ms > self._plan.turn_ms:
                break
            sealed += self._one(closed, now_ms)
            longest_ms = max(longest_ms, boottime_ms() - started_ms)
        return sealed

    def _one(self, closed: ClosedDay, now_ms: int) -> int:
        try:
            with self._store.writing() as session:
                readings = seal_day(session, closed, now_ms)
        except StoreError as error:
            self._failed = {*list(self._failed)[-FAILED_MAX:], closed}
            self._counters.add("seal_failures_total")
            log.exception("day_not_sealed", probe=closed.probe, day=closed.day, error=str(error))
            return 0
        self._counters.add("blocks_sealed_total", closed.days)
        self._counters.add("readings_sealed_total", readings)
        return 1


def closed_days(session: Session, plan: SealPlan, now_ms: int, limit: int) -> tuple[ClosedDay, ...]:
    """Return days that may be sealed: old enough, and nothing before their end is awaited from their gateway."""
    books = session.books
    before_day = {
        probe.id: day_of(min(now_ms - plan.after_days * DAY_MS, books.horizon(probe.gateway)))
        for probe in session.records.probes()
    }
    return session.readings.closed_days(before_day, now_ms - SETTLED_AFTER_MS, limit)


def seal_day(session: Session, closed: ClosedDay, now_ms: int) -> int:
    """Seal what is closed under the site and profile of its probe's place; return its readings."""
    probe = next((one for one in session.records.probes() if one.id == closed.probe), None)
    site = site_of(session, probe.place) if probe else ""
    holds_ms = [profile_of(session, probe.place).hold_ms] if probe else []
    return seal_block(session, closed, site, holds_ms, now_ms)


def holds_in_use(session: Session, probe: Probe) -> list[int]:
    """Return every hold time under which readings of a probe are added up: of all profiles its places ever kept."""
    hung = {
        place.id
        for place in session.records.places()
        for one in session.records.positions_in(place.id)
        if one.probe == probe.id
    }
    places = [place.id for place in session.records.places() if place.id in hung | {probe.place}]
    return sorted({profile.hold_ms for place in places for _, profile in profiles_of(session, place)})


def seal_block(session: Session, closed: ClosedDay, site: str, holds_ms: Sequence[int], now_ms: int) -> int:
    """Put what is closed into a block a day: ledger entries, bytes and removal of the hot rows in this transaction."""
    blocks = session.readings.prepare(closed)
    drafts = [Draft(kind=EntryKind.BLOCK, actor=ACTOR, site=site, payload=block) for block in blocks]
    return session.readings.seal(blocks, session.ledger.append(drafts, now_ms), holds_ms)
