"""The simulator as a process: its lines, its control line, the box on a broker, and how it ends."""

import json
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.brokers import start_mosquitto
from support.waiting import until

from assembly.control_line import ControlError, ask
from assembly.lifecycle import EXIT_REFUSED, EXIT_STOPPED
from assembly.processes import Child, log_tail, start_coldchain
from assembly.run_sim import SimulationError, scenario_of
from assembly.sim_control import PEERS_MAX, Control
from firmware_sim.control import LINE_BYTES_MAX
from firmware_sim.port import remove_link

HOUR_MS = 3_600_000
LINES = ("bus", "reader-1", "reader-2", "dock", "control")


class Doing:
    """Something that can be acted on."""

    def __init__(self) -> None:
        self.until_ms: dict[str, int] = {}

    def act(self, action: str, until_ms: int) -> int:
        self.until_ms[action] = until_ms
        return until_ms

    def end(self, action: str) -> None:
        self.until_ms.pop(action, None)

    def status(self) -> dict[str, Any]:
        return {"now_ms": 1_000, "actions": self.until_ms}


@contextmanager
def listening(path: Path) -> Iterator[tuple[Control, Doing]]:
    doing = Doing()
    with closing(Control(path, doing)) as control:
        yield control, doing


def connected(path: Path) -> socket.socket:
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    peer.settimeout(5)
    peer.connect(str(path))
    return peer


def told(peer: socket.socket, control: Control) -> bytes:
    control.work()
    control.work()
    return peer.recv(4_096)


def test_one_line_in_one_line_out(tmp_path: Path) -> None:
    with listening(tmp_path / "control") as (control, doing), connected(tmp_path / "control") as peer:
        assert stat.S_IMODE((tmp_path / "control").stat().st_mode) == 0o600
        peer.sendall(b'{"do": "power-cut", ')
        control.work()
        peer.sendall(b'"minutes": 2}\n')
        assert json.loads(told(peer, control)) == {
            "done": True,
            "do": "power-cut",
            "now_ms": 1_000,
            "until_ms": 121_000,
        }
        assert peer.recv(10) == b""  # and it hangs up
        assert doing.until_ms == {"power-cut": 121_000}
    assert not (tmp_path / "control").exists()


def test_a_line_that_never_ends_is_refused_and_one_that_is_wrong_gets_an_error(tmp_path: Path) -> None:
    with listening(tmp_path / "control") as (control, _):
        for line, message in ((b"x" * (LINE_BYTES_MAX + 2), "at most"), (b"hello\n", "not a line of JSON")):
            with connected(tmp_path / "control") as peer:
                peer.sendall(line)
                assert message in json.loads(told(peer, control))["error"]


def test_peers_that_say_nothing_are_let_go_and_do_not_keep_others_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assembly.sim_control.PEER_S", 0.0)
    with listening(tmp_path / "control") as (control, _):
        silent = [connected(tmp_path / "control") for _ in range(PEERS_MAX)]
        control.work()
        control.work()
        assert all(hung_up(peer) for peer in silent)
        with connected(tmp_path / "control") as peer:
            peer.sendall(b'{"do": "status"}\n')
            assert json.loads(told(peer, control))["done"]
        for peer in silent:
            peer.close()


def hung_up(peer: socket.socket) -> bool:
    peer.settimeout(0)
    try:
        return peer.recv(1) == b""
    except BlockingIOError:
        return False


def test_a_socket_that_was_left_behind_is_replaced_and_a_file_is_not(tmp_path: Path) -> None:
    left = tmp_path / "control"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as dead:
        dead.bind(str(left))
    with listening(left):
        assert stat.S_ISSOCK(left.stat().st_mode)
    with listening(left), pytest.raises(ControlError, match=r"running process.*另一个程序"):
        Control(left, Doing())
    left.write_text("mine")
    with pytest.raises(ControlError, match="control line"):
        Control(left, Doing())
    assert left.read_text() == "mine"


