"""`coldchain store retain`, as two people use it with the server stopped."""

import re
from pathlib import Path

import pytest
from support.retention import NOW, centre_on
from typer.testing import CliRunner

from assembly.cli import app
from assembly.exits import CommandLineError
from assembly.starting import starter_text
from assembly.storing import HOT_FILE
from coldchain.errors import ColdchainError
from gateway.clock import SystemClock
from stores.sqlite import open_store

FIRST = ["--name", "李华", "--post", "QA"]
SECOND = ["--name", "王芳", "--post", "director"]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(SystemClock, "now_ms", lambda _: NOW)
    path = tmp_path / "server.toml"
    path.write_text(starter_text("server.toml"), encoding="utf-8")
    data = tmp_path / "data"
    data.mkdir()
    store = open_store(data / HOT_FILE)
    centre_on(store)
    store.close()
    return path


def run(config: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["store", "retain", *arguments, "--config", str(config)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_two_people_remove_what_is_past_its_time(config: Path) -> None:
    assert run(config, "show").count("due /") == 2
    run(config, "hold", "h-1", "everything", "--reason", "court", *FIRST)
    assert "held by" in run(config, "show")
    run(config, "release", "h-1", "--reason", "judged", *SECOND)
    said = run(config, "propose", "d-1", "--reason", "over", *FIRST)
    found = re.search(r"sha256 (\w{64})", said)
    assert found is not None
    with pytest.raises(ColdchainError):
        run(config, "confirm", "d-1", "--sha256", found[1], *FIRST)
    assert "blocks removed / 已销毁的数据块: 3" in run(config, "confirm", "d-1", "--sha256", found[1], *SECOND)
    said = run(config, "policy", "unit-records", "30", "--source", "2005/61/EC", *FIRST)
    assert "nothing is past its time" in said
    assert "30 years" in said


def test_a_removal_is_withdrawn_and_what_is_no_choice_is_refused(config: Path) -> None:
    run(config, "propose", "d-1", "--reason", "over", *FIRST)
    assert "withdrawn too soon" in run(config, "withdraw", "d-1", "--reason", "too soon", *FIRST)
    with pytest.raises(CommandLineError):
        run(config, "hold", "h-1", "town", "--reason", "court", *FIRST)
