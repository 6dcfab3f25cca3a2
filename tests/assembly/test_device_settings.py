"""gateway.toml for devices by register map, on 1-Wire, with lines of text, with drivers: what may go wrong."""

from pathlib import Path

import pytest

from assembly.comparing import _reads
from assembly.gateway_settings import gateway_problems, plan_of
from assembly.settings import SettingsError, load_gateway
from assembly.starting import described
from coldchain.places import ContactKind
from gateway.maps import load_map
from gateway.plan import BusPlan, DevicePlan, DriverPlan, W1Plan

HEAD = """
[gateway]
id = "gw-1"
site = "storage-1"
[mqtt]
url = "mqtt://127.0.0.1:1883"
[spool]
path = "spool.sqlite"
"""
DEVICES = r"""
[[bus]]
port = "/dev/a"
framing = "8E1"
[[bus.device]]
slave = 3
map = "xy-md02-x10"
channels = { "0" = "fridge-1-air" }
[[bus.device]]
slave = 4
map = "mine.toml"
channels = { "room" = "fridge-2-air" }
contacts = { door = "fridge-2-door" }
poll_s = 10
[[bus]]
port = "tcp://10.0.0.7:502"
[[bus.device]]
slave = 1
map = "controller-x10"
channels = { "room" = "fridge-3-air" }
registers = { "room" = 256, "room.min" = 300 }
[[w1]]
probes = { "28-0316a2795bff" = "fridge-4-air" }
[[ascii]]
port = "/dev/c"
line = '(?P<channel>\d)=(?P<value>\S+)'
channels = { "1" = "fridge-5-air" }
fault = ["ERR"]
[[driver]]
driver = "acme"
port = "/dev/d"
channels = { "x" = "fridge-6-air" }
settings = { gain = 2 }
[[reader]]
id = "fridge-2-reader"
port = "/dev/e"
door = "fridge-2-door"
"""
MAP = """
format = 1
name = "mine"
version = 1
en = "My controller"
zh = "控制器"
source = "its sheet"
confirmed = false
[reading]
function = 3
type = "int16"
order = "ABCD"
scale = "0.1"
least = "-50"
most = "50"
[channel.room]
register = 7
[contact.door]
function = 2
address = 0
kind = "door"
"""


def write(folder: Path, text: str) -> Path:
    (folder / "mine.toml").write_text(MAP, encoding="utf-8")
    path = folder / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_gateway(write(folder, text))
    return str(caught.value)


def test_devices_of_all_kinds_become_the_plan_of_the_edge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, HEAD + DEVICES)
    monkeypatch.chdir("/")  # a map of one's own lies beside the settings, wherever the gateway is started
    plan = plan_of(load_gateway(path))
    mine = load_map(str(tmp_path / "mine.toml"))
    assert plan.buses[0] == BusPlan(
        port="/dev/a",
        framing="8E1",
        devices=(
            DevicePlan(slave=3, map=load_map("xy-md02-x10"), channels={"0": "fridge-1-air"}, poll_ms=20_000),
            DevicePlan(
                slave=4,
                map=mine,
                channels={"room": "fridge-2-air"},
                poll_ms=10_000,
                contacts={"door": "fridge-2-door"},
            ),
        ),
    )
    (controller,) = plan.buses[1].devices
    room = controller.map.channel("room")
    assert room is not None
    assert (plan.buses[1].port, room.register, room.stored_min, room.stored_max) == (
        "tcp://10.0.0.7:502",
        256,
        300,
        None,
    )
    assert plan.w1 == (
        W1Plan(folder="/sys/bus/w1/devices", probes={"28-0316a2795bff": "fridge-4-air"}, poll_ms=20_000),
    )
    logger, acme = plan.drivers
    assert (logger.driver, logger.settings["fault"], logger.settings["ask"]) == ("ascii-line", ("ERR",), "")
    assert acme == DriverPlan(
        driver="acme", port="/dev/d", channels={"x": "fridge-6-air"}, poll_ms=20_000, settings={"gain": 2}
    )


