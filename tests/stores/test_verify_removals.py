"""A removal counts only after two people signed in their turn: proposed, confirmed, done, and never withdrawn."""

from typing import Any

import msgspec
import pytest

from coldchain.blocks import Block
from coldchain.entries import EntryKind
from coldchain.proof import RawEntry
from coldchain.retention import Disposal, DisposalState, KeptBlock, Removal, blocks_sha256
from stores.verify_removals import Removals

BLOCK = Block(probe="p", day=9, generation=1, n=5, hash="ab" * 32)
KEPT = KeptBlock(seq=4, probe="p", day=9, generation=1, n=5, hash=BLOCK.hash, first_admission=1, last_admission=5)
PEOPLE: dict[str, Any] = {
    "proposed_name": "李华",
    "proposed_post": "QA",
    "confirmed_name": "王芳",
    "confirmed_post": "director",
}
REMOVAL = Removal(disposal="d-1", blocks=(KEPT,), at_ms=9, **PEOPLE)


def step(version: int, state: str, **changed: str) -> Disposal:
    made = Disposal(
        id="d-1",
        version=version,
        state=DisposalState(state),
        spans=(),
        blocks=1,
        readings=5,
        sha256=blocks_sha256((KEPT,)),
        reason="over",
        proposed_ms=5,
        proposed_name=PEOPLE["proposed_name"],
        proposed_post=PEOPLE["proposed_post"],
        confirmed_name=PEOPLE["confirmed_name"],
        confirmed_post=PEOPLE["confirmed_post"],
    )
    return msgspec.structs.replace(made, **changed)


def row(seq: int, kind: EntryKind, payload: msgspec.Struct) -> RawEntry:
    return RawEntry(seq, 5, "a", "", kind.value, msgspec.json.encode(payload), b"")


def looked_at(*steps: Disposal) -> Removals:
    made, known = Removals(), {4: BLOCK}
    for number, one in enumerate(steps, 5):
        made.take(row(number, EntryKind.DISPOSAL, one), known)
    made.take(row(99, EntryKind.REMOVAL, REMOVAL), known)
    return made


def test_proposed_confirmed_and_done_it_counts() -> None:
    made = looked_at(*(step(n, state) for n, state in enumerate(["proposed", "confirmed", "removed"], 1)))
    assert made.fault is None
    assert made.seqs == {4}


@pytest.mark.parametrize(
    "states",
    [
        [],
        ["proposed"],
        ["proposed", "confirmed"],
        ["confirmed", "removed"],
        ["proposed", "removed"],
        ["proposed", "confirmed", "withdrawn"],
        ["proposed", "confirmed", "withdrawn", "removed"],
        ["proposed", "confirmed", "withdrawn", "confirmed", "removed"],
    ],
)
def test_a_step_that_is_left_out_or_taken_back_is_a_fault(states: list[str]) -> None:
    made = looked_at(*(step(n, state) for n, state in enumerate(states, 1)))
    assert made.fault is not None
    assert made.seqs == set()


@pytest.mark.parametrize(
    "other", [{"confirmed_name": "李\u200b华"}, {"confirmed_post": "q.a."}, {"confirmed_name": ""}]
)
def test_one_person_under_two_spellings_is_one_person(other: dict[str, str]) -> None:
    made = looked_at(*(step(n, state, **other) for n, state in enumerate(["proposed", "confirmed", "removed"], 1)))
    assert made.fault is not None
