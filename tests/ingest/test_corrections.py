"""A person's word declared an error: what counted is derived anew, for the touched units only (cases 14 and 18)."""

from typing import Any

import pytest
from msgspec.structs import replace
from support.intake import END, HOUR, PLACE, START, epc, presence, send
from support.lineage_story import SCHEMES, act, bag, centre, ended, held, output, recalled, stays
from support.memory_store import MemoryStore

from coldchain.entries import EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.facts import EventKind
from coldchain.lineage import Act, DeclareError, EndHow, ErrorOf, ErrorReason, Said
from coldchain.units import BindTag, IssueUnit, PlaceUnit, RegisterUnit
from ingest.pipeline import Pipeline


def declared(of: ErrorOf, wrong: Said, instead: Said | None = None, **changed: Any) -> DeclareError:
    reason = ErrorReason.DID_NOT_OCCUR if instead is None else ErrorReason.INCORRECT_DATA
    fields: dict[str, Any] = {"note": "wrong bag", "name": "王芳", "post": "quality manager", "reason": reason}
    return DeclareError(of=of, wrong=wrong, instead=instead, at_ms=END, actor="qm", **(fields | changed))


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def at_work(store: MemoryStore, scheme: str) -> Pipeline:
    pipeline = centre(store, scheme)
    for name, nth in (("b-1", 71), ("b-2", 72)):
        pipeline.record(RegisterUnit(unit=bag(name, scheme, nth), actor="tech"), END)
    return pipeline


def place(name: str, at_ms: int, where: str | None = PLACE) -> PlaceUnit:
    return PlaceUnit(unit=name, place=where, at_ms=at_ms, actor="tech")


def placed(name: str, at_ms: int, where: str = PLACE) -> Said:
    return Said(unit=name, at_ms=at_ms, object=where)


def test_only_the_touched_units_are_derived_anew(at_work: Pipeline, store: MemoryStore) -> None:
    at_work.record(place("b-1", START + HOUR), END)
    at_work.record(place("b-2", START + HOUR), END)
    with store.reading() as session:
        last = session.ledger.next_seq() - 1
    at_work.record(declared(ErrorOf.PLACEMENT, placed("b-1", START + HOUR)), END)
    with store.reading() as session:
        new = [entry for entry in session.ledger.entries(last, 100) if entry.kind is EntryKind.STAY]
    assert [b'"b-1"' in entry.payload for entry in new] == [True]


def test_a_tag_bound_to_the_wrong_bag_goes_to_the_right_one_with_what_it_did(
    at_work: Pipeline, store: MemoryStore
) -> None:
    at_work.record(BindTag(epc=epc(9), unit="b-1", from_ms=START, actor="tech"), END)
    send(at_work, [presence(1, EventKind.ARRIVED, 9, START + HOUR, START + HOUR + 9)])
    assert stays(store, "b-1") == [(PLACE, START + HOUR, None)]
    wrong, right = (Said(unit=name, at_ms=START, object=epc(9)) for name in ("b-1", "b-2"))
    at_work.record(declared(ErrorOf.BINDING, wrong, right), END)
    assert (stays(store, "b-1"), stays(store, "b-2")) == ([], [(PLACE, START + HOUR, None)])
    at_work.record(declared(ErrorOf.BINDING, right), END)
    with store.reading() as session:
        assert session.records.unbound_tags() == (epc(9),)


def test_an_issue_that_did_not_occur_brings_the_bag_back(at_work: Pipeline, store: MemoryStore) -> None:
    at_work.record(place("b-1", START + HOUR), END)
    at_work.record(IssueUnit(unit="b-1", to="ward 3", at_ms=START + 2 * HOUR, actor="tech"), END)
    wrong = Said(unit="b-1", at_ms=START + 2 * HOUR, object="ward 3")
    right = Said(unit="b-2", at_ms=START + 2 * HOUR, object="ward 3")
    at_work.record(declared(ErrorOf.ISSUE, wrong, right), END)
    assert stays(store, "b-1") == [(PLACE, START + HOUR, None)]
    with store.reading() as session:
        assert [one.to for one in session.records.issues_of_unit("b-2")] == ["ward 3"]
        assert session.records.issues_of_unit("b-1") == ()


