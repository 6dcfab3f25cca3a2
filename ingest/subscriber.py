"""The MQTT shell of the centre: receives batches and states, sends acks. paho's thread only queues."""

import socket
from threading import Event
from typing import Any, Final
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from coldchain.ports import Clock
from coldchain.wire import Ack, decode_state, encode, parse_topic, topic
from ingest.counters import Counters
from ingest.pipeline import Message
from ingest.writer import AckAsked, AllAcksAsked, Writer

PORT: Final = 1883
KEEPALIVE_S: Final = 30
RECONNECT_S: Final = (1, 10)

log = structlog.get_logger("ingest")


class Subscriber:
    """Connects the writer with the broker. A broken connection is made anew for ever."""

    def __init__(self, url: str, client_id: str, writer: Writer, clock: Clock, counters: Counters) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or PORT
        self._writer = writer
        self._clock = clock
        self._counters = counters
        self._sites: dict[str, str] = {}
        self._connected = Event()
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv311, clean_session=True
        )
        if parts.username:
            client.username_pw_set(parts.username, parts.password)
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = _no_delay
        self._client = client

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._connected.is_set()

    def learn_sites(self, sites: dict[str, str]) -> None:
        """Remember the sites of registered gateways, so that acks find their topics."""
        self._sites |= sites

    def start(self) -> None:
        """Connect in the background and keep trying."""
        self._client.connect_async(self._host, self._port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, ack: Ack) -> None:
        """Publish an ack; it may get lost, the next one says all of it again."""
        site = self._sites.get(ack.gateway)
        if site is not None and self._connected.is_set():
            self._client.publish(topic(site, ack.gateway, "ack"), encode(ack), qos=1)

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            log.error("broker_refused", reason=str(code), host=self._host, port=self._port)
            return
        client.subscribe([("cc/v1/+/+/up", 1), ("cc/v1/+/+/state", 1)])
        self._connected.set()
        log.info("broker_connected", host=self._host, port=self._port)
        self._writer.offer(AllAcksAsked())

    def _on_disconnect(
        self, _client: mqtt.Client, _data: object, _flags: mqtt.DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        self._connected.clear()
        log.warning("broker_lost", reason=str(code))

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        try:
            self._receive(message.topic, bytes(message.payload))
        except Exception:  # an exception here would kill paho's thread, and with it the intake of all gateways
            log.exception("message_failed", topic=message.topic)

    def _receive(self, text: str, payload: bytes) -> None:
        parsed = parse_topic(text)
        if parsed is None:
            self._counters.add("foreign_total")
            log.warning("foreign_topic", topic=text)
            return
        site, gateway, leaf = parsed
        self._counters.add("messages_total", leaf=leaf)
        if leaf == "up":
            self._writer.offer(Message(site=site, gateway=gateway, payload=payload, received_ms=self._clock.now_ms()))
            return
        state = decode_state(payload)
        if state is None or state.gateway != gateway:
            self._counters.add("foreign_total")
            log.warning("foreign_state", topic=text)
        elif state.online:
            self._writer.offer(AckAsked(gateway, state.epoch))


def _no_delay(_client: mqtt.Client, _data: object, sock: Any) -> None:  # noqa: ANN401 - paho's own socket type
    """Send small messages at once: with Nagle's algorithm a round trip takes 40 ms longer."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
