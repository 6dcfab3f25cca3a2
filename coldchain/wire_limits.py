"""`cmd/limits`: what a gateway has to keep to without the centre, and what is in its places. docs/wire.md owns it.

The whole of it each time, retained at the broker; `version` only grows. The gateway keeps the last one on disk.
"""

from typing import Annotated, Final, TypeAlias

import msgspec

from coldchain.places import ContactKind, PlaceKind, ProbeRole, Text
from coldchain.wire import Count, Id, Millis, Seq

LIMITS_VERSION: Final = 1
LIMITS_LEAF: Final = "cmd/limits"
LIMITS_BYTES_MAX: Final = 256 * 1024
UNITS_MAX: Final = 200  # names of one place; the counts beside them are whole
PLACES_MAX: Final = 256
DEVICES_MAX: Final = 1_024  # probes, and as many contacts, and as many readers
TOML_BYTES_MAX: Final = 32 * 1024

_Name: TypeAlias = Annotated[str, msgspec.Meta(max_length=100)]


class LimitsProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a profile: the file itself, so that both sides judge by the same bytes."""

    id: Id
    version: Count
    toml: Annotated[str, msgspec.Meta(max_length=TOML_BYTES_MAX)]


class LimitsPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A place, its profile, and what the centre knew to be inside: `units` for certain, `possible_units` perhaps.

    `inside` and `possible` count all of them, the names may be fewer (UNITS_MAX).
    """

    id: Id
    name: Text
    kind: PlaceKind
    profile: Id
    profile_version: Count
    inside: Count = 0
    possible: Count = 0
    units: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=UNITS_MAX)] = ()
    possible_units: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=UNITS_MAX)] = ()


class LimitsProbe(msgspec.Struct, frozen=True, kw_only=True):
    """A probe of this gateway. `since_ms`: when it was registered. `rests`: under check, or its place not in use."""

    id: Id
    place: Id
    role: ProbeRole
    since_ms: Millis | None = None
    rests: bool = False


class LimitsContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of this gateway; `place` "" is the whole site."""

    id: Id
    place: str
    kind: ContactKind | None = None


class LimitsReader(msgspec.Struct, frozen=True, kw_only=True):
    """A reader of this gateway."""

    id: Id
    place: Id


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one gateway has to keep to. A version that is not higher than the one in use changes nothing."""

    v: int
    gateway: Id
    version: Seq
    made_ms: Millis
    profiles: Annotated[tuple[LimitsProfile, ...], msgspec.Meta(max_length=PLACES_MAX)]
    places: Annotated[tuple[LimitsPlace, ...], msgspec.Meta(max_length=PLACES_MAX)]
    probes: Annotated[tuple[LimitsProbe, ...], msgspec.Meta(max_length=DEVICES_MAX)]
    contacts: Annotated[tuple[LimitsContact, ...], msgspec.Meta(max_length=DEVICES_MAX)] = ()
    readers: Annotated[tuple[LimitsReader, ...], msgspec.Meta(max_length=DEVICES_MAX)] = ()
    sig: str | None = None


class LimitsFault(msgspec.Struct, frozen=True, kw_only=True):
    """Limits that are not taken, and why, in words for an operator."""

    reason: str
    detail: str = ""


_DECODER: Final = msgspec.json.Decoder(Limits)
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def encode_limits(limits: Limits) -> bytes:
    """Return the JSON of limits; `sig` stands last, where there is one."""
    head = msgspec.structs.replace(limits, sig=None)
    plain = _ENCODER.encode(head)
    return plain if limits.sig is None else plain[:-1] + b',"sig":' + _ENCODER.encode(limits.sig) + b"}"


def decode_limits(payload: bytes, gateway: str) -> Limits | LimitsFault:
    """Read limits for this gateway; whatever cannot be taken is a LimitsFault, never an exception."""
    if len(payload) > LIMITS_BYTES_MAX:
        return LimitsFault(reason="too-large", detail=f"{len(payload)} bytes, at most {LIMITS_BYTES_MAX}")
    try:
        limits = _DECODER.decode(payload)
    except msgspec.ValidationError as error:
        return LimitsFault(reason="not-the-format", detail=str(error)[:200])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return LimitsFault(reason="not-json", detail=str(error)[:200])
    return _misfit(limits, gateway) or limits


def _misfit(limits: Limits, gateway: str) -> LimitsFault | None:
    """Say what does not fit together."""
    if limits.v != LIMITS_VERSION:
        return LimitsFault(reason="unknown-version", detail=f"format {limits.v}; this gateway reads {LIMITS_VERSION}")
    if limits.gateway != gateway:
        return LimitsFault(reason="wrong-gateway", detail=f"they are those of {limits.gateway[:32]}")
    places = {place.id for place in limits.places}
    profiles = {(profile.id, profile.version) for profile in limits.profiles}
    homeless = [probe.id for probe in limits.probes if probe.place not in places]
    homeless += [reader.id for reader in limits.readers if reader.place not in places]
    homeless += [contact.id for contact in limits.contacts if contact.place not in {"", *places}]
    unlimited = [place.id for place in limits.places if (place.profile, place.profile_version) not in profiles]
    if homeless or unlimited:
        return LimitsFault(reason="not-whole", detail=f"no place or profile for {sorted(homeless + unlimited)[0]}")
    return None
