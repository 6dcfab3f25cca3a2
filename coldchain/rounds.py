"""Manual rounds (人工巡检) and physical counts: what people read off a display or count, beside the record."""

from typing import Final

import msgspec

ROUND_HOURS: Final = 12  # WS 399-2012: with automatic monitoring two manual records a day, at least 8 h apart
ALLOWED_MICRO_CELSIUS: Final = 1_000_000  # between display and probe; a project default, to be confirmed


class RoundSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How often somebody reads the display of every place, and how far display and probe may be apart."""

    hours: int = ROUND_HOURS
    allowed_micro_celsius: int = ALLOWED_MICRO_CELSIUS


class ManualReading(msgspec.Struct, frozen=True, kw_only=True):
    """A person read `micro_celsius` off the display of a place at at_ms; beside it what its probe said then.

    `probe_micro_celsius`: the effective reading that held at at_ms, taken at probe_taken_ms; None: there was none, or
    it is still on its way. `allowed_micro_celsius`: how far the two may be apart. `hours`: by when to read it again.
    """

    place: str
    at_ms: int
    micro_celsius: int
    probe: str
    probe_micro_celsius: int | None
    probe_taken_ms: int | None
    allowed_micro_celsius: int
    name: str
    post: str
    note: str = ""
    hours: int = ROUND_HOURS

    @property
    def difference_micro_celsius(self) -> int | None:
        """Display less probe, None if there is nothing to compare it with."""
        return None if self.probe_micro_celsius is None else self.micro_celsius - self.probe_micro_celsius

    @property
    def differs(self) -> bool:
        """Whether the two are further apart than is allowed."""
        difference = self.difference_micro_celsius
        return difference is not None and abs(difference) > self.allowed_micro_celsius


class StockCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted in a place at at_ms, beside what the record and the reader say.

    `counted` None: nobody counted, all were scanned. `scanned`: units by id; `unknown`: scans that name no unit.
    `certain`, `possible`: units that the record has inside. `read`: those whose tag the reader heard lately, None
    where no reader looks.
    """

    place: str
    at_ms: int
    counted: int | None
    scanned: tuple[str, ...]
    unknown: tuple[str, ...]
    certain: tuple[str, ...]
    possible: tuple[str, ...]
    read: tuple[str, ...] | None
    name: str
    post: str

    @property
    def number(self) -> int:
        """How many there were: as counted, else as scanned."""
        return len(self.scanned) + len(self.unknown) if self.counted is None else self.counted

    @property
    def missing(self) -> tuple[str, ...]:
        """Units that are certainly inside by the record and were not scanned, where somebody scanned."""
        return tuple(sorted(set(self.certain) - set(self.scanned))) if self.scanned or self.unknown else ()

    @property
    def unexpected(self) -> tuple[str, ...]:
        """Units that were scanned or read and that the record does not have inside."""
        return tuple(sorted((set(self.scanned) | set(self.read or ())) - set(self.certain) - set(self.possible)))

    @property
    def unread(self) -> tuple[str, ...]:
        """Units that are certainly inside, by the record or a scan, and that the reader did not hear."""
        if self.read is None:
            return ()
        return tuple(sorted((set(self.certain) | set(self.scanned)) - set(self.read)))

    @property
    def differs(self) -> bool:
        """Whether what was counted cannot be what the record has, one by one or in number."""
        fits = len(self.certain) <= self.number <= len(self.certain) + len(self.possible)
        return bool(self.missing or self.unexpected or self.unknown) or not fits


class RecordRound(msgspec.Struct, frozen=True, kw_only=True, tag="record-round"):
    """A person read a temperature off the display of a place. `probe` "": its load probe, else its first."""

    place: str
    micro_celsius: int
    at_ms: int
    name: str
    post: str
    actor: str
    probe: str = ""
    note: str = ""
    allowed_micro_celsius: int = ALLOWED_MICRO_CELSIUS
    hours: int = ROUND_HOURS


class RecordCount(msgspec.Struct, frozen=True, kw_only=True, tag="record-count"):
    """A person counted, or scanned, what lies in a place. `unknown`: scans that named no unit, as they were read."""

    place: str
    at_ms: int
    counted: int | None
    scanned: tuple[str, ...]
    unknown: tuple[str, ...]
    name: str
    post: str
    actor: str
