"""Which settings were in force stands in the ledger: what changed at which start, and never a secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hand_clock import HandClock
from typer.testing import CliRunner

from assembly.cli import app
from assembly.settings import load_server
from assembly.settings_record import KEY_BYTES, KEY_FILE, MARKS, marks_key, record_settings, values_of
from assembly.settings_told import told
from assembly.starting import starter_text
from assembly.storing import HOT_FILE
from coldchain.entries import EntryKind
from coldchain.server_settings import SettingsChange, in_force
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.session import SqlStore
from stores.sqlite import open_store

SECRETS = ("hunter2-webhook", "robot-token-1", "signing-word", "+8613800001111", "broker-word", "file-word")
SMS = """[[channel]]
id = "sms"
kind = "webhook"
url = "https://sms.example/robot-token-1"
secret = "signing-word"
"""
MAIL = """[[channel]]
id = "mail"
kind = "smtp"
host = "mail.example"
sender = "centre@example"
password_file = "mail.password"
"""
MORE = f"""
[checkpoints]
webhook = "https://notary.example/in?key=hunter2-webhook"
{SMS}{MAIL}[escalation]
[[escalation.person]]
id = "wang"
name = "Wang"
addresses = {{sms = "+8613800001111"}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = starter_text("server.toml").replace("mqtt://127.0.0.1:1883", "mqtt://centre:broker-word@127.0.0.1:1883")
    (tmp_path / "server.toml").write_text(text + MORE, encoding="utf-8")
    (tmp_path / "mail.password").write_text("file-word\n")
    (tmp_path / "data").mkdir()
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Iterator[SqlStore]:
    store = open_store(folder / "data" / HOT_FILE)
    yield store
    store.close()


def start(store: SqlStore, folder: Path, at_ms: int = 1_000) -> int:
    settings = load_server(folder / "server.toml")
    return record_settings(Pipeline(store, Counters()), store, settings, HandClock(at_ms))


def replaced(folder: Path, old: str, new: str) -> None:
    text = (folder / "server.toml").read_text("utf-8")
    assert old in text
    (folder / "server.toml").write_text(text.replace(old, new), encoding="utf-8")


def recorded(store: SqlStore) -> tuple[SettingsChange, ...]:
    with store.reading() as session:
        return session.records.settings_changes()


def changes_of(change: SettingsChange) -> list[tuple[str, str | None, str | None]]:
    return [(one.key, one.was, one.now) for one in change.changed]


def test_a_start_records_every_setting_and_the_next_one_nothing(store: SqlStore, folder: Path) -> None:
    assert start(store, folder) > 20
    assert [start(store, folder, at_ms) for at_ms in (2_000, 3_000)] == [0, 0]
    (change,) = recorded(store)
    assert all(one.was is None for one in change.changed)
    found = in_force([change])
    assert (found["server.http_port"], found["channel[sms].kind"]) == ("8080", '"webhook"')
    assert (found["rounds.hours"], found["probe[fridge-1-load]"]) == ("12", "named")
    with store.reading() as session:
        kinds = [entry.kind for entry in session.ledger.entries(0, 100)]
    assert kinds == [EntryKind.SERVER_SETTINGS]


def test_what_changed_is_recorded_from_what_to_what(store: SqlStore, folder: Path) -> None:
    start(store, folder)
    replaced(folder, "http_port = 8080", "http_port = 8090")
    replaced(folder, 'host = "mail.example"\n', 'host = "mail.example"\nport = 25\n')
    assert start(store, folder, 2_000) == 2
    assert changes_of(recorded(store)[-1]) == [
        ("channel[mail].port", "587", "25"),
        ("server.http_port", "8080", "8090"),
    ]
    replaced(folder, "http_port = 8090", "http_port = 8080")
    assert start(store, folder, 3_000) == 1
    assert changes_of(recorded(store)[-1]) == [("server.http_port", "8090", "8080")]


def test_a_variable_of_the_environment_is_in_force_and_so_it_is_recorded(
    store: SqlStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(store, folder)
    monkeypatch.setenv("COLDCHAIN_ROUNDS__HOURS", "8")
    assert start(store, folder) == 1
    assert changes_of(recorded(store)[-1]) == [("rounds.hours", "12", "8")]


def test_no_secret_is_in_the_record_nor_a_digest_that_can_be_guessed_at(store: SqlStore, folder: Path) -> None:
    start(store, folder)
    with store.reading() as session:
        payload = session.ledger.entries(0, 1)[0].payload
    assert not [one for one in SECRETS if one.encode() in payload]
    key = (folder / "data" / KEY_FILE).read_bytes()
    assert (folder / "data" / KEY_FILE).stat().st_mode & 0o077 == 0
    assert key not in payload
    assert key.hex().encode() not in payload
    settings = load_server(folder / "server.toml")
    mine, others = values_of(settings, key), values_of(settings, bytes(KEY_BYTES))
    marked = {name for name in mine if mine[name] != others[name]}
    assert marked == {
        *("checkpoints.webhook", "channel[sms].url", "channel[sms].secret", "channel[mail].password_file"),
        *("escalation.person[wang].addresses.sms", "mqtt.url", MARKS),
    }
    assert mine["mqtt.url"].startswith('"mqtt://centre:***@127.0.0.1:1883", mark ')


@pytest.mark.parametrize("user", ["me@corp.example", "two words", "", "me%40corp"])
def test_a_password_behind_any_user_that_is_taken_is_no_secret_of_the_record(folder: Path, user: str) -> None:
    replaced(folder, "mqtt://centre:", f"mqtt://{user}:")
    said = values_of(load_server(folder / "server.toml"), bytes(KEY_BYTES))["mqtt.url"]
    assert said.startswith(f'"mqtt://{user}:***@127.0.0.1:1883", mark ')
    assert "broker-word" not in said


def test_a_path_that_cannot_be_looked_at_is_told_and_does_not_end_the_start(store: SqlStore, folder: Path) -> None:
    replaced(folder, "[checkpoints]", f'[checkpoints]\nfolder = "{"x" * 300}"')
    start(store, folder)
    assert in_force(recorded(store))["checkpoints.folder"].endswith("cannot be read: File name too long")
    assert start(store, folder) == 0


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("signing-word", "another-word", "channel[sms].secret"),
        ("broker-word", "another-word", "mqtt.url"),
        ("robot-token-1", "robot-token-2", "channel[sms].url"),
        ("+8613800001111", "+8613800002222", "escalation.person[wang].addresses.sms"),
    ],
)
def test_that_a_secret_was_changed_is_seen(store: SqlStore, folder: Path, old: str, new: str, key: str) -> None:
    start(store, folder)
    replaced(folder, old, new)
    assert start(store, folder) == 1
    assert [one.key for one in recorded(store)[-1].changed] == [key]


