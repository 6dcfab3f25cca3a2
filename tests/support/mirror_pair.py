"""A record and its mirror in a test: one is filled from the other, compared with it, damaged and made anew."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from support.hand_clock import HandClock
from support.mirror_world import START_MS, DirectCursors, title_of
from support.waiting import until

from coldchain.ports import Store
from stores.delivery import Count, DeadLetters, Delivery, Pace
from stores.influx import InfluxSink
from stores.influx_query import InfluxQuery
from stores.influx_target import Target
from stores.mirror import Mirror
from stores.mirror_compare import Comparer, Comparison
from stores.mirror_rebuild import Rebuilder, Rebuilt
from stores.mirror_told import Told
from stores.mirror_truth import Truth

NOW_MS = START_MS + 100_000_000
QUICK = Pace(poll_ms=1, retry_first_ms=1, retry_max_ms=10, hold_ms=1)


@contextmanager
def mirroring(store: Store, where: Target, **more: Any) -> Iterator[Mirror]:
    """A mirror that runs in a thread of its own until the end of the block."""
    clock = HandClock(NOW_MS)
    given = {"titles": title_of, "pace": QUICK, **more}
    mirror = Mirror(store, DirectCursors(store), InfluxSink(where), clock, **given)
    stop = threading.Event()
    thread = threading.Thread(target=mirror.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def level(mirror: Mirror) -> bool:
    """Tell whether it has sent all that there is."""
    status = mirror.status()
    return status.readings_behind == status.ledger_behind == 0


def fill(store: Store, where: Target) -> None:
    """Bring a mirror level with the record."""
    with mirroring(store, where) as mirror:
        until(lambda: level(mirror))
        assert mirror.status().dead_letters == 0


def compared(store: Store, where: Target, from_ms: int, to_ms: int, told: Told | None = None) -> Comparison:
    """Compare without waiting between two looks, at the time of the mirror's clock."""
    with closing(InfluxQuery(where)) as query:
        return Comparer(Truth(store, title_of, told, lambda: NOW_MS), query, lambda: None).compare(from_ms, to_ms)


def rebuilt(store: Store, where: Target, from_ms: int, to_ms: int, *, clears: bool = True) -> Rebuilt:
    """Make a mirror of a time anew."""
    count = Count()
    with closing(InfluxSink(where)) as sink, closing(InfluxQuery(where)) as query:
        delivery = Delivery(sink, DeadLetters(None, count), count, QUICK, lambda: 0)
        maker = Rebuilder(Truth(store, title_of), sink, delivery, query if clears else None)
        done = maker.rebuild(from_ms, to_ms, threading.Event(), lambda _low, _lines: None)
    assert count.now.dead_letters == 0
    return done
