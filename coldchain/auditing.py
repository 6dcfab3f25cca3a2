"""What an audit bundle holds: which entries are chosen, and how they are written down. Pure."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import msgspec

from coldchain.blocks import day_of
from coldchain.entries import EntryKind
from coldchain.proof import RawEntry, RawReading

BUNDLE_ENTRIES_MAX: Final = 100_000
BUNDLE_READINGS_MAX: Final = 100_000  # rows, each of up to 500 readings
BUNDLE_CHECKPOINTS_MAX: Final = 500
_STEPS: Final = (EntryKind.DISPOSAL, EntryKind.REMOVAL)  # of one removal all or none: a part of them proves nothing


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What an auditor asks for: entries recorded in [from_ms, to_ms), all or those that name one of `names`.

    With them, whenever they were recorded: what was sealed of the readings that `probes` took in this time, and every
    step of the removals `disposals`, so that a day that is not there is either removed by policy or lost.
    """

    from_ms: int
    to_ms: int
    names: frozenset[str] = frozenset()
    probes: frozenset[str] = frozenset()
    disposals: frozenset[str] = frozenset()


def is_chosen(row: RawEntry, chosen: Chosen) -> bool:
    """Tell whether an entry belongs into the bundle; the ledger's keys always do."""
    if row.kind == EntryKind.LEDGER_KEY or _explains(row, chosen):
        return True
    if not isinstance(row.record_ms, int) or not chosen.from_ms <= row.record_ms < chosen.to_ms:
        return False
    return not chosen.names or (row.kind not in _STEPS and names_one_of(row.payload, chosen.names))


def _explains(row: RawEntry, chosen: Chosen) -> bool:
    """Tell whether an entry says what became of readings that were asked for."""
    if row.kind not in (*_STEPS, EntryKind.BLOCK):
        return False
    try:
        said = json.loads(row.payload)
        if row.kind == EntryKind.BLOCK:
            inside = day_of(chosen.from_ms) <= said["day"] <= day_of(chosen.to_ms - 1)
            return inside and said["probe"] in chosen.probes
        return said["id" if row.kind == EntryKind.DISPOSAL else "disposal"] in chosen.disposals
    except (ValueError, TypeError, KeyError):
        return True  # it cannot be read any more, so it must be shown


def removal_named(row: RawEntry) -> str:
    """Return of which removal an entry `removal` is ("": it cannot be read any more)."""
    try:
        return str(json.loads(row.payload)["disposal"])
    except (ValueError, TypeError, KeyError):
        return ""


def names_one_of(payload: Any, names: Collection[str]) -> bool:  # noqa: ANN401 - a column of any type
    """Tell whether one of these names is a whole text anywhere in a payload."""
    if not isinstance(payload, bytes) or not any(name.encode() in payload for name in names):
        return False
    try:
        return _names(json.loads(payload), names)
    except ValueError:
        return True  # it cannot be read any more, so it must be shown


def _names(value: Any, names: Collection[str]) -> bool:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return value in names
    if isinstance(value, dict):
        return any(_names(part, names) for part in (*value, *value.values()))
    return isinstance(value, list) and any(_names(part, names) for part in value)


class HashTable:
    """Each hash once: paths of neighbours share nearly all of theirs."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def numbers(self, path: Iterable[bytes]) -> list[int]:
        """Return the numbers by which a path names its hashes."""
        return [self._numbers.setdefault(step, len(self._numbers)) for step in path]

    def text(self) -> str:
        """Return all hashes, a line each."""
        return "".join(f"{digest.hex()}\n" for digest in self._numbers)


def entry_line(row: RawEntry, path: Sequence[int]) -> str:
    """Return an entry with the path to the root, as a line."""
    payload = row.payload.decode(errors="surrogateescape") if isinstance(row.payload, bytes) else str(row.payload)
    said = {"seq": row.seq, "record_ms": row.record_ms, "actor": row.actor, "site": row.site, "kind": row.kind}
    return json.dumps({**said, "payload": payload, "path": list(path)}, default=repr) + "\n"


def reading_line(row: RawReading) -> str:
    """Return a row of readings as it stands in the log, with the SHA-256 of all of it, as a line."""
    said = {**row._asdict(), "body": bytes(row.body).hex()}
    plain = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return json.dumps({**said, "sha256": hashlib.sha256(plain.encode()).hexdigest()}) + "\n"


def sums_of(files: dict[str, bytes]) -> bytes:
    """Return the list of the files' sums, in the form of sha256sum."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()
