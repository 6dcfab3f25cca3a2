"""What the intake finds out: silence, lost gateways, people's words, changes of the set-up, faults of our own."""

import msgspec
import pytest
from support.intake import (
    END,
    GATEWAY,
    HOUR,
    START,
    epc,
    message,
    people,
    presence,
    sample,
    send,
    stored,
    unit,
)
from support.memory_store import MemoryStore

from coldchain.errors import ConflictError, InvalidValueError, StoreError
from coldchain.facts import EventKind
from coldchain.places import Probe, ProbeRole
from coldchain.ports import Session
from coldchain.units import BindTag, FindingKind, PlaceUnit, RegisterUnit
from ingest.counters import Counters
from ingest.known import Known
from ingest.pipeline import Pipeline
from ingest.setup import Setup
from ingest.stays import Restayed, restay
from ingest.unpacked import Lists

LOAD = "fridge-1-load"


def test_a_tag_that_nobody_knows_is_kept_and_speaks_once_it_is_bound(pipeline: Pipeline, store: MemoryStore) -> None:
    send(pipeline, [presence(1, EventKind.ARRIVED, 1, None, START)])
    with store.reading() as session:
        assert session.records.unbound_tags() == (epc(1),)
    for fact in people()[:2]:
        pipeline.record(fact, END)
    with store.reading() as session:
        assert session.records.unbound_tags() == ()
        assert [stay.place for stay in session.records.stays_of_unit("u-1")] == ["fridge-1"]


def test_a_hold_stays_when_its_finding_is_withdrawn_and_says_so(pipeline: Pipeline, store: MemoryStore) -> None:
    for fact in people()[:2]:
        pipeline.record(fact, END)
    send(pipeline, [presence(1, EventKind.ARRIVED, 1, None, START)], mark_ms=START)
    warm = [sample(n, START + n * 240_000, 6_500_000) for n in (10, 12)]
    send(pipeline, [*warm, sample(13, START + 13 * 240_000, 4_000_000)], mark_ms=START)
    with store.reading() as session:
        (hold,) = session.records.holds_of_unit("u-1")
        assert hold.basis_stands
    # Late readings show that it was in range between the two: each time outside was too short.
    late = [sample(20 + n, START + n * 240_000 + 60_000, 4_000_000) for n in (10, 12)]
    send(pipeline, late, mark_ms=START)
    with store.reading() as session:
        (hold,) = session.records.holds_of_unit("u-1")
        assert not hold.basis_stands
        assert [finding.status for finding in session.records.findings()] == ["withdrawn"]


