"""Checking a whole ledger: every entry, every checkpoint, every kept node. Pure; rows come in, faults go out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from coldchain.checkpoint import endorsement, fault_of
from coldchain.entries import EntryKind, entry_hash
from coldchain.errors import InvalidValueError
from coldchain.merkle import EMPTY_ROOT, KEPT_LEVEL, Frontier
from coldchain.proof import Checkpoint, LedgerKey, RawEntry
from coldchain.signed import Verify

FAULTS_MAX: Final = 20  # told one by one; what is behind the first ones is mostly their consequence
# Checkpoints that may be due and not there yet: a centre that takes in a backlog signs after each of its transactions.
UNSIGNED_MAX: Final = 16


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What does not agree, in entries first to last. `kind` is a word of FAULT_KINDS; `detail` says more."""

    kind: str
    first: int
    last: int
    detail: str = ""


ENTRY: Final = "entry"  # its hash does not cover what it says
MISSING: Final = "missing"  # entries between two numbers are not there
SHORT: Final = "short"  # the ledger ends before what a checkpoint covers
ROOT: Final = "root"  # entries since the checkpoint before are not those that were signed
SIGNATURE: Final = "signature"
KEY: Final = "key"  # a checkpoint of a key that was not the ledger's then
ENDORSEMENT: Final = "endorsement"  # a new key without a true word of the one before
NODE: Final = "node"  # a kept node is not the hash of what is below it: proofs would fail
OUTSIDE: Final = "outside"  # a checkpoint that was handed out says something else
GONE: Final = "gone"  # a checkpoint that was due and signed is not there
BLOCK: Final = "block"  # a sealed block is not what its entry says
READINGS: Final = "readings"  # readings that are not sealed yet, or their number, are not what was admitted
SUMS: Final = "sums"  # the cache of sums over blocks is not what the blocks make of it
STAMP: Final = "stamp"  # a time stamp is not over the checkpoint that its entry names
PROJECTION: Final = "projection"  # a table is not what the ledger makes of it
FAULT_KINDS: Final = (
    *(ENTRY, MISSING, SHORT, ROOT, SIGNATURE, KEY, ENDORSEMENT, NODE, OUTSIDE, GONE),
    *(BLOCK, READINGS, SUMS, STAMP, PROJECTION),
)


