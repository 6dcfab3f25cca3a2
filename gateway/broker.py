"""One connection to the broker, with paho-mqtt (MQTT 3.1.1, QoS 1), driven from the thread that uses it.

A connection is one paho client, used once: paho would repeat what it holds after a reconnect, and only the centre's ack
decides what is repeated. PUBACK means nothing here; rows go when the centre has acknowledged them.
"""

import logging
import select
import socket
import ssl
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from coldchain.errors import InvalidValueError

DEFAULT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
KEEPALIVE_S: Final = 30
CONNECT_S: Final = 5.0
LINGER_S: Final = 0.05  # rows of one round are accepted within this time and share a batch
FLUSH_TICK_S: Final = 0.5
COMMANDS_WAITING_MAX: Final = 16  # limits are retained and commands are asked again: what is dropped comes anew
ACKS_WAITING_MAX: Final = 64  # acks are complete: what is dropped is said again by the next
ACK_BYTES_MAX: Final = 256 * 1024
UNACKNOWLEDGED_MAX: Final = 32  # publishes without PUBACK; beyond it paho refuses, and nothing queues up in it
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and who we are there."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: bool = False


def parse_broker_url(url: str) -> BrokerAddress:
    """Read mqtt://user:password@host:port (1883) or mqtts://host:port (8883). Raises InvalidValueError."""
    advice = "write mqtt://user:password@host:port, and # ? / @ : % in user or password as %23 %3F %2F %40 %3A %25"
    if "#" in url or "?" in url:
        # Read as a fragment or a query it would cut the URL, and a part of the password would be taken for the host.
        msg = f"broker URL is not allowed, it has a '#' or a '?': {advice}"
        raise InvalidValueError(msg)
    try:
        parts = urlsplit(url)
        port = DEFAULT_PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
    except ValueError:
        # What urlsplit says may show a part of the password, so it is not repeated.
        msg = f"broker URL is not allowed, its host or port cannot be read: {advice}"
        raise InvalidValueError(msg) from None
    if port == 0 and parts.scheme in DEFAULT_PORTS:
        msg = f"broker URL with port 0 is not allowed: {advice}"
        raise InvalidValueError(msg)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path not in {"", "/"}:
        msg = f"broker URL with scheme {parts.scheme!r} and host {parts.hostname!r} is not allowed: {advice}"
        raise InvalidValueError(msg)
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return BrokerAddress(parts.hostname, port, user, password, tls=parts.scheme == "mqtts")


def new_client(address: BrokerAddress, client_id: str, tls: ssl.SSLContext | None = None) -> Client:
    """Return a client for one connection; of two with one id the broker drops one in turn.

    Raises InvalidValueError for an mqtts:// address without a context: nothing may go out in the clear by a slip.
    """
    if address.tls is not (tls is not None):
        raise InvalidValueError("mqtts:// needs mqtt.ca (with mqtt.cert and mqtt.key), and these need mqtts://")
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True, protocol=MQTTProtocolVersion.MQTTv311
    )
    if address.user is not None:
        client.username_pw_set(address.user, address.password)
    if tls is not None:
        client.tls_set_context(tls)
    return client


