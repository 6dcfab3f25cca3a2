"""What the store keeps of devices: where probes hang, work on them, their clocks. A part of the port Records."""

from typing import Protocol

from coldchain.commission import Commissioning, Crossing, Position, WorkWord
from coldchain.entries import Backdating, RecordedEvent


class DeviceRecords(Protocol):
    """The projections of positions, commissioning, work states, crossed probes and times that were worked out."""

    def positions_in(self, place: str) -> tuple[Position, ...]:
        """Those of all probes of a place, by (probe, from_ms)."""

    def positions_of_serial(self, serial: str) -> tuple[Position, ...]:
        """Where an instrument has been, by (from_ms, probe). Each lasts to the next position of its probe."""

    def commissionings_in(self, place: str) -> tuple[Commissioning, ...]:
        """Those of all probes of a place, by (probe, at_ms)."""

    def work_in(self, place: str) -> tuple[WorkWord, ...]:
        """What was said of work on a place and on its probes, by (kind, probe, at_ms, begins)."""

    def crossings_of(self, place: str) -> tuple[Crossing, ...]:
        """Those that stand and name a place on either side, by (place, other)."""

    def clock_words(self, gateway: str) -> tuple[RecordedEvent, ...]:
        """What a gateway said of its clock being set or stepped, by (epoch, seq)."""

    def clock_marks(
        self, gateway: str, from_ms: int, to_ms: int, limit: int | None = None, *, newest_first: bool = False
    ) -> tuple[RecordedEvent, ...]:
        """All that a gateway said of how right its clock is, with from_ms <= taken_ms < to_ms, by (taken_ms, ...)."""

    def backdatings(self, gateway: str) -> tuple[Backdating, ...]:
        """Times of a gateway that were worked out, by (epoch, seq of the first item)."""
