"""The part of `coldchain verify` that looks at readings: blocks, rows, their hashes in the ledger, and the sums."""

import random
from dataclasses import dataclass
from typing import Final

from coldchain import verifying as v
from stores.readonly import PORTION, ReadOnlyStore
from stores.session import SqlSession
from stores.verify_blocks import BlockCheck
from stores.verify_digests import SKIPPED, digest_fault, left_by, removed_spans
from stores.verify_log import log_fault, rows_fault
from stores.verify_sums import chunk_fault, sum_chunks


@dataclass(frozen=True, slots=True)
class Looked:
    """How much was looked at.

    `skipped`: rows of the reading log under hashes that a removal made useless, first and last of each. `sum_days` of
    `sum_chunks`: days added up again, and chunks left of the budget.
    """

    digests: int = 0
    digests_removed: int = 0
    skipped: tuple[tuple[int, int], ...] = ()
    sum_days: int = 0
    chunks: int = 0
    chunks_of: int = 0


NOTHING: Final = Looked()


def reading_faults(
    store: ReadOnlyStore, blocks: BlockCheck, at: int, faults: list[v.Fault], budget_days: int | None
) -> tuple[list[v.Fault], Looked]:
    """Check blocks, the rows that are not sealed, whether any is gone, hashes over rows, and sums."""
    said = _log_said(store, blocks, at, faults)
    found = [v.Fault(kind=v.READINGS, first=0, last=0, detail=said)] if said else []
    if (one := blocks.fault) is not None:
        told_of = f"probe {one.probe}, day {one.day}, generation {one.generation}: {one.reason}"
        found.insert(0, v.Fault(kind=v.BLOCK, first=one.seq, last=one.seq, detail=told_of))
    if found:
        return found, Looked()  # what is made from damaged readings tells nothing new
    wrong, digests, skipped = _digests(store, blocks)
    sums, days, chunks, of = _sums(store, budget_days)
    return wrong + sums, Looked(digests, len(skipped), skipped, days, chunks, of)


def _log_said(store: ReadOnlyStore, blocks: BlockCheck, at: int, faults: list[v.Fault]) -> str:
    after, said = 0, ""
    while not said:
        with store.sql() as sql:
            after, said = rows_fault(sql, after, PORTION)
        if not after:
            break
    with store.sql() as sql:
        session = SqlSession(sql)
        while rows := session.proofs.raw_entries(at, PORTION):  # what a running server sealed meanwhile
            blocks.take(session, rows)
            at = rows[-1].seq
        if not said and blocks.fault is None and not any(fault.kind in (v.ENTRY, v.MISSING) for fault in faults):
            said = log_fault(sql, blocks.heads, blocks.gone_before, blocks.removals.seqs)
    return said


def _digests(store: ReadOnlyStore, blocks: BlockCheck) -> tuple[list[v.Fault], int, tuple[tuple[int, int], ...]]:
    """Compare all hashes over rows that the ledger took; return the first fault, how many, and which are skipped.

    The latter as rows (first, last), both included: of what is left of them no hash of the ledger speaks any more.
    """
    done, before, skipped = blocks.removals.told, 0, list[tuple[int, int]]()
    removed, left = removed_spans(done), left_by(done)
    digests = sorted(blocks.digests, key=lambda one: one[1].upto)
    for number, (seq, digest) in enumerate(digests):
        with store.sql() as sql:
            said = digest_fault(sql, digest, before, seq, removed, left)
        if said not in ("", SKIPPED):
            return [v.Fault(kind=v.READINGS, first=0, last=0, detail=said)], number + 1, tuple(skipped)
        skipped += [(digest.after + 1, digest.upto)] if said == SKIPPED else []
        before = digest.upto
    return [], len(digests), tuple(skipped)


def _sums(store: ReadOnlyStore, budget_days: int | None) -> tuple[list[v.Fault], int, int, int]:
    """Add up again; with a budget a part that chance picks, so that in time all of it is looked at."""
    with store.sql() as sql:
        chunks = sum_chunks(sql, None if budget_days is None else random.SystemRandom().getrandbits(32))
    days = looked = 0
    for chunk in chunks:
        if budget_days is not None and days >= budget_days:
            break
        with store.sql() as sql:
            count, said = chunk_fault(sql, chunk)
        days, looked = days + count, looked + 1
        if said:
            return [v.Fault(kind=v.SUMS, first=0, last=0, detail=said)], days, looked, len(chunks)
    return [], days, looked, len(chunks)
