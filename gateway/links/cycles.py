"""Event cycles of a reader, whatever protocol it speaks: what the cabinet asks for and what it gets."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

RSSI_RAW_ZERO: Final = -128  # a reader's own unit 0..255 is kept as -128..127: the order stays, and no dBm is invented
RSSI_NONE: Final = -128  # of a reader that says no signal strength


class Rssi(StrEnum):
    """What the numbers of `best_rssi_dbm` are."""

    DBM = "dbm"
    RAW = "raw"  # the reader's own unit, 0..255, minus 128
    NONE = "none"  # the reader says none: always RSSI_NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class TagHeard:
    """What one antenna heard of one tag in one cycle; times are the gateway's wall clock when bytes were read.

    `best_rssi_dbm` is in dBm only where the cycle's `rssi` says so. `centroid_ms` is the centre of the reads in time,
    by their strength.
    """

    epc: str
    antenna: int
    count: int
    best_rssi_dbm: int
    first_ms: int
    last_ms: int
    centroid_ms: int


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
    rssi: Rssi = Rssi.DBM


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
