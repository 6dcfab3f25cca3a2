"""Admission: what of a batch is fresh, a duplicate, late, from the future, impossible or of an unknown device. Pure.

Every item ends in exactly one of: admitted, duplicate, quarantined. Quarantined items are committed and acked like
the others; they are believed later, when time has passed or their device is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from coldchain.facts import ClockState, DeviceEvent, Fact, Gap, Sample, TagSummary
from coldchain.places import Contact, Gateway, Probe, Reader
from coldchain.ranges import Range, add_range, contains
from coldchain.wire import Up, facts_of

FUTURE_TOLERANCE_MS: Final = 120_000  # how far a trusted clock may run ahead before we do not believe it
LATE_MS: Final = 900_000
EARLIEST_MS: Final = 1_577_836_800_000  # 2020-01-01: nothing of ours measured before


class Doubt(StrEnum):
    """Why an item is not believed yet."""

    FUTURE = "future"
    CLOCK_UNSET = "clock-unset"
    UNKNOWN_DEVICE = "unknown-device"
    IMPOSSIBLE_TIME = "impossible-time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """What is registered, by id."""

    gateways: Mapping[str, Gateway]
    probes: Mapping[str, Probe]
    readers: Mapping[str, Reader]
    contacts: Mapping[str, Contact]

    def place_of(self, gateway: str, origin: str) -> str | None:
        """Return the place of a device of this gateway ("" for the gateway itself), or None if it is unknown."""
        if origin == gateway:
            return ""
        device = self.probes.get(origin) or self.readers.get(origin) or self.contacts.get(origin)
        return device.place if device and device.gateway == gateway else None

    def knows(self, gateway: str, fact: Fact) -> bool:
        """Tell whether the fact comes from a device that may say such a thing."""
        match fact:
            case Sample():
                probe = self.probes.get(fact.origin)
                return probe is not None and probe.gateway == gateway
            case TagSummary():
                reader = self.readers.get(fact.origin)
                return reader is not None and reader.gateway == gateway
            case DeviceEvent() | Gap():
                return self.place_of(gateway, fact.origin) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """An item for quarantine."""

    fact: Fact
    doubt: Doubt
    due_ms: int | None


@dataclass(slots=True, kw_only=True)
class Admission:
    """The outcome for one batch."""

    facts: list[Fact] = field(default_factory=list)
    doubted: list[Doubted] = field(default_factory=list)
    duplicates: int = 0
    late: int = 0
    ranges: tuple[Range, ...] = ()


def admit(up: Up, ranges: Sequence[Range], devices: Devices, received_ms: int) -> Admission:
    """Sort the items of a batch; `ranges` are the sequence numbers already committed of its epoch."""
    admission = Admission()
    fresh = []
    for fact in facts_of(up):
        if contains(ranges, fact.seq):
            admission.duplicates += 1
        else:
            fresh.append(fact)
    for fact in fresh:
        doubted = doubt(fact, up.gateway, up.clock, devices, received_ms)
        if doubted:
            admission.doubted.append(doubted)
            continue
        admission.late += fact.taken_ms < received_ms - LATE_MS
        admission.facts.append(fact)
    # A number in the span that no item carries was committed before, or was put aside for good: it closes the hole.
    admission.ranges = add_range(ranges, up.first_seq, up.last_seq)
    return admission


def doubt(fact: Fact, gateway: str, clock: ClockState, devices: Devices, now_ms: int) -> Doubted | None:
    """Say why a fact is not believed at now_ms, or None."""
    if clock is ClockState.UNSET:
        return Doubted(fact=fact, doubt=Doubt.CLOCK_UNSET, due_ms=None)
    if fact.taken_ms < EARLIEST_MS:
        return Doubted(fact=fact, doubt=Doubt.IMPOSSIBLE_TIME, due_ms=None)
    if fact.taken_ms > now_ms + FUTURE_TOLERANCE_MS:
        return Doubted(fact=fact, doubt=Doubt.FUTURE, due_ms=fact.taken_ms)
    if not devices.knows(gateway, fact):
        return Doubted(fact=fact, doubt=Doubt.UNKNOWN_DEVICE, due_ms=None)
    return None
