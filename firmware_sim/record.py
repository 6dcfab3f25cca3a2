"""What the bench really sent and what really happened: the only thing that the oracle reads."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from firmware_sim.physics import Crossing
from firmware_sim.scenario import Channel, Limits

ANSWERS_MAX: Final = 2_000_000  # more than a year at one answer in 20 seconds
CHANGES_MAX: Final = 100_000


class TemperatureAnswer(NamedTuple):
    """One answer with registers that left at at_ms; `sound` is false where a fault spoilt it on its way."""

    at_ms: int
    first: int
    registers: tuple[int, ...]
    sound: bool


class Change(NamedTuple):
    """A contact changed at at_ms; `on` is door open, or mains present."""

    at_ms: int
    on: bool


@dataclass
class Visit:
    """A bag was inside from in_ms to out_ms (None: it still is)."""

    in_ms: int
    out_ms: int | None = None


@dataclass
class BagRecord:
    """One bag: its label (labels.labels), whether its tag can be read at all, and its visits."""

    label: dict[str, Any]
    readable: bool
    visits: list[Visit] = field(default_factory=list)


@dataclass
class Record:
    """All of it. What does not fit any more is counted in `lost`, and the truth says so."""

    scenario: str
    seed: int
    start_ms: int
    until_ms: int
    limits: Limits
    channels: tuple[Channel, ...]
    bags: dict[str, BagRecord]
    strays: list[str]
    answers: list[TemperatureAnswer] = field(default_factory=list)
    doors: list[Change] = field(default_factory=list)
    mains: list[Change] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    crossings_lost: int = 0

    def answer(self, answer: TemperatureAnswer, most: int = ANSWERS_MAX) -> None:
        """Keep an answer that was sent."""
        if len(self.answers) < most:
            self.answers.append(answer)
        else:
            self.lost += 1

    def change(self, changes: list[Change], change: Change, most: int = CHANGES_MAX) -> None:
        """Keep a change of a contact, in `doors` or `mains`."""
        if len(changes) < most:
            changes.append(change)
        else:
            self.lost += 1
