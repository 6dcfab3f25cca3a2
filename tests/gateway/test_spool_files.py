"""The spool's files under a running gateway: deleted, moved or replaced, nothing that was accepted is lost."""

import shutil
from pathlib import Path

import pytest
from support.fake_ports import FakeBus, FakePorts
from support.hand_clock import HandClock
from support.spools import T0_MS, ack, event, open_spool, sample, seqs

from coldchain.errors import StoreError
from coldchain.facts import DeviceEvent, EventKind
from gateway.counters import Counters
from gateway.edge import Edge
from gateway.intake import SPOOL_FAILED_REASON, Intake
from gateway.plan import BusPlan, ContactPlan, EdgePlan, door_and_mains
from gateway.repair_watch import RepairWatch
from gateway.spool import Spool
from gateway.spool_salvage import REPAIRS, repairs_of


@pytest.mark.parametrize("name", ["spool.db", "spool.db-wal", "spool.db.lock"])
def test_what_is_deleted_under_a_running_gateway_is_made_anew_of_what_is_open(tmp_path: Path, name: str) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([sample(), event(), sample()], {"presence": b"here"})
        epoch = spool.epoch
        (tmp_path / name).unlink()
        assert spool.accept([sample()]) == [4]
        assert (spool.epoch, spool.generation, spool.state("presence")) == (epoch, 1, b"here")
        spool.settle(ack(spool, contiguous=1))
    with open_spool(tmp_path) as again:
        assert (seqs(again), again.epoch) == ([2, 3, 4], epoch)
        (repair,) = repairs_of(again.state(REPAIRS))
        assert (repair.rows_saved, repair.rows_lost) == (3, 0)


def test_another_file_in_its_place_is_put_aside(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([sample()])
        shutil.copy(tmp_path / "spool.db", tmp_path / "older.db")
        (tmp_path / "older.db").replace(tmp_path / "spool.db")
        spool.accept([sample()])
        assert seqs(spool) == [1, 2]
    assert (tmp_path / "spool.db.damaged-1").exists()


def test_the_edge_goes_on_when_its_spool_is_moved_and_says_so(tmp_path: Path) -> None:
    clock, ports = HandClock(), FakePorts()
    ports.ports = {"bus": FakeBus(clock).port}
    contacts = ContactPlan(slave=2, poll_ms=1_000, inputs=door_and_mains("fridge-1-door", "fridge-1-mains"))
    plan = EdgePlan(gateway="gw-1", buses=(BusPlan(port="bus", contacts=(contacts,)),))
    with open_spool(tmp_path) as spool:
        watch = RepairWatch(spool, Intake(spool, clock, Counters(), "gw-1"), clock, "gw-1")
        edge = Edge(plan, clock, spool, ports.open, Counters())
        for _ in range(100):
            clock.wait(edge.tick())
            watch.tick()
        before = seqs(spool)
        shutil.move(tmp_path / "spool.db", tmp_path / "moved.db")
        gone_ms = clock.boottime_ms()
        while clock.boottime_ms() < gone_ms + 61_000:
            clock.wait(edge.tick())
            watch.tick()
        assert seqs(spool)[: len(before)] == before
        assert [fact.kind for fact in _events(spool)].count(EventKind.SPOOL_REPAIRED) == 1


def test_a_folder_that_cannot_be_written_stops_no_gateway_and_is_declared_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, counters = HandClock(), Counters()
    with open_spool(tmp_path) as spool:
        intake = Intake(spool, clock, counters, "gw-1")
        assert intake.accept([sample(T0_MS)])
        (tmp_path / "spool.db").unlink()
        with monkeypatch.context() as refusing:
            refusing.setattr(Path, "write_text", _refuse)  # root may write anywhere, so the rights cannot be taken away
            assert not intake.accept([sample(T0_MS + 1)])
            with pytest.raises(StoreError, match="check the disk and the rights"):
                _mend_now(spool)
            assert not intake.accept([sample(T0_MS + 2)])
        _mend_now(spool)
        assert intake.accept([sample(T0_MS + 3)])
        facts = spool.next_batch(0, T0_MS + 9, 1).facts
    assert [fact.taken_ms for fact in facts if fact.origin == "fridge-1-load" and hasattr(fact, "quality")] == [
        T0_MS,
        T0_MS + 3,
    ]
    gap = next(fact for fact in facts if getattr(fact, "reason", "") == SPOOL_FAILED_REASON)
    assert (getattr(gap, "from_ms"), getattr(gap, "to_ms"), getattr(gap, "lost")) == (T0_MS + 1, T0_MS + 2, 2)  # noqa: B009


def test_a_repair_that_stops_half_way_is_gone_on_with_and_no_row_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([sample(), event(), sample()])
        epoch = spool.epoch
        (tmp_path / "spool.db").unlink()
        with monkeypatch.context() as refusing:
            refusing.setattr("gateway.spool_base.take_lock", _no_lock)
            with pytest.raises(StoreError):
                spool.accept([sample()])
            with pytest.raises(StoreError):
                _mend_now(spool)
        _mend_now(spool)
        assert spool.accept([sample()]) == [4]
        assert (seqs(spool), spool.epoch) == ([1, 2, 3, 4], epoch)


def test_a_disk_that_does_not_say_how_full_it_is_stops_no_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_spool(tmp_path) as spool, monkeypatch.context() as failing:
        failing.setattr(shutil, "disk_usage", _refuse)
        assert not Intake(spool, HandClock(), Counters(), "gw-1").accept([sample()])


def _no_lock(path: Path) -> None:
    msg = f"the spool {path} cannot be opened"
    raise StoreError(msg)


def _mend_now(spool: Spool) -> None:
    spool._mend_at_s = 0.0
    spool.mend()


def _refuse(*_: object) -> None:
    raise PermissionError(13, "Permission denied")


def _events(spool: Spool) -> list[DeviceEvent]:
    found: list[DeviceEvent] = []
    after = 0
    while facts := spool.next_batch(after, T0_MS, 1).facts:
        found += [fact for fact in facts if isinstance(fact, DeviceEvent)]
        after = facts[-1].seq
    return found
