"""Sums, alarms, marks and journeys: the same mirror whatever arrived in which order, and however often it restarted."""

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import store_words as words
from support.memory_records import MemoryRecords
from support.memory_sink import MemorySink
from support.memory_store import MemoryStore
from support.mirror_more import (
    DAY,
    END,
    HOUR,
    T0,
    ZONE,
    Fact,
    Follower,
    counting,
    hear,
    of,
    record,
    registered,
    some_facts,
)

from assembly.mirror_told import HereTold
from coldchain.closed_loop import Handover, Party
from coldchain.entries import EntryKind, Expected, Manifest
from coldchain.places import Probe, ProbeRole
from coldchain.ports import Session
from stores import mirror_sums
from stores.mirror_sums import SUMS
from stores.points_rollups import HourSums

SUMMED = ("temperature_1h", "place_1d", "cooling_1d", "trip", "alarm", "mark")


def filled(seed: int, number: int, order: int) -> MemoryStore:
    """Return a store with the same facts, recorded in an order."""
    store = MemoryStore()
    registered(store)
    facts = some_facts(Random(seed), number)
    Random(order).shuffle(facts)
    record(store, facts)
    hear(store, T0 + 3 * DAY)
    return store


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(5, 40), st.integers(0, 2**32))
def test_a_mirror_that_kept_up_through_restarts_is_the_one_that_is_built_anew(
    seed: int, number: int, order: int
) -> None:
    dice = Random(order)
    store = MemoryStore()
    registered(store)
    follower = Follower(store)
    facts = some_facts(Random(seed), number)
    dice.shuffle(facts)
    now_ms = T0 + DAY
    while facts:
        some, facts = facts[: dice.randint(1, 8)], facts[8:]
        record(store, some)
        hear(store, T0 + dice.randrange(3 * DAY))
        now_ms += dice.randrange(END - now_ms)
        follower.catch_up(now_ms)
        if dice.random() < 0.4:
            follower.restart()
    hear(store, T0 + 3 * DAY)
    follower.catch_up()
    anew = Follower(store)
    anew.catch_up()
    assert counting(of(follower.sink.points, *SUMMED)) == counting(of(anew.sink.points, *SUMMED))
    assert follower.faults == anew.faults == []


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(5, 40), st.integers(0, 2**32))
def test_the_same_facts_in_another_order_are_the_same_mirror(seed: int, number: int, order: int) -> None:
    one, other = Follower(filled(seed, number, 0)), Follower(filled(seed, number, order))
    one.catch_up()
    other.catch_up()
    assert counting(of(one.sink.points, *SUMMED)) == counting(of(other.sink.points, *SUMMED))


