"""Which channel was warmed by hand: one alone is named, two are ambiguous, and nothing is guessed."""

from collections.abc import Sequence

from support.histories import Reading, history_of
from support.rule_words import by_the_minute

from coldchain.history import EMPTY
from rules.commissioning import moved

READINGS: dict[str, list[float]] = {"still": [4.0] * 10, "warm": [4.0] * 5 + [7.0, 9.0, 12.0, 12.0, 12.0]}
BEGAN, NOW = by_the_minute(*[0.0] * 10)[5][0], by_the_minute(*[0.0] * 10)[9][0]


def lines(**celsius: Sequence[float | None]) -> dict[str, list[Reading]]:
    return {name: by_the_minute(*values) for name, values in celsius.items()}


def told(**celsius: Sequence[float | None]) -> tuple[str | None, bool]:
    found = moved({name: history_of(line) for name, line in lines(**celsius).items()}, BEGAN, NOW)
    return found.probe, found.ambiguous


def test_the_one_that_rose_is_named() -> None:
    assert told(a=[*READINGS["still"]], b=[*READINGS["warm"]]) == ("b", False)
    assert told(b=[*READINGS["warm"]]) == ("b", False)


def test_nothing_is_named_before_it_has_risen_by_two_degrees() -> None:
    assert told(a=[4.0] * 5 + [5.9] * 5, b=[4.0] * 10) == (None, False)
    assert told(a=[4.0] * 5 + [6.0] * 5, b=[4.0] * 10) == ("a", False)
    assert told(a=[12.0] * 5 + [4.0] * 5) == (None, False)
    assert moved({}, BEGAN, NOW).probe is None


def test_two_that_rise_are_ambiguous_unless_one_leads_by_far() -> None:
    assert told(a=[*READINGS["warm"]], b=[4.0] * 5 + [8.0] * 5) == (None, True)
    assert told(a=[*READINGS["warm"]], b=[4.0] * 5 + [6.6] * 5) == ("a", False), "a door stood open for a moment"
    assert told(a=[4.0] * 5 + [6.0] * 5, b=[4.0] * 5 + [4.5] * 5) == ("a", False), "noise"


def test_one_without_a_baseline_may_be_the_one_in_the_hand() -> None:
    assert told(a=[*READINGS["warm"]], b=[None] * 5 + [12.0] * 5) == (None, True)
    assert told(a=[*READINGS["warm"]], b=[None] * 10) == (None, True)
    found = moved({"a": history_of(by_the_minute(*READINGS["warm"])), "dead": EMPTY}, BEGAN, NOW)
    assert (found.probe, found.second) == ("a", None)
    assert [rise.micro_celsius for rise in found.rises] == [8_000_000, None]
