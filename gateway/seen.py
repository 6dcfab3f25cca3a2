"""What was heard last of each device, and how much in the last minute. Bounded by the devices of the settings.

Written by the edge's thread; others take copies with `look`.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from coldchain.errors import ColdchainError
from coldchain.facts import DeviceEvent, EventKind, Fact, Quality, Sample, TagSummary
from gateway.contacts import STATE as CONTACTS_STATE
from gateway.contacts import Seen as ContactSeen
from gateway.presence_state import Belief, decode_state
from rules.contacts import CONTACT_KINDS

DEVICES_MAX: Final = 2_048
RATE_MS: Final = 60_000
_PRESENCE: Final = "presence/"  # a reader's state in the spool (gateway.cabinet)


class DeviceSeen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One device: when it spoke last and what it said.

    `on`: what a contact's input meant at the last look. `inside`: tags that its reader holds to be inside.
    """

    id: str
    kind: str  # probe, contact, reader
    taken_ms: int
    micro_celsius: int | None = None
    quality: int | None = None
    word: str = ""
    on: bool | None = None
    silent: bool = False
    inside: int | None = None


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How much came in the last minute."""

    samples: int = 0
    tags: int = 0
    events: int = 0


class Seen:
    """The last word of every device."""

    def __init__(self) -> None:
        self._devices: dict[str, DeviceSeen] = {}
        self._lately: deque[tuple[int, int, int, int]] = deque()  # (boottime second, samples, tags, events)

    def hear(self, facts: Sequence[Fact], states: Mapping[str, bytes], boottime_ms: int) -> None:
        """Take what the edge accepts."""
        samples = tags = events = 0
        for fact in facts:
            match fact:
                case Sample():
                    samples += 1
                    self._put(_of_sample(fact, self._devices.get(fact.origin)))
                case TagSummary():
                    tags += fact.count
                case DeviceEvent():
                    events += 1
                    self._event(fact)
                case _:
                    pass
        for name, body in states.items():
            if name.startswith(_PRESENCE):
                self._inside(name.removeprefix(_PRESENCE), body)
            elif name == CONTACTS_STATE:
                self._contacts(body)
        self._count(boottime_ms, samples, tags, events)

    def look(self, boottime_ms: int) -> tuple[list[DeviceSeen], Rates]:
        """Return all devices by id, and what came in the last minute."""
        lately = [row for row in list(self._lately) if row[0] * 1_000 > boottime_ms - RATE_MS]
        devices = sorted(dict(self._devices).values(), key=lambda one: one.id)
        sums = [sum(row[i] for row in lately) for i in (1, 2, 3)]
        return devices, Rates(samples=sums[0], tags=sums[1], events=sums[2])

    def _count(self, boottime_ms: int, samples: int, tags: int, events: int) -> None:
        second = boottime_ms // 1_000
        if self._lately and self._lately[-1][0] == second:
            _, old_samples, old_tags, old_events = self._lately.pop()
            samples, tags, events = samples + old_samples, tags + old_tags, events + old_events
        self._lately.append((second, samples, tags, events))
        while self._lately[0][0] * 1_000 <= boottime_ms - RATE_MS:
            self._lately.popleft()

    def _put(self, device: DeviceSeen) -> None:
        if device.id in self._devices or len(self._devices) < DEVICES_MAX:
            self._devices[device.id] = device

    def _event(self, event: DeviceEvent) -> None:
        known = self._devices.get(event.origin)
        if event.kind in CONTACT_KINDS:
            on = None if known is None else known.on
            self._put(DeviceSeen(id=event.origin, kind="contact", taken_ms=event.taken_ms, word=event.kind, on=on))
        elif event.kind is EventKind.INVENTORY:
            inside = None if known is None else known.inside
            self._put(DeviceSeen(id=event.origin, kind="reader", taken_ms=event.taken_ms, inside=inside))
        elif event.kind in {EventKind.DEVICE_SILENT, EventKind.DEVICE_BACK}:
            silent = event.kind is EventKind.DEVICE_SILENT
            before = known or DeviceSeen(id=event.origin, kind="", taken_ms=event.taken_ms)
            self._put(msgspec.structs.replace(before, silent=silent))

    def _contacts(self, body: bytes) -> None:
        """Take the contacts' book: a contact says only what changes, and the book when it was looked at last."""
        try:
            book = msgspec.json.decode(body, type=dict[str, ContactSeen])
        except msgspec.DecodeError:
            return
        for contact, seen in book.items():
            known = self._devices.get(contact) or DeviceSeen(id=contact, kind="contact", taken_ms=seen.seen_ms)
            self._put(msgspec.structs.replace(known, kind="contact", on=seen.on, taken_ms=seen.seen_ms))

    def _inside(self, reader: str, body: bytes) -> None:
        try:
            tags = decode_state(body).tags.values()
        except (ColdchainError, msgspec.DecodeError):
            return
        known = self._devices.get(reader) or DeviceSeen(id=reader, kind="reader", taken_ms=0)
        inside = sum(tag.belief is Belief.INSIDE for tag in tags)
        self._put(msgspec.structs.replace(known, inside=inside))


def _of_sample(sample: Sample, known: DeviceSeen | None) -> DeviceSeen:
    good = sample.quality is Quality.GOOD
    return DeviceSeen(
        id=sample.origin,
        kind="probe",
        taken_ms=sample.taken_ms,
        micro_celsius=sample.micro_celsius if good else None,
        quality=int(sample.quality),
        silent=known is not None and known.silent,
    )
