"""A hold opens one task at its place and is a message to the issuing system; what people do closes them."""

from typing import Any

import pytest
from msgspec.structs import replace
from support import store_words as words
from support.intake import GATEWAY, HOUR, PLACE, START, message, sample, setup, unit
from support.memory_store import MemoryStore

from coldchain.decisions import standing_holds
from coldchain.entries import EntryKind
from coldchain.errors import ConflictError
from coldchain.facts import Fact
from coldchain.places import Place, PlaceKind, Text
from coldchain.rounds import RecordCount
from coldchain.tasks import CallUrgent, ConfirmHold, PlaceUseKind, SetPlaceUse, SetTaskRules, TaskKind, TickBag
from coldchain.units import Finding, FindingKind, FindingStatus, Hold, IssueUnit, PlaceUnit, RegisterUnit
from ingest.conditions_tasks import task_conditions
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.tasks import CURSOR, follow_tasks
from rules.tasks import against, uncalled

NOW = START + 3 * HOUR
SIGNED: dict[str, Any] = {"name": "李华", "post": "technician", "actor": "tech"}


@pytest.fixture
def warm(store: MemoryStore) -> Pipeline:
    """Three bags in the fridge, a warm hour: all are on hold."""
    pipeline = Pipeline(store, Counters())
    other = Place(
        id="rescue-1",
        site="storage-1",
        kind=PlaceKind.FRIDGE,
        name=Text(zh="备用冰箱", en="Rescue fridge"),
        profile="cn-rbc",
        profile_version=1,
    )
    pipeline.set_up([*setup(), other], START)
    for number in range(1, 4):
        pipeline.record(RegisterUnit(unit=unit(f"u-{number}", f"016072602978{number}"), actor="tech"), START)
        pipeline.record(PlaceUnit(unit=f"u-{number}", place=PLACE, at_ms=START, actor="tech"), START + HOUR)
    facts: list[Fact] = [
        sample(n + 1, START + n * 60_000, 6_800_000 if 60 <= n < 100 else 4_000_000) for n in range(150)
    ]
    pipeline.process([message(facts, sent_ms=NOW, gateway=GATEWAY)], NOW)
    return pipeline


def tick(task: str, bag: str, at_ms: int = NOW + 1, to: str = "") -> TickBag:
    return TickBag(task=task, unit=bag, at_ms=at_ms, to=to, **SIGNED)


def isolation(store: MemoryStore) -> str:
    with store.reading() as session:
        (task,) = [one for one in session.records.open_tasks() if one.kind is TaskKind.ISOLATE]
        return task.id


def test_a_hold_opens_one_task_for_all_bags_of_a_place_and_the_last_scan_closes_it(
    warm: Pipeline, store: MemoryStore
) -> None:
    name = isolation(store)
    with store.reading() as session:
        found = session.records.task(name)
    assert found is not None
    assert (found.place, found.units) == (PLACE, ("u-1", "u-2", "u-3"))
    for bag in ("u-1", "u-2", "u-3"):
        warm.record(tick(name, bag), NOW + 1)
    with store.reading() as session:
        done = session.records.task(name)
        assert done is not None
        assert (done.open, done.closed_by) == (False, "scans")
        assert not [one for one in task_conditions(session, NOW + 2 * HOUR) if one.rule == "A15"]


def test_a_bag_that_is_scanned_twice_or_is_none_of_the_task_is_refused_with_words(
    warm: Pipeline, store: MemoryStore
) -> None:
    name = isolation(store)
    warm.record(tick(name, "u-1"), NOW + 1)
    with pytest.raises(ConflictError, match="already set aside"):
        warm.record(tick(name, "u-1", NOW + 2), NOW + 2)
    warm.record(RegisterUnit(unit=unit("u-9", "0160726029799"), actor="tech"), NOW)
    with pytest.raises(ConflictError, match="it is not on hold"):
        warm.record(tick(name, "u-9"), NOW + 2)


def test_held_units_in_reach_alarm_only_once_the_task_is_overdue(warm: Pipeline, store: MemoryStore) -> None:
    name = isolation(store)
    warm.record(tick(name, "u-1"), NOW + 1)
    with store.reading() as session:
        assert [one for one in task_conditions(session, NOW + 29 * 60_000) if one.rule == "A15"] == []
        (late,) = [one for one in task_conditions(session, NOW + 30 * 60_000) if one.rule == "A15"]
    assert (late.place, late.values["number"]) == (PLACE, 2)


