"""The intake: what is committed, acked and refused, and what each of these leaves behind."""

import json

import pytest
from support.intake import (
    END,
    EPOCH,
    GATEWAY,
    START,
    message,
    raw,
    sample,
    send,
    stored,
)
from support.memory_store import MemoryStore

from coldchain.errors import StoreError
from coldchain.facts import DeviceEvent, EventKind, Gap
from coldchain.wire import payload_sha256
from ingest.acks import REFUSED_KEEP_MAX
from ingest.counters import Counters
from ingest.pipeline import Pipeline

LOAD = "fridge-1-load"


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


def test_gaps_and_door_events_are_in_the_record(pipeline: Pipeline, store: MemoryStore) -> None:
    gap = Gap(
        seq=1, origin=LOAD, taken_ms=START, boottime_ms=1, from_ms=START, to_ms=START + 5, reason="spool-full", lost=3
    )
    door = DeviceEvent(seq=2, origin="fridge-1-door", taken_ms=START, boottime_ms=1, kind=EventKind.DOOR_OPENED)
    send(pipeline, [gap, door])
    with store.reading() as session:
        assert [g.lost for g in session.records.gaps(GATEWAY)] == [3]
        assert [e.kind for e in session.records.events_in_place("fridge-1", START, END)] == ["door-opened"]


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
    monkeypatch.setattr("ingest.batches.RANGES_MAX", 3)
    for seq in (2, 4, 6):
        send(pipeline, [sample(seq, START + seq, 4_000_000)])
    (ack,) = send(pipeline, [sample(8, START + 8, 4_000_000)])
    assert (stored(store), ack.ranges) == (3, [(2, 2), (4, 4), (6, 6)])
    assert counters.total("scattered_total") == 1
