"""The MQTT shell of the centre: receives batches and states, sends acks. paho's thread only queues."""

import socket
import ssl
import sys
from collections import Counter
from collections.abc import Mapping
from threading import Event, Lock, Thread, current_thread
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from coldchain.ports import Clock
from coldchain.tls_words import tls_trouble
from coldchain.wire import Ack, GatewayHealth, decode_state, encode, parse_topic, topic
from coldchain.wire_commands import LEAF
from coldchain.wire_limits import LIMITS_LEAF
from ingest.batches import Message
from ingest.counters import Counters
from ingest.writer import AckAsked, AllAcksAsked, WentDark, Writer

PORT: Final = 1883
TLS_PORT: Final = 8883
KEEPALIVE_S: Final = 30
RECONNECT_S: Final = (1, 10)
UNREACHABLE_EVERY_MS: Final = 60_000
STRANGERS_MAX: Final = 100  # gateways that are not registered and are told apart; anybody can invent one
OTHER_STRANGERS: Final = ("...", "...")

log = structlog.get_logger("ingest")


class Subscriber:
    """Connects the writer with the broker. A broken connection is made anew for ever."""

    def __init__(
        self,
        url: str,
        client_id: str,
        writer: Writer,
        clock: Clock,
        counters: Counters,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or (TLS_PORT if tls else PORT)
        self._writer = writer
        self._clock = clock
        self._counters = counters
        self._sites: dict[str, str] = {}
        self._connected = Event()
        self._granted = Event()
        self._thread: Thread | None = None  # paho's, once it has called us
        self._connected_boottime_ms = 0
        self.connections = 0  # so often the broker took us
        self.limits_versions: Mapping[str, int] = {}  # what registered gateways say they have; replaced, never changed
        self.healths: Mapping[str, GatewayHealth] = {}  # what they said of themselves last; replaced, never changed
        self._strangers: Counter[tuple[str, str]] = Counter()
        self._strangers_lock = Lock()
        self._attempts = 0
        self._stopping = False
        self._told_ms: int | None = None
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv311, clean_session=True
        )
        if parts.username:
            password = None if parts.password is None else unquote(parts.password)
            client.username_pw_set(unquote(parts.username), password)
        if tls is not None:
            client.tls_set_context(tls)
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = _no_delay
        self._client = client

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._connected.is_set()

    @property
    def trouble(self) -> str:
        """Why nothing that gateways send can arrive; empty if it can. That there is a connection is not enough."""
        if not self._connected.is_set():
            return "the broker is not there"
        if self._thread is not None and not self._thread.is_alive():
            return "the thread that hears the broker has ended"
        return "" if self._granted.is_set() else "the broker does not let it hear the gateways"

    def listening_ms(self) -> int:
        """Return for how long gateways could be heard without a break."""
        return self._clock.boottime_ms() - self._connected_boottime_ms if self._connected.is_set() else 0

    def learn_sites(self, sites: dict[str, str]) -> None:
        """Remember the sites of registered gateways, so that acks find their topics."""
        self._sites |= sites

    def strangers(self) -> dict[tuple[str, str], int]:
        """Return how many batches came from gateways that are not registered, by site and gateway."""
        with self._strangers_lock:
            return dict(self._strangers)

    def start(self) -> None:
        """Connect in the background and keep trying."""
        self._client.connect_async(self._host, self._port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self._stopping = True
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, ack: Ack) -> None:
        """Publish an ack; it may get lost, the next one says all of it again."""
        site = self._sites.get(ack.gateway)
        if site is not None and self._connected.is_set():
            self._client.publish(topic(site, ack.gateway, "ack"), encode(ack), qos=1)

    def publish_limits(self, gateway: str, payload: bytes) -> bool:
        """Leave a registered gateway's limits at the broker; False if there is no connection."""
        site = self._sites.get(gateway)
        if site is None:
            return True  # nobody would know where to
        if not self._connected.is_set():
            return False
        self._client.publish(topic(site, gateway, LIMITS_LEAF), payload, qos=1, retain=True)
        return True

    def send_command(self, gateway: str, payload: bytes) -> None:
        """Publish a command; it is not kept by the broker and may get lost."""
        site = self._sites.get(gateway)
        if site is not None and self._connected.is_set():
            self._client.publish(topic(site, gateway, LEAF), payload, qos=1)

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            self._unconnected("broker_refused", str(code), "check user and password in mqtt.url, and its access list")
            return
        self._told_ms, self._attempts = None, 0
        self._thread = current_thread()
        self._granted.clear()
        client.subscribe([("cc/v1/+/+/up", 1), ("cc/v1/+/+/state", 1)])
        self._connected_boottime_ms = self._clock.boottime_ms()
        self._connected.set()
        self.connections += 1
        log.info("broker_connected", host=self._host, port=self._port)
        self._writer.offer(AllAcksAsked())

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, _mid: int, codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if not refused:
            self._granted.set()
            return
        advice = "let this user read cc/v1/+/+/up and cc/v1/+/+/state in the broker's access list"
        log.error("subscription_refused", reasons=refused, host=self._host, port=self._port, advice=advice)

    def _on_connect_fail(self, _client: mqtt.Client, _data: object) -> None:
        error = sys.exc_info()[1]  # paho calls this while it handles the error of its attempt
        advice = tls_trouble(error) or "start the broker, or correct mqtt.url"
        self._unconnected("broker_unreachable", "no connection" if error is None else str(error), advice)

    def _unconnected(self, event: str, reason: str, advice: str) -> None:
        """Say it at once and then every minute: attempts follow each other much quicker."""
        now_ms = self._clock.boottime_ms()
        self._attempts += 1
        if self._told_ms is None or now_ms - self._told_ms >= UNREACHABLE_EVERY_MS:
            self._told_ms = now_ms
            where = {"host": self._host, "port": self._port}
            log.error(event, reason=reason, **where, attempts=self._attempts, advice=advice)

    def _on_disconnect(
        self, _client: mqtt.Client, _data: object, _flags: mqtt.DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if self._connected.is_set() and not self._stopping:
            log.warning("broker_lost", reason=str(code))
        self._connected.clear()

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        try:
            self._receive(message.topic, bytes(message.payload), retained=message.retain)
        except Exception:  # an exception here would kill paho's thread, and with it the intake of all gateways
            log.exception("message_failed", topic=message.topic)

    def _receive(self, text: str, payload: bytes, *, retained: bool = False) -> None:
        parsed = parse_topic(text)
        if parsed is None:
            self._counters.add("foreign_total")
            log.warning("foreign_topic", topic=text)
            return
        site, gateway, leaf = parsed
        self._counters.add("messages_total", leaf=leaf)
        if leaf == "up":
            if self._sites.get(gateway) != site:
                self._count_stranger(site, gateway)
            self._writer.offer(Message(site=site, gateway=gateway, payload=payload, received_ms=self._clock.now_ms()))
            return
        state = decode_state(payload)
        if state is None or state.gateway != gateway:
            self._counters.add("foreign_total")
            log.warning("foreign_state", topic=text)
        elif state.online:
            if state.health is not None and self._sites.get(gateway) == site:
                self.limits_versions = {**self.limits_versions, gateway: state.health.limits_version}
                self.healths = {**self.healths, gateway: state.health}
            self._writer.offer(AckAsked(gateway, state.epoch))
        elif self._sites.get(gateway) == site:
            self._writer.offer(WentDark(gateway, self._clock.now_ms(), retained=retained))

    def _count_stranger(self, site: str, gateway: str) -> None:
        with self._strangers_lock:
            known = (site, gateway) in self._strangers or len(self._strangers) < STRANGERS_MAX
            self._strangers[(site, gateway) if known else OTHER_STRANGERS] += 1


def _no_delay(_client: mqtt.Client, _data: object, sock: Any) -> None:  # noqa: ANN401 - paho's own socket type
    """Send small messages at once: with Nagle's algorithm a round trip takes 40 ms longer."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