def test_a_deep_folder_is_no_trouble(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    with listening(deep / "control") as (control, _):
        assert (deep / "control").is_socket()
        control.work()


def start(folder: Path, *more: str) -> Child:
    arguments = ["sim", "--scenario", "storage-point", "--links", str(folder / "l"), *more]
    child = start_coldchain("sim", arguments, folder / "sim.log")
    until(lambda: (folder / "l" / "control").exists() or not child.alive, 30)
    child.require_alive()
    return child


def do(folder: Path, **command: object) -> dict[str, Any]:
    return ask(folder / "l" / "control", command)


def test_a_day_is_relived_at_once_and_the_site_can_be_acted_on(tmp_path: Path) -> None:
    with start_mosquitto(tmp_path) as broker:
        start_ms = time.time_ns() // 1_000_000 - 26 * HOUR_MS
        more = ("--start-ms", str(start_ms), "--mqtt-url", broker.url, "--box-offline-min", "60")
        child = start(tmp_path, *more, "--truth", str(tmp_path / "truth.json"))
        try:
            assert sorted(path.name for path in (tmp_path / "l").iterdir()) == sorted(LINES)
            until(lambda: do(tmp_path, do="status")["now_ms"] >= start_ms + 26 * HOUR_MS, 30)
            said = do(tmp_path, do="status")
            assert said["box"]["rows"] == said["box"]["last_seq"] > 1_000
            assert (said["box"]["network"], said["radio"]) == (False, True)
            until(lambda: "drop-box-network" in do(tmp_path, do="status")["actions"])
            assert do(tmp_path, do="end", what="drop-box-network")["done"]
            assert do(tmp_path, do="power-cut")["done"]
            said = do(tmp_path, do="status")
            assert (said["mains_present"], said["box"]["network"]) == (False, True)
            assert do(tmp_path, do="unplug")["done"]
            until(lambda: not (tmp_path / "l" / "bus").is_symlink())
            assert do(tmp_path, do="end", what="unplug")["done"]
            until((tmp_path / "l" / "bus").is_symlink)
        finally:
            code = child.stop()
    assert code == EXIT_STOPPED, log_tail(tmp_path / "sim.log")
    assert list((tmp_path / "l").iterdir()) == []
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["scenario"] == "storage-point"


def test_a_folder_in_use_is_refused_and_keeps_its_lines_and_a_dead_one_is_taken_over(tmp_path: Path) -> None:
    first = start(tmp_path)
    arguments = ["sim", "--scenario", "night-failure", "--links", str(tmp_path / "l")]
    try:
        second = start_coldchain("sim", arguments, tmp_path / "second.log")
        until(lambda: not second.alive, 30)
        assert second.stop() == EXIT_REFUSED
        assert "another simulator has its lines there" in log_tail(tmp_path / "second.log")
        assert "该目录正被另一个模拟器使用" in log_tail(tmp_path / "second.log")
        assert sorted(path.name for path in (tmp_path / "l").iterdir()) == sorted(LINES)
        assert do(tmp_path, do="status")["done"]
    finally:
        first.kill()
    assert (tmp_path / "l" / "control").exists(), "a process that is killed leaves its names behind"
    third = start(tmp_path)
    until(lambda: answers(tmp_path), 30)
    assert third.stop() == EXIT_STOPPED, log_tail(tmp_path / "sim.log")
    assert list((tmp_path / "l").iterdir()) == []


def answers(folder: Path) -> bool:
    """Tell whether a simulator answers; a socket of a dead one refuses."""
    try:
        return bool(do(folder, do="status")["done"])
    except ControlError:
        return False


def test_only_links_of_its_own_are_replaced_and_removed(tmp_path: Path) -> None:
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / "bus").write_text("mine")
    arguments = ["sim", "--scenario", "night-failure", "--links", str(tmp_path / "l")]
    child = start_coldchain("sim", arguments, tmp_path / "sim.log")
    until(lambda: not child.alive, 30)
    assert child.stop() == EXIT_REFUSED
    assert "bus is there and is no link; name a folder" in log_tail(tmp_path / "sim.log")
    assert (tmp_path / "l" / "bus").read_text() == "mine"
    mine = tmp_path / "mine"
    mine.symlink_to("/dev/null")
    remove_link("/dev/pts/1", mine)
    assert mine.is_symlink()
    remove_link("/dev/null", mine)
    assert not mine.is_symlink()


def test_a_scenario_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(SimulationError, match="night-failure, storage-point"):
        scenario_of("day-off")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--mqtt-url", "http://x"), "--mqtt-url: write the broker"),
        (("--box-offline-min", "2000"), "allowed: 0 to 1440"),
        (("--scenario", "night-failure", "--mqtt-url", "mqtt://127.0.0.1:1"), "no courier's box"),
    ],
)
def test_a_box_that_cannot_speak_as_asked_ends_the_simulator_with_words(
    tmp_path: Path, more: tuple[str, ...], message: str
) -> None:
    arguments = ["sim", "--scenario", "storage-point", "--links", str(tmp_path / "l"), *more]
    child = start_coldchain("sim", arguments, tmp_path / "sim.log")
    until(lambda: not child.alive, 30)
    assert child.stop() == EXIT_REFUSED
    assert message in log_tail(tmp_path / "sim.log")
