"""From entries of retention, legal holds, disposals and removals to their rows; and of what attests the record."""

from typing import Final

from coldchain.entries import EntryKind
from coldchain.retention import AFTER, Disposal, DisposalState, LegalHold, Removal, RetentionPolicy
from coldchain.stamps import ReadingDigest, TimeStamp
from stores import schema_retention as tables
from stores.change import Applied, Change
from stores.schema import insert_sql, upsert_sql

_POLICY: Final = upsert_sql(tables.retention_policies)
_HOLD: Final = upsert_sql(tables.legal_holds)
_PROPOSED: Final = (
    upsert_sql(tables.disposals) + " WHERE excluded.version > disposals.version AND disposals.state = 'proposed'"
)
_SIGNED: Final = "version = ?, state = ?, proposed_ms = ?, proposed_name = ?, confirmed_name = ?, seq = ?, body = ?"
_GOES_ON: Final = {
    state: f"UPDATE disposals SET {_SIGNED} WHERE id = ? AND version < ? AND state IN ({', '.join('?' * len(before))})"
    for state, before in AFTER.items()
}
_REMOVAL: Final = insert_sql(tables.removals)
_REMOVED: Final = insert_sql(tables.removed_blocks)
_NO_BLOCK: Final = "DELETE FROM blocks WHERE seq = ? AND probe = ? AND day = ?"
_STAMP: Final = insert_sql(tables.time_stamps)
_DIGEST: Final = insert_sql(tables.reading_digests)


def _policy(seq: int, one: RetentionPolicy, body: bytes) -> tuple[Change, ...]:
    return (Change(_POLICY, (one.what.value, one.profile, seq, body)),)


def _hold(seq: int, one: LegalHold, body: bytes) -> tuple[Change, ...]:
    return (Change(_HOLD, (one.id, int(one.stands), seq, body)),)


def _disposal(seq: int, one: Disposal, body: bytes) -> tuple[Change, ...]:
    signed = (one.proposed_ms, one.proposed_name, one.confirmed_name)
    refusal = f"disposal {one.id}: version {one.version}, {one.state.value}, cannot follow what is in the ledger"
    values = (one.version, one.state.value, *signed, seq, body)
    if one.state is DisposalState.PROPOSED:
        return (Change(_PROPOSED, (one.id, *values), refusal),)
    before = tuple(state.value for state in AFTER[one.state])
    return (Change(_GOES_ON[one.state], (*values, one.id, one.version, *before), refusal),)


def _removal(seq: int, one: Removal, body: bytes) -> tuple[Change, ...]:
    """What went counts no more: its day has no block until a reading comes that was not there."""
    gone = [
        Change(_REMOVED, (block.seq, block.probe, block.day, block.generation, one.disposal, block.hash, seq))
        for block in one.blocks
    ]
    heads = [Change(_NO_BLOCK, (block.seq, block.probe, block.day)) for block in one.blocks]
    return (Change(_REMOVAL, (one.disposal, seq, body)), *gone, *heads)


def _stamp(seq: int, one: TimeStamp, body: bytes) -> tuple[Change, ...]:
    return (Change(_STAMP, (one.size, one.authority, seq, body)),)


def _digest(seq: int, one: ReadingDigest, body: bytes) -> tuple[Change, ...]:
    return (Change(_DIGEST, (one.upto, seq, body)),)


APPLY_RETENTION: Final[Applied] = {
    EntryKind.RETENTION_POLICY: (RetentionPolicy, _policy),
    EntryKind.LEGAL_HOLD: (LegalHold, _hold),
    EntryKind.DISPOSAL: (Disposal, _disposal),
    EntryKind.REMOVAL: (Removal, _removal),
    EntryKind.TIME_STAMP: (TimeStamp, _stamp),
    EntryKind.READING_DIGEST: (ReadingDigest, _digest),
}
