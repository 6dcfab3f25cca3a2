"""Whether the sealed blocks are what the ledger says, generation by generation."""

from typing import Final

import msgspec

from coldchain.blocks import Block, BlockFault
from coldchain.entries import EntryKind
from coldchain.ports import Session

ENTRIES_AT_ONCE: Final = 1_000
_BLOCK: Final = msgspec.json.Decoder(Block)


def verify_blocks(session: Session) -> BlockFault | None:
    """Return the first damaged block in the order of the ledger, None if all are whole.

    Of every generation the bytes must be there, have the hash over their raw columns that the entry names, and follow
    the generation that they name.
    """
    heads: dict[tuple[str, int], Block] = {}
    last = 0
    while entries := session.ledger.entries(last, ENTRIES_AT_ONCE):
        for entry in entries:
            if entry.kind is not EntryKind.BLOCK:
                continue
            block = _BLOCK.decode(entry.payload)
            reason = _unchained(heads.get((block.probe, block.day)), block)
            reason = reason or session.readings.check_block(block, entry.seq)
            if reason:
                return BlockFault(
                    seq=entry.seq, probe=block.probe, day=block.day, generation=block.generation, reason=reason
                )
            heads[block.probe, block.day] = block
        last = entries[-1].seq
    return None


def _unchained(before: Block | None, block: Block) -> str:
    expected = (1, "") if before is None else (before.generation + 1, before.hash)
    if (block.generation, block.predecessor) == expected:
        return ""
    return f"generation {block.generation} does not follow the one before it in the ledger"
