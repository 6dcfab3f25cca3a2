"""What docs/drivers.md shows is what the program takes: its maps, its settings and its template are tried."""

import re
from pathlib import Path
from typing import Any

import pytest

from assembly.gateway_settings import plan_of
from assembly.settings import load_gateway
from coldchain.facts import Quality
from gateway.decoders.heard import Measured
from gateway.decoders.register_map_file import placed, read_map
from gateway.drivers import Driver
from gateway.maps import load_map, shipped

PAGE = (Path(__file__).parents[2] / "docs" / "drivers.md").read_text(encoding="utf-8")
HEAD = '[gateway]\nid = "gw-1"\nsite = "s-1"\n[mqtt]\nurl = "mqtt://127.0.0.1:1883"\n[spool]\npath = "s.sqlite"\n'


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def block(language: str, start: str) -> str:
    (found,) = [text for text in blocks(language) if text.lstrip().startswith(start)]
    return found


@pytest.mark.parametrize("start", ["[[bus]]", "[[w1]]", "[[ascii]]", "[[driver]]"])
def test_the_settings_that_are_shown_are_valid(start: str, tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(HEAD + block("toml", start), encoding="utf-8")
    plan = plan_of(load_gateway(path))
    assert plan.buses or plan.w1 or plan.drivers


def test_the_map_that_is_shown_can_be_used() -> None:
    map_ = read_map(block("toml", "format = 1").encode(), "shown")
    (room,) = map_.channels
    assert (room.register, room.stored_min, room.stored_max, len(room.faults)) == (256, 300, 301, 1)
    assert (len(map_.checks), [contact.name for contact in map_.contacts]) == (1, ["door"])


def test_every_shipped_map_stands_in_the_table_with_its_channels() -> None:
    table = {name: row for row in PAGE.splitlines() if row.startswith("| `") for name in re.findall(r"`([^`]+)`", row)}
    for name in shipped():
        map_ = load_map(name)
        assert map_.channels[0].name in re.findall(r"`([^`]+)`", table[name])
        assert ("yours to say" in table[name]) == (map_.channels[0].register is None)
        if map_.channels[0].register is None:
            assert placed(map_, {map_.channels[0].name: 1}).channels[0].register == 1


def test_the_template_of_a_driver_works() -> None:
    room: dict[str, Any] = {}
    exec(compile(block("python", '"""ACME'), "template", "exec"), room)
    driver = room["make"]({"model": "T1"})
    assert isinstance(driver, Driver)
    assert driver.question() == b"R"
    assert driver.poll(b"\x28\xff") == [
        Measured(channel="0", micro_celsius=4_000_000),
        Measured(channel="1", micro_celsius=None, quality=Quality.NO_SENSOR),
    ]
