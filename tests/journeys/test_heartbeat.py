"""A real centre beats while it works, and not while its broker is gone; and it takes what Grafana says."""

import json
import urllib.request
from pathlib import Path

import pytest
from support.brokers import start_mosquitto
from support.waiting import until
from support.watcher import Watcher

from assembly.brokers import free_port
from assembly.lifecycle import EXIT_STOPPED
from assembly.processes import log_tail, start_coldchain
from assembly.starting import starter_text

pytestmark = [pytest.mark.journey, pytest.mark.long]

SECRET = "0123456789abcdef0123456789abcdef"
ALERT = {
    "status": "firing",
    "labels": {"alertname": "No data"},
    "startsAt": "2026-09-21T14:13:20Z",
    "fingerprint": "c6ea",
}


def settings(folder: Path, port: int, broker: str, watcher: str) -> Path:
    """Write a server.toml with a heartbeat and a webhook, each with its secret in a file of its own."""
    for name, text in (("heartbeat.url", watcher), ("grafana.secret", SECRET)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    text = starter_text("server.toml").replace("http_port = 8080", f"http_port = {port}")
    text = text.replace("mqtt://127.0.0.1:1883", broker)
    text += '\n[heartbeat]\nurl_file = "heartbeat.url"\nevery_s = 30\n'
    path = folder / "server.toml"
    path.write_text(text + '\n[grafana]\nwebhook_secret_file = "grafana.secret"\n', encoding="utf-8")
    return path


def ask(port: int, path: str, body: bytes | None = None) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Authorization": f"Bearer {SECRET}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def test_a_centre_beats_while_it_works_and_takes_what_grafana_says(tmp_path: Path) -> None:
    port = free_port()
    with Watcher() as watcher, start_mosquitto(tmp_path) as broker:
        file = settings(tmp_path, port, broker.url, watcher.url)
        child = start_coldchain("server", ["server", "--config", str(file)], tmp_path / "server.log")
        try:
            until(lambda: '"ready":true' in ask(port, "/readyz"))
            assert json.loads(ask(port, "/api/grafana/alerts", json.dumps({"alerts": [ALERT]}).encode()))["taken"] == 1
            assert "Grafana says" in ask(port, "/alarms?lang=en")
            until(lambda: len(watcher.beats) == 1)
            assert "coldchain_heartbeat_sent_total 1.0" in ask(port, "/metrics")
            broker.kill()
            until(lambda: 'withheld_total{part="intake"} 1.0' in ask(port, "/metrics"), 80)
            assert len(watcher.beats) == 1
            assert 'withheld_total{part="writer"} 0.0' in ask(port, "/metrics")
        finally:
            code = child.stop()
    assert code == EXIT_STOPPED, log_tail(child.log)
    said = child.log.read_text()
    assert "heartbeat_withheld" in said
    assert watcher.url not in said
    assert SECRET not in said
