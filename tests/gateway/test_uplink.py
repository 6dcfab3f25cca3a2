"""The uplink on real brokers, with a scripted centre at the other end."""

import contextlib
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from support.brokers import Broker, free_port
from support.scripted_centre import ScriptedCentre, until
from support.spools import open_spool, sample

from coldchain.errors import InvalidValueError
from gateway.clock import SystemClock
from gateway.spool import Spool
from gateway.uplink import Uplink, parse_broker_url

CLOCK = SystemClock()


@contextlib.contextmanager
def _running(spool: Spool, url: str, counters: Counter[str] | None = None, items_max: int = 500) -> Iterator[Uplink]:
    uplink = Uplink(
        spool,
        CLOCK,
        site="storage-1",
        gateway="gw-1",
        url=url,
        items_max=items_max,
        heartbeat_ms=1_000,
        counters=Counter() if counters is None else counters,
    )
    stop = threading.Event()
    thread = threading.Thread(target=uplink.run, args=(stop,))
    thread.start()
    try:
        yield uplink
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive(), "the uplink did not stop"


def _fill(spool: Spool, rows: int) -> set[int]:
    start_ms = CLOCK.now_ms() - 10 * rows
    drafts = [sample(start_ms + 10 * number) for number in range(rows)]
    for first in range(0, rows, 500):
        spool.accept(drafts[first : first + 500])
    return {draft.taken_ms for draft in drafts}


def _taken(centre: ScriptedCentre) -> list[int]:
    return sorted(fact.taken_ms for fact in centre.facts())


def test_a_backlog_and_what_is_measured_meanwhile_arrive_once_and_leave_the_spool(
    broker: Broker, tmp_path: Path
) -> None:
    with open_spool(tmp_path) as spool, ScriptedCentre(broker.url) as centre:
        accepted = _fill(spool, 5_000)
        with _running(spool, broker.url, items_max=100):
            until(lambda: len(centre.facts()) > 500, "some of the backlog at the centre")
            live_ms = CLOCK.now_ms()
            spool.accept([sample(live_ms), sample(live_ms, "fridge-1-air")])
            until(lambda: spool.depth() == 0, "an empty spool")
        assert _taken(centre) == sorted([*accepted, live_ms, live_ms])
        assert max(centre.batch_sizes) == 100
        assert centre.books.horizon_ms > live_ms - 5_000


