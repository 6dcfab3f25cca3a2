"""Event cycles of a reader, whatever protocol it speaks: what the cabinet asks for and what it gets."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TagHeard:
    """What one antenna heard of one tag in one cycle; times are the gateway's wall clock when bytes were read."""

    epc: str
    antenna: int
    count: int
    best_rssi_dbm: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDone:
    """A cycle came to its end. `rounds` counts the answers that prove that the reader was at work: reads, empty rounds.

    `fault` is empty exactly when the cycle is complete.
    """

    start_ms: int
    end_ms: int
    boottime_ms: int
    tags: tuple[TagHeard, ...]
    rounds: int
    reads: int
    rejected: int
    fault: str


class CycleLink(Protocol):
    """Drives one reader through one event cycle after the other and never waits.

    `start` begins a cycle, `step` is called whenever boottime has reached `due_ms` and returns the cycle once, when it
    came to its end. A lost port ends the running cycle with a fault. Every cycle ends within a known time.
    """

    due_ms: int

    @property
    def busy(self) -> bool:
        """Whether a cycle is running."""

    def start(self, cycle_ms: int) -> bool:
        """Begin a cycle; False if the reader cannot be reached."""

    def step(self) -> CycleDone | None:
        """Go on with the running cycle; return it when it came to its end."""

    def close(self) -> None:
        """Release the port."""
