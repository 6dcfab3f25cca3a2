"""What `coldchain config check` says of a file that can be used: all that it sets up, in both languages."""

from pathlib import Path

import pytest
from support.starters import whole_starter

from assembly.settings import ServerSettings, load_any, load_server
from assembly.shipped import misfits
from assembly.starting import CONTACT_WORDS, PLACE_WORDS, described, starter_text
from coldchain.places import ContactKind, PlaceKind


def told(folder: Path, name: str, text: str) -> str:
    """Write a settings file and return what is said of it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return "\n".join(described(path, load_any(path)))


def test_every_kind_of_place_and_contact_has_its_words() -> None:
    assert set(PLACE_WORDS) == set(PlaceKind)
    assert set(CONTACT_WORDS) == set(ContactKind)


def test_every_line_stands_in_both_languages(tmp_path: Path) -> None:
    for name in ("gateway.toml", "server.toml"):
        lines = told(tmp_path, name, whole_starter(name)).splitlines()
        assert len(lines) > 15
        assert [line for line in lines if not any("\u4e00" <= character <= "\u9fff" for character in line)] == []


def test_a_gateway_file_tells_of_its_inputs_readers_and_docks(tmp_path: Path) -> None:
    said = told(tmp_path, "gateway.toml", whole_starter("gateway.toml"))
    assert "contact fridge-2-door: slave 2 input 2, every 1 s, door, 1 = open / 触点：门，1 为打开" in said
    assert "contact freezer-1-door: slave 2 input 3, every 1 s, door, 0 = open / 触点：门，0 为打开" in said
    assert "contact site-ups: slave 2 input 7, every 1 s, UPS, 1 = on battery / 触点：UPS，1 为电池供电" in said
    assert "counts when fridge-2-door closes / 读写器，关门后盘点" in said
    assert "dock on /dev/serial/by-id/usb-FTDI_FT232R-if00-port0, 115200 baud, reads out box-1 / 读取座" in said


def test_a_server_file_names_its_boxes_and_what_is_not_confirmed_or_not_measured(tmp_path: Path) -> None:
    text = whole_starter("server.toml")
    said = told(tmp_path, "server.toml", text)
    assert "place box-1 (运血箱 1, Courier box 1), courier's box, transport limits hold / 运血箱，适用运输限值" in said
    assert "InfluxDB http://127.0.0.1:8086, database coldchain, retention policy autogen" in said
    assert "from-the-environment" not in said, "a password is never shown"
    assert said.count("note: profile cn-rbc v2 is not yet confirmed") == 1
    assert "has no probe" not in said
    assert "shares its gateway" not in said
    bare = text.replace('id = "platelet-1-load"\nplace = "platelet-1"', 'id = "platelet-1-load"\nplace = "fridge-1"')
    bare = bare.replace('id = "platelet-1-air"\nplace = "platelet-1"', 'id = "platelet-1-air"\nplace = "fridge-1"')
    bare = bare.replace(
        'id = "box-1-air"\nplace = "box-1"\ngateway = "box-1"', 'id = "box-1-air"\nplace = "box-1"\ngateway = "gw-1"'
    )
    said = told(tmp_path, "server.toml", bare)
    assert "note: place platelet-1 has no probe: nothing is known of its temperature" in said
    assert (
        "note: box box-1 shares its gateway with fridge-1, fridge-2, freezer-1" not in said
    )  # in order of their names
    assert "note: box box-1 shares its gateway with freezer-1, fridge-1, fridge-2" in said


def test_a_profile_that_is_hardly_meant_for_the_kind_of_its_place_is_named(tmp_path: Path) -> None:
    text = whole_starter("server.toml")
    assert misfits(loaded(tmp_path, text)) == {}
    wrong = {
        "fridge-1": text.replace('kind = "fridge" ', 'kind = "freezer" '),
        "freezer-1": text.replace('profile = "cn-ffp"', 'profile = "cn-plt"'),
        "platelet-1": text.replace('kind = "agitator"', 'kind = "fridge"'),
    }
    for place, changed in wrong.items():
        assert set(misfits(loaded(tmp_path, changed))) == {place}
    said = told(tmp_path, "server.toml", wrong["fridge-1"])
    assert 'warning: place fridge-1 is of kind "freezer" and has profile cn-rbc v2, whose upper limit is 6 °C' in said
    assert '警告：场所 fridge-1 的类型为 "freezer"，限值方案 cn-rbc 第 2 版的上限却是 6 °C' in said


def loaded(folder: Path, text: str) -> ServerSettings:
    """Write a server's file and read it."""
    (folder / "server.toml").write_text(text, encoding="utf-8")
    return load_server(folder / "server.toml")


@pytest.mark.parametrize(
    ("host", "warned"),
    [("127.0.0.1", False), ("127.1", False), ("localhost", False), ("192.168.1.5", True), ("cold.example", True)],
)
def test_pages_that_others_may_reach_are_warned_of(tmp_path: Path, host: str, warned: bool) -> None:
    line = f'http_host = "{host}"\nhttp_port = 8080 '
    said = told(tmp_path, "server.toml", starter_text("server.toml").replace("http_port = 8080 ", line))
    assert (f"warning: server.http_host = {host} may be reached" in said) is warned
    assert ("there is no access control yet" in said) is warned
    assert ("尚无访问控制" in said) is warned
