"""Server, broker and gateway as processes: limits go down by themselves, and a last will is shown at once."""

import json
import urllib.request
from pathlib import Path
from typing import Any

from support.brokers import start_nats
from support.waiting import until

from assembly.brokers import free_port
from assembly.lifecycle import EXIT_STOPPED
from assembly.processes import log_tail, start_coldchain
from assembly.starting import starter_text


def notices(port: int) -> set[str]:
    """Return the kinds of notices of all places; none while the server does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/standings", timeout=5) as page:
            body: Any = json.load(page)
    except OSError:
        return set()
    places = body["items"]
    return {notice["kind"] for place in places for notice in place["notices"]}


def local(status: Path) -> dict[str, Any]:
    """Return what the gateway says of its local alarm; nothing before it said anything."""
    try:
        part: dict[str, Any] = json.loads(status.read_bytes())["local"]
    except OSError:
        return {"limits_version": 0}
    return part


def test_a_gateway_gets_the_servers_limits_and_its_sudden_end_is_shown_before_its_silence(tmp_path: Path) -> None:
    port, status = free_port(), tmp_path / "gateway-spool.sqlite.status.json"
    with start_nats(tmp_path) as broker:
        at = broker.url.removeprefix("mqtt://")
        for name in ("server.toml", "gateway.toml"):
            text = starter_text(name).replace("127.0.0.1:1883", at).replace("http_port = 8080", f"http_port = {port}")
            (tmp_path / name).write_text(text, encoding="utf-8")
        server, gateway = (
            start_coldchain(kind, [kind, "--config", str(tmp_path / f"{kind}.toml")], tmp_path / f"{kind}.log")
            for kind in ("server", "gateway")
        )
        try:
            until(lambda: local(status)["limits_version"] > 0)
            until(lambda: json.loads(status.read_bytes())["link"] == "sending")
            gateway.kill()
            until(lambda: "gateway-dark" in notices(port))
        finally:
            gateway.kill()
            code = server.stop()
    assert code == EXIT_STOPPED, log_tail(server.log)
