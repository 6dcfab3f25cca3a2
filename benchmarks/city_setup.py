"""What the centre of the simulated city is told: places, probes, contacts, gateways and profiles; and facts of days."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import rules
from benchmarks.city_world import DAY_MS, MINUTE_MS, NO_SENSOR, START_MS, Cabinet, City, Day, Word
from coldchain.facts import ClockState, DeviceEvent, Fact, Quality, Sample
from coldchain.places import Contact, ContactKind, Gateway, Place, PlaceKind, Probe, ProbeRole, Text
from coldchain.wire import encode, up_of
from ingest.batches import Message
from ingest.setup import Setup
from rules.profile import profile_record

PROFILES: Final = {
    "fridge": ("cn-rbc", 3),
    "freezer": ("cn-ffp", 2),
    "agitator": ("cn-plt", 2),
    "box": ("cn-rbc", 3),
}
CONTACTS: Final = {
    "fridge": {"door": ContactKind.DOOR},
    "freezer": {"door": ContactKind.DOOR, "defrost": ContactKind.DEFROST},
    "agitator": {"door": ContactKind.DOOR, "motion": ContactKind.MOTION},
    "box": {"door": ContactKind.LID},
}


def toml_of(kind: str) -> bytes:
    """Return the profile of a kind of place."""
    name, version = PROFILES[kind]
    return (Path(rules.__file__).parent / "profiles" / f"{name}-{version}.toml").read_bytes()


def set_up(places: Sequence[Cabinet]) -> list[Setup]:
    """Return what is registered."""
    things: list[Setup] = [profile_record(toml_of(kind)) for kind in ("fridge", "freezer", "agitator")]
    gateways = {one.gateway: one.site for one in places} | {f"{one.site}-gw": one.site for one in places}
    things += [Gateway(id=name, site=site) for name, site in sorted(gateways.items())]
    for one in places:
        name, version = PROFILES[one.kind]
        text = Text(zh=one.id, en=one.id)
        kind = PlaceKind(one.kind)
        things.append(Place(id=one.id, site=one.site, name=text, profile=name, profile_version=version, kind=kind))
        things += [Probe(id=f"{one.id}-{role}", place=one.id, gateway=one.gateway, role=role) for role in ProbeRole]
        for contact, what in CONTACTS[one.kind].items():
            things.append(Contact(id=f"{one.id}-{contact}", place=one.id, gateway=one.gateway, kind=what))
    for site in sorted({one.site for one in places}):
        things.append(Contact(id=f"{site}-mains", place="", gateway=f"{site}-gw", kind=ContactKind.MAINS))
    return things


class Gateways:
    """All gateways of the city: they number facts, keep them while their line is down, and send them in batches."""

    BATCH = 500

    def __init__(self, city: City) -> None:
        self._site = {one.gateway: one.site for one in city.places} | {f"{o.site}-gw": o.site for o in city.places}
        self._city = city
        self._seq: dict[str, int] = defaultdict(int)
        self._kept: dict[str, list[Fact]] = defaultdict(list)

    def away(self, gateway: str, at_ms: int) -> bool:
        """Tell whether a gateway's line is down."""
        return any(o.from_ms <= at_ms < o.to_ms and f"{o.subject}-gw" == gateway for o in self._city.of("gateway"))

    def minute(self, day: Day, minute: int) -> None:
        """Spool what is measured in a minute."""
        at_ms = START_MS + day.number * DAY_MS + minute * MINUTE_MS
        for column, one in enumerate(self._city.places):
            for role, name in enumerate(("load", "air")):
                value = int(day.said[minute, column, role])
                missing = value == NO_SENSOR
                self.spool(
                    one.gateway,
                    Sample(
                        seq=self._next(one.gateway),
                        origin=f"{one.id}-{name}",
                        taken_ms=at_ms,
                        boottime_ms=at_ms - START_MS + 1,
                        micro_celsius=None if missing else value * 100_000,
                        quality=Quality.NO_SENSOR if missing else Quality.GOOD,
                    ),
                )

    def say(self, word: Word) -> None:
        """Spool what a contact says."""
        seq, boottime_ms = self._next(word.gateway), word.at_ms - START_MS + 1
        said = DeviceEvent(seq=seq, origin=word.origin, taken_ms=word.at_ms, boottime_ms=boottime_ms, kind=word.kind)
        self.spool(word.gateway, said)

    def spool(self, gateway: str, fact: Fact) -> None:
        """Keep a fact until it is sent."""
        self._kept[gateway].append(fact)

    def send(self, now_ms: int) -> list[Message]:
        """Return what gateways send now, all that they have, oldest first."""
        found = []
        for gateway in sorted(self._kept):
            facts = self._kept[gateway]
            if not facts or self.away(gateway, now_ms):
                continue
            for at in range(0, len(facts), self.BATCH):
                rest = facts[at + self.BATCH :]
                found.append(self._message(gateway, facts[at : at + self.BATCH], rest, now_ms))
            self._kept[gateway] = []
        return found

    def _message(self, gateway: str, facts: Sequence[Fact], rest: Sequence[Fact], now_ms: int) -> Message:
        up = up_of(
            facts,
            gateway=gateway,
            epoch="e1",
            first_seq=facts[0].seq,
            last_seq=facts[-1].seq,
            boot="b1",
            sent_ms=now_ms,
            clock=ClockState.TRUSTED,
            oldest_unsent_taken_ms=min((one.taken_ms for one in rest), default=None),
        )
        return Message(site=self._site[gateway], gateway=gateway, payload=encode(up), received_ms=now_ms)

    def _next(self, gateway: str) -> int:
        self._seq[gateway] += 1
        return self._seq[gateway]
