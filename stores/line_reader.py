"""Reads back what stores/lines.py wrote: points of the mirror as values that can be compared. Our own lines only."""

import re
from typing import Final, NamedTuple, TypeAlias

Tags: TypeAlias = tuple[tuple[str, str], ...]
Fields: TypeAlias = dict[str, int | float | str]

_NAME: Final = re.compile(r"(\w+),")
_TAG: Final = re.compile(r"(\w+)=((?:\\[,= ]|[^, ])*)(,| )")
_FIELD: Final = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)', re.DOTALL)
_IN_TAG: Final = re.compile(r"\\([,= ])")
_IN_STRING: Final = re.compile(r'\\(["\\])')


class Series(NamedTuple):
    """What every point of a series has in common; tags by name."""

    measurement: str
    tags: Tags


class Point(NamedTuple):
    """One line."""

    series: Series
    at_ms: int
    fields: Fields


def read_line(line: bytes) -> Point:
    """Return the point of a line."""
    body, _, stamp = line.decode().rpartition(" ")
    name = _NAME.match(body)
    if name is None:
        msg = f"no line of the mirror: {line!r}"
        raise ValueError(msg)
    tags, at, last = [], name.end(), ","
    while last == "," and (found := _TAG.match(body, at)):
        tags.append((found[1], _IN_TAG.sub(r"\1", found[2])))
        at, last = found.end(), found[3]
    fields = {found[1]: _value(found[2]) for found in _FIELD.finditer(body, at)}
    return Point(Series(name[1], tuple(tags)), int(stamp), fields)


def _value(text: str) -> int | float | str:
    if text.startswith('"'):
        return _IN_STRING.sub(r"\1", text[1:-1])
    return int(text[:-1]) if text.endswith("i") else float(text)