def test_an_act_that_did_not_occur_gives_its_inputs_back_and_its_outputs_never_were(
    at_work: Pipeline, store: MemoryStore, scheme: str
) -> None:
    at_work.record(act("w-1", Act.WASH, ["rc-2"], [output("rc-2-w", "E4")], START + 5 * HOUR), END)
    wrong = Said(unit="rc-2", at_ms=START + 5 * HOUR, object="w-1")
    at_work.record(declared(ErrorOf.TRANSFORMATION, wrong), END)
    assert stays(store, "rc-2") == [(PLACE, START + HOUR, None)]
    assert stays(store, "rc-2-w") == []
    with store.reading() as session:
        assert session.records.made_of("rc-2") == ()
        end = session.records.unit_end("rc-2-w")
        assert end is not None
        assert end.how is EndHow.NEVER_EXISTED
    at_work.record(recalled(scheme, 2), END)
    assert "rc-2-w" in held(store), "it bears the donation's number all the same"
    with pytest.raises(ConflictError, match="something was done"):
        at_work.record(declared(ErrorOf.TRANSFORMATION, Said(unit="wb-2", at_ms=START, object="a-2")), END)


def test_an_end_can_be_taken_back_or_put_right(at_work: Pipeline, store: MemoryStore) -> None:
    at_work.record(place("b-1", START + HOUR), END)
    at_work.record(ended("b-1", EndHow.DISCARDED, START + 2 * HOUR), END)
    wrong = Said(unit="b-1", at_ms=START + 2 * HOUR)
    at_work.record(declared(ErrorOf.UNIT_END, wrong, Said(unit="b-1", at_ms=START + 3 * HOUR, object="discarded")), END)
    assert stays(store, "b-1") == [(PLACE, START + HOUR, START + 3 * HOUR)]
    at_work.record(declared(ErrorOf.UNIT_END, Said(unit="b-1", at_ms=START + 3 * HOUR)), END)
    assert stays(store, "b-1") == [(PLACE, START + HOUR, None)]


