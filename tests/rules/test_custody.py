"""Custody: where a unit was, certainly or possibly."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain.entries import Binding, Placement, RecordedEvent
from coldchain.facts import EventKind
from coldchain.units import Stay
from rules.custody import stays_of, words_of

EPC = "35" + "0" * 21 + "1"
OPENED, CLOSED = 1_000, 2_000
BOUND = Binding(epc=EPC, unit="u-1", from_ms=0)


def event(kind: EventKind, earliest: int | None, latest: int, place: str = "f-1", seq: int = 1) -> RecordedEvent:
    return RecordedEvent(
        gateway="gw-1",
        epoch="e",
        seq=seq,
        place=place,
        origin="r",
        kind=kind,
        boot="b",
        origin_seq=None,
        taken_ms=latest + 10,
        boottime_ms=1,
        earliest_ms=earliest,
        latest_ms=latest,
        epc=EPC,
        details={},
    )


def stays(*events: RecordedEvent, placements: tuple[Placement, ...] = (), bound: Binding = BOUND) -> list[Stay]:
    return stays_of("u-1", words_of([bound], [bound], list(events), placements), {"f-1", "f-2"})


def test_an_arrival_is_possible_from_the_opening_and_certain_from_the_closing() -> None:
    (stay,) = stays(event(EventKind.ARRIVED, OPENED, CLOSED))
    assert (stay.possible_from_ms, stay.certain_from_ms, stay.open) == (OPENED, CLOSED, True)


def test_a_leave_is_certain_until_the_opening_and_possible_until_the_closing() -> None:
    (stay,) = stays(event(EventKind.ARRIVED, 0, 10), event(EventKind.LEFT, OPENED, CLOSED))
    assert (stay.certain_to_ms, stay.possible_to_ms, stay.left_by) == (OPENED, CLOSED, "reader")


def test_uncertain_reads_end_certainty_and_not_the_stay() -> None:
    (stay,) = stays(event(EventKind.ARRIVED, 0, 10), event(EventKind.UNCERTAIN, OPENED, CLOSED))
    assert (stay.certain_to_ms, stay.possible_to_ms) == (OPENED, None)


def test_silence_alone_is_never_a_movement() -> None:
    (stay,) = stays(event(EventKind.ARRIVED, 0, 10), event(EventKind.UNSEEN, 500, 900))
    assert (stay.open, stay.certain_to_ms, stay.unseen_since_ms) == (True, None, 500)
    (again,) = stays(
        event(EventKind.ARRIVED, 0, 10), event(EventKind.UNSEEN, 500, 900), event(EventKind.SEEN_AGAIN, 500, 950)
    )
    assert again.unseen_since_ms is None


def test_a_leave_that_the_reads_got_wrong_is_taken_back() -> None:
    (stay,) = stays(
        event(EventKind.ARRIVED, 0, 10),
        event(EventKind.LEFT, OPENED, CLOSED),
        event(EventKind.SEEN_AGAIN, CLOSED, 3_000),
    )
    assert (stay.open, stay.certain_to_ms, stay.left_by) == (True, None, None)


def test_a_bag_that_the_reader_never_read_is_possibly_inside_on_a_persons_word() -> None:
    (stay,) = stays(placements=(Placement(unit="u-1", place="f-1", at_ms=500),))
    assert (stay.possible_from_ms, stay.certain_from_ms, stay.open) == (500, None, True)
    (unwatched,) = stays(placements=(Placement(unit="u-1", place="shelf", at_ms=500),))
    assert unwatched.certain_from_ms == 500


def test_the_reader_confirms_a_persons_word() -> None:
    (stay,) = stays(
        event(EventKind.ARRIVED, OPENED, CLOSED), placements=(Placement(unit="u-1", place="f-1", at_ms=500),)
    )
    assert (stay.possible_from_ms, stay.certain_from_ms) == (500, CLOSED)
    assert stay.entered_by == "person-and-reader"


def test_an_arrival_elsewhere_ends_the_stay_before() -> None:
    first, second = stays(event(EventKind.ARRIVED, 0, 10), event(EventKind.ARRIVED, OPENED, CLOSED, "f-2"))
    assert (first.certain_to_ms, first.possible_to_ms) == (OPENED, CLOSED)
    assert second.place == "f-2"


def test_a_person_takes_a_unit_out_and_until_the_reader_agrees_it_may_still_be_there() -> None:
    out = Placement(unit="u-1", place=None, at_ms=1_500)
    (doubtful,) = stays(event(EventKind.ARRIVED, 0, 10), placements=(out,))
    assert (doubtful.certain_to_ms, doubtful.possible_to_ms) == (1_500, None)
    (gone,) = stays(event(EventKind.ARRIVED, 0, 10), event(EventKind.LEFT, OPENED, CLOSED), placements=(out,))
    assert (gone.certain_to_ms, gone.possible_to_ms, gone.left_by) == (OPENED, CLOSED, "reader")


def test_a_person_who_scans_the_wrong_bag_cannot_make_it_vanish_from_a_watched_fridge() -> None:
    elsewhere = Placement(unit="u-1", place="f-2", at_ms=700)
    doubted, claimed = stays(event(EventKind.ARRIVED, 0, 10), placements=(elsewhere,))
    assert (doubted.place, doubted.certain_to_ms, doubted.open) == ("f-1", 700, True)
    assert (claimed.place, claimed.certain_from_ms, claimed.open) == ("f-2", None, True)
    first, second = stays(
        event(EventKind.ARRIVED, 0, 10), event(EventKind.SEEN_AGAIN, 10, 900), placements=(elsewhere,)
    )
    assert (first.certain_to_ms, first.open, second.open) == (None, True, False)


def test_what_a_reader_says_again_counts_from_the_last_closing_of_the_door() -> None:
    (stay,) = stays(event(EventKind.SEEN_AGAIN, OPENED, 9_000))
    assert (stay.possible_from_ms, stay.certain_from_ms, stay.open) == (OPENED, OPENED, True)
    doubted, again = stays(
        event(EventKind.ARRIVED, 0, 10), event(EventKind.UNCERTAIN, 100, 200), event(EventKind.SEEN_AGAIN, 3_000, 9_000)
    )
    assert (doubted.certain_to_ms, doubted.possible_to_ms, again.certain_from_ms) == (100, 3_000, 3_000)


def test_a_person_takes_out_what_only_a_person_put_in() -> None:
    words = (Placement(unit="u-1", place="f-1", at_ms=500), Placement(unit="u-1", place=None, at_ms=700))
    (stay,) = stays(placements=words)
    assert (stay.possible_to_ms, stay.left_by) == (700, "person")


def test_a_bag_that_was_put_away_before_its_tag_was_bound_is_possibly_inside_until_then() -> None:
    late = Binding(epc=EPC, unit="u-1", from_ms=5_000)
    (stay,) = stays(event(EventKind.ARRIVED, OPENED, CLOSED), bound=late)
    assert (stay.possible_from_ms, stay.certain_from_ms, stay.open) == (OPENED, 5_000, True)
    (left,) = stays(event(EventKind.ARRIVED, OPENED, CLOSED), event(EventKind.LEFT, 3_000, 4_000, seq=2), bound=late)
    assert (left.possible_from_ms, left.certain_from_ms, left.possible_to_ms) == (OPENED, None, 4_000)


def test_a_bag_found_inside_at_the_readers_first_look_may_have_been_there_since_it_was_bound() -> None:
    (stay,) = stays(event(EventKind.ARRIVED, None, CLOSED), bound=Binding(epc=EPC, unit="u-1", from_ms=300))
    assert (stay.possible_from_ms, stay.certain_from_ms) == (300, CLOSED)


def test_a_tag_that_was_bound_anew_speaks_for_its_new_unit() -> None:
    rival = Binding(epc=EPC, unit="u-2", from_ms=1_500)
    assert words_of([BOUND], [BOUND, rival], [event(EventKind.ARRIVED, OPENED, CLOSED)], []) == []
    before = words_of([rival], [BOUND, rival], [event(EventKind.ARRIVED, 0, 100)], [])
    assert before == []


KINDS = st.sampled_from(
    [EventKind.ARRIVED, EventKind.LEFT, EventKind.UNCERTAIN, EventKind.UNSEEN, EventKind.SEEN_AGAIN]
)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[RecordedEvent], list[Placement]]:
    events, now = [], 0
    for seq in range(draw(st.integers(0, 12))):
        earliest = now + draw(st.integers(1, 50))
        now = earliest + draw(st.integers(0, 50))
        known = draw(st.booleans())
        place = draw(st.sampled_from(["f-1", "f-2"]))
        events.append(event(draw(KINDS), earliest if known else None, now, place, seq))
    places = draw(
        st.lists(st.tuples(st.sampled_from(["f-1", "f-2", "shelf", None]), st.integers(0, 1_000)), max_size=4)
    )
    return events, [Placement(unit="u-1", place=place, at_ms=at) for place, at in places]


@settings(max_examples=1_000)
@given(lives(), st.integers(0, 10**6))
def test_one_stay_at_a_time_and_the_order_of_arrival_is_nothing(
    life: tuple[list[RecordedEvent], list[Placement]], seed: int
) -> None:
    events, placements = life
    bound = Binding(epc=EPC, unit="u-1", from_ms=seed % 400)
    expected = stays(*events, placements=tuple(placements), bound=bound)
    shuffled = list(events)
    random.Random(seed).shuffle(shuffled)
    assert stays(*shuffled, placements=tuple(reversed(placements)), bound=bound) == expected
    still_open = [stay for stay in expected if stay.open]
    assert len({stay.place for stay in still_open}) == len(still_open)
    certain = [stay for stay in still_open if stay.certain_from_ms is not None]
    assert len([stay for stay in certain if stay.certain_to_ms is None]) <= 1
    for stay in expected:
        assert_ordered(stay)


def assert_ordered(stay: Stay) -> None:
    times = [stay.possible_from_ms, stay.certain_from_ms, stay.certain_to_ms, stay.possible_to_ms]
    known = [time for time in times if time is not None]
    assert known == sorted(known)
    assert stay.certain_to_ms is None or stay.certain_from_ms is not None


def test_a_newcomer_of_whom_the_reads_are_uncertain_is_possibly_inside() -> None:
    (stay,) = stays(event(EventKind.UNCERTAIN, OPENED, CLOSED))
    assert (stay.possible_from_ms, stay.certain_from_ms, stay.open) == (OPENED, None, True)


def test_a_newcomer_is_possibly_inside_although_it_may_still_be_where_it_was() -> None:
    shelf = Placement(unit="u-1", place="shelf", at_ms=500)  # or a box: nobody wrote that it was taken out
    listed, maybe = stays(event(EventKind.UNCERTAIN, OPENED, CLOSED), placements=(shelf,))
    assert (listed.place, listed.certain_from_ms, listed.open) == ("shelf", 500, True)
    assert (maybe.place, maybe.possible_from_ms, maybe.certain_from_ms, maybe.open) == ("f-1", OPENED, None, True)
    doubted, maybe = stays(
        event(EventKind.ARRIVED, 0, 10, "f-2"),
        event(EventKind.UNCERTAIN, 100, 200, "f-2"),
        event(EventKind.UNCERTAIN, OPENED, CLOSED),
    )
    assert (doubted.place, doubted.certain_to_ms, doubted.open) == ("f-2", 100, True)
    assert (maybe.place, maybe.certain_from_ms, maybe.open) == ("f-1", None, True)


def test_a_bag_that_its_reader_still_saw_after_the_packing_list_is_possibly_in_the_box_once_it_has_left() -> None:
    packed = Placement(unit="u-1", place="box", at_ms=1_500)
    inside, seen_again = event(EventKind.ARRIVED, 0, 10), event(EventKind.SEEN_AGAIN, 2_000, 2_300)
    left = event(EventKind.LEFT, 2_600, 2_700)
    *_, box = stays(inside, seen_again, left, placements=(packed,))
    assert (box.place, box.possible_from_ms, box.certain_from_ms, box.open) == ("box", 2_600, None, True)
    *_, last = stays(inside, seen_again, left, event(EventKind.ARRIVED, 3_000, 3_100, "f-2"), placements=(packed,))
    assert last.place == "f-2"
    out = Placement(unit="u-1", place=None, at_ms=2_500)
    assert not any(stay.open for stay in stays(inside, seen_again, left, placements=(packed, out)))


def test_a_bag_that_was_taken_out_of_the_box_again_is_not_in_it_when_it_leaves_the_next_fridge() -> None:
    packed = Placement(unit="u-1", place="box", at_ms=1_500)
    known = stays(
        event(EventKind.ARRIVED, 0, 10),
        event(EventKind.LEFT, 1_400, 1_600),
        event(EventKind.ARRIVED, 2_000, 2_100, "f-2"),
        event(EventKind.LEFT, 2_600, 2_700, "f-2"),
        placements=(packed,),
    )
    assert [stay.place for stay in known] == ["f-1", "box", "f-2"]
    assert not any(stay.open for stay in known)
    days = 3 * 86_400_000
    forgotten = stays(
        event(EventKind.ARRIVED, 0, 10),
        event(EventKind.SEEN_AGAIN, 2_000, 2_300),
        event(EventKind.LEFT, days, days + 100),
        placements=(packed,),
    )
    assert not any(stay.open for stay in forgotten)


def test_where_one_reader_undoubtedly_has_a_unit_the_doubtful_reads_of_another_say_nothing() -> None:
    (stay,) = stays(event(EventKind.ARRIVED, 0, 10, "f-2"), event(EventKind.UNCERTAIN, OPENED, CLOSED))
    assert (stay.place, stay.certain_to_ms) == ("f-2", None)


def test_doubtful_time_stays_doubtful_when_the_unit_is_certain_again() -> None:
    doubted, again = stays(
        event(EventKind.ARRIVED, 0, 10),
        event(EventKind.UNCERTAIN, OPENED, CLOSED),
        event(EventKind.ARRIVED, 3_000, 4_000),
    )
    assert (doubted.certain_to_ms, doubted.possible_to_ms) == (OPENED, 4_000)
    assert (again.possible_from_ms, again.certain_from_ms, again.open) == (4_000, 4_000, True)


@pytest.mark.parametrize("kind", [EventKind.LEFT, EventKind.UNSEEN])
def test_doubts_about_a_unit_that_was_not_there_say_nothing(kind: EventKind) -> None:
    assert stays(event(kind, OPENED, CLOSED)) == []
