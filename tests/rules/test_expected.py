"""What a list says of a unit that nobody found in its crate: possibly there, until somebody knows better."""

from typing import Any

import pytest

from coldchain.entries import AMBIGUOUS, IN, OUT, Placement, Receipt, RecordedEvent
from coldchain.units import Reason, Stay
from rules.custody import stays_of, words_of
from rules.expected import expected_words
from rules.exposure import reason_of

WATCHED = frozenset({"fridge-1", "fridge-2"})


def receipt(**changed: object) -> Receipt:
    known: dict[str, object] = {
        "id": "r-1",
        "version": 1,
        "reader": "tunnel-1",
        "place": "fridge-1",
        "manifest": "m-1",
        "from_ms": 90,
        "to_ms": 100,
        "expected": ("u-1", "u-2"),
        "read": ("u-2",),
        "unknown_tags": (),
        "cycles": 8,
        "rate_reads": 7,
        "rate_cycles": 8,
    }
    return Receipt(**(known | changed))  # type: ignore[arg-type]


def stays(*placed: Placement, watched: frozenset[str] = WATCHED, **changed: Any) -> list[Stay]:
    words = words_of((), (), (), placed, (), expected_words("u-1", [receipt(**changed)]))
    return stays_of("u-1", words, watched)


def put(place: str | None, at_ms: int) -> Placement:
    return Placement(unit="u-1", place=place, at_ms=at_ms)


def test_a_unit_of_the_list_that_was_not_read_is_possibly_there_beside_its_box() -> None:
    box, expected = stays(put("box-1", 10))
    assert (box.place, box.certain_from_ms, box.open) == ("box-1", 10, True)
    assert (expected.place, expected.possible_from_ms, expected.certain_from_ms) == ("fridge-1", 100, None)
    assert (expected.entered_by, expected.listed) == ("list", "m-1")


@pytest.mark.parametrize(
    ("changed", "there"),
    [
        ({"absent": ("u-1",)}, False),
        ({"read": ("u-1",)}, False),
        ({"expected": ("u-2",)}, False),
        ({"way": OUT}, False),
        ({"way": AMBIGUOUS}, True),
        ({"way": AMBIGUOUS, "read": ("u-1",)}, True),
        ({"way": AMBIGUOUS, "answered": OUT}, False),
        ({"way": AMBIGUOUS, "answered": IN}, True),
        ({"scanned": ("u-1",)}, True),
        ({"manifest": ""}, True),
    ],
)
def test_only_what_may_have_come_in_unread_is_expected(changed: dict[str, Any], there: bool) -> None:
    assert bool(stays(**changed)) is there


def test_found_elsewhere_issued_or_found_there_it_is_expected_no_more() -> None:
    (gone, other) = stays(put("shelf-9", 150))
    assert (gone.place, gone.possible_to_ms, other.place) == ("fridge-1", 150, "shelf-9")
    (issued,) = stays(put(None, 150))
    assert issued.possible_to_ms == 150
    (found,) = stays(put("fridge-1", 150), watched=frozenset())
    assert (found.possible_from_ms, found.certain_from_ms, found.entered_by) == (100, 150, "person")
    (waits,) = stays(put("fridge-1", 150))
    assert (waits.certain_from_ms, waits.entered_by) == (None, "person"), "where a reader looks it has yet to agree"


def test_a_reader_that_has_it_elsewhere_knows_better_than_the_list() -> None:
    def event(kind: str, place: str, at_ms: int) -> RecordedEvent:
        return RecordedEvent(
            gateway="gw-1",
            epoch="e1",
            seq=at_ms,
            place=place,
            origin="r",
            kind=kind,
            boot="b",
            origin_seq=None,
            taken_ms=at_ms,
            boottime_ms=1,
            details={},
            epc="e",
            earliest_ms=at_ms,
            latest_ms=at_ms,
        )

    from coldchain.entries import Binding

    bound = [Binding(epc="e", unit="u-1", from_ms=1)]
    lists = expected_words("u-1", [receipt()])
    kept = stays_of("u-1", words_of(bound, bound, [event("arrived", "fridge-2", 50)], (), (), lists), WATCHED)
    assert [one.place for one in kept] == ["fridge-2"]
    came = stays_of("u-1", words_of(bound, bound, [event("arrived", "fridge-1", 150)], (), (), lists), WATCHED)
    assert [(one.possible_from_ms, one.certain_from_ms, one.entered_by) for one in came] == [(100, 150, "reader")]


def stay(**changed: object) -> Stay:
    known: dict[str, object] = {
        "unit": "u-1",
        "place": "fridge-1",
        "possible_from_ms": 10,
        "certain_from_ms": 20,
        "certain_to_ms": 80,
        "possible_to_ms": 90,
        "entered_by": "reader",
        "left_by": "reader",
    }
    return Stay(**(known | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "window", "certain", "reason"),
    [
        (stay(), (30, 40), True, Reason.CERTAIN),
        (stay(), (5, 15), False, Reason.ENTRY_UNCERTAIN),
        (stay(), (85, 88), False, Reason.EXIT_UNCERTAIN),
        (stay(certain_from_ms=None, certain_to_ms=None), (30, 40), False, Reason.ENTRY_UNCERTAIN),
        (stay(certain_from_ms=None, certain_to_ms=None, entered_by="list"), (30, 40), False, Reason.EXPECTED),
        (stay(certain_from_ms=None, certain_to_ms=None, entered_by="person"), (30, 40), False, Reason.UNSEEN_SINCE),
        (stay(certain_from_ms=None, certain_to_ms=None, entered_by="scanned"), (30, 40), False, Reason.UNSEEN_SINCE),
    ],
)
def test_the_reason_is_a_word(one: Stay, window: tuple[int, int], certain: bool, reason: Reason) -> None:
    assert reason_of([one], [window], certain=certain) == (reason, one)


def test_what_a_reader_saw_goes_before_what_it_never_saw() -> None:
    listed = stay(certain_from_ms=None, certain_to_ms=None, entered_by="list", possible_to_ms=None)
    left = stay(certain_from_ms=11, certain_to_ms=29)
    assert reason_of([listed, left], [(30, 40)], certain=False) == (Reason.EXIT_UNCERTAIN, left)
