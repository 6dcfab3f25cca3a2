"""Door and mains contacts: only changes become events, and what was last known survives a restart."""

from dataclasses import dataclass
from typing import Final

import msgspec

from coldchain.facts import DeviceEvent, EventKind
from gateway.decoders.heard import InputsRead
from gateway.decoders.modbus_rtu import Request, read_discrete_inputs
from gateway.plan import ContactPlan

STATE: Final = "contacts"  # the spool's state: JSON, contact id to Seen
DOOR_INPUT: Final = 0
MAINS_INPUT: Final = 1
BLIND_AFTER_POLLS: Final = 3


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact said in the last good poll, and when that was."""

    on: bool
    seen_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLook:
    """One look at a door: `earliest_ms` is the look before (None: the first ever), `blind` if that is too long ago."""

    contact: str
    is_open: bool
    at_ms: int
    earliest_ms: int | None
    blind: bool


class ContactBook:
    """The last known state of every contact."""

    def __init__(self, stored: bytes | None) -> None:
        self._seen = {} if stored is None else msgspec.json.decode(stored, type=dict[str, Seen])

    def encode(self) -> bytes:
        """Return the book as JSON."""
        return msgspec.json.encode(self._seen)

    def take(
        self, plan: ContactPlan, inputs: InputsRead, taken_ms: int, boottime_ms: int
    ) -> tuple[list[DeviceEvent], DoorLook | None]:
        """Take one answer of a module: return the events of contacts that changed, and the look at its door."""
        events: list[DeviceEvent] = []
        look = None
        if plan.door is not None:
            before, is_open = self._seen.get(plan.door), inputs.bits[DOOR_INPUT]
            look = _look(plan.door, before, is_open, taken_ms, BLIND_AFTER_POLLS * plan.poll_ms)
            kind = EventKind.DOOR_OPENED if is_open else EventKind.DOOR_CLOSED
            events += self._changed(plan.door, kind, on=is_open, normal=False, clocks=(taken_ms, boottime_ms))
        if plan.mains is not None:
            present = inputs.bits[MAINS_INPUT]
            kind = EventKind.MAINS_RESTORED if present else EventKind.MAINS_LOST
            events += self._changed(plan.mains, kind, on=present, normal=True, clocks=(taken_ms, boottime_ms))
        return events, look

    def _changed(
        self, contact: str, kind: EventKind, *, on: bool, normal: bool, clocks: tuple[int, int]
    ) -> list[DeviceEvent]:
        taken_ms, boottime_ms = clocks
        before = self._seen.get(contact)
        self._seen[contact] = Seen(on=on, seen_ms=taken_ms)
        if on == (normal if before is None else before.on):
            return []
        return [
            DeviceEvent(
                seq=0,
                origin=contact,
                taken_ms=taken_ms,
                boottime_ms=boottime_ms,
                kind=kind,
                earliest_ms=None if before is None else min(before.seen_ms, taken_ms),
                latest_ms=taken_ms,
            )
        ]


def request(slave: int) -> Request:
    """Return the one request that reads both inputs."""
    return read_discrete_inputs(slave, DOOR_INPUT, MAINS_INPUT + 1)


def _look(contact: str, before: Seen | None, is_open: bool, taken_ms: int, blind_ms: int) -> DoorLook:  # noqa: FBT001
    return DoorLook(
        contact=contact,
        is_open=is_open,
        at_ms=taken_ms,
        earliest_ms=None if before is None else min(before.seen_ms, taken_ms),
        blind=before is not None and taken_ms - before.seen_ms > blind_ms,
    )
