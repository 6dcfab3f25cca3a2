"""The intake: what is committed, acked, quarantined, refused, and what each of these leaves behind."""

import json

import msgspec
import pytest
from support.intake import (
    END,
    EPOCH,
    GATEWAY,
    HOUR,
    SITE,
    START,
    epc,
    message,
    people,
    pipeline_on,
    presence,
    sample,
    send,
    unit,
)
from support.memory_store import MemoryStore

from coldchain.errors import ConflictError, InvalidValueError, StoreError, UnknownThingError
from coldchain.facts import ClockState, DeviceEvent, EventKind, Gap
from coldchain.places import Probe, ProbeRole
from coldchain.units import BindTag, FindingKind, PlaceUnit, RegisterUnit
from coldchain.wire import payload_sha256
from ingest.counters import Counters
from ingest.pipeline import REFUSED_KEEP_MAX, Message, Pipeline
from ingest.setup import Setup

LOAD = "fridge-1-load"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def pipeline(store: MemoryStore, counters: Counters) -> Pipeline:
    pipeline_on(store)
    return Pipeline(store, counters)


def stored(store: MemoryStore) -> int:
    with store.reading() as session:
        return session.readings.counts().samples


def waiting(store: MemoryStore) -> list[str]:
    with store.reading() as session:
        return [item.reason for item in session.books.quarantined()]


def raw(payload: bytes, gateway: str = GATEWAY, site: str = SITE) -> Message:
    return Message(site=site, gateway=gateway, payload=payload, received_ms=END)


def test_what_is_committed_is_acked_with_every_number(pipeline: Pipeline, store: MemoryStore) -> None:
    (ack,) = send(pipeline, [sample(1, START, 4_000_000), sample(2, START + 1_000, 4_000_000)])
    assert (ack.gateway, ack.epoch, ack.contiguous_seq, ack.ranges) == (GATEWAY, EPOCH, 2, [])
    (ack,) = send(pipeline, [sample(7, START + 2_000, 4_000_000)])
    assert (ack.contiguous_seq, ack.ranges) == (2, [(7, 7)])
    assert stored(store) == 3


def test_a_number_that_was_put_aside_for_good_leaves_no_hole(pipeline: Pipeline, store: MemoryStore) -> None:
    send(pipeline, [sample(1, START, 4_000_000)])
    (ack,) = send(pipeline, [sample(2, START + 2, 4_000_000), sample(4, START + 4, 4_000_000)])
    assert (ack.contiguous_seq, ack.ranges) == (4, [])
    assert stored(store) == 3


def test_a_batch_that_comes_twice_counts_once_and_is_acked_again(
    pipeline: Pipeline, store: MemoryStore, counters: Counters
) -> None:
    batch = [sample(1, START, 4_000_000), sample(2, START + 1_000, 4_000_000)]
    first = send(pipeline, batch)
    assert send(pipeline, batch) == first
    assert stored(store) == 2
    assert counters.get("duplicates_total", gateway=GATEWAY) == 2


def test_a_batch_that_overlaps_an_earlier_one_brings_only_what_is_new(pipeline: Pipeline, store: MemoryStore) -> None:
    send(pipeline, [sample(n, START + n * 1_000, 4_000_000) for n in (1, 2, 3)])
    (ack,) = send(pipeline, [sample(n, START + n * 1_000, 4_000_000) for n in (2, 3, 4, 5)])
    assert ack.contiguous_seq == 5
    assert stored(store) == 5


