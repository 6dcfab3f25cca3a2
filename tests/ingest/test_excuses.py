"""Doors and defrosts excuse warm air, whenever their word comes and however the centre was disturbed."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.intake import END, HOUR, START, sample, verdicts, waiting
from support.memory_records import MemoryRecords
from support.memory_store import MemoryReadingLog, MemoryStore
from support.storage_point import POINT, deliver, numbered, point_on, said, storage_point

from coldchain.entries import RecordedEvent
from coldchain.facts import DeviceEvent, EventKind, Fact
from coldchain.history import History
from coldchain.places import Contact
from coldchain.units import Finding, FindingStatus
from ingest.counters import Counters
from ingest.excuses import EXCUSING, PlaceExcuses
from ingest.known import profile_of
from ingest.pipeline import Pipeline
from rules.excuses import excused_spans

MINUTE = 60_000
LOADING = START + 2 * HOUR


@pytest.fixture
def point(store: MemoryStore) -> Pipeline:
    return point_on(store)


def air(
    place: str, calm: int, warm: int, from_ms: int, minutes: int, hours: int = 8, origin: str | None = None
) -> list[Fact]:
    """Readings of a place's air each minute: calm, and warm for so many minutes from from_ms on."""
    until_ms = from_ms + minutes * MINUTE
    times = range(START, START + hours * HOUR, MINUTE)
    name = origin or f"{place}-air"
    return [sample(0, ms, warm if from_ms <= ms < until_ms else calm, name) for ms in times]


def door(place: str, *moves: tuple[bool, int]) -> list[DeviceEvent]:
    kinds = {True: EventKind.DOOR_OPENED, False: EventKind.DOOR_CLOSED}
    return [said(0, f"{place}-door", kinds[opened], at_ms) for opened, at_ms in moves]


def loading(minutes: int = 25) -> list[Fact]:
    """A loading: the door is open, the air is warm until ten minutes after it closed."""
    words = door("fridge-1", (True, LOADING), (False, LOADING + minutes * MINUTE))
    return numbered([*words, *air("fridge-1", 4_000_000, 9_000_000, LOADING + MINUTE, minutes + 8)])


def standing(store: MemoryStore) -> list[Finding]:
    with store.reading() as session:
        return [f for f in session.records.findings() if f.status is not FindingStatus.WITHDRAWN]


