"""The uplink: one thread that carries the spool to the broker with paho-mqtt (MQTT 3.1.1, QoS 1).

The thread waits for three things with one select: the broker's socket, a wake-up from `Spool.accept`, and time.
"""

import contextlib
import logging
import socket
import ssl
import zlib
from collections import Counter
from collections.abc import Callable
from threading import Event
from typing import Final, TypeAlias

from paho.mqtt.client import Client

from coldchain.errors import ColdchainError
from coldchain.identifiers import require_id
from coldchain.ports import Clock
from coldchain.signed import Sign
from coldchain.tls_words import tls_trouble
from coldchain.wire import ITEMS_MAX, GatewayHealth, topic
from gateway.broker import Connection, new_client, parse_broker_url
from gateway.pace import BACKFILL_ITEMS_S
from gateway.sender import HEARTBEAT_MS, OnTime, Sender
from gateway.spool import Spool

__all__ = ["Uplink", "parse_broker_url"]

SUBSCRIBED_MS_MAX: Final = 15_000  # a broker that takes the connection but not the subscription is left
PAUSE_S: Final = 0.5
PAUSE_S_MAX: Final = 30.0
TICK_S: Final = 0.5
FAREWELL_S: Final = 1.0
_LOG: Final = logging.getLogger(__name__)

OnCommand: TypeAlias = Callable[[str, bytes], None]
"""(leaf, payload): what came below cmd/, in the uplink's thread: "limits", "do"."""


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
        backfill_items_s: int = BACKFILL_ITEMS_S,
        counters: Counter[str],
        tls: ssl.SSLContext | None = None,
        sign: Sign | None = None,
    ) -> None:
        self.on_command: OnCommand = _nobody
        self._spool = spool
        self._clock = clock
        self._site = require_id(site, "site")
        self._gateway = require_id(gateway, "gateway")
        self._address = parse_broker_url(url)
        self._tls = tls
        self._counters = counters
        self._connection: Connection | None = None
        self._sender = Sender(
            spool,
            clock,
            gateway=gateway,
            publish=self._publish,
            items_max=items_max,
            heartbeat_ms=heartbeat_ms,
            backfill_items_s=backfill_items_s,
            counters=counters,
            sign=sign,
        )

    def tell_health(self, health: Callable[[], GatewayHealth | None]) -> None:
        """Let `state` say how the gateway is; asked in the uplink's thread."""
        self._sender.health = health

    @property
    def link(self) -> str:
        """Return how far the way to the centre is open: offline, asking, sending. Any thread may ask."""
        return self._sender.window.phase.value

    def tell_centre_time(self, listener: Callable[[int], None]) -> None:
        """Let each ack tell what time it is at the centre; called in the uplink's thread."""
        self._sender.on_centre_time = listener

    def tell_time(self, on_time: OnTime) -> None:
        """Call on_time in the uplink's thread with the centre's time out of acks (Sender.on_time)."""
        self._sender.on_time = on_time

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
        acks, commands = topic(self._site, self._gateway, "ack"), topic(self._site, self._gateway, "cmd")
        connection = Connection(self._client(), acks, self._counters, "uplink", commands)
        try:
            connection.open(self._address)
            self._connection = connection
            self._serve(connection, stop, wake)
        except OSError as error:
            self._counters["uplink_connect_failures"] += 1
            why = tls_trouble(error) or error
            _LOG.warning("no connection to the broker %s:%d: %s", self._address.host, self._address.port, why)
        finally:
            self._connection = None
            self._sender.disconnected()
            connection.close()
        return connection.subscribed

    def _serve(self, connection: Connection, stop: Event, wake: "_Wake") -> None:
        began_ms = self._clock.boottime_ms()
        told = False
        while not stop.is_set() and connection.wait(TICK_S, wake.listening):
            wake.silence()
            if connection.subscribed and not told:
                told = True
                self._sender.connected()
            if not connection.subscribed and self._clock.boottime_ms() - began_ms > SUBSCRIBED_MS_MAX:
                break
            self._work(connection)
        if told and stop.is_set():
            self._publish("state", self._sender.state(online=False), True)  # noqa: FBT003 - retained
            connection.flush(FAREWELL_S)

    def _work(self, connection: Connection) -> None:
        try:
            while connection.acks:
                self._sender.ack(connection.acks.popleft())
            while connection.commands:
                self._counters["uplink_commands"] += 1
                self.on_command(*connection.commands.popleft())
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
        client = new_client(self._address, f"{self._gateway}-{self._spool.boot[:8]}", self._tls)
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


def _nobody(_leaf: str, _payload: bytes) -> None:
    """Nobody takes commands."""