class Connection:
    """One paho client for one connection, driven from one thread. Callbacks only note what came.

    `user` stands before the names of what is counted: "uplink", "dock". `commands`: what came below `command_topic`
    (a topic without its last "/#"), by the rest of its topic. A broker that denies it is told of, and the rest works.
    """

    def __init__(
        self, client: Client, ack_topic: str, counters: Counter[str], user: str, command_topic: str | None = None
    ) -> None:
        self.subscribed = False
        self.acks: deque[bytes] = deque()
        self.commands: deque[tuple[str, bytes]] = deque()
        self._client = client
        self._ack_topic = ack_topic
        self._command_topic = command_topic
        self._counters = counters
        self._user = user
        self._failed = False
        client.connect_timeout = CONNECT_S
        client.max_queued_messages_set(UNACKNOWLEDGED_MAX)
        client.max_inflight_messages_set(UNACKNOWLEDGED_MAX)
        client.on_socket_open = self._on_socket_open
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect

    def open(self, address: BrokerAddress) -> None:
        """Open the socket and send CONNECT. Raises OSError."""
        self._client.connect(address.host, address.port, keepalive=KEEPALIVE_S)

    def wait(self, seconds: float, bell: socket.socket | None = None) -> bool:
        """Wait for the broker, the bell or until the time is over, let paho work; tell whether the connection lives."""
        line = self._client.socket()
        if line is None or self._failed:
            return False
        writing = [line] if self._client.want_write() else []
        reading = [line] if bell is None else [line, bell]
        if isinstance(line, ssl.SSLSocket) and line.pending():
            return self._pump(readable=True, writable=False)  # decrypted already: select would not see it
        readable, writable, _ = select.select(reading, writing, [], seconds)
        if bell in readable and line not in readable:
            readable, writable, _ = select.select([line], writing, [], LINGER_S)
        return self._pump(line in readable, line in writable)

    def publish(self, name: str, payload: bytes, *, retain: bool) -> bool:
        """Hand a message to the socket at QoS 1; False if there is none or too many wait for the broker's PUBACK."""
        if not self._client.is_connected():
            return False
        return self._client.publish(name, payload, qos=1, retain=retain).rc is MQTTErrorCode.MQTT_ERR_SUCCESS

    def flush(self, seconds: float) -> None:
        """Give the broker some time to take what was published last."""
        line = self._client.socket()
        while line is not None and seconds > 0 and self._client.want_write():
            _, writable, _ = select.select([], [line], [], seconds)
            seconds -= FLUSH_TICK_S
            if not writable or not self._pump(readable=False, writable=True):
                return

    def close(self) -> None:
        """Say good-bye if there is somebody to say it to, and forget everything."""
        self._client.on_disconnect = None
        self._client.disconnect()

    def _pump(self, readable: bool, writable: bool) -> bool:  # noqa: FBT001 - what select said
        codes = []
        if readable:
            codes.append(self._client.loop_read())
        if writable:
            codes.append(self._client.loop_write())
        codes.append(self._client.loop_misc())
        return all(code is MQTTErrorCode.MQTT_ERR_SUCCESS for code in codes)

    def _on_socket_open(self, client: Client, _userdata: Any, line: Any) -> None:  # noqa: ANN401, ARG002
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _on_connect(self, client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:  # noqa: ANN401
        if reason.is_failure:
            self._refused(f"the broker refuses the connection: {reason}")
        else:
            topics = [(self._ack_topic, 1)]
            if self._command_topic is not None:
                topics.append((f"{self._command_topic}/#", 1))
            client.subscribe(topics)

    def _on_subscribe(self, client: Client, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:  # noqa: ANN401, ARG002
        if reasons[0].is_failure:
            self._refused(f"the broker refuses the subscription of {self._ack_topic}")
            return
        self.subscribed = True
        if any(reason.is_failure for reason in reasons[1:]):
            self._counters[f"{self._user}_command_refusals"] += 1
            _LOG.error(
                "the broker refuses the subscription of %s/#: limits and commands of the centre do not arrive; "
                "check the broker's access list",
                self._command_topic,
            )

    def _on_message(self, client: Client, _userdata: Any, message: MQTTMessage) -> None:  # noqa: ANN401, ARG002
        if self._command_topic is not None and message.topic.startswith(f"{self._command_topic}/"):
            self._on_command(message.topic[len(self._command_topic) + 1 :], bytes(message.payload))
        elif len(self.acks) >= ACKS_WAITING_MAX or len(message.payload) > ACK_BYTES_MAX:
            self._counters[f"{self._user}_acks_dropped"] += 1
        else:
            self.acks.append(bytes(message.payload))

    def _on_command(self, leaf: str, payload: bytes) -> None:
        if len(self.commands) >= COMMANDS_WAITING_MAX or len(payload) > ACK_BYTES_MAX:
            self._counters[f"{self._user}_commands_dropped"] += 1
        else:
            self.commands.append((leaf, payload))

    def _on_disconnect(self, client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:  # noqa: ANN401, ARG002
        self._failed = True
        self._counters[f"{self._user}_disconnects"] += 1
        _LOG.warning("the connection to the broker is gone: %s", reason)

    def _refused(self, why: str) -> None:
        self._failed = True
        self._counters[f"{self._user}_connect_refusals"] += 1
        _LOG.error("%s: check user, password and the broker's access list", why)
