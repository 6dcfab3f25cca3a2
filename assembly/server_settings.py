"""The settings of the centre: server.toml."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Annotated, ClassVar, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from assembly.channel_settings import CHANNELS_MAX, ChannelTable, channel_problems
from assembly.checkpoint_settings import CheckpointsTable
from assembly.code_schemes import CodeSchemeTable, scheme_problems
from assembly.escalation_settings import Escalations, EscalationTable, escalation_problems
from assembly.grafana_settings import GrafanaTable, grafana_problems
from assembly.heartbeat_settings import HeartbeatTable, heartbeat_problems
from assembly.issuing_settings import IssuingTable, issuing_problems
from assembly.problems import Allowed, Loc, Problem, key_text, one_of, refused, used_twice
from assembly.reader_protocols import portal_problems
from assembly.reading_log_settings import ReadingLogTable
from assembly.round_settings import RoundsTable
from assembly.server_tables import (
    CommissioningTable,
    PlaceTable,
    ProbeTable,
    RegisteredGatewayTable,
    ServerContactTable,
    ServerReaderTable,
)
from assembly.settings_types import (
    FilePath,
    FileSettings,
    HttpUrl,
    Id,
    Label,
    MqttUrl,
    OptionalFilePath,
    PostgresUrl,
    Secret,
    Table,
    TcpPort,
    a_number,
    a_time_zone,
    an_mqtt_url,
    an_own_host,
)
from assembly.tls import tls_problems
from coldchain.mirroring import KEEP_DAYS_MAX, Dialect
from coldchain.places import (
    Contact,
    ContactKind,
    Gateway,
    Place,
    Probe,
    Reader,
    Text,
)
from coldchain.station_codes import SCHEMES_MAX
from coldchain.trust import GatewayKey

TABLES: Final = frozenset(
    {"server", "store", "mqtt", "commissioning", "pki", "influx", "checkpoints", "reading_log", "rounds"}
) | {"escalation", "grafana", "heartbeat", "issuing"}
OPEN_TO_THE_NETWORK: Final = Text(
    en="there is no access control yet: whoever reaches this address can read everything and enter facts",
    zh="尚无访问控制：能访问该地址的任何人都可查看全部数据并录入",
)
SITE_KINDS: Final = frozenset({ContactKind.MAINS, ContactKind.UPS})  # what a contact of a whole site can be


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
    public_url: HttpUrl = None
    time_zone: Annotated[
        str,
        AfterValidator(a_time_zone),
        Allowed('a time zone that this machine knows, e.g. "Asia/Shanghai"', '本机已知的时区，例如 "Asia/Shanghai"'),
    ] = "Asia/Shanghai"


class StoreTable(Table):
    """Where the record is kept: a PostgreSQL database, or, left out, a SQLite file in data_dir."""

    url: PostgresUrl = None
    password_file: OptionalFilePath = None


class ServerMqttTable(Table):
    """Where the batches of the gateways arrive. An mqtts:// address needs `ca`, and `cert` with `key`."""

    url: MqttUrl
    ca: OptionalFilePath = None
    cert: OptionalFilePath = None
    key: OptionalFilePath = None


class PkiTable(Table):
    """The folder of the site's CA, for claims, and the key that signs commands and limits."""

    folder: OptionalFilePath = None
    signing_key: OptionalFilePath = None
    gateway_url: Annotated[
        Annotated[str, AfterValidator(an_mqtt_url)] | None,
        Allowed(
            "the address of the broker as gateways see it, or leave it out if it is mqtt.url",
            "网关所见的消息服务器地址；与 mqtt.url 相同则省略",
        ),
    ] = None


class InfluxTable(Table):
    """The InfluxDB that is kept filled for Grafana; without a url there is none, and nothing else misses it.

    InfluxDB 1 takes username and password (or neither), InfluxDB 2 a token and an org, 3 Core a token. `keep_days` is
    for the database that the mirror makes; one that is there keeps what it keeps.
    """

    url: HttpUrl = None
    database: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_-]{1,64}$"),
        Allowed(
            'the name of a database (or bucket), 1 to 64 of A-Z, a-z, 0-9, "_" and "-"',
            '数据库（或 bucket）名称，1 到 64 个字符：A-Z、a-z、0-9、"_" 和 "-"',
        ),
    ] = "coldchain"
    retention_policy: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None,
        Allowed(
            'the name of a retention policy, 1 to 64 of A-Z, a-z, 0-9, "_" and "-"; left out: the database\'s default',
            '保留策略名称，1 到 64 个字符：A-Z、a-z、0-9、"_" 和 "-"；省略则用数据库默认策略',
        ),
    ] = None
    token: Secret = None
    username: Label = None
    password: Secret = None
    org: Label = None
    api: Annotated[
        Dialect,
        Allowed('"auto", "v1" (InfluxDB 1), "v2" or "v3"', '"auto"、"v1"（InfluxDB 1）、"v2" 或 "v3"'),
    ] = Dialect.AUTO
    keep_days: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=0, le=KEEP_DAYS_MAX),
        Allowed(f"a number of days from 0 (for ever) to {KEEP_DAYS_MAX}", f"天数 0（永久）到 {KEEP_DAYS_MAX}"),
    ] = 0


