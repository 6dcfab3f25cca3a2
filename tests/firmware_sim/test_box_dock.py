"""The box's end of the dock: its frames against the vectors of docs/dock.md, and a read-out over a pseudo-terminal."""

import json
import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.box_world import MINUTE_MS, START_MS, BoxCentre, BoxWorld
from support.polled_site import START_MS as SITE_START_MS

from coldchain.facts import Sample
from coldchain.wire import encode
from firmware_sim.bench import Bench
from firmware_sim.box_dock import (
    ACK,
    AGAIN,
    END,
    IDENTITY,
    NEXT,
    PAYLOAD_BYTES_MAX,
    SILENCE_MS,
    UP,
    WHO,
    Frame,
    Scanner,
    frame,
)
from firmware_sim.control import DROP_BOX_NETWORK
from firmware_sim.scenario import storage_point
from firmware_sim.truth import truth

HOUR_MS = 3_600_000
KINDS = st.sampled_from([WHO, NEXT, ACK, AGAIN, IDENTITY, UP, END])
FRAMES = st.lists(st.builds(Frame, KINDS, st.binary(max_size=40)), max_size=6)


@pytest.mark.parametrize(
    ("built", "printed"),
    [
        (frame(WHO), "014343 3F 00000000 E553D84A"),
        (frame(NEXT), "014343 4E 00000000 21E11135"),
        (frame(NEXT, b'{"site":"storage-1"}'), "0143434E000000147B2273697465223A2273746F726167652D31227D2F02DA62"),
        (frame(AGAIN), "014343 52 00000000 84F16BB6"),
        (frame(END), "014343 45 00000000 56312024"),
    ],
)
def test_frames_are_those_of_the_document(built: bytes, printed: str) -> None:
    assert built == bytes.fromhex(printed.replace(" ", ""))


def test_the_identity_is_that_of_the_document() -> None:
    said = b'{"v":1,"gateway":"box-1","site":"storage-1","epoch":"e1","boot":"b1"}'
    assert frame(IDENTITY, said)[:8] + frame(IDENTITY, said)[-4:] == bytes.fromhex("01434349000000 45A34D8E9D")


@given(frames=FRAMES, noise=st.binary(max_size=12).filter(lambda data: 1 not in data), cuts=st.lists(st.integers(1, 9)))
def test_frames_are_found_however_they_are_cut_and_whatever_lies_between(
    frames: list[Frame], noise: bytes, cuts: list[int]
) -> None:
    stream = noise + b"".join(frame(found.kind, found.payload) + noise for found in frames)
    scanner, found, at = Scanner(), [], 0
    for size in [*cuts, len(stream)]:
        found += scanner.feed(stream[at : at + size], 0)
        at += size
    assert found == frames
    assert scanner.skipped_bytes == len(noise) * (len(frames) + 1)


@given(payload=st.binary(max_size=60), place=st.integers(0, 70), bit=st.integers(0, 7))
def test_a_flipped_bit_never_gives_another_frame(payload: bytes, place: int, bit: int) -> None:
    whole = bytearray(frame(UP, payload))
    whole[place % len(whole)] ^= 1 << bit
    assert Scanner().feed(bytes(whole), 0) == []


def test_a_frame_inside_a_broken_one_is_found_and_one_that_stops_is_forgotten() -> None:
    scanner = Scanner()
    broken = bytearray(frame(ACK, frame(WHO)))
    broken[-1] ^= 1
    assert scanner.feed(bytes(broken), 0) == [Frame(WHO, b"")]
    assert scanner.broken_frames == 1
    assert scanner.feed(frame(NEXT)[:9], 10) == []
    assert scanner.feed(frame(WHO), 10 + SILENCE_MS) == [Frame(WHO, b"")]
    too_long = b"\x01CC" + ACK + (PAYLOAD_BYTES_MAX + 1).to_bytes(4, "big")
    assert scanner.feed(too_long + frame(END), 3_000) == [Frame(END, b"")]


def test_a_read_out_moves_a_pointer_only() -> None:
    world = BoxWorld()
    world.live(400 * MINUTE_MS)
    rows = len(world.memory)
    kinds = [world.read_out().kind for _ in range(4)]
    assert kinds == [UP, UP, END, END]
    assert len(world.memory) == rows
    spans = [(b["first_seq"], b["last_seq"]) for b in map(json.loads, world.carried)]
    assert spans == [(1, 500), (501, rows)]
    world.rewind()
    assert json.loads(world.read_out().payload)["first_seq"] == 1


