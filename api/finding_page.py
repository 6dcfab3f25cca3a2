"""What the page of one finding says: what happened, under which limits, whom it touches wherever it is, what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from api.answers import WINDOW_MS_MAX
from api.beside_unit import kind_text
from api.finding_words import certainty_facts, finding_title
from api.first import NAMED_MAX, rescues
from api.limits import limit_text, limits_text
from api.local_alarms import LocalAlarm, alarm_text, of_finding
from api.running import ExposureView, FindingView, exposure_view, finding_view
from api.standings import standings
from api.watching import finding_profile
from api.whereabouts import UnitWhere, where_is
from api.wording import Words
from coldchain.entries import EntryKind
from coldchain.places import ON_THE_ROAD, Place, Probe
from coldchain.ports import Session
from coldchain.standing import PlaceStanding, PlaceState, ProbeStanding
from coldchain.units import Direction, Exposure, Finding, FindingKind, FindingStatus
from rules.limits import Profile
from rules.whereabouts import WhereKind

LISTED_MAX: Final = 300  # units on one page; the API has all
AROUND_MS: Final = 2 * 3_600_000  # how much of the curve is shown before and after
LOOKED_THROUGH_MAX: Final = 20_000  # ledger entries in which earlier versions are looked for
ENTRIES_AT_ONCE: Final = 1_000

_ORDER: Final = (WhereKind.ISSUED, WhereKind.AWAY, WhereKind.IN_BOX, WhereKind.IN_PLACE, WhereKind.NEVER_SEEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A unit that the finding touches: what it means for it, and where it is now."""

    view: ExposureView
    where: UnitWhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the finding, and when it was recorded."""

    finding: Finding
    record_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingKnown:
    """What the record says of a finding, read in one session.

    `everywhere`: where each unit that it touches is now, and whether it was certainly inside, the most urgent first.
    `touched`: the first LISTED_MAX of them, with what it means for them.
    """

    view: FindingView
    place: Place | None
    probe: Probe | None
    profile: Profile | None
    names: Mapping[str, Place]
    everywhere: Sequence[tuple[UnitWhere, bool]]
    touched: Sequence[Touched]
    withdrawn: int
    versions: Sequence[Version]
    standing: PlaceStanding | None
    others: Sequence[PlaceStanding]
    now_ms: int
    local: Sequence[LocalAlarm] = ()

    @property
    def finding(self) -> Finding:
        """The finding with its figures up to now."""
        return self.view.finding

    @property
    def touched_all(self) -> int:
        """How many units it touches."""
        return len(self.everywhere)

    @property
    def cold(self) -> bool:
        """Whether it was too cold."""
        return self.finding.direction is Direction.TOO_COLD

    @property
    def tone(self) -> str:
        """The look of the page's head: that of the state, calmer once it is over."""
        if self.finding.status is not FindingStatus.OPEN:
            return "over"
        return self.finding.direction or self.finding.kind


def read_finding(session: Session, finding: Finding, now_ms: int) -> FindingKnown:
    """Read all that the page of a finding needs."""
    records = session.records
    exposures = records.exposures_of_finding(finding.id)
    found = [(where_is(session, one.unit, now_ms), one) for one in exposures if not one.withdrawn]
    found.sort(key=_most_urgent_first)
    touched = [
        Touched(view=exposure_view(session, one, finding, records.stays_of_unit(one.unit), now_ms), where=where)
        for where, one in found[:LISTED_MAX]
    ]
    every = standings(session, now_ms)
    return FindingKnown(
        view=finding_view(session, finding, now_ms),
        place=records.place(finding.place),
        probe=next((probe for probe in records.probes() if probe.id == finding.probe), None),
        profile=finding_profile(session, finding),
        names={place.id: place for place in records.places()},
        everywhere=[(where, one.certain) for where, one in found],
        touched=touched,
        withdrawn=len(exposures) - len(found),
        versions=_versions(session, finding),
        standing=next((one for one in every if one.place == finding.place), None),
        others=every,
        now_ms=now_ms,
        local=of_finding(session, finding, now_ms),
    )


def finding_window(known: FindingKnown) -> tuple[int, int]:
    """Return what the chart shows: the finding and some time around it, up to now, and its end if it is too long."""
    start = known.finding.start_ms
    end = min((known.finding.end_ms or known.now_ms) + AROUND_MS, known.now_ms)
    return max(0, start - AROUND_MS, end - WINDOW_MS_MAX), max(end, start + 1)


def finding_facts(known: FindingKnown, words: Words) -> list[tuple[str, str]]:
    """Return the figures of a finding as (name, text)."""
    finding = known.finding
    facts = [(words.say("finding.period"), words.period(finding.start_ms, finding.end_ms))]
    if finding.kind is FindingKind.EXCURSION:
        if known.profile:
            facts.append((words.say("finding.limit"), limit_text(known.profile, words, cold=known.cold)))
        peak = words.celsius(finding.peak_micro_celsius)
        peak = peak if finding.peak_micro_celsius is None else f"{peak} °C"
        facts.append((words.say("min" if known.cold else "max"), peak))
        facts.append((words.say("finding.out"), _lasted(finding.out_ms, words)))
    facts.append((words.say("unknown"), _lasted(finding.unknown_ms, words)))
    if finding.samples_out is not None:
        facts.append((words.say("finding.samples"), str(finding.samples_out)))
    facts.append((words.say("finding.condition"), words.when(finding.condition_ms)))
    if finding.end_ms is not None and finding.kind is FindingKind.EXCURSION:
        cleared = words.say("finding.not-cleared") if finding.cleared_ms is None else words.when(finding.cleared_ms)
        facts.append((words.say("finding.cleared"), cleared))
    facts += certainty_facts(finding, words)
    facts += [(words.say("local.gateway", gateway=one.gateway), alarm_text(one, words)) for one in known.local]
    return facts


