"""Admission: what of a batch is fresh, a duplicate, late, from the future, impossible or of an unknown device. Pure.

Every item ends in exactly one of: admitted, duplicate, quarantined. Quarantined items are committed and acked like
the others; they are believed later, when their device is known or a trusted clock of the same boot has shown that
their times were right. Time that passes makes a wrong time no better: a reading that was stamped tomorrow would
tomorrow stand among true ones and could hide an excursion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from coldchain.facts import BOX_KINDS, PRESENCE_KINDS, ClockState, DeviceEvent, EventKind, Fact, Gap, Sample, TagSummary
from coldchain.places import CONTACT_WORDS, Contact, ContactKind, Gateway, Place, PlaceKind, Probe, Reader
from coldchain.ranges import Range, add_numbers, add_range, contains
from coldchain.wire import Lane, Up, facts_of
from rules.contacts import CONTACT_KINDS

CLOCK_TOLERANCE_MS: Final = 120_000  # how far a gateway's clock may be from the centre's, or from its own of before
ANCHOR_TOLERANCE_MS: Final = 10_000  # a time service's step between an item and a later batch of the same boot
LATE_MS: Final = 900_000
EARLIEST_MS: Final = 1_577_836_800_000  # 2020-01-01: nothing of ours measured before

READER_KINDS: Final = PRESENCE_KINDS | {EventKind.INVENTORY}
GATEWAY_KINDS: Final = frozenset(
    {
        *(EventKind.GATEWAY_STARTED, EventKind.SPOOL_FULL, EventKind.SPOOL_ROOM, EventKind.SPOOL_REPAIRED),
        *(EventKind.CLOCK_SET, EventKind.CLOCK_STEPPED, EventKind.CLOCK_DRIFT, EventKind.ALARM_MUTED),
        *(EventKind.COMMAND_ANSWERED, EventKind.SETTINGS_CHANGED),
        *BOX_KINDS,  # of a box, which is a gateway: no device in it has any of them
    }
)


class Doubt(StrEnum):
    """Why an item is not believed yet."""

    FUTURE = "future"
    CLOCK_WRONG = "clock-wrong"
    CLOCK_UNSET = "clock-unset"
    UNKNOWN_DEVICE = "unknown-device"
    IMPOSSIBLE_TIME = "impossible-time"


# Only a trusted clock of the same boot heals these; an unset clock's times are never believed, but worked out.
OF_THE_CLOCK: Final = frozenset({Doubt.FUTURE, Doubt.CLOCK_WRONG, Doubt.CLOCK_UNSET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """What is registered, by id; `probes_at`: those of each gateway."""

    gateways: Mapping[str, Gateway]
    probes: Mapping[str, Probe]
    readers: Mapping[str, Reader]
    contacts: Mapping[str, Contact]
    places: Mapping[str, Place]
    probes_at: Mapping[str, Sequence[Probe]]

    def place_of(self, gateway: str, origin: str) -> str | None:
        """Return the place of a device of this gateway, or None if it is unknown.

        "" is no one place: the whole site, of which a contact speaks, or a gateway itself, unless it is a box.
        """
        if origin == gateway:
            return self.box_of(gateway)
        device = self.probes.get(origin) or self.readers.get(origin) or self.contacts.get(origin)
        return device.place if device and device.gateway == gateway else None

    def box_of(self, gateway: str) -> str:
        """Return the box that a gateway is, "" if it is none: one whose probes all lie in one place, and that a box."""
        within = {probe.place for probe in self.probes_at.get(gateway, ())}
        place = self.places.get(within.pop()) if len(within) == 1 else None
        return place.id if place is not None and place.kind is PlaceKind.BOX else ""

    def knows(self, gateway: str, fact: Fact) -> bool:
        """Tell whether the fact comes from a device of this gateway that may say such a thing."""
        match fact:
            case Sample():
                return self._has(self.probes, gateway, fact.origin)
            case TagSummary():
                return self._has(self.readers, gateway, fact.origin)
            case DeviceEvent(kind=kind) if kind in READER_KINDS:
                return self._has(self.readers, gateway, fact.origin)
            case DeviceEvent(kind=kind) if kind in CONTACT_KINDS:
                return self._has(self.contacts, gateway, fact.origin) and may_say(self.contacts[fact.origin].kind, kind)
            case DeviceEvent(kind=EventKind.WIRING):
                return self._has(self.probes, gateway, fact.origin)
            case DeviceEvent(kind=kind) if kind in GATEWAY_KINDS:
                return fact.origin == gateway
            case DeviceEvent() | Gap():
                return self.place_of(gateway, fact.origin) is not None

    @staticmethod
    def _has(
        devices: Mapping[str, Probe] | Mapping[str, Reader] | Mapping[str, Contact], gateway: str, name: str
    ) -> bool:
        device = devices.get(name)
        return device is not None and device.gateway == gateway


def may_say(contact: ContactKind | None, kind: EventKind) -> bool:
    """Tell whether a contact of this kind may report such an event; of None nobody knows, so what it says counts."""
    return contact is None or kind in (CONTACT_WORDS[contact].on, CONTACT_WORDS[contact].off)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """An item for quarantine."""

    fact: Fact
    doubt: Doubt


@dataclass(slots=True, kw_only=True)
class Admission:
    """The outcome for one batch.

    `again`: items whose number is committed. `holes`: numbers that were closed although no item carries them.
    """

    facts: list[Fact] = field(default_factory=list)
    doubted: list[Doubted] = field(default_factory=list)
    again: list[Fact] = field(default_factory=list)
    late: int = 0
    holes: int = 0
    ranges: tuple[Range, ...] = ()


def clock_agrees(up: Up, received_ms: int) -> bool:
    """Tell whether the gateway's clock and the centre's agree; if not, one of the two is wrong."""
    return abs(up.sent_ms - received_ms) <= CLOCK_TOLERANCE_MS


def admit(up: Up, ranges: Sequence[Range], devices: Devices, received_ms: int) -> Admission:
    """Sort the items of a batch; `ranges` are the sequence numbers already committed of its epoch."""
    admission = Admission()
    facts = facts_of(up)
    beyond = not ranges or up.first_seq > ranges[-1][1]  # nearly always: then no number needs to be looked up
    fresh = facts if beyond else [fact for fact in facts if not contains(ranges, fact.seq)]
    admission.again = [] if beyond else [fact for fact in facts if contains(ranges, fact.seq)]
    agrees = clock_agrees(up, received_ms)
    offset_ms, unset = up.stamped_offset_ms, up.clock is ClockState.UNSET
    for fact in fresh:
        found = _clock_doubt(fact, offset_ms, unset=unset, agrees=agrees)
        found = found or doubt(fact, up.gateway, devices, received_ms)
        if found:
            admission.doubted.append(Doubted(fact=fact, doubt=found))
            continue
        admission.late += fact.taken_ms < received_ms - LATE_MS
        admission.facts.append(fact)
    admission.ranges = _committed(up, ranges, fresh)
    admission.holes = _size(admission.ranges) - _size(ranges) - len(fresh)
    return admission


def _committed(up: Up, ranges: Sequence[Range], fresh: Sequence[Fact]) -> tuple[Range, ...]:
    """Return the ranges with a batch in them.

    A number in the span that no item carries was committed before, or was put aside for good: it closes the hole. Not
    so in the live lane: there older rows wait behind newer ones, and closing their numbers would lose them.
    """
    if up.lane is Lane.LIVE:
        return add_numbers(ranges, [fact.seq for fact in fresh])
    return add_range(ranges, up.first_seq, up.last_seq)


def doubt(fact: Fact, gateway: str, devices: Devices, now_ms: int) -> Doubt | None:
    """Say why a fact is not believed at now_ms although its gateway's clock is trusted, or None."""
    if fact.taken_ms < EARLIEST_MS or not _in_order(fact):
        return Doubt.IMPOSSIBLE_TIME
    if fact.taken_ms > now_ms + CLOCK_TOLERANCE_MS:
        return Doubt.FUTURE
    return None if devices.knows(gateway, fact) else Doubt.UNKNOWN_DEVICE


