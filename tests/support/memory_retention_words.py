"""Which payloads and keys the entries of retention have, for the store in memory."""

from collections.abc import Callable
from typing import Any

import msgspec

from coldchain.entries import EntryKind
from coldchain.retention import Disposal, LegalHold, Removal, RetentionPolicy
from coldchain.stamps import ReadingDigest, TimeStamp

RETENTION_PAYLOADS: dict[EntryKind, type[msgspec.Struct]] = {
    EntryKind.RETENTION_POLICY: RetentionPolicy,
    EntryKind.LEGAL_HOLD: LegalHold,
    EntryKind.DISPOSAL: Disposal,
    EntryKind.REMOVAL: Removal,
    EntryKind.TIME_STAMP: TimeStamp,
    EntryKind.READING_DIGEST: ReadingDigest,
}
RETENTION_KEYS: dict[EntryKind, Callable[[Any], tuple[Any, ...]]] = {
    EntryKind.RETENTION_POLICY: lambda one: (one.what, one.profile),
    EntryKind.REMOVAL: lambda one: (one.disposal,),
    EntryKind.TIME_STAMP: lambda one: (one.size, one.authority),
    EntryKind.READING_DIGEST: lambda one: (one.upto,),
}
