"""How fast a backlog may go up, so that it leaves the line and the centre to what is new. Pure; time is handed in."""

from typing import Final

BACKFILL_ITEMS_S: Final = 5_000  # of one gateway; the centre of a city has some tens of them to listen to


class Pace:
    """At most items_s items a second, in bursts of at most one second's worth."""

    def __init__(self, items_s: int) -> None:
        self._items_s = items_s
        self._thousandths = 0
        self._at_ms: int | None = None

    def allowed(self, items_max: int, now_ms: int) -> int:
        """Return how many items may go now: a whole batch or nothing, so that a backlog does not go in crumbs."""
        passed_ms = 0 if self._at_ms is None else max(0, now_ms - self._at_ms)
        burst = 1_000 * max(self._items_s, items_max)
        self._thousandths = burst if self._at_ms is None else min(burst, self._thousandths + passed_ms * self._items_s)
        self._at_ms = now_ms
        return items_max if self._thousandths >= 1_000 * items_max else 0

    def took(self, items: int) -> None:
        """Note what went."""
        self._thousandths -= 1_000 * items
