"""What the server looks for beside its intake: a database that is away ends nothing, and nothing is forgotten by it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from structlog.testing import capture_logs
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

from assembly.commanding import LOOK_EVERY_MS, Commander
from assembly.trouble import SAY_EVERY_MS, Looks, Trouble
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


def _commander(store: Away, clock: HandClock) -> Commander:
    return Commander(store, clock, None, lambda gateway, payload: None, lambda: 7)


def _said(said: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, int]]:
    return [(one["event"], one.get("error", ""), one["times"]) for one in said]


def test_a_look_at_a_database_that_is_away_is_made_again_and_ends_nothing() -> None:
    store, clock = Away(), HandClock(boottime_ms=LOOK_EVERY_MS)
    looks = Looks([_commander(store, clock).look], clock.boottime_ms)
    looks.turn()
    clock.forward(LOOK_EVERY_MS)
    store.away = False
    looks.turn()
    assert store.reads == 1, "what it could not see before is looked at now, though nothing was committed since"
    clock.forward(LOOK_EVERY_MS)
    looks.turn()
    assert store.reads == 1


def test_a_database_that_is_away_is_said_at_once_then_each_minute_and_when_it_is_back() -> None:
    store, clock = Away(), HandClock(boottime_ms=LOOK_EVERY_MS)
    looks = Looks([lambda: True, _commander(store, clock).look], clock.boottime_ms)
    with capture_logs() as said:
        for _ in range(4 * 150):  # 150 s, four turns a second, of which one looks
            looks.turn()
            clock.forward(LOOK_EVERY_MS // 4)
        store.away = False
        looks.turn()
        looks.turn()
    failed = ("look_failed", "connection refused")
    assert _said(said) == [(*failed, 1), (*failed, 61), (*failed, 121), ("look_failed_no_more", "", 150)]
    assert said[-1]["lasted_s"] == 150


def test_another_reason_is_said_at_once_and_two_that_take_turns_once_a_minute_each() -> None:
    clock = HandClock(boottime_ms=0)
    trouble = Trouble("limits_not_read", clock.boottime_ms)
    with capture_logs() as said:
        for nth in range(70):
            trouble.failed(("refused", "reset")[nth % 2 if nth < 60 else 0])
            clock.forward(SAY_EVERY_MS // 60)
        trouble.over()
        trouble.over()
        trouble.failed("reset")
    event = "limits_not_read"
    assert _said(said) == [
        (event, "refused", 1),
        (event, "reset", 2),
        (event, "refused", 61),
        (f"{event}_no_more", "", 70),
        (event, "reset", 1),
    ]
