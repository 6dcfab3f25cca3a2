"""The edge and the simulated reader of each family over real pseudo-terminals: pulled, moved and misheard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.reader_on_pty import READER, PtyWorld
from support.simulated_readers import KINDS, Kind, put

from coldchain.facts import PRESENCE_KINDS, EventKind, TagSummary

SECOND, MINUTE = 1_000, 60_000


@pytest.fixture(params=KINDS, ids=lambda kind: kind.protocol)
def kind(request: pytest.FixtureRequest) -> Kind:
    assert isinstance(request.param, Kind)
    return request.param


@pytest.fixture
def world(kind: Kind, tmp_path: Path) -> Iterator[PtyWorld]:
    world = PtyWorld(kind, tmp_path)
    put(world.device, kind.bags[0], kind.strength)
    world.run(MINUTE)
    yield world
    world.close()


def said(world: PtyWorld) -> list[tuple[EventKind, str | None]]:
    return [(event.kind, event.epc) for event in world.spool.events(*PRESENCE_KINDS)]


def heard(world: PtyWorld) -> set[str]:
    return {fact.epc for fact in world.spool.facts if isinstance(fact, TagSummary)}


def faults(world: PtyWorld) -> list[int | str | None]:
    return [event.details.get("fault") for event in world.spool.events(EventKind.INVENTORY)]


def test_bags_arrive_and_leave(world: PtyWorld, kind: Kind) -> None:
    first, second = kind.bags
    world.open_for(5 * SECOND)
    world.device.field.leave(first)
    put(world.device, second, kind.strength)
    world.run(2 * MINUTE)
    assert said(world)[0] == (EventKind.ARRIVED, first)
    assert sorted(said(world)[1:]) == [(EventKind.ARRIVED, second), (EventKind.LEFT, first)]
    assert set(faults(world)) == {None}
    assert not world.counters.rejected
    says = {event.details.get("rssi", "dbm") for event in world.spool.events(EventKind.INVENTORY)}
    assert says == {{"a0": "dbm", "chafon": "raw"}.get(kind.protocol, "none")}


def test_an_adapter_that_is_pulled_in_a_frame_and_comes_back_elsewhere(world: PtyWorld, kind: Kind) -> None:
    before = world.adapter.name.readlink()
    world.cut_next = True
    world.run(10 * MINUTE)
    assert not world.plugged
    assert [event.origin for event in world.spool.events(EventKind.DEVICE_SILENT)] == [READER]
    cycles = world.counters.cycles_good
    world.plug_elsewhere()
    assert world.adapter.name.readlink() != before
    world.run(3 * MINUTE)
    assert world.counters.cycles_good > cycles
    assert [event.origin for event in world.spool.events(EventKind.DEVICE_BACK)] == [READER]
    assert heard(world) == {kind.bags[0]}
    assert not world.spool.events(EventKind.LEFT, EventKind.UNCERTAIN, EventKind.UNSEEN)
    assert world.counters.ports_lost["unplugged"] == 1


def test_the_noise_of_a_wrong_baud_is_no_tag_and_no_evidence_of_absence(world: PtyWorld, kind: Kind) -> None:
    world.spoil = world.noise
    world.open_for(5 * SECOND)
    world.run(20 * SECOND)
    good = world.counters.cycles_good
    world.run(2 * MINUTE)
    assert world.counters.cycles_good == good
    assert world.counters.cycles_failed > 1
    assert sum(world.counters.rejected.values()) > 1
    assert heard(world) == {kind.bags[0]}
    assert not world.spool.events(EventKind.LEFT)
    world.spoil = lambda data: data
    world.run(3 * MINUTE)
    assert world.counters.cycles_good > good
    assert heard(world) == {kind.bags[0]}
    assert not world.spool.events(EventKind.LEFT)
