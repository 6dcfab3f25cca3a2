"""A small centre on a real broker: takes what comes on `up`, acks it, and notes everything."""

import threading
import time
from collections.abc import Callable
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from support.lossy_centre import Centre

from coldchain.facts import Fact
from coldchain.wire import GatewayState, decode_state, decode_up, encode, facts_of, parse_topic, topic


class ScriptedCentre:
    """Subscribes with a durable session, as the real one may; `acking` False lets it listen without a word."""

    def __init__(self, url: str, gateway: str = "gw-1") -> None:
        self.books = Centre(gateway)
        self.all_books = {gateway: self.books}  # other gateways of the same broker have theirs
        self.acking = True
        self.states: list[GatewayState] = []
        self.batch_sizes: list[int] = []
        self.arrived: dict[tuple[str, int], float] = {}
        self._lock = threading.Lock()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="centre", clean_session=False)
        self._client.reconnect_delay_set(0, 1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        host, port = url.removeprefix("mqtt://").split(":")
        self._client.connect(host, int(port), keepalive=30)
        self._client.loop_start()
        assert self._subscribed.wait(10), "the scripted centre could not subscribe"

    def facts(self) -> list[Fact]:
        """What it has committed."""
        with self._lock:
            return list(self.books.facts.values())

    def say(self, name: str, payload: bytes) -> None:
        """Publish anything."""
        self._client.publish(name, payload, qos=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Client, *_: Any) -> None:
        client.subscribe([("cc/v1/+/+/up", 1), ("cc/v1/+/+/state", 1)])

    def _on_message(self, client: Client, _userdata: Any, message: MQTTMessage) -> None:
        parsed = parse_topic(message.topic)
        assert parsed is not None
        site, gateway, leaf = parsed
        with self._lock:
            books = self.all_books.setdefault(gateway, Centre(gateway))
            if leaf == "state":
                state = decode_state(bytes(message.payload))
                assert state is not None
                self.states.append(state)
                answer = books.ack(state.epoch)
            else:
                answer = books.take(bytes(message.payload))
                self._note(bytes(message.payload))
        if self.acking:
            client.publish(topic(site, gateway, "ack"), encode(answer), qos=1)

    def _note(self, payload: bytes) -> None:
        facts = facts_of(decode_up(payload))  # type: ignore[arg-type] # books.take has checked it
        self.batch_sizes.append(len(facts))
        for fact in facts:
            self.arrived.setdefault((fact.origin, fact.taken_ms), time.monotonic())


def until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait until the condition holds; fail with `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.01)
