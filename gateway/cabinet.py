"""One reader and the inside of its place: cycles are run, summaries and what presence made of them go in one commit."""

from collections import Counter
from typing import Final

from msgspec.structs import replace

from coldchain.facts import DeviceEvent, EventKind, Fact, TagSummary
from coldchain.ports import Clock
from gateway.contacts import DoorLook
from gateway.counters import Counters
from gateway.intake import Intake
from gateway.links.cycles import CycleDone, CycleLink, Rssi
from gateway.links.resting import RestingLink
from gateway.plan import ReaderPlan
from gateway.presence import burst_wanted, on_blind, on_cycle, on_door, on_reader_lost
from gateway.presence_state import Cycle, Door, Phase, PresenceEvent, PresenceState, decode_state, encode_state
from gateway.restating import Stated, WallWatch, on_step, restated
from gateway.silence import Watch

FAILED_PAUSE_MS: Final = 5_000
SILENT_PAUSE_MS: Final = 30_000


class Cabinet:
    """Runs the event cycles of one reader."""

    def __init__(
        self, plan: ReaderPlan, link: CycleLink, watch: Watch, intake: Intake, clock: Clock, counters: Counters
    ) -> None:
        self.plan = plan
        self.state_name = f"presence/{plan.id}"
        stored = intake.state(self.state_name)
        self.presence = replace(
            PresenceState() if stored is None else decode_state(stored), prior_permille=plan.read_rate_permille
        )
        self._link = link
        self._watch = watch
        self._intake = intake
        self._clock = clock
        self._counters = counters
        self._start_ms = clock.boottime_ms()
        self._due_ms = self._start_ms
        self._door_moved = False
        self._wall = WallWatch(clock.now_ms(), clock.boottime_ms())
        self._stated = Stated()

    @property
    def due_ms(self) -> int:
        """The boottime at which something is to be done next."""
        return self._link.due_ms if self._link.busy else self._due_ms

    def tick(self) -> None:
        """Go on with the running cycle, or begin one that is due."""
        if self._link.busy and self._clock.boottime_ms() >= self._link.due_ms:
            done = self._link.step()
            if done is not None:
                self._ended(done)
        if not self._link.busy and self._clock.boottime_ms() >= self._due_ms:
            self._start_ms = self._clock.boottime_ms()
            self._door_moved = False
            if not self._link.start(self.plan.cycle_ms):
                self._failed("no-port")
        elif not self._link.busy and isinstance(self._link, RestingLink):
            self._link.rest()

    def close(self) -> None:
        """Release the port."""
        self._link.close()

    def look(self, look: DoorLook) -> dict[str, bytes]:
        """Take a look at the door; return the new state by name, to be committed with the door's event."""
        self._look_at_wall_clock()
        before = self.presence
        phase = before.phase
        if look.is_open and phase is not Phase.OPEN:
            self.presence = on_door(before, Door.OPENED, look.at_ms, look.earliest_ms)
        elif not look.is_open and phase in {Phase.UNKNOWN, Phase.OPEN}:
            self.presence = on_door(before, Door.CLOSED, look.at_ms, look.earliest_ms)
        elif not look.is_open and look.blind and look.earliest_ms is not None:
            self.presence = on_blind(before, look.earliest_ms, look.at_ms)
        if self.presence is before:
            return {}
        self._door_moved = True  # a cycle that runs now has heard of both sides of the movement
        if burst_wanted(self.presence) and not self._watch.silent:
            self._due_ms = self._clock.boottime_ms()
        return {self.state_name: encode_state(self.presence)}

    def _look_at_wall_clock(self) -> None:
        """After a step, map the times that presence keeps, and let the centre hear all beliefs again."""
        step = self._wall.look(self._clock.now_ms(), self._clock.boottime_ms())
        if step is not None:
            self.presence = on_step(self.presence, step)  # on disk with the next change; a start clamps what is lost
            self._stated.forget()

    def _ended(self, done: CycleDone) -> None:
        self._look_at_wall_clock()
        if done.fault:
            self._commit(done, self.presence, [])
            self._failed(done.fault)
            return
        self._counters.cycles_good += 1
        self._watch.good(done.end_ms)
        if self._door_moved:
            self._commit(done, self.presence, [])
        else:
            counts = Counter[str]()
            for tag in done.tags:  # a tag may be heard by several antennas
                counts[tag.epc] += tag.count
            cycle = Cycle(start_ms=min(done.start_ms, done.end_ms), end_ms=done.end_ms, counts=counts)
            presence, events = on_cycle(self.presence, cycle)
            due = self._stated.due(presence, done.boottime_ms) - {event.epc for event in events}
            self._commit(done, presence, events + restated(presence, cycle, due))
        pause_ms = 0 if burst_wanted(self.presence) else self.plan.idle_cycle_ms
        self._due_ms = max(self._clock.boottime_ms(), self._start_ms + pause_ms)

    def _commit(self, done: CycleDone, presence: PresenceState, events: list[PresenceEvent]) -> None:
        """Commit a cycle. If the spool is full presence has not heard it either: the next cycle decides anew."""
        if done.fault and not done.tags:
            return
        if not self.plan.door and not done.tags:
            return  # nothing goes past the tunnel; each such cycle would be an entry in a ledger that lasts ten years
        facts: list[Fact] = [_summary(self.plan.id, done, i) for i in range(len(done.tags))]
        facts.append(_inventory(self.plan.id, done))
        facts += [self._event(event, done.end_ms, done.boottime_ms) for event in events]
        states = {} if presence is self.presence else {self.state_name: encode_state(presence)}
        if self._intake.accept(facts, states):
            self.presence = presence
            self._stated.note(presence, events, done.boottime_ms)

    def _failed(self, reason: str) -> None:
        self._counters.cycles_failed += 1
        self._watch.failed(reason)
        now_ms = self._clock.boottime_ms()
        self._due_ms = now_ms + (SILENT_PAUSE_MS if self._watch.silent else FAILED_PAUSE_MS)
        self._look_at_wall_clock()
        if not self._watch.silent:
            return
        presence, events = on_reader_lost(self.presence)
        if events:
            facts = [self._event(event, self._clock.now_ms(), now_ms) for event in events]
            if self._intake.accept(facts, {self.state_name: encode_state(presence)}):
                self.presence = presence
                self._stated.note(presence, events, now_ms)

    def _event(self, event: PresenceEvent, taken_ms: int, boottime_ms: int) -> DeviceEvent:
        # A clock that was set back between two runs leaves closings in what is then the future.
        latest_ms = min(event.latest_ms, taken_ms)
        return DeviceEvent(
            seq=0,
            origin=self.plan.id,
            taken_ms=taken_ms,
            boottime_ms=boottime_ms,
            kind=event.kind,
            earliest_ms=None if event.earliest_ms is None else min(event.earliest_ms, latest_ms),
            latest_ms=latest_ms,
            epc=event.epc,
            details=_evidence(event),
        )


