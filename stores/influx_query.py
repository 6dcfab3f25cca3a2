"""Asking a mirror back in InfluxQL, which 1.x, 2.x and 3 Core all answer, and taking points out of it where that works.

For the comparison and for rebuilding; the boards ask for themselves. A time without points is an empty answer.
"""

from datetime import UTC, datetime
from typing import Any, Final

from coldchain.errors import ColdchainError
from coldchain.mirroring import Dialect
from stores.influx import answer_to
from stores.influx_line import TIMEOUT_MS, InfluxLine
from stores.influx_target import Target
from stores.line_reader import Fields, Series
from stores.lines import Measurement, Real

QUERY_TIMEOUT_MS: Final = 4 * TIMEOUT_MS
NS: Final = 1_000_000  # of a millisecond
BETWEEN: Final = "nanoseconds"  # a field that no measurement has


class MirrorError(ColdchainError):
    """The server did not answer, or refused; the message is its own words and what to do."""


class InfluxQuery:
    """Questions to one database. Used by one thread."""

    def __init__(self, target: Target) -> None:
        """Raises ColdchainError if influxdb-client is not installed. Connects to nothing yet."""
        self._target = target
        self._line = InfluxLine(target, QUERY_TIMEOUT_MS)

    @property
    def deletes(self) -> bool:
        """Whether this server takes points back: 3 Core does not. Raises MirrorError."""
        try:
            return self._line.dialect is not Dialect.V3
        except Exception as error:
            raise self._trouble(error) from error

    def points(self, measurement: Measurement, from_ms: int, to_ms: int) -> dict[Series, dict[int, Fields]]:
        """Return the points with from_ms <= time < to_ms by series and time. Raises MirrorError.

        One that lies between two milliseconds is none of ours: it has BETWEEN as a field, and so is like no other.
        """
        rows = self._ask(f"SELECT * FROM {self._source(measurement.name)} WHERE {_between(from_ms, to_ms)} GROUP BY *")
        found: dict[Series, dict[int, Fields]] = {}
        for one in rows:
            tags = tuple(sorted((name, value) for name, value in one.get("tags", {}).items() if value))
            points = found.setdefault(Series(measurement.name, tags), {})
            for row in one["values"]:
                named = dict(zip(one["columns"], row, strict=True))
                at_ms, between_ns = divmod(int(named.pop("time")), NS)
                fields = _fields(measurement, named) | ({BETWEEN: between_ns} if between_ns else {})
                points[at_ms] = points.get(at_ms, {}) | fields
        return found

    def delete(self, series: Series, from_ms: int, to_ms: int) -> None:
        """Take the points of a series with from_ms <= time < to_ms away. Raises MirrorError."""
        if self._line.dialect is Dialect.V2:
            self._delete_2(series, from_ms, to_ms)
            return
        tags = "".join(f" AND \"{name}\" = '{_escaped(value, chr(39))}'" for name, value in series.tags)
        self._ask(f'DELETE FROM "{series.measurement}" WHERE {_between(from_ms, to_ms)}{tags}')

    def close(self) -> None:
        """Release connections."""
        self._line.close()

    def _delete_2(self, series: Series, from_ms: int, to_ms: int) -> None:
        """Delete by bucket: InfluxQL's DELETE names no retention policy. Its end is included."""
        named = (("_measurement", series.measurement), *series.tags)
        predicate = " AND ".join(f'{name}="{_escaped(value, chr(34))}"' for name, value in named)
        body = {"start": _iso(from_ms), "stop": _iso(to_ms - 1), "predicate": predicate}
        query = (("org", self._target.org), ("bucket", self._target.bucket))
        try:
            self._line.call("POST", "/api/v2/delete", query=query, body=body)
        except Exception as error:
            raise self._trouble(error) from error

    def _source(self, measurement: str) -> str:
        return f'"{self._target.policy}"."{measurement}"' if self._target.policy else f'"{measurement}"'

    def _ask(self, text: str) -> list[dict[str, Any]]:
        query = (("db", self._target.database), ("epoch", "ns"))
        try:
            dialect = self._line.dialect
            told = self._line.call("POST", "/query", query=query, form=(("q", text),)).data
        except Exception as error:
            raise self._trouble(error) from error
        results = told.get("results") if isinstance(told, dict) else None
        if results is None and told not in (
            {},
            "",
        ):  # 2.x answers a statement that returns nothing with an empty object
            msg = f"{self._target.url} ({dialect}) does not answer as an InfluxDB does: {str(told)[:200]}"
            raise MirrorError(msg)
        result: dict[str, Any] = results[0] if results else {}
        if "error" in result:
            msg = f"InfluxDB refuses {text}: {result['error']}"
            raise MirrorError(msg)
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def _trouble(self, error: Exception) -> MirrorError:
        answer = answer_to(error, self._target)
        return MirrorError(f"{answer.reason}. {answer.advice or 'Try again when the server answers'}")


def _between(from_ms: int, to_ms: int) -> str:
    return f"time >= {from_ms}ms AND time < {to_ms}ms"


def _fields(measurement: Measurement, named: dict[str, Any]) -> Fields:
    """Return what a point holds; JSON writes a whole float without its point."""
    reals = {name for name, kind in measurement.fields.items() if kind is Real}
    return {name: float(value) if name in reals else value for name, value in named.items() if value is not None}


def _escaped(text: str, quote: str) -> str:
    return text.replace("\\", "\\\\").replace(quote, f"\\{quote}")


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
