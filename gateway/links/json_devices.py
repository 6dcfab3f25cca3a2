"""Devices that publish JSON on a broker in the house: heard by a thread of paho's, accepted in the edge's turn.

    broker ──QoS 1──> paho's thread: queue ──tick──> stamp, map ──> spool ──committed──> PUBACK

A message is acknowledged to the broker when its readings are on disk, so that a gateway that is killed gets it again;
the broker keeps a session for it meanwhile. What comes twice has the same device time and is taken once, where the
device says a time at all. Retained messages are the broker's memory: they are counted and never taken. Readings are
stamped in the edge's turn, some tenths of a second late: the edge may accept nothing older than what it vouched for.

What says no time of its own is heard with QoS 0: the broker keeps none of it for later, for nobody could tell that it
was measured hours ago, and a stamp of now would be a wrong reading. What finds no room is tried again; a broker sends
what is not acknowledged only after the next connect, and falls silent after some of it.
"""

import logging
import queue
import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.client import topic_matches_sub as matches
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from coldchain.facts import DeviceEvent, Fact, Gap, Sample
from coldchain.ports import Clock
from gateway.broker import parse_broker_url
from gateway.decoders.json_device import AGE_MS_MAX, JsonDevicePlan, Mapped, NotTaken, mapped
from gateway.intake import Intake
from gateway.plan import ListenPlan
from gateway.radio import RadioWords
from gateway.silence import Watch

QUEUE_MAX: Final = 1_000  # messages that wait for the edge's turn; beyond it the broker keeps them
TURN_MAX: Final = 200  # messages of one turn
LOOK_MS: Final = 200
RETRY_MS: Final = 5_000  # so long a message waits that found no room in the spool
BEFORE_BOOT: Final = "older-than-this-boot"  # why a gap is declared
SEEN_MAX: Final = 16  # last device times of a probe that are told apart
STATE: Final = "json-devices"
KEEPALIVE_S: Final = 30
RECONNECT_S: Final = (1, 30)
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as it came. `connection`: of which connection; an old one cannot be acknowledged any more."""

    topic: str
    payload: bytes
    retained: bool
    mid: int = 0
    connection: int = 0


class Hearing(Protocol):
    """Brings messages and acknowledges them."""

    def next(self) -> Received | None:
        """Return the oldest message that was not taken, or None."""

    def acknowledge(self, received: Received) -> None:
        """Tell the broker that a message is on disk."""

    def close(self) -> None:
        """Release the broker."""


class JsonDevices:
    """Takes what was heard. One thread: the edge's. `listener` brings messages and acknowledges them."""

    def __init__(
        self,
        plan: ListenPlan,
        listener: Hearing,
        intake: Intake,
        watches: Sequence[Watch],
        clock: Clock,
        counters: Counter[str],
    ) -> None:
        self.due_ms = clock.boottime_ms()
        self._plan = plan
        self._listener = listener
        self._intake = intake
        self._watches = watches  # one a device, in the order of the plan
        self._clock = clock
        self._counters = counters
        self._radio = RadioWords(intake, clock)
        self._held: Received | None = None  # found no room
        self._retry_ms = 0
        self._heard_ms = [clock.boottime_ms()] * len(plan.devices)
        self._seen = _stored(intake.state(STATE))

    def tick(self) -> None:
        """Take what has come, and notice who says nothing."""
        now_ms = self._clock.boottime_ms()
        if self._held is None or now_ms >= self._retry_ms:
            self._take_all(now_ms)
        for index, watch in enumerate(self._watches):
            if now_ms - self._heard_ms[index] >= self._plan.silent_ms:
                self._heard_ms[index] = now_ms
                while not watch.silent:  # one long silence is as good as some failed polls
                    watch.failed("nothing-heard")
        self.due_ms = now_ms + LOOK_MS

    def close(self) -> None:
        """Release the broker."""
        self._listener.close()

    def _take_all(self, now_ms: int) -> None:
        for _ in range(TURN_MAX):
            received = self._held or self._listener.next()
            self._held = None
            if received is None:
                return
            if not self._take(received):
                self._held, self._retry_ms = received, now_ms + RETRY_MS
                return

    def _take(self, received: Received) -> bool:
        """Take a message; False: there was no room, and it can be tried again."""
        facts: list[Fact] = []
        seen = dict(self._seen)
        if received.retained:
            self._counters["retained"] += 1
        else:
            for index, device in enumerate(self._plan.devices):
                if matches(device.topic, received.topic):
                    facts += self._of_device(index, device, received)
        if facts and not self._intake.accept(facts, {STATE: msgspec.json.encode(self._seen)}):
            self._seen = seen  # nothing of it was kept: when it comes again it is new
            if not any(isinstance(fact, Sample) and fact.device_ms is None for fact in facts):
                return False  # else it would be stamped anew, later than it was measured: it stays a gap
        self._listener.acknowledge(received)
        return True

    def _of_device(self, index: int, device: JsonDevicePlan, received: Received) -> list[Fact]:
        taken_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        outcome = mapped(device, received.payload, taken_ms)
        if isinstance(outcome, NotTaken):
            self._counters[outcome.value] += 1
            return []
        self._heard_ms[index] = boottime_ms
        self._watches[index].good(taken_ms)
        facts: list[Fact] = []
        for reading in outcome:
            if self._is_new(reading.probe, reading):
                facts.append(_fact(device, reading, taken_ms, boottime_ms))
                self._counters[BEFORE_BOOT] += isinstance(facts[-1], Gap)
                facts += self._signal(reading, taken_ms)
        return facts

    def _signal(self, reading: Mapped, taken_ms: int) -> list[DeviceEvent]:
        """Say how strongly the device is heard; a message that it kept for later tells how it was heard long ago."""
        old = reading.device_ms is not None and taken_ms - reading.device_ms > AGE_MS_MAX
        if not reading.signal or old or not self._radio.due(reading.probe):
            return []
        return [self._radio.event(reading.probe, reading.signal)]

    def _is_new(self, probe: str, reading: Mapped) -> bool:
        if reading.device_ms is None:
            return True
        seen = self._seen.setdefault(probe, [])
        if reading.device_ms in seen:
            self._counters["repeated"] += 1
            return False
        self._seen[probe] = [*seen, reading.device_ms][-SEEN_MAX:]
        return True


