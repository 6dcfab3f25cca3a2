"""Places, what watches them, and the profiles that say what they must keep to."""

from enum import StrEnum

import msgspec


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text that people see, in both languages."""

    zh: str
    en: str


class ProbeRole(StrEnum):
    """Where a probe sits; it chooses how long a place may be outside before that is a finding."""

    LOAD = "load"
    AIR = "air"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A fridge, freezer or box that can hold units, with the profile that it must keep."""

    id: str
    site: str
    name: Text
    profile: str
    profile_version: int


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """A temperature probe in a place, read by one gateway. Where two give one instant, the lower rank counts.

    `since_ms`: when it was registered; from then on somebody expects it to measure.
    """

    id: str
    place: str
    gateway: str
    role: ProbeRole
    source_rank: int = 0
    since_ms: int | None = None


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """An RFID reader whose one zone is the inside of a place."""

    id: str
    place: str
    gateway: str


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A door or mains contact of a place."""

    id: str
    place: str
    gateway: str


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """A registered gateway; only a registered (site, gateway) pair is admitted."""

    id: str
    site: str


class ProfileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as it was loaded: its bytes count, so that every evaluation can be replayed."""

    id: str
    version: int
    status: str
    sha256: str
    toml: str
