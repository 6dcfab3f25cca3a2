"""One event cycle after the other of an LLRP reader, as a small state machine that never waits.

    idle ──start──► opening ──ready: START──► starting ──confirmed──► collecting ──cycle_ms over: STOP──► stopping
     ▲                                                                                                      │
     └───────── CycleDone ◄──── quiet for 50 ms, or 500 ms over ◄──── settling ◄──── confirmed ─────────────┘

An LLRP reader does not report an empty round. That a tag is silent is evidence only if the reader confirmed both the
start and the stop of its ROSpec, did not end it by itself in between, missed none of the antennas that the settings
name, lost no report and reported no exception of its own: else the cycle has a fault. It still hands on what it heard.
Between the cycles call `rest`, at least every second: it answers keep-alives and makes a lost connection anew.

Times are the gateway's own, when the bytes were read; the reader's timestamps are only compared (`clock_offset_ms`).
"""

import ssl
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol
from urllib.parse import urlsplit

from coldchain.errors import InvalidValueError
from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.heard import Fault
from gateway.decoders.llrp_words import Event, LlrpAnswer, LlrpEvent, LlrpTag, Message
from gateway.links.cycles import CycleDone
from gateway.links.llrp_session import ANSWER_MS, DIAL_MS, NO_ANSWER, ROSPEC, LlrpSession, Said, State
from gateway.links.tally import Tally
from gateway.links.tcp_stream import Dial, TcpStream, TlsFiles, tls_context

SECURE: Final = "llrp+tls"
PORTS: Final = {"llrp": 5_084, SECURE: 5_085}
LOOK_MS: Final = 20
OPEN_MS: Final = DIAL_MS + 2 * ANSWER_MS  # a reader that needs longer for all of it is not there
STOP_ATTEMPTS: Final = 2
QUIET_MS: Final = 50  # so long nothing more came after the stop: the last reports are in
SETTLE_MAX_MS: Final = 500
ENDED_EARLY: Final = "ended-early"
_FAULTS: Final = {Event.REPORTS_LOST: "reports-lost", Event.EXCEPTION: "reader-exception"}


