"""The table [heartbeat]: an address that is a secret, and nothing else that can be meant wrongly."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from support.hand_clock import HandClock

from assembly.heartbeat import start_heartbeat
from assembly.heartbeat_settings import HeartbeatTable, address_of
from assembly.settings import SettingsError, load_server
from coldchain.errors import ColdchainError


def test_without_an_address_there_is_no_heartbeat_and_no_figure() -> None:
    registry = CollectorRegistry()
    start_heartbeat(HeartbeatTable(), {}, HandClock(), registry).close()
    assert generate_latest(registry) == b""


HEAD = '[server]\nsite = "site-a"\ndata_dir = "data"\n[mqtt]\nurl = "mqtt://127.0.0.1:1883"\n'


def settings(folder: Path, text: str) -> HeartbeatTable:
    file = folder / "server.toml"
    file.write_text(f"{HEAD}[heartbeat]\n{text}\n")
    return load_server(file).heartbeat


def test_the_address_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "heartbeat.url").write_text("https://watch.example/ping/abc\n")
    (tmp_path / "heartbeat.url").chmod(0o600)
    table = settings(tmp_path, 'url_file = "heartbeat.url"\nmethod = "post"\nevery_s = 300\nmirror = false')
    assert address_of(table) == "https://watch.example/ping/abc"
    assert (table.method, table.every_s, table.mirror) == ("post", 300, False)


@pytest.mark.parametrize(("text", "mode"), [("https://w.example/p", 0o644), ("ftp://w.example/p", 0o600), ("", 0o600)])
def test_an_address_file_that_others_read_or_that_holds_none_is_refused(text: str, mode: int, tmp_path: Path) -> None:
    (tmp_path / "heartbeat.url").write_text(text)
    (tmp_path / "heartbeat.url").chmod(mode)
    with pytest.raises(ColdchainError, match=r"heartbeat\.url_file .*heartbeat\.url") as caught:
        address_of(settings(tmp_path, 'url_file = "heartbeat.url"'))
    assert "w.example" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        'url = "https://w.example/secret"\nurl_file = "heartbeat.url"',
        'url = "ftp://w.example/secret"',
        'url = "https://w.example/secret"\nevery_s = 5',
        'url = "https://w.example/secret"\nmethod = "PUT"',
    ],
)
def test_settings_that_cannot_be_meant_are_refused_without_showing_the_address(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="heartbeat") as caught:
        settings(tmp_path, text)
    assert "secret" not in str(caught.value)
