"""`coldchain influx` as the operator uses it: made anew, proved, damaged, found, on a real InfluxDB 2.7."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.console_story import NOW, story
from support.influx import InfluxServer
from support.influx_core_stand_in import InfluxCoreStandIn
from support.influx_servers import Influx2, start_version
from typer.testing import CliRunner

from assembly import run_influx
from assembly.cli import app
from assembly.exits import CommandLineError
from assembly.storing import HOT_FILE
from stores.sqlite import open_store

HOUR_MS = 3_600_000
HEAD = '[server]\nsite = "storage-1"\ndata_dir = "data"\n[mqtt]\nurl = "mqtt://127.0.0.1:1883"\n'
BEGIN = datetime.fromtimestamp((NOW - 8 * HOUR_MS) / 1_000, UTC).isoformat()
END = str(NOW)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    with start_version("2.7.12", tmp_path_factory.mktemp("influx")) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a night in it; looking again waits for nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_influx, "PAUSE_S", 0.0)
    (tmp_path / "data").mkdir()
    store = open_store(tmp_path / "data" / HOT_FILE)
    story(store, "alarm")
    store.close()
    return tmp_path


def configured(folder: Path, url: str, token: str, more: str = "") -> None:
    table = f'[influx]\nurl = "{url}"\ntoken = "{token}"\n{more}'
    (folder / "server.toml").write_text(HEAD + table, encoding="utf-8")


def run(command: str, code: int, *more: str) -> str:
    told = CliRunner().invoke(app, ["influx", command, "--from", BEGIN, "--to", END, *more], catch_exceptions=False)
    assert told.exit_code == code, told.output
    return told.output


def test_a_time_is_made_anew_proved_damaged_found_and_mended(folder: Path, server: InfluxServer) -> None:
    configured(folder, server.url, server.token, f'org = "{server.org}"\n')
    assert "written / 已写入: " in run("rebuild", 0)
    alike = run("compare", 0)
    assert "ALIKE: the mirror is the record for this time / 一致" in alike
    record, mirror = (line.rsplit(" ", 1)[1] for line in alike.splitlines() if "SHA-256" in line)
    assert record == mirror
    (warm,) = server.rows("coldchain", "SELECT first(celsius) AS c FROM temperature WHERE probe = 'fridge-1-load'")
    line = f"temperature,place=fridge-1,probe=fridge-1-load,role=load,site=storage-1 celsius=-40.0 {warm['time']}"
    server.write("coldchain", line.encode())
    found = run("compare", 1)
    assert "NOT ALIKE / 不一致: missing / 缺少 0, extra / 多出 0, differs / 数值不同 1" in found
    assert "probe=fridge-1-load" in found
    assert f"celsius: {warm['c']} | -40.0" in found
    run("rebuild", 0)
    run("compare", 0)


def test_3_core_is_made_anew_but_what_should_not_be_there_stays_and_that_is_said(folder: Path) -> None:
    with InfluxCoreStandIn() as core:
        configured(folder, core.url, core.secret)
        assert "this server takes no points back" in run("rebuild", 0)
        assert {name for name, _, _ in core.points} >= {"temperature", "finding"}


def test_an_entry_that_cannot_be_told_is_named_and_nothing_is_said_to_be_proved(
    folder: Path, server: InfluxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(folder, server.url, server.token, f'org = "{server.org}"\n')

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no words")

    monkeypatch.setattr(run_influx, "title_of", broken)
    found = run("compare", 1)
    assert "NOT in any mirror" in found
    assert "ZeroDivisionError: no words" in found


def test_with_a_token_that_may_only_write_it_is_made_anew_without_clearing(folder: Path, server: InfluxServer) -> None:
    assert isinstance(server, Influx2)
    server.create("write_only")
    configured(folder, server.url, server.write_token("write_only"), f'org = "{server.org}"\ndatabase = "write_only"\n')
    told = run("rebuild", 0)
    assert "not asked what is there" in told
    assert "cleared first" not in told
    assert server.rows("write_only", "SELECT count(celsius) AS n FROM temperature")[0]["n"] > 100


@pytest.mark.parametrize(
    ("begin", "end", "says"),
    [("2026-03-12", "2026-03-11", "--from lies before --to"), ("2000-01-01", "2026-01-01", "at most 3660 days")],
)
def test_a_period_that_cannot_be_meant_is_refused(folder: Path, begin: str, end: str, says: str) -> None:
    configured(folder, "http://127.0.0.1:1", "t")
    with pytest.raises(CommandLineError, match=says):
        CliRunner().invoke(app, ["influx", "compare", "--from", begin, "--to", end], catch_exceptions=False)


def test_without_a_mirror_there_is_nothing_to_compare(folder: Path) -> None:
    (folder / "server.toml").write_text(HEAD, encoding="utf-8")
    with pytest.raises(CommandLineError, match=r"influx\.url is not set"):
        run("compare", 2)
