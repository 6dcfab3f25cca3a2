"""Who was inside and what is held, in pages: equal to looking at everything, on every store."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import store_words as words

from coldchain.decisions import standing_holds
from coldchain.entries import EntryKind, Placement, StayRecord
from coldchain.lineage import ErrorOf
from coldchain.lookback_ports import HeldUnitSince
from coldchain.ports import Records, Store
from coldchain.units import Hold

DAY = 86_400_000
PLACES = ("fridge-1", "fridge-2")
# Lengths around the limits of the classes by which stays are looked up, and beyond all of them.
LENGTHS = [
    *(n * 49 * DAY // 16 + more for n in (1, 4, 16, 64, 256, 1_024) for more in (-1, 0, 1)),
    0,
    1,
    DAY,
    20_000 * DAY,
]
INSTANTS = st.one_of(st.integers(0, 60 * DAY), st.integers(0, 9_000 * DAY), st.sampled_from(LENGTHS))
ONE_STORE = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)


def keep(store: Store, kind: EntryKind, things: Sequence[msgspec.Struct]) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(kind, thing) for thing in things], 5)


@st.composite
def one_stay(draw: st.DrawFn) -> StayRecord:
    """Return a stay that is certain or only possible, still open or not, of a container's unit or not."""
    begin = draw(INSTANTS)
    length = draw(st.one_of(st.none(), st.sampled_from(LENGTHS), st.integers(0, 3_000 * DAY)))
    end = None if length is None else begin + length
    certain = draw(st.booleans())
    return words.stay(
        draw(st.sampled_from(["u-1", "u-10", "u-2", "血-1"])),
        draw(st.integers(1, 12)),
        place=draw(st.sampled_from(PLACES)),
        possible_from_ms=begin,
        certain_from_ms=begin if certain else None,
        certain_to_ms=end if certain else None,
        possible_to_ms=end,
        via=draw(st.sampled_from(["", "crate-1"])),
        withdrawn=draw(st.integers(0, 5)) == 0,
    )


def naive(stays: Sequence[StayRecord], place: str, from_ms: int, to_ms: int | None) -> list[StayRecord]:
    newest = {(stay.unit, stay.number): stay for stay in stays}
    return [
        stay
        for _, stay in sorted(newest.items())
        if stay.place == place
        and not stay.withdrawn
        and (to_ms is None or stay.possible_from_ms < to_ms)
        and (stay.possible_to_ms is None or stay.possible_to_ms > from_ms)
    ]


def walked(records: Records, place: str, from_ms: int, to_ms: int | None, limit: int) -> list[StayRecord]:
    found: list[StayRecord] = []
    after = ("", 0)
    while page := records.stays_page(place, from_ms, to_ms, after, limit):
        assert len(page) <= limit
        found += page
        after = (page[-1].unit, page[-1].number)
    return found


def undoubted_once(stays: Sequence[StayRecord]) -> list[StayRecord]:
    """Leave one undoubted open stay of each unit: a second one the store refuses."""
    kept: list[StayRecord] = []
    where: dict[str, int] = {}
    for stay in stays:
        if stay.undoubted and where.setdefault(stay.unit, stay.number) != stay.number:
            continue
        kept.append(stay)
    return kept


@given(
    st.lists(one_stay(), max_size=40),
    st.lists(st.tuples(INSTANTS, st.one_of(st.none(), INSTANTS)), min_size=1),
    st.data(),
)
@ONE_STORE
def test_pages_of_who_was_inside_are_what_a_scan_finds(
    store: Store, stays: list[StayRecord], windows: list[tuple[int, int | None]], data: st.DataObject
) -> None:
    with store.writing() as session:
        known = [one for unit in ("u-1", "u-10", "u-2", "血-1") for one in session.records.stays_of_unit(unit)]
        gone = [msgspec.structs.replace(one, withdrawn=True) for one in known]
        now = undoubted_once(stays)
        session.ledger.append([words.draft(EntryKind.STAY, one) for one in [*gone, *now]], 5)
    with store.reading() as session:
        newest = {(stay.unit, stay.number): stay for stay in [*gone, *now]}
        standing = [newest[key] for key in sorted(newest) if not newest[key].withdrawn]
        few = [stay for stay in standing if stay.unit != "u-10"]
        assert session.records.standing_stays_of(["血-1", "u-2", "u-1", "u-9", "u-2"]) == tuple(few)
        many = [*(f"u-{number}" for number in range(1_300)), "血-1"]
        assert session.records.standing_stays_of(many) == tuple(standing)
        assert session.records.standing_stays_of([]) == ()
        for from_ms, to_ms in windows:
            expected = naive([*gone, *now], PLACES[0], from_ms, to_ms)
            assert list(session.records.stays_in_place(PLACES[0], from_ms, to_ms)) == expected
            assert session.records.count_stays(PLACES[0], from_ms, to_ms) == len(expected)
            names = session.records.units_in_place(PLACES[0], from_ms, to_ms)
            assert list(names) == sorted({stay.unit for stay in expected})
            limit = data.draw(st.integers(1, 5))
            assert walked(session.records, PLACES[0], from_ms, to_ms, limit) == expected
            begin = session.records.stays_begin(PLACES[0], from_ms, to_ms, limit)
            assert begin == (tuple(expected[:limit]), len(expected))