def finding_head(known: FindingKnown, words: Words) -> str:
    """Return the headline: the place and what happened there."""
    place = words.pick(known.place.name) if known.place else known.finding.place
    return words.say("first.title", place=place, what=finding_title(known.finding, words))


def finding_steps(known: FindingKnown, words: Words) -> list[str]:
    """Return what to do, in order. No disposition is suggested: the quality manager decides."""
    if known.finding.status is FindingStatus.WITHDRAWN:
        return [words.say("step.withdrawn"), words.say("step.decide", finding=known.finding.id)]
    if known.finding.kind is FindingKind.SENSOR_FAULT:
        return _sensor_steps(known, words)
    measured = [words.say("step.measure")] if known.view.running else []
    return [
        *_call_steps(known, words),
        *(_move_steps(known, words) if known.finding.kind is FindingKind.EXCURSION else measured),
        *_isolate_steps(known, words),
        words.say("step.cause"),
        words.say("step.decide", finding=known.finding.id),
    ]


def where_text(where: UnitWhere, names: Mapping[str, Place], words: Words) -> str:
    """Return in words where a unit is now."""
    place = _name(where.place, names, words) if where.place else ""
    since = words.when(where.since_ms) if where.since_ms is not None else words.say("unknown")
    key = f"where.{where.where}"
    if where.place and not where.certain:
        key = "where.possible"
    others = words.say("comma").join(_name(one, names, words) for one in where.possibly)
    text = words.say(key, place=place, to=where.to or "", since=since)
    return text + words.say("where.possibly", places=others) if others else text


def _name(place: str, names: Mapping[str, Place], words: Words) -> str:
    return words.pick(names[place].name) if place in names else place


def _most_urgent_first(one: tuple[UnitWhere, Exposure]) -> tuple[int, str, bool, str]:
    where, exposure = one
    return _ORDER.index(where.where), where.place or "", not exposure.certain, where.donation_number


def _lasted(milliseconds: int | None, words: Words) -> str:
    return words.say("unknown") if milliseconds is None else words.lasted(milliseconds)


def _call_steps(known: FindingKnown, words: Words) -> list[str]:
    issued = [where for where, _ in known.everywhere if where.where is WhereKind.ISSUED]
    return [
        words.say(
            "step.call",
            to=one.to or "",
            number=f"{one.donation_number} {kind_text(one)}".strip(),
            at=words.when(one.since_ms or known.now_ms),
        )
        for one in issued
    ]


def _move_steps(known: FindingKnown, words: Words) -> list[str]:
    """Return where to move what is still inside, while the place is not within its limits."""
    standing = known.standing
    if not known.view.running or standing is None or standing.state is PlaceState.WITHIN:
        return []
    if standing.kind in ON_THE_ROAD:
        return [words.say("first.box.todo")]
    named = words.say("comma").join(words.pick(one.name) for one in rescues(standing, known.others)[:NAMED_MAX])
    limits = limits_text(known.profile, words) if known.profile else ""
    return [
        words.say("step.move", places=named, limits=limits) if named else words.say("step.move.none", limits=limits)
    ]


def _isolate_steps(known: FindingKnown, words: Words) -> list[str]:
    kept = [(where, certain) for where, certain in known.everywhere if where.where is not WhereKind.ISSUED]
    if not known.finding.holds or not kept:
        return []
    counts: dict[str, int] = {}
    for where, _ in kept:
        name = _name(where.place, known.names, words) if where.place else words.say("where.unknown")
        counts[name] = counts.get(name, 0) + 1
    listed = words.say("comma").join(words.say("step.isolate.at", place=name, n=n) for name, n in counts.items())
    steps = [words.say("step.isolate", n=len(kept), places=listed)]
    possible = sum(not certain for _, certain in kept)
    return [*steps, words.say("step.possible", n=possible)] if possible else steps


def _sensor_steps(known: FindingKnown, words: Words) -> list[str]:
    probes = known.standing.probes if known.standing else ()
    others = [one for one in probes if one.probe != known.finding.probe and _measures(one)]
    measured = words.say("step.sensor.other") if others else words.say("step.measure")
    return [words.say("step.sensor"), measured, words.say("step.sensor.tell", finding=known.finding.id)]


def _measures(probe: ProbeStanding) -> bool:
    return probe.micro_celsius is not None and probe.state not in {PlaceState.SILENT, PlaceState.UNMEASURED}


def _versions(session: Session, finding: Finding) -> list[Version]:
    """Return the versions of a finding, the newest last: its id names the entry that first named it.

    At most LOOKED_THROUGH_MAX entries are read; the newest version is then shown without those between.
    """
    number = finding.id.removeprefix("f-")
    if not number.isdecimal():
        return []
    found: list[Version] = []
    after, stop = int(number) - 1, int(number) - 1 + LOOKED_THROUGH_MAX
    while after < stop and (not found or found[-1].finding.version < finding.version):
        entries = session.ledger.entries(after, ENTRIES_AT_ONCE)
        if not entries:
            break
        after = entries[-1].seq
        for entry in entries:
            if entry.kind is EntryKind.FINDING:
                named = msgspec.json.decode(entry.payload, type=Finding)
                if named.id == finding.id:
                    found.append(Version(finding=named, record_ms=entry.record_ms))
    return found