class NetworkReader(Protocol):
    """What the settings say of a reader: `port` is tcp://host:port, `antennas` are those of the zone, from 1."""

    @property
    def port(self) -> str:
        """Where it is; without a number port 5084, with TLS 5085."""

    @property
    def protocol(self) -> str:
        """Either llrp or llrp+tls."""

    @property
    def antennas(self) -> tuple[int, ...]:
        """At least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlrpPlan:
    """An LLRP reader and nothing more; see NetworkReader."""

    port: str
    protocol: str = "llrp"
    antennas: tuple[int, ...] = (1,)


class _Phase(Enum):
    IDLE = "idle"
    OPENING = "opening"
    STARTING = "starting"
    COLLECTING = "collecting"
    STOPPING = "stopping"
    SETTLING = "settling"


class LlrpLink:
    """Drives one reader over the network; a CycleLink that also wants to `rest`."""

    def __init__(
        self,
        plan: NetworkReader,
        clock: Clock,
        counters: Counters,
        *,
        tls: TlsFiles = TlsFiles(),  # noqa: B008 - frozen
        dial: Dial | None = None,
    ) -> None:
        """Reach the reader over the network, or over what `dial` returns. `tls` counts with protocol llrp+tls only.

        Raises InvalidValueError for an address that is none, antennas outside 1..255, or files of `tls` without use.
        """
        self.due_ms = 0
        self.session = LlrpSession(plan.port, dial or _dial_of(plan, tls), plan.antennas, clock, counters)
        self._antennas = plan.antennas
        self._clock = clock
        self._counters = counters
        self._phase = _Phase.IDLE
        self._fault = ""
        self._begin(0)

    @property
    def busy(self) -> bool:
        """Whether a cycle is running."""
        return self._phase is not _Phase.IDLE

    @property
    def message(self) -> str:
        """Why the reader is not there or not whole, for the operator; empty while it is."""
        if self.session.ready and self.session.missing:
            which = ", ".join(str(antenna) for antenna in sorted(self.session.missing))
            return f"reader {self.session.name}: nothing is connected to antenna {which}"
        return self.session.message

    @property
    def clock_offset_ms(self) -> int | None:
        """The reader's clock less ours when it greeted us, None if it did not say: evidence, never used."""
        return self.session.clock_offset_ms

    def start(self, cycle_ms: int) -> bool:
        """Begin a cycle; False if the reader cannot be reached now."""
        self.rest()
        if self.session.state is State.OFF:
            return False
        self._begin(cycle_ms)
        self._phase = _Phase.OPENING
        self._by_ms = self._clock.boottime_ms() + OPEN_MS
        return True

    def step(self) -> CycleDone | None:
        """Go on with the running cycle; return it when it came to its end."""
        now_ms = self._clock.boottime_ms()
        self._hear(self.session.go_on(), now_ms)
        if self.session.state is State.OFF:
            return self._done(self.session.fault)
        if self.session.missing:
            self._fault = self._fault or "antenna-lost"
        done = self._go_on(now_ms)
        self.due_ms = now_ms + LOOK_MS
        if self._phase is _Phase.COLLECTING:
            self.due_ms = min(self.due_ms, self._by_ms)
        return done

    def rest(self) -> None:
        """Keep the connection between two cycles: answer keep-alives, connect again; what comes late is counted."""
        for item in self.session.go_on():
            if isinstance(item, LlrpTag):
                self._counters.rejected[Fault.UNASKED.value] += 1

    def close(self) -> None:
        """Take leave of the reader."""
        self._phase = _Phase.IDLE
        self.session.close()

    def _begin(self, cycle_ms: int) -> None:
        now_ms = self._clock.boottime_ms()
        self._tally = Tally(self._counters)
        self._cycle_ms = cycle_ms
        self._start_ms = self._clock.now_ms()
        self._by_ms = self._heard_ms = now_ms
        self._rounds = self._asked = self._stops = 0
        self._rejected = self.session.rejected
        self._fault = ""
        self.due_ms = now_ms

    def _go_on(self, now_ms: int) -> CycleDone | None:
        if self._phase is _Phase.OPENING:
            return self._open(now_ms)
        if self._phase is _Phase.STARTING:
            return self._await_start(now_ms)
        if self._phase is _Phase.COLLECTING and now_ms >= self._by_ms:
            self._ask_to_stop(now_ms)
        elif self._phase is _Phase.STOPPING:
            return self._await_stop(now_ms)
        elif self._phase is _Phase.SETTLING and (now_ms >= self._by_ms or now_ms - self._heard_ms >= QUIET_MS):
            self.session.works()
            return self._done(self._fault)
        return None

    def _open(self, now_ms: int) -> CycleDone | None:
        if self.session.ready:
            self._phase = _Phase.STARTING
            self._by_ms = now_ms + ANSWER_MS
            self._asked = self.session.ask(Message.START_ROSPEC)
        elif now_ms >= self._by_ms:
            return self._done(NO_ANSWER)
        return None

    def _await_start(self, now_ms: int) -> CycleDone | None:
        if self._status() is not None or now_ms >= self._by_ms:
            return self._give_up("not-started")
        return None

    def _ask_to_stop(self, now_ms: int) -> None:
        self._phase = _Phase.STOPPING
        self._stops += 1
        self._by_ms = now_ms + ANSWER_MS // STOP_ATTEMPTS
        self._asked = self.session.ask(Message.STOP_ROSPEC)

    def _await_stop(self, now_ms: int) -> CycleDone | None:
        answered = self._status()
        if answered == 0:
            self._phase = _Phase.SETTLING
            self._rounds += 1  # the reader's own word that it was at work all the time
            self._heard_ms, self._by_ms = now_ms, now_ms + SETTLE_MAX_MS
        elif answered is not None or now_ms >= self._by_ms:
            if self._stops == STOP_ATTEMPTS:
                return self._give_up(self._fault or "not-stopped")
            self._ask_to_stop(now_ms)
        return None

    def _status(self) -> int | None:
        """Return what the reader answered to the last request, None while it thinks."""
        last = self.session.last
        return None if last is None or last.id != self._asked else last.status

    def _give_up(self, fault: str) -> CycleDone:
        """Nobody knows what the reader does now: with the next connection its ROSpecs are deleted and made anew."""
        last = self.session.last
        words = f": {last.text}" if last is not None and last.text else ""
        self.session.lose(fault, f"reader {self.session.name} did not do as it was told ({fault}){words}")
        return self._done(fault)

    def _done(self, fault: str) -> CycleDone:
        self._phase = _Phase.IDLE
        return CycleDone(
            start_ms=self._start_ms,
            end_ms=self._clock.now_ms(),
            boottime_ms=self._clock.boottime_ms(),
            tags=self._tally.tags(),
            rounds=self._rounds,
            reads=self._tally.reads,
            rejected=self.session.rejected - self._rejected,
            fault=fault or self._tally.fault,
        )

    def _hear(self, said: list[Said], now_ms: int) -> None:
        for item in said:
            self._heard_ms = now_ms
            if isinstance(item, LlrpEvent):
                self._happened(item)
            elif isinstance(item, LlrpAnswer):
                self._confirmed(item, now_ms)
            elif not self._is_ours(item):
                self._counters.rejected[Fault.UNASKED.value] += 1
            else:
                self._rounds += 1
                self._note(item)

    def _confirmed(self, answer: LlrpAnswer, now_ms: int) -> None:
        """Begin to collect: here, because reports of this cycle may stand right behind in the same bytes."""
        if self._phase is _Phase.STARTING and answer.id == self._asked and answer.status == 0:
            self._phase = _Phase.COLLECTING
            self._by_ms = now_ms + self._cycle_ms
            self._start_ms = self._clock.now_ms()

    def _happened(self, event: LlrpEvent) -> None:
        if self._phase in {_Phase.IDLE, _Phase.OPENING, _Phase.STARTING}:
            return
        if event.event is Event.ENDED and event.number == ROSPEC and self._phase is _Phase.COLLECTING:
            self._fault = self._fault or ENDED_EARLY
        self._fault = self._fault or _FAULTS.get(event.event, "")

    def _is_ours(self, tag: LlrpTag) -> bool:
        """Tell whether a tag belongs to this cycle. Before the start is confirmed it may be from the one before."""
        if self._phase in {_Phase.OPENING, _Phase.STARTING}:
            return False
        return tag.rospec in {None, ROSPEC} and (tag.antenna in self._antennas or tag.antenna == 0)

    def _note(self, tag: LlrpTag) -> None:
        antenna = tag.antenna or self._antennas[0]
        self._tally.note(tag.epc, antenna, tag.rssi_dbm, self._clock.now_ms(), max(1, tag.count))


def _dial_of(plan: NetworkReader, tls: TlsFiles) -> Dial:
    """Return how to reach the reader: what cannot be used in the settings shows itself here, not in the night."""
    try:
        parts = urlsplit(plan.port)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidValueError(_no_address(plan)) from error
    if parts.scheme != "tcp" or not host or parts.path or parts.query or plan.protocol not in PORTS:
        raise InvalidValueError(_no_address(plan))
    context: ssl.SSLContext | None = None
    if plan.protocol == SECURE:
        try:
            context = tls_context(tls)
        except OSError as error:
            problem = f"reader {plan.port}: its files for TLS cannot be used: {error}"
            raise InvalidValueError(problem) from error
    chosen = port or PORTS[plan.protocol]
    return lambda: TcpStream(host, chosen, context, tls.server_name)


def _no_address(plan: NetworkReader) -> str:
    return f"reader {plan.port!r} with protocol {plan.protocol!r}: write tcp://host:port and {' or '.join(PORTS)}"
