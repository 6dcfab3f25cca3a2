"""When a box is expected: what somebody said, else the middle one of earlier journeys of the same way, else unknown."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.arrival import JOURNEYS_MAX, LASTS_MS_MAX, Arrival, ExpectedBy, arrival_of, later_of_the_way
from coldchain.entries import Expected, Manifest

MINUTE = 60_000
PACKED = 1_000_000 * MINUTE
HOMES = {"box-1": "station", "box-2": "station", "box-9": "other"}


@dataclass
class Lists:
    """The records that are asked, with the journeys that ended."""

    ended: list[tuple[Manifest, int]] = field(default_factory=list)
    packed: list[Manifest] = field(default_factory=list)

    def places(self) -> list[Any]:
        return [SimpleNamespace(id=box, site=site) for box, site in HOMES.items()]

    def journeys_before(self, before_ms: int, limit: int) -> tuple[tuple[Manifest, int], ...]:
        kept = [one for one in self.ended if one[1] <= before_ms]
        return tuple(sorted(kept, key=lambda one: (one[1], one[0].id), reverse=True)[:limit])

    def packed_from(self, from_ms: int, limit: int) -> tuple[Manifest, ...]:
        return tuple(one for one in self.packed if one.packed_ms >= from_ms)[:limit]


def a_list(
    name: str, packed_ms: int, box: str = "box-1", to: str = "市医院", expected_ms: int | None = None
) -> Manifest:
    return Manifest(id=name, box=box, units=("u",), packed_ms=packed_ms, destination=to, expected_ms=expected_ms)


def lasted(minutes: int, ago_min: int, box: str = "box-1", to: str = "市医院") -> tuple[Manifest, int]:
    """A journey that ended so many minutes before PACKED."""
    end_ms = PACKED - ago_min * MINUTE
    return a_list(f"m-{ago_min}", end_ms - minutes * MINUTE, box, to), end_ms


def expected(*ended: tuple[Manifest, int], **said: Any) -> Arrival | None:
    session: Any = SimpleNamespace(records=Lists(list(ended)))
    return arrival_of(session, a_list("now", PACKED, **said))


def test_what_who_packed_it_said_goes_before_what_earlier_journeys_took() -> None:
    found = expected(lasted(30, 5), expected_ms=PACKED + 45 * MINUTE)
    assert found == Arrival(at_ms=PACKED + 45 * MINUTE)
    assert found is not None
    assert found.by is ExpectedBy.SAID


@pytest.mark.parametrize(
    ("minutes", "middle"), [((40,), 40), ((40, 50), 45), ((40, 90, 50), 50), ((40, 41, 60, 600), 50.5)]
)
def test_else_it_is_the_middle_one_of_earlier_journeys_with_how_many_that_rests_on(
    minutes: tuple[int, ...], middle: float
) -> None:
    found = expected(*(lasted(one, 10 + n) for n, one in enumerate(minutes)))
    assert found == Arrival(at_ms=PACKED + int(middle * MINUTE), journeys=len(minutes))
    assert found is not None
    assert found.by is ExpectedBy.EARLIER


def test_only_journeys_from_the_same_home_to_the_same_destination_that_had_ended_count() -> None:
    assert expected() is None
    assert expected(lasted(30, 5, to="县医院"), lasted(30, 6, box="box-9"), lasted(30, -1)) is None
    same = expected(lasted(30, 5, box="box-2", to=" 市医院 "), lasted(90, 6, to="县医院"))
    assert same == Arrival(at_ms=PACKED + 30 * MINUTE, journeys=1)


def test_a_signature_that_was_forgotten_for_days_or_stands_before_the_packing_is_no_journey() -> None:
    days = LASTS_MS_MAX // MINUTE
    assert expected(lasted(days + 1, 5), lasted(0, 6), lasted(-3, 7)) is None
    assert expected(lasted(days, 5)) == Arrival(at_ms=PACKED + LASTS_MS_MAX, journeys=1)


def test_the_newest_journeys_count() -> None:
    old = [lasted(600, 1_000 + n) for n in range(50)]
    new = [lasted(30, 1 + n) for n in range(JOURNEYS_MAX)]
    assert expected(*old, *new) == Arrival(at_ms=PACKED + 30 * MINUTE, journeys=JOURNEYS_MAX)


def anew(at_ms: int, expected_ms: int) -> Expected:
    return Expected(expected_ms=expected_ms, reason="traffic", at_ms=at_ms, name="赵敏", post="courier")


@pytest.mark.parametrize("first", [None, PACKED + 45 * MINUTE])
def test_what_was_said_anew_since_packing_goes_before_all_and_says_how_often(first: int | None) -> None:
    session: Any = SimpleNamespace(records=Lists([lasted(30, 5)]))
    moved = tuple(anew(PACKED + n * MINUTE, PACKED + (60 - n) * MINUTE) for n in (1, 2))
    now = msgspec.structs.replace(a_list("now", PACKED, expected_ms=first), moved=moved)
    found = arrival_of(session, now)
    assert found == Arrival(at_ms=PACKED + 58 * MINUTE, moved=2), "said last, be it the earlier of the two times"
    assert found.by is ExpectedBy.MOVED
    assert now.expected_ms == first, "what was said first stays"


@given(st.lists(st.integers(1, 600), min_size=1, max_size=30), st.randoms())
def test_in_whichever_order_they_came_to_be_known_it_is_the_same(minutes: list[int], dice: Any) -> None:
    ended = [lasted(one, n) for n, one in enumerate(minutes)]
    found = expected(*ended)
    assert found is not None
    assert min(minutes) * MINUTE <= found.at_ms - PACKED <= max(minutes) * MINUTE
    dice.shuffle(ended)
    assert expected(*ended) == found


def test_a_signature_that_comes_late_concerns_what_was_packed_after_it_without_a_word_on_its_arrival() -> None:
    later = [
        a_list("a", 5),
        a_list("b", 9),
        a_list("c", 9, to="县医院"),
        a_list("d", 9, expected_ms=20),
        a_list("e", 12),
        msgspec.structs.replace(a_list("f", 13), moved=(anew(14, 30),)),
    ]
    session: Any = SimpleNamespace(records=Lists(packed=later))
    assert [one.id for one in later_of_the_way(session, a_list("m", 1), 9)] == ["b", "e"]
