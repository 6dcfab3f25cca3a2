"""`coldchain store seal`: what it shows, what it does, and what one damaged day keeps it from."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support import store_words as words
from typer.testing import CliRunner

from assembly.cli import app
from assembly.exits import CommandLineError
from assembly.starting import starter_text
from coldchain.blocks import DAY_MS, ClosedDay, SealPlan
from coldchain.ports import Session
from stores.sqlite import open_store

DAYS = (20_000, 20_001, 20_002)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record of three days of a probe, all of them closed."""
    path = tmp_path / "server.toml"
    path.write_text(starter_text("server.toml"), encoding="utf-8")
    (tmp_path / "data").mkdir()
    store = open_store(tmp_path / "data" / "hot.sqlite")
    for day in DAYS:
        with store.writing() as session:
            session.readings.append_samples(words.samples([day * DAY_MS + 1_000, day * DAY_MS + 2_000], [1, 2]))
    store.close()

    def closed(session: Session, _plan: SealPlan, _now_ms: int, limit: int) -> tuple[ClosedDay, ...]:
        return session.readings.closed_days({words.probe().id: 30_000}, 2**60, limit)

    monkeypatch.setattr("ingest.sealing.closed_days", closed)
    return path


def seal(config: Path, *more: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["store", "seal", "--config", str(config), *more])
    return answer.exit_code, answer.output


def test_it_shows_and_then_seals_what_is_closed(config: Path) -> None:
    code, said = seal(config, "--dry-run")
    assert (code, "days to be sealed / 待封存的日数: 3" in said) == (0, True)
    code, said = seal(config, "--check")
    assert (code, "days sealed / 已封存的日数: 3; readings / 读数: 6" in said) == (0, True)
    assert "待封存的日数: 0" in seal(config, "--dry-run")[1]


def test_a_damaged_day_keeps_no_other_day_unsealed_and_is_named(config: Path) -> None:
    with closing(sqlite3.connect(config.parent / "data" / "hot.sqlite")) as connection:
        (trigger,) = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'hot_readings_no_update'"
        ).fetchone()
        connection.execute("DROP TRIGGER hot_readings_no_update")
        connection.execute("UPDATE hot_readings SET body = x'01ff' WHERE admission = 1")
        connection.execute(trigger)
        connection.commit()
    code, said = seal(config)
    assert code == 1
    assert f"NOT sealed / 未封存: {words.probe().id} 2024-10-04" in said
    assert "days sealed / 已封存的日数: 2; readings / 读数: 4" in said


def test_what_only_shows_writes_no_sums(config: Path) -> None:
    answer = CliRunner().invoke(app, ["store", "seal", "--config", str(config), "--dry-run", "--sums"])
    assert isinstance(answer.exception, CommandLineError)
