"""The demo's story against the truth, on both brokers and by both ways of the box, as a person would start it."""

import subprocess
from pathlib import Path

import pytest
from support.point_processes import require_broker

from assembly.brokers import BrokerKind
from assembly.demo import BoxWay
from assembly.processes import coldchain_command

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]


@pytest.mark.parametrize(("kind", "box"), [(BrokerKind.MOSQUITTO, BoxWay.MQTT), (BrokerKind.NATS, BoxWay.BOTH)])
def test_the_story_ends_with_what_was_true(kind: BrokerKind, box: BoxWay, tmp_path: Path) -> None:
    require_broker(kind)
    place = ("--dir", str(tmp_path / "demo"), "--broker", str(kind))
    command = coldchain_command("demo", "--check", "--box", str(box), *place)
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "EQUAL / 一致" in run.stdout
    assert "≠" not in run.stdout
    assert "temperatures / 温度" in run.stdout
    assert len([line for line in run.stdout.splitlines() if line.strip().rstrip("%").isdigit()]) <= 10
    assert max(len(line) for line in run.stdout.splitlines()) < 120
