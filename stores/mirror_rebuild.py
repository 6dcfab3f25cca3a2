"""Making the mirror of a period anew out of the record, while the centre runs or not.

An hour at a time: where the server takes points back, what should not be there goes first, and the record is read after
that, so that nothing which the running mirror sent meanwhile is lost with it. Then every point is written; one that is
there already is overwritten with itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Final

from stores.delivery import Delivery, Outcome
from stores.influx import Sink
from stores.influx_query import InfluxQuery
from stores.line_reader import Series
from stores.mirror_compare import Difference, differences, hours, sides
from stores.mirror_truth import Truth

LINES_MAX: Final = 5_000  # of one request

Progress = Callable[[int, int], None]


@dataclass(slots=True, kw_only=True)
class Rebuilt:
    """What was done: hours, lines written, and of how many series an hour was cleared first; `whole`: to the end."""

    hours: int = 0
    lines: int = 0
    cleared: int = 0
    whole: bool = True


class Rebuilder:
    """Writes periods of one store into one mirror."""

    def __init__(self, truth: Truth, sink: Sink, delivery: Delivery, query: InfluxQuery | None) -> None:
        """`query` None: nothing is taken away (a server that cannot, or that does not let us ask)."""
        self._truth = truth
        self._sink = sink
        self._delivery = delivery
        self._query = query

    def rebuild(self, from_ms: int, to_ms: int, stop: Event, progress: Progress) -> Rebuilt:
        """Write from_ms <= t < to_ms; it waits for a server that cannot now, until stop is set.

        `progress` is told the start of each hour and how many lines it had. Raises MirrorError, StoreError.
        """
        result = Rebuilt()
        self._sink.create()
        said_of = self._truth.said(from_ms, to_ms)
        for low_ms, high_ms, known in hours(said_of.first(), from_ms, to_ms):
            cleared = self._clear(low_ms, high_ms, known, result)
            said = said_of.again(low_ms, high_ms) if cleared else known
            lines = [*said, *self._truth.readings(low_ms, high_ms)]
            if not self._deliver(lines, stop):
                result.whole = False
                return result
            result.hours += 1
            result.lines += len(lines)
            progress(low_ms, len(lines))
        return result

    def _clear(self, low_ms: int, high_ms: int, said: list[bytes], result: Rebuilt) -> bool:
        """Take an hour of each series away that holds what the record does not have; return whether there was any."""
        if self._query is None:
            return False
        true, found = sides(self._truth, self._query, low_ms, high_ms, said)
        wrong: set[Series] = {one.series for one in differences(true, found) if _too_much(one)}
        for series in sorted(wrong):
            self._query.delete(series, low_ms, high_ms)
        result.cleared += len(wrong)
        return bool(wrong)

    def _deliver(self, lines: list[bytes], stop: Event) -> bool:
        for at in range(0, len(lines), LINES_MAX):
            part = lines[at : at + LINES_MAX]
            outcome = self._delivery.deliver(part, stop)
            if outcome is Outcome.MISSING:
                self._sink.create()
                outcome = self._delivery.deliver(part, stop)
            if outcome is not Outcome.DELIVERED:
                return False
        return True


def _too_much(one: Difference) -> bool:
    """Tell whether writing the truth again would leave something of what is there: a point or a field too many."""
    return one.found is not None and (one.true is None or bool(one.found.keys() - one.true.keys()))
