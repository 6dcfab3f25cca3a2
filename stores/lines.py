"""InfluxDB's line protocol, encoded: pure, exact, and only what the frozen schema (stores/points.py) knows.

A point is `measurement,tag=value field=value milliseconds`. Floats are decimal text out of integers, so nothing is
rounded on the way; integers end in `i`; strings stand in quotes. Rules of escaping from the InfluxDB 1.8 documentation
("Line protocol reference"), tried against a real 1.8.10: a tag cannot hold a line feed or end in a backslash, and
nothing can be empty but a string field.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from coldchain.errors import InvalidValueError

INT64_MAX: Final = 2**63 - 1
MICRO_PLACES: Final = 6  # micro-degrees Celsius
_TEXTS_KEPT: Final = 4_096
_IN_TAG: Final = str.maketrans({",": "\\,", " ": "\\ ", "=": "\\="})
_IN_STRING: Final = str.maketrans({'"': '\\"', "\\": "\\\\"})


class Real(NamedTuple):
    """A decimal number: value / 10**places, e.g. micro-degrees with places 6. Written exactly, always as a float."""

    value: int
    places: int


Value: TypeAlias = int | str | Real


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement of the schema: the names of its tags in alphabetical order, its fields with their types.

    `optional` fields may be absent from a point. A tag and a field never share a name (InfluxDB 3 allows no such pair).
    """

    name: str
    tags: tuple[str, ...]
    fields: Mapping[str, type[int] | type[str] | type[Real]]
    optional: frozenset[str] = frozenset()

    def series(self, *values: str) -> bytes:
        """Return what every point of a series begins with, for tag values in the order of `tags`.

        Raises InvalidValueError for a value that a tag cannot hold.
        """
        pairs = zip(self.tags, values, strict=True)
        return f"{self.name},{','.join(f'{name}={_tag(name, value)}' for name, value in pairs)} ".encode()

    def point(self, series: bytes, fields: Mapping[str, Value | None], at_ms: int) -> bytes:
        """Return one line without its line feed; a field that is None is absent.

        Raises InvalidValueError for a field that the schema does not have or has with another type, for an absent one
        that is not optional, and for an integer beyond 64 bits.
        """
        given = {name: value for name, value in fields.items() if value is not None}
        missing = self.fields.keys() - given.keys() - self.optional
        if missing or not given:
            msg = f"a point of {self.name} lacks {sorted(missing)}: the schema says that these are always there"
            raise InvalidValueError(msg)
        written = ",".join(f"{name}={self._field(name, value)}" for name, value in given.items())
        return b"%s%s %d" % (series, written.encode(), at_ms)

    def _field(self, name: str, value: Value) -> str:
        if type(value) is not self.fields.get(name):
            msg = f"field {name} of {self.name} cannot be {value!r}: the schema of the mirror says otherwise"
            raise InvalidValueError(msg)
        return field_text(value)


def field_text(value: Value) -> str:
    """Return a field's value as the line protocol writes it. Raises InvalidValueError beyond 64 bits."""
    match value:
        case Real():
            return real_text(value.value, value.places)
        case str():
            return f'"{value.translate(_IN_STRING)}"'
        case _:
            if not -INT64_MAX - 1 <= value <= INT64_MAX:
                msg = f"integer {value} is beyond the 64 bits that a field holds"
                raise InvalidValueError(msg)
            return f"{value:d}i"


@lru_cache(maxsize=_TEXTS_KEPT)  # probes repeat themselves: a fridge has some dozens of values
def real_text(value: int, places: int) -> str:
    """Return value / 10**places as decimal text, exactly, with at least one decimal: (6_062_500, 6) is '6.0625'."""
    sign = "-" if value < 0 else ""
    digits = f"{abs(value):0{places + 1}d}"
    whole, rest = digits[: len(digits) - places], digits[len(digits) - places :]
    return f"{sign}{whole}.{rest.rstrip('0') or '0'}"


def micro_real(micro_celsius: int | None) -> Real | None:
    """Return micro-degrees as an exact number of degrees Celsius."""
    return None if micro_celsius is None else Real(micro_celsius, MICRO_PLACES)


def body_of(lines: Iterable[bytes]) -> bytes:
    """Return lines as one request body."""
    return b"\n".join(lines)


def _tag(name: str, value: str) -> str:
    if not value or "\n" in value or value.endswith("\\"):
        msg = f"tag {name} cannot hold {value!r}: it must not be empty, hold a line feed or end in a backslash"
        raise InvalidValueError(msg)
    return value.translate(_IN_TAG)