def _evidence(event: PresenceEvent) -> dict[str, int | str]:
    details: dict[str, int | str] = {"seen": event.seen, "cycles": event.cycles}
    if event.confidence_permille is not None:
        details["confidence_permille"] = event.confidence_permille
    return details


def _summary(reader: str, done: CycleDone, index: int) -> TagSummary:
    tag = done.tags[index]
    return TagSummary(
        seq=0,
        origin=reader,
        taken_ms=done.end_ms,
        boottime_ms=done.boottime_ms,
        epc=tag.epc,
        antenna=tag.antenna,
        count=tag.count,
        best_rssi_dbm=tag.best_rssi_dbm,
        first_ms=tag.first_ms,
        last_ms=tag.last_ms,
        centroid_ms=tag.centroid_ms,
    )


def _inventory(reader: str, done: CycleDone) -> DeviceEvent:
    """Return the event that a cycle has ended; `fault` is in it only where the cycle is incomplete."""
    details: dict[str, int | str] = {
        "rounds": done.rounds,
        "reads": done.reads,
        "tags": len(done.tags),
        "rejected": done.rejected,
    }
    if done.rssi is not Rssi.DBM:
        details["rssi"] = done.rssi.value  # what the numbers of the tag summaries are, where they are no dBm
    if done.fault:
        details["fault"] = done.fault
    return DeviceEvent(
        seq=0,
        origin=reader,
        taken_ms=done.end_ms,
        boottime_ms=done.boottime_ms,
        kind=EventKind.INVENTORY,
        earliest_ms=min(done.start_ms, done.end_ms),
        latest_ms=done.end_ms,
        details=details,
    )
