"""A container that was never put there: the word is declared an error, and only what it touched is derived anew."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.intake import END, HOUR, PLACE, SITE, START, pipeline_on, unit
from support.lineage_story import SIGNED, stays
from support.memory_store import MemoryStore

import rules
from coldchain.entries import EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.lineage import Action, Aggregate, DeclareError, ErrorOf, ErrorReason, Said
from coldchain.places import Place, PlaceKind, Text
from coldchain.ports import Store
from coldchain.units import RegisterUnit
from ingest.pipeline import Pipeline
from rules.profile import profile_record
from stores.sqlite import open_store


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def centre(store: Store) -> Pipeline:
    """basket (u-1) and crate (u-2): the basket stood in the fridge, then (it was said) in the crate."""
    pipeline = pipeline_on(store)
    kept = {"site": SITE, "name": Text(zh="篮", en="Basket"), "profile": "cn-rbc", "profile_version": 2}
    toml = (Path(rules.__file__).parent / "profiles" / "cn-rbc-2.toml").read_bytes()
    boxes = [Place(id=one, kind=PlaceKind.BOX, **kept) for one in ("basket", "crate")]  # type: ignore[arg-type]
    pipeline.set_up([profile_record(toml), *boxes], END)
    for nth in (1, 2):
        pipeline.record(RegisterUnit(unit=unit(f"u-{nth}", f"016072602978{nth}"), actor="t"), END)
    pipeline.record(put("basket", START, units=["u-1"]), END)
    pipeline.record(put("crate", START, units=["u-2"]), END)
    pipeline.record(put(PLACE, START, containers=["basket"]), END)
    pipeline.record(put("crate", START + HOUR, containers=["basket"]), END)
    return pipeline


def put(parent: str, at_ms: int, *, units: Sequence[str] = (), containers: Sequence[str] = ()) -> Aggregate:
    return Aggregate(
        action=Action.ADD, parent=parent, at_ms=at_ms, actor="t", units=tuple(units), containers=tuple(containers)
    )


def never(container: str, at_ms: int, parent: str, instead: Said | None = None) -> DeclareError:
    reason = ErrorReason.DID_NOT_OCCUR if instead is None else ErrorReason.INCORRECT_DATA
    wrong = Said(unit=container, at_ms=at_ms, object=parent)
    return DeclareError(
        of=ErrorOf.CONTAINMENT, wrong=wrong, reason=reason, note="wrong basket", at_ms=END, instead=instead, **SIGNED
    )


def test_what_was_in_it_is_where_it_stood_before_and_nobody_else_is_touched(centre: Pipeline, store: Store) -> None:
    assert stays(store, "u-1") == [(PLACE, START, START + HOUR), ("crate", START + HOUR, None)]
    with store.reading() as session:
        last = session.ledger.next_seq() - 1
    centre.record(never("basket", START + HOUR, "crate"), END)
    assert stays(store, "u-1") == [(PLACE, START, None)]
    with store.reading() as session:
        new = [one for one in session.ledger.entries(last, 100) if one.kind is EntryKind.STAY]
        assert [one.wrong.object for one in session.records.errors_of_unit("basket")] == ["crate"]
    assert new
    assert all(b'"u-1"' in one.payload for one in new)
    dump = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == dump


def test_said_again_it_is_once_and_the_word_itself_counts_no_more(centre: Pipeline, store: Store) -> None:
    centre.record(never("basket", START + HOUR, "crate"), END)
    before = store.projection_dump()
    centre.record(never("basket", START + HOUR, "crate"), END)
    with pytest.raises(ConflictError, match="declared an error"):
        centre.record(put("crate", START + HOUR, containers=["basket"]), END)
    assert store.projection_dump() == before
    centre.record(put("crate", START + HOUR + 1, containers=["basket"]), END)
    assert stays(store, "u-1")[-1] == ("crate", START + HOUR + 1, None)


def test_what_was_said_later_must_still_be_possible(centre: Pipeline, store: Store) -> None:
    """Without the word the basket would stand in the fridge, and what is said since of the crate makes a circle."""
    centre.record(put(PLACE, START + 2 * HOUR, containers=["basket"]), END)
    centre.record(put("basket", START + 3 * HOUR, containers=["crate"]), END)
    with pytest.raises(ConflictError, match="cannot stand in"):
        centre.record(never("basket", START + 2 * HOUR, PLACE), END)
    assert stays(store, "u-2")[-1][0] == PLACE


@pytest.mark.parametrize(
    ("fact", "error", "words"),
    [
        (never("basket", START + 5, "crate"), UnknownThingError, "no containment of container basket"),
        (
            never("basket", START + HOUR, "crate", Said(unit="basket", at_ms=START, object=PLACE)),
            InvalidValueError,
            "record the right one as a new word",
        ),
    ],
)
def test_what_was_not_said_and_what_is_said_instead_are_refused(
    centre: Pipeline, store: Store, fact: DeclareError, error: type[Exception], words: str
) -> None:
    before = store.projection_dump()
    with pytest.raises(error, match=words):
        centre.record(fact, END)
    assert store.projection_dump() == before
