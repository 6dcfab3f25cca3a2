"""The settings of a gateway: gateway.toml."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Final

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed, Loc, Problem, key_text, one_of, used_twice
from assembly.settings_types import (
    CONTACT_KINDS,
    Baud,
    FilePath,
    FileSettings,
    Id,
    MqttUrl,
    OptionalId,
    OptionalTcpPort,
    Seconds,
    SerialPort,
    Slave,
    Table,
    a_number,
)
from coldchain.places import ContactKind, Text
from coldchain.wire import ITEMS_MAX
from gateway.contacts import DOORS
from gateway.pace import BACKFILL_ITEMS_S
from gateway.plan import (
    INPUTS_MAX,
    BusPlan,
    ContactPlan,
    DockPlan,
    EdgePlan,
    InputPlan,
    ReaderPlan,
    TemperaturePlan,
    door_and_mains,
)

SPOOL_BYTES_MAX: Final = 512 * 1024 * 1024
SPOOL_BYTES_LEAST: Final = 1024 * 1024
BOXES_MAX: Final = 500  # of one dock; a storage point owns some few


class GatewayTable(Table):
    """Who this gateway is. The centre must have it registered under the same site."""

    id: Id
    site: Id


class GatewayMqttTable(Table):
    """The way up."""

    url: MqttUrl
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


class TemperatureTable(Table):
    """A temperature collector on a bus (R4DCB08 kind, eight channels): which channel is which probe."""

    slave: Slave
    channels: Annotated[
        dict[Annotated[str, Field(pattern="^[0-7]$")], Id],
        Field(min_length=1),
        Allowed(
            'channels are "0" to "7", each with the id of its probe (a-z, 0-9, "-"), e.g. { "0" = "fridge-1-load" }',
            '通道为 "0" 到 "7"，值为其探头编号（a-z、0-9、"-"），例如 { "0" = "fridge-1-load" }',
        ),
    ]
    poll_s: Seconds = 20


class InputTable(Table):
    """One input of a module with dry contacts, and what is wired to it."""

    input: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=0, lt=INPUTS_MAX),
        Allowed(
            f"an input from 0 to {INPUTS_MAX - 1}; 0 is the first, often printed DI1",
            f"输入点 0 到 {INPUTS_MAX - 1}；0 为第一路（模块上常标 DI1）",
        ),
    ]
    id: Id
    kind: Annotated[ContactKind, CONTACT_KINDS]
    inverted: Annotated[
        bool,
        Field(strict=True),
        Allowed(
            "true if the contact is wired the other way round (normally closed), else false or left out",
            "接线相反（常闭触点）时为 true，否则为 false 或省略",
        ),
    ] = False


class ContactsTable(Table):
    """A module with dry contacts on a bus: `door` and `mains` are a short way for its inputs 0 and 1."""

    slave: Slave
    door: OptionalId = None
    mains: OptionalId = None
    input: Annotated[
        tuple[InputTable, ...],
        Field(max_length=INPUTS_MAX),
        Allowed(f"up to {INPUTS_MAX} tables [[bus.contacts.input]]", f"最多 {INPUTS_MAX} 个表 [[bus.contacts.input]]"),
    ] = ()
    poll_s: Seconds = 1

    def inputs(self) -> tuple[InputPlan, ...]:
        """Return all that is wired, the short way first."""
        listed = (InputPlan(number=i.input, contact=i.id, kind=i.kind, inverted=i.inverted) for i in self.input)
        return (*door_and_mains(self.door, self.mains), *listed)


class BusTable(Table):
    """One serial line (RS-485) with its devices."""

    port: SerialPort
    baud: Baud = 9600
    temperature: Annotated[
        tuple[TemperatureTable, ...], Allowed("tables [[bus.temperature]]", "表 [[bus.temperature]]")
    ] = ()
    contacts: Annotated[tuple[ContactsTable, ...], Allowed("tables [[bus.contacts]]", "表 [[bus.contacts]]")] = ()


class GatewayReaderTable(Table):
    """A UHF reader inside a fridge; `door` is the door or lid contact whose closing starts a count."""

    id: Id
    port: SerialPort
    baud: Baud = 115200
    door: Id
    idle_cycle_s: Seconds = 300
    cycle_ms: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=100, le=60_000),
        Allowed("milliseconds from 100 to 60000", "100 到 60000 毫秒"),
    ] = 1500


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

    tables: ClassVar[frozenset[str]] = frozenset({"gateway", "mqtt", "spool", "metrics"})
    gateway: Annotated[GatewayTable, Allowed("a table [gateway] with id and site", "表 [gateway]，含 id 和 site")]
    mqtt: Annotated[GatewayMqttTable, Allowed("a table [mqtt] with url", "表 [mqtt]，含 url")]
    spool: Annotated[SpoolTable, Allowed("a table [spool] with path", "表 [spool]，含 path")]
    bus: Annotated[tuple[BusTable, ...], Allowed("tables [[bus]]", "表 [[bus]]")] = ()
    reader: Annotated[tuple[GatewayReaderTable, ...], Allowed("tables [[reader]]", "表 [[reader]]")] = ()
    dock: Annotated[tuple[DockTable, ...], Allowed("tables [[dock]]", "表 [[dock]]")] = ()
    metrics: Annotated[MetricsTable, Allowed("a table [metrics]", "表 [metrics]")] = MetricsTable()


def gateway_problems(settings: GatewaySettings) -> list[Problem]:
    """Return what is wrong between the tables: ports, addresses, inputs and ids used twice, a door that is none."""
    found = used_twice(_ports(settings))
    for i, bus in enumerate(settings.bus):
        found += used_twice(_slaves(i, bus))
        for j, contacts in enumerate(bus.contacts):
            found += used_twice(_inputs(("bus", i, "contacts", j), contacts))
    found += used_twice(_origins(settings))
    found += _empty_contacts(settings)
    tables = [contacts for bus in settings.bus for contacts in bus.contacts]
    doors = [wired.contact for contacts in tables for wired in contacts.inputs() if wired.kind in DOORS]
    for i, reader in enumerate(settings.reader):
        found += one_of(("reader", i, "door"), reader.door, doors, "bus.contacts")
    for i, dock in enumerate(settings.dock):
        found += used_twice((("dock", i, "boxes", j), box) for j, box in enumerate(dock.boxes))
        found += _own_id(("dock", i, "boxes"), settings.gateway.id, dock.boxes)
    return found


def plan_of(settings: GatewaySettings) -> EdgePlan:
    """Return what the edge watches, as plain data."""
    return EdgePlan(
        gateway=settings.gateway.id,
        buses=tuple(_bus_plan(bus) for bus in settings.bus),
        readers=tuple(_reader_plan(reader) for reader in settings.reader),
    )


def docks_of(settings: GatewaySettings) -> tuple[DockPlan, ...]:
    """Return the lines on which boxes are read out, as plain data."""
    return tuple(DockPlan(port=dock.port, baud=dock.baud, boxes=dock.boxes) for dock in settings.dock)


def _bus_plan(bus: BusTable) -> BusPlan:
    return BusPlan(
        port=bus.port,
        baud=bus.baud,
        temperature=tuple(
            TemperaturePlan(
                slave=table.slave,
                channels={int(channel): probe for channel, probe in sorted(table.channels.items())},
                poll_ms=table.poll_s * 1_000,
            )
            for table in bus.temperature
        ),
        contacts=tuple(
            ContactPlan(slave=table.slave, poll_ms=table.poll_s * 1_000, inputs=table.inputs())
            for table in bus.contacts
        ),
    )


def _reader_plan(reader: GatewayReaderTable) -> ReaderPlan:
    return ReaderPlan(
        id=reader.id,
        port=reader.port,
        door=reader.door,
        baud=reader.baud,
        idle_cycle_ms=reader.idle_cycle_s * 1_000,
        cycle_ms=reader.cycle_ms,
    )


def _ports(settings: GatewaySettings) -> Iterable[tuple[Loc, str]]:
    yield from ((("bus", i, "port"), bus.port) for i, bus in enumerate(settings.bus))
    yield from ((("reader", i, "port"), reader.port) for i, reader in enumerate(settings.reader))
    yield from ((("dock", i, "port"), dock.port) for i, dock in enumerate(settings.dock))


def _slaves(number: int, bus: BusTable) -> Iterable[tuple[Loc, str]]:
    yield from ((("bus", number, "temperature", i, "slave"), str(t.slave)) for i, t in enumerate(bus.temperature))
    yield from ((("bus", number, "contacts", i, "slave"), str(c.slave)) for i, c in enumerate(bus.contacts))


def wired_inputs(table: Loc, contacts: ContactsTable) -> Iterable[tuple[Loc, Loc, InputPlan]]:
    """Yield for all that is wired to a module where its number stands in the file, where its id stands, and itself."""
    short = door_and_mains(contacts.door, contacts.mains)
    for wired in short:
        yield (*table, wired.kind.value), (*table, wired.kind.value), wired
    listed = contacts.inputs()[len(short) :]
    for k, wired in enumerate(listed):
        yield (*table, "input", k, "input"), (*table, "input", k, "id"), wired


def _inputs(table: Loc, contacts: ContactsTable) -> Iterable[tuple[Loc, str]]:
    yield from ((number_at, str(wired.number)) for number_at, _, wired in wired_inputs(table, contacts))


def _own_id(loc: Loc, gateway: str, boxes: tuple[str, ...]) -> list[Problem]:
    what = Text(
        en=f"names this gateway itself ({gateway}); write the ids of the boxes, each a gateway of its own",
        zh=f"写成了本网关自身（{gateway}）；请填写运血箱的编号，每个运血箱都是独立的网关",
    )
    return [Problem(key=key_text(loc), what=what)] if gateway in boxes else []


def _origins(settings: GatewaySettings) -> Iterable[tuple[Loc, str]]:
    """Yield every id that will stand as the origin of facts; two devices under one id could not be told apart."""
    for i, bus in enumerate(settings.bus):
        for j, temperature in enumerate(bus.temperature):
            for channel, probe in temperature.channels.items():
                yield ("bus", i, "temperature", j, "channels", channel), probe
        for j, contacts in enumerate(bus.contacts):
            yield from ((id_at, wired.contact) for _, id_at, wired in wired_inputs(("bus", i, "contacts", j), contacts))
    yield from ((("reader", i, "id"), reader.id) for i, reader in enumerate(settings.reader))


def _empty_contacts(settings: GatewaySettings) -> list[Problem]:
    what = Text(
        en="watches nothing; write door, mains, or tables [[bus.contacts.input]]",
        zh="没有监视任何触点；请填写 door、mains 或表 [[bus.contacts.input]]",
    )
    return [
        Problem(key=key_text(("bus", i, "contacts", j)), what=what)
        for i, bus in enumerate(settings.bus)
        for j, contacts in enumerate(bus.contacts)
        if not contacts.inputs()
    ]
