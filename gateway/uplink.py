"""The uplink: one thread that carries the spool to the broker with paho-mqtt (MQTT 3.1.1, QoS 1).

A connection is one paho client, used once: paho would repeat what it holds after a reconnect, and only the centre's
ack decides what is repeated. The thread waits for three things with one select: the broker's socket, a wake-up from
`Spool.accept`, and time. PUBACK means nothing here; rows go when the centre has acknowledged them.
"""

import contextlib
import logging
import select
import socket
import zlib
from collections import Counter, deque
from dataclasses import dataclass
from threading import Event
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.identifiers import require_id
from coldchain.ports import Clock
from coldchain.wire import ITEMS_MAX, topic
from gateway.sender import HEARTBEAT_MS, Sender
from gateway.spool import Spool

KEEPALIVE_S: Final = 30
CONNECT_S: Final = 5.0
SUBSCRIBED_MS_MAX: Final = 15_000  # a broker that takes the connection but not the subscription is left
PAUSE_S: Final = 0.5
PAUSE_S_MAX: Final = 30.0
TICK_S: Final = 0.5
LINGER_S: Final = 0.05  # rows of one round are accepted within this time and share a batch
ACKS_WAITING_MAX: Final = 64  # acks are complete: what is dropped is said again by the next
ACK_BYTES_MAX: Final = 256 * 1024
UNACKNOWLEDGED_MAX: Final = 32  # publishes without PUBACK; beyond it paho refuses, and nothing queues up in it
FAREWELL_S: Final = 1.0
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and who we are there."""

    host: str
    port: int
    user: str | None
    password: str | None


def parse_broker_url(url: str) -> BrokerAddress:
    """Read mqtt://user:password@host:port (port 1883 if none is named). Raises InvalidValueError."""
    advice = "write mqtt://user:password@host:port, and # ? / @ : % in user or password as %23 %3F %2F %40 %3A %25"
    if "#" in url or "?" in url:
        # Read as a fragment or a query it would cut the URL, and a part of the password would be taken for the host.
        msg = f"broker URL is not allowed, it has a '#' or a '?': {advice}"
        raise InvalidValueError(msg)
    try:
        parts = urlsplit(url)
        port = 1883 if parts.port is None else parts.port
    except ValueError:
        # What urlsplit says may show a part of the password, so it is not repeated.
        msg = f"broker URL is not allowed, its host or port cannot be read: {advice}"
        raise InvalidValueError(msg) from None
    if port == 0:
        msg = f"broker URL with port 0 is not allowed: {advice}"
        raise InvalidValueError(msg)
    if parts.scheme != "mqtt" or not parts.hostname or parts.path not in {"", "/"}:
        msg = f"broker URL with scheme {parts.scheme!r} and host {parts.hostname!r} is not allowed: {advice}"
        raise InvalidValueError(msg)
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return BrokerAddress(parts.hostname, port, user, password)


