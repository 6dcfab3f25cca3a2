"""A reader of InfluxDB's line protocol, character by character, that shares no code with the encoder.

Strict where InfluxDB is not: a number without `i` must have a decimal point, so that no float is ever an integer.
"""

from dataclasses import dataclass
from decimal import Decimal

FieldValue = int | str | Decimal


@dataclass(frozen=True)
class Point:
    """One line."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    fields: dict[str, FieldValue]
    at_ms: int

    @property
    def series(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        return self.measurement, self.tags


def decode(body: bytes) -> list[Point]:
    """Read a request body. Raises ValueError where a line is not one."""
    return [_point(line) for line in _lines(body.decode()) if line]


def stored(body: bytes, into: dict[tuple[str, tuple[tuple[str, str], ...], int], dict[str, FieldValue]]) -> None:
    """Merge a body into points as InfluxDB does: same series and time is the same point, field by field."""
    for point in decode(body):
        into.setdefault((*point.series, point.at_ms), {}).update(point.fields)


def _lines(text: str) -> list[str]:
    """Cut at line feeds that stand in no string. A quote opens a string only where a field's value begins."""
    lines, start, quoted, at = [], 0, False, 0
    while at < len(text):
        sign = text[at]
        if sign == "\\" and at + 1 < len(text) and text[at + 1] != "\n":
            at += 2 if quoted or text[at + 1] in ",= " else 1
            continue
        if sign == '"' and (quoted or text[at - 1 : at] == "="):
            quoted = not quoted and _in_fields(text[start:at])
        elif sign == "\n" and not quoted:
            lines.append(text[start:at])
            start = at + 1
        at += 1
    return [*lines, text[start:]]


def _in_fields(head: str) -> bool:
    return any(sign == " " and head[at - 1] != "\\" for at, sign in enumerate(head))


def _point(line: str) -> Point:
    head, rest = _until(line, " ")
    fields_text, stamp = rest.rsplit(" ", 1)
    name, tags_text = _until(head, ",")
    tags = tuple(_pairs(tags_text)) if tags_text else ()
    if [key for key, _ in tags] != sorted({key for key, _ in tags}):
        raise ValueError(f"tags are not sorted, or twice: {line}")
    fields = dict(_fields(fields_text))
    if not fields:
        raise ValueError(f"no field: {line}")
    return Point(_plain(name), tags, fields, int(stamp))


def _until(text: str, end: str) -> tuple[str, str]:
    """Return what stands before the first `end` that is not escaped, and what stands behind it."""
    at = 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in ",= ":
            at += 2
        elif text[at] == end:
            return text[:at], text[at + 1 :]
        else:
            at += 1
    return text, ""


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = []
    while text:
        pair, text = _until(text, ",")
        key, value = _until(pair, "=")
        if not key or not value or "\n" in pair or pair.endswith("\\"):
            raise ValueError(f"no tag: {pair!r}")
        pairs.append((_plain(key), _plain(value)))
    return pairs


def _fields(text: str) -> list[tuple[str, FieldValue]]:
    fields: list[tuple[str, FieldValue]] = []
    while text:
        key, text = _until(text, "=")
        if text.startswith('"'):
            value, text = _string(text)
            fields.append((_plain(key), value))
        else:
            number, text = _until(text, ",")
            fields.append((_plain(key), _number(number)))
            continue
        if text:
            if text[0] != ",":
                raise ValueError(f"something behind a string: {text!r}")
            text = text[1:]
    return fields


def _string(text: str) -> tuple[str, str]:
    out, at = [], 1
    while text[at] != '"':
        if text[at] == "\\" and text[at + 1] in '"\\':
            at += 1
        out.append(text[at])
        at += 1
    return "".join(out), text[at + 1 :]


def _number(text: str) -> int | Decimal:
    if text.endswith("i"):
        return int(text[:-1])
    if "." not in text or "e" in text.lower():
        raise ValueError(f"a float without its point, or with an exponent: {text!r}")
    return Decimal(text)


def _plain(text: str) -> str:
    for sign in ",= ":
        text = text.replace("\\" + sign, sign)
    return text
