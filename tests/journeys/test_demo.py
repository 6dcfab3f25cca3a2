"""The demo's story against the truth, on both brokers, as a person would start it."""

import subprocess
from pathlib import Path

import pytest
from support.night import require_broker

from assembly.brokers import BrokerKind
from assembly.processes import coldchain_command

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]


@pytest.mark.parametrize("kind", list(BrokerKind))
def test_the_night_ends_with_what_was_true(kind: BrokerKind, tmp_path: Path) -> None:
    require_broker(kind)
    command = coldchain_command("demo", "--check", "--broker", str(kind), "--dir", str(tmp_path / "demo"))
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "EQUAL / 一致" in run.stdout
    assert "≠" not in run.stdout
