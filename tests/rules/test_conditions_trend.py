"""What got worse, and the room, as conditions."""

import pytest
from support.rule_words import at, by_the_minute, event_at
from support.standing_facts import facts_of, place, probe_at

from coldchain.facts import EventKind
from rules.conditions_trend import of_room, of_trend, openings_of
from rules.trend import Worse

DAY = 86_400_000
FACTS = facts_of(probe_at(by_the_minute(4.0), 1), now_min=1)


def test_what_changed_most_stands_for_a_place_that_got_worse() -> None:
    period, duty = Worse(what="period", now=63.4, baseline=31.0), Worse(what="duty", now=40.0, baseline=32.0)
    one = of_trend(FACTS, at(0), [duty, period])
    assert one is not None
    assert (one.rule, one.severity, one.since_ms, one.due_ms) == ("A43", "medium", at(0) - DAY, at(0))
    assert one.values == {"what": "period", "minutes": 63, "baseline_minutes": 31}
    assert of_trend(FACTS, at(0), []) is None


def test_openings_pair_each_opening_with_its_own_end() -> None:
    events = [
        event_at(EventKind.DOOR_OPENED, 1, "a"),
        event_at(EventKind.DOOR_OPENED, 2, "b"),
        event_at(EventKind.DOOR_CLOSED, 3, "a"),
        event_at(EventKind.DOOR_CLOSED, 4, "c"),
    ]
    assert openings_of(events) == [(at(1), at(3))]


@pytest.mark.parametrize(
    ("micro_celsius", "percent", "what"),
    [
        (30_000_000, 75, None),
        (30_000_001, 75, "warm"),
        (20_000_000, 76, "humid"),
        (None, None, None),
        (None, 80, "humid"),
    ],
)
def test_a_room_is_too_warm_or_too_humid(micro_celsius: int | None, percent: int | None, what: str | None) -> None:
    one = of_room(place(), micro_celsius, percent, at(0))
    assert (None if one is None else one.values["what"]) == what
