"""The spool's files under a running gateway: what is deleted or moved is said at once, not after the next start."""

import shutil
from pathlib import Path

import pytest
from support.fake_ports import FakeBus, FakePorts
from support.hand_clock import HandClock
from support.spools import ack, open_spool, sample

from coldchain.errors import StoreError
from gateway.counters import Counters
from gateway.edge import Edge
from gateway.plan import BusPlan, ContactPlan, EdgePlan, door_and_mains


@pytest.mark.parametrize("name", ["spool.db", "spool.db-wal", "spool.db.lock"])
def test_a_file_that_is_deleted_under_a_running_gateway_ends_accepting(tmp_path: Path, name: str) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([sample()])
        (tmp_path / name).unlink()
        with pytest.raises(StoreError, match=rf"{name} was deleted, moved or replaced while the gateway was running"):
            spool.accept([sample()])
        with pytest.raises(StoreError):
            spool.settle(ack(spool, contiguous=1))
        assert spool.depth() == 1


def test_another_file_in_its_place_is_not_the_spool(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([sample()])
        shutil.copy(tmp_path / "spool.db", tmp_path / "older.db")
        (tmp_path / "older.db").replace(tmp_path / "spool.db")
        with pytest.raises(StoreError, match="replaced"):
            spool.accept([sample()])


def test_the_edge_ends_when_its_spool_is_gone(tmp_path: Path) -> None:
    clock, ports = HandClock(), FakePorts()
    ports.ports = {"bus": FakeBus(clock).port}
    contacts = ContactPlan(slave=2, poll_ms=1_000, inputs=door_and_mains("fridge-1-door", "fridge-1-mains"))
    plan = EdgePlan(gateway="gw-1", buses=(BusPlan(port="bus", contacts=(contacts,)),))
    with open_spool(tmp_path) as spool:
        edge = Edge(plan, clock, spool, ports.open, Counters())
        for _ in range(100):
            clock.wait(edge.tick())
        shutil.move(tmp_path / "spool.db", tmp_path / "moved.db")
        gone_ms = clock.boottime_ms()
        with pytest.raises(StoreError, match="moved"):  # noqa: PT012 - the minute until the next commit
            while clock.boottime_ms() < gone_ms + 61_000:
                clock.wait(edge.tick())
