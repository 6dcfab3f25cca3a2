"""What server.toml says of gateways, places, probes, readers and contacts."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed
from assembly.reader_protocols import PortalSide
from assembly.settings_types import CONTACT_KINDS, READER_PURPOSES, Id, Label, Name, OptionalId, Table, a_number
from coldchain.places import ContactKind, PlaceKind, ProbeRole, ReaderPurpose, Signatures
from coldchain.signed import KEY_PATTERN, KEYS_MAX


class RegisteredGatewayTable(Table):
    """A gateway that may report, whether it must sign what it sends, and the keys that do."""

    id: Id
    signatures: Annotated[
        Signatures, Allowed('"accepted" or "required"', '"accepted"（可不签名）或 "required"（必须签名）')
    ] = Signatures.ACCEPTED
    keys: Annotated[
        tuple[Annotated[str, Field(pattern=f"^{KEY_PATTERN}$")], ...],
        Field(max_length=KEYS_MAX),
        Allowed(
            f"up to {KEYS_MAX} public keys of 64 hex digits, as coldchain pki request shows them",
            f"最多 {KEYS_MAX} 个公钥（64 位十六进制），由 coldchain pki request 给出",
        ),
    ] = ()


class PlaceTable(Table):
    """A place that can hold units, what it is, and the profile that it must keep."""

    id: Id
    kind: Annotated[
        PlaceKind,
        Allowed(
            '"fridge", "freezer", "agitator", "box", "crate", "basket" or "vehicle"',
            '"fridge"（储血冰箱）、"freezer"（低温冰箱）、"agitator"（振荡保存箱）、"box"（运血箱）、"crate"（周转箱）、'
            '"basket"（血篮）或 "vehicle"（运血车）',
        ),
    ] = PlaceKind.FRIDGE
    name_zh: Name
    name_en: Name
    profile: Id
    profile_version: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=1, le=1_000_000),
        Allowed("a version of the profile, from 1", "限值方案的版本号，从 1 起"),
    ]


class ProbeTable(Table):
    """A probe, the place that it measures, and the gateway that reads it."""

    id: Id
    place: Id
    gateway: Id
    role: Annotated[ProbeRole, Allowed('"load" or "air"', '"load"（血液侧）或 "air"（空气侧）')]
    source_rank: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=0, le=1000),
        Allowed("a number from 0 to 1000; the lowest counts", "0 到 1000；最小者优先"),
    ] = 0
    serial: Label = None
    line: Label = None
    channel: Label = None
    unsequenced: Annotated[bool, Allowed("true or false", "true 或 false")] = False


class CommissioningTable(Table):
    """Whether a person at the fridge has to confirm which probe hangs where before its readings count."""

    required: Annotated[bool, Allowed("true or false", "true 或 false")] = False


class ServerReaderTable(Table):
    """A reader and the place whose inside it sees, or before which it stands as a tunnel or portal.

    Of a portal, `outer` are the antennas that a crate passes first on its way into the place, `inner` the others.
    """

    id: Id
    place: Id
    gateway: Id
    purpose: Annotated[ReaderPurpose, READER_PURPOSES] = ReaderPurpose.ZONE
    outer: PortalSide = ()
    inner: PortalSide = ()


class ServerContactTable(Table):
    """A contact of a place or, without `place`, of the whole site: its mains, its UPS.

    Without `kind` what it says tells what it is, as in files that were written before there were kinds.
    """

    id: Id
    place: OptionalId = None
    gateway: Id
    kind: Annotated[
        ContactKind | None,
        Allowed(f"{CONTACT_KINDS.en}, or leave it out", f"{CONTACT_KINDS.zh}，或省略"),
    ] = None
