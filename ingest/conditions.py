"""What the rules see now, of places, devices and units: gathered from providers, each of which knows its part.

A provider is a function (session, now_ms) -> conditions. It may be asked every few seconds on a site of a thousand
fridges and a hundred thousand units, so it reads what is open or due, never everything.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import structlog

from coldchain.alarms import Condition
from coldchain.ports import Session
from ingest.alarm_conditions import overdue_tests, unanswered, unreached
from ingest.conditions_devices import device_conditions
from ingest.conditions_places import place_conditions
from ingest.conditions_profiles import profile_conditions
from ingest.conditions_tasks import task_conditions
from ingest.conditions_units import unit_conditions

Provider: TypeAlias = Callable[[Session, int], list[Condition]]

PROVIDERS: Final[tuple[Provider, ...]] = (
    place_conditions,
    device_conditions,
    profile_conditions,
    unanswered,
    unreached,
    overdue_tests,
    unit_conditions,
    task_conditions,
)
BUDGET_MS: Final = 100  # a turn of asking: what is not asked then is asked in the next turn, and its last word stands

log = structlog.get_logger("ingest")


def conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what every provider sees, in the order of its key."""
    found = [condition for provider in PROVIDERS for condition in provider(session, now_ms)]
    return sorted(found, key=lambda condition: condition.key)


class Watch:
    """Asks the providers in turn, each turn within a budget of time, and remembers the last word of each."""

    def __init__(self, providers: Sequence[Provider] | None = None, budget_ms: int = BUDGET_MS) -> None:
        self._providers = PROVIDERS if providers is None else tuple(providers)
        self._budget_ms = budget_ms
        self._last: dict[int, list[Condition]] = {}
        self._next = 0
        self.failures = 0

    @property
    def complete(self) -> bool:
        """Whether every provider has answered since the start."""
        return len(self._last) == len(self._providers)

    def look(self, session: Session, now_ms: int) -> list[Condition]:
        """Return what is seen, by key. A provider that fails keeps its last word: the fault is ours, and is logged."""
        began = time.monotonic()
        for _ in self._providers:
            self._ask(session, now_ms)
            if (time.monotonic() - began) * 1_000 >= self._budget_ms:
                break
        found = {condition.key: condition for said in self._last.values() for condition in said}
        return [found[key] for key in sorted(found)]

    def _ask(self, session: Session, now_ms: int) -> None:
        index, self._next = self._next, (self._next + 1) % len(self._providers)
        try:
            self._last[index] = self._providers[index](session, now_ms)
        except Exception:
            self.failures += 1
            log.exception("provider_failed", provider=getattr(self._providers[index], "__name__", str(index)))
