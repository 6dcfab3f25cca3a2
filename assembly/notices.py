"""What an operator is told about counters that move: at once, and then at most once a minute with how often since."""

from collections.abc import Mapping
from typing import Final, TypeAlias

EVERY_MS: Final = 60_000
KEYS_MAX: Final = 200  # things that are told apart; a stranger may invent names without end
OTHERS: Final = ("others",)

Key: TypeAlias = tuple[str, ...]


class Notices:
    """Compares totals with those that were told last. Pure: counters and time are handed in."""

    def __init__(self, every_ms: int = EVERY_MS, keys_max: int = KEYS_MAX) -> None:
        self._every_ms = every_ms
        self._keys_max = keys_max
        self._told: dict[Key, tuple[int, int]] = {}  # key -> (total, boottime_ms) when it was told last

    def due(self, totals: Mapping[Key, int], boottime_ms: int) -> list[tuple[Key, int]]:
        """Return what is to be told now: each key with how often it happened since it was told last.

        Totals only grow, from 0. Keys beyond `keys_max` are told together, as OTHERS.
        """
        found = []
        for key, total in self._bounded(totals).items():
            before, told_ms = self._told.get(key, (0, None))
            if total > before and (told_ms is None or boottime_ms - told_ms >= self._every_ms):
                self._told[key] = (total, boottime_ms)
                found.append((key, total - before))
        return found

    def _bounded(self, totals: Mapping[Key, int]) -> dict[Key, int]:
        """Give known keys their own total, new ones too while there is room, and the rest one in common."""
        bounded: dict[Key, int] = {}
        room = self._keys_max - sum(key != OTHERS for key in self._told)
        for key, total in totals.items():
            new = key not in self._told and total > 0
            if new and room <= 0:
                bounded[OTHERS] = bounded.get(OTHERS, 0) + total
                continue
            room -= new
            bounded[key] = total
        return bounded
