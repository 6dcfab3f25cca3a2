"""Rows of an earlier start of a gateway that lived through a clock step: in any order the same ones are admitted."""

from typing import Final

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import END, EPOCH, GATEWAY, HOUR, SITE, message, pipeline_on, sample, stored, waiting
from support.memory_store import MemoryStore

from coldchain.facts import DeviceEvent, EventKind, Fact
from coldchain.wire import Lane, encode, up_of
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline

UP: Final = 10 * HOUR  # what the earlier boot's clock that never steps shows at END - 2 h
OFFSET: Final = END - 2 * HOUR - UP
OFF_BY: Final = (-365 * 24 * HOUR, -3 * HOUR, 5 * HOUR)
LOAD: Final = "fridge-1-load"


def test_rows_from_before_a_step_of_an_earlier_start_get_their_time_from_its_word() -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    pipeline.process([_earlier(_stretch(-3 * HOUR))], END)
    assert waiting(store) == ["clock-wrong"] * 2
    assert pipeline.readmit(END) == 2
    assert _times(store) == _true_times()


def test_a_step_away_from_a_confirmed_clock_does_not_make_right_times_wrong() -> None:
    """The last word of that start is itself wrong: what came before stays, what came after waits."""
    store = MemoryStore()
    pipeline = pipeline_on(store)
    off_ms = -365 * 24 * HOUR
    right = [sample(n, OFFSET + UP + n, 4_000_000, boottime_ms=UP + n) for n in (1, 2)]
    away = _word(3, UP + 3, off_ms)
    wrong = sample(4, OFFSET + UP + 4 + off_ms, 4_000_000, boottime_ms=UP + 4)
    pipeline.process([_earlier([*right, away, wrong])], END)
    assert (pipeline.readmit(END), _times(store)) == (0, [OFFSET + UP + 1, OFFSET + UP + 2])
    assert waiting(store) == ["clock-wrong"] * 2


def test_while_the_clock_that_sends_is_slow_rows_of_an_earlier_start_stay_in_the_spool() -> None:
    store, counters = MemoryStore(), Counters()
    pipeline = Pipeline(store, counters)
    pipeline_on(store)
    left = _stretch(0)[3:]
    for later_ms in (0, 61_000):  # a batch may have lain in the broker for so long; then the clock is slow
        slow = _earlier(left, sent_ms=END - HOUR, received_ms=END + later_ms)
        assert pipeline.process([slow], END + later_ms) == []
    assert (stored(store), waiting(store), counters.total("clock_waits_total")) == (0, [], 1)
    assert pipeline.process([_earlier(left)], END) != []
    assert (stored(store), waiting(store)) == (2, [])


@settings(max_examples=150)
@given(data=st.data())
def test_any_order_of_arrival_ends_in_the_same_admitted_rows(data: st.DataObject) -> None:
    """Batches of that start, sent by a clock that is right, slow or ahead, cut anywhere and repeated."""
    facts = _stretch(data.draw(st.sampled_from(OFF_BY), label="off by"))
    sent = [
        data.draw(st.permutations(facts), label="order")[: data.draw(st.integers(1, 5), label="how many")]
        for _ in range(data.draw(st.integers(0, 4), label="batches"))
    ]
    store = MemoryStore()
    pipeline = pipeline_on(store)
    now_ms = END
    for rows in sent:
        skew_ms = data.draw(st.sampled_from([0, 0, -HOUR, HOUR]), label="skew")
        for _ in range(2):
            pipeline.process([_earlier(rows, sent_ms=now_ms + skew_ms, received_ms=now_ms, lane=Lane.LIVE)], now_ms)
            now_ms += 61_000
        if data.draw(st.booleans(), label="look through"):
            pipeline.readmit(now_ms)
    pipeline.process([_earlier(facts, sent_ms=now_ms, received_ms=now_ms)], now_ms)
    while pipeline.readmit(now_ms):
        pass
    assert (waiting(store), _times(store)) == ([], _true_times())


def _stretch(off_ms: int) -> list[Fact]:
    """Return two samples under a clock that is off, the word that it was set, and two samples after it."""
    wrong = [sample(n, OFFSET + UP + n * 1_000 + off_ms, 4_000_000, boottime_ms=UP + n * 1_000) for n in (1, 2)]
    right = [sample(n, OFFSET + UP + n * 1_000, 4_000_000, boottime_ms=UP + n * 1_000) for n in (4, 5)]
    return [*wrong, _word(3, UP + 3_000, 0), *right]


def _word(seq: int, boottime_ms: int, off_ms: int) -> DeviceEvent:
    at_ms = OFFSET + boottime_ms + off_ms
    return DeviceEvent(
        seq=seq,
        origin=GATEWAY,
        taken_ms=at_ms,
        boottime_ms=boottime_ms,
        kind=EventKind.CLOCK_STEPPED,
        latest_ms=at_ms,
        details={"delta_ms": off_ms, "source": "wall", "uncertainty_ms": 1_000},
    )


def _earlier(facts: list[Fact], *, sent_ms: int = END, received_ms: int = END, lane: Lane | None = None) -> Message:
    """Return a batch of the boot that is over, as the next one sends it with what it remembers of its clock."""
    seqs = [fact.seq for fact in facts]
    up = up_of(
        sorted(facts, key=lambda fact: fact.seq),
        gateway=GATEWAY,
        epoch=EPOCH,
        first_seq=min(seqs),
        last_seq=max(seqs),
        boot="b1",
        sent_ms=sent_ms,
        clock=msgspec.json.decode(message([]).payload)["clock"],
        boot_offset_ms=OFFSET,
        lane=lane,
    )
    return Message(site=SITE, gateway=GATEWAY, payload=encode(up), received_ms=received_ms)


def _times(store: MemoryStore) -> list[int]:
    with store.reading() as session:
        return [int(at_ms) for at_ms in session.readings.history(LOAD, 0, END + HOUR).taken_ms]


def _true_times() -> list[int]:
    return [OFFSET + UP + n * 1_000 for n in (1, 2, 4, 5)]
