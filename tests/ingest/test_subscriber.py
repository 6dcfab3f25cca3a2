"""The centre's connection to the broker: who it says it is, and what it says when there is nobody."""

from threading import Thread

import pytest
from paho.mqtt.client import ConnectFlags
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode
from structlog.testing import capture_logs
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

from coldchain.wire import topic
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.subscriber import OTHER_STRANGERS, STRANGERS_MAX, UNREACHABLE_EVERY_MS, Subscriber
from ingest.writer import Writer


def made(url: str = "mqtt://127.0.0.1:1", clock: HandClock | None = None) -> Subscriber:
    """Return a subscriber that has not been started."""
    clock, counters = clock or HandClock(), Counters()
    writer = Writer(Pipeline(MemoryStore(), counters), clock, counters, tuple, lambda: 0)
    return Subscriber(url, "coldchain-storage-1-1", writer, clock, counters)


@pytest.mark.parametrize(
    ("url", "user", "password"),
    [
        ("mqtt://centre%40bank:p%2Fw%3A1@127.0.0.1", b"centre@bank", b"p/w:1"),
        ("mqtt://centre@127.0.0.1", b"centre", None),
        ("mqtt://127.0.0.1", None, None),
    ],
)
def test_user_and_password_are_those_that_the_url_means(url: str, user: bytes | None, password: bytes | None) -> None:
    client = made(url)._client
    assert (client._username, client._password) == (user, password)


def test_a_broker_out_of_reach_is_told_at_once_and_every_minute_however_often_it_is_tried() -> None:
    clock = HandClock()
    broken = made(clock=clock)
    with capture_logs() as said:
        for _ in range(121):
            broken._on_connect_fail(broken._client, None)
            clock.forward(1_000)
    assert [(line["event"], line["attempts"]) for line in said] == [
        ("broker_unreachable", 1),
        ("broker_unreachable", 1 + UNREACHABLE_EVERY_MS // 1_000),
        ("broker_unreachable", 1 + 2 * UNREACHABLE_EVERY_MS // 1_000),
    ]


def test_batches_of_gateways_that_are_not_registered_are_counted_by_name_but_not_without_end() -> None:
    centre = made()
    centre.learn_sites({"gw-1": "storage-1"})
    centre._receive(topic("storage-1", "gw-1", "up"), b"")
    assert centre.strangers() == {}
    centre._receive(topic("storage-2", "gw-1", "up"), b"")
    for number in range(STRANGERS_MAX + 9):
        centre._receive(topic("storage-1", f"gw-{number + 2}", "up"), b"")
    centre._receive(topic("storage-2", "gw-1", "up"), b"")
    counted = centre.strangers()
    assert len(counted) == STRANGERS_MAX + 1
    assert counted["storage-2", "gw-1"] == 2
    assert counted[OTHER_STRANGERS] == 10


def connected(centre: Subscriber) -> None:
    """Let the broker take it, in a thread that ends then as one does in which a callback failed."""
    flags = ConnectFlags(session_present=False)
    taken = ReasonCode(PacketTypes.CONNACK, "Success")
    centre._on_connect(centre._client, None, flags, taken, None)


def granted(centre: Subscriber, name: str = "Granted QoS 1") -> None:
    centre._on_subscribe(centre._client, None, 1, [ReasonCode(PacketTypes.SUBACK, name)] * 2, None)


def test_a_line_on_which_the_broker_lets_it_hear_nothing_is_in_trouble_and_told() -> None:
    centre = made()
    assert centre.trouble == "the broker is not there"
    connected(centre)
    assert centre.trouble == "the broker does not let it hear the gateways"
    with capture_logs() as said:
        granted(centre, "Not authorized")
    assert centre.connected
    assert centre.trouble == "the broker does not let it hear the gateways"
    assert [line["event"] for line in said] == ["subscription_refused"]
    granted(centre)
    assert centre.trouble == ""
    connected(centre)
    assert centre.trouble, "each connection has to be granted anew"


def test_a_line_whose_thread_has_ended_is_in_trouble_although_nobody_said_that_it_broke() -> None:
    centre = made()
    thread = Thread(target=connected, args=(centre,))
    thread.start()
    thread.join()
    granted(centre)
    assert centre.connected
    assert centre.trouble == "the thread that hears the broker has ended"
