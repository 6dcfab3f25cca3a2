"""Bags of a box that had no network wait for its record; that ends by itself, or becomes a finding that holds."""

from typing import Any

import pytest
from support.intake import HOUR, SITE, START, presence, sample
from support.storage_point import BOX, POINT, bags, deliver, numbered, point_on

from coldchain.closed_loop import AgreeEmergency, Agreeing, MemberKind, OpenEmergency, SetMember
from coldchain.errors import ConflictError
from coldchain.facts import EventKind, Fact
from coldchain.places import Place, PlaceKind, Text
from coldchain.ports import Store
from coldchain.units import PackBox, PlaceUnit, Reason
from ingest.pipeline import Pipeline
from rules.issuable import Bar, barred
from rules.waiting import Waiting, stock_now

MINUTE = 60_000
PACKED = START + 2 * HOUR
HOME = PACKED + 2 * HOUR
NOW = HOME + 20 * MINUTE
SIGNED: dict[str, Any] = {"name": "李华", "post": "technician", "actor": "tech"}


def trip(*, hot: bool = False) -> list[Fact]:
    """Return what the box has in its memory, from half an hour before it was packed to half an hour after it came."""
    facts: list[Fact] = []
    for at_ms in range(PACKED - 30 * MINUTE, NOW, MINUTE):
        value = 11_200_000 if hot and PACKED + HOUR <= at_ms < PACKED + 90 * MINUTE else 4_100_000
        facts += [sample(0, at_ms, value, f"box-1-{role}") for role in ("load", "air")]
    return numbered(facts)


def home(store: Store) -> Pipeline:
    """Three bags come in a box that was heard last when it was packed; two are put into a fridge that is fine."""
    pipeline = point_on(store, ("fridge-1", "fridge-2", BOX))
    for fact in bags(4):
        pipeline.record(fact, PACKED)
    deliver(pipeline, BOX, [fact for fact in trip() if fact.taken_ms < PACKED], sent_ms=PACKED)
    units = ("u-1", "u-2", "u-3")
    listed = PackBox(manifest="list-1", box=BOX, at_ms=PACKED, actor="courier", units=units, destination="storage-1")
    pipeline.record(listed, PACKED)
    for unit, at_ms in (("u-1", HOME), ("u-2", HOME), ("u-4", START)):
        pipeline.record(PlaceUnit(unit=unit, place="fridge-1", at_ms=at_ms, actor="tech"), HOME)
    return pipeline


def fridge(pipeline: Pipeline, until_ms: int, mark_ms: int | None = None) -> None:
    """Let the fridges' gateway say all up to an instant, and that bags were read inside."""
    times = range(START, until_ms, MINUTE)
    calm: list[Fact] = [sample(0, ms, 4_000_000, f"{name}-load") for ms in times for name in ("fridge-1", "fridge-2")]
    heard = [(1, HOME + MINUTE), (2, HOME + MINUTE), (4, START + MINUTE)]
    calm += [presence(0, EventKind.ARRIVED, number, at_ms - 40_000, at_ms) for number, at_ms in heard]
    facts = numbered(calm)
    for start in range(0, len(facts), 500):
        behind = facts[start + 500].taken_ms if start + 500 < len(facts) else mark_ms
        deliver(pipeline, POINT, facts[start : start + 500], mark_ms=behind, sent_ms=until_ms)


def bars(store: Store, unit: str, now_ms: int = NOW) -> list[Bar]:
    with store.reading() as session:
        known = session.records.unit(unit)
        assert known is not None
        return barred(session, known, Waiting(session, now_ms).of_unit(unit), now_ms)


def counts(store: Store, now_ms: int = NOW) -> dict[str, tuple[int, int, int]]:
    with store.reading() as session:
        return {one.place: (one.inside, one.released, one.waiting) for one in stock_now(session, now_ms)}