class ServerSettings(FileSettings):
    """All that `coldchain server` is told."""

    tables: ClassVar[frozenset[str]] = TABLES
    server: Annotated[
        ServerTable, Allowed("a table [server] with site and data_dir", "表 [server]，含 site 和 data_dir")
    ]
    mqtt: Annotated[ServerMqttTable, Allowed("a table [mqtt] with url", "表 [mqtt]，含 url")]
    store: Annotated[StoreTable, Allowed("a table [store]", "表 [store]")] = StoreTable()
    gateway: Annotated[tuple[RegisteredGatewayTable, ...], Allowed("tables [[gateway]]", "表 [[gateway]]")] = ()
    place: Annotated[tuple[PlaceTable, ...], Allowed("tables [[place]]", "表 [[place]]")] = ()
    probe: Annotated[tuple[ProbeTable, ...], Allowed("tables [[probe]]", "表 [[probe]]")] = ()
    reader: Annotated[tuple[ServerReaderTable, ...], Allowed("tables [[reader]]", "表 [[reader]]")] = ()
    contact: Annotated[tuple[ServerContactTable, ...], Allowed("tables [[contact]]", "表 [[contact]]")] = ()
    code_scheme: Annotated[
        tuple[CodeSchemeTable, ...],
        Field(max_length=SCHEMES_MAX),
        Allowed(f"up to {SCHEMES_MAX} tables [[code_scheme]]", f"最多 {SCHEMES_MAX} 个表 [[code_scheme]]"),
    ] = ()
    commissioning: Annotated[CommissioningTable, Allowed("a table [commissioning]", "表 [commissioning]")] = (
        CommissioningTable()
    )
    pki: Annotated[PkiTable, Allowed("a table [pki]", "表 [pki]")] = PkiTable()
    checkpoints: Annotated[CheckpointsTable, Allowed("a table [checkpoints]", "表 [checkpoints]", secret=True)] = (
        CheckpointsTable()
    )
    reading_log: Annotated[ReadingLogTable, Allowed("a table [reading_log]", "表 [reading_log]")] = ReadingLogTable()
    influx: Annotated[InfluxTable, Allowed("a table [influx]", "表 [influx]", secret=True)] = InfluxTable()
    grafana: Annotated[GrafanaTable, Allowed("a table [grafana]", "表 [grafana]", secret=True)] = GrafanaTable()
    heartbeat: Annotated[HeartbeatTable, Allowed("a table [heartbeat]", "表 [heartbeat]", secret=True)] = (
        HeartbeatTable()
    )
    channel: Annotated[
        tuple[ChannelTable, ...],
        Field(max_length=CHANNELS_MAX),
        Allowed(f"up to {CHANNELS_MAX} tables [[channel]]", f"最多 {CHANNELS_MAX} 个表 [[channel]]", secret=True),
    ] = ()
    rounds: Annotated[RoundsTable, Allowed("a table [rounds]", "表 [rounds]")] = RoundsTable()
    escalation: Escalations = EscalationTable()
    issuing: Annotated[IssuingTable, Allowed("a table [issuing]", "表 [issuing]", secret=True)] = IssuingTable()


def server_problems(settings: ServerSettings) -> list[Problem]:
    """Return what is wrong between the tables: ids used twice, places and gateways that do not exist."""
    found = used_twice((("gateway", i, "id"), gateway.id) for i, gateway in enumerate(settings.gateway))
    found += used_twice((("place", i, "id"), place.id) for i, place in enumerate(settings.place))
    found += used_twice((("code_scheme", i, "id"), scheme.id) for i, scheme in enumerate(settings.code_scheme))
    found += used_twice(((kind, i, "id"), device.id) for kind, i, device in _devices(settings))
    places = [place.id for place in settings.place]
    gateways = [gateway.id for gateway in settings.gateway]
    for kind, i, device in _devices(settings):
        if device.place is not None:
            found += one_of((kind, i, "place"), device.place, places, "place")
        found += one_of((kind, i, "gateway"), device.gateway, gateways, "gateway")
    for i, reader in enumerate(settings.reader):
        found += portal_problems(("reader", i), reader.purpose, reader.outer, reader.inner)
    for i, contact in enumerate(settings.contact):
        found += _of_the_site(("contact", i), contact)
    found += tls_problems(settings.mqtt)
    found += escalation_problems(settings.escalation, [one.id for one in settings.channel])
    found += used_twice((("channel", i, "id"), channel.id) for i, channel in enumerate(settings.channel))
    found += channel_problems(settings.channel)
    found += heartbeat_problems(settings.heartbeat) + grafana_problems(settings.grafana)
    found += issuing_problems(settings.issuing)
    return found + scheme_problems(settings.code_scheme) + _influx_problems(settings.influx)


