"""`coldchain demo do`: each action on the running demo shows on the screens within a minute, or is counted down."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.point_processes import require_broker

from assembly.brokers import BrokerKind, free_port
from assembly.demo_centre import Centre
from assembly.demo_do import ACTIONS, CONTROL
from assembly.processes import coldchain_command

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

WITHIN_S = 60
HEATS_S = 240  # a minute for a degree of the air, and the thermostat's own swing
STARTS_S = 180
OF_THE_SITE = ("fridge-1", "fridge-2", "freezer-1", "platelet-1")

Standing = dict[str, Any]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Centre]]:
    """Give the folder and the centre of a demo that has told its story and lives on."""
    require_broker(BrokerKind.MOSQUITTO)
    folder, port = tmp_path_factory.mktemp("do") / "demo", free_port()
    command = coldchain_command("demo", "--dir", str(folder), "--port", str(port), "--broker", "mosquitto")
    with (folder.parent / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: (folder / CONTROL).exists() or process.poll() is not None, STARTS_S, "the demo did not settle")
        assert process.poll() is None, (folder.parent / "log").read_text()
        yield folder, Centre(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(60)


def standing(centre: Centre, place: str) -> Standing:
    found: Standing = centre.get(f"/api/places/{place}/standing")
    return found


def noticed(centre: Centre, place: str, kind: str) -> bool:
    return kind in [notice["kind"] for notice in standing(centre, place)["notices"]]


SHOWN: dict[str, Callable[[Centre], bool]] = {
    "power-cut": lambda centre: (
        all(noticed(centre, place, "mains-lost") for place in OF_THE_SITE)
        and noticed(centre, "platelet-1", "agitation-stopped")
    ),
    "open-door": lambda centre: noticed(centre, "fridge-1", "door-open"),
    "drop-box-network": lambda centre: noticed(centre, "box-1", "gateway-silent"),
    "cut-network": lambda centre: all(noticed(centre, place, "gateway-silent") for place in OF_THE_SITE),
    "unplug": lambda centre: all(noticed(centre, place, "device-silent") for place in OF_THE_SITE),
}


def shown_within_a_minute(folder: Path, centre: Centre, action: str) -> None:
    """Do it for a minute, and wait until the screens say so."""
    assert not SHOWN[action](centre)
    do(folder, action, 1)
    began = time.monotonic()
    until(lambda: SHOWN[action](centre), WITHIN_S, f"{action} was not shown")
    print(f"{action}: shown after {time.monotonic() - began:.1f} s")


def over(centre: Centre, action: str) -> Callable[[], bool]:
    """Return what tells whether the screens say it no more."""
    return lambda: not SHOWN[action](centre)


def until(true: Callable[[], bool], within_s: float, otherwise: str) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"{otherwise} within {within_s} s"
        time.sleep(0.5)


def do(folder: Path, action: str, minutes: int) -> None:
    command = coldchain_command("demo", "do", action, "--minutes", str(minutes), "--dir", str(folder))
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 0, run.stderr
    assert f"{action}: {minutes} min" in run.stdout
    assert ACTIONS[action].watch.zh in run.stdout


def test_a_dead_compressor_is_counted_down_and_a_box_without_network_is_said_meanwhile(
    demo: tuple[Path, Centre],
) -> None:
    folder, centre = demo
    do(folder, "compressor", 30)
    shown_within_a_minute(folder, centre, "drop-box-network")
    until(lambda: standing(centre, "fridge-1")["state"] == "outside", HEATS_S, "the air did not get too warm")
    now = standing(centre, "fridge-1")
    assert now["probe"] == "fridge-1-air"
    assert now["due_ms"] - now["since_ms"] == 900_000  # the air probe's delay
    assert not now["findings_open"]
    assert "data-due" in centre.text("/?lang=en")


def test_a_power_cut_and_an_open_door_show_within_a_minute_and_end_by_themselves(demo: tuple[Path, Centre]) -> None:
    folder, centre = demo
    for action in ("power-cut", "open-door"):
        shown_within_a_minute(folder, centre, action)
    for action in ("power-cut", "open-door"):
        until(over(centre, action), 2 * WITHIN_S, f"{action} did not end by itself")


@pytest.mark.parametrize("action", ["cut-network", "unplug"])
def test_what_cuts_the_readings_off_shows_within_a_minute(demo: tuple[Path, Centre], action: str) -> None:
    folder, centre = demo
    shown_within_a_minute(folder, centre, action)


def test_what_is_not_allowed_is_said(demo: tuple[Path, Centre], tmp_path: Path) -> None:
    folder, _ = demo
    for arguments, code, says in (
        (("flood", "--dir", str(folder)), 2, "'flood' is not allowed; allowed: power-cut, open-door"),
        (("unplug", "--dir", str(tmp_path)), 1, "nobody answers at"),
    ):
        run = subprocess.run(coldchain_command("demo", "do", *arguments), capture_output=True, text=True, check=False)
        assert run.returncode == code
        assert says in run.stderr
        assert "Traceback" not in run.stderr