@pytest.mark.parametrize(
    ("fact", "error", "words"),
    [
        (declared(ErrorOf.PLACEMENT, placed("b-1", 5)), UnknownThingError, "in the record"),
        (declared(ErrorOf.PLACEMENT, placed("b-1", 5), note=" "), InvalidValueError, "note"),
        (declared(ErrorOf.PLACEMENT, placed("b-1", 5), name=""), InvalidValueError, "sign with"),
        (declared(ErrorOf.PLACEMENT, placed("b-1", 5), placed("b-1", 5)), InvalidValueError, "instead is what"),
        (
            declared(ErrorOf.PLACEMENT, placed("b-1", 5), reason=ErrorReason.INCORRECT_DATA),
            InvalidValueError,
            "names what is right",
        ),
    ],
)
def test_what_cannot_be_declared_is_refused(
    at_work: Pipeline, fact: DeclareError, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        at_work.record(fact, END)


def test_a_placement_that_was_scanned_can_be_wrong_too(at_work: Pipeline, store: MemoryStore) -> None:
    said = PlaceUnit(unit="b-1", place=PLACE, at_ms=START + HOUR, actor="tech", scanned=True)
    at_work.record(said, END)
    at_work.record(place("b-1", START + HOUR), END)
    with store.reading() as session:
        assert [one.scanned for one in session.records.placements_of_unit("b-1")] == [True], (
            "it was scanned all the same"
        )
    at_work.record(declared(ErrorOf.PLACEMENT, placed("b-1", START + HOUR)), END)
    assert stays(store, "b-1") == []


@pytest.mark.parametrize(
    ("word", "of", "wrong"),
    [
        (place("b-1", START + HOUR), ErrorOf.PLACEMENT, placed("b-1", START + HOUR)),
        (place("b-1", START + HOUR, None), ErrorOf.PLACEMENT, placed("b-1", START + HOUR, "")),
        (BindTag(epc=epc(5), unit="b-1", from_ms=START, actor="t"), ErrorOf.BINDING, placed("b-1", START, epc(5))),
        (IssueUnit(unit="b-1", to="h", at_ms=START, actor="t"), ErrorOf.ISSUE, placed("b-1", START, "h")),
        (ended("b-1", EndHow.DISCARDED, START), ErrorOf.UNIT_END, placed("b-1", START, "")),
    ],
)
def test_a_word_that_was_declared_an_error_and_arrives_once_more_does_not_count_again(
    at_work: Pipeline, store: MemoryStore, word: Any, of: ErrorOf, wrong: Said
) -> None:
    at_work.record(place("b-1", START + 2 * HOUR), END)
    at_work.record(word, END)
    at_work.record(declared(of, wrong), END)
    before = store.projection_dump()
    with pytest.raises(ConflictError, match="declared an error"):
        at_work.record(word, END + 1)
    assert store.projection_dump() == before


@pytest.mark.parametrize(
    ("word", "of", "wrong", "instead", "error", "told"),
    [
        (
            place("b-1", START),
            ErrorOf.PLACEMENT,
            placed("b-1", START),
            placed("b-1", START + 5 * HOUR),
            ConflictError,
            "came to its end",
        ),
        (
            place("b-1", START),
            ErrorOf.PLACEMENT,
            placed("b-1", START),
            placed("b-1", END + HOUR),
            InvalidValueError,
            "future",
        ),
        (
            ended("b-2", EndHow.DISCARDED, START + 4 * HOUR),
            ErrorOf.UNIT_END,
            placed("b-2", START + 4 * HOUR, ""),
            placed("b-2", START + 4 * HOUR, "never-existed"),
            InvalidValueError,
            "said by the record itself",
        ),
        (
            ended("b-2", EndHow.DISCARDED, START + 4 * HOUR),
            ErrorOf.UNIT_END,
            placed("b-2", START + 4 * HOUR, ""),
            placed("b-2", START + HOUR, "discarded"),
            ConflictError,
            "something was made at",
        ),
    ],
)
def test_what_is_said_instead_is_checked_as_the_word_itself_would_be(
    at_work: Pipeline, store: MemoryStore, word: Any, of: ErrorOf, wrong: Said, instead: Said, error: Any, told: str
) -> None:
    """b-1 came to its end after 4 hours; of b-2 something was made after 2."""
    at_work.record(ended("b-1", EndHow.DISCARDED, START + 4 * HOUR), END)
    part = act("d-1", Act.DIVIDE_ALIQUOT, ["b-2"], [output("b-2-a", "E4")], START + 2 * HOUR)
    at_work.record(replace(part, kept=("b-2",)), END)
    at_work.record(word, END)
    before = store.projection_dump()
    with pytest.raises(error, match=told):
        at_work.record(declared(of, wrong, instead), END)
    assert store.projection_dump() == before
    later = Said(unit="b-1", at_ms=START + 5 * HOUR)
    if instead.object == PLACE and instead.at_ms < END:
        at_work.record(declared(of, wrong, later), END)


@pytest.mark.parametrize(
    ("wrong_word", "right_word", "of", "wrong", "right"),
    [
        (
            place("b-1", START + HOUR),
            place("b-1", START + 2 * HOUR),
            ErrorOf.PLACEMENT,
            placed("b-1", START + HOUR),
            placed("b-1", START + 2 * HOUR),
        ),
        (
            BindTag(epc=epc(5), unit="b-1", from_ms=START, actor="t"),
            BindTag(epc=epc(6), unit="b-1", from_ms=START, actor="t"),
            ErrorOf.BINDING,
            placed("b-1", START, epc(5)),
            placed("b-1", START, epc(6)),
        ),
        (
            IssueUnit(unit="b-1", to="h", at_ms=START, actor="t"),
            IssueUnit(unit="b-1", to="k", at_ms=START + 1, actor="t"),
            ErrorOf.ISSUE,
            placed("b-1", START, "h"),
            placed("b-1", START + 1, "k"),
        ),
    ],
)
def test_what_was_declared_an_error_is_not_said_instead_of_another_word(
    at_work: Pipeline, store: MemoryStore, wrong_word: Any, right_word: Any, of: ErrorOf, wrong: Said, right: Said
) -> None:
    for word in (wrong_word, right_word):
        at_work.record(word, END)
    at_work.record(declared(of, wrong), END)
    before = store.projection_dump()
    with pytest.raises(ConflictError, match="declared an error"):
        at_work.record(declared(of, right, wrong), END)
    assert store.projection_dump() == before


def test_an_end_that_was_declared_an_error_is_not_said_instead_of_another_end(
    at_work: Pipeline, store: MemoryStore
) -> None:
    for at_ms in (START + HOUR, START + 2 * HOUR):
        at_work.record(ended("b-1", EndHow.DISCARDED, at_ms), END)
        if at_ms == START + HOUR:
            at_work.record(declared(ErrorOf.UNIT_END, placed("b-1", at_ms, "")), END)
    with pytest.raises(ConflictError, match="declared an error"):
        at_work.record(
            declared(ErrorOf.UNIT_END, placed("b-1", START + 2 * HOUR, ""), placed("b-1", START + HOUR, "discarded")),
            END,
        )
    with store.reading() as session:
        end = session.records.unit_end("b-1")
        assert end is not None
        assert end.at_ms == START + 2 * HOUR
