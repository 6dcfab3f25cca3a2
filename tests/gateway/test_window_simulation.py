"""Over a line that loses, doubles, reorders and breaks, the centre ends with exactly what the gateway accepted."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from support.lossy_centre import World

Action: TypeAlias = tuple[str, int]

_CHAOS = st.lists(
    st.one_of(
        st.tuples(st.just("accept"), st.integers(1, 12)),
        st.tuples(st.just("forward"), st.sampled_from([10, 1_000, 5_001, 15_001, 130_000])),
        st.tuples(st.sampled_from(["up", "up", "up", "drop-up", "double-up"]), st.integers(0, 2)),
        st.tuples(st.sampled_from(["ack", "ack", "ack", "drop-ack", "double-ack"]), st.integers(0, 2)),
        st.tuples(st.sampled_from(["connect", "connect", "cut", "restart", "calm"]), st.just(0)),
    ),
    max_size=60,
)
_LANES_ROWS = st.sampled_from([5, 8, 1_000])  # a backlog of more goes in two lanes; of 1,000 none here
_SETTINGS = settings(max_examples=60)


@_SETTINGS
@given(_CHAOS, _LANES_ROWS)
def test_whatever_the_line_does_everything_arrives_once_and_nothing_is_freed_early(
    chaos: list[Action], lanes_rows: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), lanes_rows=lanes_rows)
        for action in chaos:
            _apply(world, action, poison_every=0)
            world.check()
        world.settle_down()
        world.check()
        assert world.at_centre() == world.accepted
        assert len(world.centre.facts) == len(world.accepted), "something counts twice"
        assert world.spool.dead_letters() == 0
        world.spool.close()


@_SETTINGS
@given(_CHAOS, st.integers(2, 9), _LANES_ROWS)
def test_of_refused_batches_only_the_refused_items_are_put_aside_and_gaps_tell_of_them(
    chaos: list[Action], poison_every: int, lanes_rows: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), lanes_rows=lanes_rows)
        for action in chaos:
            _apply(world, action, poison_every=poison_every)
            world.check()
        world.settle_down()
        world.check()
        poisoned = {taken_ms for taken_ms in world.accepted if taken_ms not in world.at_centre()}
        assert world.dead() == poisoned
        assert world.spool.dead_letters() == len(poisoned)
        assert {gap.from_ms for gap in world.gaps()} == poisoned
        assert sum(gap.lost for gap in world.gaps()) == len(poisoned)
        world.spool.close()


def _apply(world: World, action: Action, *, poison_every: int) -> None:
    kind, number = action
    if kind == "accept":
        before = len(world.accepted)
        world.accept([bool(poison_every) and (before + i) % poison_every == 1 for i in range(number)])
        return
    if (kind.endswith("up") and not world.up) or (kind.endswith("ack") and not world.acks):
        return
    does: dict[str, Callable[[], object]] = {
        "forward": lambda: world.forward(number),
        "connect": world.connect,
        "cut": world.cut,
        "restart": world.restart,
        "calm": world.settle_down,
        "up": lambda: world.deliver_up(number),
        "drop-up": lambda: world.up.pop(number % len(world.up)),
        "double-up": lambda: world.up.append(world.up[number % len(world.up)]),
        "ack": lambda: world.deliver_ack(number),
        "drop-ack": lambda: world.acks.pop(number % len(world.acks)),
        "double-ack": lambda: world.acks.append(world.acks[number % len(world.acks)]),
    }
    does[kind]()
