"""One LLRP reader on the network: connected, greeted, set up and kept alive, again and again, without ever waiting.

    off ──pause over──► dialling ──TCP, TLS──► greeting ──"connected"──► setting up ──ROSpec enabled──► ready
     ▲                                                                                                    │
     └────────── anything lost, refused, out of time, or silent for three keep-alives ────────────────────┘

A reader talks to one client at a time; a second one is told so and hung up on. What the reader has in it from before is
deleted: nobody knows who left it there. Then it gets one ROSpec, with our antennas, that runs only when it is told to.
"""

import logging
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Final, TypeAlias

from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders import llrp_commands as commands
from gateway.decoders.heard import Fault, Rejected
from gateway.decoders.llrp import LlrpDecoder
from gateway.decoders.llrp_words import (
    CONNECTION_REFUSALS,
    Event,
    LlrpAnswer,
    LlrpEvent,
    LlrpHeard,
    LlrpKeepalive,
    LlrpTag,
    Message,
)
from gateway.links.tcp_stream import Dial, Stream, StreamLostError

BACK_OFF_MIN_MS: Final = 500
BACK_OFF_MAX_MS: Final = 30_000
DIAL_MS: Final = 5_000
ANSWER_MS: Final = 3_000
KEEPALIVE_MS: Final = 10_000
SILENT_MS: Final = 3 * KEEPALIVE_MS
READS_MAX: Final = 16  # of 16 KiB in one turn: some 4,000 tags, which takes 12 ms to decode
ROSPEC: Final = 1
RUN_MAX_MS: Final = 600_000  # a reader whose gateway died comes to rest by itself
CLOCK_OFF_MS: Final = 5_000  # so far may the reader's clock be off without a word in the log

NO_CONNECTION: Final = "no-connection"
NO_ANSWER: Final = "no-answer"
READER_BUSY: Final = "reader-busy"
REFUSED: Final = "refused"
NOT_LLRP: Final = "not-llrp"
_log = logging.getLogger(__name__)

Said: TypeAlias = LlrpTag | LlrpEvent | LlrpAnswer
Ask: TypeAlias = Callable[[int], bytes]


class State(Enum):
    """How far the connection is."""

    OFF = "off"
    DIALLING = "dialling"
    GREETING = "greeting"
    SETTING_UP = "setting-up"
    READY = "ready"


