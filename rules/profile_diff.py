"""What differs between two profile files, key by key, and where each number of one came from. Pure."""

import tomllib
from typing import Any

import msgspec

Value = str | int | bool


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One key: what it says in the one file and in the other, None where it says nothing. E.g. storage.high_celsius."""

    key: str
    before: Value | None
    after: Value | None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a file with what it says."""

    key: str
    value: Value


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A section of a file: what it says, its source and its evidence mark (V, V2, K, PROP)."""

    name: str
    said: list[Said]
    source: str
    evidence: str


IDENTITY = frozenset({"id", "version", "name.zh", "name.en", "component"})


def differences(before: str, after: str) -> list[Difference]:
    """Return the keys that differ, in the order of the files; sources and marks too, names and numbers of files not."""
    old, new = _flat(tomllib.loads(before)), _flat(tomllib.loads(after))
    keys = [key for key in dict.fromkeys([*new, *old]) if key not in IDENTITY]
    return [
        Difference(key=key, before=old.get(key), after=new.get(key)) for key in keys if old.get(key) != new.get(key)
    ]


def sections(toml: str) -> list[Section]:
    """Return the sections of a file in its order."""
    found: list[Section] = []
    for name, table in tomllib.loads(toml).items():
        for number, one in enumerate(table if isinstance(table, list) else [table], start=1):
            if isinstance(one, dict) and name != "name":
                said = [Said(key=key, value=value) for key, value in _flat(one).items()]
                shown = [one_said for one_said in said if one_said.key not in {"source", "evidence"}]
                title = f"{name}.{number}" if isinstance(table, list) else name
                found.append(Section(name=title, said=shown, source=one["source"], evidence=one["evidence"]))
    return found


def _flat(data: dict[str, Any], path: str = "") -> dict[str, Value]:
    flat: dict[str, Value] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{path}{key}.")
        elif isinstance(value, list):
            for number, one in enumerate(value, start=1):
                flat |= _flat(one, f"{path}{key}.{number}.")
        else:
            flat[f"{path}{key}"] = value
    return flat
