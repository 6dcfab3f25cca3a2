"""What the ledger must say of itself: what left the house."""

import re

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.exports import SHA256_PATTERN, WHAT_CHARACTERS_MAX, ExportRecord, RecordExport
from coldchain.ports import Session


def export_drafts(session: Session, fact: RecordExport) -> list[Draft]:
    """Return the entry for something that was handed out. Raises ConflictError or InvalidValueError."""
    if not re.fullmatch(SHA256_PATTERN, fact.sha256):
        raise InvalidValueError("sha256 has 64 hex digits (0-9, a-f): the SHA-256 of the bytes that were handed out")
    if not fact.id or len(fact.what) > WHAT_CHARACTERS_MAX:
        msg = f"an export needs an id, and at most {WHAT_CHARACTERS_MAX} characters that say what it is"
        raise InvalidValueError(msg)
    if not 0 <= fact.as_known_seq < session.ledger.next_seq():
        msg = f"the ledger has no entry {fact.as_known_seq}: name the newest entry that the export was made from"
        raise InvalidValueError(msg)
    payload = ExportRecord(**{name: getattr(fact, name) for name in ExportRecord.__struct_fields__})
    known = session.records.export(fact.id)
    if known == payload:
        return []
    if known is not None:
        msg = f"export {fact.id} is already recorded with other content; nothing was changed"
        raise ConflictError(msg)
    return [Draft(kind=EntryKind.EXPORT, actor=fact.actor, site="", payload=payload)]
