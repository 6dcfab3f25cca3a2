"""People decide on a named version of the evidence; when it grows, the decision is overtaken, the unit held again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.intake import END, START, people, pipeline_on, presence, sample, send
from support.memory_store import MemoryStore

from coldchain.deciding import DecideUnit, DecisionKind
from coldchain.decisions import Decision, standing_holds
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.evidence import present_evidence
from coldchain.facts import EventKind
from coldchain.ports import Store
from coldchain.units import OF_AGAIN, OF_FINDING
from ingest.drafted import AHEAD_MS_MAX
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

MINUTE = 60_000


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    """Bag u-1 lies in the fridge and was too warm for 12 minutes; that is over."""
    pipeline = pipeline_on(store)
    for fact in people()[:2]:
        pipeline.record(fact, END)
    send(pipeline, [presence(1, EventKind.ARRIVED, 1, None, START)], mark_ms=START)
    warm = [sample(n, START + n * 2 * MINUTE, 6_500_000) for n in range(10, 16)]
    send(pipeline, [*warm, sample(16, START + 32 * MINUTE, 4_000_000)], mark_ms=START)
    return pipeline


def fact(store: Store, **changed: Any) -> DecideUnit:
    """What a person would sign who has seen the present evidence."""
    with store.reading() as session:
        unit = session.records.unit("u-1")
        assert unit is not None
        evidence = present_evidence(session, unit)
        holds = standing_holds(session.records.holds_of_unit("u-1"))
    made = DecideUnit(
        unit="u-1",
        holds=tuple(hold.id for hold in holds),
        decision=DecisionKind.RELEASE_HOLD,
        evidence=evidence.version,
        seen=evidence.marks,
        at_ms=END,
        name="王敏",
        post="quality manager",
        reason="12 min at 6.5, judged by the station",
        actor="王敏",
    )
    return msgspec.structs.replace(made, **changed)


def held(store: Store) -> bool:
    with store.reading() as session:
        return bool(standing_holds(session.records.holds_of_unit("u-1")))


def decisions(store: Store) -> tuple[Decision, ...]:
    with store.reading() as session:
        return session.records.decisions_of_unit("u-1")


def test_a_release_on_the_present_evidence_ends_the_hold_once(pipeline: Pipeline, store: Store) -> None:
    assert held(store)
    signed = fact(store)
    first = pipeline.record(signed, END)
    assert not held(store)
    assert pipeline.record(signed, END) == first, "said again it changes nothing"
    (one,) = decisions(store)
    assert (one.name, one.evidence, one.holds, one.stands) == ("王敏", signed.evidence, signed.holds, True)
    with store.reading() as session:
        (hold,) = session.records.holds_of_unit("u-1")
        assert hold.lifted_by == one.id
    again = msgspec.structs.replace(signed, at_ms=END + 1)
    with pytest.raises(ConflictError, match="already lifted"):
        pipeline.record(again, END)


@pytest.mark.parametrize("kind", [DecisionKind.KEEP, DecisionKind.DISCARD, DecisionKind.RETURN_TO_STATION])
def test_no_other_decision_ends_a_hold(pipeline: Pipeline, store: Store, kind: DecisionKind) -> None:
    pipeline.record(fact(store, decision=kind), END)
    assert held(store)
    assert [one.decision for one in decisions(store)] == [kind]


def test_a_decision_on_other_evidence_than_the_present_is_refused_and_says_what_changed(
    pipeline: Pipeline, store: Store
) -> None:
    seen = fact(store)
    late = [sample(40 + n, START + (100 + 2 * n) * MINUTE, 7_000_000) for n in range(8)]
    send(pipeline, [*late, sample(60, START + 120 * MINUTE, 4_000_000)], mark_ms=START)
    with pytest.raises(ConflictError, match=r"has changed since it was shown \(new: f-"):
        pipeline.record(seen, END)
    assert decisions(store) == ()
    pipeline.record(fact(store), END)
    assert not held(store)


def test_evidence_that_grows_overtakes_the_decision_and_holds_the_unit_again(pipeline: Pipeline, store: Store) -> None:
    pipeline.record(fact(store), END)
    # A reading that was late shows that it began four minutes earlier.
    send(pipeline, [sample(50, START + 16 * MINUTE, 6_500_000)], mark_ms=START)
    assert held(store)
    (one,) = decisions(store)
    assert (one.version, one.overtaken_ms, one.stands) == (2, END, False)
    with store.reading() as session:
        (hold,) = session.records.holds_of_unit("u-1")
        assert one.overtaken_by == hold.finding
    pipeline.record(fact(store, at_ms=END + 1), END + 1)
    assert not held(store)
    assert [one.stands for one in decisions(store)] == [False, True]


def test_another_finding_overtakes_the_decision_and_brings_back_what_it_had_released(
    pipeline: Pipeline, store: Store
) -> None:
    pipeline.record(fact(store), END)
    cold = [sample(70 + n, START + (200 + 2 * n) * MINUTE, 500_000) for n in range(8)]
    send(pipeline, [*cold, sample(90, START + 220 * MINUTE, 4_000_000)], mark_ms=START)
    (one,) = decisions(store)
    assert not one.stands
    with store.reading() as session:
        holds = session.records.holds_of_unit("u-1")
    assert sorted(one.basis for one in standing_holds(holds)) == [OF_AGAIN, OF_FINDING, OF_FINDING]
    assert len(holds) == 3


def test_evidence_that_shrinks_overtakes_nothing_and_lifts_nothing(pipeline: Pipeline, store: Store) -> None:
    kept = fact(store, decision=DecisionKind.KEEP)
    pipeline.record(kept, END)
    late = [sample(30 + n, START + (21 + 2 * n) * MINUTE, 4_000_000) for n in range(6)]
    send(pipeline, late, mark_ms=START)
    with store.reading() as session:
        (hold,) = session.records.holds_of_unit("u-1")
    assert (hold.basis_stands, hold.lifted_by) == (False, "")
    assert held(store)
    assert [one.stands for one in decisions(store)] == [True]
    pipeline.record(fact(store, at_ms=END + 1), END + 1)
    assert not held(store), "only a person ends it"


def test_what_still_goes_on_cannot_be_released(pipeline: Pipeline, store: Store) -> None:
    pipeline.record(fact(store), END)
    send(pipeline, [sample(100 + n, END - (10 - n) * 2 * MINUTE, 8_000_000) for n in range(10)], mark_ms=END)
    with pytest.raises(ConflictError, match="still goes on"):
        pipeline.record(fact(store), END)
    assert held(store)


@pytest.mark.parametrize(
    ("changed", "error", "told"),
    [
        ({"unit": "u-9"}, UnknownThingError, "not registered"),
        ({"name": " "}, InvalidValueError, "sign"),
        ({"reason": ""}, InvalidValueError, "say why"),
        ({"holds": ()}, InvalidValueError, "holds"),
        ({"holds": ("h-x",)}, UnknownThingError, "no hold h-x"),
        ({"second_name": "李华"}, InvalidValueError, "sign"),
        ({"second_name": "王敏", "second_post": "x"}, InvalidValueError, "another person"),
        ({"second_name": "王 敏", "second_post": "x"}, InvalidValueError, "another person"),
        ({"second_name": "王\u200b敏·", "second_post": "x"}, InvalidValueError, "another person"),
        ({"evidence": "0" * 64, "seen": ()}, ConflictError, "look at the unit again"),
        ({"at_ms": END + 3_600_000}, InvalidValueError, "future"),
    ],
)
def test_what_is_incomplete_or_unknown_is_refused(
    pipeline: Pipeline, store: Store, changed: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        pipeline.record(fact(store, **changed), END)
    assert decisions(store) == ()
    assert held(store)


def test_a_second_signature_stands_in_the_record(pipeline: Pipeline, store: Store) -> None:
    pipeline.record(fact(store, second_name="李华", second_post="head nurse"), END)
    assert [(one.second_name, one.second_post) for one in decisions(store)] == [("李华", "head nurse")]


def test_the_projections_are_rebuilt_byte_for_byte(pipeline: Pipeline, store: Store) -> None:
    pipeline.record(fact(store), END)
    send(pipeline, [sample(50, START + 16 * MINUTE, 6_500_000)], mark_ms=START)
    dump = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == dump


@pytest.mark.parametrize("kind", list(DecisionKind))
def test_a_decision_dated_before_its_hold_was_placed_is_refused(
    pipeline: Pipeline, store: Store, kind: DecisionKind
) -> None:
    """Or what is made between the date on a release and the release itself would escape the hold."""
    with store.reading() as session:
        (hold,) = session.records.holds_of_unit("u-1")
    early = fact(store, decision=kind, at_ms=hold.placed_ms - AHEAD_MS_MAX - 1)
    with pytest.raises(ConflictError, match=f"before hold {hold.id} was placed.* set the clock"):
        pipeline.record(early, END)
    assert (decisions(store), held(store)) == ((), True)
    pipeline.record(fact(store, decision=kind, at_ms=hold.placed_ms - AHEAD_MS_MAX), END)
    assert len(decisions(store)) == 1, "clocks may be apart by so much"


@pytest.mark.parametrize("changed", [{"second_name": "李华", "second_post": "head nurse"}, {"post": "chief"}])
def test_a_signature_that_comes_later_is_not_dropped_without_a_word(
    pipeline: Pipeline, store: Store, changed: dict[str, str]
) -> None:
    kept = fact(store, decision=DecisionKind.KEEP)
    pipeline.record(kept, END)
    pipeline.record(msgspec.structs.replace(kept, **changed), END)
    signed = {(one.post, one.second_name) for one in decisions(store)}
    assert signed == {(kept.post, ""), (changed.get("post", kept.post), changed.get("second_name", ""))}
    released = fact(store)
    pipeline.record(released, END)
    with pytest.raises(ConflictError, match="already lifted"):
        pipeline.record(msgspec.structs.replace(released, **changed), END)
