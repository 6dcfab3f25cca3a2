"""[[reader]] in gateway.toml: zones, tunnels, and how well a reader reads."""

from pathlib import Path

import pytest

from assembly.gateway_settings import plan_of
from assembly.reader_protocols import portal_problems
from assembly.settings import SettingsError, load_gateway
from coldchain.places import ReaderPurpose
from gateway.plan import ZonePlan

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
protocol = "a0"
door = "fridge-1-door"
"""
BUS = """
[[bus]]
port = "/dev/a"
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


ZONES = """
[[reader.zone]]
id = "shelf-1-reader"
antennas = [1, 2]
[[reader.zone]]
id = "shelf-2-reader"
antennas = [3]
door = "door-2"
"""


def test_a_reader_may_look_into_several_zones(tmp_path: Path) -> None:
    bus = BUS.replace('mains = "fridge-1-mains"', 'input = [{ input = 5, id = "door-2", kind = "door" }]')
    (reader,) = plan_of(load_gateway(write(tmp_path, HEAD + bus + READER + ZONES))).readers
    assert reader.zones == (
        ZonePlan(id="shelf-1-reader", antennas=frozenset({1, 2}), door="fridge-1-door"),
        ZonePlan(id="shelf-2-reader", antennas=frozenset({3}), door="door-2"),
    )
    assert reader.antennas == (1, 2, 3), "in use are those of its zones"


def test_a_readers_own_antennas_hold_those_of_its_zones(tmp_path: Path) -> None:
    bus = BUS.replace('mains = "fridge-1-mains"', 'input = [{ input = 5, id = "door-2", kind = "door" }]')
    (reader,) = plan_of(load_gateway(write(tmp_path, HEAD + bus + READER + "antennas = [4, 1, 2, 3]" + ZONES))).readers
    assert reader.antennas == (4, 1, 2, 3), "one that is heard by nobody may run, in the order that is written"
    assert complaint(tmp_path, HEAD + bus + READER + "antennas = [1]" + ZONES)[::2] == [
        f"{tmp_path / 'gateway.toml'}: reader[1].zone[{zone}].antennas names antenna {antenna}, which is not in use: "
        "add it to antennas of the reader, or leave those out"
        for zone, antenna in ((1, 2), (2, 3))
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('door = "door-2"', "", ""),
        ('door = "door-2"', 'door = "door-3"', 'reader[1].zone[2].door = "door-3" is not allowed'),
        ("antennas = [3]", "antennas = [2]", 'reader[1].zone[2].antennas = "2" stands at reader[1].zone[1].antennas'),
        ("antennas = [3]", "antennas = []", "reader[1].zone[2].antennas"),
        ("antennas = [3]", "antennas = [17]", "reader[1].zone[2].antennas"),
        ("antennas = [3]", "antennas = [9]", "reader[1].zone[2].antennas names antenna 9; a reader with protocol a0"),
        (
            '"shelf-2-reader"',
            '"shelf-1-reader"',
            'zone[2].id = "shelf-1-reader" stands at reader[1].zone[1].id already',
        ),
    ],
)
def test_what_is_wrong_with_a_zone_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    bus = BUS.replace('mains = "fridge-1-mains"', 'input = [{ input = 5, id = "door-2", kind = "door" }]')
    text = HEAD + bus + READER + ZONES.replace(old, new)
    if not said:
        assert plan_of(load_gateway(write(tmp_path, text))).readers[0].zones[1].door == "fridge-1-door"
        return
    assert said in "\n".join(complaint(tmp_path, text))


def test_a_tunnel_has_no_door_and_counts_all_the_time(tmp_path: Path) -> None:
    tunnel = READER.replace('door = "fridge-1-door"', 'purpose = "tunnel"')
    (reader,) = plan_of(load_gateway(write(tmp_path, HEAD + BUS + tunnel))).readers
    assert (reader.door, reader.idle_cycle_ms) == ("", 0)
    with_door = complaint(tmp_path, HEAD + BUS + READER + 'purpose = "tunnel"')
    assert "reader[1].door stands at a tunnel, which has no door" in "\n".join(with_door)
    without = complaint(tmp_path, HEAD + BUS + READER.replace('door = "fridge-1-door"', ""))
    assert 'reader[1].door is missing; name the door or lid contact of its place, or write purpose = "tunnel"' in (
        "\n".join(without)
    )


def test_how_well_a_zone_reads_can_be_told(tmp_path: Path) -> None:
    (reader,) = plan_of(load_gateway(write(tmp_path, HEAD + BUS + READER + "read_rate_permille = 250"))).readers
    assert reader.read_rate_permille == 250
    assert "read_rate_permille" in "\n".join(complaint(tmp_path, HEAD + BUS + READER + "read_rate_permille = 1000"))


def test_a_portal_has_no_door_at_the_gateway_and_two_sides_at_the_centre(tmp_path: Path) -> None:
    portal = READER.replace('door = "fridge-1-door"', 'purpose = "portal"\nantennas = [1, 2]')
    (reader,) = plan_of(load_gateway(write(tmp_path, HEAD + BUS + portal))).readers
    assert (reader.door, reader.idle_cycle_ms, reader.antennas) == ("", 0, (1, 2))
    assert portal_problems(("reader", 0), ReaderPurpose.PORTAL, (1, 2), (3, 4)) == []
    assert portal_problems(("reader", 0), ReaderPurpose.TUNNEL, (), ()) == []
    for purpose, outer, inner, said in (
        (ReaderPurpose.PORTAL, (1,), (), "write outer and inner"),
        (ReaderPurpose.PORTAL, (1, 2), (2, 3), "has antenna 2 on both sides"),
        (ReaderPurpose.TUNNEL, (1,), (2,), "but a tunnel has none"),
    ):
        (problem,) = portal_problems(("reader", 0), purpose, outer, inner)
        assert said in problem.what.en
        assert problem.key == "reader[1]"