class Uplink:
    """Carries a spool to the centre until it is told to stop. `counters` gets `uplink_*` counts."""

    def __init__(
        self,
        spool: Spool,
        clock: Clock,
        *,
        site: str,
        gateway: str,
        url: str,
        items_max: int = ITEMS_MAX,
        heartbeat_ms: int = HEARTBEAT_MS,
        counters: Counter[str],
    ) -> None:
        self._spool = spool
        self._clock = clock
        self._site = require_id(site, "site")
        self._gateway = require_id(gateway, "gateway")
        self._address = parse_broker_url(url)
        self._counters = counters
        self._connection: _Connection | None = None
        self._sender = Sender(
            spool,
            clock,
            gateway=gateway,
            publish=self._publish,
            items_max=items_max,
            heartbeat_ms=heartbeat_ms,
            counters=counters,
        )

    def run(self, stop: Event) -> None:
        """Carry on until stop is set; whatever the network or the broker does, connect again."""
        # Gateways that lost the same broker do not all come back in the same moment.
        share = 0.5 + zlib.crc32(self._gateway.encode()) % 1000 / 2000
        pause_s = PAUSE_S
        with contextlib.closing(_Wake()) as wake:
            self._spool.on_accept = wake.ring
            while not stop.is_set():
                if self._one_connection(stop, wake):
                    pause_s = PAUSE_S
                stop.wait(pause_s * share)
                pause_s = min(PAUSE_S_MAX, pause_s * 2)

    def _one_connection(self, stop: Event, wake: "_Wake") -> bool:
        """Connect once and serve; tell whether the broker took us."""
        connection = _Connection(self._client(), topic(self._site, self._gateway, "ack"), self._counters)
        try:
            connection.open(self._address)
            self._connection = connection
            self._serve(connection, stop, wake)
        except OSError as error:
            self._counters["uplink_connect_failures"] += 1
            _LOG.warning("no connection to the broker %s:%d: %s", self._address.host, self._address.port, error)
        finally:
            self._connection = None
            self._sender.disconnected()
            connection.close()
        return connection.subscribed

    def _serve(self, connection: "_Connection", stop: Event, wake: "_Wake") -> None:
        began_ms = self._clock.boottime_ms()
        told = False
        while not stop.is_set() and connection.wait(wake):
            if connection.subscribed and not told:
                told = True
                self._sender.connected()
            if not connection.subscribed and self._clock.boottime_ms() - began_ms > SUBSCRIBED_MS_MAX:
                break
            self._work(connection)
        if told and stop.is_set():
            self._publish("state", self._sender.state(online=False), True)  # noqa: FBT003 - retained
            connection.flush(FAREWELL_S)

    def _work(self, connection: "_Connection") -> None:
        try:
            while connection.acks:
                self._sender.ack(connection.acks.popleft())
            self._sender.step()
        except ColdchainError:
            # The disk fails or is full. What is spooled stays, the next round tries again.
            self._counters["uplink_spool_errors"] += 1
            _LOG.exception("the uplink could not use the spool")

    def _publish(self, leaf: str, payload: bytes, retain: bool) -> bool:  # noqa: FBT001 - the Publish signature
        if self._connection is None:
            return False
        return self._connection.publish(topic(self._site, self._gateway, leaf), payload, retain=retain)

    def _client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{self._gateway}-{self._spool.boot[:8]}",
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        if self._address.user is not None:
            client.username_pw_set(self._address.user, self._address.password)
        will = self._sender.state(online=False)
        client.will_set(topic(self._site, self._gateway, "state"), will, qos=1, retain=True)
        return client


class _Wake:
    """Lets the accepting thread end the uplink's select. Many rings before a look are one."""

    def __init__(self) -> None:
        self.listening, self._ringing = socket.socketpair()
        self.listening.settimeout(0)
        self._ringing.settimeout(0)

    def ring(self) -> None:
        """Called by Spool.accept in its thread."""
        with contextlib.suppress(OSError):  # full: the bell rings already; closed: nobody listens any more
            self._ringing.send(b"!")

    def silence(self) -> None:
        """Forget the rings so far."""
        with contextlib.suppress(BlockingIOError):
            while self.listening.recv(4096):
                pass

    def close(self) -> None:
        """Listen no more."""
        self.listening.close()
        self._ringing.close()


class _Connection:
    """One paho client for one connection, driven from the uplink's thread. Callbacks only note what came."""

    def __init__(self, client: Client, ack_topic: str, counters: Counter[str]) -> None:
        self.subscribed = False
        self.acks: deque[bytes] = deque()
        self._client = client
        self._ack_topic = ack_topic
        self._counters = counters
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

    def wait(self, wake: _Wake) -> bool:
        """Wait for the broker, the spool or a tick, and let paho work; tell whether the connection lives."""
        line = self._client.socket()
        if line is None or self._failed:
            return False
        writing = [line] if self._client.want_write() else []
        readable, writable, _ = select.select([line, wake.listening], writing, [], TICK_S)
        if wake.listening in readable and line not in readable:
            readable, writable, _ = select.select([line], writing, [], LINGER_S)
        wake.silence()
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
            seconds -= TICK_S
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
            client.subscribe(self._ack_topic, qos=1)

    def _on_subscribe(self, client: Client, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:  # noqa: ANN401, ARG002
        if any(reason.is_failure for reason in reasons):
            self._refused(f"the broker refuses the subscription of {self._ack_topic}")
        else:
            self.subscribed = True

    def _on_message(self, client: Client, _userdata: Any, message: MQTTMessage) -> None:  # noqa: ANN401, ARG002
        if len(self.acks) >= ACKS_WAITING_MAX or len(message.payload) > ACK_BYTES_MAX:
            self._counters["uplink_acks_dropped"] += 1
        else:
            self.acks.append(bytes(message.payload))

    def _on_disconnect(self, client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:  # noqa: ANN401, ARG002
        self._failed = True
        self._counters["uplink_disconnects"] += 1
        _LOG.warning("the connection to the broker is gone: %s", reason)

    def _refused(self, why: str) -> None:
        self._failed = True
        self._counters["uplink_connect_refusals"] += 1
        _LOG.error("%s: check user, password and the broker's access list", why)
