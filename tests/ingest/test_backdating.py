"""Times that an unset or wrong clock stamped are worked out from the gateway's own word on its clock, in any order."""

from itertools import permutations
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.intake import END, EPOCH, GATEWAY, HOUR, PLACE, message, pipeline_on, sample, stored, waiting
from support.memory_store import MemoryStore

from coldchain.facts import ClockState, DeviceEvent, EventKind, Fact, Gap, TagSummary
from coldchain.places import Probe, ProbeRole
from coldchain.wire import Lane, Reason, Refused, Up, decode_up, encode
from ingest.backdating import Anchor, anchor_for, backdated, uncertainty_of
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.clock_bounds import DRIFT_PPM, UNSAID_UNCERTAINTY_MS

UP: Final = 10 * HOUR  # what the clock that never steps shows at END
LOAD: Final = "fridge-1-load"


def test_what_was_stamped_before_the_clock_was_set_gets_its_time_when_the_gateway_says_that_it_is(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    pipeline.process([_batch([_unset(1, UP - HOUR), _unset(2, UP - HOUR + 60_000)], ClockState.UNSET)], END)
    assert (stored(store), waiting(store)) == (0, ["clock-unset"] * 2)
    pipeline.process([_batch([_word(3, EventKind.CLOCK_SET, END, UP, uncertainty_ms=40)])], END)
    assert pipeline.readmit(END) == 2
    assert waiting(store) == []
    with store.reading() as session:
        history = session.readings.history(LOAD, 0, END + 1)
        (_, row), *_ = session.readings.samples_after(0, 10)
        (dated,) = session.records.backdatings(GATEWAY)
    assert history.taken_ms.tolist() == [END - HOUR, END - HOUR + 60_000]
    assert row.clock is ClockState.ANCHORED
    assert (dated.anchor_seq, dated.anchor_ms, dated.anchor_boottime_ms) == (3, END, UP)
    # The gateway's own times stay in the record, and 100 ppm of the time in between is added to the uncertainty.
    assert dated.items == (
        (1, 5_000_000, END - HOUR, 40 + HOUR * DRIFT_PPM // 1_000_000),
        (2, 5_060_000, END - HOUR + 60_000, 40 + (HOUR - 60_000) * DRIFT_PPM // 1_000_000),
    )


def test_the_order_of_arrival_does_not_matter() -> None:
    """Two wrong stretches with a word after each: every order of the batches, and a restart, give the same times."""
    batches = [
        _batch([_unset(1, UP - 4 * HOUR), _unset(2, UP - 3 * HOUR)], ClockState.UNSET),
        _batch([_word(3, EventKind.CLOCK_SET, END - 2 * HOUR + 300, UP - 2 * HOUR)]),
        _batch([_unset(4, UP - HOUR - 9_000), _unset(5, UP - HOUR)], ClockState.UNSET),
        _batch([_word(6, EventKind.CLOCK_STEPPED, END - 60_000, UP - 60_000), _unset(7, UP, taken_ms=END)]),
    ]
    seen = set()
    for number, order in enumerate(permutations(batches)):
        store = MemoryStore()
        pipeline = pipeline_on(store)
        for batch in order:
            pipeline.process([batch], END)
            pipeline.readmit(END)
            if number % 2:
                pipeline = Pipeline(store, Counters())
        while pipeline.readmit(END):
            pass
        assert waiting(store) == []
        with store.reading() as session:
            times = session.readings.history(LOAD, 0, END + 1).taken_ms.tolist()
            items = sorted(item for dated in session.records.backdatings(GATEWAY) for item in dated.items)
        seen.add((tuple(times), tuple(items)))
    ((found, dated_items),) = seen
    assert found == (END - 4 * HOUR + 300, END - 3 * HOUR + 300, END - HOUR - 9_000, END - HOUR, END)
    assert [item[0] for item in dated_items] == [1, 2, 4, 5]


def test_an_anchor_counts_only_once_everything_before_it_is_there(pipeline: Pipeline, store: MemoryStore) -> None:
    """In the live lane the word comes first; a nearer one might still wait in the backlog."""
    pipeline.process([_batch([_unset(1, UP - HOUR)], ClockState.UNSET)], END)
    pipeline.process([_batch([_word(9, EventKind.CLOCK_STEPPED, END, UP)], lane=Lane.LIVE)], END)
    assert (pipeline.readmit(END), waiting(store)) == (0, ["clock-unset"])
    pipeline.process([_batch([_unset(n, UP - n, taken_ms=END - n) for n in range(2, 9)])], END)
    assert (pipeline.readmit(END), waiting(store)) == (1, [])


def test_a_boot_without_any_word_stays_in_quarantine(pipeline: Pipeline, store: MemoryStore) -> None:
    pipeline.process([_batch([_unset(1, UP - HOUR)], ClockState.UNSET)], END)
    pipeline.process([_batch([_word(2, EventKind.CLOCK_SET, END, 5_000)], boot="b2")], END)
    assert (pipeline.readmit(END), waiting(store)) == (0, ["clock-unset"])


def test_after_the_last_word_of_a_boot_that_is_over_that_word_has_to_do(pipeline: Pipeline, store: MemoryStore) -> None:
    pipeline.process([_batch([_word(1, EventKind.CLOCK_SET, END - 2 * HOUR, UP - 2 * HOUR)])], END)
    pipeline.process([_batch([_unset(2, UP - HOUR)], ClockState.UNSET)], END)
    assert (pipeline.readmit(END), stored(store)) == (0, 0)
    pipeline.process([_batch([_word(3, EventKind.CLOCK_SET, END, 5_000)], boot="b2")], END)
    assert (pipeline.readmit(END), stored(store)) == (1, 1)
    with store.reading() as session:
        assert session.readings.history(LOAD, 0, END).taken_ms.tolist() == [END - HOUR]


@pytest.mark.parametrize("step_ms", [-365 * 24 * HOUR, -6 * HOUR, 6 * HOUR])
def test_a_clock_that_stepped_away_and_back_is_worked_out(pipeline: Pipeline, store: MemoryStore, step_ms: int) -> None:
    wrong = [sample(n, END - HOUR + step_ms + n * 1_000, 4_000_000, boottime_ms=UP - HOUR + n * 1_000) for n in (2, 3)]
    away = _word(1, EventKind.CLOCK_STEPPED, END - HOUR + step_ms, UP - HOUR)
    back = _word(4, EventKind.CLOCK_STEPPED, END, UP)
    right = [sample(5, END, 4_000_000, boottime_ms=UP)]
    stretch: list[Fact] = [away, *wrong, back, *right]
    pipeline.process([_batch(stretch)], END)
    assert set(waiting(store)) == {"clock-wrong"}
    assert pipeline.readmit(END) == 3
    with store.reading() as session:
        times = session.readings.history(LOAD, 0, END + 1).taken_ms.tolist()
        (dated,) = [entry for entry in session.records.backdatings(GATEWAY) if entry.items[0][0] == 2]
    assert times == [END - HOUR + 2_000, END - HOUR + 3_000, END]
    assert dated.items[0][1] == wrong[0].taken_ms
    # What was worked out itself is no anchor for others.
    pipeline.process([_batch([_unset(6, UP - 30, taken_ms=7)], ClockState.UNSET)], END)
    assert pipeline.readmit(END) == 0


def test_an_unknown_probe_keeps_its_doubt_until_it_is_known_and_then_gets_its_time(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    strange = msgspec.structs.replace(_unset(1, UP - HOUR), origin="fridge-9-load")
    pipeline.process([_batch([strange], ClockState.UNSET)], END)
    pipeline.process([_batch([_word(2, EventKind.CLOCK_SET, END, UP)])], END)
    assert (pipeline.readmit(END), waiting(store)) == (0, ["clock-unset"])
    pipeline.set_up([Probe(id="fridge-9-load", place=PLACE, gateway=GATEWAY, role=ProbeRole.LOAD)], END)
    assert pipeline.readmit(END) == 1
    with store.reading() as session:
        assert session.readings.history("fridge-9-load", 0, END).taken_ms.tolist() == [END - HOUR]


def test_all_times_of_a_fact_move_together() -> None:
    anchor = Anchor(epoch=EPOCH, boot="b1", seq=9, utc_ms=END, boottime_ms=UP, uncertainty_ms=5)
    wrong: dict[str, Any] = {"seq": 1, "origin": "x", "taken_ms": 10_000, "boottime_ms": UP - 1_000}
    seen = TagSummary(**wrong, epc="AAAA", antenna=1, count=1, best_rssi_dbm=-50, first_ms=9_000, last_ms=9_900)
    seen = msgspec.structs.replace(seen, centroid_ms=9_400)
    gone = Gap(**wrong, from_ms=1_000, to_ms=9_000, reason="spool-full", lost=3)
    told = DeviceEvent(**wrong, kind=EventKind.ARRIVED, earliest_ms=None, latest_ms=9_500, epc="AAAA")
    at_ms = END - 1_000
    tag, gap, event = (backdated(fact, anchor) for fact in (seen, gone, told))
    assert isinstance(tag, TagSummary)
    assert (tag.taken_ms, tag.first_ms, tag.last_ms) == (at_ms, at_ms - 1_000, at_ms - 100)
    assert tag.centroid_ms == at_ms - 600
    assert isinstance(gap, Gap)
    assert (gap.taken_ms, gap.from_ms, gap.to_ms) == (at_ms, at_ms - 9_000, at_ms - 1_000)
    assert isinstance(event, DeviceEvent)
    assert (event.taken_ms, event.earliest_ms, event.latest_ms) == (at_ms, None, at_ms - 500)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**12), st.integers(0, 10_000))
def test_the_time_is_as_far_from_the_anchor_as_the_clock_that_never_steps_says(
    item_ms: int, anchor_boot_ms: int, taken_ms: int, uncertainty_ms: int
) -> None:
    anchor = Anchor(
        epoch=EPOCH, boot="b1", seq=9, utc_ms=END, boottime_ms=anchor_boot_ms, uncertainty_ms=uncertainty_ms
    )
    fact = sample(1, taken_ms, 4_000_000, boottime_ms=item_ms)
    dated = backdated(fact, anchor)
    assert END - dated.taken_ms == anchor_boot_ms - item_ms
    assert (dated.boottime_ms, dated.seq) == (item_ms, 1)
    most = abs(anchor_boot_ms - item_ms) * DRIFT_PPM / 1_000_000
    assert most <= uncertainty_of(fact, anchor) - uncertainty_ms < most + 1


def test_a_word_without_an_uncertainty_is_as_uncertain_as_a_clock_may_be(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    pipeline.process([_batch([_unset(1, UP)], ClockState.UNSET)], END)
    word = msgspec.structs.replace(_word(2, EventKind.CLOCK_SET, END, UP), details={})
    pipeline.process([_batch([word])], END)
    assert pipeline.readmit(END) == 1
    with store.reading() as session:
        assert session.records.backdatings(GATEWAY)[0].items[0][3] == UNSAID_UNCERTAINTY_MS


def test_no_gateway_may_say_that_its_times_were_worked_out() -> None:
    refused = decode_up(_batch([_unset(1, UP)], ClockState.ANCHORED).payload)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.NOT_THE_FORMAT


def test_an_anchor_of_another_epoch_is_none() -> None:
    anchor = Anchor(epoch="e2", boot="b1", seq=9, utc_ms=END, boottime_ms=UP, uncertainty_ms=5)
    assert anchor_for([anchor], "e1", "b1", 3, [(1, 20)]) is None
    assert anchor_for([anchor], "e2", "b1", 3, [(1, 20)]) is anchor
    assert anchor_for([anchor], "e2", "b1", 3, [(1, 7), (9, 20)]) is None


def _unset(seq: int, boottime_ms: int, taken_ms: int | None = None) -> Fact:
    """A reading whose wall clock began in 1970 at UP - HOUR, or one with the given time."""
    wall_ms = boottime_ms - (UP - HOUR) + 5_000_000 if taken_ms is None else taken_ms
    return sample(seq, max(0, wall_ms), 4_000_000, boottime_ms=boottime_ms)


def _word(seq: int, kind: EventKind, taken_ms: int, boottime_ms: int, uncertainty_ms: int = 20) -> DeviceEvent:
    return DeviceEvent(
        seq=seq,
        origin=GATEWAY,
        taken_ms=taken_ms,
        boottime_ms=boottime_ms,
        kind=kind,
        latest_ms=taken_ms,
        details={"uncertainty_ms": uncertainty_ms},
    )


def _batch(
    facts: list[Fact] | list[DeviceEvent],
    clock: ClockState = ClockState.TRUSTED,
    boot: str = "b1",
    lane: Lane | None = None,
) -> Message:
    plain = message(facts, clock=clock, sent_boottime_ms=UP if boot == "b1" else None)
    up = msgspec.json.decode(plain.payload, type=Up)
    payload = encode(msgspec.structs.replace(up, boot=boot, lane=lane))
    return Message(site=plain.site, gateway=plain.gateway, payload=payload, received_ms=END)
