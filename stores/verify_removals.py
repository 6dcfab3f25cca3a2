"""Which sealed blocks were removed by policy, by the ledger itself: two people signed, and an entry names each."""

from typing import Final

import msgspec

from coldchain.blocks import Block, BlockFault
from coldchain.entries import EntryKind
from coldchain.persons import same_person, same_post
from coldchain.proof import RawEntry
from coldchain.retention import AFTER, Disposal, DisposalState, Removal, blocks_sha256

_DISPOSAL: Final = msgspec.json.Decoder(Disposal)
_REMOVAL: Final = msgspec.json.Decoder(Removal)
_SAID: Final = ("probe", "day", "generation", "n", "hash")


class Removals:
    """Takes disposals and removals in the order of the ledger. Nothing is believed that the entries do not say."""

    def __init__(self) -> None:
        self.seqs: set[int] = set()  # blocks that were removed as they should
        self.told: list[tuple[int, Removal]] = []  # with the numbers of their entries
        self.fault: BlockFault | None = None
        self._signed: dict[str, Disposal] = {}  # confirmed and not withdrawn, each step in its turn
        self._last: dict[str, Disposal] = {}

    def take(self, row: RawEntry, blocks: dict[int, Block]) -> None:
        """Look at an entry. `blocks`: what the entries before it said was sealed, by number."""
        try:
            if row.kind == EntryKind.DISPOSAL.value:
                self._disposal(_DISPOSAL.decode(row.payload))
            elif row.kind == EntryKind.REMOVAL.value:
                self._removal(row.seq, _REMOVAL.decode(row.payload), blocks)
        except (msgspec.MsgspecError, TypeError, ValueError):
            return  # an entry that says nothing readable is for others to report

    def _disposal(self, one: Disposal) -> None:
        before = self._last.get(one.id)
        if before is None:
            follows = one.state is DisposalState.PROPOSED
        else:
            follows = before.state in AFTER[one.state] and before.version < one.version
        if not follows or one.state is DisposalState.WITHDRAWN:
            self._signed.pop(one.id, None)
        elif one.state is DisposalState.CONFIRMED:
            self._signed[one.id] = one
        self._last[one.id] = one

    def _removal(self, seq: int, one: Removal, blocks: dict[int, Block]) -> None:
        if reason := self._unsigned(one):
            self._wrong(seq, one, reason)
            return
        for named in one.blocks:
            block = blocks.get(named.seq)
            if block is None or any(getattr(block, name) != getattr(named, name) for name in _SAID):
                self._wrong(seq, one, f"it names a block (entry {named.seq}) that was never sealed so")
                return
        self.seqs |= {named.seq for named in one.blocks}
        self.told.append((seq, one))

    def _unsigned(self, one: Removal) -> str:
        signed = self._signed.get(one.disposal)
        done = self._last.get(one.disposal)
        if signed is None or done is None or signed.sha256 != blocks_sha256(one.blocks):
            return "no two people signed to remove just these blocks"
        if (one.proposed_name, one.confirmed_name) != (signed.proposed_name, signed.confirmed_name):
            return "it names other people than those that signed"
        people = (signed.proposed_name, signed.proposed_post, signed.confirmed_name, signed.confirmed_post)
        if same_person(*people) or same_post(signed.proposed_post, signed.confirmed_post):
            return "one person alone signed"
        return "" if done.state is DisposalState.REMOVED else "nothing says that it was to be done"

    def _wrong(self, seq: int, one: Removal, reason: str) -> None:
        first = one.blocks[0] if one.blocks else None
        if self.fault is None:
            self.fault = BlockFault(
                seq=seq,
                probe=first.probe if first else "",
                day=first.day if first else 0,
                generation=first.generation if first else 0,
                reason=f"removal {one.disposal}: {reason}",
            )
