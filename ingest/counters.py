"""Counters of the intake: nothing that comes in vanishes without one of these moving."""

from collections import Counter
from threading import Lock
from typing import Final

NAMES: Final = {
    "readings_total": "Items that were admitted, by gateway and kind",
    "duplicates_total": "Items that came again and were already there, by gateway",
    "late_total": "Items that were taken more than 15 minutes before they came, by gateway",
    "quarantined_total": "Items that are committed but not yet believed, by gateway and reason",
    "readmitted_total": "Items that came out of quarantine, by reason",
    "refused_total": "Payloads that could not be taken, by reason",
    "security_total": "What should not have been tried, by gateway and kind; the record keeps it",
    "messages_total": "Messages received, by leaf of their topic",
    "foreign_total": "Messages on topics that are not ours",
    "holes_closed_total": "Numbers of a gateway that were closed without an item: put aside by it, or lost here",
    "scattered_total": "Batches left to come again because too much before them is missing, by gateway",
    "clock_waits_total": "Batches that a clock sent which is wrong, left to come again once it is set, by gateway",
    "stale_total": "Batches that seem to have been on their way for long, left to come again, by gateway",
    "judge_failures_total": "Judgements that failed by our own fault; the facts are stored, it is tried again",
    "chore_failures_total": "Times that a chore of the writer failed by our own fault, by chore; it is tried again",
    "message_failures_total": "Messages of alarms that could not be made by our own fault; a bare one went instead",
    "provider_failures_total": "Times that rules of places, devices or units failed by our own fault; an alarm says so",
    "attest_failures_total": "Times that the ledger could not be signed; the log says why",
    "queue_full_total": "Messages let go because the queue was full; the gateway sends them again",
    "store_errors_total": "Transactions that failed; nothing of them was kept and nothing was acked",
    "person_facts_total": "Facts entered by people, by kind",
    "blocks_sealed_total": "Closed days of a probe that were sealed in a block",
    "readings_sealed_total": "Readings in these blocks",
    "seal_failures_total": "Days that could not be sealed; their readings stay where they were",
}


class Counters:
    """Named integer counters with labels, safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def add(self, name: str, number: int = 1, **labels: str) -> None:
        """Count up; name is one of NAMES."""
        if name not in NAMES:
            msg = f"no counter is called {name}"
            raise KeyError(msg)
        if number:
            with self._lock:
                self._values[name, tuple(sorted(labels.items()))] += number

    def take(self, tally: "Counters") -> None:
        """Count what was tallied, after the commit only: what was rolled back did not happen."""
        for (name, labels), value in tally.snapshot().items():
            self.add(name, value, **dict(labels))

    def get(self, name: str, **labels: str) -> int:
        """Return one counter (0 if it never moved)."""
        with self._lock:
            return self._values[name, tuple(sorted(labels.items()))]

    def total(self, name: str) -> int:
        """Return the sum of a counter over all labels."""
        with self._lock:
            return sum(value for (key, _), value in self._values.items() if key == name)

    def snapshot(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], int]:
        """Return a copy of everything."""
        with self._lock:
            return dict(self._values)