class House:
    """A site whose fridge-1 is measured every minute."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        registered(self.store)
        self.follower = Follower(self.store)

    def measure(self, begin: int, end: int, value: int = 4_000_000) -> None:
        """Measure from hour `begin` to hour `end`."""
        times = range(T0 + begin * HOUR, T0 + end * HOUR, 60_000)
        with self.store.writing() as session:
            session.readings.append_samples(words.samples(times, [value] * len(times), epoch=f"e{value}{begin}"))

    def hours(self, now: float, horizon: float) -> dict[int, tuple[int, int, int]]:
        """Return (n, unknown_s, complete) of each hour of the load probe as the mirror has it at hour `now`."""
        hear(self.store, T0 + round(horizon * HOUR))
        self.follower.catch_up(T0 + round(now * HOUR))
        return {
            (ms - T0) // HOUR: (fields["n"], fields["unknown_s"], fields["complete"])  # type: ignore[misc]
            for (name, tags, ms), fields in self.follower.sink.points.items()
            if name == "temperature_1h" and dict(tags)["probe"] == "fridge-1-load"
        }


def test_an_hour_is_written_once_it_is_over_and_complete_once_it_is_told() -> None:
    house = House()
    house.measure(0, 2)
    assert house.hours(0.9, 0.9) == {}
    assert house.hours(1.1, 0.9) == {0: (60, 0, 0)}
    assert house.hours(1.2, 1.1) == {0: (60, 0, 1)}
    assert house.hours(3.1, 1.5) == {0: (60, 0, 1), 1: (60, 0, 0), 2: (0, 3_360, 0)}
    assert house.hours(3.2, 3.0) == {0: (60, 0, 1), 1: (60, 0, 1), 2: (0, 3_360, 1)}


def test_late_readings_make_their_hours_anew_also_after_a_restart() -> None:
    house = House()
    house.measure(0, 1)
    house.measure(3, 4)
    assert house.hours(4.5, 4.5)[1][0] == 0
    house.follower.restart()
    house.measure(1, 2, 9_000_000)
    assert house.hours(4.6, 4.6) == {0: (60, 0, 1), 1: (60, 0, 1), 2: (0, 3_360, 1), 3: (60, 0, 1)}
    assert house.follower.cursors[f"{SUMS}fridge-1"] == T0 + 4 * HOUR


def test_a_gateway_that_goes_on_alone_has_its_hours_complete_beside_one_that_is_silent() -> None:
    house = House()
    other = msgspec.structs.replace(words.probe("fridge-1-air"), gateway="gw-2", role=ProbeRole.AIR)
    with house.store.writing() as session:
        session.ledger.append([words.draft(EntryKind.PROBE, other)], T0)
    house.measure(0, 6)
    assert house.hours(2.1, 1.9)[1][2] == 0
    assert house.hours(2.2, 2.1)[1][2] == 1
    house.follower.restart()
    assert house.hours(5.1, 5.0)[4][2] == 1


def test_a_probe_that_joins_a_place_later_changes_nothing_of_the_time_before() -> None:
    """A mirror that kept up has no hour, day or journey of it from then, and one that is built anew has none either."""
    house, joined_ms = House(), T0 + 50 * HOUR + 100
    house.measure(0, 60)
    lists = [words.manifest("l-1", packed_ms=T0), words.manifest("l-2", packed_ms=T0 + HOUR)]
    times = range(T0, T0 + 2 * HOUR, 60_000)
    with house.store.writing() as session:
        session.ledger.append([words.draft(EntryKind.MANIFEST, one) for one in lists], T0)
        for probe in ("box-1-load", "box-1-air"):
            row = words.samples(times, [4_000_000] * len(times), probe=probe, gateway="box-1", epoch=probe)
            session.readings.append_samples(row)
    house.hours(50, 50)
    with house.store.writing() as session:
        for place, gateway, role in (("fridge-1", "gw-1", ProbeRole.AIR), ("box-1", "box-1", ProbeRole.LOAD)):
            one = msgspec.structs.replace(
                words.probe(f"{place}-new"), place=place, gateway=gateway, role=role, since_ms=joined_ms
            )
            hung = words.position(joined_ms, probe=one.id, place=place, gateway=gateway)
            drafts = [words.draft(EntryKind.PROBE, one), words.draft(EntryKind.POSITION, hung)]
            session.ledger.append(drafts, joined_ms)
    house.hours(70, 70)
    (over,) = [fields for (name, _, ms), fields in house.follower.sink.points.items() if (name, ms) == ("trip", T0)]
    assert (over["open"], over["unknown_s"]) == (0, 0)
    anew = Follower(house.store)
    anew.catch_up(T0 + 70 * HOUR)
    assert of(house.follower.sink.points, *SUMMED) == of(anew.sink.points, *SUMMED)
    new = {(name, ms) for name, tags, ms in anew.sink.points if dict(tags).get("probe") == "fridge-1-new"}
    assert min(ms for name, ms in new if name == "temperature_1h") == T0 + 50 * HOUR
    assert T0 + 26 * HOUR < min(ms for name, ms in new if name == "cooling_1d") <= joined_ms


def test_what_a_probe_had_measured_before_it_was_registered_has_its_hours() -> None:
    house = House()
    late = msgspec.structs.replace(words.probe("fridge-2-new"), place="fridge-2", since_ms=T0 + 5 * HOUR)
    with house.store.writing() as session:
        session.ledger.append([words.draft(EntryKind.PROBE, late)], T0 + 5 * HOUR)
        session.readings.append_samples(words.samples([T0 + 3 * HOUR + 1], [4_000_000], probe=late.id))
    house.hours(8, 8)
    points = house.follower.sink.points
    of_it = of({key: one for key, one in points.items() if dict(key[1]).get("probe") == late.id}, "temperature_1h")
    hours = [(ms - T0) // HOUR for _, _, ms in of_it]
    assert sorted(hours) == [3, 4, 5, 6, 7]


def test_what_is_awaited_for_long_is_written_once_and_not_again_at_each_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_sums, "AWAITED_MS_MAX", 2 * HOUR)
    house = House()
    house.measure(0, 1)
    assert len(house.hours(8.1, 0.5)) == 8
    house.follower.restart()
    house.follower.sink = MemorySink()
    assert set(house.hours(8.2, 0.6)) == {6, 7}
    house.follower.restart()
    house.follower.sink = MemorySink()
    assert len(house.hours(8.3, 8.0)) == 8


def test_what_was_made_of_readings_that_are_removed_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A calibration that counts from before then makes sums anew, but not those of days that are not whole any more."""
    house = House()
    house.measure(0, 60)
    house.hours(60.5, 60)
    removed = T0 // DAY
    monkeypatch.setattr(MemoryRecords, "removed_until", lambda _, probe: removed if probe == "fridge-1-load" else None)
    house.follower.sink = MemorySink()
    hung = words.position(T0, probe="fridge-1-load", place="fridge-1", gateway="gw-1", serial="s-1")
    with house.store.writing() as session:
        session.ledger.append([words.draft(EntryKind.POSITION, hung)], END)
    hours = house.hours(60.6, 60)
    kept_ms = (removed + 1) * DAY
    assert T0 < kept_ms == min(hours) * HOUR + T0
    days = [
        at_ms
        for name, tags, at_ms in house.follower.sink.points
        if name == "place_1d" and dict(tags)["place"] == "fridge-1"
    ]
    assert kept_ms <= min(days) < kept_ms + DAY


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.integers(5, 40))
def test_beside_a_gateway_that_was_never_heard_a_mirror_that_kept_up_is_the_one_that_is_built_anew(
    seed: int, number: int
) -> None:
    """The door of fridge-1 hangs at a gateway that never came: everything of the place is awaited for ever."""
    dice = Random(seed)
    store = MemoryStore()
    registered(store)
    door = msgspec.structs.replace(words.contact("fridge-1-door"), gateway="gw-9")
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.CONTACT, door)], T0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mirror_sums, "AWAITED_MS_MAX", 3 * HOUR)
        follower = Follower(store)
        facts, now_ms = some_facts(Random(seed), number), T0 + DAY
        while facts:
            some, facts = facts[:6], facts[6:]
            record(store, some)
            hear(store, T0 + dice.randrange(3 * DAY))
            now_ms += dice.randrange(END - now_ms)
            follower.catch_up(now_ms)
            if dice.random() < 0.5:
                follower.restart()
        hear(store, T0 + 3 * DAY)
        follower.catch_up()
        anew = Follower(store)
        anew.catch_up()
    hours = (counting(of(one.sink.points, "temperature_1h")) for one in (follower, anew))
    kept, built = ({key: {**fields, "complete": 1} for key, fields in points.items()} for points in hours)
    assert kept == built


