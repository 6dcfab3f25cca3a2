"""Facts and spools for tests of the way up."""

from pathlib import Path
from typing import Final

from coldchain.facts import ClockState, DeviceEvent, EventKind, Gap, Sample, TagSummary
from coldchain.wire import VERSION, Ack
from gateway.spool import Spool

MIB: Final = 1024 * 1024
T0_MS: Final = 1_800_000_000_000
UP_MS: Final = 5_000_000  # what the clock that never steps shows where nothing depends on it


def sample(taken_ms: int = T0_MS, origin: str = "fridge-1-load", micro_celsius: int = 4_000_000) -> Sample:
    """A good answer of a probe, not yet numbered."""
    return Sample(seq=0, origin=origin, taken_ms=taken_ms, boottime_ms=1, micro_celsius=micro_celsius)


def tag(taken_ms: int = T0_MS, epc: str = "E28011700000020000000001") -> TagSummary:
    """What the reader heard of one tag."""
    return TagSummary(
        seq=0,
        origin="fridge-1-reader",
        taken_ms=taken_ms,
        boottime_ms=1,
        epc=epc,
        antenna=1,
        count=7,
        best_rssi_dbm=-55,
        first_ms=taken_ms - 900,
        last_ms=taken_ms,
    )


def event(
    taken_ms: int = T0_MS, kind: EventKind = EventKind.DOOR_OPENED, details: dict[str, int | str] | None = None
) -> DeviceEvent:
    """Something that happened at the door."""
    return DeviceEvent(
        seq=0, origin="fridge-1-door", taken_ms=taken_ms, boottime_ms=1, kind=kind, details=details or {}
    )


def alarm(taken_ms: int = T0_MS) -> DeviceEvent:
    """What the gateway's own rules found."""
    return event(taken_ms, EventKind.ALARM_RAISED, {"rule": "excursion", "direction": "warm"})


def gap(from_ms: int = T0_MS, to_ms: int = T0_MS + 60_000, reason: str = "spool-full", lost: int = 4) -> Gap:
    """Time of a probe for which nothing will come."""
    return Gap(
        seq=0,
        origin="fridge-1-load",
        taken_ms=to_ms,
        boottime_ms=1,
        from_ms=from_ms,
        to_ms=to_ms,
        reason=reason,
        lost=lost,
    )


def ack(
    spool: Spool, contiguous: int = 0, ranges: list[tuple[int, int]] | None = None, refused: list[str] | None = None
) -> Ack:
    """What the centre says of this spool."""
    return Ack(
        v=VERSION,
        gateway="gw-1",
        epoch=spool.epoch,
        contiguous_seq=contiguous,
        ranges=ranges or [],
        refused=refused or [],
        centre_ms=T0_MS,
    )


def open_spool(
    folder: Path, *, boot: str = "boot-1", bytes_max: int = 64 * MIB, clock: ClockState = ClockState.TRUSTED
) -> Spool:
    """Open the spool in a folder, as a gateway with this boot id does."""
    return Spool.open(folder / "spool.db", bytes_max=bytes_max, boot=boot, clock_state=lambda: clock)


def seqs(spool: Spool) -> list[int]:
    """The numbers of all rows that the centre has not acknowledged."""
    found: list[int] = []
    while facts := spool.next_batch(found[-1] if found else 0, T0_MS, UP_MS).facts:
        found += [fact.seq for fact in facts]
    return found