def test_a_bag_that_was_set_aside_and_is_put_into_an_available_place_alarms_but_not_in_a_rescue_fridge(
    warm: Pipeline, store: MemoryStore
) -> None:
    name = isolation(store)
    for bag in ("u-1", "u-2", "u-3"):
        warm.record(tick(name, bag), NOW + 1)
    use = SetPlaceUse(place="rescue-1", use=PlaceUseKind.RESCUE, at_ms=NOW + 1, **SIGNED)
    warm.record(use, NOW + 1)
    warm.record(PlaceUnit(unit="u-1", place="rescue-1", at_ms=NOW + 2, actor="tech"), NOW + 3)
    with store.reading() as session:
        assert [one for one in task_conditions(session, NOW + 4) if one.rule == "A15"] == []
        assert session.records.open_tasks("rescue-1") == ()
    warm.record(PlaceUnit(unit="u-1", place=PLACE, at_ms=NOW + 5, actor="tech"), NOW + 6)
    with store.reading() as session:
        again = [one for one in session.records.open_tasks(PLACE) if one.kind is TaskKind.ISOLATE]
        assert [one.units for one in again] == [("u-1",)], "it is to be set aside again"
        late = [one.rule for one in task_conditions(session, NOW + HOUR) if one.rule == "A15"]
    assert late == ["A15"]


def test_an_excursion_opens_a_count_that_only_a_later_count_closes(warm: Pipeline, store: MemoryStore) -> None:
    def count(at_ms: int) -> None:
        said = RecordCount(place=PLACE, at_ms=at_ms, counted=3, scanned=(), unknown=(), **SIGNED)
        warm.record(said, NOW + 10)

    def waiting() -> int:
        with store.reading() as session:
            return sum(one.kind is TaskKind.COUNT for one in session.records.open_tasks(PLACE))

    assert waiting() == 1
    count(NOW - HOUR)
    assert waiting() == 1
    count(NOW + 5)
    assert waiting() == 0


def test_one_count_answers_for_both_probes_of_a_fridge(warm: Pipeline, store: MemoryStore) -> None:
    air = [
        sample(200 + n, START + n * 60_000, 6_800_000 if 60 <= n < 100 else 4_000_000, "fridge-1-air")
        for n in range(150)
    ]
    warm.process([message(air, sent_ms=NOW + 5, gateway=GATEWAY)], NOW + 5)

    def waiting() -> list[str]:
        with store.reading() as session:
            return [one.finding for one in session.records.open_tasks(PLACE) if one.kind is TaskKind.COUNT]

    def touched(now_ms: int) -> None:
        with store.writing() as session:
            every = [one.id for one in session.records.findings(place=PLACE) if one.kind is FindingKind.EXCURSION]
            assert len(every) == 2
            follow_tasks(session, every, [], now_ms)

    assert len(waiting()) == 1
    said = RecordCount(place=PLACE, at_ms=NOW + 6, counted=3, scanned=(), unknown=(), **SIGNED)
    warm.record(said, NOW + 10)
    touched(NOW + 11)
    assert waiting() == [], "the bags that were with the warm air were counted with those of the warm load"


def test_every_entry_of_a_hold_is_a_message_that_alarms_until_it_is_confirmed(
    warm: Pipeline, store: MemoryStore
) -> None:
    warm.record(SetTaskRules(at_ms=NOW, issuing=True, name="李华", post="technician", actor="tech"), NOW)
    with store.reading() as session:
        sent = session.records.hold_changes(0, 100)
        (unknown,) = [one for one in task_conditions(session, NOW) if one.finding == "issuing"]
        assert session.books.cursor(CURSOR) == sent[-1].number
    assert {one.unit for one in sent} == {"u-1", "u-2", "u-3"}
    assert unknown.due_ms == unknown.since_ms + 120_000
    numbers = tuple(one.number for one in sent)
    said = ConfirmHold(changes=numbers, receipt="r-1", system="his", at_ms=NOW + 1, actor="his")
    warm.record(said, NOW + 1)
    with store.reading() as session:
        assert [one for one in task_conditions(session, NOW + HOUR) if one.finding == "issuing"] == []


def test_a_line_of_the_urgent_list_closes_by_a_call_and_new_evidence_is_a_new_line(
    warm: Pipeline, store: MemoryStore
) -> None:
    warm.record(IssueUnit(unit="u-1", to="ward 3", at_ms=NOW + 1, actor="tech"), NOW + 1)
    with store.reading() as session:
        line = against(session.records.holds_of_unit("u-1"))
    said = CallUrgent(unit="u-1", against=line, called="ward 3", answer="not given", at_ms=NOW + 2, **SIGNED)
    warm.record(said, NOW + 2)
    gone = CallUrgent(unit="u-1", against=("f-other:certain",), called="w", answer="a", at_ms=NOW + 3, **SIGNED)
    with pytest.raises(ConflictError, match="has changed"):
        warm.record(gone, NOW + 3)
    with store.reading() as session:
        (call,) = session.records.calls_of_unit("u-1")
    assert (call.called, call.answer, call.against) == ("ward 3", "not given", line)


