"""server.toml: what is registered, and the mistakes between its tables."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from assembly.gateway_settings import GatewaySettings
from assembly.problems import Allowed
from assembly.server_settings import ServerSettings, setup_of
from assembly.settings import SettingsError, load_any, load_server
from assembly.starting import starter_text
from coldchain.places import Contact, Gateway, Place, Probe, ProbeRole, Reader, Text

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


def test_the_starting_file_of_the_server_registers_all_that_the_gateway_of_its_neighbour_reads(tmp_path: Path) -> None:
    registered = {thing.id for thing in setup_of(load_server(write(tmp_path, starter_text("server.toml"))))}
    assert registered == {
        "gw-1",
        "fridge-1",
        "fridge-1-load",
        "fridge-1-air",
        "fridge-1-door",
        "fridge-1-mains",
        "fridge-1-reader",
    }


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
