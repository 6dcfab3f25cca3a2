"""The settings of a gateway: gateway.toml."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import BeforeValidator, Field

from assembly.box_settings import BoxTable, box_problems
from assembly.bus_settings import BusTable, bus_origins, bus_plan, bus_problems
from assembly.device_settings import (
    AsciiTable,
    DriverTable,
    Origin,
    W1Table,
    ascii_plan,
    ascii_problems,
    driver_plan,
    probe_origins,
    w1_plan,
)
from assembly.json_settings import MqttDevicesTable, json_origins, json_problems
from assembly.local_settings import AlarmTable, PageTable, StatusTable
from assembly.problems import Allowed, Loc, Problem, key_text, used_twice
from assembly.reader_settings import GatewayReaderTable, reader_origins, reader_plan, reader_table_problems
from assembly.settings_types import (
    Baud,
    FilePath,
    FileSettings,
    Id,
    MqttUrl,
    OptionalFilePath,
    OptionalTcpPort,
    Seconds,
    SerialPort,
    Table,
    a_number,
)
from assembly.tls import tls_problems as mqtt_tls_problems
from coldchain.places import Text
from coldchain.signed import KEY_PATTERN
from coldchain.wire import ITEMS_MAX
from gateway.contacts import DOORS
from gateway.pace import BACKFILL_ITEMS_S
from gateway.plan import (
    DockPlan,
    EdgePlan,
)

SPOOL_BYTES_MAX: Final = 512 * 1024 * 1024
SPOOL_BYTES_LEAST: Final = 1024 * 1024
BOXES_MAX: Final = 500  # of one dock; a storage point owns some few


class GatewayTable(Table):
    """Who this gateway is. The centre must have it registered under the same site."""

    id: Id
    site: Id


class GatewayMqttTable(Table):
    """The way up.

    An mqtts:// address needs `ca`, and `cert` with `key`. `signing_key` signs batches, `centre_key` believes commands.
    """

    url: MqttUrl
    ca: OptionalFilePath = None
    cert: OptionalFilePath = None
    key: OptionalFilePath = None
    signing_key: OptionalFilePath = None
    centre_key: Annotated[
        Annotated[str, Field(pattern=f"^{KEY_PATTERN}$")] | None,
        Allowed(
            "the centre's public signing key, 64 hex digits; left out: no commands are taken",
            "服务器的签名公钥（64 位十六进制）；省略则不接受命令",
        ),
    ] = None
    items_max: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=1, le=ITEMS_MAX),
        Allowed(f"items in one batch, from 1 to {ITEMS_MAX}", f"每批条数，1 到 {ITEMS_MAX}"),
    ] = ITEMS_MAX
    heartbeat_s: Seconds = 15
    backfill_items_s: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=1, le=1_000_000),
        Allowed("items of a backlog in a second, from 1 to 1000000", "补传速率：每秒条数，1 到 1000000"),
    ] = BACKFILL_ITEMS_S


class SpoolTable(Table):
    """Where everything accepted is kept until the centre has committed it."""

    path: FilePath
    bytes_max: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=SPOOL_BYTES_LEAST, le=2**40),
        Allowed(
            f"bytes, from {SPOOL_BYTES_LEAST} (1 MiB) to {2**40}", f"字节数，{SPOOL_BYTES_LEAST}（1 MiB）到 {2**40}"
        ),
    ] = SPOOL_BYTES_MAX


class DockTable(Table):
    """A serial line at the counter on which courier's boxes that had no network are read out."""

    port: SerialPort
    baud: Baud = 115200
    boxes: Annotated[
        tuple[Id, ...],
        Field(min_length=1, max_length=BOXES_MAX),
        Allowed(
            f'the ids of 1 to {BOXES_MAX} boxes that may be read out here, e.g. ["box-1"]',
            f'允许在此读取的运血箱编号，1 到 {BOXES_MAX} 个，例如 ["box-1"]',
        ),
    ]


class MetricsTable(Table):
    """Prometheus figures on loopback; without a port there are none."""

    port: OptionalTcpPort = None


class GatewaySettings(FileSettings):
    """All that `coldchain gateway` is told."""

    tables: ClassVar[frozenset[str]] = frozenset({"gateway", "mqtt", "spool", "metrics", "alarm", "page", "status"})
    gateway: Annotated[GatewayTable, Allowed("a table [gateway] with id and site", "表 [gateway]，含 id 和 site")]
    mqtt: Annotated[GatewayMqttTable, Allowed("a table [mqtt] with url", "表 [mqtt]，含 url")]
    spool: Annotated[SpoolTable, Allowed("a table [spool] with path", "表 [spool]，含 path")]
    bus: Annotated[tuple[BusTable, ...], Allowed("tables [[bus]]", "表 [[bus]]")] = ()
    reader: Annotated[tuple[GatewayReaderTable, ...], Allowed("tables [[reader]]", "表 [[reader]]")] = ()
    dock: Annotated[tuple[DockTable, ...], Allowed("tables [[dock]]", "表 [[dock]]")] = ()
    w1: Annotated[tuple[W1Table, ...], Allowed("tables [[w1]]", "表 [[w1]]")] = ()
    ascii: Annotated[tuple[AsciiTable, ...], Allowed("tables [[ascii]]", "表 [[ascii]]")] = ()
    driver: Annotated[tuple[DriverTable, ...], Allowed("tables [[driver]]", "表 [[driver]]")] = ()
    mqtt_devices: Annotated[
        MqttDevicesTable | None, Allowed("a table [mqtt_devices] with url", "表 [mqtt_devices]，含 url")
    ] = None
    box: Annotated[
        BoxTable | None, Allowed("a table [box]: this gateway is a courier's box", "表 [box]：本网关是运血箱")
    ] = None
    metrics: Annotated[MetricsTable, Allowed("a table [metrics]", "表 [metrics]")] = MetricsTable()
    alarm: Annotated[AlarmTable, Allowed("a table [alarm]", "表 [alarm]")] = AlarmTable()
    page: Annotated[PageTable, Allowed("a table [page]", "表 [page]")] = PageTable()
    status: Annotated[StatusTable, Allowed("a table [status]", "表 [status]")] = StatusTable()


