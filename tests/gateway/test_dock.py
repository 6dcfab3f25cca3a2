"""The dock as a thread: a box on a pseudo-terminal, real brokers, a scripted centre, and faults in the middle."""

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.box_on_line import BoxOnLine
from support.brokers import Broker, free_port, start_mosquitto
from support.dock_world import spoiling
from support.pty_adapter import Adapter
from support.scripted_box import ScriptedBox, frame
from support.scripted_centre import ScriptedCentre, until

from coldchain.wire import encode
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.dock import COUNTERS, Dock
from gateway.links.serial_port import open_port
from gateway.plan import DockPlan

ACK = "cc/v1/storage-1/box-1/ack"


class Counted:
    """What one dock counted."""

    def __init__(self) -> None:
        self.dock: Counter[str] = Counter()
        self.line = Counters()


@contextlib.contextmanager
def docked(adapter: Adapter, url: str, boxes: tuple[str, ...] = ("box-1",)) -> Iterator[Counted]:
    """Run a dock of storage-2, to which a box of storage-1 has come."""
    counted, stop = Counted(), threading.Event()
    dock = Dock(
        DockPlan(port=str(adapter.name), boxes=boxes),
        SystemClock(),
        open_port,
        site="storage-2",
        url=url,
        counters=counted.dock,
        line_counters=counted.line,
    )
    thread = threading.Thread(target=dock.run, args=(stop,))
    thread.start()
    try:
        yield counted
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive(), "the dock did not stop"


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    adapter = Adapter(tmp_path / "usb-dock")
    yield adapter
    adapter.unplug()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    with start_mosquitto(tmp_path) as running:
        yield running


def seqs(centre: ScriptedCentre) -> list[int]:
    return sorted(fact.seq for fact in centre.facts())