def test_another_password_in_the_same_file_is_seen(store: SqlStore, folder: Path) -> None:
    start(store, folder)
    (folder / "mail.password").write_text("other-word\n")
    assert start(store, folder) == 1
    assert [one.key for one in recorded(store)[-1].changed] == ["channel[mail].password_file"]


@pytest.mark.parametrize("damaged", [None, b"", b"short"])
def test_a_lost_key_changes_the_marks_once_and_says_so(store: SqlStore, folder: Path, damaged: bytes | None) -> None:
    start(store, folder)
    path = folder / "data" / KEY_FILE
    path.unlink() if damaged is None else path.write_bytes(damaged)
    assert start(store, folder) == 7
    assert MARKS in [one.key for one in recorded(store)[-1].changed]
    assert (start(store, folder), len(marks_key(folder / "data"))) == (0, KEY_BYTES)


def test_the_order_of_tables_means_nothing_and_a_removed_one_is_told(store: SqlStore, folder: Path) -> None:
    start(store, folder)
    replaced(folder, SMS + MAIL, MAIL + SMS)
    assert start(store, folder) == 0
    replaced(folder, MAIL, "")
    assert start(store, folder) > 1
    assert {one.now for one in recorded(store)[-1].changed} == {None}
    assert all(one.key.startswith("channel[mail].") for one in recorded(store)[-1].changed)


def test_a_list_without_tables_is_not_set(store: SqlStore, folder: Path) -> None:
    replaced(folder, SMS + MAIL, "")
    replaced(folder, 'addresses = {sms = "+8613800001111"}', "addresses = {}")
    start(store, folder)
    assert not [key for key in in_force(recorded(store)) if key.startswith(("channel", "code_scheme"))]


def test_the_command_says_what_changed_and_what_is_in_force(store: SqlStore, folder: Path) -> None:
    start(store, folder)
    replaced(folder, "http_port = 8080", "http_port = 8090")
    start(store, folder, 1_790_000_000_000)
    asked = ["ledger", "settings", "--config", str(folder / "server.toml")]
    said = CliRunner().invoke(app, asked, catch_exceptions=False).output
    assert "first time / 首次记录" in said
    assert "2026-09-21T14:13:20Z, version" in said
    assert said.endswith("  server.http_port: 8080 -> 8090\n")
    whole = CliRunner().invoke(app, [*asked, "--in-force"], catch_exceptions=False).output
    assert "  server.http_port = 8090\n" in whole
    assert "->" not in whole
    assert not [one for one in SECRETS if one in said + whole]


def test_a_record_without_settings_says_so() -> None:
    assert told((), whole=True) == told((), whole=False)
    assert "尚无记录" in told((), whole=True)[0]
