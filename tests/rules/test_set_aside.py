"""A bag that was set aside counts as that only in the same stay, and only until it is released."""

from coldchain.deciding import DecisionKind
from coldchain.decisions import Decision
from coldchain.tasks import TaskTick
from coldchain.units import Stay
from rules.tasks import last_release_ms, set_aside

STAY = Stay(
    unit="u-1",
    place="fridge-1",
    possible_from_ms=100,
    certain_from_ms=100,
    certain_to_ms=None,
    possible_to_ms=None,
    entered_by="reader",
    left_by=None,
)


def tick(at_ms: int, to: str = "") -> TaskTick:
    return TaskTick(task="t-1", unit="u-1", at_ms=at_ms, name="李华", post="technician", to=to)


def decision(kind: DecisionKind, at_ms: int) -> Decision:
    return Decision(
        id=f"d-{at_ms}",
        version=1,
        unit="u-1",
        holds=("h-1",),
        decision=kind,
        evidence="e",
        exposures=(),
        at_ms=at_ms,
        name="王芳",
        post="quality manager",
        reason="seen",
    )


def test_a_scan_during_the_stay_counts_and_one_before_it_or_for_another_place_does_not() -> None:
    assert set_aside(STAY, [tick(100)], None)
    assert set_aside(STAY, [tick(150, "fridge-1")], None)
    assert not set_aside(STAY, [tick(99), tick(150, "fridge-2")], None)


def test_what_was_released_since_lies_among_the_others_again() -> None:
    assert not set_aside(STAY, [tick(150)], 200)
    assert set_aside(STAY, [tick(150), tick(250)], 200)


def test_only_a_release_is_one() -> None:
    kept = decision(DecisionKind.KEEP, 300)
    assert last_release_ms([kept]) is None
    assert last_release_ms([decision(DecisionKind.RELEASE_HOLD, 200), kept]) == 200
