"""The temperature history of a place, a probe or a unit as data: one pure function over what was read of the record.

What is handed in was read in one session, so that all figures are of one state of the record.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from coldchain.block_ports import Rival
from coldchain.commission import Commissioning, Position, WorkWord
from coldchain.decisions import Decision
from coldchain.entries import RecordedGap, StayRecord
from coldchain.errors import InvalidValueError
from coldchain.facts import Quality
from coldchain.history import History
from coldchain.places import Place, Probe, Text
from coldchain.register import Certificate
from coldchain.reports import (
    FORM,
    Curve,
    EventCount,
    LimitsKept,
    ProbeHistory,
    Report,
    SecondValues,
    SignedDecision,
    Stretch,
    Subject,
    UnitTotals,
    Unknown,
)
from coldchain.retention import RemovedDay
from coldchain.rivals import contested, counts_by
from coldchain.sums import merged, tally_history
from coldchain.units import Exposure, Finding, Hold, Unit
from rules.classes import Condition
from rules.exposure import spans
from rules.interval import interval_sums
from rules.intervals import OPEN_END_MS, Interval
from rules.kinetic import mean_kinetic_micro_celsius
from rules.limits import CONFIRMED
from rules.profile import Profile
from rules.profile_sections import KINETIC_FOR
from rules.summary import added, mean_text

DAY_MS: Final = 86_400_000
REPORT_MS_MAX: Final = 400 * DAY_MS  # a year and some: longer is asked for year by year
READINGS_MAX: Final = 600_000  # of all probes of a report: a year of one probe at one minute
ROWS_MAX: Final = 2_000  # findings, stays, holds, gaps and words of work, each
UNKNOWN_LISTED_MAX: Final = 200  # unknown stretches of a probe that are listed; all are counted
SECONDS_LISTED_MAX: Final = 200  # instants of a probe with more than one reading; all are counted

CurveOf = Callable[[History, Interval, int], Curve]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFacts:
    """A probe and its readings. `counted` and `every` reach back by the profile's hold_ms before each of the parts."""

    probe: Probe
    profile: Profile
    horizon_ms: int
    parts: Sequence[Interval]
    every: Sequence[History]
    counted: Sequence[History]
    kept: Sequence[tuple[int, Profile]] = ()  # (from_ms, profile), rising, where another one held before
    removed: Sequence[RemovedDay] = ()
    rivals: Sequence[Rival] = ()

    def under(self, part: Interval) -> list[tuple[Profile, int, int]]:
        """Return a part cut where another profile began to hold, each piece with what held in it."""
        held = [(from_ms, profile) for from_ms, profile in self.kept if from_ms < part[1]] or [(0, self.profile)]
        ends = [from_ms for from_ms, _ in held[1:]] + [part[1]]
        pieces = [(one[1], max(part[0], one[0]), end) for one, end in zip(held, ends, strict=True)]
        return [piece for piece in pieces if piece[1] < piece[2]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFacts:
    """A place, its limits as they hold there (None: not loaded), and the ledger entry that says so."""

    place: Place
    profile: Profile | None
    recorded_ms: int | None
    recorded_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """All that a report is made of."""

    subject: Subject
    id: str
    name: Text | None
    site: str
    zone: str
    from_ms: int
    to_ms: int
    places: Sequence[PlaceFacts]
    probes: Sequence[ProbeFacts]
    findings: Sequence[Finding]
    holds: Sequence[Hold]
    stays: Sequence[StayRecord]
    positions: Sequence[Position]
    commissionings: Sequence[Commissioning]
    certificates: Sequence[Certificate]
    work: Sequence[WorkWord]
    gaps: Sequence[RecordedGap]
    events: Sequence[EventCount]
    unit: Unit | None = None
    totals: UnitTotals | None = None
    exposures: Sequence[Exposure] = ()
    away: Sequence[Interval] = ()
    decisions: Sequence[Decision] = ()
    as_known_ms: int | None = None


def history_report(facts: ReportFacts, curve: CurveOf) -> Report:
    """Return the report. Raises InvalidValueError for more rows than a report may have, and says what to do."""
    for what in ("findings", "stays", "holds", "gaps", "work", "decisions"):
        require_few(what, len(getattr(facts, what)))
    require_readings(sum(len(part) for one in facts.probes for part in one.every))
    return Report(
        form=FORM,
        subject=facts.subject,
        id=facts.id,
        name=facts.name,
        site=facts.site,
        zone=facts.zone,
        from_ms=facts.from_ms,
        to_ms=facts.to_ms,
        unit=facts.unit,
        totals=facts.totals,
        limits=tuple(_limits(one, one.profile) for one in facts.places if one.profile is not None),
        without_limits=tuple(one.place.id for one in facts.places if one.profile is None),
        probes=tuple(probe_history(one, curve) for one in facts.probes),
        findings=tuple(facts.findings),
        exposures=tuple(facts.exposures),
        holds=tuple(facts.holds),
        stays=tuple(facts.stays),
        away=tuple(Stretch(from_ms=begin, to_ms=end) for begin, end in facts.away),
        positions=tuple(facts.positions),
        commissionings=tuple(facts.commissionings),
        certificates=tuple(facts.certificates),
        work=tuple(facts.work),
        gaps=tuple(facts.gaps),
        events=tuple(facts.events),
        decisions=tuple(map(signed_decision, facts.decisions)),
        as_known_ms=facts.as_known_ms,
    )


def signed_decision(one: Decision) -> SignedDecision:
    """Return a decision as pages and reports tell it."""
    return SignedDecision(
        id=one.id,
        version=one.version,
        unit=one.unit,
        decision=one.decision,
        holds=one.holds,
        findings=tuple(sorted({exposure.finding for exposure in one.exposures if not exposure.withdrawn})),
        evidence=one.evidence,
        at_ms=one.at_ms,
        name=one.name,
        post=one.post,
        reason=one.reason,
        second_name=one.second_name,
        second_post=one.second_post,
        overtaken_ms=one.overtaken_ms,
        overtaken_by=one.overtaken_by,
    )


def require_interval(from_ms: int, to_ms: int, now_ms: int) -> None:
    """Raise InvalidValueError for an interval that is empty, reversed, too long or not yet over."""
    if from_ms >= to_ms:
        msg = f"the interval is empty or reversed: from {from_ms} must lie before to {to_ms}"
        raise InvalidValueError(msg)
    if to_ms > now_ms:
        msg = f"the interval ends in the future ({to_ms}, now is {now_ms}): ask for it up to now"
        raise InvalidValueError(msg)
    if to_ms - from_ms > REPORT_MS_MAX:
        days = -(-(to_ms - from_ms) // DAY_MS)
        msg = f"the interval is {days} days long, at most {REPORT_MS_MAX // DAY_MS} are allowed: ask for it in parts"
        raise InvalidValueError(msg)


def require_readings(count: int) -> None:
    """Raise InvalidValueError for more readings than one report may have."""
    if count > READINGS_MAX:
        msg = (
            f"the interval has {count} readings or more, at most {READINGS_MAX} go into one report: "
            "ask for a shorter interval, or for one probe"
        )
        raise InvalidValueError(msg)


def probe_history(facts: ProbeFacts, curve: CurveOf) -> ProbeHistory:
    """Return what one probe says of its parts of the interval; at least one part."""
    profile = facts.profile
    seen_parts = list(zip(facts.counted, facts.parts, strict=True))
    sums = added([interval_sums(seen, *piece) for seen, part in seen_parts for piece in facts.under(part)])
    inside = [seen.between(*part) for seen, part in zip(facts.every, facts.parts, strict=True)]
    readings = sum(len(part) for part in inside)
    seconds = tuple(SecondValues(by=counts_by(one), readings=one) for one in contested(facts.rivals))
    unknown = [
        one for seen, part in zip(facts.counted, facts.parts, strict=True) for one in _unknown(facts, seen, part)
    ]
    lines = [
        curve(seen.since(part[0]), part, profile.hold_ms) for seen, part in zip(facts.counted, facts.parts, strict=True)
    ]
    return ProbeHistory(
        probe=facts.probe.id,
        place=facts.probe.place,
        role=facts.probe.role,
        gateway=facts.probe.gateway,
        serial=facts.probe.serial,
        parts=tuple(Stretch(from_ms=begin, to_ms=end) for begin, end in facts.parts),
        readings=readings,
        faulty=sum(int((part.quality != Quality.GOOD).sum()) for part in inside),
        uncounted=readings - sums.readings,
        measured_ms=sums.measured_ms,
        unknown_ms=sums.unknown_ms,
        awaited_ms=sum(one.to_ms - one.from_ms for one in unknown if one.awaited),
        below_ms=sums.below_ms,
        above_ms=sums.above_ms,
        integral=str(sums.integral_micro_celsius_ms),
        mean=mean_text(sums, profile),
        min_micro_celsius=sums.min_micro_celsius,
        max_micro_celsius=sums.max_micro_celsius,
        unknown=tuple(unknown[:UNKNOWN_LISTED_MAX]),
        unknown_count=len(unknown),
        curve=Curve(
            taken_ms=tuple(at_ms for line in lines for at_ms in line.taken_ms),
            micro_celsius=tuple(value for line in lines for value in line.micro_celsius),
        ),
        removed_ms=sum(one.to_ms - one.from_ms for one in unknown if one.removed),
        removed=tuple(facts.removed),
        seconds=seconds[:SECONDS_LISTED_MAX],
        seconds_count=len(seconds),
        kinetic_micro_celsius=_kinetic(facts),
    )


def _kinetic(facts: ProbeFacts) -> int | None:
    """Return the mean kinetic temperature of all parts; None where a product is kept that has none."""
    cut = [(seen, piece) for seen, part in zip(facts.counted, facts.parts, strict=True) for piece in facts.under(part)]
    if any(profile.product not in KINETIC_FOR for _, (profile, _, _) in cut) or not cut:
        return None
    tallies = [
        tally_history(seen.between(begin - profile.hold_ms, end), begin, end, profile.hold_ms)
        for seen, (profile, begin, end) in cut
    ]
    return mean_kinetic_micro_celsius(merged(tallies))


def _unknown(facts: ProbeFacts, counted: History, part: Interval) -> list[Unknown]:
    """Return the stretches in which no good reading holds; only they are looked at reading by reading."""
    unknown = {Condition.NEVER_MEASURED: False, Condition.AWAITED: True}
    good = counted.quality == Quality.GOOD
    begin = counted.taken_ms
    following = np.append(begin[1:], np.int64(OPEN_END_MS)) if len(begin) else begin
    held_to = np.minimum(begin + facts.profile.hold_ms, following)
    silent_from = np.clip(np.append(np.int64(part[0]), held_to[good]), *part).tolist()
    silent_to = np.clip(np.append(begin[good], np.int64(part[1])), *part).tolist()
    found = [
        Unknown(from_ms=one.from_ms, to_ms=one.to_ms, awaited=unknown[one.condition])
        for low, high in zip(silent_from, silent_to, strict=True)
        if low < high
        for one in spans(counted.between(low - facts.profile.hold_ms, high), facts.profile, low, high, facts.horizon_ms)
    ]
    return [part for one in found for part in _told_apart(one, facts.removed)]


def _told_apart(one: Unknown, removed: Sequence[RemovedDay]) -> list[Unknown]:
    """Cut an unknown stretch where days begin and end whose readings were removed by policy."""
    parts, at_ms = list[Unknown](), one.from_ms
    for day in removed:
        begin, end = max(at_ms, day.day * DAY_MS), min(one.to_ms, (day.day + 1) * DAY_MS)
        if begin >= end:
            continue
        if at_ms < begin:
            parts.append(Unknown(from_ms=at_ms, to_ms=begin, awaited=one.awaited))
        if parts and parts[-1].removed and parts[-1].to_ms == begin:
            parts[-1] = Unknown(from_ms=parts[-1].from_ms, to_ms=end, awaited=False, removed=True)
        else:
            parts.append(Unknown(from_ms=begin, to_ms=end, awaited=False, removed=True))
        at_ms = end
    if at_ms < one.to_ms:
        parts.append(Unknown(from_ms=at_ms, to_ms=one.to_ms, awaited=one.awaited))
    return parts


def _limits(facts: PlaceFacts, profile: Profile) -> LimitsKept:
    return LimitsKept(
        place=facts.place.id,
        place_name=facts.place.name,
        profile=profile.id,
        version=profile.version,
        title=profile.name,
        confirmed=profile.status == CONFIRMED,
        low_micro_celsius=profile.low_micro_celsius,
        high_micro_celsius=profile.high_micro_celsius,
        low_inclusive=profile.low_inclusive,
        high_inclusive=profile.high_inclusive,
        hold_ms=profile.hold_ms,
        gap_tolerance_ms=profile.gap_tolerance_ms,
        recorded_ms=facts.recorded_ms,
        recorded_seq=facts.recorded_seq,
    )


def require_few(what: str, count: int) -> None:
    """Raise InvalidValueError for more things of a kind than a report may have."""
    if count > ROWS_MAX:
        msg = f"the interval has {count} {what}, at most {ROWS_MAX} go into one report: ask for a shorter interval"
        raise InvalidValueError(msg)
