"""The settings of the centre in the record: what changed from one start to another, and what was in force."""

from collections.abc import Iterable, Mapping

import msgspec


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One setting, by its key as in the settings file: what it was and what it is now (None: not set)."""

    key: str
    was: str | None
    now: str | None


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True):
    """What was other at the start at at_ms than what was recorded last; by key. A secret is never among the values."""

    at_ms: int
    version: str
    changed: tuple[Changed, ...]


def changed_between(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Changed, ...]:
    """Return what differs, by key."""
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return tuple(Changed(key=key, was=before.get(key), now=after.get(key)) for key in keys)


def in_force(changes: Iterable[SettingsChange]) -> dict[str, str]:
    """Return the settings after these changes, which come in order, by key."""
    found: dict[str, str] = {}
    for one in (each for change in changes for each in change.changed):
        if one.now is None:
            found.pop(one.key, None)
        else:
            found[one.key] = one.now
    return dict(sorted(found.items()))
