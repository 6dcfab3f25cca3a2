"""Quarantine: what is committed and acked but not believed, and what makes it believed."""

import json

import msgspec
import pytest
from support.intake import (
    END,
    GATEWAY,
    HOUR,
    SITE,
    START,
    message,
    people,
    presence,
    raw,
    sample,
    send,
    stored,
    unit,
    waiting,
)
from support.memory_store import MemoryStore

from coldchain.errors import ConflictError, UnknownThingError
from coldchain.facts import ClockState, DeviceEvent, EventKind
from coldchain.places import Probe, ProbeRole
from coldchain.units import BindTag, PlaceUnit, RegisterUnit
from coldchain.wire import Up, encode, payload_sha256
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline

LOAD = "fridge-1-load"


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
        sent_ms = night + HOUR + 60_000 + later
        batch = message(wrong, sent_ms=sent_ms, received_ms=now_ms + later, sent_boottime_ms=10_000_000 + later)
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
    monkeypatch.setattr("ingest.batches.QUARANTINE_MAX", 2)
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


def test_a_batch_of_another_gateway_on_this_topic_is_refused(pipeline: Pipeline, counters: Counters) -> None:
    up = json.loads(message([sample(1, START, 4_000_000)]).payload)
    up["gateway"] = "gw-7"
    pipeline.process([raw(json.dumps(up).encode())], END)
    assert counters.get("refused_total", reason="wrong-topic") == 1


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


def test_a_horizon_ahead_of_the_centres_clock_is_cut(pipeline: Pipeline, store: MemoryStore) -> None:
    pipeline.process([message([sample(1, END, 4_000_000)], sent_ms=END + 100_000, received_ms=END)], END)
    with store.reading() as session:
        assert session.books.horizon(GATEWAY) == END
    pipeline.process([message([], sent_ms=END + 100 * HOUR, received_ms=END)], END)
    with store.reading() as session:
        assert session.books.horizon(GATEWAY) == END
        assert session.books.last_up(GATEWAY) == END


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


def test_an_hour_in_which_the_centres_clock_was_wrong_is_believed_afterwards_without_a_restart(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    def batch(seq: int, true_ms: int, received_ms: int) -> Message:
        one = [sample(seq, true_ms, 4_000_000, boottime_ms=true_ms - START)]
        return message(one, sent_ms=true_ms, sent_boottime_ms=true_ms - START, received_ms=received_ms)

    before, during, after = START + HOUR, START + 2 * HOUR, START + 3 * HOUR
    pipeline.process([batch(1, before, before)], before)
    assert pipeline.readmit(before) == 0
    pipeline.process([batch(2, during, during - 600_000)], during - 600_000)
    assert pipeline.readmit(during - 600_000) == 0
    assert waiting(store) == ["clock-wrong"]
    pipeline.process([batch(3, after, after)], after)
    assert pipeline.readmit(after) == 1
    assert (stored(store), waiting(store)) == (3, [])


def test_a_clock_that_is_wrong_while_it_sends_a_backlog_costs_nothing_when_quarantine_is_full(
    pipeline: Pipeline, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.batches.QUARANTINE_MAX", 2)
    backlog = [sample(n, END - n * 1_000, 4_000_000) for n in range(1, 6)]
    assert pipeline.process([message(backlog, sent_ms=END + HOUR, received_ms=END)], END) == []
    assert (stored(store), waiting(store)) == (0, [])
    (ack,) = send(pipeline, backlog)
    assert (ack.contiguous_seq, stored(store)) == (5, 5)


def test_what_a_boot_showed_of_its_clock_outlives_a_restart_of_the_centre(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    early = [sample(n, END - 60_000, 4_000_000, boottime_ms=940_000) for n in (1, 2, 3)]
    for boot in ("b-1", "b-2", "b-3"):
        alive = msgspec.json.decode(message([], sent_boottime_ms=1_000_000).payload, type=Up)
        fresh = encode(msgspec.structs.replace(alive, boot=boot))
        pipeline.process([Message(site=SITE, gateway=GATEWAY, payload=fresh, received_ms=END)], END)
    for boot, one in zip(("b-1", "b-2", "b-4"), early, strict=True):
        batch = message([one], sent_boottime_ms=1_000_000, received_ms=END - HOUR)
        named = msgspec.structs.replace(msgspec.json.decode(batch.payload, type=Up), boot=boot)
        late = Message(site=batch.site, gateway=batch.gateway, payload=encode(named), received_ms=END - HOUR)
        pipeline.process([late], END - HOUR)
    again = Pipeline(store, Counters())
    assert again.readmit(END) == 2
    assert waiting(store) == ["clock-wrong"]


def test_what_an_earlier_boot_left_waits_while_the_clock_that_sends_is_ahead(
    pipeline: Pipeline, store: MemoryStore, counters: Counters
) -> None:
    """In quarantine no later batch could confirm it: the boot is over."""
    left = [sample(1, END - HOUR, 4_000_000)]
    assert pipeline.process([message(left, sent_ms=END + HOUR, received_ms=END)], END) == []
    assert (stored(store), waiting(store), counters.total("clock_waits_total")) == (0, [], 1)
    (ack,) = send(pipeline, left)
    assert (ack.contiguous_seq, stored(store)) == (1, 1)
