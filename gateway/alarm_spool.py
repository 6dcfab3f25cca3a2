"""The local alarm in the way of the facts: whatever the edge accepts is judged in the same transaction.

    edge ──accept(facts, states)──► AlarmSpool ──accept(facts + alarms, states + the alarm's own)──► spool

So an alarm, and what it was judged from, are on disk together: a restart neither raises it again nor forgets it. If the
spool has no room, the alarm sounds all the same, and what it says is spooled when there is room.
"""

import logging
import queue
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from coldchain.errors import ColdchainError, SpoolFullError, StoreError
from coldchain.facts import DeviceEvent, EventKind, Fact, Sample
from coldchain.ports import Clock
from gateway.alarm import MUTE_MS, LocalAlarm, Spoken
from gateway.alarm_state import FOLD, STATE, AlarmTime, decode_alarm, decode_fold
from gateway.health import AlarmStatus, LocalStatus, OutputStatus
from gateway.limits import STATE as LIMITS_STATE
from gateway.limits import Change, LimitsKeeper
from gateway.seen import Seen
from gateway.siren import Siren
from gateway.spool_port import NO_STATES, SpoolPort
from rules.fold_state import FoldState

OWED_MAX: Final = 500  # words that wait for room in the spool; the oldest fall out
MAIL_MAX: Final = 8  # limits that wait for the edge's next round; each is whole, so the newest is enough
_LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class AlarmCounters:
    """What the local alarm counts."""

    raised: int = 0
    cleared: int = 0
    muted: int = 0
    owed_dropped: int = 0
    limits_dropped: int = 0
    limits_unsigned: int = 0


