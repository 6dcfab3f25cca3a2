"""How a place stands at an instant: one word, whose probe decides it, and what else needs a look. Pure.

Every screen, board and mirror shows exactly this (coldchain.standing says the words and their order).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coldchain.commission import Crossing, WorkKind
from coldchain.entries import Receipt, RecordedEvent, TagConflict
from coldchain.facts import Quality
from coldchain.history import EMPTY, NO_VALUE, History
from coldchain.places import Contact, Place, Probe, ProbeRole
from coldchain.rounds import ManualReading, StockCount
from coldchain.standing import BoxStanding, Notice, PlaceStanding, PlaceState, ProbeStanding
from coldchain.units import Direction, Finding, FindingKind, FindingStatus
from rules.boxes import BoxWords, box_standing, of_box
from rules.classes import Class
from rules.counted import ALL_COUNTS, NO_WORK, Counted, PlaceWork, lasted
from rules.excursion import Watch, beginning, fold, foreseen, passed
from rules.excuses import excused_since
from rules.fold_state import FoldState
from rules.intervals import united, without
from rules.limits import Profile
from rules.notices import of_alarm, of_battery, of_contacts, of_devices, of_gateways
from rules.tag_notices import of_crates, of_tags
from rules.watch import loaded_from
from rules.work_notices import of_count, of_crossings, of_display, of_rounds, of_work


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFacts:
    """What is known of one probe: its fold, its last reading (None where it never gave one), its horizon.

    `state` is the one after the last reading (None: it was never folded), `horizon_ms` the time before which nothing
    of its gateway is on its way any more. `micro_celsius` is None where the last reading was no temperature. `counted`
    says which of its readings count. `past`: where there is no state, the readings of late from which it follows.
    """

    probe: Probe
    state: FoldState | None
    taken_ms: int | None
    micro_celsius: int | None
    quality: Quality | None
    horizon_ms: int
    counted: Counted = ALL_COUNTS
    past: History = EMPTY

    @property
    def heard(self) -> bool:
        """Whether there is a last reading, and it counts."""
        return self.taken_ms is not None and self.counted.at(self.taken_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFacts:
    """All that decides how a place stands at now_ms.

    `profile` as it holds in this kind of place: Profile.at(place.kind). `contacts`: each contact of the place and of
    its site (Contact.place "") with its last word (of contacts.CONTACT_KINDS), None if none. `heard_ms`: when each
    gateway of the place was last heard. `battery`: the last word on the battery of a box. `findings` of the place: at
    least those that are open. `inside`, `possible`: units certainly and possibly inside; `held`: how many of both are
    on hold. `silent`: what was last said of devices of the place that do not answer their gateway. `dark_ms`: when the
    last will of a gateway of the place came, where one did. `work`: what was said of positions and work states;
    `crossings`: those of which the place is one side. `tag_conflicts`: reads of tags here, or against reads here, that
    contradict the record. `ways_open`: crates for it that went through a portal, nobody knows which way. `box`: what a
    courier's box said of itself last. `display`: its newest manual reading, `count`: its newest count.
    """

    place: Place
    profile: Profile
    probes: Sequence[ProbeFacts]
    contacts: Sequence[tuple[Contact, RecordedEvent | None]]
    heard_ms: Mapping[str, int | None]
    battery: RecordedEvent | None
    findings: Sequence[Finding]
    inside: int
    possible: int
    held: int
    now_ms: int
    silent: Sequence[RecordedEvent] = ()
    dark_ms: Mapping[str, int] = field(default_factory=dict)
    work: PlaceWork = NO_WORK
    crossings: Sequence[Crossing] = ()
    tag_conflicts: Sequence[TagConflict] = ()
    ways_open: Sequence[Receipt] = ()
    box: BoxWords | None = None
    display: ManualReading | None = None
    count: StockCount | None = None

    @property
    def unused_since_ms(self) -> int | None:
        """Since when the place is out of use with nobody inside, so that nothing of it is judged; None: it is not."""
        spans = without(lasted(self.work.words, WorkKind.OUT_OF_USE), united(self.work.inside))
        return next((begin for begin, end in spans if begin <= self.now_ms < end), None)


def place_standing(facts: PlaceFacts) -> PlaceStanding:
    """Return how a place stands: the gravest state of its probes decides, or a notice that asks for a look.

    Where several probes count down to an alarm, the next one is said: nobody is told of more time than there is.

    `probe` is None where a notice decides, and where there is no probe: then the place is silent.
    """
    judged = [_judge(facts, one) for one in sorted(facts.probes, key=_load_first)]
    cleared = [notice for one in judged for notice in of_alarm(one.standing.probe, one.state)]
    notices = sorted([*place_notices(facts), *cleared], key=_notice_order)
    state, probe, since_ms, due_ms = _decided(facts, [one.standing for one in judged], notices)
    still_open = sorted((f for f in facts.findings if f.status is FindingStatus.OPEN), key=lambda f: (f.start_ms, f.id))
    return PlaceStanding(
        place=facts.place.id,
        site=facts.place.site,
        kind=facts.place.kind,
        name=facts.place.name,
        as_of_ms=facts.now_ms,
        state=state,
        probe=probe,
        since_ms=since_ms,
        due_ms=due_ms,
        probes=tuple(one.standing for one in judged),
        notices=tuple(notices),
        findings_open=tuple(finding.id for finding in still_open),
        inside=facts.inside,
        possible=facts.possible,
        held=facts.held,
        profile=facts.profile.id,
        profile_version=facts.profile.version,
        confirmed=facts.profile.confirmed,
        low_micro_celsius=facts.profile.low_micro_celsius,
        high_micro_celsius=facts.profile.high_micro_celsius,
        box=_box(facts),
    )


def _box(facts: PlaceFacts) -> BoxStanding | None:
    return None if facts.box is None else box_standing(facts.box, facts.now_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A probe's standing, and the state of its fold that it follows from."""

    state: FoldState
    standing: ProbeStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """One thing that can be said of a probe; the gravest is its state."""

    state: PlaceState
    since_ms: int | None = None
    due_ms: int | None = None


