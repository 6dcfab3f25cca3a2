"""Whether the sealed blocks are what the ledger says, generation by generation."""

from collections.abc import Sequence
from typing import Final

import msgspec

from coldchain.blocks import Block, BlockFault
from coldchain.entries import EntryKind
from coldchain.ports import Session
from coldchain.proof import RawEntry

ENTRIES_AT_ONCE: Final = 1_000
_BLOCK: Final = msgspec.json.Decoder(Block)


class BlockCheck:
    """Takes all entries in order; `fault` is the first damaged block.

    Of every generation the bytes must be there, have the hash over their raw columns that the entry names, and follow
    the generation that they name. `heads`: the newest generation of each (probe, day), with its entry's number.
    """

    def __init__(self) -> None:
        self.heads: dict[tuple[str, int], tuple[Block, int]] = {}
        self.fault: BlockFault | None = None

    def take(self, session: Session, rows: Sequence[RawEntry]) -> None:
        """Look at the blocks that these entries name. An entry that says nothing readable is for others to report."""
        for row in rows:
            block = _named(row)
            if block is None:
                continue
            before = self.heads.get((block.probe, block.day))
            reason = _unchained(None if before is None else before[0], block)
            reason = reason or session.readings.check_block(block, row.seq)
            if reason and self.fault is None:
                self.fault = BlockFault(
                    seq=row.seq, probe=block.probe, day=block.day, generation=block.generation, reason=reason
                )
            self.heads[block.probe, block.day] = (block, row.seq)


def verify_blocks(session: Session) -> BlockFault | None:
    """Return the first damaged block in the order of the ledger, None if all are whole."""
    check, last = BlockCheck(), 0
    while check.fault is None and (rows := session.proofs.raw_entries(last, ENTRIES_AT_ONCE)):
        check.take(session, rows)
        last = rows[-1].seq
    return check.fault


def _named(row: RawEntry) -> Block | None:
    if row.kind != EntryKind.BLOCK.value:
        return None
    try:
        return _BLOCK.decode(row.payload)
    except (msgspec.MsgspecError, TypeError, ValueError):
        return None


def _unchained(before: Block | None, block: Block) -> str:
    expected = (1, "") if before is None else (before.generation + 1, before.hash)
    if (block.generation, block.predecessor) == expected:
        return ""
    return f"generation {block.generation} does not follow the one before it in the ledger"
