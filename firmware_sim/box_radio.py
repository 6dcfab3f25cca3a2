"""The box's radio: MQTT 3.1.1 with a clean session, connecting again for ever, and a place without network.

A thread of its own carries bytes between two queues and a broker; it knows nothing of batches and rows. PUBACK means
nothing, and a connection is one client, used once: what a connection did not carry is lost, and the box sends it again.
"""

import contextlib
import socket
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

KEEPALIVE_S: Final = 30
CONNECT_S: Final = 5.0
PAUSE_S: Final = 0.5
PAUSE_S_MAX: Final = 30.0
LOOP_S: Final = 0.05
SUBSCRIBE_LOOPS_MAX: Final = 200  # a broker that takes the connection but not the subscription is left
WAITING_MAX: Final = 64
FAREWELL_LOOPS: Final = 10


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and who the box is there."""

    host: str
    port: int = 1883
    user: str | None = None
    password: str | None = None


def broker_of(url: str) -> Broker:
    """Read mqtt://user:password@host:port. Raises ValueError; the message does not repeat the URL, for its password."""
    parts = urlsplit(url)
    if parts.scheme != "mqtt" or not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment:
        message = "write the broker's URL as mqtt://user:password@host:port"
        raise ValueError(message)
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return Broker(parts.hostname, parts.port or 1883, user, password)


class Radio:
    """Carries messages of one box. All methods are for the box's thread; `close` ends the radio's own."""

    def __init__(self, broker: Broker, *, site: str, gateway: str, client_id: str, will: bytes) -> None:
        """Be switched on, with network; connect in the background."""
        self._broker = broker
        self._topic = f"cc/v1/{site}/{gateway}"
        self._client_id = client_id
        self._will = will
        self._outgoing: deque[tuple[int, str, bytes, bool]] = deque()
        self._incoming: deque[tuple[str, bytes]] = deque(maxlen=WAITING_MAX)
        self._connection = 0  # counts connections; only that of the present one may be sent on
        self._up = False
        self._network = threading.Event()
        self._network.set()
        self._stop = threading.Event()
        self._goodbye: bytes | None = None
        self._thread = threading.Thread(target=self._run, name="box-radio", daemon=True)
        self._thread.start()

    def set_network(self, *, is_there: bool) -> None:
        """Come to a place with or without network. Without, the connection breaks as if the air had cut it."""
        if is_there:
            self._network.set()
        else:
            self._network.clear()

    def send(self, leaf: str, payload: bytes, retain: bool) -> bool:  # noqa: FBT001 - box_uplink.Publish
        """Hand a message to the present connection; tell whether there is one and it has room."""
        if not self._up or len(self._outgoing) >= WAITING_MAX:
            return False
        self._outgoing.append((self._connection, leaf, payload, retain))
        return True

    def news(self) -> list[tuple[str, bytes]]:
        """Return what happened since: ("up", b""), ("down", b""), ("ack", payload). Too many: the oldest are lost."""
        found: list[tuple[str, bytes]] = []
        with contextlib.suppress(IndexError):
            while True:
                found.append(self._incoming.popleft())
        return found

    def close(self, goodbye: bytes | None = None) -> None:
        """End; `goodbye` is published as `state` if there is a connection."""
        self._goodbye = goodbye
        self._stop.set()
        self._network.set()
        self._thread.join(CONNECT_S + 2 * LOOP_S + 1.0)

    def _run(self) -> None:
        pause_s = PAUSE_S
        while not self._stop.is_set():
            if not self._network.wait(LOOP_S):
                continue
            if self._one_connection():
                pause_s = PAUSE_S
            elif self._network.is_set():
                self._stop.wait(pause_s)
                pause_s = min(PAUSE_S_MAX, pause_s * 2)

    def _one_connection(self) -> bool:
        """Connect once and serve until it breaks; tell whether the broker took us."""
        client = self._client()
        served = False
        try:
            client.connect(self._broker.host, self._broker.port, KEEPALIVE_S)
            served = self._serve(client)
        except (OSError, ValueError):
            pass  # no broker: tried again for ever
        finally:
            if self._up:
                self._up = False
                self._incoming.append(("down", b""))
            _cut(client)
        return served

    def _serve(self, client: Client) -> bool:
        """Move messages until the line, the network or the box is gone."""
        for loops in range(SUBSCRIBE_LOOPS_MAX):
            if self._up or self._stop.is_set() or not self._network.is_set():
                break
            if client.loop(LOOP_S) != MQTTErrorCode.MQTT_ERR_SUCCESS or loops == SUBSCRIBE_LOOPS_MAX - 1:
                return False
        served = self._up
        while self._up and self._network.is_set() and not self._stop.is_set():
            self._publish_all(client)
            if client.loop(LOOP_S) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return served
        if self._up and self._stop.is_set():
            self._say_goodbye(client)
        return served

    def _publish_all(self, client: Client) -> None:
        with contextlib.suppress(IndexError):
            while True:
                connection, leaf, payload, retain = self._outgoing.popleft()
                if connection == self._connection:
                    client.publish(f"{self._topic}/{leaf}", payload, qos=1, retain=retain)

    def _say_goodbye(self, client: Client) -> None:
        if self._goodbye is None:
            return
        farewell = client.publish(f"{self._topic}/state", self._goodbye, qos=1, retain=True)
        for _ in range(FAREWELL_LOOPS):
            if farewell.is_published() or client.loop(LOOP_S) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
        client.disconnect()

    def _client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.connect_timeout = CONNECT_S
        client.max_queued_messages_set(WAITING_MAX)
        if self._broker.user is not None:
            client.username_pw_set(self._broker.user, self._broker.password)
        client.will_set(f"{self._topic}/state", self._will, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_socket_open = _no_delay
        return client

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:  # noqa: ANN401 - paho's signature
        if not reason.is_failure:
            client.subscribe(f"{self._topic}/ack", qos=1)

    def _on_subscribe(self, _client: Client, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:  # noqa: ANN401 - paho's signature
        if all(not reason.is_failure for reason in reasons):
            self._connection += 1
            self._up = True
            self._incoming.append(("up", b""))

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:  # noqa: ANN401 - paho's signature
        self._incoming.append(("ack", bytes(message.payload)))


def _no_delay(_client: Client, _data: Any, connected: Any) -> None:  # noqa: ANN401 - paho's signature
    with contextlib.suppress(OSError):
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _cut(client: Client) -> None:
    """Close the socket without a word, so that the broker says the last will."""
    connected = client.socket()
    if isinstance(connected, socket.socket):
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)
        client.loop(0.0)  # paho notices and closes it
