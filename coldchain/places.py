"""Places, what watches them, and the profiles that say what they must keep to."""

from enum import StrEnum
from typing import Final

import msgspec

from coldchain.facts import EventKind


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text that people see, in both languages."""

    zh: str
    en: str


class ProbeRole(StrEnum):
    """Where a probe sits; it chooses how long a place may be outside before that is a finding."""

    LOAD = "load"
    AIR = "air"


class PlaceKind(StrEnum):
    """What a place is. On the road the transport limits of its profile hold, everywhere else the storage limits.

    A basket stands in fridges, so that the storage limits hold in one that measures its own inside.
    """

    FRIDGE = "fridge"
    FREEZER = "freezer"
    AGITATOR = "agitator"
    BOX = "box"
    CRATE = "crate"
    BASKET = "basket"
    VEHICLE = "vehicle"


ON_THE_ROAD: Final = frozenset({PlaceKind.BOX, PlaceKind.CRATE, PlaceKind.VEHICLE})  # transport limits hold
CONTAINERS: Final = ON_THE_ROAD | {PlaceKind.BASKET}  # are put into others, and stand nowhere for good


class ContactKind(StrEnum):
    """What a contact tells of."""

    DOOR = "door"
    LID = "lid"
    MAINS = "mains"
    UPS = "ups"
    DEFROST = "defrost"
    MOTION = "motion"


class ContactWords(msgspec.Struct, frozen=True, kw_only=True):
    """How a contact speaks: the event while its input is 1, the one while it is 0, and which of the two is normal."""

    on: EventKind
    off: EventKind
    normal: bool


CONTACT_WORDS: Final = {
    ContactKind.DOOR: ContactWords(on=EventKind.DOOR_OPENED, off=EventKind.DOOR_CLOSED, normal=False),
    ContactKind.LID: ContactWords(on=EventKind.DOOR_OPENED, off=EventKind.DOOR_CLOSED, normal=False),
    ContactKind.MAINS: ContactWords(on=EventKind.MAINS_RESTORED, off=EventKind.MAINS_LOST, normal=True),
    ContactKind.UPS: ContactWords(on=EventKind.UPS_ON_BATTERY, off=EventKind.UPS_ON_MAINS, normal=False),
    ContactKind.DEFROST: ContactWords(on=EventKind.DEFROST_BEGAN, off=EventKind.DEFROST_ENDED, normal=False),
    ContactKind.MOTION: ContactWords(on=EventKind.AGITATION_RESUMED, off=EventKind.AGITATION_STOPPED, normal=True),
}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A fridge, freezer, agitator or box that can hold units, with the profile that it must keep."""

    id: str
    site: str
    name: Text
    profile: str
    profile_version: int
    kind: PlaceKind = PlaceKind.FRIDGE


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """A temperature probe in a place, read by one gateway. Where two give one instant, the lower rank counts.

    `since_ms`: when it was registered; from then on somebody expects it to measure. `serial` is that of the instrument,
    `line` and `channel` say where it is plugged in ("" where nobody said): any change of them is a new position.
    `unsequenced`: its device numbers nothing (a device that publishes JSON), so what is lost cannot be counted.
    """

    id: str
    place: str
    gateway: str
    role: ProbeRole
    source_rank: int = 0
    since_ms: int | None = None
    serial: str = ""
    line: str = ""
    channel: str = ""
    unsequenced: bool = False


class ReaderPurpose(StrEnum):
    """What a reader is for."""

    ZONE = "zone"  # it looks into the inside of its place, day and night
    TUNNEL = "tunnel"  # crates go past it; what it reads is in its place only by a receipt
    PORTAL = "portal"  # a tunnel with antennas on both sides, so that it tells which way a crate went


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """An RFID reader; as a rule its one zone is the inside of a place.

    Of a portal, `outer` are the antennas on the side that a crate passes first on its way in, `inner` the others.
    """

    id: str
    place: str
    gateway: str
    purpose: ReaderPurpose = ReaderPurpose.ZONE
    outer: tuple[int, ...] = ()
    inner: tuple[int, ...] = ()


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of a place, or (place "") of the whole site of its gateway: its mains, its UPS.

    `kind` None: it was registered before kinds were; what it says tells what it is.
    """

    id: str
    place: str
    gateway: str
    kind: ContactKind | None = None


class Signatures(StrEnum):
    """Whether the batches of a gateway must be signed."""

    ACCEPTED = "accepted"  # a batch without a signature is taken; one with a wrong signature is not
    REQUIRED = "required"


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """A registered gateway; only a registered (site, gateway) pair is admitted."""

    id: str
    site: str
    signatures: Signatures = Signatures.ACCEPTED


class ProfileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as it was loaded: its bytes count, so that every evaluation can be replayed."""

    id: str
    version: int
    status: str
    sha256: str
    toml: str
