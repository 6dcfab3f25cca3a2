"""A house of three days whose place is given another name, and mirrors of it that come and go."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import msgspec
from support import store_words as words
from support.hand_clock import HandClock
from support.influx_stand_in import Points
from support.memory_sink import MemorySink
from support.memory_store import MemoryStore
from support.mirror_more import END, ZONE, hear, record, registered, some_facts
from support.mirror_world import DirectCursors
from support.waiting import until

from assembly.mirror_told import HereTold
from assembly.mirroring import snapshot, title_of
from coldchain.entries import EntryKind
from coldchain.places import Text
from stores.delivery import Pace
from stores.mirror import LEDGER, READINGS, TARGET, Mirror
from stores.mirror_renamed import AGAIN, NAMES

QUICK = Pace(poll_ms=1, retry_first_ms=1, retry_max_ms=2, hold_ms=1)
OLD, NEW = "Blood fridge 1", "Cold room north"


class House:
    """A record of three days, and mirrors that come and go."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        registered(self.store)
        self.name(OLD)
        record(self.store, some_facts(random.Random(7), 120))
        hear(self.store, END)
        self.sink = MemorySink()
        self.renamed = False

    def name(self, name: str) -> None:
        """Give fridge-1 a name, as the settings do when the server starts."""
        self.renamed = name != OLD
        with self.store.writing() as session:
            place = session.records.place("fridge-1")
            assert place is not None
            renamed = msgspec.structs.replace(place, name=Text(zh=f"{name}（中文）", en=name))
            session.ledger.append([words.draft(EntryKind.PLACE, renamed)], END)

    def cursor(self, name: str) -> int:
        with self.store.reading() as session:
            return session.books.cursor(name)

    @contextmanager
    def mirrored(self, sink: MemorySink) -> Iterator[Mirror]:
        titles = partial(title_of, self.store, zone=ZONE)
        clock, stop = HandClock(END), threading.Event()
        cursors = DirectCursors(self.store)
        mirror = Mirror(
            self.store,
            cursors,
            sink,
            clock,
            titles=titles,
            snapshots=lambda now_ms: snapshot(self.store, now_ms, ZONE),
            told=HereTold(ZONE),
            pace=QUICK,
        )
        thread = threading.Thread(target=mirror.run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield mirror
        finally:
            stop.set()
            thread.join(20)

    def level(self, mirror: Mirror) -> bool:
        status = mirror.status()
        behind = status.readings_behind + status.ledger_behind + self.cursor(AGAIN)
        return self.cursor(NAMES) != 0 and status.behind_s == 0 and behind == 0

    def follow(self) -> None:
        """Run a mirror until it has sent all that there is."""
        with self.mirrored(self.sink) as mirror:
            until(lambda: self.level(mirror))

    def anew(self) -> Points:
        """Return what a mirror on an empty server has of the same record."""
        with self.store.reading() as session:
            seq = session.ledger.next_seq() - 1
        names = (LEDGER, READINGS, AGAIN, NAMES, TARGET)
        kept = {name: self.cursor(name) for name in names}
        fresh = MemorySink(identity=99)
        with self.mirrored(fresh) as mirror:
            until(lambda: self.cursor(TARGET) == fresh.identity and self.cursor(LEDGER) == seq and self.level(mirror))
        for name, value in kept.items():
            DirectCursors(self.store).move(name, value)
        return fresh.points
