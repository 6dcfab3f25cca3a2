"""The file of a gateway and that of the server are compared: what one names, the other must know."""

import re
from pathlib import Path

import pytest
from support.starters import whole_starter

from assembly.comparing import FilesDifferError, compared
from assembly.problems import SettingsError
from assembly.settings import load_any


def checked(folder: Path, gateway: str, server: str) -> list[str]:
    """Write both files and return what is said of them, without the folder's name."""
    texts = {folder / "gateway.toml": gateway, folder / "server.toml": server}
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    try:
        said = compared({path: load_any(path) for path in texts})
    except FilesDifferError as error:
        said = str(error).splitlines()
    return [line.replace(f"{folder}/", "") for line in said]


def test_the_starting_files_fit_and_a_gateway_without_a_file_is_named(tmp_path: Path) -> None:
    said = checked(tmp_path, whole_starter("gateway.toml"), whole_starter("server.toml"))
    assert said == [
        "server.toml: fits the files of gateways gw-1 / 与这些网关的文件一致",
        "  note: not compared, their files were not given / 注意：未给出文件，未作比对: box-1",
    ]


DIFFERENCES = [
    ("gateway", '"fridge-2-load"', '"fridge-9-load"', 'channels.2 = "fridge-9-load" is not registered in server.toml'),
    (
        "gateway",
        '"fridge-2-load"',
        '"fridge-9-load"',
        'probe[3].id = "fridge-2-load" is a probe of gateway gw-1, but stands nowhere in gateway.toml',
    ),
    ("gateway", 'id = "site-ups"', 'id = "site-u"', 'bus[1].contacts[1].input[8].id = "site-u" is not registered'),
    (
        "gateway",
        'kind = "motion"',
        'kind = "defrost"',
        'bus[1].contacts[1].input[7].kind is "defrost" here, but "motion" at server.toml: contact[8].kind',
    ),
    ("gateway", 'id = "fridge-2-reader"', 'id = "r"', 'reader[2].id = "r" is not registered'),
    ("gateway", 'boxes = ["box-1"]', 'boxes = ["box-9"]', 'dock[1].boxes[1] = "box-9" is not registered'),
    ("gateway", 'site = "storage-1"', 'site = "s"', 'gateway.site is "s" here, but "storage-1" at server.toml: server'),
    ("gateway", 'id = "gw-1"', 'id = "gw-9"', 'gateway.id = "gw-9" is not registered in server.toml'),
    (
        "gateway",
        'door = "fridge-2-door"',
        'door = "fridge-1-door"',
        'reader[2].door = "fridge-1-door" is of place fridge-1, but reader fridge-2-reader of fridge-2',
    ),
    (
        "gateway",
        'door = "fridge-2-door"',
        'purpose = "portal"',
        'reader[2].purpose is "portal" here, but "zone" at server.toml: reader[2].purpose',
    ),
    (
        "server",
        'id = "fridge-2-air"\nplace = "fridge-2"\ngateway = "gw-1"',
        'id = "fridge-2-air"\nplace = "fridge-2"\ngateway = "box-1"',
        'channels.3 = "fridge-2-air" is read by gateway gw-1 here, but by "box-1" at server.toml: probe[4].gateway',
    ),
]


@pytest.mark.parametrize(("which", "right", "wrong", "says"), DIFFERENCES)
def test_a_difference_is_named_with_both_places_in_both_languages(
    tmp_path: Path, which: str, right: str, wrong: str, says: str
) -> None:
    texts = {name: whole_starter(f"{name}.toml") for name in ("gateway", "server")}
    assert right in texts[which]
    texts[which] = texts[which].replace(right, wrong, 1)
    said = checked(tmp_path, texts["gateway"], texts["server"])
    assert any(says in line for line in said), said
    assert all(line.startswith(("gateway.toml: ", "server.toml: ")) for line in said[::2])
    assert all(line.startswith(("gateway.toml：", "server.toml：")) for line in said[1::2])


def test_a_device_that_numbers_nothing_has_to_be_marked_and_no_other(tmp_path: Path) -> None:
    gateway, server = whole_starter("gateway.toml"), whole_starter("server.toml")
    said = checked(tmp_path, gateway, server.replace("unsequenced = true", "", 1))
    assert '"fridge-9-air" publishes JSON' in said[0]
    assert re.search(r"its losses cannot be counted: write server\.toml: probe\[\d+\]\.unsequenced = true", said[0])
    assert "丢失无法计数" in said[1]
    wired = server.replace('id = "fridge-2-air"', 'id = "fridge-2-air"\nunsequenced = true', 1)
    (said_en, said_zh) = checked(tmp_path, gateway, wired)
    assert re.search(r'"fridge-2-air" is read over a line, so server\.toml: probe\[4\]\.unsequenced must not', said_en)
    assert "不应为 true" in said_zh


def test_a_contact_of_an_old_file_without_a_kind_fits(tmp_path: Path) -> None:
    server = whole_starter("server.toml").replace('kind = "motion"', "", 1)
    assert "fits" in checked(tmp_path, whole_starter("gateway.toml"), server)[0]


def test_two_gateways_of_one_name_and_two_servers_are_refused(tmp_path: Path) -> None:
    read = {}
    for name in ("gateway", "server"):
        for copy in ("a", "b"):
            path = tmp_path / f"{name}-{copy}.toml"
            path.write_text(whole_starter(f"{name}.toml"), encoding="utf-8")
            read[path] = load_any(path)
    with pytest.raises(SettingsError, match=r"server-b\.toml: is a second file of a server"):
        compared(read)
    del read[tmp_path / "server-b.toml"]
    with pytest.raises(
        FilesDifferError, match=r"gateway-b\.toml: gateway\.id = \"gw-1\" is the id in .*gateway-a\.toml"
    ):
        compared(read)
    del read[tmp_path / "server-a.toml"]
    assert compared(read) == []
