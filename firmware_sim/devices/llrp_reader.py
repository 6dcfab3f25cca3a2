"""A UHF reader with four antennas on the network as its client sees it: bytes of one TCP connection at a time.

Source: EPCglobal "Low Level Reader Protocol" 1.0.1. The subset: capabilities, configuration with events and
keep-alives, ROSpecs with null and immediate start triggers and null and duration stop triggers, reports upon N tags or
at the end, and the error answers for everything else. ROSpecs outlive a connection, as in real readers.
"""

import random
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from firmware_sim.devices import llrp_frames as frames
from firmware_sim.devices.llrp_rospec import END_OF_AISPEC, IMMEDIATE, NO_REPORT, Entry, RoSpec, read_rospec, tag_data

ROUND_MS: Final = 100
RSSI_SPREAD_DB: Final = 2
ROSPECS_MAX: Final = 4
ENTRIES_MAX: Final = 1_000  # of one report that waits for its trigger
FAULTS_MAX: Final = 1_000

ROSPEC_EVENT: Final = 2
ANTENNA_EVENT: Final = 8


class LlrpFault(Enum):
    """What is done wrong, once."""

    ERROR_ANSWER = "error-answer"  # the next request gets an ERROR_MESSAGE
    MUTE = "mute"  # the next request gets no answer
    CUT_AND_HANG_UP = "cut-and-hang-up"  # the next report stops in its middle, the connection ends
    HEADER_LENGTH = "header-length"  # the next report's header says four bytes too few
    TAG_LENGTH = "tag-length"  # a tag in the next report says that it is longer than the report
    UNKNOWN_ROSPEC = "unknown-rospec"  # the next report names an ROSpec that nobody added
    OVERFLOW = "overflow"  # reports were lost in the reader: it says so in place of the next