class Audit:
    """Takes all entries in order, then tells what is wrong. `checkpoints` by size; `outside`: notes handed out.

    `every`: at so many entries and all multiples of it a checkpoint was due, 0 where none is expected.
    """

    def __init__(
        self,
        checkpoints: Sequence[Checkpoint],
        verify: Verify,
        *,
        outside: Iterable[Checkpoint] = (),
        node: Callable[[int, int], bytes | None] | None = None,
        every: int = 0,
    ) -> None:
        self._waiting = list(reversed(checkpoints))
        self._outside: dict[int, list[Checkpoint]] = {}
        for one in outside:
            self._outside.setdefault(one.size, []).append(one)
        self._verify = verify
        self._node = node
        self._every = every
        self._before = 0  # size of the last checkpoint, whether it agreed or not
        self._covered = checkpoints[-1].size if checkpoints else 0
        self._frontier = Frontier(made=self._made)
        self._signed = 0  # size of the last checkpoint that agreed
        self._keys: list[LedgerKey] = []
        self._named_at = 0  # number of the entry that names the last of them
        self._nodes: list[Fault] = []
        self.faults: list[Fault] = []
        self.lost_keys: list[LedgerKey] = []  # came without a word of the one before, and say why

    @property
    def size(self) -> int:
        """How many entries have come."""
        return self._frontier.size

    @property
    def root(self) -> bytes:
        """The root over them."""
        return self._frontier.root()

    def take(self, row: RawEntry) -> None:
        """Take the next entry."""
        expected = self.size + 1
        if row.seq != expected:
            self._fault(MISSING, expected, row.seq - 1)
            while self.size < row.seq - 1 and len(self.faults) < FAULTS_MAX:
                self._next(b"\x00" * 32)
            if self.size < row.seq - 1:
                return
        digest = _hash_of(row)
        if digest != row.hash:
            self._fault(ENTRY, row.seq, row.seq, str(row.kind)[:40])
        if row.kind == EntryKind.LEDGER_KEY:
            self._key(row)
        # The hash that stands there goes into the tree: so one changed entry is one fault, and the rest still agrees.
        self._next(row.hash if isinstance(row.hash, bytes) and len(row.hash) == len(EMPTY_ROOT) else digest)

    def end(self) -> list[Fault]:
        """Return all faults, the first ones first."""
        if self._keys and self._every:
            due = self._due_after(max(self._before, self._covered))
            if due + UNSIGNED_MAX * self._every <= self.size:
                self._fault(GONE, due, due)
        longest = max([self._covered, *self._outside])
        if self.size < longest:
            self._fault(SHORT, self.size + 1, longest, f"{self.size} < {longest}")
        if not any(fault.kind in (ENTRY, MISSING, ROOT) for fault in self.faults):
            self.faults += self._nodes[:FAULTS_MAX]
        order = {kind: i for i, kind in enumerate(FAULT_KINDS)}
        return sorted(self.faults, key=lambda fault: (fault.first, order[fault.kind], fault.last))

    def _next(self, digest: bytes) -> None:
        self._frontier.append(digest)
        while self._waiting and self._waiting[-1].size == self.size:
            self._compare(self._waiting.pop())
        for one in self._outside.get(self.size, ()):
            if one.root != self.root:
                self._fault(OUTSIDE, 1, self.size, f"{self.size}")

    def _compare(self, checkpoint: Checkpoint) -> None:
        if checkpoint.root == self.root:
            self._signed = checkpoint.size
        elif not any(fault.kind in (MISSING, ROOT) for fault in self.faults):  # later roots only follow from the first
            self._fault(ROOT, self._signed + 1, self.size)
        if not self._keys or self._keys[-1].key != checkpoint.key:
            self._fault(KEY, self.size, self.size, checkpoint.key[:16])
            return
        self._due(checkpoint)
        said = fault_of(checkpoint, self._keys[-1].origin, self._verify)
        if said:
            self._fault(SIGNATURE, self.size, self.size, said)

    def _due(self, checkpoint: Checkpoint) -> None:
        """Report the first checkpoint between this one and the one before that its key must have signed."""
        before, self._before = self._before, checkpoint.size
        if self._every:
            due = self._due_after(before)
            if due < checkpoint.size:
                self._fault(GONE, due, due)

    def _due_after(self, before: int) -> int:
        """Return the size of the next checkpoint that the newest key must have signed."""
        return -(-max(before + 1, self._named_at) // self._every) * self._every

    def _key(self, row: RawEntry) -> None:
        try:
            key = msgspec.json.decode(row.payload, type=LedgerKey)
        except (msgspec.DecodeError, TypeError):
            return  # its hash is wrong, and that was said
        if self._keys and not key.reason:
            before, told = self._keys[-1], endorsement(key.origin, key.key)
            signature = bytes.fromhex(key.endorsed) if len(key.endorsed) == 128 else b""
            if not self._verify(before.key, told, signature):
                self._fault(ENDORSEMENT, row.seq, row.seq, key.key[:16])
        elif self._keys:
            self.lost_keys.append(key)
        self._keys.append(key)
        self._named_at = row.seq

    def _made(self, level: int, number: int, digest: bytes) -> None:
        end = (number + 1) << level
        if self._node is None or level < KEPT_LEVEL or end > self._covered or len(self._nodes) >= FAULTS_MAX:
            return
        if self._node(level, number) != digest:
            self._nodes.append(Fault(kind=NODE, first=(number << level) + 1, last=end, detail=f"{level}/{number}"))

    def _fault(self, kind: str, first: int, last: int, detail: str = "") -> None:
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(Fault(kind=kind, first=first, last=last, detail=detail))


def _hash_of(row: RawEntry) -> bytes:
    """Return the hash over what a row says; of a row that can say nothing, one that no row has."""
    try:
        return entry_hash(row.seq, row.record_ms, row.actor, row.site, row.kind, row.payload)
    except (TypeError, ValueError, AttributeError, InvalidValueError):
        return b""