class AlarmSpool:
    """A spool that listens. One thread but for `offer_limits`. Implements SpoolPort."""

    def __init__(
        self, spool: SpoolPort, clock: Clock, gateway: str, sirens: Sequence[Siren] = (), mute_ms: int = MUTE_MS
    ) -> None:
        state = decode_alarm(spool.state(STATE))
        self.counters = AlarmCounters()
        self.seen = Seen()
        self.keeper = LimitsKeeper(gateway)
        self._spool = spool
        self._clock = clock
        self._gateway = gateway
        self._sirens = tuple(sirens)
        self._mute_ms = mute_ms
        self._owed: list[DeviceEvent] = []
        self._mail: queue.Queue[bytes] = queue.Queue(MAIL_MAX)
        self._pressed: dict[str, bool] = {}
        self.alarm = LocalAlarm(state, self._stored_fold)
        restored = self.keeper.restore(spool.state(LIMITS_STATE))
        self.time = AlarmTime(clock, self._reached_ms(state.now_ms))
        if self.keeper.loaded is not None:
            self.alarm.adopt(self.keeper.loaded, self.time.now_ms())
        self._told(restored)

    @property
    def sounding(self) -> bool:
        """Tell whether the siren is to sound now."""
        return self.alarm.sounds(self.time.now_ms())

    def accept(self, drafts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> list[int]:
        """See SpoolPort.accept: the facts are judged, and what follows from them is committed with them."""
        for draft in drafts:
            if isinstance(draft, Sample | DeviceEvent):
                self.alarm.hear(draft, self.time.of(draft.boottime_ms))
        self.seen.hear(drafts, states, self._clock.boottime_ms())
        self._owe(self.alarm.look(self.time.now_ms()))
        own = self.alarm.states()
        try:
            seqs = self._spool.accept([*drafts, *self._owed], {**states, **own})
        except SpoolFullError:
            self.sound()
            self._settle()  # events still fit where readings do not
            raise
        except StoreError:
            self.sound()
            raise
        self._owed.clear()
        self.alarm.kept()
        return seqs[: len(drafts)]

    def vouch(self, from_ms: int) -> None:
        """See SpoolPort.vouch."""
        self._spool.vouch(from_ms)

    def state(self, name: str) -> bytes | None:
        """See SpoolPort.state."""
        return self._spool.state(name)

    def offer_limits(self, payload: bytes) -> None:
        """Hand limits to the edge's next round. From one thread; where they do not find room the oldest fall out."""
        while True:
            try:
                self._mail.put_nowait(payload)
            except queue.Full:
                with suppress(queue.Empty):
                    self._mail.get_nowait()
                    self.counters.limits_dropped += 1
            else:
                return

    def press(self, *, pressed: bool, button: str = "input") -> None:
        """Take a look at a mute button; only the moment of pressing counts, so that a stuck one mutes once."""
        if pressed and not self._pressed.get(button, False):
            self._owe(self.alarm.press(self.time.now_ms(), self._mute_ms))
        self._pressed[button] = pressed

    def tick(self) -> None:
        """Do what time or the centre brings. Call it at least once a second."""
        self._read_mail()
        self._owe(self.alarm.look(self.time.now_ms()))
        if self._owed:
            self._settle()
        self.sound()

    def sound(self) -> None:
        """Bring all outputs to what is wanted."""
        on = self.sounding
        for siren in self._sirens:
            siren.tick(on=on)

    def status(self) -> LocalStatus:
        """Return how the local alarm is; any thread may ask."""
        loaded, now_ms = self.keeper.loaded, self.time.now_ms()
        until_ms = self.alarm.muted_until_ms
        return LocalStatus(
            limits_version=loaded.limits.version if loaded else 0,
            limits_made_ms=loaded.limits.made_ms if loaded else 0,
            alarms=tuple(
                AlarmStatus(
                    origin=alarm.origin,
                    kind=alarm.kind,
                    rule=alarm.rule,
                    direction=alarm.direction,
                    since_ms=self.time.wall_ms(alarm.since_ms),
                    micro_celsius=alarm.micro_celsius,
                    limit_micro_celsius=alarm.limit_micro_celsius,
                )
                for alarm in self.alarm.standing
            ),
            sounding=self.alarm.sounds(now_ms),
            muted_until_ms=self.time.wall_ms(until_ms) if until_ms > now_ms else 0,
            outputs=tuple(
                OutputStatus(name=one.name, on=bool(one.shown), failing=one.failing, failures=one.failures)
                for one in self._sirens
            ),
        )

    def close(self) -> None:
        """End the outputs."""
        for siren in self._sirens:
            siren.close()

    def _reached_ms(self, at_ms: int) -> int:
        """Return the latest time that an earlier run had judged."""
        probes = self.keeper.loaded.probes if self.keeper.loaded else {}
        folds = [decode_fold(self._spool.state(FOLD + probe)) for probe in probes]
        return max([at_ms, *(fold.last_ms for fold in folds if fold is not None and fold.last_ms is not None)])

    def _stored_fold(self, probe: str) -> FoldState | None:
        try:
            return decode_fold(self._spool.state(FOLD + probe))
        except StoreError:  # a disk that fails: the probe is judged from now on
            return None

    def _read_mail(self) -> None:
        with suppress(queue.Empty):
            while True:
                change = self.keeper.offer(self._mail.get_nowait())
                if self.keeper.loaded is not None and self.keeper.payload is not None:
                    self.alarm.adopt(self.keeper.loaded, self.time.now_ms())
                    self._keep(self.keeper.payload)
                self._told(change)

    def _keep(self, payload: bytes) -> None:
        """Put limits on disk. If that fails they hold all the same; the broker says them again after a restart."""
        try:
            if payload != self._spool.state(LIMITS_STATE):
                self._spool.accept([], {LIMITS_STATE: payload})
        except ColdchainError:
            _LOG.exception("the limits could not be kept on disk: they hold until the gateway is started again")

    def _told(self, change: Change) -> None:
        if not change.outcome:
            return
        details: dict[str, int | str] = {"what": "limits", "outcome": change.outcome}
        if change.version:
            details["version"] = change.version
        if change.reason:
            details |= {"reason": change.reason, "text": change.detail[:200]}
            _LOG.error("limits from the centre are not taken, the old ones stay: %s %s", change.reason, change.detail)
        self._say(EventKind.SETTINGS_CHANGED, self._gateway, details)

    def _owe(self, spoken: Sequence[Spoken]) -> None:
        for one in spoken:
            if one.alarm is None:
                self.counters.muted += 1
                until_ms = self.time.wall_ms(one.until_ms or 0)
                self._say(EventKind.ALARM_MUTED, self._gateway, {"until_ms": until_ms, "alarms": one.alarms})
                continue
            raised = one.kind is EventKind.ALARM_RAISED
            self.counters.raised += raised
            self.counters.cleared += not raised
            _LOG.warning("alarm %s: %s %s", "raised" if raised else "cleared", one.alarm.rule, one.alarm.origin)
            self._say(one.kind, one.alarm.origin, _details(one, self.time.wall_ms))

    def _say(self, kind: EventKind, origin: str, details: dict[str, int | str]) -> None:
        now_ms = self._clock.now_ms()
        event = DeviceEvent(
            seq=0,
            origin=origin,
            taken_ms=now_ms,
            boottime_ms=self._clock.boottime_ms(),
            kind=kind,
            earliest_ms=now_ms,
            latest_ms=now_ms,
            details=details,
        )
        self._owed.append(event)
        excess = len(self._owed) - OWED_MAX
        if excess > 0:
            del self._owed[:excess]
            self.counters.owed_dropped += excess

    def _settle(self) -> None:
        """Commit what is owed, if there is room for it and the disk works; the siren needs neither."""
        with suppress(SpoolFullError, StoreError):
            self._spool.accept(list(self._owed), self.alarm.states())
            self._owed.clear()
            self.alarm.kept()


def _details(spoken: Spoken, wall_ms: Callable[[int], int]) -> dict[str, int | str]:
    alarm = spoken.alarm
    if alarm is None:
        return {}
    details: dict[str, int | str] = {"rule": alarm.rule, "kind": alarm.kind, "since_ms": wall_ms(alarm.since_ms)}
    if alarm.direction:
        details["direction"] = alarm.direction
    if alarm.micro_celsius is not None:
        details["micro_celsius"] = alarm.micro_celsius
    if alarm.limit_micro_celsius is not None:
        details["limit_micro_celsius"] = alarm.limit_micro_celsius
    if spoken.kind is EventKind.ALARM_CLEARED:
        details["raised_ms"] = wall_ms(alarm.raised_ms)
    return details
