"""What a live batch of a backlog means at the centre: newer rows first, and nothing of the older ones given up."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from support.intake import EPOCH, GATEWAY, HOUR, START, a_day, message, pipeline_on, sample, send, stored, verdicts
from support.memory_store import MemoryStore

from coldchain.facts import Fact
from coldchain.units import Finding
from coldchain.wire import Ack, Lane, Up, decode_up, encode
from ingest.counters import Counters
from ingest.pipeline import Pipeline


def test_a_live_batch_closes_no_number_but_those_of_its_items(
    pipeline: Pipeline, store: MemoryStore, counters: Counters
) -> None:
    facts = [sample(n, START + n * 60_000, 4_000_000) for n in range(1, 11)]
    (ack,) = _send_live(pipeline, [facts[1], facts[4], facts[9]], mark_ms=START + 60_000)
    assert (ack.contiguous_seq, ack.ranges) == (0, [(2, 2), (5, 5), (10, 10)])
    (ack,) = send(pipeline, [facts[0], facts[2], facts[6]])  # the backlog, in which 4 and 6 were put aside for good
    assert (ack.contiguous_seq, ack.ranges) == (7, [(10, 10)])
    assert (stored(store), counters.get("holes_closed_total", gateway=GATEWAY)) == (6, 2)


def test_time_that_a_backlog_still_holds_is_awaited_and_no_gap_is_found(pipeline: Pipeline, store: MemoryStore) -> None:
    """Three days without a line, the newest reading first: the time between is on its way, not lost."""
    outage = [sample(n, START + n * 600_000, 4_000_000) for n in range(1, 433)]
    send(pipeline, outage[:1], sent_ms=START + 600_000)
    now_ms = START + 433 * 600_000
    _send_live(pipeline, outage[-1:], mark_ms=outage[1].taken_ms, sent_ms=now_ms)
    pipeline.watch_gateways(now_ms, 10 * HOUR)
    assert _of_load(store) == []
    for first in range(1, 432, 50):
        rest = outage[first : first + 50]
        mark_ms = outage[first + 50].taken_ms if first + 50 < 432 else None
        send(pipeline, rest, mark_ms=mark_ms, sent_ms=now_ms)
        assert _of_load(store) == []
    assert stored(store) == 432
    send(pipeline, [], mark_ms=None, sent_ms=now_ms + 5 * HOUR)  # nothing is left, and hours without a reading
    assert [finding.kind for finding in _of_load(store)] == ["unmeasured"]


def test_the_verdict_does_not_depend_on_the_lanes() -> None:
    day = a_day(5)
    single, lanes = MemoryStore(), MemoryStore()
    one = pipeline_on(single)
    for at in range(0, len(day), 100):
        send(one, day[at : at + 100], mark_ms=day[at + 100].taken_ms if at + 100 < len(day) else None)
    two, split = pipeline_on(lanes), len(day) * 3 // 4
    urgent = [fact for fact in day[:split] if fact.seq % 50 == 0]
    _send_live(two, urgent, mark_ms=day[0].taken_ms)
    live = [day[at : at + 100] for at in range(split, len(day), 100)]
    backlog = [day[at : at + 100] for at in range(0, split, 100)]
    while live or backlog:
        if live:
            _send_live(two, live.pop(0), mark_ms=backlog[0][0].taken_ms if backlog else None)
        if backlog:
            left = [*backlog[1:2], *live[:1]]
            send(two, backlog.pop(0), mark_ms=min((part[0].taken_ms for part in left), default=None))
    assert verdicts(single) == verdicts(lanes)
    with lanes.reading() as session:
        assert session.books.received(GATEWAY, EPOCH) == ((1, len(day)),)
    assert stored(single) == stored(lanes)


def _send_live(
    pipeline: Pipeline, facts: Sequence[Fact], *, mark_ms: int | None, sent_ms: int | None = None
) -> list[Ack]:
    plain = message(facts, mark_ms=mark_ms) if sent_ms is None else message(facts, mark_ms=mark_ms, sent_ms=sent_ms)
    up = decode_up(plain.payload)
    assert isinstance(up, Up)
    payload = encode(msgspec.structs.replace(up, lane=Lane.LIVE))
    return pipeline.process([replace(plain, payload=payload)], plain.received_ms)


def _of_load(store: MemoryStore) -> list[Finding]:
    return [finding for finding in verdicts(store)[0] if finding.probe == "fridge-1-load"]
