"""server.toml: what is registered, and the mistakes between its tables."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel
from support.starters import whole_starter

from assembly.gateway_settings import GatewaySettings, plan_of
from assembly.problems import Allowed
from assembly.server_settings import ServerSettings, setup_of
from assembly.settings import SettingsError, load_any, load_gateway, load_server
from assembly.starting import starter_text
from coldchain.places import Contact, ContactKind, Gateway, Place, PlaceKind, Probe, ProbeRole, Reader, Text

HEAD = """
[server]
site = "storage-1"
data_dir = "data"
[mqtt]
url = "mqtt://127.0.0.1:1883"
"""
DEVICES = """
[[gateway]]
id = "gw-1"
[[place]]
id = "fridge-1"
name_zh = "一号"
name_en = "One"
profile = "cn-rbc"
profile_version = 1
[[probe]]
id = "fridge-1-load"
place = "fridge-1"
gateway = "gw-1"
role = "load"
[[reader]]
id = "fridge-1-reader"
place = "fridge-1"
gateway = "gw-1"
[[contact]]
id = "fridge-1-door"
place = "fridge-1"
gateway = "gw-1"
"""


def write(folder: Path, text: str) -> Path:
    """Write a server.toml and return its path."""
    path = folder / "server.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_tables_become_what_is_registered_each_after_what_it_names(tmp_path: Path) -> None:
    settings = load_server(write(tmp_path, HEAD + DEVICES))
    assert setup_of(settings) == [
        Gateway(id="gw-1", site="storage-1"),
        Place(id="fridge-1", site="storage-1", name=Text(zh="一号", en="One"), profile="cn-rbc", profile_version=1),
        Probe(id="fridge-1-load", place="fridge-1", gateway="gw-1", role=ProbeRole.LOAD),
        Reader(id="fridge-1-reader", place="fridge-1", gateway="gw-1"),
        Contact(id="fridge-1-door", place="fridge-1", gateway="gw-1"),
    ]


BOX = """
[[gateway]]
id = "box-1"
[[place]]
id = "box-1"
kind = "box"
name_zh = "运血箱 1"
name_en = "Courier box 1"
profile = "cn-rbc"
profile_version = 1
[[contact]]
id = "box-1-lid"
place = "box-1"
gateway = "box-1"
kind = "lid"
[[contact]]
id = "site-mains"
gateway = "gw-1"
kind = "mains"
[[contact]]
id = "site-ups"
gateway = "gw-1"
kind = "ups"
"""


def test_kinds_of_places_and_contacts_are_registered_and_a_contact_without_a_place_is_the_whole_sites(
    tmp_path: Path,
) -> None:
    things = setup_of(load_server(write(tmp_path, HEAD + DEVICES + BOX)))
    kinds = {thing.id: thing.kind for thing in things if isinstance(thing, Place)}
    assert kinds == {"fridge-1": PlaceKind.FRIDGE, "box-1": PlaceKind.BOX}
    assert [thing for thing in things if isinstance(thing, Contact)] == [
        Contact(id="fridge-1-door", place="fridge-1", gateway="gw-1", kind=None),
        Contact(id="box-1-lid", place="box-1", gateway="box-1", kind=ContactKind.LID),
        Contact(id="site-mains", place="", gateway="gw-1", kind=ContactKind.MAINS),
        Contact(id="site-ups", place="", gateway="gw-1", kind=ContactKind.UPS),
    ]


INFLUX = """
[influx]
url = "http://127.0.0.1:8086"
username = "grafana"
password = "open-sesame"
"""


def test_without_an_influx_table_there_is_no_mirror(tmp_path: Path) -> None:
    influx = load_server(write(tmp_path, HEAD)).influx
    assert influx.url is None
    assert influx.database == "coldchain"
    assert (influx.retention_policy, influx.token, influx.org) == (None, None, None)


def test_an_influx_table_says_where_the_mirror_is_and_how_to_sign_in(tmp_path: Path) -> None:
    influx = load_server(write(tmp_path, HEAD + INFLUX + 'database = "cold_1"\nretention_policy = "two-years"')).influx
    assert (influx.url, influx.username, influx.password) == ("http://127.0.0.1:8086", "grafana", "open-sesame")
    assert (influx.database, influx.retention_policy) == ("cold_1", "two-years")
    assert "open-sesame" not in repr(influx)


def test_a_token_comes_from_the_environment_and_never_into_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCHAIN_INFLUX__TOKEN", "open-sesame")
    monkeypatch.setenv("COLDCHAIN_INFLUX__URL", "https://influx.example/")
    monkeypatch.setenv("COLDCHAIN_INFLUX__ORG", "blood")
    influx = load_server(write(tmp_path, HEAD)).influx
    assert (influx.url, influx.token, influx.org) == ("https://influx.example", "open-sesame", "blood")
    monkeypatch.setenv("COLDCHAIN_INFLUX__TOKEN", "open-sesame" * 100)
    with pytest.raises(SettingsError) as caught:
        load_server(write(tmp_path, HEAD))
    assert "influx.token = *** is not allowed; allowed: 1 to 1000 characters" in str(caught.value)
    assert "variable COLDCHAIN_INFLUX__TOKEN" in str(caught.value)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('kind = "box"', 'kind = "van"', 'place[2].kind = "van" is not allowed; allowed: "fridge", "freezer", "agit'),
        ('kind = "lid"', 'kind = "lids"', 'contact[2].kind = "lids" is not allowed; allowed: "door", "lid", "mains"'),
        ('kind = "ups"', 'kind = "door"', 'contact[4].kind = "door" is not allowed; allowed: without a place, for the'),
        ('kind = "ups"', "", 'contact[4].place is missing; write the id of a place, or kind = "mains" or "ups" for'),
        ('place = "box-1"', 'place = "box-2"', 'contact[2].place = "box-2" is not allowed; allowed: an id of this'),
        ('place = "box-1"', 'place = ""', 'contact[2].place = "" is not allowed'),
        (":8086", ":8086/write", 'influx.url = "http://127.0.0.1:8086/write" is not allowed; allowed: "http://host'),
        ("http://127", "127", 'influx.url = "127.0.0.1:8086" is not allowed'),
        ("http://", "http://u:open-sesame@", 'influx.url = "http://u:***@127.0.0.1:8086" is not allowed'),
        (":8086", ":99999", 'influx.url = "http://127.0.0.1:99999" is not allowed'),
        ('password = "open-sesame"', "", "influx username and password belong together: write both, or neither"),
        ('password = "open-sesame"', "password = 7", "influx.password = *** is not allowed; allowed: 1 to 1000"),
        ("[influx]", '[influx]\ntoken = "open-sesame"', "influx token and username are two ways to sign in: write one"),
        ("[influx]", '[influx]\ndatabase = "a b"', 'influx.database = "a b" is not allowed; allowed: the name of a'),
        ("[influx]", '[influx]\nretention_policy = "a/b"', 'influx.retention_policy = "a/b" is not allowed; allowed:'),
        ("[influx]", '[influx]\napi = "v4"', 'influx.api = "v4" is not allowed; allowed: "auto", "v1" (InfluxDB 1)'),
        ("[influx]", "[influx]\nkeep_days = -1", "influx.keep_days = -1 is not allowed; allowed: a number of days"),
        ("[influx]", '[influx]\ntokn = "open-sesame"', "influx.tokn is not a known key; allowed in influx: url, data"),
        ("[influx]", "[[influx]]", "influx = *** is not allowed; allowed: a table [influx]"),
    ],
)
def test_a_wrong_kind_site_contact_or_mirror_is_named_with_what_is_allowed(
    tmp_path: Path, right: str, wrong: str, says: str
) -> None:
    text = HEAD + DEVICES + BOX + INFLUX
    assert right in text
    with pytest.raises(SettingsError) as caught:
        load_server(write(tmp_path, text.replace(right, wrong, 1)))
    english, chinese = str(caught.value).splitlines()
    assert says in english
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
    assert "sesame" not in str(caught.value)


def test_a_server_listens_on_this_machine_only_unless_told_otherwise(tmp_path: Path) -> None:
    server = load_server(write(tmp_path, HEAD)).server
    assert (server.http_host, server.http_port, server.time_zone) == ("127.0.0.1", 8080, "Asia/Shanghai")
    assert server.data_dir == tmp_path / "data"


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        (
            'place = "fridge-1"',
            'place = "fridge-2"',
            'probe[1].place = "fridge-2" is not allowed; allowed: an id of this file: ',
        ),
        ('gateway = "gw-1"', 'gateway = "gw-2"', 'probe[1].gateway = "gw-2" is not allowed'),
        (
            'id = "fridge-1-reader"',
            'id = "fridge-1-load"',
            'reader[1].id = "fridge-1-load" stands at probe[1].id already',
        ),
        ("[[place]]", '[[gateway]]\nid = "gw-1"\n[[place]]', 'gateway[2].id = "gw-1" stands at gateway[1].id already'),
        ('role = "load"', 'role = "wall"', 'probe[1].role = "wall" is not allowed; allowed: "load" or "air"'),
        ('role = "load"', 'role = "load"\nsource_rank = -1', "probe[1].source_rank = -1 is not allowed"),
        ("profile_version = 1", "profile_version = 0", "place[1].profile_version = 0 is not allowed"),
        ('name_zh = "一号"', 'name_zh = ""', 'place[1].name_zh = "" is not allowed; allowed: a name of 1 to 100'),
        ('name_zh = "一号"', "", "place[1].name_zh is missing; write a name of 1 to 100 characters"),
        ("[mqtt]", 'time_zone = "Asia/Peking"\n[mqtt]', 'server.time_zone = "Asia/Peking" is not allowed'),
        ("[mqtt]", 'time_zone = "../etc/passwd"\n[mqtt]', "server.time_zone = "),
        (
            "[mqtt]",
            "http_port = 65536\n[mqtt]",
            "server.http_port = 65536 is not allowed; allowed: a port from 1 to 65535",
        ),
        ("[mqtt]", 'http_host = ""\n[mqtt]', 'server.http_host = "" is not allowed'),
        (
            "[mqtt]",
            'http_host = "0.0.0.0"\n[mqtt]',
            'server.http_host = "0.0.0.0" is not allowed; allowed: one IPv4 address or host name of this machine',
        ),
        ("[mqtt]", 'http_host = "0x0"\n[mqtt]', 'server.http_host = "0x0" is not allowed'),
        ("[mqtt]", 'http_host = "::"\n[mqtt]', 'server.http_host = "::" is not allowed'),
        ("[mqtt]", 'http_host = "*"\n[mqtt]', 'server.http_host = "*" is not allowed'),
        ("[[gateway]]", "[gateway]", "gateway = {'id': 'gw-1'} is not allowed; allowed: tables [[gateway]]"),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_with_what_is_allowed(
    tmp_path: Path, right: str, wrong: str, says: str
) -> None:
    text = HEAD + DEVICES
    assert right in text
    with pytest.raises(SettingsError) as caught:
        load_server(write(tmp_path, text.replace(right, wrong, 1)))
    assert says in str(caught.value)


def test_either_kind_of_file_is_recognised_and_a_stranger_is_not(tmp_path: Path) -> None:
    assert isinstance(load_any(write(tmp_path, HEAD)), ServerSettings)
    assert isinstance(load_any(write(tmp_path, starter_text("gateway.toml"))), GatewaySettings)
    with pytest.raises(SettingsError, match=r"write \[gateway\] for a gateway or \[server\] for the server"):
        load_any(write(tmp_path, "[project]\nname = 'x'\n"))


@pytest.mark.parametrize("text_of", [starter_text, whole_starter])
def test_the_starting_files_of_server_and_gateway_name_the_same_devices(
    tmp_path: Path, text_of: Callable[[str], str]
) -> None:
    server = load_server(write(tmp_path, text_of("server.toml")))
    gateway_file = tmp_path / "gateway.toml"
    gateway_file.write_text(text_of("gateway.toml"), encoding="utf-8")
    gateway = load_gateway(gateway_file)
    plan = plan_of(gateway)
    temperature, contacts = plan.buses[0].temperature[0], plan.buses[0].contacts[0]
    registered = [thing for thing in setup_of(server) if not isinstance(thing, Place | Gateway)]
    mine = {thing.id for thing in registered if thing.gateway == "gw-1"}
    assert mine == {
        *temperature.channels.values(),
        *(one.contact for one in contacts.inputs),
        *(reader.id for reader in plan.readers),
        *(probe for device in (plan.listening.devices if plan.listening else ()) for probe in device.channels.values()),
    }
    kinds = {thing.id: thing.kind for thing in registered if isinstance(thing, Contact) and thing.gateway == "gw-1"}
    assert kinds == {one.contact: one.kind for one in contacts.inputs}
    assert {one.id for one in server.gateway} == {"gw-1", *(box for dock in gateway.dock for box in dock.boxes)}


def test_what_the_starting_file_of_the_server_hides_is_a_whole_storage_point(tmp_path: Path) -> None:
    settings = load_server(write(tmp_path, whole_starter("server.toml")))
    assert {place.id: place.kind for place in settings.place} == {
        "fridge-1": PlaceKind.FRIDGE,
        "fridge-2": PlaceKind.FRIDGE,
        "fridge-9": PlaceKind.FRIDGE,
        "freezer-1": PlaceKind.FREEZER,
        "platelet-1": PlaceKind.AGITATOR,
        "box-1": PlaceKind.BOX,
    }
    assert len(settings.probe) == 11
    assert {contact.kind for contact in settings.contact} == set(ContactKind)
    assert settings.influx.url == "http://127.0.0.1:8086"


@pytest.mark.parametrize("kind", [GatewaySettings, ServerSettings])
def test_every_key_says_what_is_allowed(kind: type[BaseModel]) -> None:
    silent = [
        f"{model.__name__}.{name}"
        for model in [kind, *models_in(kind)]
        for name, field in model.model_fields.items()
        if not any(isinstance(item, Allowed) for item in field.metadata)
    ]
    assert silent == []


def models_in(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return every table below a model."""
    found: list[type[BaseModel]] = []
    for field in model.model_fields.values():
        parts = [field.annotation, *getattr(field.annotation, "__args__", ())]
        tables = [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]
        found += [inner for table in tables for inner in [table, *models_in(table)]]
    return found
