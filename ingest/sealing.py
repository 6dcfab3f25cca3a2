"""Sealing closed days of the reading log: which may be sealed, and one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from coldchain.blocks import DAY_MS, ClosedDay, day_of
from coldchain.entries import Draft, EntryKind
from coldchain.ports import Session
from ingest.known import profile_of, site_of

ACTOR: Final = "coldchain"
SETTLED_AFTER_MS: Final = DAY_MS  # a late reading waits so long for those that come with it, before a new generation
SEAL_AFTER_DAYS: Final = 14
TURN_MS: Final = 50

log = structlog.get_logger("ingest")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPlan:
    """From which age on days are sealed, and how long one turn of it may keep the writer."""

    after_days: int = SEAL_AFTER_DAYS
    turn_ms: int = TURN_MS


def closed_days(session: Session, plan: SealPlan, now_ms: int, limit: int) -> tuple[ClosedDay, ...]:
    """Return days that may be sealed: old enough, and nothing before their end is awaited from their gateway."""
    books = session.books
    before_day = {
        probe.id: day_of(min(now_ms - plan.after_days * DAY_MS, books.horizon(probe.gateway)))
        for probe in session.records.probes()
    }
    return session.readings.closed_days(before_day, now_ms - SETTLED_AFTER_MS, limit)


def seal_day(session: Session, closed: ClosedDay, now_ms: int) -> int:
    """Seal a day under the site and profile of its probe's place; return its readings."""
    probe = next((one for one in session.records.probes() if one.id == closed.probe), None)
    site = site_of(session, probe.place) if probe else ""
    holds_ms = [profile_of(session, probe.place).hold_ms] if probe else []
    return seal_block(session, closed, site, holds_ms, now_ms)


def seal_block(session: Session, closed: ClosedDay, site: str, holds_ms: Sequence[int], now_ms: int) -> int:
    """Put a day into a block: ledger entry, bytes and removal of its hot rows in this transaction."""
    block = session.readings.prepare(closed)
    (entry,) = session.ledger.append([Draft(kind=EntryKind.BLOCK, actor=ACTOR, site=site, payload=block)], now_ms)
    return session.readings.seal(block, entry, holds_ms)
