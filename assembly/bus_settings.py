"""The tables of gateway.toml for a line of Modbus devices: collectors, contact modules, devices by register map."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from assembly.device_settings import (
    DeviceTable,
    Framing,
    Origin,
    device_origins,
    device_plan,
    device_problems,
    probe_origins,
    with_absolute_map,
)
from assembly.problems import Allowed, Loc, Problem, key_text, used_twice
from assembly.settings_types import CONTACT_KINDS, Baud, Id, OptionalId, Seconds, SerialPort, Slave, Table, a_number
from coldchain.places import ContactKind, Text
from gateway.plan import (
    FRAMING,
    INPUTS_MAX,
    BusPlan,
    ButtonPlan,
    ContactPlan,
    InputPlan,
    TemperaturePlan,
    door_and_mains,
)


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
    button: Annotated[
        int | None,
        BeforeValidator(a_number),
        Field(ge=0, lt=INPUTS_MAX),
        Allowed(
            f"the input of the mute button, from 0 to {INPUTS_MAX - 1}, or leave it out",
            f"静音按钮的输入点 0 到 {INPUTS_MAX - 1}，或省略",
        ),
    ] = None
    button_inverted: Annotated[
        bool,
        Field(strict=True),
        Allowed(
            "true if the button is normally closed, else false or left out", "常闭按钮为 true，否则为 false 或省略"
        ),
    ] = False

    def inputs(self) -> tuple[InputPlan, ...]:
        """Return all that is wired, the short way first."""
        listed = (InputPlan(number=i.input, contact=i.id, kind=i.kind, inverted=i.inverted) for i in self.input)
        return (*door_and_mains(self.door, self.mains), *listed)


class BusTable(Table):
    """One serial line (RS-485) with its devices, or an address such as tcp://host:502."""

    port: SerialPort
    baud: Baud = 9600
    framing: Framing = FRAMING
    temperature: Annotated[
        tuple[TemperatureTable, ...], Allowed("tables [[bus.temperature]]", "表 [[bus.temperature]]")
    ] = ()
    contacts: Annotated[tuple[ContactsTable, ...], Allowed("tables [[bus.contacts]]", "表 [[bus.contacts]]")] = ()
    device: Annotated[tuple[DeviceTable, ...], Allowed("tables [[bus.device]]", "表 [[bus.device]]")] = ()


def bus_problems(number: int, bus: BusTable, folder: Path) -> list[Problem]:
    """Return what is wrong on one line: addresses and inputs used twice, a device that watches nothing or cannot be."""
    found = used_twice(_slaves(number, bus))
    for j, contacts in enumerate(bus.contacts):
        found += used_twice(_inputs(("bus", number, "contacts", j), contacts))
    for j, device in enumerate(bus.device):
        found += device_problems(("bus", number, "device", j), device, folder)
    return found + _empty_contacts(number, bus)


def bus_origins(number: int, bus: BusTable, folder: Path) -> Iterable[Origin]:
    """Yield every probe and contact of one line."""
    for j, temperature in enumerate(bus.temperature):
        yield from probe_origins(("bus", number, "temperature", j, "channels"), temperature.channels)
    for j, contacts in enumerate(bus.contacts):
        for _, at, wired in wired_inputs(("bus", number, "contacts", j), contacts):
            yield Origin(loc=at, id=wired.contact, contact=wired)
    for j, device in enumerate(bus.device):
        yield from device_origins(("bus", number, "device", j), device, folder)


def with_absolute_maps(bus: BusTable, folder: Path) -> BusTable:
    """Return a bus whose devices name their own register maps by whole paths; relative ones start at `folder`."""
    return bus.model_copy(update={"device": tuple(with_absolute_map(device, folder) for device in bus.device)})


def bus_plan(bus: BusTable) -> BusPlan:
    """Return the plan of one line."""
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
            ContactPlan(
                slave=table.slave, poll_ms=table.poll_s * 1_000, inputs=table.inputs(), button=_button_plan(table)
            )
            for table in bus.contacts
        ),
        devices=tuple(device_plan(table) for table in bus.device),
        framing=bus.framing,
    )


def _button_plan(table: ContactsTable) -> ButtonPlan | None:
    return None if table.button is None else ButtonPlan(number=table.button, inverted=table.button_inverted)


def _slaves(number: int, bus: BusTable) -> Iterable[tuple[Loc, str]]:
    yield from ((("bus", number, "temperature", i, "slave"), str(t.slave)) for i, t in enumerate(bus.temperature))
    yield from ((("bus", number, "contacts", i, "slave"), str(c.slave)) for i, c in enumerate(bus.contacts))
    yield from ((("bus", number, "device", i, "slave"), str(d.slave)) for i, d in enumerate(bus.device))


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
    if contacts.button is not None:
        yield (*table, "button"), str(contacts.button)


def _empty_contacts(number: int, bus: BusTable) -> list[Problem]:
    what = Text(
        en="watches nothing; write door, mains, or tables [[bus.contacts.input]]",
        zh="没有监视任何触点；请填写 door、mains 或表 [[bus.contacts.input]]",
    )
    return [
        Problem(key=key_text(("bus", number, "contacts", j)), what=what)
        for j, table in enumerate(bus.contacts)
        if not table.inputs() and table.button is None
    ]
