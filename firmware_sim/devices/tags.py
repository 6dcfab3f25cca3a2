"""What is in the field of a reader's antennas, and which of it answers in a round: seeded, so that it repeats."""

import random
from dataclasses import dataclass
from typing import Final

NULL_SHARE: Final = 0.05  # in a metal cabinet a tag now and then sits in a null of the field
NULL_FACTOR: Final = 0.15
RSSI_SPREAD: Final = 2


@dataclass(frozen=True, slots=True)
class FieldTag:
    """A tag: its EPC or UID in hex, the chance to be read in one round, and its strength in the reader's unit."""

    id: str
    read_probability: float
    strength: int


class TagField:
    """Tags by antenna (from 1)."""

    def __init__(self, seed: int | str) -> None:
        """Start empty."""
        self._random = random.Random(seed)  # noqa: S311 - a simulation must repeat, it protects nothing
        self._tags: dict[int, dict[str, FieldTag]] = {}

    def enter(self, tag: FieldTag, antenna: int = 1) -> None:
        """Bring a tag before an antenna."""
        self._tags.setdefault(antenna, {})[tag.id] = tag

    def leave(self, tag_id: str) -> None:
        """Take a tag out of the field of all antennas."""
        for tags in self._tags.values():
            tags.pop(tag_id, None)

    def round(self, antenna: int) -> list[tuple[str, int]]:
        """Return (id, strength) of the tags that answered in one round."""
        answered = []
        for tag in self._tags.get(antenna, {}).values():
            factor = NULL_FACTOR if self._random.random() < NULL_SHARE else 1.0
            if self._random.random() < tag.read_probability * factor:
                answered.append((tag.id, tag.strength + self._random.randint(-RSSI_SPREAD, RSSI_SPREAD)))
        return answered