ON_REQUESTS: Final = (LlrpFault.ERROR_ANSWER, LlrpFault.MUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTag:
    """A tag before some of the antennas; `read_probability` is the chance in one round at one antenna."""

    epc: str
    antennas: tuple[int, ...] = (1,)
    read_probability: float = 1.0
    rssi_dbm: int = -55


class LlrpReader:
    """The reader, the tags that are before it now, and the connection that it holds."""

    def __init__(self, seed: int | str, antennas: int = 4, clock_off_ms: int = 0) -> None:
        """Nobody is connected; the same seed, bytes and times give the same reads. Its clock is off by clock_off_ms."""
        self.connected = False
        self.hang_up = False  # the server closes the connection when it has sent what is left
        self.keepalive_acks = 0
        self.asked: list[int] = []  # types of the requests of this connection
        self._random = random.Random(seed)  # noqa: S311 - a simulation must repeat, it protects nothing
        self._antennas = antennas
        self._clock_off_ms = clock_off_ms
        self._unplugged: set[int] = set()
        self._tags: dict[str, FieldTag] = {}
        self._rospecs: dict[int, RoSpec] = {}
        self._held = bytearray()
        self._events: set[int] = set()
        self._keepalive_ms = 0
        self._next_keepalive_ms = 0
        self._faults: deque[LlrpFault] = deque()
        self._message_id = 0
        self._answers: dict[int, Callable[[frames.Message, int], bytes]] = {
            1: self._capabilities,
            2: self._configuration,
            3: self._configure,
            14: self._close,
            20: self._add,
            21: self._delete,
            22: self._start_asked,
            23: self._stop_asked,
            24: self._enable,
            25: self._disable,
            41: lambda asked, _: frames.message(
                51, asked.id, frames.status(frames.SUCCESS)
            ),  # there are no AccessSpecs
            60: self._get_report,
            64: lambda _asked, _at_ms: b"",
            72: self._acknowledged,
        }

    def enter(self, tag: FieldTag) -> None:
        """Bring a tag before its antennas."""
        self._tags[tag.epc] = tag

    def leave(self, epc: str) -> None:
        """Take a tag away."""
        del self._tags[epc]

    def fault(self, fault: LlrpFault) -> None:
        """Do something wrong at the next occasion. Raises ValueError if too many wait."""
        if len(self._faults) >= FAULTS_MAX:
            message = f"{FAULTS_MAX} faults already wait"
            raise ValueError(message)
        self._faults.append(fault)

    def unplug_antenna(self, antenna: int, at_ms: int) -> bytes:
        """Pull an antenna's cable; returns the event if a client wants it."""
        self._unplugged.add(antenna)
        return self._event(ANTENNA_EVENT, at_ms, frames.antenna_event(connected=False, antenna=antenna))

    def plug_antenna(self, antenna: int, at_ms: int) -> bytes:
        """Plug it in again."""
        self._unplugged.discard(antenna)
        return self._event(ANTENNA_EVENT, at_ms, frames.antenna_event(connected=True, antenna=antenna))

    def connect(self, at_ms: int) -> bytes:
        """Take a client and return what the reader says first. Raises ValueError if one is connected."""
        if self.connected:
            raise ValueError("a client is connected: refuse the next one")
        self.connected, self.hang_up = True, False
        self.asked.clear()
        self._held.clear()
        self._events.clear()
        self._keepalive_ms = 0
        return frames.connection_attempt(self._now_us(at_ms), frames.CONNECTED)

    def refuse(self, at_ms: int) -> bytes:
        """Return what a second client is told before it is hung up on."""
        return frames.connection_attempt(self._now_us(at_ms), frames.ANOTHER_CLIENT_HOLDS)

    def disconnect(self) -> None:
        """Note that the client has gone. What runs goes on, and its reports are lost."""
        self.connected = False

    def receive(self, data: bytes, at_ms: int) -> bytes:
        """Take the client's bytes and return the answers."""
        self._held += data
        said = b""
        try:
            while not self.hang_up and (asked := frames.cut(self._held)) is not None:
                said += self._answer(asked, at_ms)
        except frames.ReadError:
            self.hang_up = True
        return said

    def advance(self, to_ms: int) -> bytes:
        """Live up to to_ms and return what the client gets to hear."""
        said = b""
        for spec in list(self._rospecs.values()):
            while spec.running and spec.next_round_ms <= to_ms:
                said += self._round(spec)
                spec.next_round_ms += ROUND_MS
                if spec.turn_ms and spec.next_round_ms > spec.turn_ends_ms:
                    spec.turn_ends_ms += spec.turn_ms
                    said += self._report(spec) if spec.entries and spec.trigger == END_OF_AISPEC else b""
                if spec.ends_ms is not None and spec.next_round_ms > spec.ends_ms:
                    said += self._stop(spec, spec.ends_ms)
        while self._keepalive_ms and not self.hang_up and self._next_keepalive_ms <= to_ms:
            self._next_keepalive_ms += self._keepalive_ms
            said += frames.message(frames.KEEPALIVE, self._next_id())
        return said if self.connected else b""

    def _now_us(self, at_ms: int) -> int:
        return (at_ms + self._clock_off_ms) * 1_000

    def _next_id(self) -> int:
        self._message_id += 1
        return self._message_id

    def _event(self, kind: int, at_ms: int, event: bytes) -> bytes:
        return frames.notification(self._now_us(at_ms), event) if kind in self._events and self.connected else b""

    def _answer(self, asked: frames.Message, at_ms: int) -> bytes:
        self.asked.append(asked.kind)
        if self._faults and self._faults[0] in ON_REQUESTS and asked.kind != 72:
            fault = self._faults.popleft()
            return b"" if fault is LlrpFault.MUTE else self._error(asked, frames.FIELD_ERROR, "a fault on purpose")
        if asked.version != frames.VERSION_1_0_1:
            return self._error(asked, frames.UNSUPPORTED_VERSION, "only version 1.0.1")
        answer = self._answers.get(asked.kind)
        if answer is None:
            return self._error(asked, frames.UNSUPPORTED_MESSAGE, f"no message of type {asked.kind}")
        try:
            return answer(asked, at_ms)
        except (frames.ReadError, struct.error, LookupError, ValueError) as error:
            return self._error(asked, frames.PARAMETER_ERROR, str(error))

    def _error(self, asked: frames.Message, code: int, text: str) -> bytes:
        return frames.message(frames.ERROR_MESSAGE, asked.id, frames.status(code, text))

    def _done(self, asked: frames.Message, code: int = frames.SUCCESS, text: str = "") -> bytes:
        return frames.message(asked.kind + 10, asked.id, frames.status(code, text))

    def _capabilities(self, asked: frames.Message, _at_ms: int) -> bytes:
        body = frames.status(frames.SUCCESS) + frames.capabilities(self._antennas)
        return frames.message(11, asked.id, body)

    def _configuration(self, asked: frames.Message, _at_ms: int) -> bytes:
        body = frames.status(frames.SUCCESS)
        if asked.body[2] in {0, 2}:
            for antenna in range(1, self._antennas + 1):
                body += frames.antenna_properties(antenna, connected=antenna not in self._unplugged)
        return frames.message(12, asked.id, body)

    def _configure(self, asked: frames.Message, at_ms: int) -> bytes:
        for kind, body in frames.parameters(asked.body[1:]):
            if kind == 244:
                for _, state in frames.parameters(body):
                    event, wanted = struct.unpack("!HB", state)
                    (self._events.add if wanted & 0x80 else self._events.discard)(event)
            elif kind == 220:
                periodic, every_ms = struct.unpack("!BI", body)
                self._keepalive_ms = every_ms if periodic else 0
                self._next_keepalive_ms = at_ms + every_ms
        return self._done(asked)

    def _close(self, asked: frames.Message, _at_ms: int) -> bytes:
        self.hang_up = True
        return frames.message(4, asked.id, frames.status(frames.SUCCESS))

    def _acknowledged(self, _asked: frames.Message, _at_ms: int) -> bytes:
        self.keepalive_acks += 1
        return b""

    def _add(self, asked: frames.Message, _at_ms: int) -> bytes:
        (kind, body), *others = frames.parameters(asked.body)
        if kind != 177 or others:
            return self._done(asked, frames.PARAMETER_ERROR, "one ROSpec is wanted")
        spec = read_rospec(body)
        if spec.id == 0 or spec.id in self._rospecs or len(self._rospecs) >= ROSPECS_MAX:
            return self._done(asked, frames.FIELD_ERROR, f"ROSpec {spec.id} cannot be added")
        if spec.start_trigger > IMMEDIATE:
            return self._done(asked, frames.UNSUPPORTED_PARAMETER, "no such start trigger")
        if any(antenna > self._antennas for antenna in spec.antennas):
            return self._done(asked, frames.FIELD_ERROR, "no such antenna")
        self._rospecs[spec.id] = spec
        return self._done(asked)

    def _meant(self, asked: frames.Message) -> list[RoSpec]:
        """Return the ROSpecs that a request names; 0 means all of them."""
        (number,) = struct.unpack("!I", asked.body)
        if number == 0:
            return list(self._rospecs.values())
        if number not in self._rospecs:
            message = f"no ROSpec {number}"
            raise frames.ReadError(message)
        return [self._rospecs[number]]

    def _for_each(self, asked: frames.Message, act: Callable[[RoSpec], bytes]) -> bytes:
        """Answer first, then say what follows from it: reports and events of what began or ended."""
        try:
            meant = self._meant(asked)
        except frames.ReadError as error:
            return self._done(asked, frames.FIELD_ERROR, str(error))
        return self._done(asked) + b"".join(act(spec) for spec in meant)

    def _delete(self, asked: frames.Message, at_ms: int) -> bytes:
        def forget(spec: RoSpec) -> bytes:
            said = self._stop(spec, at_ms)
            del self._rospecs[spec.id]
            return said

        return self._for_each(asked, forget)

    def _enable(self, asked: frames.Message, at_ms: int) -> bytes:
        def enable(spec: RoSpec) -> bytes:
            spec.enabled = True
            return self._start(spec, at_ms) if spec.start_trigger == IMMEDIATE else b""

        return self._for_each(asked, enable)

    def _disable(self, asked: frames.Message, at_ms: int) -> bytes:
        def disable(spec: RoSpec) -> bytes:
            spec.enabled = False
            return self._stop(spec, at_ms)

        return self._for_each(asked, disable)

    def _start_asked(self, asked: frames.Message, at_ms: int) -> bytes:
        def start(spec: RoSpec) -> bytes:
            return self._start(spec, at_ms)

        (number,) = struct.unpack("!I", asked.body)
        known = self._rospecs.get(number)
        if known is not None and (not known.enabled or known.running):
            return self._done(asked, frames.FIELD_ERROR, f"ROSpec {number} is not enabled, or runs")
        return self._for_each(asked, start)

    def _stop_asked(self, asked: frames.Message, at_ms: int) -> bytes:
        return self._for_each(asked, lambda spec: self._stop(spec, at_ms))

    def _get_report(self, _asked: frames.Message, _at_ms: int) -> bytes:
        return b"".join(self._report(spec) for spec in self._rospecs.values())

    def _start(self, spec: RoSpec, at_ms: int) -> bytes:
        if spec.running:
            return b""
        spec.running = True
        spec.next_round_ms = at_ms + ROUND_MS
        spec.turn_ends_ms = at_ms + max(spec.turn_ms, ROUND_MS)
        spec.ends_ms = at_ms + spec.duration_ms if spec.duration_ms else None
        return self._event(ROSPEC_EVENT, at_ms, frames.rospec_event(ended=False, rospec=spec.id))

    def _stop(self, spec: RoSpec, at_ms: int) -> bytes:
        if not spec.running:
            return b""
        spec.running = False
        rest = self._report(spec) if spec.entries and spec.trigger != NO_REPORT else b""
        return rest + self._event(ROSPEC_EVENT, at_ms, frames.rospec_event(ended=True, rospec=spec.id))

    def _round(self, spec: RoSpec) -> bytes:
        said = b""
        antennas = spec.antennas if spec.antennas != (0,) else tuple(range(1, self._antennas + 1))
        for tag in self._tags.values():
            for antenna in antennas:
                if antenna in self._unplugged or antenna not in tag.antennas:
                    continue
                if self._random.random() < tag.read_probability:
                    self._read(spec, tag, antenna)
                    if spec.every and len(spec.entries) >= spec.every:
                        said += self._report(spec)
        return said

    def _read(self, spec: RoSpec, tag: FieldTag, antenna: int) -> None:
        rssi_dbm = tag.rssi_dbm + self._random.randint(-RSSI_SPREAD_DB, RSSI_SPREAD_DB)
        now_us = self._now_us(spec.next_round_ms)
        entry = spec.entries.get((tag.epc, antenna))
        if entry is not None:
            entry.count, entry.last_us = min(entry.count + 1, 0xFFFF), now_us
            entry.peak_dbm = max(entry.peak_dbm, rssi_dbm)
        elif len(spec.entries) < ENTRIES_MAX:
            spec.entries[tag.epc, antenna] = Entry(1, rssi_dbm, now_us, now_us)

    def _report(self, spec: RoSpec) -> bytes:
        tags = b"".join(tag_data(spec, epc, antenna, entry) for (epc, antenna), entry in spec.entries.items())
        spec.entries.clear()
        if self.hang_up:
            return b""
        if not self._faults or self._faults[0] in ON_REQUESTS:
            return frames.message(frames.REPORT, self._next_id(), tags)
        return self._spoilt(self._faults.popleft(), spec, tags)

    def _spoilt(self, fault: LlrpFault, spec: RoSpec, tags: bytes) -> bytes:
        if fault is LlrpFault.OVERFLOW:
            return frames.notification(self._now_us(spec.next_round_ms), frames.tlv(251, b""))
        if fault is LlrpFault.UNKNOWN_ROSPEC:
            tags = frames.tlv(240, frames.epc_parameter(b"\x30" + bytes(11)) + b"\x89" + struct.pack("!I", 9_999))
        elif fault is LlrpFault.TAG_LENGTH:
            tags = struct.pack("!HH", 240, len(tags) + 40) + tags[4:]
        whole = frames.message(frames.REPORT, self._next_id(), tags)
        if fault is LlrpFault.CUT_AND_HANG_UP:
            self.hang_up = True
            return whole[: len(whole) // 2]
        if fault is LlrpFault.HEADER_LENGTH:
            return whole[:2] + struct.pack("!I", len(whole) - 4) + whole[6:]
        return whole
