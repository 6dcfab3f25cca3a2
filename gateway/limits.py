"""The limits that hold at this gateway without the centre: read, checked as a whole, kept, replaced by newer ones.

What cannot be read leaves the old ones in force, for a gateway without limits is a gateway without a siren.
"""

from dataclasses import dataclass, field
from typing import Final

from coldchain.errors import InvalidValueError
from coldchain.places import Contact, Place, Probe
from coldchain.wire_limits import Limits, LimitsContact, LimitsFault, LimitsPlace, LimitsProbe, decode_limits
from rules.limits import Profile
from rules.profile import load_profile

STATE: Final = "limits"  # the spool's state: the payload as it came


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProbe:
    """A probe, where it hangs, and the profile as it holds there."""

    probe: Probe
    profile: Profile
    rests: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Limits in use, ready to be asked."""

    limits: Limits
    profiles: dict[str, Profile]  # by place, as they hold in its kind of place
    places: dict[str, Place]
    probes: dict[str, KnownProbe]
    contacts: dict[str, Contact]

    def place_of(self, origin: str) -> LimitsPlace | None:
        """Return the place of a probe, contact or reader, as the centre described it."""
        device = self._device(origin)
        return next((place for place in self.limits.places if device is not None and place.id == device), None)

    def _device(self, origin: str) -> str | None:
        for devices in (self.limits.probes, self.limits.contacts, self.limits.readers):
            for device in devices:
                if device.id == origin:
                    return device.place
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of a payload. `outcome`: "in-use", "refused", or "" if nothing is to be said."""

    outcome: str
    version: int = 0
    reason: str = ""
    detail: str = ""


@dataclass(slots=True)
class LimitsKeeper:
    """The limits of one gateway; `payload` is what stands on disk."""

    gateway: str
    loaded: Loaded | None = None
    payload: bytes | None = None
    counted: dict[str, int] = field(default_factory=lambda: {"taken": 0, "older": 0, "refused": 0})
    _refused: bytes = b""

    def restore(self, stored: bytes | None) -> Change:
        """Read what an earlier run has kept. A damaged state is no reason to stop: the broker holds them too."""
        if stored is None:
            return Change(outcome="")
        loaded = load_limits(stored, self.gateway)
        if isinstance(loaded, LimitsFault):
            return Change(outcome="refused", reason=loaded.reason, detail=loaded.detail)
        self.loaded, self.payload = loaded, stored
        return Change(outcome="")

    def offer(self, payload: bytes) -> Change:
        """Take limits from the centre, if they are newer and whole. The same refused ones are said once."""
        loaded = load_limits(payload, self.gateway)
        if isinstance(loaded, LimitsFault):
            self.counted["refused"] += 1
            said, self._refused = self._refused == payload, payload
            return Change(outcome="" if said else "refused", reason=loaded.reason, detail=loaded.detail)
        before = self.loaded
        if before is not None and loaded.limits.version <= before.limits.version:
            self.counted["older"] += loaded.limits.version < before.limits.version
            return Change(outcome="")
        self.counted["taken"] += 1
        self.loaded, self.payload, self._refused = loaded, payload, b""
        same = before is not None and _what_counts(before.limits) == _what_counts(loaded.limits)
        return Change(outcome="" if same else "in-use", version=loaded.limits.version)


def load_limits(payload: bytes, gateway: str) -> Loaded | LimitsFault:
    """Read limits and their profiles; one that cannot be read makes all of it unreadable."""
    limits = decode_limits(payload, gateway)
    if isinstance(limits, LimitsFault):
        return limits
    try:
        read = {(p.id, p.version): load_profile(p.toml.encode()) for p in limits.profiles}
        profiles = {p.id: read[p.profile, p.profile_version].at(p.kind) for p in limits.places}
    except InvalidValueError as error:
        return LimitsFault(reason="profile-unreadable", detail=str(error)[:200])
    return Loaded(
        limits=limits,
        profiles=profiles,
        places={place.id: _place(place) for place in limits.places},
        probes={
            p.id: KnownProbe(probe=_probe(p, gateway), profile=profiles[p.place], rests=p.rests) for p in limits.probes
        },
        contacts={contact.id: _contact(contact, gateway) for contact in limits.contacts},
    )


def _what_counts(limits: Limits) -> tuple[object, ...]:
    """Return what an alarm depends on: not the bags, which come and go all day."""
    places = [(p.id, p.name, p.kind, p.profile, p.profile_version) for p in limits.places]
    return limits.profiles, tuple(places), limits.probes, limits.contacts, limits.readers


def _place(place: LimitsPlace) -> Place:
    return Place(
        id=place.id,
        site="",
        name=place.name,
        profile=place.profile,
        profile_version=place.profile_version,
        kind=place.kind,
    )


def _probe(probe: LimitsProbe, gateway: str) -> Probe:
    return Probe(id=probe.id, place=probe.place, gateway=gateway, role=probe.role, since_ms=probe.since_ms)


def _contact(contact: LimitsContact, gateway: str) -> Contact:
    return Contact(id=contact.id, place=contact.place, gateway=gateway, kind=contact.kind)