def test_a_live_reading_is_at_the_centre_within_a_fraction_of_a_second(broker: Broker, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool, ScriptedCentre(broker.url) as centre, _running(spool, broker.url):
        until(lambda: bool(centre.states), "the uplink's connection")
        delays = []
        for _ in range(7):
            taken_ms = CLOCK.now_ms()
            began = time.monotonic()
            spool.accept([sample(taken_ms)])
            until(lambda taken_ms=taken_ms: ("fridge-1-load", taken_ms) in centre.arrived, "the reading")  # type: ignore[misc]
            delays.append(centre.arrived["fridge-1-load", taken_ms] - began)
        assert statistics.median(delays) < 0.2


def test_a_broker_that_is_killed_and_comes_back_costs_nothing(broker: Broker, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool, ScriptedCentre(broker.url) as centre:
        accepted = _fill(spool, 20_000)
        counters: Counter[str] = Counter()
        with _running(spool, broker.url, counters, items_max=100):
            for share in (0.1, 0.4):
                until(lambda share=share: len(centre.facts()) > share * 20_000, "progress")  # type: ignore[misc]
                broker.kill()
                broker.start()
            until(lambda: spool.depth() == 0, "an empty spool", seconds=60)
        assert _taken(centre) == sorted(accepted)
        assert counters["uplink_connects"] >= 2
        assert spool.dead_letters() == 0


def test_while_the_centre_is_away_rows_stay_and_only_questions_go_out(broker: Broker, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        with ScriptedCentre(broker.url):
            pass  # it has a durable session, and leaves
        accepted = _fill(spool, 300)
        counters: Counter[str] = Counter()
        with _running(spool, broker.url, counters, items_max=10):
            until(lambda: counters["uplink_asks"] > 0, "a question")
            until(lambda: counters["uplink_batches_sent"] >= 2, "a sign of life after the question")
            assert spool.depth() == 300
            assert counters["uplink_items_sent"] == 0
            with ScriptedCentre(broker.url) as centre:
                until(lambda: spool.depth() == 0, "an empty spool")
                assert _taken(centre) == sorted(accepted)


def test_the_broker_tells_of_a_gateway_that_vanishes_and_the_gateway_of_its_return(
    broker: Broker, tmp_path: Path
) -> None:
    with open_spool(tmp_path) as spool, ScriptedCentre(broker.url) as centre:
        with _running(spool, broker.url) as uplink:
            until(lambda: bool(centre.states), "the first state")
            assert uplink._connection is not None
            line = uplink._connection._client.socket()
            assert isinstance(line, socket.socket)
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            line.shutdown(socket.SHUT_RDWR)  # as a cut line: no DISCONNECT
            until(lambda: len(centre.states) >= 3, "the will and the return")
        until(lambda: not centre.states[-1].online and len(centre.states) >= 4, "the farewell")
        # A line that ends before its DISCONNECT arrives has the broker say the same once more.
        assert [online for online, _ in groupby(state.online for state in centre.states)] == [True, False, True, False]
        assert {state.epoch for state in centre.states} == {spool.epoch}


def test_garbage_on_the_ack_topic_does_not_stop_the_uplink(broker: Broker, tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool, ScriptedCentre(broker.url) as centre:
        counters: Counter[str] = Counter()
        with _running(spool, broker.url, counters):
            until(lambda: bool(centre.states), "the uplink's connection")
            for payload in (b"", b"\xff", b"{" * 10_000, b"x" * 300_000):
                centre.say("cc/v1/storage-1/gw-1/ack", payload)
            until(lambda: counters["uplink_acks_unreadable"] == 3, "the garbage")
            until(lambda: counters["uplink_acks_dropped"] == 1, "the too large one")
            spool.accept([sample(CLOCK.now_ms())])
            until(lambda: spool.depth() == 0, "an empty spool")


def test_without_a_broker_the_uplink_keeps_trying_and_stops_when_told(tmp_path: Path) -> None:
    counters: Counter[str] = Counter()
    with open_spool(tmp_path) as spool, _running(spool, f"mqtt://127.0.0.1:{free_port()}", counters):
        spool.accept([sample()])
        until(lambda: counters["uplink_connect_failures"] >= 2, "two attempts")
        assert spool.depth() == 1


def test_a_listener_that_never_answers_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.uplink.SUBSCRIBED_MS_MAX", 300)
    counters: Counter[str] = Counter()
    with socket.create_server(("127.0.0.1", 0)) as mute, open_spool(tmp_path) as spool:
        with _running(spool, f"mqtt://127.0.0.1:{mute.getsockname()[1]}", counters):
            lines = [mute.accept()[0], mute.accept()[0]]  # it came a second time
        for line in lines:
            line.close()


def test_what_cannot_be_published_now_is_not_counted_as_sent(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        uplink = Uplink(spool, CLOCK, site="storage-1", gateway="gw-1", url="mqtt://127.0.0.1", counters=Counter())
        assert not uplink._publish("up", b"{}", False)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://broker", ("broker", 1883, None, None)),
        ("mqtt://gw-1:p%40ss@10.0.0.1:2883/", ("10.0.0.1", 2883, "gw-1", "p@ss")),
        ("mqtt://[::1]:1884", ("::1", 1884, None, None)),
    ],
)
def test_a_broker_url_is_read(url: str, expected: tuple[str, int, str | None, str | None]) -> None:
    address = parse_broker_url(url)
    assert (address.host, address.port, address.user, address.password) == expected
    assert "password" not in repr(address), "a log or a traceback shows no secret"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "broker:1883",
        "mqtt://",
        "mqtt://b:99999",
        "mqtt://b/topic",
        "http://gw-1:geheim@broker",
        "mqtt://gw-1:geheim/x@broker",
        "mqtt://gw-1:geheim@[::1",
        "mqtt://gw-1:12#geheim@broker",
        "mqtt://gw-1:geheim?x@broker",
        "mqtt://gw-1:geheim@broker?tls=1",
        "mqtt://gw-1:geheim@broker#",
        "mqtt://gw-1:geheim@broker:0",
    ],
)
def test_a_wrong_broker_url_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(InvalidValueError, match=r"write mqtt://user:password@host:port") as caught:
        parse_broker_url(url)
    assert "geheim" not in str(caught.value)
    assert "%23" in str(caught.value)
