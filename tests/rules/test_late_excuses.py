"""Words of doors and defrosts that come after the readings: the fold begun again gives what it would have given."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support.histories import Reading, history_of
from support.rule_words import MINUTE, PLACE, START, at, event_at, shipped

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.history import History
from coldchain.places import Probe, ProbeRole
from coldchain.units import Finding, FindingStatus
from rules.contacts import event_order
from rules.excursion import FoldState, Watch, decode_state, encode_state
from rules.excuses import excused_by, touched_by
from rules.identity import Subject, reconcile
from rules.refold import Ask, Refolded, refold

PROFILE = shipped("cn-ffp-1")
SUBJECT = Subject(probe=Probe(id="p", place=PLACE, gateway="gw-1", role=ProbeRole.AIR), profile=PROFILE)


@dataclass(slots=True)
class Kept:
    """What a centre keeps of one probe: checkpoints, the state after the last reading, findings."""

    checkpoints: dict[int, bytes] = field(default_factory=dict)
    state: FoldState | None = None
    findings: dict[str, Finding] = field(default_factory=dict)
    folded_readings: int = 0

    def judge(self, ask: Ask, watch: Watch, history: History) -> None:
        """Fold again as asked, as the intake does."""
        at_ms = max((ms for ms in self.checkpoints if ms <= ask.from_ms), default=None)
        start = None if at_ms is None else (at_ms, self.checkpoints[at_ms])
        stored = {ms: state for ms, state in self.checkpoints.items() if at_ms is None or ms > at_ms}

        def read(from_ms: int, to_ms: int) -> History:
            part = history.between(from_ms, to_ms)
            self.folded_readings += len(part)
            return part

        result = refold(ask, watch, start, stored, read)
        until_ms = result.checkpoints_to_ms if result.checkpoints_to_ms is not None else 2**60
        for ms in [ms for ms in self.checkpoints if result.checkpoints_from_ms < ms < until_ms]:
            del self.checkpoints[ms]
        self.checkpoints |= result.checkpoints
        self.state = result.state or self.state
        self._record(result)
        if result.stopped is not None and self.state is not None and self.state.last_ms is not None:
            last_ms = self.state.last_ms
            tail = Ask(from_ms=last_ms + 1, settled_ms=last_ms, last_ms=last_ms)
            self._record(refold(tail, watch, (last_ms + 1, encode_state(self.state)), {}, read))

    def _record(self, result: Refolded) -> None:
        covered = [finding for finding in self.findings.values() if result.covers(finding)]
        number = iter(range(len(self.findings), 10**6))
        for finding in reconcile(SUBJECT, result.episodes, covered, lambda: f"f-{next(number)}"):
            self.findings[finding.id] = finding

    def verdict(self) -> list[Finding]:
        """Return the findings that stand, without identity and version."""
        standing = [one for one in self.findings.values() if one.status is not FindingStatus.WITHDRAWN]
        plain = [msgspec.structs.replace(one, id="", version=0) for one in standing]
        return sorted(plain, key=lambda one: (one.start_ms, one.kind))


def watch(events: Sequence[RecordedEvent], horizon_ms: int) -> Watch:
    return Watch(profile=PROFILE, role=ProbeRole.AIR, horizon_ms=horizon_ms, excused=excused_by(events, PROFILE))


def at_once(readings: list[Reading], events: Sequence[RecordedEvent], horizon_ms: int) -> Kept:
    kept = Kept()
    ask = Ask(from_ms=readings[0][0], settled_ms=readings[-1][0], last_ms=readings[-1][0])
    kept.judge(ask, watch(events, horizon_ms), history_of(readings))
    return kept


def word_by_word(readings: list[Reading], events: Sequence[RecordedEvent], horizon_ms: int, *, bounded: bool) -> Kept:
    """Judge all readings without a word, then let the words come one by one."""
    kept = at_once(readings, [], horizon_ms)
    last_ms = readings[-1][0]
    known: list[RecordedEvent] = []
    for event in events:
        after = [e for e in known if e.origin == event.origin and event_order(e) > event_order(event)]
        following = min(after, key=event_order) if after and bounded else None
        known.append(event)
        begin_ms, end_ms = touched_by(event, PROFILE, following)
        if begin_ms < end_ms:
            ask = Ask(from_ms=min(begin_ms, last_ms), settled_ms=min(end_ms, last_ms), last_ms=last_ms)
            kept.judge(ask, watch(known, horizon_ms), history_of(readings))
    return kept


STEPS = st.sampled_from([MINUTE, 2 * MINUTE, 4 * MINUTE, 7 * MINUTE, 50 * MINUTE])
VALUES = st.sampled_from([-30_000_000, -30_000_000, -18_100_000, -17_000_000, -12_000_000, -9_000_000, None])
SAID = st.sampled_from(
    [
        ("door", EventKind.DOOR_OPENED),
        ("door", EventKind.DOOR_CLOSED),
        ("defrost", EventKind.DEFROST_BEGAN),
        ("defrost", EventKind.DEFROST_ENDED),
    ]
)


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Reading], list[RecordedEvent]]:
    runs = draw(st.lists(st.tuples(VALUES, STEPS, st.integers(1, 25)), min_size=1, max_size=12))
    readings: list[Reading] = []
    now = START
    for value, step, times in runs:
        for _ in range(times):
            now += step
            readings.append((now, value))
    end = (now - START) // MINUTE
    said = draw(st.lists(st.tuples(SAID, st.integers(-100, end + 60)), max_size=8))
    return readings, [event_at(kind, minute, origin, seq) for seq, ((origin, kind), minute) in enumerate(said)]


@settings(max_examples=300)
@given(days(), st.integers(0, 10**9), st.booleans())
def test_words_that_come_late_in_any_order_lead_to_the_same_findings(
    day: tuple[list[Reading], list[RecordedEvent]], seed: int, bounded: bool
) -> None:
    readings, events = day
    chance = random.Random(seed)
    horizon_ms = chance.choice([0, readings[len(readings) // 2][0], readings[-1][0] + 100 * MINUTE])
    chance.shuffle(events)
    expected = at_once(readings, events, horizon_ms)
    kept = word_by_word(readings, events, horizon_ms, bounded=bounded)
    assert kept.verdict() == expected.verdict()
    assert kept.checkpoints == expected.checkpoints
    assert kept.state == expected.state


def test_a_late_closing_brings_the_finding_that_the_open_door_had_excused() -> None:
    readings: list[Reading] = [(at(i), -30_000_000 if i < 60 or i >= 120 else -15_000_000) for i in range(600)]
    opened, closed = event_at(EventKind.DOOR_OPENED, 59), event_at(EventKind.DOOR_CLOSED, 65)
    kept = at_once(readings, [opened], 0)
    assert kept.verdict() == []
    kept.judge(
        Ask(from_ms=touched_by(closed, PROFILE)[0], settled_ms=readings[-1][0], last_ms=readings[-1][0]),
        watch([opened, closed], 0),
        history_of(readings),
    )
    (finding,) = kept.verdict()
    assert finding.condition_ms == at(65 + 10 + 15)


def test_a_late_word_costs_as_much_however_late_it_is() -> None:
    readings: list[Reading] = [(at(i), -30_000_000) for i in range(30 * 24 * 60)]
    events = [event_at(EventKind.DOOR_OPENED, 100), event_at(EventKind.DOOR_CLOSED, 102)]
    kept = word_by_word(readings, events[::-1], 0, bounded=True)
    before = kept.folded_readings
    kept = Kept(checkpoints=kept.checkpoints, state=kept.state, findings=kept.findings)
    ask = Ask(from_ms=at(100), settled_ms=at(112), last_ms=readings[-1][0])
    kept.judge(ask, watch(events, 0), history_of(readings))
    assert kept.folded_readings < 1_000 < before
    assert decode_state(kept.checkpoints[at(180)]).run is None


def test_a_run_that_lasts_to_the_end_is_judged_by_a_word_in_its_middle() -> None:
    readings: list[Reading] = [(at(i), -15_000_000 if i >= 60 else -30_000_000) for i in range(80)]
    kept = at_once(readings, [], at(80))
    (finding,) = kept.verdict()
    assert (finding.condition_ms, finding.status) == (at(75), FindingStatus.OPEN)
    said = [event_at(EventKind.DOOR_OPENED, 70)]
    later = word_by_word(readings, said, at(80), bounded=False)
    assert later.verdict() == []
    assert at_once(readings, said, at(200)).verdict()[0].condition_ms == at(75 + 60)