@pytest.mark.parametrize("chunk", [HOUR, 7 * HOUR])
def test_the_size_of_the_pieces_changes_nothing(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(12, 50, 0)
    whole = Follower(store)
    whole.catch_up()
    monkeypatch.setattr(mirror_sums, "CHUNK_MS", chunk)
    monkeypatch.setattr(mirror_sums, "PLACES_MAX", 1)
    monkeypatch.setattr(mirror_sums, "LINES_MAX", 1)
    pieces = Follower(store)
    pieces.catch_up()
    assert of(pieces.sink.points, *SUMMED) == of(whole.sink.points, *SUMMED)


def test_a_place_that_cannot_be_summed_up_is_a_fault_and_keeps_no_other_back() -> None:
    class Stumbling(HereTold):
        def hours(self, session: Session, probe: Probe, from_ms: int, to_ms: int) -> list[HourSums]:
            if probe.place == "fridge-1":
                raise ZeroDivisionError("a fault of ours")
            return super().hours(session, probe, from_ms, to_ms)

    follower = Follower(filled(12, 50, 0), Stumbling(ZONE))
    follower.catch_up()
    assert {what for _, what in follower.sums.faults} == {b"fridge-1"}
    places = {dict(tags)["place"] for name, tags, _ in follower.sink.points if name == "temperature_1h"}
    assert places == {"fridge-2", "box-1"}


def test_nothing_is_looked_for_between_two_looks() -> None:
    house = House()
    house.measure(0, 2)
    sums = house.follower.sums
    hear(house.store, T0 + 2 * HOUR)
    batch = sums.next(house.store, T0 + 2 * HOUR, 1)
    assert batch is not None
    sums.done(batch)
    house.measure(2, 3)
    assert sums.next(house.store, T0 + 3 * HOUR, 2) is None
    assert sums.next(house.store, T0 + 3 * HOUR, mirror_sums.LOOK_MS + 1) is not None


def test_a_signature_that_comes_late_says_anew_when_a_later_journey_of_another_box_was_expected() -> None:
    store = MemoryStore()
    registered(store)
    with store.reading() as session:
        home = next(one for one in session.records.places() if one.id == "box-1")
    first, later = (words.manifest(f"l-{n}", box=f"box-{n}", packed_ms=T0 + n * DAY) for n in (1, 2))
    other = msgspec.structs.replace(home, id="box-2")
    record(store, [entry(EntryKind.PLACE, other), entry(EntryKind.MANIFEST, first), entry(EntryKind.MANIFEST, later)])
    record(store, [entry(EntryKind.HANDOVER, signature(later, T0 + 2 * DAY + 3 * HOUR))])
    follower = Follower(store)
    hear(store, T0 + 3 * DAY)
    follower.catch_up(T0 + 3 * DAY)
    assert expected(follower) == {"l-1": (0, "none", 0), "l-2": (0, "none", 0)}
    record(store, [entry(EntryKind.HANDOVER, signature(first, T0 + DAY + 2 * HOUR))])
    follower.catch_up(T0 + 3 * DAY + 1)
    anew = Follower(store)
    anew.catch_up(T0 + 3 * DAY + 1)
    assert expected(follower) == expected(anew)
    assert expected(follower) == {"l-1": (0, "none", 0), "l-2": (T0 + 2 * DAY + 2 * HOUR, "earlier", 1)}


def test_a_time_that_is_moved_on_the_road_is_the_one_of_the_board() -> None:
    store = MemoryStore()
    registered(store)
    first = words.manifest("l-1", box="box-1", packed_ms=T0 + DAY, expected_ms=T0 + DAY + HOUR)
    record(store, [entry(EntryKind.MANIFEST, first)])
    follower = Follower(store)
    hear(store, T0 + DAY + HOUR)
    follower.catch_up(T0 + DAY + HOUR)
    assert expected(follower) == {"l-1": (T0 + DAY + HOUR, "said", 0)}
    later = Expected(expected_ms=T0 + DAY + 3 * HOUR, reason="堵车", at_ms=T0 + DAY + 1, name="赵敏", post="送血员")
    record(store, [entry(EntryKind.MANIFEST_AMENDMENT, msgspec.structs.replace(first, moved=(later,)))])
    follower.catch_up(T0 + DAY + HOUR + 1)
    assert expected(follower) == {"l-1": (T0 + DAY + 3 * HOUR, "moved", 0)}
    anew = Follower(store)
    anew.catch_up(T0 + DAY + HOUR + 1)
    assert expected(anew) == expected(follower)


def entry(kind: EntryKind, payload: msgspec.Struct) -> Fact:
    def fact(session: Session) -> None:
        session.ledger.append([words.draft(kind, payload)], END)

    return fact


def signature(one: Manifest, at_ms: int) -> Handover:
    said = {"content": "00" * 32, "units": one.units, "seal": "", "documents": (), "name": "李华", "post": "nurse"}
    return Handover(manifest=one.id, party=Party.RECEIVER, at_ms=at_ms, **said)  # type: ignore[arg-type]


def expected(follower: Follower) -> dict[str, tuple[int, str, int]]:
    """Return when the mirror has it that each journey was expected, by its packing list."""
    trips = [fields for (name, *_), fields in follower.sink.points.items() if name == "trip"]
    return {one["id"]: (one["eta_ms"], one["eta_by"], one["eta_journeys"]) for one in trips}  # type: ignore[misc]