def _of_the_site(loc: Loc, contact: ServerContactTable) -> list[Problem]:
    """A door whose place was forgotten would be nobody's door: only mains and UPS can belong to a whole site."""
    if contact.place is not None or contact.kind in SITE_KINDS:
        return []
    if contact.kind is None:
        what = Text(
            en='is missing; write the id of a place, or kind = "mains" or "ups" for a contact of the whole site',
            zh='缺少；请填写所属场所的编号；全站触点请写 kind = "mains" 或 "ups"',
        )
        return [Problem(key=key_text((*loc, "place")), what=what)]
    allowed = Allowed(
        'without a place, for the whole site, "mains" or "ups"; else write the id of its place',
        '未填 place（即全站）时只能是 "mains" 或 "ups"；否则请填写所属场所',
    )
    return [refused((*loc, "kind"), contact.kind.value, allowed)]


def _influx_problems(influx: InfluxTable) -> list[Problem]:
    """Credentials that only half stand there are a slip, and one of two ways would be passed over in silence."""
    if (influx.username is None) is not (influx.password is None):
        what = Text(
            en="username and password belong together: write both, or neither",
            zh="username 与 password 须同时填写，或都省略",
        )
    elif influx.token is not None and influx.username is not None:
        what = Text(
            en="token and username are two ways to sign in: write one of them",
            zh="token 与 username 是两种登录方式，只能填写一种",
        )
    else:
        return []
    return [Problem(key="influx", what=what)]


def _devices(
    settings: ServerSettings,
) -> Iterator[tuple[str, int, ProbeTable | ServerReaderTable | ServerContactTable]]:
    yield from (("probe", i, probe) for i, probe in enumerate(settings.probe))
    yield from (("reader", i, reader) for i, reader in enumerate(settings.reader))
    yield from (("contact", i, contact) for i, contact in enumerate(settings.contact))


def beyond_loopback(host: str) -> bool:
    """Tell whether pages under a name or IPv4 address may be reached from other machines; names are not looked up."""
    try:
        return not ipaddress.ip_address(socket.inet_aton(host)).is_loopback  # it reads "127.1" as the socket will
    except OSError:
        return host != "localhost" and not host.endswith(".localhost")


def public_host(settings: ServerSettings) -> list[str]:
    """Return the name in server.public_url, by which the pages may be addressed as well; nothing without one."""
    name = urlsplit(settings.server.public_url or "").hostname
    return [] if name is None else [f"[{name}]" if ":" in name else name]


def setup_of(settings: ServerSettings) -> list[Gateway | Place | Probe | Reader | Contact]:
    """Return what is registered at the start, each thing after those that it names."""
    site = settings.server.site
    return [
        *(Gateway(id=gateway.id, site=site, signatures=gateway.signatures) for gateway in settings.gateway),
        *(_place(place, site) for place in settings.place),
        *(_probe(probe) for probe in settings.probe),
        *(_reader(reader) for reader in settings.reader),
        *(_contact(contact) for contact in settings.contact),
    ]


def _reader(table: ServerReaderTable) -> Reader:
    return Reader(
        id=table.id,
        place=table.place,
        gateway=table.gateway,
        purpose=table.purpose,
        outer=table.outer,
        inner=table.inner,
    )


def keys_of(settings: ServerSettings) -> list[GatewayKey]:
    """Return the public keys that the settings name; from when they hold is decided when they are recorded."""
    return [GatewayKey(gateway=g.id, key=key, from_ms=0) for g in settings.gateway for key in g.keys]


def _place(place: PlaceTable, site: str) -> Place:
    return Place(
        id=place.id,
        site=site,
        name=Text(zh=place.name_zh, en=place.name_en),
        profile=place.profile,
        profile_version=place.profile_version,
        kind=place.kind,
    )


def _contact(contact: ServerContactTable) -> Contact:
    return Contact(id=contact.id, place=contact.place or "", gateway=contact.gateway, kind=contact.kind)


def _probe(probe: ProbeTable) -> Probe:
    return Probe(
        id=probe.id,
        place=probe.place,
        gateway=probe.gateway,
        role=probe.role,
        source_rank=probe.source_rank,
        serial=probe.serial or "",
        line=probe.line or "",
        channel=probe.channel or "",
        unsequenced=probe.unsequenced,
    )
