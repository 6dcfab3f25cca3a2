"""The one way from the edge into the spool: what is refused is counted, and declared when there is room again."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.errors import ColdchainError, SpoolFullError, StoreError
from coldchain.facts import DeviceEvent, EventKind, Fact, Gap, Sample, TagSummary
from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.spool_port import NO_STATES, SpoolPort

SPOOL_FULL_REASON: Final = "spool-full"
SPOOL_FAILED_REASON: Final = "spool-failed"  # its disk could not be written
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Refused:
    """Facts of one origin that found no room."""

    first_ms: int
    last_ms: int
    lost: int = 0


class Intake:
    """Accepts facts and states. What is remembered of refusals is one line an origin, so it cannot grow."""

    def __init__(self, spool: SpoolPort, clock: Clock, counters: Counters, gateway: str) -> None:
        self._spool = spool
        self._clock = clock
        self._counters = counters
        self._gateway = gateway
        self._refused: dict[str, _Refused] = {}
        self._owed: dict[str, bytes] = {}
        self._bulk_refused = False
        self._failed = False

    def state(self, name: str) -> bytes | None:
        """Return the last committed state of this name, or None."""
        return self._spool.state(name)

    def accept(self, facts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> bool:
        """Commit facts and states together; False if the spool is full or its disk fails: then none of them is kept.

        A disk that fails must not stop the gateway: limits are watched and the siren sounds without it.
        """
        declared = self._declarations() if self._shows_room(facts) else []
        try:
            self._spool.accept([*declared, *facts], {**self._owed, **states})
        except (SpoolFullError, StoreError) as error:
            self._failed |= isinstance(error, StoreError)
            self._refuse(facts, error)
            return False
        if declared:
            _log.warning("the spool has room again: %d gaps are declared", len(self._refused))
            self._refused.clear()
            self._bulk_refused = self._failed = False
        self._owed.clear()
        self._counters.facts_accepted += len(declared) + len(facts)
        self._counters.samples_accepted += sum(isinstance(fact, Sample) for fact in facts)
        return True

    def report(self, facts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> None:
        """Commit what has happened and will not come again; if the spool is full the states go with the next commit."""
        self.told(facts, states)

    def told(self, facts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> bool:
        """As report; tell whether the facts were kept, for whoever can say them again once nothing is `refusing`."""
        kept = self.accept(facts, states)
        if not kept:
            self._owed.update(states)
        return kept

    @property
    def refusing(self) -> bool:
        """Whether the last that was to be kept was not: to say it again now would only be refused again."""
        return bool(self._refused)

    def _refuse(self, facts: Sequence[Fact], error: ColdchainError) -> None:
        if not facts:
            return
        if not self._refused:
            self._counters.times_spool_full += 1
            _log.error("nothing new is accepted: %s", error)
        self._counters.facts_refused += len(facts)
        self._bulk_refused |= any(isinstance(fact, Sample | TagSummary) for fact in facts)
        for fact in facts:
            refused = self._refused.setdefault(fact.origin, _Refused(first_ms=fact.taken_ms, last_ms=fact.taken_ms))
            refused.first_ms = min(refused.first_ms, fact.taken_ms)
            refused.last_ms = max(refused.last_ms, fact.taken_ms)
            refused.lost += 1

    def _shows_room(self, facts: Sequence[Fact]) -> bool:
        """Tell whether accepting these facts means that there is room again for what was refused.

        A spool may keep a reserve for events: that an event still fits says nothing of samples.
        """
        return not self._bulk_refused or any(isinstance(fact, Sample | TagSummary) for fact in facts)

    def _declarations(self) -> list[Fact]:
        """Return what has to be said of the time in which the spool was full."""
        if not self._refused:
            return []
        taken_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        declared: list[Fact] = [
            Gap(
                seq=0,
                origin=origin,
                taken_ms=taken_ms,
                boottime_ms=boottime_ms,
                from_ms=refused.first_ms,
                to_ms=refused.last_ms,
                reason=SPOOL_FAILED_REASON if self._failed else SPOOL_FULL_REASON,
                lost=refused.lost,
            )
            for origin, refused in sorted(self._refused.items())
        ]
        room = DeviceEvent(
            seq=0,
            origin=self._gateway,
            taken_ms=taken_ms,
            boottime_ms=boottime_ms,
            kind=EventKind.SPOOL_ROOM,
            earliest_ms=min(refused.first_ms for refused in self._refused.values()),
            latest_ms=taken_ms,
            details={"refused": sum(refused.lost for refused in self._refused.values())},
        )
        return [*declared, room]
