"""What pages need to let a person decide on a unit: the evidence, the holds that stand, what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.deciding import DecisionKind
from coldchain.decisions import Decision, Evidence, standing_holds
from coldchain.evidence import present_evidence
from coldchain.ports import Session
from coldchain.units import Hold, Unit

KINDS: Final = tuple(DecisionKind)
UNITS_MAX: Final = 200  # of the list page
DECISIONS_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """One unit to decide on. `holds`: those that stand; `every`: lifted ones too. Decisions are the newest first."""

    unit: Unit
    evidence: Evidence
    holds: Sequence[Hold]
    every: Sequence[Hold]
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHolds:
    """A unit with holds that stand, since when the first does, and its newest decision (None: there is none)."""

    unit: Unit
    holds: Sequence[Hold]
    since_ms: int
    last: Decision | None


def read_deciding(session: Session, unit: Unit) -> Deciding:
    """Read what a decision on a unit is about."""
    every = session.records.holds_of_unit(unit.id)
    return Deciding(
        unit=unit,
        evidence=present_evidence(session, unit),
        holds=standing_holds(every),
        every=every,
        decisions=session.records.decisions_of_unit(unit.id)[::-1],
    )


def open_holds(session: Session) -> tuple[list[OpenHolds], int]:
    """Return the units with holds that stand, at most UNITS_MAX, and how many there are.

    The longest held come first, and those that have ended last: they hide nobody who waits for a decision.
    """
    found = []
    for held in session.records.units_on_hold(UNITS_MAX):
        unit = session.records.unit(held.unit)
        if unit is not None:
            decisions = session.records.decisions_of_unit(held.unit)
            last = decisions[-1] if decisions else None
            holds = standing_holds(session.records.holds_of_unit(held.unit))
            found.append(OpenHolds(unit=unit, holds=holds, since_ms=held.since_ms, last=last))
    return found, session.records.count_units_on_hold()
