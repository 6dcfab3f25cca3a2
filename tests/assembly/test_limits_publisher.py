"""The centre's limits for gateways: whole, with the bags, published when they change and after a reconnect."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from support.hand_clock import HandClock

from assembly.limits_publisher import LimitsPublisher, limits_of, printed
from assembly.shipped import shipped_profiles
from coldchain.commission import WorkKind
from coldchain.places import Contact, ContactKind, Gateway, Place, Probe, ProbeRole, Reader, Text
from coldchain.ports import Store
from coldchain.units import PlaceUnit, RegisterUnit, SayWork, Unit
from coldchain.wire_limits import Limits, decode_limits, encode_limits
from gateway.limits import LimitsKeeper
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup
from stores.sqlite import open_store

FRIDGE = Place(
    id="fridge-1", site="storage-1", name=Text(zh="1 号冰箱", en="Fridge 1"), profile="cn-rbc", profile_version=2
)
SETUP: list[Setup] = [
    Gateway(id="gw-1", site="storage-1"),
    Gateway(id="gw-2", site="storage-1"),
    FRIDGE,
    Probe(id="fridge-1-load", place="fridge-1", gateway="gw-1", role=ProbeRole.LOAD),
    Contact(id="site-mains", place="", gateway="gw-1", kind=ContactKind.MAINS),
    Reader(id="fridge-1-reader", place="fridge-1", gateway="gw-2"),
]
UNIT = Unit(
    id="unit-1",
    issuer="station-1",
    scheme="local",
    donation_number="0230126000001",
    product_code="RC01",
    division="00",
    component="red cells",
    blood_group="O+",
    profile="cn-rbc",
    profile_version=2,
)


@dataclass
class Centre:
    store: Store
    clock: HandClock
    pipeline: Pipeline
    connections: int = 1
    live: bool = True
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def publish(self, gateway: str, payload: bytes) -> bool:
        if self.live:
            self.sent.append((gateway, payload))
        return self.live

    def publisher(self, reported: Callable[[], Mapping[str, int]] = dict) -> LimitsPublisher:
        return LimitsPublisher(
            self.store,
            self.clock,
            self.publish,
            lambda: self.pipeline.generation,
            lambda: self.connections,
            reported=reported,
        )


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    store = open_store(tmp_path / "hot.sqlite")
    pipeline, clock = Pipeline(store, Counters()), HandClock()
    pipeline.set_up([*shipped_profiles(), *SETUP], clock.now_ms())
    yield Centre(store, clock, pipeline)
    store.close()


def put_in(centre: Centre, place: str | None) -> None:
    now_ms = centre.clock.now_ms()
    centre.pipeline.record(PlaceUnit(unit="unit-1", place=place, at_ms=now_ms, actor="a"), now_ms)
    centre.clock.forward(1_000)


def test_a_gateway_gets_its_own_devices_and_the_places_and_profiles_that_they_need(centre: Centre) -> None:
    assert centre.publisher().look() == 2
    by_gateway = {gateway: decode_limits(payload, gateway) for gateway, payload in centre.sent}
    first, second = by_gateway["gw-1"], by_gateway["gw-2"]
    assert isinstance(first, Limits)
    assert isinstance(second, Limits)
    assert ([p.id for p in first.probes], [c.id for c in first.contacts], first.readers) == (
        ["fridge-1-load"],
        ["site-mains"],
        (),
    )
    assert ([r.id for r in second.readers], second.probes, [p.id for p in second.places]) == (
        ["fridge-1-reader"],
        (),
        ["fridge-1"],
    )
    assert [(p.id, p.version) for p in first.profiles] == [("cn-rbc", 2)]
    assert LimitsKeeper("gw-1").offer(dict(centre.sent)["gw-1"]).outcome == "in-use"


def test_nothing_is_published_twice_until_something_changes_or_the_broker_was_away(centre: Centre) -> None:
    publisher = centre.publisher()
    assert [publisher.look(), publisher.look()] == [2, 0]
    centre.connections += 1
    assert publisher.look() == 2
    centre.pipeline.set_up([FRIDGE], centre.clock.now_ms())
    assert publisher.look() == 0


def test_a_bag_that_comes_is_named_with_what_is_printed_on_it_under_a_higher_version(centre: Centre) -> None:
    publisher = centre.publisher()
    publisher.look()
    now_ms = centre.clock.now_ms()
    centre.pipeline.record(RegisterUnit(unit=UNIT, actor="a"), now_ms)
    put_in(centre, "fridge-1")
    assert publisher.look() == 2
    documents = [json.loads(payload) for gateway, payload in centre.sent if gateway == "gw-1"]
    place = documents[-1]["places"][0]
    assert (place.get("inside", 0), place.get("possible", 0)) == (0, 1)  # a reader looks there and has not seen it
    assert place["possible_units"] == [printed(UNIT)] == ["0230126000001 RC01 00"]
    assert documents[-1]["version"] > documents[0]["version"]


def test_what_could_not_be_handed_over_is_published_later(centre: Centre) -> None:
    publisher = centre.publisher()
    centre.live = False
    assert publisher.look() == 0
    centre.live = True
    assert publisher.look() == 2


def test_before_the_first_connection_nothing_is_read(centre: Centre) -> None:
    centre.connections = 0
    assert centre.publisher().look() == 0


def test_limits_with_more_bags_than_a_message_holds_keep_the_counts(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ms = centre.clock.now_ms()
    centre.pipeline.record(RegisterUnit(unit=UNIT, actor="a"), now_ms)
    put_in(centre, "fridge-1")
    monkeypatch.setattr("assembly.limits_publisher.LIMITS_BYTES_MAX", 100)
    with centre.store.reading() as session:
        limits = limits_of(session, Gateway(id="gw-1", site="storage-1"), centre.clock.now_ms())
    assert (limits.places[0].possible, limits.places[0].possible_units) == (1, ())


def test_a_probe_under_check_rests_at_its_gateway_until_the_check_ends(centre: Centre) -> None:
    began_ms = centre.clock.now_ms()
    begin = SayWork(
        kind=WorkKind.UNDER_CHECK,
        place="fridge-1",
        probe="fridge-1-load",
        at_ms=began_ms,
        begins=True,
        reason="ice bath",
        name="Li",
        post="technician",
        actor="Li",
        until_ms=began_ms + 3_600_000,
    )
    assert _resting(centre) == [False]
    centre.pipeline.record(begin, began_ms)
    assert _resting(centre) == [True]
    centre.clock.forward(60_000)
    centre.pipeline.record(
        msgspec.structs.replace(begin, begins=False, at_ms=centre.clock.now_ms(), until_ms=None), centre.clock.now_ms()
    )
    assert _resting(centre) == [False]


def _resting(centre: Centre) -> list[bool]:
    with centre.store.reading() as session:
        gateway = next(one for one in session.records.gateways() if one.id == "gw-1")
        return [probe.rests for probe in limits_of(session, gateway, centre.clock.now_ms()).probes]


def test_a_centre_that_was_restored_from_an_older_copy_publishes_above_what_its_gateways_have(centre: Centre) -> None:
    keeper, has = LimitsKeeper("gw-1"), {"gw-1": 0}
    publisher = centre.publisher(lambda: has)

    def arrived() -> str:
        outcome = keeper.offer([payload for gateway, payload in centre.sent if gateway == "gw-1"][-1]).outcome
        has["gw-1"] = keeper.loaded.limits.version if keeper.loaded else 0
        return outcome

    with centre.store.reading() as session:
        theirs = limits_of(session, Gateway(id="gw-1", site="storage-1"), 0)
    keeper.offer(encode_limits(msgspec.structs.replace(theirs, version=5_000, probes=())))
    assert publisher.look() == 2
    assert arrived() == "", "older than what it has"
    assert publisher.look() == 1, "only to the one that is ahead"
    assert arrived() == "in-use"
    assert has == {"gw-1": 5_001}
    assert publisher.look() == 0
    centre.pipeline.record(RegisterUnit(unit=UNIT, actor="a"), centre.clock.now_ms())
    put_in(centre, "fridge-1")
    publisher.look()
    arrived()
    assert has == {"gw-1": 5_002}, "what comes later is above it as well"
    centre.connections += 1
    publisher.look()
    arrived()
    assert has == {"gw-1": 5_002}, "and said again it is the same"


def test_a_gateway_that_has_other_limits_under_the_same_number_gets_those_of_the_record(centre: Centre) -> None:
    keeper, has = LimitsKeeper("gw-1"), {"gw-1": 0}
    publisher = centre.publisher(lambda: has)

    def arrived() -> None:
        keeper.offer([payload for gateway, payload in centre.sent if gateway == "gw-1"][-1])
        has["gw-1"] = keeper.loaded.limits.version if keeper.loaded else 0

    with centre.store.reading() as session:
        ours = limits_of(session, Gateway(id="gw-1", site="storage-1"), 0)
    keeper.offer(encode_limits(msgspec.structs.replace(ours, probes=())))
    assert publisher.look() == 2
    arrived()
    assert has == {"gw-1": ours.version}
    assert publisher.look() == 1
    arrived()
    assert keeper.loaded is not None
    assert [probe.id for probe in keeper.loaded.limits.probes] == ["fridge-1-load"]
    assert publisher.look() == 0, "once in a run"


@pytest.mark.parametrize("said", [0, 1, 2**53 - 1])
def test_what_a_gateway_says_of_its_limits_raises_nothing_where_it_is_not_ahead_or_cannot_be_passed(
    centre: Centre, said: int
) -> None:
    publisher = centre.publisher(lambda: {"gw-1": said, "nobody": 7})
    assert [publisher.look(), publisher.look()] == [2, 0]
