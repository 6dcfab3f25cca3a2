"""gateway.toml: what a technician can write wrongly, and what he is told."""

from pathlib import Path

import pytest
from support.starters import whole_starter

from assembly.gateway_settings import SPOOL_BYTES_LEAST, plan_of
from assembly.settings import SettingsError, load_gateway
from assembly.starting import starter_text
from coldchain.places import ContactKind
from gateway.plan import (
    BusPlan,
    ContactPlan,
    EdgePlan,
    InputPlan,
    ReaderPlan,
    TemperaturePlan,
    door_and_mains,
)
from gateway.spool import BYTES_MIN

HEAD = """
[gateway]
id = "gw-1"
site = "storage-1"
[mqtt]
url = "mqtt://127.0.0.1:1883"
[spool]
path = "spool.sqlite"
"""
READER = """
[[reader]]
id = "fridge-1-reader"
port = "/dev/b"
door = "fridge-1-door"
"""
BUS = """
[[bus]]
port = "/dev/a"
[[bus.temperature]]
slave = 1
channels = { "1" = "fridge-1-air", "0" = "fridge-1-load" }
[[bus.contacts]]
slave = 2
door = "fridge-1-door"
mains = "fridge-1-mains"
"""


def write(folder: Path, text: str) -> Path:
    """Write a gateway.toml and return its path."""
    path = folder / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> list[str]:
    """Return the lines that a wrong file earns."""
    with pytest.raises(SettingsError) as caught:
        load_gateway(write(folder, text))
    return str(caught.value).splitlines()


def test_a_fridge_becomes_the_plan_of_the_edge(tmp_path: Path) -> None:
    settings = load_gateway(write(tmp_path, HEAD + BUS + READER))
    assert plan_of(settings) == EdgePlan(
        gateway="gw-1",
        buses=(
            BusPlan(
                port="/dev/a",
                baud=9_600,
                temperature=(
                    TemperaturePlan(slave=1, channels={0: "fridge-1-load", 1: "fridge-1-air"}, poll_ms=20_000),
                ),
                contacts=(
                    ContactPlan(slave=2, poll_ms=1_000, inputs=door_and_mains("fridge-1-door", "fridge-1-mains")),
                ),
            ),
        ),
        readers=(ReaderPlan(id="fridge-1-reader", port="/dev/b", door="fridge-1-door"),),
    )


def test_a_gateway_without_devices_only_sends_what_its_spool_holds(tmp_path: Path) -> None:
    settings = load_gateway(write(tmp_path, HEAD))
    assert plan_of(settings) == EdgePlan(gateway="gw-1")
    assert (settings.mqtt.items_max, settings.mqtt.heartbeat_s, settings.metrics.port) == (500, 15, None)
    assert settings.spool.bytes_max == 512 * 1024 * 1024


def test_a_relative_spool_lies_beside_its_settings_file_wherever_the_gateway_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = write(tmp_path, HEAD)
    monkeypatch.chdir(elsewhere)
    assert load_gateway(path).spool.path == tmp_path / "spool.sqlite"
    assert load_gateway(Path("../gateway.toml")).spool.path == tmp_path / "spool.sqlite"