def offset_of(fact: Fact) -> int:
    """Return what the wall clock was ahead of the clock that never steps when a fact was stamped."""
    return fact.taken_ms - fact.boottime_ms


def _clock_doubt(fact: Fact, offset_ms: int | None, *, unset: bool, agrees: bool) -> Doubt | None:
    """Doubt what was stamped by a clock that was never set, that is wrong now, or that was stepped since.

    `offset_ms` is the batch's own; it and what else holds for the whole batch is asked once.
    """
    if unset:
        return Doubt.CLOCK_UNSET
    stepped = offset_ms is not None and abs(offset_of(fact) - offset_ms) > CLOCK_TOLERANCE_MS
    return None if agrees and not stepped else Doubt.CLOCK_WRONG


def _in_order(fact: Fact) -> bool:
    """Tell whether the times inside a fact can be true of each other."""
    match fact:
        case Sample() | TagSummary():  # most facts, so they are asked about first
            return True
        case DeviceEvent():
            latest = fact.taken_ms if fact.latest_ms is None else fact.latest_ms
            earliest = latest if fact.earliest_ms is None else fact.earliest_ms
            return EARLIEST_MS <= earliest <= latest <= fact.taken_ms + CLOCK_TOLERANCE_MS
        case Gap():
            return fact.from_ms <= fact.to_ms


def _size(ranges: Sequence[Range]) -> int:
    return sum(last - first + 1 for first, last in ranges)
