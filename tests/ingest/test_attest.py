"""When the ledger is signed, what a proof costs, and that a ledger that was changed is signed no more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import store_words as words
from support.memory_store import MemoryStore

from coldchain.checkpoint import fault_of
from coldchain.entries import Draft, EntryKind
from coldchain.errors import LedgerAlteredError
from coldchain.merkle import CHUNK, consistent, included, root_of
from coldchain.ports import Store
from coldchain.proof import LedgerKey
from coldchain.proving import prove_entry, prove_growth
from coldchain.trust import SecurityKind
from ingest.attest import CHECKPOINT_EVERY_MS, CHECKPOINTS_AT_ONCE, Attestor
from ingest.counters import Counters
from ingest.pipeline import Pipeline

KEY, ORIGIN = "ab" * 32, "coldchain/storage-1"


class Signer:
    key = KEY

    def sign(self, text: bytes) -> bytes:
        return (text[:32] + bytes(64))[:64]


def verify(key: str, text: bytes, signature: bytes) -> bool:
    return key == KEY and signature == Signer().sign(text)


def gaps(first: int, count: int) -> list[Draft]:
    return [words.draft(EntryKind.GAP, words.gap(i)) for i in range(first, first + count)]


def pipeline_over(store: Store) -> Pipeline:
    pipeline = Pipeline(store, Counters())
    pipeline.note([words.draft(EntryKind.LEDGER_KEY, LedgerKey(key=KEY, origin=ORIGIN, from_ms=0))], 0)
    pipeline.attestor = Attestor(store, ORIGIN, Signer())
    return pipeline


def sizes(store: Store) -> list[int]:
    with store.reading() as session:
        return [one.size for one in session.proofs.checkpoints(0, 10**9)]


def test_it_signs_every_thousand_entries_and_five_minutes_after_the_last_time() -> None:
    store = MemoryStore()
    pipeline = pipeline_over(store)
    pipeline.attest(5, 0)
    pipeline.note(gaps(0, 998), 6)
    pipeline.attest(6, 1)
    assert sizes(store) == [1]
    pipeline.note(gaps(998, 1), 6)
    pipeline.attest(7, 2)
    assert sizes(store) == [1, 1_000]
    pipeline.note(gaps(999, 3), 8)
    pipeline.attest(8, CHECKPOINT_EVERY_MS - 1)
    assert sizes(store) == [1, 1_000]
    pipeline.attest(9, CHECKPOINT_EVERY_MS)
    assert sizes(store) == [1, 1_000, 1_003]
    pipeline.attest(10, 2 * CHECKPOINT_EVERY_MS)
    assert sizes(store) == [1, 1_000, 1_003], "nothing came, so nothing is signed"
    with store.reading() as session:
        for one in session.proofs.checkpoints(0, 10):
            assert fault_of(one, ORIGIN, verify) == ""
            assert one.root == root_of(session.proofs.leaves(0, one.size))


def test_many_entries_at_once_are_signed_in_portions() -> None:
    store = MemoryStore()
    pipeline = pipeline_over(store)
    pipeline.note(gaps(0, (CHECKPOINTS_AT_ONCE + 5) * 1_000), 6)
    pipeline.attest(7, 0)
    assert len(sizes(store)) == CHECKPOINTS_AT_ONCE
    pipeline.attest(7, 1)
    assert sizes(store)[-2:] == [25_000, 25_001]


def test_no_checkpoint_covers_less_than_the_entry_that_names_its_key() -> None:
    store = MemoryStore()
    Pipeline(store, Counters()).note(gaps(0, 2_500), 1)
    pipeline = pipeline_over(store)
    pipeline.attest(2, 0)
    assert sizes(store) == [2_501]


class Counted:
    """Proofs that count what is read."""

    def __init__(self, proofs: object) -> None:
        self._proofs, self.nodes, self.entries = proofs, 0, 0

    def node(self, level: int, number: int) -> bytes | None:
        self.nodes += 1
        return self._proofs.node(level, number)  # type: ignore[attr-defined,no-any-return]

    def leaves(self, first: int, last: int) -> tuple[bytes, ...]:
        self.entries += last - first
        return self._proofs.leaves(first, last)  # type: ignore[attr-defined,no-any-return]


@settings(max_examples=25)
@given(st.integers(2, 3_000), st.data())
def test_every_proof_holds_and_needs_few_reads(count: int, data: st.DataObject) -> None:
    store = MemoryStore()
    pipeline = pipeline_over(store)
    steps = sorted(data.draw(st.sets(st.integers(1, count), max_size=4)) | {count})
    done = 1
    for i, step in enumerate(steps):
        pipeline.note(gaps(done, max(0, step + 1 - done)), 5)
        done = step + 1
        pipeline.attest(5, i * CHECKPOINT_EVERY_MS)
    size = sizes(store)[-1]
    seq = data.draw(st.integers(1, size))
    with store.reading() as session:
        head = session.proofs.last_checkpoint()
        assert head is not None
        counted = Counted(session.proofs)
        proof = prove_entry(counted, seq, size)  # type: ignore[arg-type]
        (leaf,) = session.proofs.leaves(seq - 1, seq)
        assert included(leaf, seq - 1, size, proof, head.root)
        assert counted.nodes <= 2 * size.bit_length()
        assert counted.entries <= 2 * CHUNK
        for one in session.proofs.checkpoints(0, 100):
            growth = prove_growth(session.proofs, one.size, size)
            assert consistent(one.size, size, growth, one.root, head.root)


def test_a_ledger_that_was_changed_is_signed_no_more_and_that_is_an_entry() -> None:
    store = MemoryStore()
    pipeline = pipeline_over(store)
    pipeline.attest(5, 0)
    pipeline.note(gaps(0, 40), 6)
    pipeline.attest(6, CHECKPOINT_EVERY_MS)
    store._committed.nodes[5, 0] = bytes(32)
    pipeline.note(gaps(50, 3), 7)
    for at in (2, 3):
        with pytest.raises(LedgerAlteredError, match="coldchain verify"):
            pipeline.attest(7, at * CHECKPOINT_EVERY_MS)
    assert sizes(store) == [1, 41]
    with store.reading() as session:
        assert [event.kind for event in session.records.security_events()] == [SecurityKind.LEDGER_ALTERED]