def _stored(state: bytes | None) -> dict[str, list[int]]:
    """Read what an earlier run kept; what cannot be read is worth a reading that is taken twice, not a dead gateway."""
    try:
        return {} if state is None else msgspec.json.decode(state, type=dict[str, list[int]])
    except msgspec.MsgspecError:
        return {}


def _fact(device: JsonDevicePlan, reading: Mapped, taken_ms: int, boottime_ms: int) -> Fact:
    """Stamp by our clock; a device that keeps its readings is believed with its own time.

    What was measured before our machine started has no time on our clock that never steps, and any that we made up
    would be believed: it is said as a gap where it was measured.
    """
    ago_ms = taken_ms - reading.device_ms if device.keeps and reading.device_ms is not None else 0
    if ago_ms > boottime_ms:
        return Gap(
            seq=0,
            origin=reading.probe,
            taken_ms=taken_ms,
            boottime_ms=boottime_ms,
            from_ms=taken_ms - ago_ms,
            to_ms=taken_ms - ago_ms,
            reason=BEFORE_BOOT,
            lost=1,
        )
    return Sample(
        seq=0,
        origin=reading.probe,
        taken_ms=taken_ms - ago_ms,
        boottime_ms=boottime_ms - ago_ms,
        micro_celsius=reading.micro_celsius,
        quality=reading.quality,
        device_ms=reading.device_ms,
    )


def subscriptions(plan: ListenPlan) -> list[tuple[str, int]]:
    """Return the topics, each with its quality of service: 0 where no device says a time."""
    timed = {device.topic for device in plan.devices if device.time is not None}
    return [(topic, int(topic in timed)) for topic in sorted({device.topic for device in plan.devices})]


class Listener:
    """paho's thread beside the edge's. It only stamps and queues; broken connections are made anew for ever."""

    def __init__(self, plan: ListenPlan, counters: Counter[str]) -> None:
        self._plan = plan
        self._counters = counters
        self._queue: queue.Queue[Received] = queue.Queue(QUEUE_MAX)
        self._connection = 0
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=plan.client_id,
            clean_session=False,  # the broker keeps what comes while we are not there
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._address = parse_broker_url(plan.url)
        if self._address.user is not None:
            client.username_pw_set(self._address.user, self._address.password)
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = _no_delay
        self._client = client

    def start(self) -> None:
        """Connect in the background."""
        self._client.connect_async(self._address.host, self._address.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def next(self) -> Received | None:
        """Return the oldest message that was not taken, or None."""
        try:
            return self._queue.get_nowait()
        except queue.Empty:
            return None

    def acknowledge(self, received: Received) -> None:
        """Tell the broker that a message is on disk. One of an earlier connection comes again anyway."""
        if received.mid and received.connection == self._connection:  # QoS 0 has no number
            self._client.ack(received.mid, 1)

    def close(self) -> None:
        """Say good-bye and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:  # noqa: ANN401
        if reason.is_failure:
            self._counters["refused_connections"] += 1
            _LOG.error("the broker of the JSON devices refuses us: %s; check user and password", reason)
            return
        self._connection += 1
        client.subscribe(subscriptions(self._plan))

    def _on_disconnect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:  # noqa: ANN401, ARG002
        self._connection += 1
        self._counters["disconnects"] += 1
        _LOG.warning("the broker of the JSON devices is gone: %s", reason)

    def _on_message(self, client: Client, _data: Any, message: MQTTMessage) -> None:  # noqa: ANN401, ARG002
        received = Received(
            topic=message.topic,
            payload=bytes(message.payload),
            retained=bool(message.retain),
            mid=message.mid,
            connection=self._connection,
        )
        try:
            self._queue.put_nowait(received)
        except queue.Full:
            self._counters["queue_full"] += 1  # not acknowledged: the broker sends it again after the next connect


def _no_delay(_client: Client, _data: Any, connected: Any) -> None:  # noqa: ANN401 - paho's signature
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