def test_a_box_comes_home_with_its_memory_full_and_all_of_it_reaches_the_centre_once(
    broker: Broker, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine that is busy for five seconds is no loss; what is done about one has tests of its own.
    monkeypatch.setattr("gateway.readout.PAUSE_MS", 60_000)
    box = ScriptedBox(rows=2_000, items=500)
    with ScriptedCentre(broker.url, "box-1") as centre, BoxOnLine(adapter, box) as line:
        with docked(adapter, broker.url) as counted:
            until(lambda: line.rows() == 0, "an empty box")
            until(lambda: centre.books.horizon_ms == box.now_ms, "that nothing is awaited any more")
            with line.lock:
                box.measure(3)
            until(lambda: line.rows() == 0, "what it measured on the dock")
        assert seqs(centre) == list(range(1, 2_004))
        assert centre.books.taken == 2_003, "nothing went up twice"
    assert counted.dock["dock_boxes_found"] == 1
    assert counted.dock["dock_connects"] == 1
    assert set(counted.dock) == set(COUNTERS)
    assert counted.line.rejected == {}


def test_both_ways_at_once_count_each_reading_once(mosquitto: Broker, adapter: Adapter) -> None:
    box = ScriptedBox(rows=300, items=10)
    with ScriptedCentre(mosquitto.url, "box-1") as centre, BoxOnLine(adapter, box) as line:
        with docked(adapter, mosquitto.url) as counted:
            for _ in range(10):
                with line.lock:
                    payload, last_seq = box.batch(min(box.rows, default=box.given + 1) - 1, 25)
                centre.say("cc/v1/storage-1/box-1/up", payload)
                until(lambda last_seq=last_seq: last_seq in {0, *seqs(centre)}, "that batch")  # type: ignore[misc]
            until(lambda: line.rows() == 0, "an empty box")
        assert seqs(centre) == list(range(1, 301))
    assert counted.dock["dock_acks_unreadable"] == 0


def test_a_broker_that_is_killed_in_the_middle_costs_nothing(mosquitto: Broker, adapter: Adapter) -> None:
    box = ScriptedBox(rows=3_000, items=5)
    with ScriptedCentre(mosquitto.url, "box-1") as centre, BoxOnLine(adapter, box) as line:
        with docked(adapter, mosquitto.url) as counted:
            until(lambda: line.rows() < 2_700, "progress")
            mosquitto.kill()
            until(lambda: counted.dock["dock_disconnects"] >= 1, "that the broker is missed")
            until(lambda: counted.dock["dock_connect_failures"] >= 1, "that it is looked for")
            assert line.rows() > 0, "the test was too slow to cut in the middle"
            mosquitto.start()
            until(lambda: line.rows() == 0, "an empty box", seconds=60)
        assert seqs(centre) == list(range(1, 3_001))
    assert counted.dock["dock_connects"] >= 2


def test_a_box_that_is_pulled_out_in_the_middle_is_read_on_from_there(mosquitto: Broker, adapter: Adapter) -> None:
    box = ScriptedBox(rows=3_000, items=5)
    with ScriptedCentre(mosquitto.url, "box-1") as centre, docked(adapter, mosquitto.url) as counted:
        with BoxOnLine(adapter, box) as line:
            until(lambda: line.rows() < 2_700, "progress")
        left = len(box.rows)
        assert left > 0, "the test was too slow to cut in the middle"
        adapter.unplug()
        until(lambda: counted.line.ports_lost["unplugged"] + counted.line.ports_lost["absent"] > 0, "a lost line")
        box.measure(5)
        adapter.plug()
        with BoxOnLine(adapter, box) as line:
            until(lambda: line.rows() == 0, "an empty box", seconds=60)
        assert seqs(centre) == list(range(1, 3_006))
    assert counted.dock["dock_boxes_found"] == 2


def test_noise_and_cut_frames_are_counted_and_asked_for_again(mosquitto: Broker, adapter: Adapter) -> None:
    box = ScriptedBox(rows=60, items=3)
    with ScriptedCentre(mosquitto.url, "box-1") as centre, docked(adapter, mosquitto.url) as counted:
        with BoxOnLine(adapter, box, up=spoiling(3, 0.15)) as line:
            until(lambda: line.rows() == 0, "an empty box", seconds=120)
        assert seqs(centre) == list(range(1, 61))
    assert sum(counted.line.rejected.values()) > 0
    assert counted.dock["dock_missed_answers"] > 0


def test_a_box_that_is_not_named_is_refused_counted_and_logged_with_advice(
    mosquitto: Broker, adapter: Adapter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    box = ScriptedBox("box-7", rows=5)
    with docked(adapter, mosquitto.url) as counted, BoxOnLine(adapter, box):
        until(lambda: counted.dock["dock_boxes_refused"] >= 2, "two looks at it")
        assert len(box.rows) == 5
    (told,) = [record.getMessage() for record in caplog.records if "box-7" in record.getMessage()]
    assert told.startswith(f"box box-7 on the dock {adapter.name} is not read out: it is not named in the setting")
    assert told.endswith("add it there if it is yours")
    assert counted.dock["dock_connects"] == 0
    assert set(box.heard) == {b"?"}


def test_a_box_of_a_later_version_is_left_alone(
    mosquitto: Broker, adapter: Adapter, caplog: pytest.LogCaptureFixture
) -> None:
    later = b'{"v":2,"gateway":"box-1","site":"storage-1","epoch":"e1","boot":"b1"}'
    box = BoxOnLine(adapter, ScriptedBox(rows=5), up=lambda data: frame(b"I", later) if data else data)
    with docked(adapter, mosquitto.url) as counted, box:
        until(lambda: counted.dock["dock_boxes_refused"] >= 1, "a look at it")
    assert "it speaks version 2 of the dock protocol, this gateway 1: update one" in caplog.text


def test_a_line_that_says_something_else_has_no_box(mosquitto: Broker, adapter: Adapter) -> None:
    with docked(adapter, mosquitto.url) as counted:
        with BoxOnLine(adapter, ScriptedBox(), up=lambda data: frame(b"I", b"{}") + b"login: " * 10 if data else data):
            until(lambda: counted.line.rejected["payload"] >= 1, "an identity that is none")
        with BoxOnLine(adapter, ScriptedBox(), up=lambda data: b"login: " * 10 if data else data):
            until(lambda: counted.line.rejected["noise"] >= 1, "noise")
    assert counted.dock["dock_boxes_found"] == 0


def test_another_box_on_the_same_line_is_not_read_out_under_the_name_of_the_first(
    mosquitto: Broker, adapter: Adapter
) -> None:
    first, second = ScriptedBox("box-1", rows=4), ScriptedBox("box-2", rows=4)
    with ScriptedCentre(mosquitto.url, "box-1") as centre, docked(adapter, mosquitto.url) as counted:
        with BoxOnLine(adapter, first) as line:
            until(lambda: line.rows() == 0, "an empty box")
        with BoxOnLine(adapter, second):
            until(lambda: counted.dock["dock_boxes_refused"] >= 1, "that it is another")
        assert seqs(centre) == [1, 2, 3, 4]
    assert counted.dock["dock_batches_foreign"] == 1
    assert len(second.rows) == 4


def test_a_long_ack_goes_down_as_it_came(mosquitto: Broker, adapter: Adapter) -> None:
    box = ScriptedBox(rows=2)
    centre, line = ScriptedCentre(mosquitto.url, "box-1"), BoxOnLine(adapter, box)
    with centre, line, docked(adapter, mosquitto.url):
        until(lambda: line.rows() == 0, "an empty box")
        ack = encode(centre.books.ack(box.epoch))[:-1] + b',"colour":"' + b"red" * 7_000 + b'"}'
        centre.say(ACK, ack)
        until(lambda: ack in box.acks, "the long ack in the box")
    assert len(ack) > 20_000


def test_a_centre_that_does_not_ack_is_said_so_and_the_box_keeps_everything(
    mosquitto: Broker, adapter: Adapter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("gateway.readout.PAUSE_MS", 200)
    box = ScriptedBox(rows=5)
    with ScriptedCentre(mosquitto.url, "box-1") as centre, BoxOnLine(adapter, box) as line:
        centre.acking = False
        with docked(adapter, mosquitto.url) as counted:
            until(lambda: counted.dock["dock_stalls"] >= 1, "a batch without an ack")
            until(lambda: "the centre does not ack box box-1" in caplog.text, "advice")
            assert line.rows() == 5
            centre.acking = True
            until(lambda: line.rows() == 0, "an empty box")
    assert "cc/v1/storage-1/box-1/up" in caplog.text


def test_a_line_and_a_broker_that_come_late_are_waited_for(tmp_path: Path, adapter: Adapter) -> None:
    box, port = ScriptedBox(rows=5), free_port()
    adapter.unplug()
    with docked(adapter, f"mqtt://127.0.0.1:{port}") as counted:
        until(lambda: counted.line.ports_lost["absent"] >= 1, "a look for the line")
        adapter.plug()
        with BoxOnLine(adapter, box) as line:
            until(lambda: counted.dock["dock_connect_failures"] >= 1, "a look for the broker")
            assert set(box.heard) == {b"?"}, "nothing is asked for while there is no broker"
            with start_mosquitto(tmp_path, port) as broker, ScriptedCentre(broker.url, "box-1") as centre:
                until(lambda: line.rows() == 0, "an empty box")
                assert seqs(centre) == [1, 2, 3, 4, 5]
