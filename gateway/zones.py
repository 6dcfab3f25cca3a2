"""One reader whose antennas look into several zones: one cycle runs for all of them, each zone gets its own reads.

Each zone is a logical reader with an id, a door and a presence of its own, and asks for cycles as if it were alone. A
cycle that is running when a zone asks is not that zone's: it began before, and may have heard the open door. Antennas
that no zone names are heard by nobody.
"""

from dataclasses import replace

from coldchain.ports import Clock
from gateway.links.cycles import CycleDone, CycleLink
from gateway.links.resting import RestingLink


class SharedReader:
    """Runs the cycles of one reader for all its zones."""

    def __init__(self, link: CycleLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._waiting: list[ZoneLink] = []
        self._running: list[ZoneLink] = []

    @property
    def due_ms(self) -> int:
        """The boottime at which the reader is to be asked again."""
        return self._link.due_ms

    def zone(self, antennas: frozenset[int]) -> "ZoneLink":
        """Return the link of one zone."""
        return ZoneLink(self, antennas, self._link.due_ms)

    def join(self, zone: "ZoneLink") -> None:
        """Let a zone take part in the next cycle."""
        self._waiting.append(zone)

    def step(self) -> None:
        """Go on with the running cycle and hand it out at its end; or begin one, if a zone waits for it.

        No cycle begins where another ends, or where one zone asks, so that the other zones can ask for it too.
        """
        if not self._link.busy:
            if self._waiting:
                self._begin()
            return
        done = self._link.step() if self._clock.boottime_ms() >= self._link.due_ms else None
        if done is None:
            return
        running, self._running = self._running, []
        for zone in running:
            zone.take(_part(done, zone.antennas))

    def rest(self) -> None:
        """Let a link that must be kept alive between cycles see to that, if none runs."""
        if not self._link.busy and isinstance(self._link, RestingLink):
            self._link.rest()

    def close(self) -> None:
        """Release the port."""
        self._link.close()

    def _begin(self) -> None:
        """Begin a cycle for all that wait; if the reader is not reached, they get one that failed."""
        waiting, self._waiting = self._waiting, []
        if self._link.start(max(zone.cycle_ms for zone in waiting)):
            self._running = waiting
            return
        for zone in waiting:
            zone.take(self._not_reached())

    def _not_reached(self) -> CycleDone:
        now_ms = self._clock.now_ms()
        return CycleDone(
            start_ms=now_ms,
            end_ms=now_ms,
            boottime_ms=self._clock.boottime_ms(),
            tags=(),
            rounds=0,
            reads=0,
            rejected=0,
            fault="no-port",
        )


class ZoneLink:
    """The cycles of one zone of a shared reader; a CycleLink."""

    def __init__(self, shared: SharedReader, antennas: frozenset[int], due_ms: int) -> None:
        self.antennas = antennas
        self.due_ms = due_ms
        self.cycle_ms = 0
        self._shared = shared
        self._busy = False
        self._done: CycleDone | None = None

    @property
    def busy(self) -> bool:
        """Whether the zone waits for a cycle or for its end."""
        return self._busy

    def start(self, cycle_ms: int) -> bool:
        """Ask for a cycle. Whether the reader can be reached shows itself when it is to begin."""
        self.cycle_ms = cycle_ms
        self._busy = True
        self._shared.join(self)
        return True

    def step(self) -> CycleDone | None:
        """Go on with the shared cycle; return the zone's part of it when it came to its end."""
        if self._done is None:
            self._shared.step()
            self.due_ms = self._shared.due_ms if self._done is None else self.due_ms
        done, self._done = self._done, None
        self._busy = self._busy and done is None
        return done

    def rest(self) -> None:
        """Keep the shared link alive while this zone wants no cycle."""
        self._shared.rest()

    def take(self, done: CycleDone) -> None:
        """Keep a cycle until the zone asks."""
        self._done = done
        self.due_ms = done.boottime_ms

    def close(self) -> None:
        """Release the port, for all zones."""
        self._shared.close()


def _part(done: CycleDone, antennas: frozenset[int]) -> CycleDone:
    tags = tuple(tag for tag in done.tags if tag.antenna in antennas)
    return replace(done, tags=tags, reads=sum(tag.count for tag in tags))