def _decided(
    facts: PlaceFacts, probes: Sequence[ProbeStanding], notices: Sequence[Notice]
) -> tuple[PlaceState, str | None, int | None, int | None]:
    due = [notice.since_ms for notice in notices if notice.due_ms <= facts.now_ms]
    unused_ms = facts.unused_since_ms
    gravest = _gravest(probes)
    if due and (unused_ms is not None or (gravest and gravest.state in _GIVES_WAY)):
        return PlaceState.ATTENTION, None, min(due), None
    if unused_ms is not None:
        return PlaceState.OUT_OF_USE, None, unused_ms, None
    if gravest is None:
        return PlaceState.SILENT, None, None, None
    return gravest.state, gravest.probe, gravest.since_ms, gravest.due_ms


def _gravest(probes: Sequence[ProbeStanding]) -> ProbeStanding | None:
    """Return the probe that decides: of several in one state the first, or the one whose delay is over first."""
    gravest = min(probes, key=lambda one: _GRAVITY[one.state], default=None)
    if gravest is None or gravest.due_ms is None:
        return gravest
    counting = [one for one in probes if one.state is gravest.state and one.due_ms is not None]
    return min(counting, key=lambda one: one.due_ms or 0)


def place_notices(facts: PlaceFacts) -> list[Notice]:
    """Return what of a place needs a look, beside its temperatures; place_standing adds alarms in their dead band."""
    notices = [
        *of_gateways(facts.heard_ms, [one.probe for one in facts.probes], facts.now_ms, facts.dark_ms),
        *of_work(facts.place, facts.work, facts.now_ms),
        *of_crossings(facts.place, facts.crossings),
        *of_display(facts.display),
        *of_rounds(facts.display, facts.now_ms),
        *of_count(facts.count),
        *of_tags(facts.tag_conflicts),
        *of_crates(facts.ways_open),
    ]
    if facts.unused_since_ms is None:  # what is switched off and stands open asks for nothing else
        notices += of_contacts(facts.place, facts.profile, facts.contacts)
        notices += [*of_devices(facts.silent), *of_battery(facts.battery), *_of_box(facts)]
    return sorted(notices, key=_notice_order)


def _notice_order(notice: Notice) -> tuple[int, int, str, str]:
    return notice.due_ms, notice.since_ms, notice.kind, notice.origin


def _of_box(facts: PlaceFacts) -> list[Notice]:
    origin = "" if facts.box is None else facts.box.gateway
    return of_box(_box(facts), origin, facts.inside + facts.possible, facts.now_ms)


def _judge(facts: PlaceFacts, one: ProbeFacts) -> _Judged:
    watch = _watch(facts, one)
    state = _state_of(one, watch)
    words = [*_of_findings(facts, one), *_of_run(facts, state, watch)]
    uncounted = one.counted.why_not(facts.now_ms)
    if uncounted:
        words.append(_Word(state=uncounted[0], since_ms=max(uncounted[1], one.probe.since_ms or 0)))
    else:
        words += [*_of_silence(facts, one, state, watch), *_of_sensor(facts, one, state)]
    word = min(words, key=lambda word: _GRAVITY[word.state], default=_Word(state=PlaceState.WITHIN))
    standing = ProbeStanding(
        probe=one.probe.id,
        role=one.probe.role,
        state=word.state,
        since_ms=word.since_ms,
        due_ms=word.due_ms,
        taken_ms=one.taken_ms,
        micro_celsius=one.micro_celsius,
        quality=one.quality,
    )
    return _Judged(state=state, standing=standing)


