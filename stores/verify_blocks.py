"""Whether the sealed blocks are what the ledger says, generation by generation."""

from collections.abc import Sequence
from typing import Final

import msgspec

from coldchain.blocks import Block, BlockFault
from coldchain.entries import EntryKind
from coldchain.ports import Session
from coldchain.proof import RawEntry
from coldchain.stamps import ReadingDigest
from stores.blocks import MISSING
from stores.verify_removals import Removals

ENTRIES_AT_ONCE: Final = 1_000
_DECODERS: Final[dict[str, msgspec.json.Decoder[Block] | msgspec.json.Decoder[ReadingDigest]]] = {
    EntryKind.BLOCK.value: msgspec.json.Decoder(Block),
    EntryKind.READING_DIGEST.value: msgspec.json.Decoder(ReadingDigest),
}


class BlockCheck:
    """Takes all entries in order; `fault` is the first damaged block, `removals` what went by policy.

    Of every generation the bytes must be there, have the hash over their raw columns that the entry names, and follow
    the generation that they name. `heads`: the newest generation of each (probe, day), with its entry's number.
    `digests`: the hashes over rows of the reading log, with their entries' numbers: the table that repeats them is
    as easily changed as the rows.
    """

    def __init__(self) -> None:
        self.heads: dict[tuple[str, int], tuple[Block, int]] = {}
        self.removals = Removals()
        self.digests: list[tuple[int, ReadingDigest]] = []
        self.gone_before = 0  # readings of removed blocks that a later one follows: it does not hold them
        self._damaged: BlockFault | None = None
        self._missing: dict[int, BlockFault] = {}
        self._blocks: dict[int, Block] = {}

    @property
    def fault(self) -> BlockFault | None:
        """The first block that is not what the ledger says; one that was removed by policy is no fault."""
        missing = [fault for seq, fault in self._missing.items() if seq not in self.removals.seqs]
        faults = [fault for fault in (self._damaged, self.removals.fault, *missing) if fault is not None]
        return min(faults, key=lambda fault: fault.seq, default=None)

    def take(self, session: Session, rows: Sequence[RawEntry]) -> None:
        """Look at the blocks that these entries name. An entry that says nothing readable is for others to report."""
        for row in rows:
            self.removals.take(row, self._blocks)
            said = _named(row)
            if isinstance(said, Block):
                self._take_block(session, row.seq, said)
            elif said is not None:
                self.digests.append((row.seq, said))

    def _take_block(self, session: Session, seq: int, block: Block) -> None:
        before = self.heads.get((block.probe, block.day))
        if before is not None and before[1] in self.removals.seqs:
            self.gone_before += before[0].n
        reason = _unchained(None if before is None else before[0], block)
        missing = session.readings.check_block(block, seq)
        told = BlockFault(
            seq=seq, probe=block.probe, day=block.day, generation=block.generation, reason=reason or missing
        )
        if missing == MISSING:
            self._missing[seq] = told
        if (reason or missing not in ("", MISSING)) and self._damaged is None:
            self._damaged = told
        self._blocks[seq] = block
        self.heads[block.probe, block.day] = (block, seq)


def verify_blocks(session: Session) -> BlockFault | None:
    """Return the first damaged block in the order of the ledger, None if all are whole."""
    check, last = BlockCheck(), 0
    while rows := session.proofs.raw_entries(last, ENTRIES_AT_ONCE):
        check.take(session, rows)
        last = rows[-1].seq
    return check.fault


def _named(row: RawEntry) -> Block | ReadingDigest | None:
    decoder = _DECODERS.get(row.kind)
    if decoder is None:
        return None
    try:
        return decoder.decode(row.payload)
    except (msgspec.MsgspecError, TypeError, ValueError):
        return None


def _unchained(before: Block | None, block: Block) -> str:
    expected = (1, "") if before is None else (before.generation + 1, before.hash)
    if (block.generation, block.predecessor) == expected:
        return ""
    return f"generation {block.generation} does not follow the one before it in the ledger"
