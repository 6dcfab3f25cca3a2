"""Says that the spool was damaged and what could not be saved, once, as facts like others."""

from typing import Final

from coldchain.errors import StoreError
from coldchain.facts import DeviceEvent, EventKind, Fact, Gap
from coldchain.ports import Clock
from gateway.intake import Intake
from gateway.spool import Spool
from gateway.spool_salvage import REPAIRS, Repair, repairs_of

DAMAGED: Final = "spool-damaged"  # why a gap was declared for the gateway itself: nobody knows whose rows were lost
_NONE: Final = b"[]"


class RepairWatch:
    """Looks once a round. The word waits on disk, so that a kill between repair and report loses nothing of it."""

    def __init__(self, spool: Spool, intake: Intake, clock: Clock, gateway: str) -> None:
        self._spool = spool
        self._intake = intake
        self._clock = clock
        self._gateway = gateway
        self._looked_at = -1

    def tick(self) -> None:
        """Say what was not said yet."""
        generation = self._spool.generation
        if generation == self._looked_at or self._spool.damaged:
            return
        try:
            repairs = repairs_of(self._spool.state(REPAIRS))
        except StoreError:  # a disk that fails stops no gateway: it is looked at again in the next round
            return
        facts = [fact for repair in repairs for fact in self._facts(repair)]
        if not facts or self._intake.accept(facts, {REPAIRS: _NONE}):
            self._looked_at = generation

    def _facts(self, repair: Repair) -> list[Fact]:
        now_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        said = DeviceEvent(
            seq=0,
            origin=self._gateway,
            taken_ms=now_ms,
            boottime_ms=boottime_ms,
            kind=EventKind.SPOOL_REPAIRED,
            latest_ms=now_ms,
            details={"file": repair.file[:200], "rows_saved": repair.rows_saved, "rows_lost": repair.rows_lost},
        )
        if not repair.rows_lost:
            return [said]
        gap = Gap(
            seq=0,
            origin=self._gateway,
            taken_ms=now_ms,
            boottime_ms=boottime_ms,
            from_ms=min(repair.from_ms, repair.to_ms),
            to_ms=max(repair.from_ms, repair.to_ms),
            reason=DAMAGED,
            lost=repair.rows_lost,
        )
        return [said, gap]
