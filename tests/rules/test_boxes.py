"""How a courier's box stands by its own word, and when somebody has to act on it."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.rule_words import at, by_the_minute, event_at
from support.standing_facts import facts_of, probe_at

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.standing import BoxReadiness, BoxStanding, NoticeKind, PlaceState
from rules.boxes import BoxWords, box_standing, of_box
from rules.standing import PlaceFacts, place_standing

UNTIL = at(330)
PACKED = BoxWords(
    gateway="box-1",
    readiness=event_at(EventKind.BOX_READY, 0, "box-1", qualified_min=330, until_ms=UNTIL),
)
Found = list[tuple[NoticeKind, int, int]]


def asked(words: BoxWords, minute: float, inside: int = 5) -> Found:
    found = of_box(box_standing(words, at(minute)), "box-1", inside, at(minute))
    assert {one.origin for one in found} <= {"box-1"}
    return [(one.kind, one.since_ms, one.due_ms) for one in found]


@pytest.mark.parametrize(
    ("event", "readiness"),
    [
        (None, None),
        (event_at(EventKind.PRECONDITIONING_BEGAN, 0), BoxReadiness.PRECONDITIONING),
        (event_at(EventKind.BOX_NOT_READY, 0, reason="too-warm"), BoxReadiness.NOT_READY),
        (event_at(EventKind.BOX_READY, 0, qualified_min=330), BoxReadiness.READY),
        (PACKED.readiness, BoxReadiness.PACKED),
        (event_at(EventKind.BOX_READY, 0, until_ms="soon"), BoxReadiness.READY),
    ],
)
def test_its_last_word_says_how_far_it_has_come(event: RecordedEvent | None, readiness: BoxReadiness | None) -> None:
    standing = box_standing(BoxWords(gateway="box-1", readiness=event), at(10))
    assert standing.readiness is readiness
    assert standing.since_ms == (at(0) if event else None)
    assert standing.reason == ("too-warm" if readiness is BoxReadiness.NOT_READY else "")


def test_its_qualification_runs_out_although_nobody_hears_it() -> None:
    assert box_standing(PACKED, UNTIL - 1).readiness is BoxReadiness.PACKED
    assert box_standing(PACKED, UNTIL).readiness is BoxReadiness.OVER
    assert asked(PACKED, 263.9) == []
    assert asked(PACKED, 264) == [(NoticeKind.QUALIFICATION_ENDING, at(264), UNTIL)]  # 80 % of 330 min
    assert asked(PACKED, 330) == [(NoticeKind.QUALIFICATION_OVER, UNTIL, UNTIL)]
    bare = replace(PACKED, readiness=event_at(EventKind.BOX_READY, 0, until_ms=UNTIL))
    assert asked(bare, 329) == []


@pytest.mark.parametrize("kind", [EventKind.PRECONDITIONING_BEGAN, EventKind.BOX_NOT_READY])
def test_units_in_a_box_that_is_not_ready_need_somebody_at_once(kind: EventKind) -> None:
    words = BoxWords(gateway="box-1", readiness=event_at(kind, 3, "box-1"))
    assert asked(words, 5) == [(NoticeKind.BOX_NOT_READY, at(3), at(3))]
    assert asked(replace(words, readiness=event_at(EventKind.BOX_READY, 4, "box-1")), 5) == []


def test_it_stands_and_is_astray_from_when_that_happened_until_it_says_otherwise() -> None:
    words = BoxWords(
        gateway="box-1",
        stop=_happened(EventKind.STOOD_STILL, 20, 0),
        route=_happened(EventKind.ROUTE_LEFT, 10, 5),
        area=event_at(EventKind.AREA_ENTERED, 1, "box-1", area="hospital"),
    )
    standing = box_standing(words, at(21))
    assert (standing.stands_since_ms, standing.astray_since_ms) == (at(0), at(5))
    assert (standing.area, standing.area_since_ms) == ("hospital", at(1))
    assert asked(words, 21) == [(NoticeKind.STOOD_STILL, at(0), at(20)), (NoticeKind.ROUTE_LEFT, at(5), at(5))]
    gone = replace(
        words,
        stop=event_at(EventKind.MOVED_ON, 22),
        route=event_at(EventKind.ROUTE_REJOINED, 22),
        area=event_at(EventKind.AREA_LEFT, 22, area="hospital"),
    )
    assert box_standing(gone, at(30)) == BoxStanding()
    assert asked(gone, 30) == []


def test_it_beeps_for_the_first_probe_that_has_not_cleared() -> None:
    alarms = [
        event_at(EventKind.ALARM_RAISED, 9, "box-1-load"),
        event_at(EventKind.ALARM_RAISED, 7, "box-1-air"),
        event_at(EventKind.ALARM_CLEARED, 3, "box-1-other"),
    ]
    assert box_standing(BoxWords(gateway="box-1", alarms=alarms), at(10)).beeps_since_ms == at(7)
    assert box_standing(BoxWords(gateway="box-1", alarms=alarms[2:]), at(10)).beeps_since_ms is None


def test_an_empty_box_asks_for_nobody() -> None:
    words = replace(PACKED, stop=_happened(EventKind.STOOD_STILL, 20, 0))
    assert asked(words, 400, inside=0) == []
    assert of_box(None, "", 5, at(1)) == []


def test_a_place_stands_with_its_box_and_a_due_notice_asks_for_a_look() -> None:
    calm = facts_of(probe_at(by_the_minute(*[4.0] * 400), 399), now_min=399)
    standing = place_standing(replace(calm, box=PACKED))
    assert standing.box is not None
    assert standing.box.readiness is BoxReadiness.OVER
    assert (standing.state, standing.since_ms) == (PlaceState.ATTENTION, UNTIL)
    assert [one.kind for one in standing.notices] == [NoticeKind.QUALIFICATION_OVER]
    empty: PlaceFacts = replace(calm, box=PACKED, inside=0, possible=0)
    assert place_standing(empty).state is PlaceState.WITHIN
    assert place_standing(calm).box is None


@given(
    kind=st.sampled_from(EventKind),
    details=st.dictionaries(
        st.sampled_from(["reason", "until_ms", "qualified_min", "area"]),
        st.one_of(st.integers(-(2**53), 2**53), st.text(max_size=5)),
    ),
    minute=st.integers(0, 10_000),
)
def test_whatever_a_box_says_is_a_standing(kind: EventKind, details: dict[str, int | str], minute: int) -> None:
    event = msgspec.structs.replace(event_at(kind, 0, "box-1"), details=details)
    words = BoxWords(gateway="box-1", readiness=event, area=event, stop=event, route=event, alarms=[event])
    standing = box_standing(words, at(minute))
    assert standing.readiness is not None
    assert len(of_box(standing, "box-1", 1, at(minute))) <= 4


def _happened(kind: EventKind, noticed: float, began: float) -> RecordedEvent:
    return msgspec.structs.replace(event_at(kind, noticed, "box-1"), latest_ms=at(began))
