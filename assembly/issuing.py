"""The issuing system is told of every hold and every lifting, beside the interface that it may ask by itself.

What it has not confirmed is read from the record, so that a restart loses nothing; a change whose receipt was lost goes
out again under its number. A message that it refuses is cut into its units, so that one bag that it does not know
holds up no other. What stays unconfirmed is an alarm of its own (ingest.conditions_tasks).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final

import structlog

from assembly.channel_secrets import with_secrets
from assembly.issuing_settings import IssuingTable
from assembly.senders.base import Outcome
from assembly.senders.issuing import HeldUnit, IssuingHook, Told
from coldchain.decisions import standing_holds
from coldchain.errors import ColdchainError, ConflictError, InvalidValueError
from coldchain.notifications import wait_after
from coldchain.ports import Clock, Recorder, Session, Store
from coldchain.tasks import ConfirmHold, HoldChange, SetTaskRules
from rules.tasks import not_known

UNITS_MAX: Final = 50  # in one message
CHANGES_MAX: Final = 500
WAIT_MS_MAX: Final = 60_000  # while the system does not answer: half of the time after which that is an alarm
LOOK_MS: Final = 500
STOP_S: Final = 20
ACTOR: Final = "issuing"

log = structlog.get_logger("issuing")


@dataclass(slots=True)
class Health:
    """How the way to the issuing system does, for metrics and logs."""

    sent: int = 0
    failed_in_a_row: int = 0
    last_detail: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How often the system refused a unit in a row, and when (boot time) it is tried again, alone."""

    times: int
    due_ms: int


@dataclass(slots=True)
class Way:
    """The way to the issuing system. `turn` may be called by tests without any thread."""

    system: str
    hook: IssuingHook
    store: Store
    recorder: Recorder
    clock: Clock
    health: Health = field(default_factory=Health)
    _refused: dict[str, Refusal] = field(default_factory=dict)
    _due_ms: int = 0  # boot time, after the system did not answer

    def turn(self) -> int:
        """Send what is not confirmed, in one message; return how many changes were confirmed. Raises StoreError."""
        if self.clock.boottime_ms() < self._due_ms:
            return 0
        with self.store.reading() as session:
            waiting = _waiting(session)
            self._refused = {name: one for name, one in self._refused.items() if name in waiting}
            chosen = self._chosen(waiting)
            changes = [one for name in chosen for one in _unconfirmed(session, name)][:CHANGES_MAX]
            units = [one for name in dict.fromkeys(c.unit for c in changes) if (one := _unit(session, name))]
        if not changes:
            return 0
        return self._tell(sorted(changes, key=lambda one: one.number), units)

    def _chosen(self, waiting: Sequence[str]) -> list[str]:
        """Return whose changes go out now: as many as fit, or one that was refused before, alone."""
        fresh = [name for name in waiting if name not in self._refused]
        if fresh:
            return fresh[:UNITS_MAX]
        now_ms = self.clock.boottime_ms()
        return [name for name in waiting if self._refused[name].due_ms <= now_ms][:1]

    def _tell(self, changes: Sequence[HoldChange], units: Sequence[HeldUnit]) -> int:
        told = self.hook.send(changes, units)
        self._note(told)
        names = dict.fromkeys(one.unit for one in changes)
        if told.sent.outcome is Outcome.FAILED:
            wait_ms = wait_after(self.health.failed_in_a_row, told.sent.wait_ms)
            self._due_ms = self.clock.boottime_ms() + min(wait_ms, WAIT_MS_MAX)
            return 0
        taken = self._recorded(told)
        done = {one.number for one in changes if one.number in taken}
        left = {one.unit for one in changes if one.number not in done}
        for name in names:
            self._refuse(name, alone=len(names) == 1) if name in left else self._refused.pop(name, None)
        return len(done)

    def _recorded(self, told: Told) -> tuple[int, ...]:
        """Record a receipt; one that passes over an earlier change of a unit is none."""
        if not told.confirmed:
            return ()
        said = {"receipt": told.sent.receipt, "system": self.system, "at_ms": self.clock.now_ms()}
        try:
            self.recorder.record(ConfirmHold(changes=told.confirmed, actor=ACTOR, **said))  # type: ignore[arg-type]
        except (ConflictError, InvalidValueError) as error:
            self.health.last_detail = str(error)
            log.warning("receipt_not_recorded", receipt=told.sent.receipt, why=str(error))
            return ()
        return told.confirmed

    def _refuse(self, name: str, *, alone: bool) -> None:
        """Try a unit alone next, at once if it was refused among others."""
        before = self._refused.get(name)
        times = (before.times if before else 0) + (1 if alone else 0)
        wait_ms = wait_after(times, None) if alone else 0
        self._refused[name] = Refusal(times, self.clock.boottime_ms() + wait_ms)

    def _note(self, told: Told) -> None:
        health = self.health
        health.last_detail = told.sent.detail
        if told.confirmed:
            health.sent, health.failed_in_a_row = health.sent + 1, 0
            return
        health.failed_in_a_row += 1
        log.warning("holds_not_confirmed", outcome=told.sent.outcome.value, detail=told.sent.detail)


def _waiting(session: Session) -> list[str]:
    """Return the units of which something is not confirmed: those on hold first, each part the oldest first."""
    held, lifted = session.records.held_not_known(), session.records.liftings_not_known()
    return list(dict.fromkeys([*not_known(held), *not_known(lifted)]))


def _unconfirmed(session: Session, unit: str) -> list[HoldChange]:
    """Return all changes of a unit that are not confirmed: none of them may be passed over."""
    return [one for one in session.records.hold_changes_of_unit(unit) if not one.confirmed]


def _unit(session: Session, name: str) -> HeldUnit | None:
    unit = session.records.unit(name)
    if unit is None:
        return None
    return HeldUnit(
        unit=name,
        issuer=unit.issuer,
        scheme=unit.scheme,
        donation_number=unit.donation_number,
        product_code=unit.product_code,
        division=unit.division,
        on_hold=bool(standing_holds(session.records.holds_of_unit(name))),
    )


class Issuing:
    """The thread that tells the issuing system. Nothing that it does stops the centre."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._stop = Event()
        self._thread = Thread(target=self._run, name="issuing", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End after what is at hand."""
        self._stop.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._turn():
                self._stop.wait(LOOK_MS / 1_000)

    def _turn(self) -> int:
        try:
            return self.way.turn()
        except ColdchainError as error:
            log.warning("issuing_waits", error=str(error))
        except Exception:
            log.exception("issuing_failed")
        return 0


def start_issuing(table: IssuingTable, store: Store, recorder: Recorder, clock: Clock) -> Callable[[], None]:
    """Start to tell the issuing system, if the settings name its address; return what ends that.

    From then on it has to confirm every hold. Raises ColdchainError for a file of a secret that cannot be used.
    """
    if not table.there:
        return _nothing
    channel = with_secrets(table.channel())
    with store.reading() as session:
        declared = session.records.task_rules().issuing
    if not declared:
        said = {"name": "server.toml", "post": "settings", "actor": ACTOR, "at_ms": clock.now_ms()}
        recorder.record(SetTaskRules(issuing=True, **said))  # type: ignore[arg-type]
    hook = IssuingHook(channel.url or "", channel.secret or "", clock.now_ms)
    return Issuing(Way(table.system or "issuing system", hook, store, recorder, clock)).close


def _nothing() -> None:
    """There is no thread to end."""