def test_bags_of_a_box_that_was_not_read_out_wait_wherever_they_are_and_are_no_stock(store: Store) -> None:
    pipeline = home(store)
    fridge(pipeline, NOW)
    assert [bars(store, name) for name in ("u-1", "u-2", "u-3", "u-4")] == [[Bar.WAITING]] * 3 + [[]]
    assert counts(store) == {"fridge-1": (3, 1, 2), BOX: (1, 0, 1)}
    with store.reading() as session:
        (wait,) = Waiting(session, NOW).of_unit("u-1")
    assert (wait.place, wait.kind, wait.to_ms) == (BOX, PlaceKind.BOX, HOME)


def test_waiting_ends_by_itself_when_the_box_is_read_out_in_range(store: Store) -> None:
    pipeline = home(store)
    fridge(pipeline, NOW)
    deliver(pipeline, BOX, [fact for fact in trip() if fact.taken_ms >= PACKED], sent_ms=NOW)
    assert [bars(store, name) for name in ("u-1", "u-2", "u-3", "u-4")] == [[]] * 4
    assert counts(store) == {"fridge-1": (3, 3, 0), BOX: (1, 1, 0)}
    with store.reading() as session:
        assert session.records.holds() == ()


def test_what_was_read_out_too_warm_is_no_wait_any_more_but_a_hold(store: Store) -> None:
    pipeline = home(store)
    fridge(pipeline, NOW)
    deliver(pipeline, BOX, [fact for fact in trip(hot=True) if fact.taken_ms >= PACKED], sent_ms=NOW)
    assert bars(store, "u-1") == [Bar.ON_HOLD]
    assert counts(store)["fridge-1"] == (3, 1, 0)


def test_half_a_read_out_is_none(store: Store) -> None:
    pipeline = home(store)
    fridge(pipeline, NOW)
    memory = [fact for fact in trip() if fact.taken_ms >= PACKED]
    deliver(pipeline, BOX, memory[:60], mark_ms=memory[60].taken_ms, sent_ms=NOW)
    assert bars(store, "u-1") == [Bar.WAITING]


def test_whoever_is_inside_a_fridge_whose_gateway_is_behind_waits_and_the_usual_delay_is_no_wait(store: Store) -> None:
    pipeline = home(store)
    fridge(pipeline, NOW)
    deliver(pipeline, BOX, [fact for fact in trip() if fact.taken_ms >= PACKED], sent_ms=NOW)
    assert bars(store, "u-4", NOW + 5 * MINUTE - 1) == []
    assert bars(store, "u-4", NOW + 11 * MINUTE) == [Bar.WAITING]
    assert counts(store, NOW + 11 * MINUTE)["fridge-1"] == (3, 0, 3)


def test_never_measured_beyond_the_tolerance_is_a_finding_that_holds(store: Store) -> None:
    pipeline = home(store)
    fridge(pipeline, NOW)
    later = [sample(0, NOW + 5 * HOUR, 4_000_000, "box-1-load")]
    memory = [fact for fact in trip() if fact.taken_ms < PACKED]
    deliver(pipeline, BOX, numbered([*memory, *later])[len(memory) :], sent_ms=NOW + 5 * HOUR)
    assert Bar.ON_HOLD in bars(store, "u-3", NOW + 5 * HOUR)


def test_a_box_on_the_road_without_a_network_is_not_given_up_as_fast_as_a_fridge(store: Store) -> None:
    pipeline = home(store)
    fridge(pipeline, NOW)
    lost = pipeline.watch_gateways(NOW + 6 * HOUR, listening_ms=99 * HOUR)
    assert lost == [POINT]
    assert Bar.WAITING in bars(store, "u-3", NOW + 6 * HOUR)
    assert held_in(store, "u-3") == {("fridge-1", Reason.EXPECTED)}, "others of its list were read there"
    assert BOX in pipeline.watch_gateways(PACKED + 24 * HOUR, listening_ms=99 * HOUR)
    assert (BOX, Reason.CERTAIN) in held_in(store, "u-3")


def held_in(store: Store, unit: str) -> set[tuple[str, Reason]]:
    with store.reading() as session:
        holds = [(one, session.records.finding(one.finding)) for one in session.records.holds_of_unit(unit)]
    return {(found.place, hold.reason) for hold, found in holds if found is not None}


