"""Dry contacts: only changes against the normal state become events; what was last known survives a restart.

A word that was stamped by a clock that was never set, or was set right since, is not believed at the centre. It is
said again as soon as the clock can be believed: else an agitator that stopped, or mains that are back, stay unheard.

What a contact says while its input is 1 or 0, and which of them is normal: `coldchain.places.CONTACT_WORDS`.
"""

from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.structs import replace

from coldchain.facts import ClockState, DeviceEvent
from coldchain.places import CONTACT_WORDS, ContactKind
from gateway.clock import clock_state
from gateway.decoders.heard import InputsRead
from gateway.decoders.modbus_rtu import Request, read_discrete_inputs
from gateway.plan import ContactPlan, InputPlan

STATE: Final = "contacts"  # the spool's state: JSON, contact id to Seen
BLIND_AFTER_POLLS: Final = 3
DOORS: Final = frozenset({ContactKind.DOOR, ContactKind.LID})  # what a reader's counts can begin with


class Seen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a contact said in the last good poll (`on` as its kind means it, inverted or not), and when that was.

    `unsaid`: its last word was stamped by a clock that cannot be believed, and is to be said again.
    """

    on: bool
    seen_ms: int
    unsaid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLook:
    """One look at a door: `earliest_ms` is the look before (None: the first ever), `blind` if that is too long ago."""

    contact: str
    is_open: bool
    at_ms: int
    earliest_ms: int | None
    blind: bool


def _stored_book(stored: bytes | None) -> dict[str, Seen]:
    """Read what an earlier run kept. What cannot be read counts as never seen: the gateway must watch all the same."""
    try:
        return {} if stored is None else msgspec.json.decode(stored, type=dict[str, Seen])
    except msgspec.MsgspecError:
        return {}


class ContactBook:
    """The last known state of every contact."""

    def __init__(self, stored: bytes | None) -> None:
        self._seen = _stored_book(stored)
        self._seen_boottime_ms: dict[str, int] = {}  # of looks in this run
        self._said: set[str] = set()  # contacts that spoke in this run

    def encode(self) -> bytes:
        """Return the book as JSON."""
        return msgspec.json.encode(self._seen)

    def doubt(self) -> None:
        """Let all be said again that was said in this run: the wall clock that stamped it was wrong."""
        for contact in self._said:
            self._seen[contact] = replace(self._seen[contact], unsaid=True)

    def take(
        self, plan: ContactPlan, inputs: InputsRead, taken_ms: int, boottime_ms: int
    ) -> tuple[list[DeviceEvent], list[DoorLook]]:
        """Take one answer of a module: return the events of contacts that changed, and a look at each of its doors."""
        events: list[DeviceEvent] = []
        looks: list[DoorLook] = []
        for wired in plan.inputs:
            on = inputs.bits[wired.number] is not wired.inverted
            if wired.kind in DOORS:
                blind_ms = BLIND_AFTER_POLLS * plan.poll_ms
                looks.append(self._look(wired.contact, taken_ms, boottime_ms, blind_ms, is_open=on))
            events += self._changed(wired, taken_ms, boottime_ms, on=on)
        return events, looks

    def _changed(self, wired: InputPlan, taken_ms: int, boottime_ms: int, *, on: bool) -> list[DeviceEvent]:
        contact, words = wired.contact, CONTACT_WORDS[wired.kind]
        before, earliest_ms = self._seen.get(contact), self._before_ms(contact, taken_ms, boottime_ms)
        unsaid, believed = before is not None and before.unsaid, clock_state(taken_ms) is ClockState.TRUSTED
        changed = on != (words.normal if before is None else before.on)
        self._seen[contact] = Seen(on=on, seen_ms=taken_ms, unsaid=(changed or unsaid) and not believed)
        self._seen_boottime_ms[contact] = boottime_ms
        if not changed and not (unsaid and believed):
            return []
        self._said.add(contact)
        return [
            DeviceEvent(
                seq=0,
                origin=contact,
                taken_ms=taken_ms,
                boottime_ms=boottime_ms,
                kind=words.on if on else words.off,
                earliest_ms=earliest_ms if changed else None,
                latest_ms=taken_ms,
            )
        ]

    def _before_ms(self, contact: str, taken_ms: int, boottime_ms: int) -> int | None:
        """Return when it was looked at before, on the present wall clock; None if never."""
        before = self._seen.get(contact)
        if before is None:
            return None
        seen_boottime_ms = self._seen_boottime_ms.get(contact)
        ago_ms = taken_ms - before.seen_ms if seen_boottime_ms is None else boottime_ms - seen_boottime_ms
        return taken_ms - max(0, ago_ms)

    def _look(self, contact: str, taken_ms: int, boottime_ms: int, blind_ms: int, *, is_open: bool) -> DoorLook:
        before, earliest_ms = self._seen.get(contact), self._before_ms(contact, taken_ms, boottime_ms)
        # A clock that was set back over a restart cannot tell how long nobody looked. The look before keeps its time:
        # once the clock has been set right, it lies before this one.
        set_back = contact not in self._seen_boottime_ms and before is not None and before.seen_ms > taken_ms
        if set_back and before is not None:
            earliest_ms = before.seen_ms
        return DoorLook(
            contact=contact,
            is_open=is_open,
            at_ms=taken_ms,
            earliest_ms=earliest_ms,
            blind=set_back or (earliest_ms is not None and taken_ms - earliest_ms > blind_ms),
        )


def request(plan: ContactPlan) -> Request:
    """Return the one request that reads all inputs that are used, from the first of the module to the highest."""
    numbers = [wired.number for wired in plan.inputs]
    if plan.button is not None:
        numbers.append(plan.button.number)
    return read_discrete_inputs(plan.slave, 0, max(numbers) + 1)


def pressed(plan: ContactPlan, inputs: InputsRead) -> bool | None:
    """Tell whether the mute button of a module is pressed; None if it has none."""
    return None if plan.button is None else inputs.bits[plan.button.number] is not plan.button.inverted