def split(facts: Sequence[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Return the contacts' words and the readings, numbered so that the words may come after all readings."""
    readings = numbered([fact for fact in facts if not isinstance(fact, DeviceEvent)])
    events = numbered([fact for fact in facts if isinstance(fact, DeviceEvent)])
    return [msgspec.structs.replace(event, seq=event.seq + len(readings)) for event in events], readings


def test_a_long_loading_is_no_finding_and_the_same_air_behind_a_shut_door_is(
    point: Pipeline, store: MemoryStore
) -> None:
    facts = loading()
    deliver(point, POINT, facts[:400], mark_ms=START)
    deliver(point, POINT, facts[400:], mark_ms=START)
    assert standing(store) == []
    _, shut = split(air("fridge-2", 4_000_000, 9_000_000, LOADING + MINUTE, 33))
    shut = [msgspec.structs.replace(fact, seq=fact.seq + 1_000) for fact in shut]
    deliver(point, POINT, shut, mark_ms=START)
    assert [(f.probe, f.rule, f.start_ms) for f in standing(store)] == [("fridge-2-air", "A01", LOADING + MINUTE)]


def test_a_door_left_open_is_a_finding_once_an_hour_of_excuses_and_the_delay_are_over(
    point: Pipeline, store: MemoryStore
) -> None:
    deliver(point, POINT, loading(minutes=200), mark_ms=START)
    (finding,) = standing(store)
    assert finding.condition_ms == LOADING + 60 * MINUTE + 15 * MINUTE
    assert (finding.end_ms or 0) - finding.start_ms == 208 * MINUTE, "an excuse shortens no figure"
    assert finding.out_ms == 208 * MINUTE


@pytest.mark.parametrize("warm_after", [0, 20 * 60], ids=["at once", "much later"])
def test_a_door_that_stays_open_in_the_record_hides_nothing_for_good(
    point: Pipeline, store: MemoryStore, warm_after: int
) -> None:
    # The magnet fell off, or the closing never came here. The air is back for one reading after each 70 minutes.
    facts: list[Fact] = [*door("fridge-1", (True, START))]
    for minute in range(26 * 60):
        warm = minute >= warm_after and minute % 71 != 0
        facts.append(sample(0, START + minute * MINUTE, 7_500_000 if warm else 5_900_000, "fridge-1-air"))
    facts = numbered(facts)
    for begin in range(0, len(facts), 500):
        deliver(point, POINT, facts[begin : begin + 500], mark_ms=START)
    found = standing(store)
    runs = {START + minute * MINUTE for minute in range(max(71, warm_after), 25 * 60) if minute % 71 == 1}
    assert {finding.start_ms for finding in found} >= runs
    assert all(f.condition_ms - f.start_ms == 15 * MINUTE for f in found if f.start_ms in runs)


def test_a_defrost_by_the_controllers_word_is_no_finding(point: Pipeline, store: MemoryStore) -> None:
    begun = said(0, "freezer-1-defrost", EventKind.DEFROST_BEGAN, LOADING)
    ended = said(0, "freezer-1-defrost", EventKind.DEFROST_ENDED, LOADING + 25 * MINUTE)
    warm = air("freezer-1", -25_000_000, -12_000_000, LOADING + 2 * MINUTE, 35)
    deliver(point, POINT, numbered([begun, ended, *warm]), mark_ms=START)
    assert standing(store) == []


def test_a_door_excuses_no_load_probe_and_no_other_place(point: Pipeline, store: MemoryStore) -> None:
    events, _ = split(loading())
    load = air("", 4_000_000, 9_000_000, LOADING + MINUTE, 33, origin="fridge-1-load")
    other = air("fridge-2", 4_000_000, 9_000_000, LOADING + MINUTE, 33)
    facts = numbered([*events, *load, *other])
    for start in range(0, len(facts), 500):
        deliver(point, POINT, facts[start : start + 500], mark_ms=START)
    assert {finding.probe for finding in standing(store)} == {"fridge-1-load", "fridge-2-air"}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_door_that_speaks_late_takes_the_finding_back_and_its_closing_brings_none(
    point: Pipeline, store: MemoryStore, restarted: bool
) -> None:
    events, readings = split(loading())
    deliver(point, POINT, readings, mark_ms=START)
    assert [finding.probe for finding in standing(store)] == ["fridge-1-air"]
    if restarted:
        point = Pipeline(store, Counters())
    deliver(point, POINT, events[:1], mark_ms=START)
    assert standing(store) == []
    deliver(point, POINT, events[1:], mark_ms=START)
    assert standing(store) == []


def test_a_closing_that_comes_late_ends_the_excuse_where_it_happened(point: Pipeline, store: MemoryStore) -> None:
    words = door("fridge-1", (True, LOADING), (False, LOADING + 5 * MINUTE))
    (opened, closed), readings = split([*words, *air("fridge-1", 4_000_000, 9_000_000, LOADING + MINUTE, 40)])
    deliver(point, POINT, [*readings, opened], mark_ms=START)
    assert standing(store) == []
    deliver(point, POINT, [closed], mark_ms=START)
    assert [f.condition_ms for f in standing(store)] == [LOADING + (5 + 10 + 15) * MINUTE]


def test_a_run_that_is_still_going_on_is_excused_up_to_the_horizon(point: Pipeline, store: MemoryStore) -> None:
    now_ms = LOADING + 20 * MINUTE
    facts = [fact for fact in air("fridge-1", 4_000_000, 9_000_000, LOADING + MINUTE, 60) if fact.taken_ms < now_ms]
    facts = numbered(facts)
    deliver(point, POINT, facts, sent_ms=now_ms)
    assert [finding.probe for finding in standing(store)] == ["fridge-1-air"]
    (opened,) = door("fridge-1", (True, LOADING))
    deliver(point, POINT, [msgspec.structs.replace(opened, seq=len(facts) + 1)], sent_ms=now_ms)
    assert standing(store) == []
    hour_and_delay = now_ms + 56 * MINUTE
    deliver(point, POINT, [], sent_ms=hour_and_delay)
    assert [f.condition_ms for f in standing(store)] == [LOADING + 75 * MINUTE]


def test_a_module_that_was_silent_for_a_while_does_not_shut_the_door(point: Pipeline, store: MemoryStore) -> None:
    opened, closed = door("fridge-1", (True, LOADING), (False, LOADING + 60 * MINUTE))
    silent = [said(0, "fridge-1-door", EventKind.DEVICE_SILENT, LOADING + 2 * MINUTE)]
    silent.append(said(0, "fridge-1-door", EventKind.DEVICE_BACK, LOADING + 3 * MINUTE))
    warm = air("fridge-1", 4_000_000, 9_000_000, LOADING + 40 * MINUTE, 25)
    deliver(point, POINT, numbered([opened, closed, *silent, *warm]), mark_ms=START)
    assert standing(store) == []


def test_a_contact_that_was_unknown_speaks_once_it_is_registered(store: MemoryStore) -> None:
    later = [thing for thing in storage_point() if isinstance(thing, Contact) and thing.id == "fridge-1-door"]
    point = Pipeline(store, Counters())
    point.set_up([thing for thing in storage_point() if thing not in later], START)
    deliver(point, POINT, loading(), mark_ms=START)
    assert set(waiting(store)) == {"unknown-device"}
    assert [finding.probe for finding in standing(store)] == ["fridge-1-air"]
    point.set_up(later, END)
    assert point.readmit(END) == 2
    assert standing(store) == []


def test_a_fault_in_judging_forgets_no_excuse(
    point: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    events, readings = split(loading())
    deliver(point, POINT, readings, mark_ms=START)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.pipeline.judge", broken)
        deliver(point, POINT, events, mark_ms=START)
        assert point.catch_up(END) > 0
    assert len(standing(store)) == 1
    assert point.catch_up(END) == 0
    assert standing(store) == []
    with store.reading() as session:
        assert session.books.cursors("to-judge") == {}


looks = st.lists(st.tuples(st.integers(0, 600), st.integers(1, 200)), min_size=1, max_size=12)
moves = st.tuples(
    st.sampled_from(["fridge-1-door", "upper-door"]), st.sampled_from(sorted(EXCUSING)), st.integers(0, 600)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moves, max_size=25, unique=True), looks, st.integers(1, 300))
def test_what_is_read_piece_by_piece_excuses_what_all_words_together_excuse(
    monkeypatch: pytest.MonkeyPatch, words: list[tuple[str, EventKind, int]], looks: list[tuple[int, int]], piece: int
) -> None:
    store = MemoryStore()
    point = point_on(store)
    point.set_up([Contact(id="upper-door", place="fridge-1", gateway=POINT)], START)  # of no kind, it may say anything
    spoken = {"fridge-1-door": {EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED}, "upper-door": EXCUSING}
    events = [said(0, name, kind, START + m * MINUTE) for name, kind, m in words if kind in spoken[name]]
    deliver(point, POINT, numbered(events), mark_ms=START)
    with store.reading() as session, monkeypatch.context() as patch:
        patch.setattr("ingest.excuses.READ_MS", piece * MINUTE)
        profile = profile_of(session, "fridge-1")
        by_piece = PlaceExcuses(session, "fridge-1", profile)
        known = session.records.events_in_place("fridge-1", 0, END)
        for from_minute, minutes in looks:
            begin = START + from_minute * MINUTE
            end = begin + minutes * MINUTE
            assert list(by_piece(begin, end)) == excused_spans(known, profile, begin, end)


def test_nobody_asks_a_door_while_the_air_is_within_its_limits(
    point: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    read = PlaceExcuses._read

    def counted(excuses: PlaceExcuses, from_ms: int, to_ms: int) -> None:
        asked.append(from_ms)
        read(excuses, from_ms, to_ms)

    monkeypatch.setattr(PlaceExcuses, "_read", counted)
    calm = numbered(
        [*door("fridge-1", (True, LOADING), (False, LOADING + MINUTE)), *air("fridge-1", 4_000_000, 0, 0, 0)]
    )
    deliver(point, POINT, calm, mark_ms=START)
    assert asked == []
    warm = [sample(len(calm) + n, END - HOUR + n * MINUTE, 7_000_000, "fridge-1-air") for n in range(1, 31)]
    deliver(point, POINT, warm, mark_ms=START)
    assert len(asked) == 1, "and a run of half an hour reads the door's words once"


def test_a_door_that_flaps_is_looked_up_once_and_not_once_for_each_word(
    point: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = numbered(door("fridge-1", *((n % 2 == 0, LOADING + n * 2_000) for n in range(400))))
    deliver(point, POINT, words[200:], mark_ms=START)
    looked: list[str] = []
    events_of = MemoryRecords.events_of

    def noted(records: MemoryRecords, origin: str, from_ms: int, to_ms: int) -> tuple[RecordedEvent, ...]:
        looked.append(origin)
        return events_of(records, origin, from_ms, to_ms)

    monkeypatch.setattr(MemoryRecords, "events_of", noted)
    deliver(point, POINT, words[:200], mark_ms=START)
    assert looked == ["fridge-1-door"]


def test_a_door_that_speaks_days_late_costs_no_more_than_the_day_around_it(
    point: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = numbered([*door("fridge-1", (False, LOADING + HOUR)), *air("fridge-1", 4_000_000, 0, 0, 0, hours=120)])
    for start in range(0, len(facts), 500):
        deliver(point, POINT, facts[start : start + 500], mark_ms=START, sent_ms=START + 120 * HOUR)
    read: list[tuple[int, int]] = []
    history = MemoryReadingLog.history

    def noted(log: MemoryReadingLog, probe: str, from_ms: int, to_ms: int) -> History:
        read.append((from_ms, to_ms))
        return history(log, probe, from_ms, to_ms)

    monkeypatch.setattr(MemoryReadingLog, "history", noted)
    (opened,) = door("fridge-1", (True, LOADING))
    before = verdicts(store)
    late = msgspec.structs.replace(opened, seq=len(facts) + 1)
    deliver(point, POINT, [late], mark_ms=START, sent_ms=START + 120 * HOUR)
    assert read
    assert max(to_ms for _, to_ms in read) < START + 30 * HOUR
    assert verdicts(store) == before