def gateway_problems(settings: GatewaySettings, folder: Path = Path()) -> list[Problem]:
    """Return what is wrong between the tables: ports, addresses, inputs and ids used twice, a door that is none.

    `folder` is that of the file: register maps that are named by a relative path lie there.
    """
    found = used_twice(_ports(settings))
    for i, bus in enumerate(settings.bus):
        found += bus_problems(i, bus, folder)
    for i, logger in enumerate(settings.ascii):
        found += ascii_problems(("ascii", i), logger)
    origins = list(origins_of(settings, folder))
    found += used_twice((origin.loc, origin.id) for origin in origins)
    found += json_problems(settings.mqtt_devices)
    found += mqtt_tls_problems(settings.mqtt)
    doors = [origin.id for origin in origins if origin.contact is not None and origin.contact.kind in DOORS]
    readers = {reader.id for reader in settings.reader}
    probes = [origin.id for origin in origins if origin.contact is None and origin.id not in readers]
    found += box_problems(settings.box, probes, doors)
    for i, reader in enumerate(settings.reader):
        found += reader_table_problems(i, reader, doors)
    for i, dock in enumerate(settings.dock):
        found += used_twice((("dock", i, "boxes", j), box) for j, box in enumerate(dock.boxes))
        found += _own_id(("dock", i, "boxes"), settings.gateway.id, dock.boxes)
    return found


def plan_of(settings: GatewaySettings) -> EdgePlan:
    """Return what the edge watches, as plain data."""
    return EdgePlan(
        gateway=settings.gateway.id,
        buses=tuple(bus_plan(bus) for bus in settings.bus),
        readers=tuple(reader_plan(reader) for reader in settings.reader),
        w1=tuple(w1_plan(folder) for folder in settings.w1),
        drivers=(*(ascii_plan(line) for line in settings.ascii), *(driver_plan(line) for line in settings.driver)),
        listening=None if settings.mqtt_devices is None else settings.mqtt_devices.plan(settings.gateway.id),
    )


def docks_of(settings: GatewaySettings) -> tuple[DockPlan, ...]:
    """Return the lines on which boxes are read out, as plain data."""
    return tuple(DockPlan(port=dock.port, baud=dock.baud, boxes=dock.boxes) for dock in settings.dock)


def _ports(settings: GatewaySettings) -> Iterable[tuple[Loc, str]]:
    yield from ((("bus", i, "port"), bus.port) for i, bus in enumerate(settings.bus))
    yield from ((("reader", i, "port"), reader.port) for i, reader in enumerate(settings.reader))
    yield from ((("dock", i, "port"), dock.port) for i, dock in enumerate(settings.dock))
    yield from ((("ascii", i, "port"), line.port) for i, line in enumerate(settings.ascii))
    yield from ((("driver", i, "port"), line.port) for i, line in enumerate(settings.driver))
    if settings.box is not None and settings.box.gps is not None:
        yield ("box", "gps"), settings.box.gps
    yield from ((("w1", i, "folder"), line.folder) for i, line in enumerate(settings.w1))


def _own_id(loc: Loc, gateway: str, boxes: tuple[str, ...]) -> list[Problem]:
    what = Text(
        en=f"names this gateway itself ({gateway}); write the ids of the boxes, each a gateway of its own",
        zh=f"写成了本网关自身（{gateway}）；请填写运血箱的编号，每个运血箱都是独立的网关",
    )
    return [Problem(key=key_text(loc), what=what)] if gateway in boxes else []


def origins_of(settings: GatewaySettings, folder: Path = Path()) -> Iterable[Origin]:
    """Yield every probe and contact that this file names, and every reader.

    Each stands as the origin of facts: two devices under one id could not be told apart.
    """
    for i, bus in enumerate(settings.bus):
        yield from bus_origins(i, bus, folder)
    for i, one_wire in enumerate(settings.w1):
        yield from probe_origins(("w1", i, "probes"), one_wire.probes)
    for i, logger in enumerate(settings.ascii):
        yield from probe_origins(("ascii", i, "channels"), logger.channels)
    for i, line in enumerate(settings.driver):
        yield from probe_origins(("driver", i, "channels"), line.channels)
    for i, reader in enumerate(settings.reader):
        yield from reader_origins(i, reader)
    yield from (Origin(loc=loc, id=probe) for loc, probe in json_origins(settings.mqtt_devices))