def _watch(facts: PlaceFacts, one: ProbeFacts) -> Watch:
    here = [event for contact, event in facts.contacts if event is not None and contact.place == facts.place.id]
    return Watch(
        profile=facts.profile,
        role=one.probe.role,
        horizon_ms=one.horizon_ms,
        since_ms=one.probe.since_ms,
        excused=excused_since(here, facts.profile),
        loaded_from_ms=loaded_from(known.probe for known in facts.probes),
    )


def _state_of(one: ProbeFacts, watch: Watch) -> FoldState:
    """Return the state after the last reading, also where judging lags behind the readings or has yet to begin."""
    state = one.state or beginning(watch, one.taken_ms if one.heard else None)
    if one.state is None and len(one.past):
        state = fold(FoldState(), one.past, watch).state
    if (
        not one.heard
        or one.taken_ms is None
        or one.quality is None
        or (state.last_ms is not None and state.last_ms >= one.taken_ms)
    ):
        return state
    value = NO_VALUE if one.micro_celsius is None else one.micro_celsius
    last = History(
        taken_ms=np.array([one.taken_ms], np.int64),
        micro_celsius=np.array([value], np.int64),
        quality=np.array([one.quality], np.uint8),
    )
    return fold(state, last, watch).state


def _of_findings(facts: PlaceFacts, one: ProbeFacts) -> list[_Word]:
    states = {
        (FindingKind.EXCURSION, Direction.TOO_WARM): PlaceState.TOO_WARM,
        (FindingKind.EXCURSION, Direction.TOO_COLD): PlaceState.TOO_COLD,
        (FindingKind.UNMEASURED, None): PlaceState.UNMEASURED,
        (FindingKind.SENSOR_FAULT, None): PlaceState.SENSOR_FAULT,
    }
    return [
        _Word(state=states[finding.kind, finding.direction], since_ms=finding.start_ms)
        for finding in sorted(facts.findings, key=lambda finding: finding.start_ms)
        if finding.probe == one.probe.id and finding.status is FindingStatus.OPEN
    ]


def _of_run(facts: PlaceFacts, state: FoldState, watch: Watch) -> list[_Word]:
    """Say what readings outside mean that have not come back inside: nobody can show that it is over, silent or not."""
    run = passed(state, watch, facts.now_ms).run
    if run is None:
        return []
    if state.run and state.run.condition_ms is not None:
        warm = run.direction is Direction.TOO_WARM
        return [_Word(state=PlaceState.TOO_WARM if warm else PlaceState.TOO_COLD, since_ms=run.start_ms)]
    ahead = foreseen(state, watch).run
    excuses_left = watch.role is ProbeRole.AIR and run.excused_ms < facts.profile.excuse.most_ms
    excused = excuses_left and watch.excused(facts.now_ms, facts.now_ms + 1)
    return [
        _Word(
            state=PlaceState.ATTENTION if excused else PlaceState.OUTSIDE,
            since_ms=run.start_ms,
            due_ms=ahead.condition_ms if ahead else None,
        )
    ]


def _of_silence(facts: PlaceFacts, one: ProbeFacts, state: FoldState, watch: Watch) -> list[_Word]:
    heard_ms = one.taken_ms if one.heard or one.taken_ms is None else state.last_ms
    if state.last_class is Class.AWAKE and not one.heard:
        since_ms = state.last_ms
    elif heard_ms is not None and facts.now_ms - heard_ms < facts.profile.hold_ms:
        return []
    else:
        since_ms = one.probe.since_ms if heard_ms is None else heard_ms + facts.profile.hold_ms
    ahead = foreseen(state, watch).blind
    return [_Word(state=PlaceState.SILENT, since_ms=since_ms, due_ms=ahead.condition_ms if ahead else None)]


def _of_sensor(facts: PlaceFacts, one: ProbeFacts, state: FoldState) -> list[_Word]:
    """Say that the last answer was no temperature; due when it will be a finding if such answers go on."""
    if one.quality is None or one.quality is Quality.GOOD or not one.heard:
        return []
    blind, due_ms = state.blind, None
    if blind and blind.fault_condition_ms is None and state.last_ms is not None:
        due_ms = state.last_ms + facts.profile.sensor_fault_ms - blind.fault_ms
    since_ms = blind.fault_from_ms if blind and blind.fault_from_ms is not None else one.taken_ms
    return [_Word(state=PlaceState.SENSOR_FAULT, since_ms=since_ms, due_ms=due_ms)]


def _load_first(one: ProbeFacts) -> tuple[bool, str]:
    return one.probe.role is not ProbeRole.LOAD, one.probe.id


_GIVES_WAY = frozenset({PlaceState.WITHIN, PlaceState.OUT_OF_USE})  # to a notice that is due
_GRAVITY = {state: rank for rank, state in enumerate(PlaceState)}
