"""A running gateway without its centre: its page, its status, its siren and its button, as a process of its own."""

import http.client
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from support.brokers import Broker, start_nats
from support.local_limits import RED_CELLS, limits
from support.waiting import until

from assembly import cli_status
from assembly.brokers import free_port
from assembly.lifecycle import EXIT_FAILED, EXIT_STOPPED
from assembly.processes import log_tail, start_coldchain
from assembly.settings import load_gateway
from coldchain.wire_limits import LimitsProfile, encode_limits
from gateway.health import decode_status

SETTINGS = """
[gateway]
id = "gw-1"
site = "storage-1"
[mqtt]
url = "{broker}"
[spool]
path = "spool.sqlite"
[page]
port = {page}
[alarm]
file = "lamp"
mute_file = "mute"
[[bus]]
port = "{folder}/lines/bus"
[[bus.temperature]]
slave = 1
channels = {{ "0" = "fridge-1-load", "1" = "fridge-1-air" }}
poll_s = 1
"""
COLD = RED_CELLS.replace('at_or_above_celsius = "10.0"', 'at_or_above_celsius = "3.0"').replace(
    'high_celsius = "6.0"', 'high_celsius = "2.5"', 1
)


def get(port: int, path: str) -> tuple[int, str]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.request("GET", path)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, text


def coldchain(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assembly.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def retain(url: str, name: str, payload: bytes) -> None:
    client = Client(CallbackAPIVersion.VERSION2, client_id="limits-of-the-test")
    host, port = url.removeprefix("mqtt://").split(":")
    taken = threading.Event()
    client.on_publish = lambda *_: taken.set()
    client.connect(host, int(port))
    client.loop_start()
    client.publish(name, payload, qos=1, retain=True)
    assert taken.wait(10)
    client.disconnect()
    client.loop_stop()


def test_limits_from_the_broker_sound_the_alarm_show_on_the_page_and_can_be_muted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with start_nats(tmp_path) as broker:  # the one that keeps what is retained in a store of its own
        a_day_without_the_centre(tmp_path, broker, capsys)


def a_day_without_the_centre(tmp_path: Path, broker: Broker, capsys: pytest.CaptureFixture[str]) -> None:
    # Limits under which the simulated fridge, at some 4 °C, is too warm at once.
    strict = limits(5, profiles=(LimitsProfile(id="cn-rbc", version=2, toml=COLD),))
    retain(broker.url, "cc/v1/storage-1/gw-1/cmd/limits", encode_limits(strict))
    page, lamp, status = free_port(), tmp_path / "lamp", tmp_path / "spool.sqlite.status.json"
    lamp.write_bytes(b"0\n")
    file = tmp_path / "gateway.toml"
    file.write_text(SETTINGS.format(broker=broker.url, folder=tmp_path, page=page))
    sim = start_coldchain("sim", ["sim", "--links", str(tmp_path / "lines")], tmp_path / "sim.log")
    child = start_coldchain("gateway", ["gateway", "--config", str(file)], tmp_path / "gateway.log")
    try:
        until(lambda: lamp.read_bytes() == b"1\n")
        until(lambda: status.exists() and bool(json.loads(status.read_bytes())["local"]["alarms"]))
        now = decode_status(status.read_bytes())
        assert now is not None
        assert (now.local.sounding, now.local.limits_version, now.gateway) == (True, 5, "gw-1")
        assert {alarm.rule for alarm in now.local.alarms} == {"A02"}
        assert [(port.role, port.present) for port in now.ports] == [("bus", True)]
        code, chinese = get(page, "/?lang=zh")
        assert (code, "偏高" in chinese, "1 号储血冰箱" in chinese, "unit-3" in chinese) == (200, True, True, True)
        assert "too warm" in get(page, "/?lang=en")[1]
        assert get(page, "/../etc/passwd")[0] == 404
        said = coldchain("gateway", "status", "--config", str(file))
        assert said.returncode == 0
        for text in (
            "gateway gw-1 of storage-1",
            "limits version 5",
            "alarm A02 fridge-1-load too-warm",
            "the siren sounds",
        ):
            assert text in said.stdout, said.stdout
        cli_status.probe([str(tmp_path / "lines" / "bus"), "/dev/nowhere-1"], 1)
        busy = capsys.readouterr().out
        assert "in use by another program" in busy
        assert "/dev/nowhere-1: absent" in busy
        (tmp_path / "mute").touch()
        until(lambda: lamp.read_bytes() == b"0\n")
        assert not (tmp_path / "mute").exists()
    finally:
        child_code = child.stop()
        sim_code = sim.stop()
    assert (child_code, sim_code) == (EXIT_STOPPED, EXIT_STOPPED), log_tail(child.log)
    assert not status.exists()
    assert cli_status.show(load_gateway(file), 0) == EXIT_FAILED
    assert "does not run" in capsys.readouterr().out
