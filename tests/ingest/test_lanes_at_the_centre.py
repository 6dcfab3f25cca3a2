"""What a live batch of a backlog means at the centre: newer rows first, and nothing of the older ones given up."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from support.intake import (
    EPOCH,
    GATEWAY,
    HOUR,
    START,
    a_day,
    message,
    pipeline_on,
    sample,
    send,
    stored,
    unit,
    verdicts,
)
from support.memory_store import MemoryStore

from coldchain.facts import Fact
from coldchain.units import Finding, PlaceUnit, RegisterUnit
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


def test_who_meets_a_finding_only_in_awaited_time_is_not_held_before_it_is_known() -> None:
    """The fridge was too warm when the line broke, its newest reading is within limits; the time between is awaited."""
    store = MemoryStore()
    pipeline = _too_warm_then_a_newest_reading_within(store)
    assert _held(store) == {"u-1"}
    for first in range(61, 600, 60):
        rest = [sample(n, START + n * 60_000, 4_000_000) for n in range(first, min(first + 60, 600))]
        mark_ms = START + (first + 60) * 60_000 if first + 60 < 600 else None
        send(pipeline, rest, mark_ms=mark_ms, sent_ms=START + 600 * 60_000)
        assert _held(store) == {"u-1"}


def test_awaited_time_that_turns_out_never_measured_touches_those_that_were_there() -> None:
    store = MemoryStore()
    pipeline = _too_warm_then_a_newest_reading_within(store)
    assert _held(store) == {"u-1"}
    send(pipeline, [], mark_ms=None, sent_ms=START + 601 * 60_000)
    assert _held(store) == {"u-1", "u-2"}


def _too_warm_then_a_newest_reading_within(store: MemoryStore) -> Pipeline:
    pipeline = pipeline_on(store)
    for name, at_ms in (("u-1", START), ("u-2", START + 4 * HOUR)):
        pipeline.record(RegisterUnit(unit=unit(name, f"number-{name}"), actor="tech"), START + 5 * HOUR)
        pipeline.record(PlaceUnit(unit=name, place="fridge-1", at_ms=at_ms, actor="tech"), START + 5 * HOUR)
    early = [sample(n, START + n * 60_000, 4_000_000 if n < 20 else 7_000_000) for n in range(1, 61)]
    send(pipeline, early, sent_ms=START + 60 * 60_000)
    newest = [sample(600, START + 600 * 60_000, 4_000_000)]
    _send_live(pipeline, newest, mark_ms=START + 61 * 60_000, sent_ms=START + 600 * 60_000)
    return pipeline


def _held(store: MemoryStore) -> set[str]:
    with store.reading() as session:
        return {hold.unit for hold in session.records.holds()}


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
    # A reading every ten minutes is sparse data under a hold time of five: that is said beside (rules.rolling).
    return [one for one in verdicts(store)[0] if one.probe == "fridge-1-load" and not one.detail]