def test_when_all_that_was_read_is_acked_one_sign_of_life_moves_the_horizon() -> None:
    world = BoxWorld()
    world.live(100 * MINUTE_MS + 30_000)
    world.read_out()
    world.carry(0, hand_down=True)
    assert len(world.memory) == 0
    sign = world.read_out()
    assert sign.kind == UP
    assert json.loads(sign.payload)["oldest_unsent_taken_ms"] is None
    world.carry(0, hand_down=True)
    assert world.centre.horizon_ms == START_MS + 100 * MINUTE_MS + 30_000
    assert world.read_out().kind == END
    world.live(MINUTE_MS)
    assert world.read_out().kind == UP


def test_what_came_over_the_air_is_not_read_out_again() -> None:
    world = BoxWorld(items=10)
    world.live(30 * MINUTE_MS)
    world.read_out()
    world.settle_by_radio()
    assert world.read_out().kind == UP  # the sign of life for what was read out and is acked by the other way
    assert world.read_out().kind == END


def test_it_says_who_it_is() -> None:
    world = BoxWorld()
    assert json.loads(world.who().payload) == {
        "v": 1,
        "gateway": "box-1",
        "site": "storage-1",
        "epoch": world.box.epoch,
        "boot": world.box.who.boot,
    }


class Counter:
    """A host at the counter: plain os.read and os.write on the dock's line."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._line = os.open(bench.path("dock"), os.O_RDWR | os.O_NOCTTY)
        self._scanner = Scanner()

    def close(self) -> None:
        os.close(self._line)

    def say(self, data: bytes) -> None:
        os.write(self._line, data)
        self._bench.serve(0.5)

    def ask(self, kind: bytes) -> Frame:
        self.say(frame(kind))
        while True:
            poll = select.poll()
            poll.register(self._line, select.POLLIN)
            assert poll.poll(5_000), "the box does not answer"
            found = self._scanner.feed(os.read(self._line, 65_536), 0)
            self._bench.serve(0.0)
            if found:
                return found[0]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(storage_point(), 1, SITE_START_MS) as bench:
        bench.advance(SITE_START_MS + 26 * HOUR_MS)
        yield bench


def test_at_the_counter_the_whole_trip_is_read_out_and_is_the_truth(bench: Bench) -> None:
    assert bench.site.box is not None
    counter, centre = Counter(bench), BoxCentre()
    try:
        assert json.loads(counter.ask(WHO).payload)["gateway"] == "box-1"
        while (answer := counter.ask(NEXT)).kind == UP:
            counter.say(frame(ACK, encode(centre.take(answer.payload))))
        assert len(bench.site.box.memory) == 0
    finally:
        counter.close()
    said = truth(bench)
    samples = [fact for fact in centre.facts.values() if isinstance(fact, Sample)]
    for channel in said["channels"]:
        if channel["place"] == "box-1":
            assert len([s for s in samples if s.origin == channel["probe"]]) == channel["answers_sent"] == 481
    assert len(centre.facts) == said["box"]["rows"]
    assert {epoch for epoch, _ in centre.facts} == {said["box"]["epoch"]}
    assert centre.horizon_ms == bench.now_ms


def test_unplugged_in_the_middle_of_an_answer_nothing_is_lost(bench: Bench, tmp_path: Path) -> None:
    assert bench.site.box is not None
    bench.link(tmp_path)
    counter = Counter(bench)
    counter.say(frame(NEXT))
    rows = len(bench.site.box.memory)
    bench.unplug("dock")
    counter.close()
    assert not (tmp_path / "dock").is_symlink()
    bench.replug("dock")
    counter, centre = Counter(bench), BoxCentre()
    try:
        counter.say(frame(AGAIN))
        while (answer := counter.ask(NEXT)).kind == UP:
            counter.say(frame(ACK, encode(centre.take(answer.payload))))
    finally:
        counter.close()
    assert len(centre.facts) == rows


def test_without_network_by_order_the_box_stays_silent_until_it_ends(bench: Bench) -> None:
    there = [bench.site.has_network]
    bench.act(DROP_BOX_NETWORK, bench.now_ms + 5 * MINUTE_MS)
    there.append(bench.site.has_network)
    bench.advance(bench.now_ms + 5 * MINUTE_MS)
    assert [*there, bench.site.has_network] == [True, False, True]
