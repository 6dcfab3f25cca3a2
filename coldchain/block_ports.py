"""What the reading log offers beside appending and reading: closed days in blocks, and sums over any interval."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from coldchain.blocks import Block, ClosedDay
from coldchain.entries import Entry

if TYPE_CHECKING:
    from coldchain.sums import Tally  # numpy: a gateway does without


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """One of several readings of a probe and instant; `counts`: it is the one that the history shows."""

    taken_ms: int
    micro_celsius: int | None
    quality: int
    source_rank: int
    gateway: str
    epoch: str
    seq: int
    received_ms: int
    admission: int
    counts: bool


class BlockLog(Protocol):
    """The part of ReadingLog that knows of blocks. Whatever is sealed, and when, the answers are the same."""

    def closed_days(self, before_day: Mapping[str, int], received_before_ms: int, limit: int) -> tuple[ClosedDay, ...]:
        """Return up to limit days with unsealed readings, by (probe, day); of these probes, each before its day.

        A day that already has a block is named only if all its new readings were received before received_before_ms:
        a box that is being read out does not make a generation for each of its messages. Days whose midnight a row of
        version 0.3.0 crosses are named together, by the first of them, if all of them are closed.
        """

    def prepare(self, closed: ClosedDay) -> tuple[Block, ...]:
        """Return the blocks that the days would be, in order, for the ledger. Raises InvalidValueError for none."""

    def seal(self, blocks: Sequence[Block], entries: Sequence[Entry], holds_ms: Sequence[int]) -> int:
        """Keep the blocks of these ledger entries and let their hot rows go; return their readings. Follows prepare().

        `holds_ms`: hold times for which sums are kept at hand. Raises StoreError if they are not what was prepared.
        """

    def first_taken_ms(self, probe: str) -> int | None:
        """Return the taken_ms of the first reading of a probe that is there, sealed or not; None if there is none."""

    def build_sums(self, probe: str, hold_ms: int) -> int:
        """Make the sums of all blocks of a probe anew for a hold time; return how many blocks that were."""

    def tally(self, probe: str, from_ms: int, to_ms: int, hold_ms: int) -> "Tally":
        """Return how long each value held in [from_ms, to_ms), equal to adding up its history."""

    def conflicts(self, probe: str, from_ms: int, to_ms: int) -> tuple[Rival, ...]:
        """Return the readings of instants that have more than one, by (taken_ms, admission, seq)."""

    def check_block(self, block: Block, seq: int) -> str:
        """Return what is wrong with the kept bytes of a block ("" : nothing)."""
