"""When checkpoints are signed: after every 1,000 entries, and 5 minutes after the last one if anything came.

Part of the writer's thread. What the tree is made from is read again inside the transaction that writes.
"""

from typing import Final

import structlog

from coldchain.errors import StoreError
from coldchain.ports import Session, Store
from coldchain.proof_ports import CheckpointSigner
from coldchain.proving import grow

CHECKPOINT_ENTRIES_MAX: Final = 1_000
CHECKPOINT_EVERY_MS: Final = 300_000
CHECKPOINTS_AT_ONCE: Final = 20  # in one transaction; the rest with the next look
TRIED_AGAIN_MS: Final = 60_000  # after one that was refused: the reason stays, and a person has to look

log = structlog.get_logger("ledger")


class Attestor:
    """Signs the ledger as it grows. Not thread-safe: the writer's thread calls it."""

    def __init__(self, store: Store, origin: str, signer: CheckpointSigner) -> None:
        self._store = store
        self._origin = origin
        self._signer = signer
        self._size: int | None = None  # of the last checkpoint
        self._first = 0  # no checkpoint of this key covers less: the entry that names it has this number
        self._due_ms = 0
        self.error: str | None = None

    def look(self, seq: int, now_ms: int, boottime_ms: int) -> int:
        """Sign what is due, with `seq` entries in the ledger; return how many checkpoints that made.

        A ledger that is not what the last checkpoint signed is signed no more: `error` says so. Raises StoreError.
        """
        timed = boottime_ms >= self._due_ms
        full = self._size is None or seq // CHECKPOINT_ENTRIES_MAX > self._size // CHECKPOINT_ENTRIES_MAX
        if not timed and (not full or self.error is not None):
            return 0
        try:
            with self._store.writing() as session:
                made, left = self._sign(session, now_ms, timed=timed)
        except StoreError as error:
            self._due_ms = boottime_ms + TRIED_AGAIN_MS
            if self.error is None:
                log.error("ledger_not_signed", error=str(error))  # noqa: TRY400 - the message is for the operator
            self.error = str(error)
            raise
        if timed and not left:
            self._due_ms = boottime_ms + CHECKPOINT_EVERY_MS
        self.error = None
        return made

    def _sign(self, session: Session, now_ms: int, *, timed: bool) -> tuple[int, bool]:
        """Return how many checkpoints were made, and whether some are left for the next look."""
        last = session.proofs.last_checkpoint()
        covered = 0 if last is None else last.size
        size, named = session.ledger.next_seq() - 1, self._named_at(session)
        step = CHECKPOINT_ENTRIES_MAX
        due = [at for at in range((covered // step + 1) * step, size + 1, step) if at >= named]
        if timed and size > covered and size not in due:
            due.append(size)
        now = due[:CHECKPOINTS_AT_ONCE]
        for at in now:
            grow(session.proofs, at, now_ms, self._origin, self._signer)
        self._size = now[-1] if now else covered
        return len(now), len(due) > len(now)

    def _named_at(self, session: Session) -> int:
        """Return the number of the entry that names this key."""
        if not self._first:
            self._first = session.records.ledger_key_seq(self._signer.key)
            if not self._first:
                msg = f"the ledger does not know the key {self._signer.key}, so it must not sign it"
                raise StoreError(msg)
        return self._first
