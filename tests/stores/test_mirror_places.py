"""A house of more places than cursors may wait for the writer: the mirror begins anew all the same, and tells sums."""

import threading
import time

import msgspec
import pytest
from support import store_words as words
from support.hand_clock import HandClock
from support.memory_sink import MemorySink
from support.memory_store import MemoryStore
from support.mirror_more import END, HOUR, T0, ZONE, hear, registered
from support.mirror_world import title_of
from support.waiting import until

from assembly.mirror_told import HereTold
from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import Store
from ingest.writer import MOVES_MAX
from stores import mirror_summing
from stores.delivery import Pace
from stores.mirror import LEDGER, READINGS, TARGET, Mirror
from stores.mirror_sums import SUMS

PLACES = 2 * MOVES_MAX
TAKEN_S = 0.02
QUICK = Pace(poll_ms=1, retry_first_ms=1, retry_max_ms=2, hold_ms=1)


class WaitingCursors:
    """Cursors that wait for a transaction as those of ingest.writer do, and no more of them than there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, int] = {}
        self._taken_s = time.monotonic()
        self._lock = threading.Lock()

    def move(self, name: str, value: int) -> None:
        if time.monotonic() - self._taken_s > TAKEN_S:
            self.take()
        with self._lock:
            if name not in self._waiting and len(self._waiting) >= MOVES_MAX:
                msg = "too many cursors wait to be moved"
                raise StoreError(msg)
            self._waiting[name] = value

    def take(self) -> None:
        with self._lock, self._store.writing() as session:
            for name, value in self._waiting.items():
                session.books.set_cursor(name, value)
            self._waiting.clear()
            self._taken_s = time.monotonic()


class Ward:
    """Many fridges with an hour of readings each, and mirrors that come and go."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        registered(self.store)
        with self.store.writing() as session:
            places = [words.place(f"fridge-{n}") for n in range(1, PLACES + 1)]
            session.ledger.append([words.draft(EntryKind.PLACE, one) for one in places], T0)
            for one in places:
                probe = msgspec.structs.replace(words.probe(f"{one.id}-load"), place=one.id)
                session.ledger.append([words.draft(EntryKind.PROBE, probe)], T0)
                times = [T0 + minute * 60_000 for minute in range(60)]
                row = words.samples(times, [4_000_000] * 60, probe=probe.id, gateway="gw-1", epoch=one.id)
                session.readings.append_samples(row)
        hear(self.store, T0 + HOUR)
        self.cursors = WaitingCursors(self.store)
        self.sink = MemorySink()

    def cursor(self, name: str) -> int:
        with self.store.reading() as session:
            return session.books.cursor(name)

    def follow(self) -> None:
        """Run a mirror until every place has its hour, and everything that was sent is noted durably."""
        told, stop = HereTold(ZONE), threading.Event()
        clock = HandClock(END)
        mirror = Mirror(self.store, self.cursors, self.sink, clock, titles=title_of, told=told, pace=QUICK)
        thread = threading.Thread(target=mirror.run, args=(stop,), daemon=True)
        thread.start()
        try:
            until(lambda: self.level(mirror))
        finally:
            stop.set()
            thread.join(20)
        self.cursors.take()

    def level(self, mirror: Mirror) -> bool:
        self.cursors.take()
        return self.hours() >= PLACES and not mirror.status().readings_behind

    def hours(self) -> int:
        return sum(name == "temperature_1h" and at_ms == T0 for name, _, at_ms in list(self.sink.points))


@pytest.fixture
def ward(monkeypatch: pytest.MonkeyPatch) -> Ward:
    monkeypatch.setattr(mirror_summing, "MOVED_MS", 2_000 * TAKEN_S)
    return Ward()


def test_a_house_of_many_places_is_mirrored_into_another_server_from_the_beginning(ward: Ward) -> None:
    ward.follow()
    assert ward.cursor(f"{SUMS}fridge-{PLACES}") == T0 + HOUR
    ward.sink = MemorySink(identity=8)
    ward.follow()
    assert (ward.cursor(TARGET), ward.cursor(f"{SUMS}fridge-{PLACES}")) == (8, T0 + HOUR)
    assert min(ward.cursor(READINGS), ward.cursor(LEDGER)) > 0


def test_a_lost_database_of_many_places_is_filled_again(ward: Ward) -> None:
    ward.follow()
    ward.sink.wipe()
    hear(ward.store, T0 + 2 * HOUR)
    ward.follow()
    assert ward.sink.exists
