"""What was issued and is back: recorded whoever says it and in any order, and on hold where its profile refuses it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import END, HOUR, PLACE, SITE, START, epc, pipeline_on, presence, send
from support.memory_store import MemoryStore

import rules
from coldchain.closed_loop import ReturnReason, ReturnUnit, UnitReturn
from coldchain.deciding import DecideUnit, DecisionKind
from coldchain.errors import ConflictError
from coldchain.evidence import present_evidence
from coldchain.facts import DeviceEvent, EventKind
from coldchain.places import Place, PlaceKind, Text
from coldchain.receiving import Visual
from coldchain.units import OF_RETURN, BindTag, Hold, IssueUnit, PackBox, PlaceUnit, ReceiveUnit, RegisterUnit, Unit
from ingest.pipeline import Pipeline
from rules.profile import profile_record

MINUTE = 60_000
AT = START + 3 * HOUR
WARD, BOX = "ward-fridge", "box-9"
CN, UK = ("cn-rbc", 3), ("uk-rbc", 1)
SIGNED: dict[str, Any] = {"name": "李华", "post": "technician"}


def bag(profile: tuple[str, int]) -> Unit:
    label: dict[str, Any] = {"division": "00", "component": "red cells", "blood_group": "O+"}
    made: dict[str, Any] = {"issuer": "s", "scheme": "local", "donation_number": "d-1", "product_code": "P"}
    return Unit(id="one", profile=profile[0], profile_version=profile[1], **made, **label)


def centre(profile: tuple[str, int]) -> Pipeline:
    pipeline = pipeline_on(MemoryStore())
    folder = Path(rules.__file__).parent / "profiles"
    things: list[Any] = [profile_record((folder / f"{name}-{version}.toml").read_bytes()) for name, version in (CN, UK)]
    for name, kind in ((WARD, PlaceKind.FRIDGE), (BOX, PlaceKind.BOX)):
        text = Text(zh="处", en="Place")
        things.append(Place(id=name, site=SITE, name=text, profile="cn-rbc", profile_version=3, kind=kind))
    pipeline.set_up(things, START)
    say(pipeline, RegisterUnit(unit=bag(profile), actor="t"), BindTag(epc=epc(1), unit="one", from_ms=START, actor="t"))
    say(pipeline, put(WARD, HOUR - 3 * HOUR))
    return pipeline


def say(pipeline: Pipeline, *facts: Any) -> None:
    for number, fact in enumerate(facts):
        if isinstance(fact, DeviceEvent):
            send(pipeline, [fact], mark_ms=START)
        else:
            pipeline.record(fact, END + number)


def put(place: str | None, after_ms: int) -> PlaceUnit:
    return PlaceUnit(unit="one", place=place, at_ms=AT + after_ms, actor="t")


def issue(after_ms: int = 0) -> IssueUnit:
    return IssueUnit(unit="one", to="ward-3", at_ms=AT + after_ms, actor="t")


def back(after_ms: int, **changed: Any) -> ReturnUnit:
    words: dict[str, Any] = {"sealed": True, "sound": True, "place": WARD} | SIGNED | changed
    return ReturnUnit(unit="one", at_ms=AT + after_ms, actor="t", **words)


def read(latest_ms: int, seq: int = 1) -> DeviceEvent:
    return presence(seq, EventKind.ARRIVED, 1, AT + latest_ms - MINUTE, AT + latest_ms)


def held(pipeline: Pipeline) -> list[Hold]:
    with pipeline._store.reading() as session:
        return [one for one in session.records.holds_of_unit("one") if one.basis == OF_RETURN]


def returns(pipeline: Pipeline) -> tuple[UnitReturn, ...]:
    with pipeline._store.reading() as session:
        return session.records.returns_of_unit("one")


def received(after_ms: int) -> ReceiveUnit:
    how: dict[str, Any] = {"epc": "", "visual": next(iter(Visual)), "note": "", "micro_celsius": None}
    return ReceiveUnit(unit=bag(CN), place=WARD, at_ms=AT + after_ms, actor="t", **how, **SIGNED)


@pytest.mark.parametrize(
    "way",
    [
        [put(WARD, 28 * MINUTE), issue()],
        [issue(), put(WARD, 28 * MINUTE)],
        [back(28 * MINUTE), issue()],
        [issue(), read(28 * MINUTE)],
        [read(28 * MINUTE), issue()],
        [issue(), received(28 * MINUTE)],
        [issue(), PackBox(manifest="m", box=BOX, units=("one",), at_ms=AT + 9, destination="w", actor="t"),
         put(WARD, 28 * MINUTE)],
    ],
    ids=["put-then-issue", "put", "return-then-issue", "read", "read-then-issue", "received", "out-of-a-box"],
)  # fmt: skip
def test_what_never_comes_back_is_on_hold_whoever_says_that_it_is_back(way: list[Any]) -> None:
    pipeline = centre(CN)
    say(pipeline, *way)
    (hold,) = held(pipeline)
    assert (hold.basis_stands, hold.certain, hold.lifted_by) == (True, True, "")


def test_a_bag_that_is_carried_to_the_ward_in_a_box_has_not_come_back() -> None:
    pipeline = centre(CN)
    say(pipeline, issue(), PackBox(manifest="m", box=BOX, units=("one",), at_ms=AT + 9, destination="w", actor="t"))
    assert held(pipeline) == []


def test_time_in_a_box_after_the_issue_is_time_out() -> None:
    pipeline = centre(UK)
    packed = PackBox(manifest="m", box=BOX, units=("one",), at_ms=AT + MINUTE, destination="w", actor="t")
    say(pipeline, issue(), packed, put(None, 34 * MINUTE), put(WARD, 35 * MINUTE), back(35 * MINUTE))
    assert len(held(pipeline)) == 1
    assert [(one.reason, one.out_ms) for one in returns(pipeline)] == [(ReturnReason.TOO_LONG, 35 * MINUTE)]


def test_a_word_of_return_after_the_reader_explains_the_same_stay() -> None:
    pipeline = centre(UK)
    say(pipeline, issue(), read(15 * MINUTE), back(16 * MINUTE, place=PLACE))
    assert held(pipeline) == []
    assert [(one.accepted, one.reason) for one in returns(pipeline)] == [(True, ReturnReason.ACCEPTED)]
    opened = centre(UK)
    say(opened, issue(), read(15 * MINUTE), back(16 * MINUTE, place=PLACE, sealed=False))
    assert len(held(opened)) == 1
    assert [one.reason for one in returns(opened)] == [ReturnReason.OPENED]


def test_a_return_whose_issue_is_not_known_yet_is_recorded_and_judged_when_it_is() -> None:
    pipeline = centre(UK)
    say(pipeline, back(28 * MINUTE))
    assert [(one.accepted, one.reason) for one in returns(pipeline)] == [(False, ReturnReason.NOT_ISSUED)]
    say(pipeline, issue())
    assert [(one.accepted, one.out_ms) for one in returns(pipeline)] == [(True, 28 * MINUTE)]
    assert held(pipeline) == []


def test_an_accepted_return_is_judged_again_by_what_comes_late() -> None:
    pipeline = centre(UK)
    say(pipeline, issue(), back(28 * MINUTE))
    assert held(pipeline) == []
    say(pipeline, put(None, -HOUR))
    (hold,) = held(pipeline)
    (said,) = returns(pipeline)
    assert (said.accepted, said.reason, said.out_ms, said.hold) == (
        *(False, ReturnReason.TOO_LONG, 88 * MINUTE),
        hold.id,
    )


def test_a_hold_stays_when_its_basis_falls_and_says_so() -> None:
    pipeline = centre(UK)
    say(pipeline, issue(), put(WARD, 35 * MINUTE))
    assert [one.basis_stands for one in held(pipeline)] == [True]
    say(pipeline, put(WARD, 20 * MINUTE))
    assert [(one.basis_stands, one.lifted_by) for one in held(pipeline)] == [(False, "")]


def test_what_was_released_is_held_again_when_it_turns_out_worse() -> None:
    pipeline = centre(UK)
    say(pipeline, issue(), back(35 * MINUTE))
    (hold,) = held(pipeline)
    with pipeline._store.reading() as session:
        seen = present_evidence(session, bag(UK)).version
    signed: dict[str, Any] = {"name": "王芳", "post": "quality manager", "reason": "core measured"}
    kind = DecisionKind.RELEASE_HOLD
    say(
        pipeline,
        DecideUnit(unit="one", holds=(hold.id,), decision=kind, evidence=seen, at_ms=END, actor="t", **signed),
    )
    assert held(pipeline)[0].lifted_by
    say(pipeline, put(None, -HOUR))
    assert [one.lifted_by for one in held(pipeline)] == [""]


def test_a_second_word_on_the_same_return_is_known_or_says_what_differs() -> None:
    pipeline = centre(UK)
    say(pipeline, issue(), back(28 * MINUTE), back(28 * MINUTE))
    assert len(returns(pipeline)) == 1
    with pytest.raises(ConflictError, match="sealed: True, not False"):
        say(pipeline, back(28 * MINUTE, sealed=False))


@settings(max_examples=60)
@given(
    profile=st.sampled_from([CN, UK]),
    minute=st.integers(1, 60),
    later=st.integers(0, 20),
    again=st.booleans(),
    order=st.permutations(range(6)),
)
def test_in_any_order_the_same_is_held(
    profile: tuple[str, int], minute: int, later: int, again: bool, order: Sequence[int]
) -> None:
    at_ms = minute * MINUTE
    facts: list[Any] = [issue(), put(WARD, at_ms + later * MINUTE), read(at_ms + 2 * MINUTE), back(at_ms + later)]
    facts += [issue(2 * HOUR), read(2 * HOUR + 31 * MINUTE, 2)] if again else [put(None, 2 * HOUR)]
    straight, mixed = centre(profile), centre(profile)
    say(straight, *facts)
    say(mixed, *(facts[number] for number in order if number < len(facts)))

    def standing(pipeline: Pipeline) -> set[str]:
        return {one.id for one in held(pipeline) if one.basis_stands}

    assert standing(straight) == standing(mixed)
    assert returns(straight) == returns(mixed)
    assert len(standing(mixed)) >= (profile == CN)
