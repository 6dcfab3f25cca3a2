"""Retention, legal holds and removals read back: a part of SqlRecords; and the removal itself: a part of the log."""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from coldchain.blocks import Block
from coldchain.errors import StoreError
from coldchain.retention import Disposal, KeptBlock, LegalHold, Removal, RemovedDay, RetentionPolicy
from coldchain.stamps import ReadingDigest, TimeStamp
from stores.sql import Params, Sql

_S = TypeVar("_S", bound=msgspec.Struct)
_BLOCK: Final = msgspec.json.Decoder(Block)
_DAYS: Final = (
    "SELECT b.day FROM blocks b JOIN block_bodies k ON k.seq = b.seq"
    " WHERE b.probe = ? AND b.day < ? ORDER BY b.day LIMIT ?"
)
_REMOVED: Final = (
    "SELECT r.day, v.body FROM removed_blocks r JOIN removals v ON v.disposal = r.disposal"
    " WHERE r.probe = ? AND r.day >= ? AND r.day <= ? ORDER BY r.day, r.block_seq"
)


class SqlRetentionRecords:
    """The port RetentionRecords over one transaction."""

    _sql: Sql

    def retention_policies(self) -> tuple[RetentionPolicy, ...]:
        """Those in force, by (what, profile)."""
        return self._kept(RetentionPolicy, "retention_policies ORDER BY what, profile")

    def legal_holds(self, *, standing: bool) -> tuple[LegalHold, ...]:
        """By id; only those that stand, or all."""
        return self._kept(LegalHold, f"legal_holds {'WHERE stands = 1 ' if standing else ''}ORDER BY id")

    def legal_hold(self, hold: str) -> LegalHold | None:
        """One of them."""
        found = self._kept(LegalHold, "legal_holds WHERE id = ?", (hold,))
        return found[0] if found else None

    def disposals(self, limit: int) -> tuple[Disposal, ...]:
        """The newest ones, by (proposed_ms, id) from the last back."""
        return self._kept(Disposal, "disposals ORDER BY proposed_ms DESC, id DESC LIMIT ?", (limit,))

    def disposals_waiting(self) -> tuple[Disposal, ...]:
        """Those that are proposed or confirmed and neither done nor withdrawn, by id."""
        return self._kept(Disposal, "disposals WHERE state IN ('proposed', 'confirmed') ORDER BY id")

    def disposal(self, disposal: str) -> Disposal | None:
        """One of them."""
        found = self._kept(Disposal, "disposals WHERE id = ?", (disposal,))
        return found[0] if found else None

    def removed_days(self, probe: str, from_day: int, to_day: int) -> tuple[RemovedDay, ...]:
        """Days of a probe with removed readings, both ends included, by day; of each the last removal."""
        found: dict[int, RemovedDay] = {}
        for row in self._sql.rows(_REMOVED, (probe, from_day, to_day)):
            one = msgspec.json.decode(row.body, type=_Signed)
            found[row.day] = RemovedDay(
                probe=probe,
                day=row.day,
                disposal=one.disposal,
                at_ms=one.at_ms,
                proposed_name=one.proposed_name,
                confirmed_name=one.confirmed_name,
            )
        return tuple(found.values())

    def removed_until(self, probe: str) -> int | None:
        """Return the last day of a probe that was removed."""
        row = self._sql.first("SELECT MAX(day) AS day FROM removed_blocks WHERE probe = ?", (probe,))
        return None if row.day is None else int(row.day)

    def time_stamps(self) -> tuple[TimeStamp, ...]:
        """By (size, authority)."""
        return self._kept(TimeStamp, "time_stamps ORDER BY size, authority")

    def reading_digests(self) -> tuple[ReadingDigest, ...]:
        """By upto."""
        return self._kept(ReadingDigest, "reading_digests ORDER BY upto")

    def last_digest(self) -> int:
        """Return the admission up to which rows of the reading log are under a hash of the ledger."""
        return int(self._sql.first("SELECT COALESCE(MAX(upto), 0) AS upto FROM reading_digests").upto)

    def _kept(self, kind: type[_S], source: str, params: Params = ()) -> tuple[_S, ...]:
        decoder = msgspec.json.Decoder(kind)
        return tuple(decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))


class _Signed(msgspec.Struct):
    """Of a removal, what a day is told by."""

    disposal: str
    at_ms: int
    proposed_name: str
    confirmed_name: str


def kept_days(sql: Sql, probe: str, before_day: int, limit: int) -> tuple[int, ...]:
    """Return the first days of a probe before a day that have a sealed block with its bytes."""
    return tuple(row.day for row in sql.rows(_DAYS, (probe, before_day, limit)))


def kept_blocks(sql: Sql, probe: str, day: int) -> tuple[KeptBlock, ...]:
    """Return the blocks of a day whose bytes are there, of all its generations, by seq."""
    row = sql.first("SELECT seq FROM blocks WHERE probe = ? AND day = ?", (probe, day))
    found: list[KeptBlock] = []
    seq = None if row is None else row.seq
    while seq is not None:
        body = sql.first("SELECT first_admission, last_admission FROM block_bodies WHERE seq = ?", (seq,))
        named = sql.first("SELECT payload FROM ledger WHERE seq = ?", (seq,))
        block = _BLOCK.decode(named.payload)
        if body is not None:
            found.append(
                KeptBlock(
                    seq=seq,
                    probe=probe,
                    day=day,
                    generation=block.generation,
                    n=block.n,
                    hash=block.hash,
                    first_admission=body.first_admission,
                    last_admission=body.last_admission,
                )
            )
        seq = _before(sql, seq, block.predecessor)
    return tuple(reversed(found))


def _before(sql: Sql, seq: int, predecessor: str) -> int | None:
    """Return the number of the generation before, None if there is none or its bytes are gone."""
    if not predecessor:
        return None
    asked = "SELECT MAX(seq) AS seq FROM block_bodies WHERE seq < ? AND hash = ?"
    found = sql.first(asked, (seq, bytes.fromhex(predecessor))).seq
    return None if found is None else int(found)


def remove(sql: Sql, blocks: Sequence[KeptBlock], removal: Removal) -> int:
    """Delete the bytes of blocks that a removal names; the triggers look whether its entry does. Return their readings.

    Raises StoreError if it names others, or if one is not there.
    """
    if tuple(blocks) != removal.blocks:
        raise StoreError("a removal takes the blocks that its ledger entry names, and no others")
    with sql.spoiling("a removal"):
        for one in blocks:
            rest = sql.change("DELETE FROM block_rests WHERE seq = ?", (one.seq,))
            body = sql.change("DELETE FROM block_bodies WHERE seq = ? AND hash = ?", (one.seq, bytes.fromhex(one.hash)))
            if (rest, body) != (1, 1):
                msg = f"block of probe {one.probe}, day {one.day} (entry {one.seq}) is not there as it was signed for"
                raise StoreError(msg)
    return sum(one.n for one in blocks)
