"""What the uplink says when nothing happens, when it is refused, and when its spool is not what the centre knows."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lossy_centre import World
from support.spools import T0_MS, event, sample, seqs

from coldchain.errors import SpoolFullError
from coldchain.facts import Sample
from coldchain.wire import PAYLOAD_BYTES_MAX, Up, decode_state, decode_up
from gateway.sender import BURY_MS_MAX, BURY_MS_MIN


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.spool.close()


def _ups(world: World) -> list[Up]:
    decoded = [decode_up(payload) for leaf, payload in world.up if leaf == "up"]
    assert all(isinstance(up, Up) for up in decoded)
    return [up for up in decoded if isinstance(up, Up)]


def test_a_new_connection_begins_with_state_and_an_empty_batch_and_no_rows(world: World) -> None:
    world.accept([False] * 3)
    world.connect()
    assert [leaf for leaf, _ in world.up] == ["state", "up"]
    state = decode_state(world.up[0][1])
    assert state is not None
    assert (state.online, state.epoch, state.boot) == (True, world.spool.epoch, "boot-1")
    (up,) = _ups(world)
    assert (up.first_seq, up.last_seq, up.samples.seq) == (1, 0, [])
    assert up.oldest_unsent_taken_ms == T0_MS + 1


def test_a_quiet_gateway_gives_a_sign_of_life_and_moves_the_mark(world: World) -> None:
    world.settle_down()
    world.up.clear()
    signs = []
    for _ in range(60):
        world.forward(ms=1_000)
        signs += _ups(world)
        world.up.clear()
    assert len(signs) == 4
    assert [up.oldest_unsent_taken_ms for up in signs] == [None] * 4
    assert [later.sent_ms - earlier.sent_ms for earlier, later in itertools.pairwise(signs)] == [15_000] * 3


def test_every_batch_tells_both_clocks_of_one_moment_but_not_for_an_earlier_boot(world: World) -> None:
    world.accept([False] * 2)
    world.restart()
    world.accept([False] * 2)
    world.clock.step_wall(-3_600_000)
    world.clock.forward(ms=7_000)
    offset_ms = world.clock.now_ms() - world.clock.boottime_ms()
    world.connect()
    world.deliver_up(1)
    world.deliver_ack(0)
    told = [(up.boot, up.first_seq, up.last_seq, up.clock_offset_ms) for up in _ups(world)]
    assert told == [("boot-1", 1, 2, None), ("boot-2", 3, 4, offset_ms)]
    assert _ups(world)[0].boot_offset_ms is not None
    world.settle_down()
    world.forward(ms=15_000)
    sign = _ups(world)[-1]
    assert (sign.boot, sign.first_seq, sign.last_seq, sign.clock_offset_ms) == ("boot-2", 5, 4, offset_ms)


def test_a_batch_never_speaks_of_numbers_behind_its_last_item(world: World) -> None:
    """The highest row of a stretch is dead or acknowledged; the centre commits spans, and nothing is swallowed."""
    world.accept([False, False, False, True])
    world.settle_down()
    world.accept([False, True, False, False, True])
    world.settle_down()
    world.accept([False])
    world.settle_down()
    assert len(world.dead()) == 3
    assert world.at_centre() == world.accepted - world.dead()
    assert world.centre.ack(world.spool.epoch).contiguous_seq == world.spool.last_seq()


def test_after_a_backfill_the_mark_is_moved_at_once(world: World) -> None:
    world.accept([False] * 12)
    world.forward(ms=3_600_000)
    world.settle_down()
    assert world.centre.horizon_ms == world.clock.now_ms()


def test_a_disconnected_uplink_sends_nothing_and_loses_nothing(world: World) -> None:
    world.settle_down()
    world.cut()
    world.up.clear()
    world.accept([False] * 3)
    world.forward(ms=600_000)
    assert world.up == []
    world.settle_down()
    assert world.at_centre() == world.accepted


def test_a_centre_that_refuses_this_gateway_altogether_costs_no_row(world: World) -> None:
    world.centre.refuses_all = True
    world.accept([False] * 10)
    world.connect()
    for _ in range(50):
        while world.up:
            world.deliver_up(0)
        while world.acks:
            world.deliver_ack(0)
        world.forward(ms=10_000)
    assert (world.spool.depth(), world.spool.dead_letters()) == (10, 0)
    assert world.counters["uplink_barred"] > 0
    world.centre.refuses_all = False
    world.settle_down()
    assert world.at_centre() == world.accepted


def test_a_spool_that_was_restored_from_an_older_copy_begins_a_new_epoch_and_loses_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.accept([False] * 3)
    world.spool.close()
    shutil.copy(tmp_path / "spool.db", tmp_path / "copy.db")
    world.start()
    world.accept([False] * 7)
    world.settle_down()  # the centre has 1 to 10
    old = world.spool.epoch
    world.spool.close()
    shutil.copy(tmp_path / "copy.db", tmp_path / "spool.db")
    world.cut()
    world.start()
    world.accept([False] * 5)  # 4 to 8 once more, and these are other facts
    world.settle_down()
    assert world.counters["uplink_new_epochs"] == 1
    assert world.spool.epoch != old
    assert world.at_centre() == world.accepted
    world.spool.close()


def test_an_item_that_can_never_fit_is_put_aside_and_the_others_go_up(world: World) -> None:
    huge = {f"key-{number}": "x" * 200 for number in range(1_500)}
    world.spool.accept([sample(), event(details=dict(huge)), sample()])
    world.settle_down()
    assert len([fact for fact in world.centre.facts.values() if isinstance(fact, Sample)]) == 2
    assert [(gap.reason, gap.origin, gap.lost) for gap in world.gaps()] == [("too-large-to-send", "fridge-1-door", 1)]


def test_a_batch_of_long_items_is_cut_to_what_a_payload_may_be(tmp_path: Path) -> None:
    world = World(tmp_path, items_max=500)
    details: dict[str, int | str] = {f"key-{number}": "温" * 200 for number in range(10)}
    world.spool.accept([event(details=details) for _ in range(100)])
    world.connect()
    world.deliver_up(0)
    world.deliver_ack(0)
    assert len(_ups(world)) > 2
    assert all(len(payload) <= PAYLOAD_BYTES_MAX for _, payload in world.up)
    world.settle_down()
    assert len(world.centre.facts) == 100
    world.spool.close()


def test_a_row_that_a_newer_version_wrote_is_put_aside_and_the_others_go_up(world: World) -> None:
    world.accept([False] * 3)
    world.spool._writer.execute("UPDATE row SET body = x'81a1780f' WHERE seq = 2")
    world.settle_down()
    assert (seqs(world.spool), world.spool.dead_letters()) == ([], 1)
    assert [gap.lost for gap in world.gaps()] == [1]
    assert world.counters["uplink_dead_letters"] == 1


def test_what_is_no_ack_is_counted_and_changes_nothing(world: World) -> None:
    world.accept([False] * 2)
    world.connect()
    for payload in (b"", b"{}", b"\xff\xfe", b'{"v":2}', b"[" * 100_000):
        world.sender.ack(payload)
    assert world.counters["uplink_acks_unreadable"] == 5
    assert world.spool.depth() == 2


@pytest.mark.parametrize("restarts", [1, 3])
def test_an_old_copy_that_starts_again_before_the_first_ack_loses_nothing(tmp_path: Path, restarts: int) -> None:
    world = World(tmp_path)
    world.accept([False] * 10)
    world.settle_down()
    world.cut()
    world.spool.close()
    shutil.copy(tmp_path / "spool.db", tmp_path / "copy.db")
    world.start()
    world.accept([False] * 10)
    world.settle_down()
    world.cut()
    world.spool.close()
    shutil.copy(tmp_path / "copy.db", tmp_path / "spool.db")
    world.start()
    for _ in range(restarts):
        world.accept([False] * 15)  # numbers that the centre has from the other life of the file
        world.restart()
    world.settle_down()
    assert world.counters["uplink_new_epochs"] == 1
    assert world.at_centre() == world.accepted
    assert world.spool.depth() == 0
    world.spool.close()


def test_a_gateway_that_is_killed_with_batches_on_their_way_is_no_old_copy(world: World) -> None:
    world.accept([False] * 5)
    world.restart()
    world.settle_down()
    for _ in range(3):
        world.accept([False] * 9)
        world.up.clear()
        world.forward(ms=10_000)
        while world.up:
            world.deliver_up(0)  # committed, but the acks die with the process
        world.restart()
        world.accept([False] * 2)
        world.restart()
    world.settle_down()
    assert world.counters["uplink_new_epochs"] == 0
    assert world.at_centre() == world.accepted


def test_rows_that_cannot_be_put_aside_on_a_full_disk_are_tried_more_and_more_seldom(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.accept([False] * 3)
    world.spool._writer.execute("UPDATE row SET body = x'81a1780f' WHERE seq = 2")
    tries: list[int] = []
    ups = 0
    room = world.spool.dead_letter

    def full(*_: object, **__: object) -> int:
        tries.append(world.clock.boottime_ms())
        raise SpoolFullError("no room on the disk")

    monkeypatch.setattr(world.spool, "dead_letter", full)
    world.connect()
    for _ in range(600):
        while world.up or world.acks:
            if world.up:
                world.deliver_up(0)
                ups += 1
            if world.acks:
                world.deliver_ack(0)
        world.forward(ms=500)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert 5 <= len(tries) <= 12
    assert pauses[0] >= BURY_MS_MIN
    assert pauses[-1] >= BURY_MS_MAX
    assert world.counters["uplink_dead_letters_delayed"] == len(tries)
    assert ups > 10, "signs of life go on"
    monkeypatch.setattr(world.spool, "dead_letter", room)
    world.forward(ms=BURY_MS_MAX)
    world.settle_down()
    assert (seqs(world.spool), world.spool.dead_letters()) == ([], 1)
