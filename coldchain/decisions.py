"""Decisions on a named version of the evidence, which holds stand, and when evidence has outgrown a decision. Pure.

The evidence against a unit is its profile, exposures, findings and holds as they are recorded. Time that was never
measured beyond what the profile tolerates is a finding of its own and so a part of it. Running figures are not: they
change with every minute, and what a running exposure comes to in the end is evidence that has grown.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from coldchain.canonical import canonical_json
from coldchain.deciding import DecisionKind
from coldchain.units import Direction, Exposure, Finding, Hold, Unit

MARK_CHARACTERS: Final = 16  # of the hash of what one finding means for a unit


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided of a unit on the version `evidence`, in which `exposures` are what stood against it.

    A higher version replaces: once evidence has outgrown it, it is overtaken (`overtaken_ms`, by finding
    `overtaken_by`), and what it had released is on hold again.
    """

    id: str
    version: int
    unit: str
    holds: tuple[str, ...]
    decision: DecisionKind
    evidence: str
    exposures: tuple[Exposure, ...]
    at_ms: int
    name: str
    post: str
    reason: str
    second_name: str = ""
    second_post: str = ""
    overtaken_ms: int | None = None
    overtaken_by: str = ""

    @property
    def stands(self) -> bool:
        """Whether the evidence has not outgrown it."""
        return self.overtaken_ms is None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the evidence against a unit, and one mark for each finding in it: `id:hash`."""

    unit: str
    version: str
    marks: tuple[str, ...]


def standing_holds(holds: Iterable[Hold]) -> tuple[Hold, ...]:
    """Return the holds that stand: none but a decision that is not overtaken lifts one. Whoever says "held" asks here.

    A hold whose basis was withdrawn stands until a person decides (ARCHITECTURE 1.5).
    """
    return tuple(hold for hold in holds if not hold.lifted_by)


def evidence_of(
    unit: Unit, exposures: Sequence[Exposure], findings: Mapping[str, Finding], holds: Sequence[Hold]
) -> Evidence:
    """Return the version of the evidence against a unit. Whether a hold was lifted is no evidence."""
    by_finding: dict[str, list[Any]] = {}
    for exposure in exposures:
        by_finding.setdefault(exposure.finding, []).append(msgspec.to_builtins(exposure))
    for hold in sorted(holds, key=lambda one: one.id):
        spent = [] if hold.spent_ms is None else [hold.spent_ms]
        by_finding.setdefault(hold.finding, []).append([hold.id, hold.certain, hold.basis_stands, *spent])
    for name, parts in by_finding.items():
        found = findings.get(name)
        parts.append(None if found is None else _said_of(found))
    marks = tuple(f"{name}:{_digest(parts)[:MARK_CHARACTERS]}" for name, parts in sorted(by_finding.items()))
    version = _digest([unit.id, unit.profile, unit.profile_version, *marks])
    return Evidence(unit=unit.id, version=version, marks=marks)


def what_changed(seen: Sequence[str], present: Sequence[str]) -> str:
    """Return which findings came, changed or went between two lots of marks, "" if none did."""
    before, now = _marked(seen), _marked(present)
    came = sorted(now.keys() - before.keys())
    went = sorted(before.keys() - now.keys())
    changed = sorted(name for name in now.keys() & before.keys() if now[name] != before[name])
    parts = (("new", came), ("changed", changed), ("gone", went))
    return "; ".join(f"{word}: {', '.join(names)}" for word, names in parts if names)


def outgrown(decision: Decision, now: Exposure, direction: Direction | None) -> bool:
    """Tell whether an exposure goes beyond what a decision was signed on: new, longer, surer or further outside.

    An exposure that ran when it was signed has outgrown it once it ends with a figure. What shrinks never does.
    """
    if now.withdrawn:
        return False
    same = [one for one in decision.exposures if (one.unit, one.finding) == (now.unit, now.finding)]
    before = next((one for one in same if not one.withdrawn), None)
    if before is None:
        return True
    longer = before.to_ms is not None and (now.to_ms is None or now.to_ms > before.to_ms)
    figures = (
        (before.out_ms_min, now.out_ms_min),
        (before.out_ms_max, now.out_ms_max),
        (before.unknown_ms_max, now.unknown_ms_max),
    )
    return (
        (now.certain and not before.certain)
        or now.from_ms < before.from_ms
        or longer
        or any((then or 0) < (this or 0) for then, this in figures)
        or _further(before.peak_micro_celsius, now.peak_micro_celsius, direction)
    )


def _said_of(finding: Finding) -> dict[str, Any]:
    """Return a finding as evidence. One of which nobody said how right its clock was is the evidence that it was."""
    said: dict[str, Any] = msgspec.to_builtins(finding)
    return said if finding.clock is not None else {name: said[name] for name in said if name != "clock"}


def _further(before: int | None, now: int | None, direction: Direction | None) -> bool:
    if before is None or now is None:
        return before is None and now is not None
    if direction is Direction.TOO_WARM:
        return now > before
    return now < before if direction is Direction.TOO_COLD else now != before


def _marked(marks: Sequence[str]) -> dict[str, str]:
    return {name: digest for name, _, digest in (mark.rpartition(":") for mark in marks)}


def _digest(value: Any) -> str:  # noqa: ANN401 - anything with a canonical JSON
    return hashlib.sha256(canonical_json(value)).hexdigest()
