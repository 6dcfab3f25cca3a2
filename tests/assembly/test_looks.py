"""What the server looks for beside its intake: a database that is away ends nothing, and nothing is forgotten by it."""

from collections.abc import Iterator
from contextlib import contextmanager

from support.hand_clock import HandClock
from support.memory_store import MemoryStore

from assembly.commanding import LOOK_EVERY_MS, Commander
from assembly.run_server import look_once
from coldchain.errors import StoreError
from coldchain.ports import Session


class Away(MemoryStore):
    """A store that can be away, and counts how often it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.away = True
        self.reads = 0

    @contextmanager
    def reading(self) -> Iterator[Session]:
        if self.away:
            msg = "connection refused"
            raise StoreError(msg)
        self.reads += 1
        with super().reading() as session:
            yield session


def test_a_look_at_a_database_that_is_away_is_made_again_and_ends_nothing() -> None:
    store, clock = Away(), HandClock(boottime_ms=LOOK_EVERY_MS)
    commander = Commander(store, clock, None, lambda gateway, payload: None, lambda: 7)
    look_once(commander.look)
    clock.forward(LOOK_EVERY_MS)
    store.away = False
    look_once(commander.look)
    assert store.reads == 1, "what it could not see before is looked at now, though nothing was committed since"
    clock.forward(LOOK_EVERY_MS)
    look_once(commander.look)
    assert store.reads == 1