class LlrpSession:
    """Call `go_on` often; while it is `ready` the ROSpec is in the reader and `ask` may be used."""

    def __init__(self, name: str, dial: Dial, antennas: tuple[int, ...], clock: Clock, counters: Counters) -> None:
        """Raises InvalidValueError unless there is an antenna and all are in 1..255."""
        commands.add_rospec(0, ROSPEC, antennas, RUN_MAX_MS)
        self.state = State.OFF
        self.fault = NO_CONNECTION  # of the last loss, for the cycle
        self.message = ""  # of the last loss, for the operator; empty while the reader is ready
        self.missing: set[int] = set()  # those of our antennas of which the reader says that nothing is connected
        self.rejected = 0
        self.skipped = 0  # parameters and messages of unknown kinds, over all connections
        self.clock_offset_ms: int | None = None  # the reader's clock less ours, when last compared: evidence only
        self.last: LlrpAnswer | None = None
        self.name = name
        self._dial = dial
        self._antennas = antennas
        self._clock = clock
        self._counters = counters
        self._stream: Stream | None = None
        self._decoder = LlrpDecoder()
        self._back_off_ms = BACK_OFF_MIN_MS
        self._try_at_ms = 0
        self._deadline_ms = 0
        self._heard_ms = 0
        self._supervised = False
        self._number = 0
        self._steps: deque[Ask] = deque()

    @property
    def ready(self) -> bool:
        """Whether the reader waits for a start."""
        return self.state is State.READY

    def go_on(self) -> list[Said]:
        """Do what can be done at once and return what came, in its order; a loss is in `state` and `fault`."""
        said: list[Said] = []
        try:
            self._advance(said)
        except StreamLostError as error:
            self.lose(NO_CONNECTION, str(error))
        return said

    def ask(self, kind: Message) -> int:
        """Send DELETE_, ENABLE_, START_ or STOP_ROSPEC for our ROSpec; `last` becomes the answer. Returns the id."""
        return self._ask(lambda number: commands.about_rospec(kind, number, ROSPEC))

    def works(self) -> None:
        """Note that a cycle was complete: the next loss starts with the shortest pause."""
        self._back_off_ms = BACK_OFF_MIN_MS

    def lose(self, fault: str, message: str) -> None:
        """Give the connection up and set the time of the next attempt."""
        if self.state is State.OFF:
            return
        self.fault = fault
        self._counters.ports_lost[fault] += 1
        if message != self.message:  # not once more with every attempt
            _log.warning("%s", message)
        self.message = message
        self._hang_up()
        self._try_at_ms = self._clock.boottime_ms() + self._back_off_ms
        self._back_off_ms = min(2 * self._back_off_ms, BACK_OFF_MAX_MS)

    def close(self) -> None:
        """Take our ROSpec out of the reader, which may run, take leave and release the connection."""
        if self._stream is not None and self.state in {State.SETTING_UP, State.READY}:
            try:
                self._stream.write(commands.about_rospec(Message.DELETE_ROSPEC, self._next(), ROSPEC))
                self._stream.write(commands.close_connection(self._next()))
            except StreamLostError:
                _log.info("reader %s had gone before we could take leave", self.name)
        self._hang_up()

    def _hang_up(self) -> None:
        self.state = State.OFF
        self.last = None
        self._take(self._decoder.end(), [])
        self.skipped += self._decoder.skipped
        self._decoder = LlrpDecoder()
        self._steps.clear()
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _advance(self, said: list[Said]) -> None:
        now_ms = self._clock.boottime_ms()
        if self.state is State.OFF:
            if now_ms < self._try_at_ms:
                return
            self._stream = self._dial()
            self.state = State.DIALLING
            self._deadline_ms = now_ms + DIAL_MS
        if self.state is State.DIALLING and self._stream is not None and self._stream.ready():
            self.state = State.GREETING
            self._heard_ms, self._deadline_ms = now_ms, now_ms + ANSWER_MS
            self._supervised = False
            self._counters.port_opens += 1
        if self.state not in {State.OFF, State.DIALLING}:
            self._listen(now_ms, said)
        self._supervise(now_ms)

    def _supervise(self, now_ms: int) -> None:
        if self.state is State.READY:
            if self._supervised and now_ms - self._heard_ms >= SILENT_MS:
                self.lose(NO_ANSWER, f"reader {self.name} has sent no keep-alive for {SILENT_MS // 1_000} s")
        elif self.state is not State.OFF and now_ms >= self._deadline_ms:
            what = "did not take the connection" if self.state is State.DIALLING else "does not answer"
            self.lose(
                NO_CONNECTION if self.state is State.DIALLING else NO_ANSWER,
                f"reader {self.name} {what} ({self.state.value}): check that it speaks LLRP on this port",
            )

    def _listen(self, now_ms: int, said: list[Said]) -> None:
        for _ in range(READS_MAX):
            stream = self._stream
            data = b"" if stream is None else stream.read()
            if not data:
                return
            self._heard_ms = now_ms
            self._take(self._decoder.feed(data), said)
            if self._decoder.broken:
                self.lose(
                    NOT_LLRP, f"reader {self.name} sent bytes that are no LLRP message: the connection is made anew"
                )

    def _take(self, heard: list[LlrpHeard], said: list[Said]) -> None:
        acks: list[bytes] = []
        for item in heard:
            match item:
                case LlrpTag():
                    said.append(item)
                case Rejected():
                    self.rejected += 1
                    self._counters.rejected[item.fault.value] += 1
                case LlrpKeepalive():
                    acks.append(commands.keepalive_ack(item.id))
                case LlrpAnswer():
                    self._answered(item)
                    said.append(item)
                case LlrpEvent():
                    self._happened(item)
                    said.append(item)
        if acks and self._stream is not None:
            self._stream.write(b"".join(acks))

    def _happened(self, event: LlrpEvent) -> None:
        if event.event is Event.ANTENNA_LOST and event.number in self._antennas:
            self.missing.add(event.number)
        elif event.event is Event.ANTENNA_FOUND:
            self.missing.discard(event.number)
        elif event.event is Event.CONNECTED and self.state is State.GREETING:
            self._compare_clocks(event)
            self._begin_set_up()
        elif event.event is Event.REFUSED:
            why = CONNECTION_REFUSALS.get(event.number, f"it refused with code {event.number}")
            self.lose(READER_BUSY, f"reader {self.name}: {why}")
        elif event.event is Event.CLOSING:
            self.lose(NO_CONNECTION, f"reader {self.name} closed the connection")
        elif event.event in {Event.ANOTHER_TRIED, Event.EXCEPTION}:
            _log.warning("reader %s reports: %s %s", self.name, event.event.value, event.text)

    def _compare_clocks(self, event: LlrpEvent) -> None:
        if event.stamp_us is None:
            return
        self.clock_offset_ms = event.stamp_us // 1_000 - self._clock.now_ms()
        if abs(self.clock_offset_ms) > CLOCK_OFF_MS:
            _log.warning(
                "the clock of reader %s is off by %d ms: its times are not used", self.name, self.clock_offset_ms
            )

    def _begin_set_up(self) -> None:
        self.state = State.SETTING_UP
        self.missing.clear()
        self._steps.extend(
            (
                commands.get_capabilities,
                lambda number: commands.set_config(number, KEEPALIVE_MS),
                commands.get_antennas,
                _delete_all,
                lambda number: commands.add_rospec(number, ROSPEC, self._antennas, RUN_MAX_MS),
                lambda number: commands.about_rospec(Message.ENABLE_ROSPEC, number, ROSPEC),
            )
        )
        self._ask(self._steps[0])

    def _ask(self, build: Ask) -> int:
        number = self._next()
        self.last = None
        self._deadline_ms = self._clock.boottime_ms() + ANSWER_MS
        if self._stream is not None:
            self._stream.write(build(number))
        return number

    def _next(self) -> int:
        self._number = self._number % 0xFFFF_FFFF + 1
        return self._number

    def _answered(self, answer: LlrpAnswer) -> None:
        if answer.id != self._number:
            self._counters.rejected[Fault.UNASKED.value] += 1
            return
        self.last = answer
        if self.state is State.SETTING_UP:
            self._set_up(answer)

    def _set_up(self, answer: LlrpAnswer) -> None:
        """Take the answer to one step of the set-up and go to the next, or give up with the reader's own words."""
        step = self._steps.popleft()
        if step is _delete_all and answer.status:  # a reader that cannot delete all may still delete what we left there
            self._steps.appendleft(lambda number: commands.about_rospec(Message.DELETE_ROSPEC, number, ROSPEC))
        refusal = self._refusal(answer)
        if refusal:
            self.lose(REFUSED, f"reader {self.name}: {refusal}")
            return
        self.missing.update(a for a in self._antennas if not answer.antennas.get(a, True))
        if answer.kind is Message.SET_READER_CONFIG_RESPONSE:
            self._supervised = answer.status == 0
        if self._steps:
            self._ask(self._steps[0])
            return
        self.state = State.READY
        self.message = ""
        _log.info("reader %s is ready", self.name)

    def _refusal(self, answer: LlrpAnswer) -> str:
        """Return why the reader cannot be used. Only its ROSpec is indispensable: some refuse the other requests."""
        if answer.antennas_max and max(self._antennas) > answer.antennas_max:
            return f"it has {answer.antennas_max} antenna ports, the settings name antenna {max(self._antennas)}"
        if answer.status == 0:
            return ""
        self._counters.reader_errors += 1
        if len(self._steps) >= 2:  # before ADD_ROSPEC
            return ""
        return f"it refuses the inventory (status {answer.status}: {answer.text or 'no words'})"


def _delete_all(number: int) -> bytes:
    return commands.about_rospec(Message.DELETE_ROSPEC, number, commands.ALL_ROSPECS)