def test_a_byte_order_mark_of_a_windows_editor_does_no_harm(tmp_path: Path) -> None:
    assert load_gateway(write(tmp_path, "\ufeff" + HEAD.lstrip())).gateway.id == "gw-1"


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('id = "gw-1"', 'id = "GW 1"', "gateway.id = \"GW 1\" is not allowed; allowed: 1 to 32 of a-z, 0-9 and '-'"),
        ('id = "gw-1"', "id = 7", "gateway.id = 7 is not allowed"),
        ('id = "gw-1"', "", "gateway.id is missing; write 1 to 32 of a-z"),
        ('site = "storage-1"', f'site = "{"s" * 33}"', "gateway.site = "),
        (
            'url = "mqtt://127.0.0.1:1883"',
            'url = "http://x"',
            'mqtt.url = "http://x" is not allowed; allowed: "mqtt://',
        ),
        ('url = "mqtt://127.0.0.1:1883"', 'url = "mqtt://x:99999"', "mqtt.url ="),
        ('url = "mqtt://127.0.0.1:1883"', 'url = "mqtts://x:8883"', "mqtt needs ca"),
        ("[spool]", 'ca = "ca.crt"\n[spool]', "url must begin with mqtts://"),
        ('url = "mqtt://127.0.0.1:1883"', 'url = "mqtt://"', "mqtt.url ="),
        (
            "[spool]",
            "items_max = 501\n[spool]",
            "mqtt.items_max = 501 is not allowed; allowed: items in one batch, from 1",
        ),
        ("[spool]", "heartbeat_s = true\n[spool]", "mqtt.heartbeat_s = true is not allowed; allowed: whole seconds"),
        ("[spool]", "heartbeat_s = 1.5\n[spool]", "mqtt.heartbeat_s = 1.5 is not allowed"),
        (
            "[spool]",
            "heartbeat = 15\n[spool]",
            "mqtt.heartbeat is not a known key; allowed in mqtt: url, ca, cert, key, ",
        ),
        ("[spool]", "[spol]", "spol is not a known key; allowed at the top of the file: gateway, mqtt, spool, bus"),
        ("[spool]", "[spol]", "spool is missing; write a table [spool] with path"),
        (
            'path = "spool.sqlite"',
            'path = "s"\nbytes_max = 1000',
            "spool.bytes_max = 1000 is not allowed; allowed: bytes",
        ),
        ("[[bus]]", "[[bus]]\nbaud = 9601", "bus[1].baud = 9601 is not allowed; allowed: 1200, 2400"),
        (
            "slave = 1",
            "slave = 0",
            "bus[1].temperature[1].slave = 0 is not allowed; allowed: a Modbus address from 1 to 247",
        ),
        ("slave = 2", "slave = 248", "bus[1].contacts[1].slave = 248 is not allowed"),
        (
            '"1" = "fridge-1-air"',
            '"8" = "fridge-1-air"',
            'channels.8 is no key that can stand here; allowed: channels are "0" to "7"',
        ),
        ('"1" = "fridge-1-air"', '"1" = "Luft"', 'channels.1 = "Luft" is not allowed'),
        ("slave = 2", "slave = 1", 'bus[1].contacts[1].slave = "1" stands at bus[1].temperature[1].slave already'),
        ('port = "/dev/b"', 'port = "/dev/a"', 'reader[1].port = "/dev/a" stands at bus[1].port already'),
        (
            '"fridge-1-air"',
            '"fridge-1-load"',
            'channels.0 = "fridge-1-load" stands at bus[1].temperature[1].channels.1',
        ),
        (
            'door = "fridge-1-door"\nmains = "fridge-1-mains"',
            'door = "door-9"',
            'reader[1].door = "fridge-1-door" is not allowed; allowed: an id of this file: door-9',
        ),
        (
            'door = "fridge-1-door"\nmains = "fridge-1-mains"',
            "",
            "bus[1].contacts[1] watches nothing; write door, mains, or tables [[bus.contacts.input]]",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_with_what_is_allowed(
    tmp_path: Path, right: str, wrong: str, says: str
) -> None:
    text = HEAD + BUS + READER
    assert right in text
    lines = complaint(tmp_path, text.replace(right, wrong, 1))
    assert any(f"gateway.toml: {says}" in line or says in line for line in lines), lines


MODULE = """
[[bus]]
port = "/dev/a"
[[bus.contacts]]
slave = 2
poll_s = 2
[[bus.contacts.input]]
input = 0
id = "fridge-1-door"
kind = "door"
[[bus.contacts.input]]
input = 15
id = "box-9-lid"
kind = "lid"
inverted = true
"""
DOCK = """
[[dock]]
port = "/dev/c"
boxes = ["box-1", "box-2"]
"""


def test_the_inputs_of_a_module_are_listed_one_by_one(tmp_path: Path) -> None:
    settings = load_gateway(write(tmp_path, HEAD + MODULE + READER))
    assert plan_of(settings).buses[0].contacts == (
        ContactPlan(
            slave=2,
            poll_ms=2_000,
            inputs=(
                InputPlan(number=0, contact="fridge-1-door", kind=ContactKind.DOOR),
                InputPlan(number=15, contact="box-9-lid", kind=ContactKind.LID, inverted=True),
            ),
        ),
    )


def test_door_and_mains_are_a_short_way_that_stands_beside_listed_inputs(tmp_path: Path) -> None:
    text = HEAD + MODULE.replace("input = 0", "input = 2").replace("poll_s = 2", 'door = "d"\nmains = "m"') + READER
    (contacts,) = plan_of(load_gateway(write(tmp_path, text))).buses[0].contacts
    assert [(one.number, one.contact, one.kind) for one in contacts.inputs] == [
        (0, "d", ContactKind.DOOR),
        (1, "m", ContactKind.MAINS),
        (2, "fridge-1-door", ContactKind.DOOR),
        (15, "box-9-lid", ContactKind.LID),
    ]


def test_a_dock_names_its_line_and_its_boxes(tmp_path: Path) -> None:
    (dock,) = load_gateway(write(tmp_path, HEAD + DOCK)).dock
    assert (dock.port, dock.baud, dock.boxes) == ("/dev/c", 115_200, ("box-1", "box-2"))


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("input = 15", "input = 16", "contacts[1].input[2].input = 16 is not allowed; allowed: an input from 0 to 15"),
        ("input = 15", "input = -1", "contacts[1].input[2].input = -1 is not allowed"),
        ("input = 15", "", "contacts[1].input[2].input is missing; write an input from 0 to 15"),
        ("input = 15", "input = 0", 'input[2].input = "0" stands at bus[1].contacts[1].input[1].input already'),
        ("poll_s = 2", 'door = "d"', 'input[1].input = "0" stands at bus[1].contacts[1].door already'),
        ('"box-9-lid"', '"fridge-1-door"', 'input[2].id = "fridge-1-door" stands at bus[1].contacts[1].input[1].id'),
        ('kind = "lid"', 'kind = "window"', 'input[2].kind = "window" is not allowed; allowed: "door", "lid", "mains"'),
        ('kind = "lid"', "", 'input[2].kind is missing; write "door", "lid", "mains"'),
        ("inverted = true", "inverted = 1", "input[2].inverted = 1 is not allowed; allowed: true if the contact is"),
        ("inverted = true", "invert = true", "input[2].invert is not a known key; allowed in bus[1].contacts[1].input"),
        ('kind = "door"', 'kind = "motion"', 'reader[1].door = "fridge-1-door" is not allowed; allowed: an id of this'),
        ('["box-1", "box-2"]', "[]", "dock[1].boxes = [] is not allowed; allowed: the ids of 1 to 500 boxes"),
        ('["box-1", "box-2"]', '["box-1", "Box 2"]', 'dock[1].boxes[2] = "Box 2" is not allowed; allowed: the ids'),
        ('["box-1", "box-2"]', '["box-1", "box-1"]', 'dock[1].boxes[2] = "box-1" stands at dock[1].boxes[1] already'),
        ('["box-1", "box-2"]', '["gw-1"]', "dock[1].boxes names this gateway itself (gw-1); write the ids of the"),
        ('port = "/dev/c"', 'port = "/dev/a"', 'dock[1].port = "/dev/a" stands at bus[1].port already'),
        ('port = "/dev/c"', 'port = "/dev/c"\nbaud = 0', "dock[1].baud = 0 is not allowed; allowed: 1200, 2400"),
    ],
)
def test_a_wrong_input_or_dock_is_named_with_what_is_allowed(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    text = HEAD + MODULE + READER + DOCK
    assert right in text
    lines = complaint(tmp_path, text.replace(right, wrong, 1))
    assert any(says in line for line in lines), lines
    assert len(lines) % 2 == 0
    assert all("不" in line or "缺少" in line or "已用于" in line or "写成" in line for line in lines[1::2])


def test_every_complaint_stands_in_both_languages_one_line_each(tmp_path: Path) -> None:
    lines = complaint(tmp_path, HEAD.replace('"gw-1"', '"GW"').replace('site = "storage-1"', ""))
    file = tmp_path / "gateway.toml"
    assert lines == [
        f"{file}: gateway.id = \"GW\" is not allowed; allowed: 1 to 32 of a-z, 0-9 and '-'",
        f"{file}：gateway.id = \"GW\" 不允许；允许的值：1 到 32 个字符：a-z、0-9 和 '-'",
        f"{file}: gateway.site is missing; write 1 to 32 of a-z, 0-9 and '-'",
        f"{file}：gateway.site 缺少；请填写：1 到 32 个字符：a-z、0-9 和 '-'",
    ]


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    lines = complaint(tmp_path, HEAD.replace("mqtt://127.0.0.1:1883", "amqp://gw-1:open-sesame@broker"))
    assert "open-sesame" not in "\n".join(lines)
    assert 'mqtt.url = "amqp://gw-1:***@broker"' in lines[0]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"[gateway\n", "is not valid TOML"),
        (b'[gateway]\nid = "a"\nid = "b"\n', "is not valid TOML"),
        (b"[" * 5_000, "is not valid TOML"),
        (b"\xff\xfe[\x00", "is not UTF-8 text (byte 0)"),
    ],
)
def test_a_file_that_cannot_be_read_as_settings_is_said_to_be_so(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_bytes(raw)
    with pytest.raises(SettingsError, match=r"gateway\.toml") as caught:
        load_gateway(path)
    assert says in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml: cannot be read: No such file"):
        load_gateway(tmp_path / "missing.toml")
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_gateway(tmp_path)


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCHAIN_MQTT__URL", "mqtt://broker.example:2883")
    monkeypatch.setenv("COLDCHAIN_SPOOL__BYTES_MAX", "2000000")
    monkeypatch.setenv("COLDCHAIN_GATEWAY__SITE", "")  # an empty variable is none
    settings = load_gateway(write(tmp_path, HEAD))
    assert settings.mqtt.url == "mqtt://broker.example:2883"
    assert settings.spool.bytes_max == 2_000_000
    assert settings.gateway.site == "storage-1"


def test_a_wrong_value_of_the_environment_is_traced_to_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCHAIN_MQTT__ITEMS_MAX", "many")
    monkeypatch.setenv("COLDCHAIN_MQTT__ULR", "mqtt://x")
    lines = complaint(tmp_path, HEAD)
    assert any('mqtt.items_max = "many"' in line and "variable COLDCHAIN_MQTT__ITEMS_MAX" in line for line in lines)
    assert any("mqtt.ulr is not a known key" in line and "variable COLDCHAIN_MQTT__ULR" in line for line in lines)


def test_a_misspelt_table_in_the_environment_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCHAIN_MQQT__URL", "mqtt://x")
    lines = complaint(tmp_path, HEAD)
    assert "COLDCHAIN_MQQT__URL is an environment variable that reaches no table" in lines[0]


def test_the_variables_of_a_server_on_the_same_machine_do_not_disturb_a_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCHAIN_SERVER__HTTP_PORT", "9000")
    monkeypatch.setenv("COLDCHAIN_BUILD", "7")
    assert load_gateway(write(tmp_path, HEAD)).gateway.id == "gw-1"


def test_the_least_spool_is_the_one_that_the_spool_itself_takes() -> None:
    assert SPOOL_BYTES_LEAST == BYTES_MIN


def test_the_starting_file_sets_up_the_first_fridge(tmp_path: Path) -> None:
    settings = load_gateway(write(tmp_path, starter_text("gateway.toml")))
    plan = plan_of(settings)
    assert [reader.id for reader in plan.readers] == ["fridge-1-reader"]
    assert plan.buses[0].temperature[0].channels == {0: "fridge-1-load", 1: "fridge-1-air"}
    assert plan.buses[0].contacts[0].inputs == door_and_mains("fridge-1-door", "site-mains")
    assert settings.dock == ()


def test_what_the_starting_file_hides_is_a_whole_storage_point(tmp_path: Path) -> None:
    settings = load_gateway(write(tmp_path, whole_starter("gateway.toml")))
    plan = plan_of(settings)
    assert [reader.door for reader in plan.readers] == ["fridge-1-door", "fridge-2-door"]
    assert len(plan.buses[0].temperature[0].channels) == 8
    assert [one.number for one in plan.buses[0].contacts[0].inputs] == list(range(8))
    assert {one.kind for one in plan.buses[0].contacts[0].inputs} == set(ContactKind) - {ContactKind.LID}
    assert settings.dock[0].boxes == ("box-1",)
    assert settings.metrics.port == 9101
