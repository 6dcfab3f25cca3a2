"""deploy/systemd: units that start our commands, are watched, and may touch nothing that they do not need."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assembly.cli import app

ROOT = Path(__file__).parents[2]
HERE = ROOT / "deploy/systemd"
SERVICES = sorted(path.name for path in HERE.glob("*.service"))
CLOSED = {
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "CapabilityBoundingSet=",
    "User=coldchain",
}


def lines(name: str) -> list[str]:
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def test_gateway_server_and_backup_have_their_units() -> None:
    assert SERVICES == ["coldchain-backup.service", "coldchain-gateway.service", "coldchain-server.service"]
    assert "Unit=coldchain-backup.service" in lines("coldchain-backup.timer")


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_may_touch_nothing_that_it_does_not_need(name: str) -> None:
    assert set(lines(name)) >= CLOSED
    assert any(re.fullmatch(r"UMask=00[27]7", line) for line in lines(name))


@pytest.mark.parametrize("name", ["coldchain-gateway.service", "coldchain-server.service"])
def test_what_runs_on_is_watched_started_again_and_bounded(name: str) -> None:
    unit = lines(name)
    assert {"Type=notify", "NotifyAccess=main", "Restart=always", "StartLimitIntervalSec=0"} <= set(unit)
    assert [line for line in unit if line.startswith("WatchdogSec=")]
    assert [line for line in unit if line.startswith("MemoryMax=")]


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_starts_commands_that_there_are_and_names_documents_that_there_are(name: str) -> None:
    text = "\n".join(lines(name))
    commands = re.findall(r"/opt/coldchain/bin/coldchain ((?:\w+ ?)+)", text)
    assert commands
    for command in commands:
        known = command.split()[:1]
        assert CliRunner().invoke(app, [*known, "--help"]).exit_code == 0, command
    for document in re.findall(r"Documentation=file:/opt/coldchain/(\S+)", text):
        assert (ROOT / document).is_file(), document


def test_no_unit_holds_a_secret() -> None:
    for name in SERVICES:
        assert not [line for line in lines(name) if re.match(r"Environment=|SetCredential=", line)]


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Where systemd is; elsewhere the rules above are all that can be said."""
    for path in HERE.iterdir():
        text = path.read_text(encoding="utf-8").replace("/opt/coldchain/bin/coldchain", "/bin/true")
        (tmp_path / path.name).write_text(text)
    analyze = shutil.which("systemd-analyze")
    units = sorted(str(path) for path in tmp_path.iterdir())
    said = ""
    if analyze is not None:
        command = [analyze, "verify", "--man=no", *units]
        said = subprocess.run(command, check=False, capture_output=True, text=True).stderr
    assert said == ""