def leaves(pipeline: Pipeline, *units: str, at_ms: int = NOW, to: str = "hospital-2", manifest: str = "list-9") -> str:
    """Pack units into the home crate for somewhere; return why it is refused, "" if it is not."""
    listed = PackBox(manifest=manifest, box="crate-9", units=units, at_ms=at_ms, destination=to, actor="tech")
    try:
        pipeline.record(listed, max(NOW, at_ms))
    except ConflictError as refused:
        return str(refused)
    return ""


def with_crate(store: Store) -> Pipeline:
    pipeline = home(store)
    fridge(pipeline, NOW)
    text = Text(zh="箱", en="Crate")
    crate = Place(id="crate-9", site=SITE, name=text, profile="cn-rbc", profile_version=2, kind=PlaceKind.BOX)
    far = Place(id="station-fridge", site="station", name=text, profile="cn-rbc", profile_version=2)
    pipeline.set_up([crate, far], START)
    pipeline.record(SetMember(site="station", kind=MemberKind.STATION, at_ms=START, **SIGNED), NOW)
    return pipeline


def test_what_waits_for_its_record_is_not_packed_but_for_the_station(store: Store) -> None:
    pipeline = with_crate(store)
    assert "unit u-1 waits for the record of box-1" in leaves(pipeline, "u-1")
    assert "unit u-2 waits for the record of box-1" in leaves(pipeline, "u-4", "u-2"), "one of the list is enough"
    with store.reading() as session:
        assert session.records.manifests("crate-9") == ()
    assert leaves(pipeline, "u-1", to="station") == ""
    assert leaves(pipeline, "u-4", manifest="list-10") == "", "the fridge's usual delay is no wait"


def test_it_is_packed_once_the_box_was_read_out_in_range_and_stays_if_it_was_too_warm(store: Store) -> None:
    pipeline = with_crate(store)
    deliver(pipeline, BOX, [fact for fact in trip() if fact.taken_ms >= PACKED], sent_ms=NOW)
    assert leaves(pipeline, "u-1") == ""


def test_what_was_read_out_too_warm_stays(store: Store) -> None:
    pipeline = with_crate(store)
    deliver(pipeline, BOX, [fact for fact in trip(hot=True) if fact.taken_ms >= PACKED], sent_ms=NOW)
    assert "unit u-1 is on hold" in leaves(pipeline, "u-1")


def test_a_list_that_was_packed_before_the_time_that_is_awaited_is_taken(store: Store) -> None:
    pipeline = with_crate(store)
    later = NOW + 11 * MINUTE
    assert "u-4 waits for the record of fridge-1" in leaves(pipeline, "u-4", at_ms=later)
    listed = PackBox(manifest="l", box="crate-9", units=("u-4",), at_ms=NOW - MINUTE, destination="ward", actor="tech")
    assert pipeline.record(listed, later).seq > 0


def test_a_list_that_is_entered_later_tells_of_what_has_happened(store: Store) -> None:
    pipeline = with_crate(store)
    listed = PackBox(manifest="l", box="crate-9", units=("u-1",), at_ms=NOW, destination="ward", actor="tech")
    with pytest.raises(ConflictError, match="waits for the record"):
        pipeline.record(listed, NOW + HOUR)
    assert pipeline.record(listed, NOW + HOUR + 1).seq > 0
    assert bars(store, "u-1", NOW + HOUR + 1) == [Bar.WAITING]


def test_in_an_emergency_that_both_agreed_to_it_leaves_without_its_record(store: Store) -> None:
    pipeline = with_crate(store)
    case = OpenEmergency(case="e-1", site=SITE, to="hospital-2", units=("u-1",), reason="bleeding", at_ms=NOW, **SIGNED)
    pipeline.record(case, NOW)
    for party, name in ((Agreeing.LEAD, "王芳"), (Agreeing.STATION, "Chen Yu")):
        assert "waits for the record" in leaves(pipeline, "u-1"), "not everybody has agreed"
        signed = {"name": name, "post": "duty", "actor": "x"}
        pipeline.record(AgreeEmergency(case="e-1", party=party, at_ms=NOW, **signed), NOW)
    assert "unit u-2 waits" in leaves(pipeline, "u-1", "u-2"), "the case does not name it"
    assert leaves(pipeline, "u-1") == ""
