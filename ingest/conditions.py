"""What the rules see now, of places, devices and units: gathered from providers, each of which knows its part.

A provider is a function (session, now_ms) -> conditions. It may be asked every few seconds on a site of a thousand
fridges and a hundred thousand units, so it reads what is open or due, never everything.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Final, TypeAlias

import structlog

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.ports import Session
from ingest.alarm_conditions import overdue_tests, unanswered, unreached
from ingest.conditions_devices import device_conditions
from ingest.conditions_places import place_conditions
from ingest.conditions_profiles import profile_conditions
from ingest.conditions_tasks import task_conditions
from ingest.conditions_units import UnitLook, unit_conditions

Key: TypeAlias = tuple[str, str, str, str]
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
SAYS: Final[Mapping[str, frozenset[str]]] = {
    "device_conditions": frozenset({"A28", "A29", "A35", "A36", "A37", "A44"}),
    "profile_conditions": frozenset({"A34"}),
    "unanswered": frozenset({"A32"}),
    "unreached": frozenset({"A32"}),
    "overdue_tests": frozenset({"A33"}),
}
"""Which rules a provider may say; one that is not named here may say all that no other alone says."""
OWN: Final = "provider/"  # what the subject of an alarm of a provider that fails begins with
CRITICAL_MS: Final = 300_000  # PROP: the rules of a part of the house have been blind for so long
BUDGET_MS: Final = 100  # a turn of asking: what is not asked then is asked in the next turn, and its last word stands

SAID_MAX: Final = 100_000  # keys of which it is kept who said them

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
        self._units: Final = UnitLook()  # of this desk's store alone: two stores never share a last word
        self._last: dict[int, list[Condition]] = {}
        self._next = 0
        self._failing: dict[int, int] = {}  # since when
        self._by: dict[Key, int] = {}  # which provider said something, of alarms that may have to clear
        self.failures = 0

    def keep_months_in(self, zone: tzinfo) -> None:
        """Judge the plans of a month by its days in this time zone."""
        self._units.zone = zone

    def looked(self, key: Key) -> bool:
        """Whether every provider that may say this has answered since the start: one that it does not say is over."""
        by = self._by.get(key)
        if key[2].startswith(OWN) or (by is not None and self._answered(by)):
            return True
        return all(self._answered(index) or not self._may_say(index, key[0]) for index in range(len(self._providers)))

    def _answered(self, index: int) -> bool:
        """Whether a provider has said all that it sees: that of units only after a pass over all of them."""
        return index in self._last and (self._providers[index] is not unit_conditions or self._units.complete)

    def _may_say(self, index: int, rule: str) -> bool:
        says = SAYS.get(self._name(index))
        alone = {one for name, rules in SAYS.items() if name != "device_conditions" for one in rules}
        return rule in says if says is not None else self._providers[index] not in PROVIDERS or rule not in alone

    def _name(self, index: int) -> str:
        return getattr(self._providers[index], "__name__", str(index))

    def look(self, session: Session, now_ms: int) -> list[Condition]:
        """Return what is seen, by key. A provider that fails keeps its last word: the fault is ours, and an alarm."""
        began = time.monotonic()
        for _ in self._providers:
            self._ask(session, now_ms)
            if (time.monotonic() - began) * 1_000 >= self._budget_ms:
                break
        found = {condition.key: condition for said in self._last.values() for condition in said}
        found |= {one.key: one for one in self._blind(now_ms)}
        return [found[key] for key in sorted(found)]

    def _blind(self, now_ms: int) -> list[Condition]:
        """Return one condition for each provider that fails."""
        return [
            Condition(
                rule="A32",
                severity=Severity.HIGH if 0 <= now_ms - since_ms < CRITICAL_MS else Severity.CRITICAL,
                subject_kind=SubjectKind.SYSTEM,
                subject=f"{OWN}{self._name(index)}",
                since_ms=since_ms,
                due_ms=since_ms,
                site="",
                values={"what": "provider", "provider": self._name(index)},
            )
            for index, since_ms in sorted(self._failing.items())
        ]

    def _ask(self, session: Session, now_ms: int) -> None:
        index, self._next = self._next, (self._next + 1) % len(self._providers)
        try:
            provider = self._providers[index]
            said = (self._units if provider is unit_conditions else provider)(session, now_ms)
        except Exception:
            self.failures += 1
            self._failing.setdefault(index, now_ms)
            log.exception("provider_failed", provider=self._name(index))
            return
        self._last[index] = said
        self._failing.pop(index, None)
        if len(self._by) > SAID_MAX:
            self._by = {one.key: by for by, last in self._last.items() for one in last}
        self._by |= {one.key: index for one in said}