def test_awaited_time_becomes_a_gap_only_when_the_gateway_has_nothing_left(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    ends = [sample(1, START, 4_000_000), sample(9, START + 8 * HOUR, 4_000_000)]
    send(pipeline, ends, mark_ms=START + 1, sent_ms=START + 8 * HOUR)
    with store.reading() as session:
        assert session.records.findings() == ()
    send(pipeline, [], mark_ms=None, sent_ms=START + 8 * HOUR)
    with store.reading() as session:
        (gap,) = session.records.findings()
        assert gap.kind is FindingKind.UNMEASURED


def test_a_profile_may_not_change_under_the_same_version(pipeline: Pipeline, store: MemoryStore) -> None:
    with store.reading() as session:
        (known,) = session.records.profiles()
    changed: list[Setup] = [msgspec.structs.replace(known, sha256="0" * 64)]
    with pytest.raises(ConflictError, match="new version number"):
        pipeline.set_up(changed, END)


def test_an_open_excursion_does_not_hold_a_bag_that_came_later_than_anything_known_of_it(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    later = START + 20 * HOUR
    for fact in [*people()[:4], PlaceUnit(unit="u-2", place="fridge-1", at_ms=later, actor="tech")]:
        pipeline.record(fact, END)
    send(pipeline, [presence(1, EventKind.ARRIVED, 1, None, START)], mark_ms=START)
    warm = [sample(n, START + n * 60_000, 6_500_000) for n in range(10, 20)]
    send(pipeline, warm, mark_ms=START + 20 * 60_000, sent_ms=START + 20 * 60_000)
    with store.reading() as session:
        assert [hold.unit for hold in session.records.holds()] == ["u-1"]
    reaching = [sample(30 + n, START + n * 240_000, 6_500_000) for n in range(5, 302)]
    send(pipeline, reaching, mark_ms=later + 3_600_000, sent_ms=later + 3_600_000)
    with store.reading() as session:
        assert [hold.unit for hold in session.records.holds()] == ["u-1", "u-2"]


def test_a_probe_that_never_spoke_is_not_fine(pipeline: Pipeline, store: MemoryStore) -> None:
    pipeline.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"), END)
    pipeline.record(PlaceUnit(unit="u-1", place="fridge-1", at_ms=END, actor="tech"), END)
    for hours in range(1, 6):
        send(pipeline, [], sent_ms=END + hours * HOUR)
    with store.reading() as session:
        findings = session.records.findings()
        assert {(f.kind, f.probe, f.start_ms) for f in findings} == {
            (FindingKind.UNMEASURED, LOAD, END),
            (FindingKind.UNMEASURED, "fridge-1-air", END),
        }
        assert [hold.unit for hold in session.records.holds()] == ["u-1", "u-1"]
    send(pipeline, [sample(1, END + 5 * HOUR, 4_000_000)], sent_ms=END + 5 * HOUR)
    with store.reading() as session:
        (ended,) = session.records.findings(probe=LOAD)
        assert (ended.status, ended.start_ms, ended.end_ms) == ("closed", END, END + 5 * HOUR)


def test_a_gateway_that_is_lost_is_a_finding_until_it_brings_what_it_has(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    send(pipeline, [sample(1, END, 4_000_000), sample(2, END, 4_000_000, "fridge-1-air")])
    pipeline.watch_gateways(END + 3 * HOUR, listening_ms=99 * HOUR)
    with store.reading() as session:
        assert session.records.findings() == ()
    back = END + 72 * HOUR
    assert pipeline.watch_gateways(back, listening_ms=HOUR) == []  # the centre itself was deaf until an hour ago
    assert pipeline.watch_gateways(back, listening_ms=99 * HOUR) == [GATEWAY]
    with store.reading() as session:
        assert {(f.kind, f.status) for f in session.records.findings()} == {(FindingKind.UNMEASURED, "open")}
    calm = [sample(10 + n, END + n * 240_000, 4_000_000) for n in range(1, 400)]
    send(pipeline, calm, mark_ms=END + 400 * 240_000, sent_ms=back)
    with store.reading() as session:
        assert [f.status for f in session.records.findings(probe=LOAD)] == ["withdrawn"]
        # Of the air probe nothing came, and its gateway holds nothing older than its mark any more.
        assert [f.status for f in session.records.findings(probe="fridge-1-air")] == ["open"]


@pytest.mark.parametrize(
    "change", [{"place": "fridge-2"}, {"gateway": "gw-2"}, {"role": ProbeRole.AIR}], ids=["place", "gateway", "role"]
)
def test_a_probe_in_use_cannot_be_moved_for_its_past_would_move_with_it(
    pipeline: Pipeline, store: MemoryStore, change: dict[str, str]
) -> None:
    send(pipeline, [sample(1, START, 4_000_000)])
    probe = Probe(id=LOAD, place="fridge-1", gateway=GATEWAY, role=ProbeRole.LOAD)
    pipeline.set_up([msgspec.structs.replace(probe, source_rank=3)], END)
    with pytest.raises(ConflictError, match=r"probe fridge-1-load: \w+ cannot change"):
        pipeline.set_up([msgspec.structs.replace(probe, **change)], END)


def test_limits_of_a_place_in_use_and_places_without_limits_are_refused(pipeline: Pipeline, store: MemoryStore) -> None:
    with store.reading() as session:
        place = session.records.place("fridge-1")
    assert place is not None
    with pytest.raises(ConflictError, match="profile cn-rbc version 11 is not known"):
        pipeline.set_up([msgspec.structs.replace(place, id="fridge-9", profile_version=11)], END)
    send(pipeline, [sample(1, START, 4_000_000)])
    with pytest.raises(ConflictError, match="cannot change"):
        pipeline.set_up([msgspec.structs.replace(place, profile_version=2)], END)


def test_a_fault_in_judging_loses_no_reading_and_is_made_good(
    pipeline: Pipeline, store: MemoryStore, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    warm = [sample(n, START + n * 60_000, 6_500_000) for n in range(1, 9)]
    with monkeypatch.context() as patch:
        patch.setattr("ingest.pipeline.judge", broken)
        (ack,) = send(pipeline, [*warm, sample(9, START + 9 * 60_000, 4_000_000)], mark_ms=START + 10 * 60_000)
        assert (ack.contiguous_seq, stored(store)) == (9, 9)
        assert pipeline.catch_up(END) > 0
    with store.reading() as session:
        assert session.records.findings() == ()
    assert pipeline.catch_up(END) == 0
    with store.reading() as session:
        assert [finding.kind for finding in session.records.findings()] == [FindingKind.EXCURSION]
    assert counters.total("judge_failures_total") >= 2


def test_a_tag_may_be_bound_earlier_to_the_same_unit(pipeline: Pipeline, store: MemoryStore) -> None:
    register, bind = people()[:2]
    assert isinstance(bind, BindTag)
    pipeline.record(register, END)
    pipeline.record(msgspec.structs.replace(bind, from_ms=START + HOUR), END)
    pipeline.record(bind, END)
    with store.reading() as session:
        assert [binding.from_ms for binding in session.records.bindings_of_unit("u-1")] == [START, START + HOUR]


def test_nobody_can_say_what_has_not_happened_yet(pipeline: Pipeline) -> None:
    pipeline.record(people()[0], END)
    with pytest.raises(InvalidValueError, match="future"):
        pipeline.record(PlaceUnit(unit="u-1", place="fridge-1", at_ms=END + HOUR, actor="tech"), END)


def test_a_gateway_that_talks_and_is_not_believed_is_lost_all_the_same(pipeline: Pipeline, store: MemoryStore) -> None:
    send(pipeline, [sample(1, END, 4_000_000)])
    for hours in range(1, 6):
        now_ms = END + hours * HOUR
        fast = [sample(10 + hours, now_ms + 600_000, 9_500_000)]
        pipeline.process([message(fast, sent_ms=now_ms + 600_000, received_ms=now_ms)], now_ms)
    assert pipeline.watch_gateways(END + 5 * HOUR, listening_ms=99 * HOUR) == [GATEWAY]
    with store.reading() as session:
        assert (FindingKind.UNMEASURED, "open") in {(f.kind, f.status) for f in session.records.findings(probe=LOAD)}


def test_a_store_that_fails_is_no_fault_of_the_rules_and_what_waits_waits_on(
    pipeline: Pipeline, store: MemoryStore, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    warm = [sample(n, START + n * 60_000, 6_500_000) for n in range(1, 9)]
    with monkeypatch.context() as patch:
        patch.setattr("ingest.pipeline.judge", broken)
        send(pipeline, [*warm, sample(9, START + 9 * 60_000, 4_000_000)], mark_ms=START + 10 * 60_000)
    failures = counters.total("judge_failures_total")
    with monkeypatch.context() as patch:
        patch.setattr("ingest.pipeline.judge", full)
        with pytest.raises(StoreError, match="the disk is full"):
            pipeline.catch_up(END)
    assert counters.total("judge_failures_total") == failures
    assert pipeline.catch_up(END) == 0
    with store.reading() as session:
        assert [finding.kind for finding in session.records.findings()] == [FindingKind.EXCURSION]


def test_one_unit_that_cannot_be_judged_keeps_none_of_the_others(
    pipeline: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fact in people()[:6]:
        pipeline.record(fact, END)

    def fails_on_two(session: Session, known: Known, unit: str, now_ms: int, lists: Lists) -> Restayed:
        if unit == "u-2":
            raise ZeroDivisionError
        return restay(session, known, unit, now_ms, lists)

    monkeypatch.setattr("ingest.judge.restay", fails_on_two)
    send(pipeline, [presence(n, EventKind.ARRIVED, n, None, START) for n in (1, 2, 3)], mark_ms=START)
    assert pipeline.catch_up(END) == 1
    with store.reading() as session:
        assert [bool(session.records.stays_of_unit(f"u-{n}")) for n in (1, 2, 3)] == [True, False, True]
    monkeypatch.undo()
    assert pipeline.catch_up(END) == 0
    with store.reading() as session:
        assert session.records.stays_of_unit("u-2")


def test_what_a_person_says_is_recorded_even_if_judging_it_fails(
    pipeline: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("ingest.pipeline.judge", broken)
        pipeline.record(people()[0], END)
        pipeline.record(PlaceUnit(unit="u-1", place="fridge-1", at_ms=START, actor="tech"), END)
    assert pipeline.catch_up(END) == 0
    with store.reading() as session:
        assert [stay.place for stay in session.records.stays_of_unit("u-1")] == ["fridge-1"]


def test_what_failed_first_is_still_judged_when_something_later_fails_too(
    pipeline: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    mark = START + 40 * 60_000
    send(pipeline, [sample(1, START, 4_000_000), sample(2, START + 20 * 60_000, 4_000_000)], mark_ms=mark)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.pipeline.judge", broken)
        send(pipeline, [sample(10 + n, START + n * 60_000, 6_500_000) for n in range(5, 15)], mark_ms=mark)
        send(pipeline, [sample(40 + n, START + n * 60_000, 4_000_000) for n in range(30, 40)], mark_ms=mark)
    assert pipeline.catch_up(END) == 0
    with store.reading() as session:
        assert [finding.start_ms for finding in session.records.findings()] == [START + 5 * 60_000]