def test_what_is_set_up_is_told_and_a_map_that_nobody_confirmed_is_named(tmp_path: Path) -> None:
    settings = load_gateway(write(tmp_path, HEAD + DEVICES))
    told = "\n".join(described(Path("gateway.toml"), settings))
    for words in (
        "bus /dev/a, 9600 baud 8E1",
        "bus tcp://10.0.0.7:502, Modbus TCP",
        "probe fridge-1-air: slave 3 channel 0, every 20 s",
        "map mine is not confirmed: compare the first readings with a thermometer",
        "contact fridge-2-door: slave 4, its own contact door",
        "probe fridge-4-air: sensor 28-0316a2795bff",
        "/dev/c, 9600 baud 8N1, lines of text",
        "driver acme",
    ):
        assert words in told
    assert "map xy-md02-x10 is not confirmed" not in told


def test_all_that_is_read_is_compared_with_the_servers_file(tmp_path: Path) -> None:
    settings = load_gateway(write(tmp_path, HEAD + DEVICES))
    reads = {read.id: (read.what, read.kind) for read in _reads(settings)}
    assert reads.pop("fridge-2-door") == ("contact", ContactKind.DOOR)
    assert reads.pop("fridge-2-reader") == ("reader", None)
    assert reads == {f"fridge-{n}-air": ("probe", None) for n in range(1, 7)}
    assert gateway_problems(settings) == []


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('map = "xy-md02-x10"', 'map = "xy-md02"', 'bus[1].device[1].map = "xy-md02": there is no register map'),
        ('map = "xy-md02-x10"', 'map = "xy-md02"', "write controller-x1, controller-x10, float32-cdab"),
        ('map = "mine.toml"', 'map = "yours.toml"', "bus[1].device[2].map"),
        ('{ "0" = "fridge-1-air" }', '{ "1" = "fridge-1-air" }', "does not stand in map xy-md02-x10, which has: 0"),
        ('{ "0" = "fridge-1-air" }', "{ }", "bus[1].device[1] watches nothing; write channels or contacts"),
        ("{ door =", "{ gate =", "bus[1].device[2].contacts.gate does not stand in map mine, which has: door"),
        ('registers = { "room" = 256, "room.min" = 300 }', "", 'write registers = { "room" = ... } from the sheet'),
        ('"room" = 256', '"room" = 70000', "a channel = its register, 0 to 65535"),
        ('"room" = 256', '"cellar" = 256', "has no channel for register 'cellar'"),
        ("slave = 4", "slave = 3", 'bus[1].device[2].slave = "3" stands at bus[1].device[1].slave already'),
        ("slave = 4", "slave = 0", "a Modbus address from 1 to 247"),
        ("fridge-2-air", "fridge-1-air", '"fridge-1-air" stands at bus[1].device[1].channels.0 already'),
        ("fridge-4-air", "fridge-1-air", "w1[1].probes.28-0316a2795bff"),
        ("28-0316a2795bff", "10-0316a2795bff", "a sensor = the id of its probe"),
        ("(?P<value>", "(?P<number>", 'ascii[1].line cannot be used: line has no group "value"'),
        ('"/dev/c"', '"/dev/a"', 'ascii[1].port = "/dev/a" stands at bus[1].port already'),
        ('framing = "8E1"', 'framing = "9E1"', "data bits, parity and stop bits as in the device"),
        ('driver = "acme"', "", "driver[1].driver is missing; write the name of an installed driver"),
        ('door = "fridge-2-door"\n', 'door = "fridge-2-gate"\n', "reader[1].door"),
    ],
)
def test_what_is_written_wrongly_is_named_with_what_is_allowed(
    tmp_path: Path, right: str, wrong: str, says: str
) -> None:
    text = HEAD + DEVICES
    assert right in text
    assert says in complaint(tmp_path, text.replace(right, wrong, 1))
