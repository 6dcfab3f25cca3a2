"""A desk of its own for tests of alarms: conditions said by hand, and time that passes."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec
from support.intake import PLACE, SITE, START, pipeline_on
from support.memory_store import MemoryStore

from coldchain.alarms import OF_A_FINDING, Alarm, Condition, Severity, SubjectKind
from coldchain.ports import Session, Store
from ingest.conditions import Watch
from ingest.counters import Counters
from ingest.pipeline import Pipeline

MINUTE = 60_000


def condition(rule: str = "A25", subject: str = "door-1", **changed: Any) -> Condition:
    """Return a condition of the fridge."""
    one = Condition(
        rule=rule,
        severity=Severity.HIGH,
        subject_kind=SubjectKind.CONTACT,
        subject=subject,
        since_ms=START,
        due_ms=START,
        site=SITE,
        place=PLACE,
    )
    return msgspec.structs.replace(one, **changed)


@dataclass
class Desk:
    """A pipeline whose one provider says what the test says."""

    store: Store = field(default_factory=MemoryStore)
    seen: list[Condition] = field(default_factory=list)
    pipeline: Pipeline = field(init=False)
    now_ms: int = START

    def __post_init__(self) -> None:
        pipeline_on(self.store, START)
        self.restart()

    def restart(self) -> None:
        """Begin with a desk that remembers nothing but what the store says."""
        self.pipeline = Pipeline(self.store, Counters())
        self.pipeline.alarms.conditions = Watch([self.said])

    def said(self, _session: Session, _now_ms: int) -> list[Condition]:
        """Say what the test says: a provider."""
        return self.seen

    def look(self, at_min: float, *seen: Condition) -> tuple[Alarm, ...]:
        """Look at at_min with these conditions; return the active alarms."""
        self.seen, self.now_ms = list(seen), START + round(at_min * MINUTE)
        self.pipeline.alarms.look(self.now_ms)
        return self.active()

    def active(self) -> tuple[Alarm, ...]:
        with self.store.reading() as session:
            return session.records.active_alarms()

    def every(self) -> tuple[Alarm, ...]:
        with self.store.reading() as session:
            return session.records.alarms(1_000)[::-1]


def alarms_of_findings(store: Store) -> Counter[Any]:
    """Return what stands or stood of findings, as it is compared: without ids, versions and times of the record."""
    with store.reading() as session:
        found = [one for one in session.records.alarms(10_000) if OF_A_FINDING in one.values and not one.withdrawn]
    return Counter(
        (one.rule, one.subject, one.since_ms, one.cleared_ms, one.now, one.values.get("direction")) for one in found
    )
