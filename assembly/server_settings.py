"""The settings of the centre: server.toml."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from assembly.problems import Allowed, Problem, one_of, used_twice
from assembly.settings_types import (
    FilePath,
    FileSettings,
    Id,
    MqttUrl,
    Name,
    Table,
    TcpPort,
    a_number,
    a_time_zone,
    an_own_host,
)
from coldchain.places import Contact, Gateway, Place, Probe, ProbeRole, Reader, Text


class ServerTable(Table):
    """The centre itself."""

    site: Id
    data_dir: FilePath
    http_host: Annotated[
        str,
        AfterValidator(an_own_host),
        Allowed(
            "one IPv4 address or host name of this machine, under which the pages are opened (not 0.0.0.0 or ::, "
            "which stand for all: there is no access control yet)",
            "本机的一个 IPv4 地址或主机名，浏览器以此访问（不可用 0.0.0.0 或 ::，因尚无访问控制）",
        ),
    ] = "127.0.0.1"
    http_port: TcpPort = 8080
    time_zone: Annotated[
        str,
        AfterValidator(a_time_zone),
        Allowed('a time zone that this machine knows, e.g. "Asia/Shanghai"', '本机已知的时区，例如 "Asia/Shanghai"'),
    ] = "Asia/Shanghai"


class ServerMqttTable(Table):
    """Where the batches of the gateways arrive."""

    url: MqttUrl


class RegisteredGatewayTable(Table):
    """A gateway that may report."""

    id: Id


class PlaceTable(Table):
    """A fridge and the profile that it must keep."""

    id: Id
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


class ServerReaderTable(Table):
    """A reader and the place whose inside it sees."""

    id: Id
    place: Id
    gateway: Id


class ServerContactTable(Table):
    """A door or mains contact of a place."""

    id: Id
    place: Id
    gateway: Id


class ServerSettings(FileSettings):
    """All that `coldchain server` is told."""

    tables: ClassVar[frozenset[str]] = frozenset({"server", "mqtt"})
    server: Annotated[
        ServerTable, Allowed("a table [server] with site and data_dir", "表 [server]，含 site 和 data_dir")
    ]
    mqtt: Annotated[ServerMqttTable, Allowed("a table [mqtt] with url", "表 [mqtt]，含 url")]
    gateway: Annotated[tuple[RegisteredGatewayTable, ...], Allowed("tables [[gateway]]", "表 [[gateway]]")] = ()
    place: Annotated[tuple[PlaceTable, ...], Allowed("tables [[place]]", "表 [[place]]")] = ()
    probe: Annotated[tuple[ProbeTable, ...], Allowed("tables [[probe]]", "表 [[probe]]")] = ()
    reader: Annotated[tuple[ServerReaderTable, ...], Allowed("tables [[reader]]", "表 [[reader]]")] = ()
    contact: Annotated[tuple[ServerContactTable, ...], Allowed("tables [[contact]]", "表 [[contact]]")] = ()


def server_problems(settings: ServerSettings) -> list[Problem]:
    """Return what is wrong between the tables: ids used twice, places and gateways that do not exist."""
    found = used_twice((("gateway", i, "id"), gateway.id) for i, gateway in enumerate(settings.gateway))
    found += used_twice((("place", i, "id"), place.id) for i, place in enumerate(settings.place))
    found += used_twice(((kind, i, "id"), device.id) for kind, i, device in _devices(settings))
    places = [place.id for place in settings.place]
    gateways = [gateway.id for gateway in settings.gateway]
    for kind, i, device in _devices(settings):
        found += one_of((kind, i, "place"), device.place, places, "place")
        found += one_of((kind, i, "gateway"), device.gateway, gateways, "gateway")
    return found


def _devices(
    settings: ServerSettings,
) -> Iterator[tuple[str, int, ProbeTable | ServerReaderTable | ServerContactTable]]:
    yield from (("probe", i, probe) for i, probe in enumerate(settings.probe))
    yield from (("reader", i, reader) for i, reader in enumerate(settings.reader))
    yield from (("contact", i, contact) for i, contact in enumerate(settings.contact))


def setup_of(settings: ServerSettings) -> list[Gateway | Place | Probe | Reader | Contact]:
    """Return what is registered at the start, each thing after those that it names."""
    site = settings.server.site
    return [
        *(Gateway(id=gateway.id, site=site) for gateway in settings.gateway),
        *(_place(place, site) for place in settings.place),
        *(_probe(probe) for probe in settings.probe),
        *(Reader(id=reader.id, place=reader.place, gateway=reader.gateway) for reader in settings.reader),
        *(Contact(id=contact.id, place=contact.place, gateway=contact.gateway) for contact in settings.contact),
    ]


def _place(place: PlaceTable, site: str) -> Place:
    return Place(
        id=place.id,
        site=site,
        name=Text(zh=place.name_zh, en=place.name_en),
        profile=place.profile,
        profile_version=place.profile_version,
    )


def _probe(probe: ProbeTable) -> Probe:
    return Probe(id=probe.id, place=probe.place, gateway=probe.gateway, role=probe.role, source_rank=probe.source_rank)
