"""`coldchain gateway` as a courier's box: its settings, and a process with a receiver on a serial line."""

import os
import sqlite3
from pathlib import Path

import msgspec
import pytest
from support.pty_adapter import Adapter
from support.waiting import until

from assembly.brokers import free_port
from assembly.lifecycle import EXIT_STOPPED
from assembly.processes import start_coldchain
from assembly.settings import SettingsError, load_gateway
from firmware_sim import box_gps
from gateway.box_ground import Point

HOME = (289_421_000, 1_188_736_000)
SETTINGS = """
[gateway]
id = "box-1"
site = "storage-1"
[mqtt]
url = "mqtt://127.0.0.1:{port}"
[spool]
path = "spool.sqlite"
[[w1]]
folder = "{folder}/w1"
probes = {{ "28-000000000001" = "box-1-load", "28-000000000002" = "box-1-air" }}
[box]
low_celsius = 2
high_celsius = 10.0
load = ["box-1-load"]
air = ["box-1-air"]
gps = "{folder}/gps"
lamp_file = "lamp"
[[box.area]]
name = "station"
latitude = 28.9421
longitude = 118.8736
radius_m = 200
"""


def written(folder: Path, **changed: str) -> Path:
    text = SETTINGS.format(folder=folder, port=free_port())
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def test_the_settings_make_a_box(tmp_path: Path) -> None:
    box = load_gateway(written(tmp_path)).box
    assert box is not None
    plan = box.plan("box-1")
    assert (plan.rules.low_micro_celsius, plan.rules.high_micro_celsius) == (2_000_000, 10_000_000)
    assert [(one.name, one.middle, one.radius_m) for one in plan.rules.areas] == [("station", Point(*HOME), 200)]
    assert box.lamp_file == tmp_path / "lamp"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("low_celsius = 2", "low_celsius = 10", "high_celsius"),
        ('load = ["box-1-load"]', 'load = ["box-2-load"]', "no probe of this file"),
        ('load = ["box-1-load"]', "load = []", "names no probe"),
        ('lamp_file = "lamp"', 'lid = "box-1-lid"', "no door or lid"),
        ("latitude = 28.9421", "latitude = 128.9421", "-90 to 90"),
        ("low_celsius = 2", "low_celsius = true", "degrees Celsius"),
    ],
)
def test_a_box_that_cannot_be_is_named_with_the_place_in_the_file(tmp_path: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_gateway(written(tmp_path, **{old: new}))
    assert "box" in str(refused.value)
    assert why in str(refused.value)


def test_a_gateway_with_a_receiver_says_where_it_is_and_in_which_area(tmp_path: Path) -> None:
    receiver = Adapter(tmp_path / "gps")
    (tmp_path / "w1").mkdir()
    (tmp_path / "lamp").write_text("")
    config = written(tmp_path)
    process = start_coldchain("gateway", ["gateway", "--config", str(config)], tmp_path / "log")
    try:

        def placed() -> bool:
            os.write(receiver.master, box_gps.sentence(1_790_000_000_000, HOME))
            return {"position", "area-entered"} <= kinds(tmp_path / "spool.sqlite")

        until(placed)
    finally:
        code = process.stop()
    assert code == EXIT_STOPPED
    assert (tmp_path / "lamp").read_text().startswith("0")


def kinds(path: Path) -> set[str]:
    """Return the kinds of events in a spool."""
    if not path.exists():
        return set()
    db = sqlite3.connect(path)
    try:
        rows = db.execute("SELECT body FROM row WHERE kind = 'event'").fetchall()
    except sqlite3.Error:
        return set()
    finally:
        db.close()
    return {str(msgspec.msgpack.decode(body)["kind"]) for (body,) in rows}
