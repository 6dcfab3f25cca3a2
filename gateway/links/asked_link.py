"""One event cycle after the other of a reader that is asked for each round, as a small state machine that never waits.

                      ┌───────────────── next antenna, or this one again ─────────────────┐
                      ▼                                                                   │
    idle ──start──► choosing ──chosen──► listening ──end of the round, or an error ───────┤
                   (A0 only)                 │                                            │
                                             └─no end in time: again, at most twice ──────┤
                                                                                          ▼
                             cycle_ms over, each antenna had its round, the last one ended: idle, CycleDone

Silence of a tag is evidence only if the reader was working. A cycle is complete when every antenna in use was heard to
end a round, the last round that was asked for has ended, and the reader reported no error and no antenna that is not in
the settings. An incomplete cycle still hands on what it heard, but says nothing of what it did not.

"No tag" names no antenna. So after a round that was asked for twice nothing is asked for the time of a round: the
second answer, should it come yet, must not pass for the round of the next antenna, or of the next cycle.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.framing import FrameDecoder
from gateway.decoders.heard import (
    Heard,
    InventoryEnded,
    ReaderAnswer,
    ReaderError,
    ReaderNoTag,
    Rejected,
    TagListed,
    TagSeen,
)
from gateway.links.cycles import RSSI_NONE, RSSI_RAW_ZERO, CycleDone, Rssi
from gateway.links.line import Line
from gateway.links.serial_cycles import SerialCycles
from gateway.links.serial_port import Port

LOOK_EVERY_MS: Final = 20
IDLE_MS: Final = 60  # between the bytes of a frame: below 15 ms by Chafon's manual; adapters add up to 16 ms
CHOOSE_ANSWER_MS: Final = 300
ATTEMPTS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How one family is spoken to.

    `ask` makes the command for a round on an antenna, `choose` the one that chooses the antenna before, answered with
    `chosen`. `round_ms` is within what the end of a round comes, `pause_ms` what the reader wants between two commands.
    `reasons` puts the reader's error codes into words.
    """

    decoder: Callable[[], FrameDecoder]
    ask: Callable[[int], bytes]
    round_ms: int
    reasons: Mapping[int, str]
    rssi: Rssi
    choose: Callable[[int], bytes] | None = None
    chosen: ReaderAnswer | None = None
    pause_ms: int = 0


class _Phase(Enum):
    PAUSING = "pausing"
    CHOOSING = "choosing"
    LISTENING = "listening"


class AskedLink(SerialCycles):
    """Drives one reader on one line. Call `step` when boottime has reached `due_ms`."""

    def __init__(self, line: Line, speech: Speech, antennas: tuple[int, ...], clock: Clock, counters: Counters) -> None:
        self._speech = speech
        self._antennas = antennas
        super().__init__(line, clock, counters, idle_ms=IDLE_MS, rssi=speech.rssi)

    def _decoder_of(self) -> FrameDecoder:
        return self._speech.decoder()

    def _begin(self, now_ms: int) -> None:
        del now_ms  # the first command says when to look again
        self._phase = _Phase.PAUSING
        self._place = self._attempts = 0
        self._rounded: set[int] = set()
        self._chosen = self._ended = self._more = False
        self._error = ""

    def _first(self, port: Port) -> None:
        self._address(port)

    @property
    def _antenna(self) -> int:
        return self._antennas[self._place]

    def _address(self, port: Port) -> None:
        """Choose the antenna, where the family has to, else ask at once."""
        self._chosen = self._ended = self._more = False
        self._error = ""
        if self._speech.choose is None:
            self._ask(port)
            return
        self._phase = _Phase.CHOOSING
        self._wait(CHOOSE_ANSWER_MS)
        port.write(self._speech.choose(self._antenna))

    def _ask(self, port: Port) -> None:
        self._phase = _Phase.LISTENING
        self._wait(self._speech.round_ms)
        port.write(self._speech.ask(self._antenna))

    def _wait(self, milliseconds: int) -> None:
        now_ms = self._clock.boottime_ms()
        self._until_ms = now_ms + milliseconds
        self.due_ms = now_ms + min(milliseconds, LOOK_EVERY_MS)

    def _go_on(self, port: Port) -> CycleDone | None:
        self._listen(port)
        now_ms = self._clock.boottime_ms()
        self.due_ms = min(now_ms + LOOK_EVERY_MS, max(now_ms + 1, self._until_ms))
        if self._phase is _Phase.PAUSING:
            if now_ms < self._until_ms:
                return None
            if self._attempts == 0 and self._over():
                return self._done(self._fault)
            self._address(port)
            return None
        if self._phase is _Phase.CHOOSING and self._chosen:
            self._ask(port)
        elif self._ended or self._error:
            return self._round_over(port)
        elif self._more:
            self._more = False
            if now_ms >= self._end_at_ms + self._speech.round_ms:
                return self._done("not-all-read")
            self._ask(port)
        elif now_ms >= self._until_ms:
            self._attempts += 1
            if self._attempts == ATTEMPTS:
                return self._done(self._fault or ("not-stopped" if self._rounds or self._tally.reads else "no-answer"))
            self._pause(port, self._speech.pause_ms)
        return None

    def _over(self) -> bool:
        return self._clock.boottime_ms() >= self._end_at_ms and len(self._rounded) == len(self._antennas)

    def _round_over(self, port: Port) -> CycleDone | None:
        """Note how a round ended, and go on with the next antenna or end the cycle."""
        self._line.works()
        asked_twice = self._attempts > 0
        self._attempts = 0
        if self._error:
            self._fault = self._fault or self._error
        else:
            self._rounds += 1
        self._rounded.add(self._antenna)
        self._place = (self._place + 1) % len(self._antennas)
        if self._over() and not asked_twice:
            return self._done(self._fault)
        self._pause(port, self._speech.round_ms if asked_twice else self._speech.pause_ms)
        return None

    def _pause(self, port: Port, pause_ms: int) -> None:
        if not pause_ms:
            self._address(port)
            return
        self._phase = _Phase.PAUSING
        self._wait(pause_ms)

    def _hear(self, item: Heard) -> None:
        if isinstance(item, TagSeen):
            self._note(item.epc, item.antenna, item.rssi_dbm)
        elif isinstance(item, TagListed):
            raw = item.rssi_raw
            self._note(item.epc, item.antenna, RSSI_NONE if raw is None else raw + RSSI_RAW_ZERO)
        elif not isinstance(item, Rejected):
            self._answered(item)

    def _note(self, epc: str, antenna: int, rssi_dbm: int) -> None:
        if antenna not in self._antennas:
            self._fault = self._fault or f"antenna-{antenna}-not-in-the-settings"
        self._tally.note(epc, antenna, rssi_dbm, self._clock.now_ms())

    def _answered(self, item: Heard) -> None:
        """Take what the reader says of the round; what comes late from another antenna's does not end this one."""
        if isinstance(item, ReaderError):
            self._counters.reader_errors += 1
            what = self._speech.reasons.get(item.code, f"error-{item.code:02x}")
            self._error = what if len(self._antennas) == 1 else f"antenna-{self._antenna}-{what}"
        elif self._phase is _Phase.CHOOSING:
            self._chosen = self._chosen or item == self._speech.chosen
        elif isinstance(item, InventoryEnded):
            self._more = item.remaining > 0
            self._ended = self._ended or (item.antenna in {None, self._antenna} and not self._more)
        elif isinstance(item, ReaderNoTag):
            self._ended = True