def test_a_reading_from_the_future_is_kept_and_time_that_passes_does_not_make_it_true(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    (ack,) = send(pipeline, [sample(1, END + HOUR, 4_000_000)])
    assert ack.contiguous_seq == 1
    assert (stored(store), waiting(store)) == (0, ["future"])
    send(pipeline, [sample(2, END + 2 * HOUR, 4_000_000)], sent_ms=END + 2 * HOUR)
    assert pipeline.readmit(END + 2 * HOUR) == 0
    assert (stored(store), waiting(store)) == (1, ["future"])


def test_a_clock_two_minutes_fast_is_believed_and_a_little_more_is_not(pipeline: Pipeline, store: MemoryStore) -> None:
    send(pipeline, [sample(1, END + 120_000, 4_000_000), sample(2, END + 120_001, 4_000_000)])
    assert (stored(store), waiting(store)) == (1, ["future"])


@pytest.mark.parametrize("skew_ms", [-6 * HOUR, 6 * HOUR])
def test_a_gateway_whose_clock_is_hours_off_cannot_hide_a_real_excursion(
    pipeline: Pipeline, store: MemoryStore, skew_ms: int
) -> None:
    night = START + 12 * HOUR
    send(pipeline, [sample(n, night + n * 60_000, 9_500_000) for n in range(1, 61)], sent_ms=night + HOUR)
    wrong = [sample(100 + n, night + n * 60_000 + 30_000, 4_000_000) for n in range(1, 61)]
    now_ms = night + HOUR - skew_ms
    for later in (0, 70_000):  # what seems to have been on its way for long is left to come again first
        batch = message(wrong, sent_ms=night + HOUR + 60_000 + later, received_ms=now_ms + later)
        pipeline.process([batch], now_ms + later)
    with store.reading() as session:
        assert {finding.status for finding in session.records.findings()} == {"open"}
    assert set(waiting(store)) == {"clock-wrong"}
    assert len(waiting(store)) == 60


def test_a_batch_that_waited_in_the_broker_comes_again_with_a_fresh_time(
    pipeline: Pipeline, store: MemoryStore, counters: Counters
) -> None:
    batch = [sample(1, END - HOUR, 4_000_000)]
    assert pipeline.process([message(batch, sent_ms=END - HOUR, received_ms=END)], END) == []
    assert (stored(store), waiting(store), counters.total("stale_total")) == (0, [], 1)
    (ack,) = send(pipeline, batch)
    assert (ack.contiguous_seq, stored(store)) == (1, 1)


def test_what_a_clock_stamped_before_it_was_set_right_is_not_believed(pipeline: Pipeline, store: MemoryStore) -> None:
    stepped = [sample(1, END - 6 * HOUR, 4_000_000, boottime_ms=500_000)]
    right = [sample(2, END - 60_000, 4_000_000, boottime_ms=940_000)]
    pipeline.process([message([*stepped, *right], sent_boottime_ms=1_000_000)], END)
    assert (stored(store), waiting(store)) == (1, ["clock-wrong"])
    assert pipeline.readmit(END) == 0


def test_when_only_the_centres_clock_was_wrong_all_is_believed_once_it_is_right(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    early = sample(1, END - 60_000, 4_000_000, boottime_ms=940_000)
    batch = message([early], sent_boottime_ms=1_000_000, received_ms=END - HOUR)
    pipeline.process([batch], END - HOUR)
    assert waiting(store) == ["clock-wrong"]
    again = message([sample(2, END, 4_000_000, boottime_ms=1_000_000)], sent_ms=END, sent_boottime_ms=1_000_100)
    pipeline.process([again], END)
    assert pipeline.readmit(END) == 1
    assert (stored(store), waiting(store)) == (2, [])


def test_a_reading_of_an_unknown_probe_waits_until_it_is_registered(pipeline: Pipeline, store: MemoryStore) -> None:
    (ack,) = send(pipeline, [sample(1, START, 4_000_000, "fridge-9-load")])
    assert (ack.contiguous_seq, waiting(store)) == (1, ["unknown-device"])
    probe = Probe(id="fridge-9-load", place="fridge-1", gateway=GATEWAY, role=ProbeRole.LOAD)
    pipeline.set_up([probe], END)
    assert pipeline.readmit(END) == 1
    assert stored(store) == 1


def test_a_full_quarantine_refuses_what_is_doubted_and_takes_the_rest(
    pipeline: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, counters: Counters
) -> None:
    monkeypatch.setattr("ingest.pipeline.QUARANTINE_MAX", 2)
    doubtful = [sample(n, START, 4_000_000, "fridge-9-load") for n in (1, 2, 3)]
    send(pipeline, doubtful[:2])
    full = message(doubtful[2:])
    (ack,) = pipeline.process([full], END)
    assert (ack.refused, ack.contiguous_seq) == ([payload_sha256(full.payload)], 2)
    assert counters.get("refused_total", reason="quarantine-full") == 1
    (ack,) = send(pipeline, [sample(4, START, 4_000_000)])
    assert (stored(store), ack.ranges) == (1, [(4, 4)])


def test_a_probe_of_another_gateway_is_not_believed(pipeline: Pipeline, store: MemoryStore) -> None:
    pipeline.set_up([Probe(id=LOAD, place="fridge-1", gateway="gw-2", role=ProbeRole.LOAD)], END)
    send(pipeline, [sample(1, START, 4_000_000)])
    assert waiting(store) == ["unknown-device"]


def test_a_clock_that_was_never_set_is_not_believed(pipeline: Pipeline, store: MemoryStore) -> None:
    batch = message([sample(1, START, 4_000_000)], clock=ClockState.UNSET)
    pipeline.process([batch], END)
    assert waiting(store) == ["clock-unset"]


def test_a_time_before_anything_of_ours_existed_is_not_believed(pipeline: Pipeline, store: MemoryStore) -> None:
    send(pipeline, [sample(1, 1_000, 4_000_000)])
    assert waiting(store) == ["impossible-time"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\x00\xff", "not-json"),
        (b'{"v": 1}', "not-the-format"),
        (b"[" * 100_000, "not-the-format"),
        (b"x" * 300_000, "too-large"),
        (
            json.dumps({"v": 9, "gateway": GATEWAY, "epoch": EPOCH, "first_seq": 1, "last_seq": 3}).encode(),
            "unknown-version",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_hash(
    pipeline: Pipeline, store: MemoryStore, counters: Counters, payload: bytes, reason: str
) -> None:
    send(pipeline, [sample(1, START, 4_000_000)])
    (ack,) = pipeline.process([raw(payload)], END)
    assert ack.refused == [payload_sha256(payload)]
    assert (ack.epoch, ack.contiguous_seq) == (EPOCH, 1)
    assert counters.get("refused_total", reason=reason) == 1
    assert stored(store) == 1


def test_one_rotten_message_does_not_spoil_those_beside_it(pipeline: Pipeline, store: MemoryStore) -> None:
    good = message([sample(1, START, 4_000_000)])
    pipeline.process([raw(b"rubbish"), good, raw(b"{}")], END)
    assert stored(store) == 1


def test_an_unregistered_gateway_is_not_acked_so_that_it_keeps_everything(
    pipeline: Pipeline, store: MemoryStore, counters: Counters
) -> None:
    batch = message([sample(1, START, 4_000_000)])
    assert pipeline.process([raw(batch.payload, gateway="gw-9")], END) == []
    assert pipeline.process([raw(batch.payload, site="storage-9")], END) == []
    assert counters.get("refused_total", reason="not-registered") == 2
    assert stored(store) == 0


def test_a_batch_of_another_gateway_on_this_topic_is_refused(pipeline: Pipeline, counters: Counters) -> None:
    up = json.loads(message([sample(1, START, 4_000_000)]).payload)
    up["gateway"] = "gw-7"
    pipeline.process([raw(json.dumps(up).encode())], END)
    assert counters.get("refused_total", reason="wrong-topic") == 1


def test_refused_payloads_are_remembered_up_to_a_limit(pipeline: Pipeline, store: MemoryStore) -> None:
    for number in range(REFUSED_KEEP_MAX + 5):
        pipeline.process([raw(b"rubbish %d" % number)], END + number)
    with store.reading() as session:
        assert len(session.books.refused(GATEWAY, "")) == REFUSED_KEEP_MAX


def test_when_the_commit_fails_nothing_is_kept_counted_or_acked(
    pipeline: Pipeline, store: MemoryStore, counters: Counters
) -> None:
    class Full(MemoryStore):
        def writing(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
            msg = "the disk is full"
            raise StoreError(msg)

    broken = Pipeline(Full(), counters)
    with pytest.raises(StoreError):
        send(broken, [sample(1, START, 4_000_000)])
    assert counters.total("readings_total") == 0


def test_people_may_repeat_themselves_and_may_not_contradict(pipeline: Pipeline, store: MemoryStore) -> None:
    for fact in people():
        first = pipeline.record(fact, END)
        assert pipeline.record(fact, END) == first
    other = unit("u-1", "9999999999999")
    with pytest.raises(ConflictError, match="already registered"):
        pipeline.record(RegisterUnit(unit=other, actor="tech"), END)
    with pytest.raises(ConflictError, match="already registered"):
        pipeline.record(RegisterUnit(unit=unit("u-99", "0160726029781"), actor="tech"), END)
    taken = people()[1]
    assert isinstance(taken, BindTag)
    with pytest.raises(ConflictError, match="already bound"):
        pipeline.record(BindTag(epc=taken.epc, unit="u-2", from_ms=START + 1, actor="tech"), END)
    with pytest.raises(UnknownThingError, match="u-77"):
        pipeline.record(BindTag(epc="35" * 12, unit="u-77", from_ms=START, actor="tech"), END)
    with pytest.raises(UnknownThingError, match="attic"):
        pipeline.record(PlaceUnit(unit="u-1", place="attic", at_ms=START, actor="tech"), END)


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


def test_a_horizon_ahead_of_the_centres_clock_is_cut(pipeline: Pipeline, store: MemoryStore) -> None:
    pipeline.process([message([sample(1, END, 4_000_000)], sent_ms=END + 100_000, received_ms=END)], END)
    with store.reading() as session:
        assert session.books.horizon(GATEWAY) == END
    pipeline.process([message([], sent_ms=END + 100 * HOUR, received_ms=END)], END)
    with store.reading() as session:
        assert session.books.horizon(GATEWAY) == END
        assert session.books.last_up(GATEWAY) == END


def test_gaps_and_door_events_are_in_the_record(pipeline: Pipeline, store: MemoryStore) -> None:
    gap = Gap(
        seq=1, origin=LOAD, taken_ms=START, boottime_ms=1, from_ms=START, to_ms=START + 5, reason="spool-full", lost=3
    )
    door = DeviceEvent(seq=2, origin="fridge-1-door", taken_ms=START, boottime_ms=1, kind=EventKind.DOOR_OPENED)
    send(pipeline, [gap, door])
    with store.reading() as session:
        assert [g.lost for g in session.records.gaps(GATEWAY)] == [3]
        assert [e.kind for e in session.records.events_in_place("fridge-1", START, END)] == ["door-opened"]


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
    pipeline.watch_gateways(END + 3 * HOUR)
    with store.reading() as session:
        assert session.records.findings() == ()
    back = END + 72 * HOUR
    pipeline.watch_gateways(back)
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


def test_only_a_reader_may_say_that_a_bag_moved(pipeline: Pipeline, store: MemoryStore) -> None:
    moved = msgspec.structs.replace(presence(1, EventKind.ARRIVED, 1, None, START), origin=GATEWAY)
    door = DeviceEvent(seq=2, origin=LOAD, taken_ms=START, boottime_ms=1, kind=EventKind.DOOR_OPENED)
    send(pipeline, [moved, door])
    assert waiting(store) == ["unknown-device", "unknown-device"]


def test_an_event_whose_times_contradict_each_other_is_not_believed(pipeline: Pipeline, store: MemoryStore) -> None:
    backwards = presence(1, EventKind.ARRIVED, 1, START + 5, START)
    ahead = msgspec.structs.replace(presence(2, EventKind.ARRIVED, 1, START, START), latest_ms=END + 400 * HOUR)
    send(pipeline, [backwards, ahead])
    assert waiting(store) == ["impossible-time", "impossible-time"]


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


def test_a_payload_that_was_refused_and_then_taken_is_not_refused_any_more(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    batch = message([sample(1, START, 4_000_000)])
    assert pipeline.refuse(batch, END)[0].refused == [payload_sha256(batch.payload)]
    (ack,) = pipeline.process([batch], END)
    assert (ack.contiguous_seq, ack.refused) == (1, [])


def test_a_batch_far_ahead_of_too_many_holes_waits_and_the_gateway_goes_back(
    pipeline: Pipeline, counters: Counters, monkeypatch: pytest.MonkeyPatch, store: MemoryStore
) -> None:
    monkeypatch.setattr("ingest.pipeline.RANGES_MAX", 3)
    for seq in (2, 4, 6):
        send(pipeline, [sample(seq, START + seq, 4_000_000)])
    (ack,) = send(pipeline, [sample(8, START + 8, 4_000_000)])
    assert (stored(store), ack.ranges) == (3, [(2, 2), (4, 4), (6, 6)])
    assert counters.total("scattered_total") == 1


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
