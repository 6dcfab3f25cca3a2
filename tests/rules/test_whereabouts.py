"""Where a unit is, and who has to be called because of it."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain.entries import Binding, Issue, Placement, RecordedEvent
from coldchain.facts import EventKind
from coldchain.units import Hold, Stay
from rules.custody import stays_of, words_of
from rules.whereabouts import Whereabouts, WhereKind, standing_issue, urgent, whereabouts

BOXES = {"box-1"}
HOLD = Hold(id="h-1-u-1", unit="u-1", finding="f-1", placed_ms=5, certain=True)
WARD = Issue(unit="u-1", to="ward 3", at_ms=500)


def stay(place: str, possible: tuple[int, int | None], certain: tuple[int | None, int | None] | None = None) -> Stay:
    """Return a stay; left out, its certain part is the possible one."""
    certain_from, certain_to = (possible[0], None) if certain is None else certain
    return Stay(
        unit="u-1",
        place=place,
        possible_from_ms=possible[0],
        certain_from_ms=certain_from,
        certain_to_ms=certain_to,
        possible_to_ms=possible[1],
        entered_by="reader",
        left_by=None,
    )


def where(stays: list[Stay], issues: list[Issue], at_ms: int) -> Whereabouts:
    return whereabouts(stays, issues, BOXES, at_ms)


def test_a_unit_is_in_its_place_from_the_first_instant_to_the_last() -> None:
    stays = [stay("fridge-1", (100, 200))]
    assert where(stays, [], 99).kind is WhereKind.NEVER_SEEN
    assert where(stays, [], 100) == Whereabouts(kind=WhereKind.IN_PLACE, place="fridge-1", certain=True, since_ms=100)
    assert where(stays, [], 199).kind is WhereKind.IN_PLACE
    assert where(stays, [], 200) == Whereabouts(kind=WhereKind.AWAY, since_ms=200)


def test_before_the_door_closed_it_is_only_possibly_there() -> None:
    stays = [stay("fridge-1", (100, None), (160, None))]
    possible, certain = where(stays, [], 150), where(stays, [], 160)
    assert (possible.certain, possible.since_ms) == (False, 100)
    assert (certain.certain, certain.since_ms) == (True, 160)


def test_where_it_certainly_is_counts_and_where_it_may_be_is_named() -> None:
    stays = [stay("fridge-1", (100, None), (100, 300)), stay("fridge-2", (400, None))]
    found = where(stays, [], 450)
    assert (found.place, found.certain, found.possibly) == ("fridge-2", True, ("fridge-1",))
    newer = [stay("fridge-1", (100, None)), stay("fridge-2", (400, None), (None, None))]
    found = where(newer, [], 450)
    assert (found.place, found.certain, found.since_ms, found.possibly) == ("fridge-1", True, 100, ("fridge-2",))
    doubtful = [stay("fridge-1", (100, None), (100, 300)), stay("fridge-2", (400, None), (None, None))]
    found = where(doubtful, [], 450)
    assert (found.place, found.certain, found.possibly) == ("fridge-2", False, ("fridge-1",))


def test_in_a_box_it_is_on_the_road() -> None:
    found = where([stay("box-1", (100, None))], [], 150)
    assert (found.kind, found.place, found.certain) == (WhereKind.IN_BOX, "box-1", True)


def test_an_issued_unit_is_with_whom_it_was_issued_to() -> None:
    stays = [stay("box-1", (100, 500))]
    assert where(stays, [WARD], 499).kind is WhereKind.IN_BOX
    found = where(stays, [WARD], 500)
    assert (found.kind, found.issue, found.since_ms, found.possibly) == (WhereKind.ISSUED, WARD, 500, ())
    assert where([], [WARD], 600).kind is WhereKind.ISSUED


def test_out_of_a_fridge_with_a_reader_it_is_issued_and_possibly_still_inside() -> None:
    stays = [stay("fridge-1", (100, None), (100, 500))]
    found = where(stays, [WARD], 600)
    assert (found.kind, found.possibly) == (WhereKind.ISSUED, ("fridge-1",))


def test_a_hand_over_written_a_moment_before_the_door_opened_still_stands() -> None:
    stays = [stay("fridge-1", (100, 560), (100, 540))]
    assert where(stays, [WARD], 700).kind is WhereKind.ISSUED
    assert urgent([HOLD], stays, [WARD], BOXES, 700) == WARD


def test_a_unit_that_came_back_or_never_left_is_not_out_there() -> None:
    back = [stay("fridge-1", (100, 500)), stay("fridge-2", (900, None), (910, None))]
    assert urgent([HOLD], back, [WARD], BOXES, 905) == WARD
    assert urgent([HOLD], back, [WARD], BOXES, 910) is None
    assert where(back, [WARD], 910).place == "fridge-2"
    gone_again = [stay("fridge-1", (100, 500)), stay("fridge-2", (900, 950))]
    assert where(gone_again, [WARD], 1_000) == Whereabouts(kind=WhereKind.AWAY, since_ms=950)
    still_inside = [stay("fridge-1", (100, None))]
    assert urgent([HOLD], still_inside, [WARD], BOXES, 600) is None
    assert where(still_inside, [WARD], 600).kind is WhereKind.IN_PLACE


def test_a_unit_that_was_issued_and_then_packed_for_the_way_to_the_ward_is_out_there() -> None:
    stays = [stay("fridge-1", (100, 500)), stay("box-1", (520, None))]
    assert urgent([HOLD], stays, [WARD], BOXES, 9_000) == WARD
    found = where(stays, [WARD], 9_000)
    assert (found.kind, found.issue, found.possibly) == (WhereKind.ISSUED, WARD, ("box-1",))
    home = [*stays[:1], stay("box-1", (520, 900)), stay("fridge-2", (880, None), (900, None))]
    assert urgent([HOLD], home, [WARD], BOXES, 9_000) is None


def test_only_a_unit_on_hold_is_urgent_and_the_last_hand_over_names_whom_to_call() -> None:
    again = Issue(unit="u-1", to="ward 5", at_ms=800)
    assert urgent([], [], [WARD], BOXES, 600) is None
    assert urgent([HOLD], [], [], BOXES, 600) is None
    assert urgent([HOLD], [], [WARD], BOXES, 499) is None
    assert urgent([HOLD], [], [again, WARD], BOXES, 900) == again
    assert urgent([HOLD], [], [again, WARD], BOXES, 700) == WARD


EPC = "35" + "0" * 21 + "1"


def reader_event(kind: EventKind, minute: int, place: str, seq: int) -> RecordedEvent:
    return RecordedEvent(
        gateway="gw-1",
        epoch="e",
        seq=seq,
        place=place,
        origin=f"{place}-reader",
        kind=kind,
        boot="b",
        origin_seq=None,
        taken_ms=minute * 10 + 5,
        boottime_ms=1,
        earliest_ms=minute * 10,
        latest_ms=minute * 10 + 4,
        epc=EPC,
        details={},
    )


SAID = st.tuples(
    st.sampled_from([EventKind.ARRIVED, EventKind.LEFT, EventKind.UNCERTAIN, EventKind.SEEN_AGAIN]),
    st.integers(1, 60),
    st.sampled_from(["fridge-1", "fridge-2"]),
)
PUT = st.tuples(st.sampled_from(["fridge-1", "freezer-1", "box-1", None]), st.integers(1, 600))


@settings(max_examples=300)
@given(st.lists(SAID, max_size=6), st.lists(PUT, max_size=4), st.lists(st.integers(1, 600), max_size=3), st.data())
def test_of_any_story_one_thing_is_said_and_the_order_of_the_facts_is_nothing(
    said: list[tuple[EventKind, int, str]], put: list[tuple[str | None, int]], issued: list[int], data: st.DataObject
) -> None:
    bound = Binding(epc=EPC, unit="u-1", from_ms=0)
    events = [reader_event(kind, minute, place, seq) for seq, (kind, minute, place) in enumerate(said)]
    placements = [Placement(unit="u-1", place=place, at_ms=at_ms) for place, at_ms in put]
    placements += [Placement(unit="u-1", place=None, at_ms=at_ms) for at_ms in issued]
    stays = stays_of("u-1", words_of([bound], [bound], events, placements), {"fridge-1", "fridge-2"})
    issues = [Issue(unit="u-1", to="ward", at_ms=at_ms) for at_ms in issued]
    at_ms = data.draw(st.integers(0, 700))
    found = where(stays, issues, at_ms)
    chance = random.Random(data.draw(st.integers(0, 10**6)))
    shuffled_stays, shuffled_issues = list(stays), list(issues)
    chance.shuffle(shuffled_stays)
    chance.shuffle(shuffled_issues)
    assert where(shuffled_stays, shuffled_issues, at_ms) == found
    assert (found.kind is WhereKind.ISSUED) == (standing_issue(stays, issues, BOXES, at_ms) is not None)
    assert (found.place is not None) == (found.kind in (WhereKind.IN_PLACE, WhereKind.IN_BOX))
    assert found.place not in found.possibly
    if found.certain:
        assert urgent([HOLD], stays, issues, BOXES, at_ms) is None
    if found.kind in (WhereKind.AWAY, WhereKind.NEVER_SEEN):
        assert not any(s.possible_from_ms <= at_ms and (s.open or at_ms < (s.possible_to_ms or 0)) for s in stays)
