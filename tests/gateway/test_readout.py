"""Reading out a box on a hand clock: what is asked when, and what noise, loss and cut lines may not cost."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.dock_world import DockWorld, clean, spoiling
from support.lossy_centre import POISON
from support.scripted_box import frame

from coldchain.wire import Up, decode_up, encode
from gateway.decoders.dock import FrameKind, encode_frame
from gateway.readout import (
    ACKS_MAX,
    ANSWER_BYTES_MAX,
    COUNTERS,
    IDLE_MS,
    LATE_MS,
    MISSES_MAX,
    PAUSE_MS,
    SILENCE_MS,
    WINDOW,
)

REWIND = encode_frame(FrameKind.REWIND)
NEXT = encode_frame(FrameKind.NEXT, b'{"site":"storage-2"}')


def test_a_box_is_read_out_and_forgets_what_the_centre_has() -> None:
    world = DockWorld(rows=43)
    world.until(lambda: world.readout.read_out, "a read-out box")
    assert world.at_centre() == list(range(1, 44))
    assert world.box.rows == {}
    assert world.centre.taken == 43, "nothing went up twice"
    assert world.readout.not_taken == 0
    assert world.counters["dock_batches_forwarded"] == 9 + 1, "and a sign of life when all of it was acked"
    assert world.now_ms < 3_000
    assert world.centre.horizon_ms == world.box.now_ms, "nothing is awaited any more"


def test_when_all_is_acked_a_sign_of_life_says_that_nothing_is_awaited_any_more() -> None:
    world = DockWorld(rows=40)
    world.latency_ms = 900
    world.until(lambda: not world.box.rows, "an empty box")
    assert world.centre.horizon_ms < world.box.now_ms, "the last batch went up while others were on their way"
    world.run(1_000)
    assert world.centre.horizon_ms == world.box.now_ms
    assert world.counters["dock_batches_forwarded"] == 8 + 1
    world.run(60_000)
    assert world.counters["dock_batches_forwarded"] == 8 + 1, "said once"


def test_the_first_batch_is_a_question_and_then_some_may_be_on_their_way() -> None:
    world = DockWorld(rows=100)
    world.loses_acks = True
    world.run(PAUSE_MS - 500)
    assert world.written == [REWIND, NEXT]
    assert world.most_flights == 1
    world.loses_acks = False
    world.acks.append((0, encode(world.centre.ack(world.box.epoch))))
    world.loses_acks = True
    world.run(1_000)
    assert world.most_flights == WINDOW
    assert world.box.heard[:4] == [b"R", b"N", b"A", b"N"]


def test_the_word_of_the_centre_goes_down_as_it_came() -> None:
    world = DockWorld(rows=3)
    ack = encode(world.centre.ack(world.box.epoch)).replace(b'{"v"', b'{ "colour":"red",  "v"')
    world.acks.append((0, ack))
    world.turn()
    assert world.box.acks == [ack]


def test_what_came_over_mqtt_is_not_read_out_again() -> None:
    world = DockWorld(rows=60)
    world.over_mqtt(50, ack_comes=False)
    world.acks.clear()
    assert len(world.box.rows) == 60, "the box did not hear the ack"
    world.until(lambda: world.readout.read_out, "a read-out box")
    assert world.at_centre() == list(range(1, 61))
    assert world.centre.taken == 50 + 5 + 10, "one batch was the question, the rest was new"


def test_a_box_that_goes_on_measuring_is_read_on() -> None:
    world = DockWorld(rows=2)
    world.until(lambda: world.readout.read_out, "a read-out box")
    for _ in range(5):
        world.box.measure()
        world.run(IDLE_MS + 1_000)
    assert world.box.rows == {}
    assert world.at_centre() == list(range(1, 8))
    assert world.centre.horizon_ms == world.box.now_ms


def test_a_box_with_nothing_to_say_is_asked_at_its_idle_pace() -> None:
    world = DockWorld()
    world.run(60_000)
    assert 11 <= world.box.heard.count(b"N") <= 13
    assert world.counters["dock_rewinds"] == 1


def test_a_box_that_gives_nothing_but_signs_of_life_is_asked_at_its_idle_pace() -> None:
    world = DockWorld()
    sign, _ = world.box.batch(0, 0)
    world.up = lambda data: frame(b"U", sign) if data else data
    world.run(60_000)
    assert 11 <= world.counters["dock_batches_forwarded"] <= 14


def test_an_ack_that_the_line_spoilt_is_said_again_at_the_end() -> None:
    world = DockWorld(rows=5)
    world.down = lambda data: data[:-1] if data[3:4] == b"A" else data
    world.run(5_000)
    assert len(world.box.rows) == 5
    world.down = clean
    world.run(2 * IDLE_MS)
    assert world.box.rows == {}
    assert world.centre.taken == 5


def test_no_ack_means_again_from_the_oldest_row_with_growing_pauses() -> None:
    world = DockWorld(rows=8)
    world.centre.answers = False
    world.run(40_000)
    assert world.counters["dock_stalls"] == 3, "after 5, 10 and 20 seconds"
    assert world.counters["dock_rewinds"] == 4
    assert world.most_flights == 1
    assert len(world.box.rows) == 8
    world.centre.answers = True
    world.until(lambda: not world.box.rows, "an empty box")
    world.box.measure(2)
    world.loses_up = True
    world.run(PAUSE_MS + IDLE_MS)
    world.loses_up = False
    world.run(PAUSE_MS)
    assert world.box.rows == {}, "progress brought the pause back to its beginning"


def test_a_broker_that_goes_and_comes_costs_nothing() -> None:
    world = DockWorld(rows=200)
    world.until(lambda: len(world.at_centre()) > 50, "progress")
    world.cut_broker()
    asked = len(world.box.heard)
    world.run(30_000)
    assert len(world.box.heard) == asked, "an old batch is not believed, so none is asked for"
    world.broker = True
    world.until(lambda: not world.box.rows, "an empty box")
    assert world.at_centre() == list(range(1, 201))
    assert world.centre.taken <= 200 + 5 * (WINDOW + 1)


def test_a_batch_that_cannot_be_published_is_asked_for_again() -> None:
    world = DockWorld(rows=3)
    world.turn()
    world.readout.let_go()
    world.until(lambda: not world.box.rows, "an empty box")
    assert world.counters["dock_rewinds"] == 2


def test_a_box_that_is_taken_away_is_noticed_and_read_on_when_it_is_back() -> None:
    world = DockWorld(rows=200)
    world.until(lambda: len(world.at_centre()) > 50, "progress")
    world.box.mute = True
    world.until(lambda: world.dockings == 2, "that it has gone", ms=MISSES_MAX * (SILENCE_MS + LATE_MS) + 1_000)
    assert world.counters["dock_missed_answers"] == MISSES_MAX
    world.box.mute = False
    world.box.measure(7)
    world.until(lambda: not world.box.rows, "an empty box")
    assert world.at_centre() == list(range(1, 208))


def test_a_batch_of_another_box_is_not_forwarded_and_ends_the_docking() -> None:
    world = DockWorld(rows=3)
    world.box.lies_of = "box-2"
    world.turn()
    world.turn()
    assert world.readout.gone == "another box answers (box-2)"
    assert world.counters["dock_batches_foreign"] == 1
    assert world.at_centre() == []


def test_a_batch_that_cannot_be_read_stays_where_it_is() -> None:
    world = DockWorld(rows=3)
    world.up = lambda data: frame(b"U", b"not a batch") if data else data
    world.run(20_000)
    assert world.counters["dock_batches_unreadable"] == 4, "at the idle pace"
    assert world.readout.not_taken == 4
    assert len(world.box.rows) == 3
    world.up = clean
    world.box.measure()
    world.until(lambda: world.at_centre() == [4], "what lies behind it")
    world.dock()
    world.until(lambda: not world.box.rows, "an empty box, once it gives what can be read")


def test_what_is_no_ack_of_this_box_is_counted_and_not_handed_down() -> None:
    world = DockWorld(rows=1)
    world.readout.acked(b"{", 0)
    world.readout.acked(encode(world.centre.ack("e")).replace(b"box-1", b"box-2"), 0)
    world.turn()
    assert world.counters["dock_acks_unreadable"] == 2
    assert world.box.acks == []


def test_acks_that_pile_up_are_let_go_the_oldest_first() -> None:
    world = DockWorld()
    for _ in range(ACKS_MAX + 3):
        world.readout.acked(encode(world.centre.ack(world.box.epoch)), 0)
    world.turn()
    assert len(world.box.acks) == ACKS_MAX
    assert world.counters["dock_acks_dropped"] == 3


def test_a_row_that_the_centre_refuses_is_found_by_halves_and_the_others_go_up() -> None:
    world = DockWorld(rows=12, items=4)
    poisoned = world.box.rows[6]
    world.box.rows[6] = type(poisoned)(
        seq=6, origin=poisoned.origin, taken_ms=poisoned.taken_ms, boottime_ms=1, micro_celsius=POISON
    )
    world.check = lambda: None  # type: ignore[method-assign]  # the refused row is the box's dead letter
    world.until(lambda: not world.box.rows, "an empty box")
    assert world.at_centre() == [1, 2, 3, 4, 5, *range(7, 13)]
    assert world.counters["dock_batches_refused"] >= 2
    world.until(lambda: world.readout.read_out, "a box that is read out")
    assert world.readout.not_taken >= 2, "nobody may say that the centre has all of it"


def test_our_own_echo_and_frames_of_a_host_are_counted_and_are_no_answer() -> None:
    world = DockWorld(rows=3)
    world.up = lambda data: NEXT + data if data else data
    world.until(lambda: not world.box.rows, "an empty box")
    assert world.faults["not-an-answer"] >= 1


def test_a_line_that_never_stops_talking_does_not_answer() -> None:
    world = DockWorld(rows=3)
    world.readout.due(0)
    world.readout.due(0)
    for at_ms in range(0, 60_000, 1_000):
        world.readout.hear(b"x" * 20_000, at_ms)
    assert ANSWER_BYTES_MAX < 60 * 20_000
    assert world.readout.due(59_000) is None
    assert not world.readout.waiting
    assert world.counters["dock_missed_answers"] == 1
    assert world.faults["noise"] > 0


def test_an_answer_that_comes_too_late_is_dropped_and_asked_for_again() -> None:
    world = DockWorld(rows=3)
    late: list[bytes] = []
    world.up = lambda data: late.append(data) or b""  # type: ignore[func-returns-value]
    world.run(SILENCE_MS + 2 * 50)
    assert not world.readout.waiting
    world.up = clean
    assert world.readout.hear(late[-1], world.now_ms) == []
    assert world.counters["dock_batches_let_go"] == 1
    world.until(lambda: not world.box.rows, "an empty box")
    assert world.at_centre() == [1, 2, 3]


def test_a_long_answer_may_take_as_long_as_the_line_needs() -> None:
    world = DockWorld(rows=5)
    payload, _ = world.box.batch(0, 5)
    world.readout.due(0)
    world.readout.due(0)
    said = []
    for number, byte in enumerate(frame(b"U", payload)):
        said += world.readout.hear(bytes((byte,)), 1_500 * number)
        assert world.readout.due(1_500 * number) in (None, NEXT)
    assert [batch.payload for batch in said] == [payload]
    assert isinstance(decode_up(payload), Up)


def test_every_counter_has_its_words() -> None:
    world = DockWorld(rows=5)
    world.loses_up = True
    world.run(20_000)
    assert set(world.counters) <= set(COUNTERS)


def spoil(world: DockWorld, seed: int) -> None:
    world.up, world.down = spoiling(seed, 0.3), spoiling(seed + 1, 0.3)


def mend(world: DockWorld, seed: int) -> None:
    world.up = world.down = clean


def lose(world: DockWorld, seed: int) -> None:
    world.loses_up, world.loses_acks = bool(seed & 1), bool(seed & 2)


def slow(world: DockWorld, seed: int) -> None:
    world.latency_ms = seed % 9_000


def broker(world: DockWorld, seed: int) -> None:
    if world.broker:
        world.cut_broker()
    world.broker = bool(seed & 1)


def unplug(world: DockWorld, seed: int) -> None:
    world.dock()


def mute(world: DockWorld, seed: int) -> None:
    world.box.mute = bool(seed & 1)


def mqtt(world: DockWorld, seed: int) -> None:
    world.over_mqtt(1 + seed % 9, ack_comes=bool(seed & 1))


def measure(world: DockWorld, seed: int) -> None:
    world.box.measure(seed % 5)


STEPS = st.lists(
    st.tuples(st.sampled_from([spoil, mend, lose, slow, broker, unplug, mute, mqtt, measure]), st.integers(0, 2**32)),
    max_size=25,
)


@settings(max_examples=80)
@given(steps=STEPS, rows=st.integers(0, 60))
def test_whatever_happens_each_row_is_at_the_centre_once_and_until_then_in_the_box(
    steps: list[tuple[Callable[[DockWorld, int], None], int]], rows: int
) -> None:
    world = DockWorld(rows=rows)
    for step, seed in steps:
        step(world, seed)
        world.run(3_000)
    world.up = world.down = clean
    world.loses_up = world.loses_acks = world.box.mute = False
    world.broker, world.latency_ms = True, 0
    world.box.measure()
    world.until(lambda: not world.box.rows, "an empty box")
    assert world.at_centre() == list(range(1, world.box.given + 1))
    assert world.most_flights <= WINDOW
    world.run(2 * IDLE_MS)
    assert world.centre.horizon_ms == world.box.now_ms, "nothing is awaited any more"


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_bad_line_is_slow_and_loses_nothing(share: float) -> None:
    world = DockWorld(rows=300)
    world.up = world.down = spoiling(7, share)
    world.until(lambda: not world.box.rows, "an empty box", ms=7_200_000)
    assert world.at_centre() == list(range(1, 301))
    assert world.faults["checksum"] + world.faults["truncated"] + world.faults["noise"] > 0