def test_pages_as_known_then_are_those_of_then(store: Store) -> None:
    first, second = words.stay("u-1", 1), words.stay("u-2", 1)
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.STAY, first)], 100)
    with store.writing() as session:
        gone = msgspec.structs.replace(first, withdrawn=True)
        session.ledger.append([words.draft(EntryKind.STAY, one) for one in (gone, second)], 200)
    with store.as_known(150) as session:
        assert walked(session.records, "fridge-1", 0, None, 1) == [first]
        assert session.records.count_stays("fridge-1", 0, None) == 1
    with store.as_known(200) as session:
        assert walked(session.records, "fridge-1", 0, None, 1) == [second]


def test_a_stay_that_is_corrected_between_two_pages_is_not_passed_over(store: Store) -> None:
    keep(store, EntryKind.STAY, [words.stay(f"u-{n}", 1, possible_from_ms=n * DAY) for n in range(1, 4)])
    with store.reading() as session:
        (seen,) = session.records.stays_page("fridge-1", 0, None, ("", 0), 1)
    keep(store, EntryKind.STAY, [words.stay("u-3", 1, possible_from_ms=0)])
    with store.reading() as session:
        rest = session.records.stays_page("fridge-1", 0, None, (seen.unit, seen.number), 10)
    assert [one.unit for one in (seen, *rest)] == ["u-1", "u-2", "u-3"]


HOLDS = (
    words.hold("h-5", "u-1", placed_ms=10, finding="f-1", lifted_by="d-1"),
    words.hold("h-4", "u-2", placed_ms=10, finding="f-1"),
    words.hold("h-3", "u-2", placed_ms=5, finding="f-2"),
    words.hold("h-2", "u-3", placed_ms=7, finding="f-2", basis_stands=False),
    words.hold("h-1", "u-1", placed_ms=20, finding="r-1", basis="recall"),
    words.hold("h-1", "u-1", placed_ms=20, finding="r-1", basis="recall", lifted_by="d-2"),
)


def test_who_was_put_into_a_place_at_an_instant_is_found_until_that_is_declared_an_error(store: Store) -> None:
    said = [("u-1", "box-1", 7), ("u-1", "box-2", 7), ("u-2", "box-1", 7), ("u-3", "box-1", 8), ("血-1", "box-1", 7)]
    keep(store, EntryKind.PLACEMENT, [Placement(unit=unit, place=place, at_ms=at_ms) for unit, place, at_ms in said])
    with store.reading() as session:
        many = [*(f"u-{number}" for number in range(1_300)), "血-1"]
        assert session.records.put_at(many, "box-1", 7) == {"u-1", "u-2", "血-1"}
        assert session.records.put_at(["u-2", "u-3", "u-2"], "box-1", 7) == {"u-2"}
        assert session.records.put_at(many, "box-1", 6) == session.records.put_at([], "box-1", 7) == frozenset()
    keep(store, EntryKind.ERROR_DECLARATION, [words.declared_error(ErrorOf.PLACEMENT, "u-1", 7, "box-1")])
    with store.reading() as session:
        assert session.records.put_at(["u-1", "u-2"], "box-1", 7) == {"u-2"}
        assert session.records.put_at(["u-1", "u-2"], "box-2", 7) == {"u-1"}


def test_holds_are_read_in_pages_by_finding_and_by_what_stands(store: Store) -> None:
    keep(store, EntryKind.HOLD, HOLDS)
    keep(store, EntryKind.UNIT_END, [words.unit_end("u-2")])
    keep(store, EntryKind.ISSUE, [words.issue("u-3"), words.issue("u-1")])
    with store.reading() as session:
        records = session.records
        every = records.holds()
        assert standing_holds(every) == records.holds_that_stand()
        assert [one.id for one in records.holds_that_stand()] == ["h-3", "h-2", "h-4"]
        assert [one.id for one in records.holds_of_finding("f-1")] == ["h-4", "h-5"]
        assert records.held_of(["u-1", "u-2", "u-9"]) == {"u-2"}
        assert records.held_of([]) == frozenset()
        assert [one.id for one in records.holds_of_handed_out()] == ["h-3", "h-2", "h-4"]
        assert records.hold("h-5") == HOLDS[0]
        assert records.hold("none") is None
        assert records.count_units_on_hold() == 2
        waiting, ended = records.units_on_hold(10)
        assert waiting == HeldUnitSince(unit="u-3", since_ms=7, ended=False)
        assert ended == HeldUnitSince(unit="u-2", since_ms=5, ended=True)
        assert records.units_on_hold(1) == (waiting,)


def test_pages_of_holds_come_in_order_and_leave_none_out(store: Store) -> None:
    keep(store, EntryKind.HOLD, [words.hold(f"h-{n:03}", f"u-{n}", placed_ms=n // 3) for n in range(20)])
    found: list[Hold] = []
    with store.reading() as session:
        after = (-1, "")
        while page := session.records.holds_page(after, 4):
            found += page
            after = (page[-1].placed_ms, page[-1].id)
        assert tuple(found) == session.records.holds()
    assert all((a.placed_ms, a.id) < (b.placed_ms, b.id) for a, b in pairwise(found))


def test_more_units_than_fit_into_one_question_are_asked_for_in_parts(store: Store) -> None:
    keep(store, EntryKind.HOLD, [words.hold(f"h-{n}", f"u-{n}") for n in range(0, 1_300, 100)])
    with store.reading() as session:
        held = session.records.held_of([f"u-{n}" for n in range(1_300)])
    assert held == {f"u-{n}" for n in range(0, 1_300, 100)}