def test_old_liftings_are_not_counted_as_holds_that_nobody_knows(warm: Pipeline, store: MemoryStore) -> None:
    def change(*said: tuple[str, str, str]) -> None:
        drafts = [words.draft(EntryKind.HOLD, words.hold(name, bag, lifted_by=by)) for name, bag, by in said]
        with store.writing() as session:
            session.ledger.append(drafts, NOW)

    def waiting() -> dict[str, int | str]:
        with store.reading() as session:
            found = [one for one in task_conditions(session, NOW + HOUR) if one.rule == "A16"]
        return {one.finding: one.values["number"] for one in found}

    change(*((f"x-{n}", f"u-old-{n}", by) for n in range(300) for by in ("", "d-x")))
    change(("x-a", "u-a", ""))
    warm.record(SetTaskRules(at_ms=NOW, issuing=True, name="李华", post="technician", actor="tech"), NOW)
    assert waiting() == {"issuing": 4}
    change(("x-a", "u-a", "d-x"))
    assert waiting() == {"issuing": 3, "issuing-lifted": 1}, "this one was lifted before the eyes of the system"


def test_an_excursion_that_waited_for_the_count_of_one_that_is_withdrawn_is_counted(
    warm: Pipeline, store: MemoryStore
) -> None:
    def say(*found: Finding) -> None:
        with store.writing() as session:
            session.ledger.append([words.draft(EntryKind.FINDING, one) for one in found], NOW)
            follow_tasks(session, [one.id for one in found], [], NOW)

    def counts() -> list[str]:
        with store.reading() as session:
            return [one.finding for one in session.records.open_tasks(PLACE) if one.kind is TaskKind.COUNT]

    (first,) = counts()
    with store.reading() as session:
        known = session.records.finding(first)
    assert known is not None
    before = replace(known, id="f-before", version=1, condition_ms=START - HOUR, start_ms=START - HOUR)
    other = replace(known, id="f-other", version=1)
    say(before, other)
    assert counts() == [first]
    say(replace(known, version=known.version + 1, status=FindingStatus.WITHDRAWN))
    assert counts() == ["f-other"], "what was long known before was counted then"
    late = replace(other, id="f-late")
    say(late, replace(other, version=2, status=FindingStatus.WITHDRAWN))
    assert counts() == ["f-late"]
    say(replace(late, version=2, status=FindingStatus.WITHDRAWN))
    assert counts() == []


def change(store: MemoryStore, at_ms: int, *said: Hold) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.HOLD, one) for one in said], at_ms)
        follow_tasks(session, [], [], at_ms)


def holds_of(store: MemoryStore, bag: str) -> list[Hold]:
    with store.reading() as session:
        return list(session.records.holds_of_unit(bag))


def test_a_bag_that_was_set_aside_while_its_hold_was_lifted_is_recorded(warm: Pipeline, store: MemoryStore) -> None:
    name = isolation(store)
    change(store, NOW + 1, *(replace(one, lifted_by="d-1") for one in holds_of(store, "u-1")))
    with store.reading() as session:
        task = session.records.task(name)
    assert task is not None
    assert task.units == ("u-2", "u-3")
    warm.record(tick(name, "u-1", NOW + 2), NOW + 2)
    with store.reading() as session:
        assert [one.unit for one in session.records.ticks_of_task(name)] == ["u-1"]
        assert [one.id for one in session.records.open_tasks(PLACE) if one.kind is TaskKind.ISOLATE] == [name]


def test_a_bag_whose_hold_was_lifted_before_the_task_was_there_is_none_of_it(
    warm: Pipeline, store: MemoryStore
) -> None:
    warm.record(RegisterUnit(unit=unit("u-9", "0160726029799"), actor="tech"), NOW)
    warm.record(PlaceUnit(unit="u-9", place=PLACE, at_ms=NOW, actor="tech"), NOW)
    held = words.hold("x-9", "u-9")
    with store.writing() as session:
        drafts = [words.draft(EntryKind.HOLD, one) for one in (held, replace(held, lifted_by="d-1"))]
        session.ledger.append(drafts, START)
    with pytest.raises(ConflictError, match="it is not on hold"):
        warm.record(tick(isolation(store), "u-9", NOW + 2), NOW + 2)


def test_a_call_is_recorded_against_what_was_seen_and_what_came_meanwhile_stays_open(
    warm: Pipeline, store: MemoryStore
) -> None:
    warm.record(IssueUnit(unit="u-1", to="ward 3", at_ms=NOW + 1, actor="tech"), NOW + 1)
    holds = holds_of(store, "u-1")
    seen = against(holds)
    change(store, NOW + 1, *(replace(one, lifted_by="d-1") for one in holds), words.hold("x-1", "u-1"))
    said = CallUrgent(unit="u-1", against=seen, called="ward 3", answer="not given", at_ms=NOW + 2, **SIGNED)
    warm.record(said, NOW + 2)
    with store.reading() as session:
        calls = session.records.calls_of_unit("u-1")
        now = against(standing_holds(session.records.holds_of_unit("u-1")))
    assert [one.against for one in calls] == [seen]
    assert uncalled(now, calls) == ("finding-1:certain",)
