"""deploy/compose/mosquitto in a real Mosquitto: certificates for everybody, a health check that hears nothing else."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from support.brokers import free_port, program_of_mosquitto
from support.tls_site import Listener, TlsSite
from support.waiting import until

from assembly.pki_mosquitto import access_list, configuration

HERE = Path(__file__).parents[2] / "deploy/compose/mosquitto"


class Broker:
    """The shipped configuration with its two ports and its folders moved."""

    def __init__(self, home: Path, site: TlsSite) -> None:
        files = home / "pki-of-the-broker"
        files.mkdir()
        for name in ("ca.crt", "crl.pem", "issued/broker.crt", "issued/broker.key"):
            shutil.copy(site.pki.folder / name, files)
        (files / "mosquitto-acl").write_text(access_list({}))
        self.tls_port, self.health_port = free_port(), free_port()
        text = (HERE / "mosquitto.conf").read_text(encoding="utf-8")
        text = text.replace("listener 8883\n", f"listener {self.tls_port} 127.0.0.1\n")
        text = text.replace("listener 1883 127.0.0.1", f"listener {self.health_port} 127.0.0.1")
        text = text.replace("/mosquitto/pki", str(files)).replace("/mosquitto/config", str(HERE))
        text = text.replace("log_dest stdout", "log_dest stderr")
        if os.geteuid() == 0:
            text = f"user root\n{text}"
        (home / "compose.conf").write_text(text)
        command = [program_of_mosquitto(), "-c", str(home / "compose.conf")]
        self.process = Listener("mosquitto", command, self.tls_port, home / "compose.log").start()
        until(lambda: listens(self.health_port))


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, TlsSite]]:
    home = tmp_path_factory.mktemp("broker")
    site = TlsSite(home)  # its own broker is not started
    made = Broker(home, site)
    yield made, site
    made.process.kill()


def heard(client: mqtt.Client, port: int, topic: str) -> tuple[list[bytes], list[str]]:
    """Return what comes on a topic and what the broker answered to the subscription."""
    messages: list[bytes] = []
    granted: list[str] = []
    client.on_message = lambda _c, _d, message: messages.append(bytes(message.payload))
    client.on_subscribe = lambda _c, _d, _m, codes, _p: granted.extend(str(code) for code in codes)
    client.on_connect = lambda c, *_: c.subscribe(topic, 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    until(lambda: bool(granted))
    return messages, granted


def stop(client: mqtt.Client) -> None:
    client.disconnect()
    client.loop_stop()


def test_the_health_check_hears_how_long_the_broker_runs(broker: tuple[Broker, TlsSite]) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    messages, _ = heard(client, broker[0].health_port, "$SYS/broker/uptime")
    until(lambda: bool(messages))
    stop(client)
    assert messages[0].endswith(b"seconds")


def test_the_health_checks_listener_neither_hears_nor_says_anything_of_gateways(broker: tuple[Broker, TlsSite]) -> None:
    made, site = broker
    spy = mqtt.Client(CallbackAPIVersion.VERSION2)
    messages, _ = heard(spy, made.health_port, "cc/v1/#")
    centre = mqtt.Client(CallbackAPIVersion.VERSION2)
    centre.tls_set_context(site.centre())
    received, _ = heard(centre, made.tls_port, "cc/v1/+/+/up")
    gateway = mqtt.Client(CallbackAPIVersion.VERSION2)
    gateway.tls_set_context(site.device("gw-1"))
    connected = threading.Event()
    gateway.on_connect = lambda *_: connected.set()
    gateway.connect("127.0.0.1", made.tls_port)
    gateway.loop_start()
    assert connected.wait(10)
    spy.publish("cc/v1/storage-1/gw-1/up", b"forged", 1).wait_for_publish(10)
    gateway.publish("cc/v1/storage-1/gw-1/up", b"real", 1).wait_for_publish(10)
    until(lambda: bool(received))
    for client in (spy, centre, gateway):
        stop(client)
    assert (received, messages) == ([b"real"], [])


def test_the_settings_of_the_broker_are_those_that_the_command_writes() -> None:
    """But for where files lie and the health check's listener."""
    written = configuration(Path("/mosquitto"), "broker").splitlines()
    ours = (HERE / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
    files = ("acl_file", "cafile", "certfile", "keyfile", "crlfile", "#", "per_listener_settings")
    assert {line for line in written if not line.startswith(files)} <= set(ours)
