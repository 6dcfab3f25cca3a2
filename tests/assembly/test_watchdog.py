"""The word to systemd: ready once, alive only while the loop turns, and silence where nobody listens."""

import configparser
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.waiting import until

from assembly.processes import start_coldchain
from assembly.watchdog import Watchdog, sd_notify

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.bind(str(tmp_path / "n"))
    line.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
    yield line
    line.close()


def heard(line: socket.socket) -> list[str]:
    words = []
    while True:
        try:
            words.append(line.recv(4096).decode())
        except BlockingIOError:
            return words


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert sd_notify("READY=1") is False
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/notify")
    assert sd_notify("READY=1") is False


def test_it_is_ready_at_the_first_turn_and_alive_at_half_the_time_that_is_waited(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    dog = Watchdog()
    assert heard(systemd) == []
    dog.turned(1_000)
    assert heard(systemd) == ["READY=1", "WATCHDOG=1"]
    dog.turned(5_999)
    assert heard(systemd) == []
    dog.turned(6_000)
    assert heard(systemd) == ["WATCHDOG=1"]


def test_without_a_watchdog_or_for_another_process_only_ready_is_said(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    dog = Watchdog()
    for at_ms in range(0, 60_000, 1_000):
        dog.turned(at_ms)
    assert heard(systemd) == ["READY=1"]


def test_a_running_gateway_says_that_it_is_ready_alive_and_stopping(
    systemd: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    file = tmp_path / "gateway.toml"
    text = '[gateway]\nid = "gw-1"\nsite = "s"\n[mqtt]\nurl = "mqtt://127.0.0.1:1"\n[spool]\npath = "spool.sqlite"\n'
    file.write_text(text)
    words: list[str] = []

    def alive() -> bool:
        words.extend(heard(systemd))
        return words.count("WATCHDOG=1") >= 2

    child = start_coldchain("gateway", ["gateway", "--config", str(file)], tmp_path / "gateway.log")
    try:
        until(alive)
    finally:
        child.stop()
    words += heard(systemd)
    assert (words[0], words[-1]) == ("READY=1", "STOPPING=1")


@pytest.mark.parametrize("name", ["coldchain-gateway.service", "coldchain-server.service"])
def test_a_unit_is_notified_watched_and_fenced_in(name: str) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNITS / name)
    service = unit["Service"]
    assert (service["Type"], service["Restart"], service["NoNewPrivileges"]) == ("notify", "always", "yes")
    assert int(service["WatchdogSec"]) >= 30
    assert service["ProtectSystem"] == "strict"
    assert service["ExecStart"].startswith("/opt/coldchain/bin/coldchain ")
