"""The key that signs the ledger: made at the first start, kept beside the record, changed by an entry.

The file `ledger-<the first 16 digits of the public key>.key` lies in the data folder and belongs to its owner only.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from assembly.syncing import sync_folder
from coldchain.checkpoint import endorsement
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ColdchainError
from coldchain.ports import Clock, Store
from coldchain.proof import LedgerKey
from coldchain.signed import Sign
from gateway.signing import load_signing_key, make_signing_key
from ingest.pipeline import Pipeline

NEW: Final = "ledger-new.key"
LOST: Final = "the file of the key before was not found at the start"

log = structlog.get_logger("ledger")


@dataclass(frozen=True, slots=True)
class LedgerSigner:
    """CheckpointSigner over a key file."""

    key: str
    sign: Sign


def key_file(folder: Path, key: str) -> Path:
    """Return where the private half of a key lies."""
    return folder / f"ledger-{key[:16]}.key"


def signer_for(store: Store, pipeline: Pipeline, folder: Path, origin: str, clock: Clock) -> LedgerSigner:
    """Return the key that signs now; the first start makes it. Raises ColdchainError if its file is not usable.

    If the file is gone (a record that was restored without it), a new key signs on, without the word of the old one.
    """
    with store.reading() as session:
        known = session.records.ledger_keys()
    if known and key_file(folder, known[-1].key).exists():
        return LedgerSigner(known[-1].key, _named(folder, known[-1].key))
    if known:
        log.warning(
            "ledger_key_lost", key=known[-1].key, advice="a new key signs the ledger from now on: tell auditors"
        )
    return _begin(pipeline, folder, origin, clock, known[-1] if known else None, None)


def rotate(store: Store, pipeline: Pipeline, folder: Path, origin: str, clock: Clock) -> LedgerSigner:
    """Make a new key, which the old one endorses, and record it. Raises ColdchainError if there is no old one."""
    with store.reading() as session:
        known = session.records.ledger_keys()
    if not known:
        raise ColdchainError("the ledger has no key yet: the first start of coldchain server makes it")
    return _begin(pipeline, folder, origin, clock, known[-1], _named(folder, known[-1].key))


def _named(folder: Path, named: str) -> Sign:
    """Return what signs with the key that the ledger names. Raises ColdchainError if the file holds another."""
    sign, key = load_signing_key(key_file(folder, named))
    if key != named:
        msg = f"{key_file(folder, named)} holds another key than the ledger names: put the right file back"
        raise ColdchainError(msg)
    return sign


def _begin(
    pipeline: Pipeline, folder: Path, origin: str, clock: Clock, before: LedgerKey | None, old: Sign | None
) -> LedgerSigner:
    """Make the file first, then the entry: a key that the ledger names always has its file."""
    (folder / NEW).unlink(missing_ok=True)  # left by a start that was cut short: nothing names it
    key = make_signing_key(folder / NEW)
    path = (folder / NEW).rename(key_file(folder, key))
    sync_folder(folder)
    now_ms = clock.now_ms()
    endorsed = "" if old is None else old(endorsement(origin, key)).hex()
    reason = LOST if before is not None and old is None else ""
    payload = LedgerKey(key=key, origin=origin, from_ms=now_ms, endorsed=endorsed, reason=reason)
    pipeline.note([Draft(kind=EntryKind.LEDGER_KEY, actor="server", site="", payload=payload)], now_ms)
    log.info("ledger_key", key=key, file=str(path))
    return LedgerSigner(key, load_signing_key(path)[0])
