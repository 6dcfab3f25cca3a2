"""LLRP 1.0.1 and 1.1: what a UHF reader on the network says (Impinj, Zebra, Alien, Keonn and others).

Source: EPCglobal "Low Level Reader Protocol" 1.0.1 and 1.1, sections 16 and 17. All is big-endian.

    message    000vvvtt tttttttt | length, 4 bytes | id, 4 bytes | parameters
               v version 1 or 2, t type; the length counts the header's ten bytes too
    TLV        000000tt tttttttt | length, 2 bytes | value      the length counts these four bytes too
    TV         1ttttttt | value                                 its size is known by its type alone

    RO_ACCESS_REPORT { TagReportData { EPC-96 | EPCData, ROSpecID, AntennaID, PeakRSSI, FirstSeenTimestampUTC,
                                       LastSeenTimestampUTC, TagSeenCount } }

A parameter of a type that we do not know is skipped by its length and counted; a TV of an unknown type has no length,
so what holds it is refused. A tag's data that makes no sense is refused alone, the other tags of the report are kept.
TCP loses no byte: a header that cannot be one means that both ends no longer agree where messages begin. There is no
mark to find the next one by, so the decoder is `broken` from there on and the connection must be made anew.
"""

from collections import Counter
from typing import Final

from gateway.decoders.heard import Fault, Rejected
from gateway.decoders.llrp_words import (
    ANOTHER_ATTEMPTED,
    ANSWERS,
    ANTENNA_MAX,
    EPC_BYTES_MAX,
    HEADER_BYTES,
    MESSAGE_BYTES_MAX,
    OF_CLIENTS,
    RSSI_NOT_SAID,
    TEXT_CHARACTERS_MAX,
    VERSIONS,
    Event,
    LlrpAnswer,
    LlrpEvent,
    LlrpHeard,
    LlrpKeepalive,
    LlrpTag,
    Message,
    Parameter,
)

NOISE_BYTES_MAX: Final = 1_024  # what follows a broken header is handed on in pieces of this size
EPC_96: Final = 0x80 | 13
ANTENNA_ID: Final = 0x80 | 1
FIRST_SEEN_UTC: Final = 0x80 | 2
LAST_SEEN_UTC: Final = 0x80 | 4
PEAK_RSSI: Final = 0x80 | 6
SEEN_COUNT: Final = 0x80 | 8
ROSPEC_ID: Final = 0x80 | 9

# Bytes of each TV parameter with its type byte, 0 for a type that does not exist (sections 17.2.3 and 17.3).
_TV_SIZES: Final = {
    1: 3, 2: 9, 3: 9, 4: 9, 5: 9, 6: 2, 7: 3, 8: 3, 9: 5, 10: 3,
    11: 3, 12: 3, 13: 13, 14: 3, 15: 3, 16: 5, 17: 3, 18: 5, 19: 3, 20: 3,
}  # fmt: skip
_TV_BYTES: Final = tuple(_TV_SIZES.get(kind & 0x7F, 0) if kind & 0x80 else 0 for kind in range(256))


class MalformedError(Exception):
    """Bytes do not fit together; caught in this file, its fault becomes a Rejected."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class LlrpDecoder:
    """Feed it what one connection says, in any slices; a new connection needs a new decoder."""

    def __init__(self) -> None:
        self.messages = 0
        self.skipped = 0  # parameters and messages of a kind that we do not know, stepped over by their length
        self.faults: Counter[Fault] = Counter()
        self.broken = False
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Number of bytes that are held: less than one message of MESSAGE_BYTES_MAX."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[LlrpHeard]:
        """Take bytes and return what is complete."""
        heard: list[LlrpHeard] = []
        self._buffer += data
        at = 0
        while not self.broken and len(self._buffer) - at >= HEADER_BYTES:
            size = self._size(at)
            if size is None:
                self.broken = True
                break
            if len(self._buffer) - at < size:
                break
            self._message(bytes(self._buffer[at : at + size]), heard)
            at += size
        del self._buffer[:at]
        if self.broken:
            self._hand_on_noise(heard, NOISE_BYTES_MAX)
        return heard

    def end(self) -> list[LlrpHeard]:
        """Give up what is held, because the connection has ended."""
        heard: list[LlrpHeard] = []
        if self.broken:
            self._hand_on_noise(heard, 1)
        elif self._buffer:
            self._refuse(heard, Fault.TRUNCATED, bytes(self._buffer))
            self._buffer.clear()
        return heard

    def _size(self, at: int) -> int | None:
        """Return the length of the message that begins here, None if none can begin so."""
        head = self._buffer[at]
        size = int.from_bytes(self._buffer[at + 2 : at + 6], "big")
        if head >> 5 or head >> 2 not in VERSIONS or not HEADER_BYTES <= size <= MESSAGE_BYTES_MAX:
            return None
        return size

    def _hand_on_noise(self, heard: list[LlrpHeard], least: int) -> None:
        at = 0
        while len(self._buffer) - at >= least and at < len(self._buffer):
            piece = bytes(self._buffer[at : at + NOISE_BYTES_MAX])
            self._refuse(heard, Fault.NOISE, piece)
            at += len(piece)
        del self._buffer[:at]

    def _refuse(self, heard: list[LlrpHeard], fault: Fault, raw: bytes) -> None:
        self.faults[fault] += 1
        heard.append(Rejected(fault=fault, raw=raw))

    def _message(self, frame: bytes, heard: list[LlrpHeard]) -> None:
        kind, message_id = int.from_bytes(frame[:2], "big") & 0x3FF, int.from_bytes(frame[6:10], "big")
        self.messages += 1
        try:
            if kind == Message.RO_ACCESS_REPORT:
                self._report(frame, heard)
            elif kind == Message.KEEPALIVE:
                heard.append(LlrpKeepalive(message_id))
            elif kind == Message.READER_EVENT_NOTIFICATION:
                heard += self._events(frame)
            elif kind in ANSWERS:
                heard.append(self._answer(Message(kind), message_id, frame))
            elif kind in OF_CLIENTS:
                self._refuse(heard, Fault.NOT_AN_ANSWER, frame)
            else:
                self.skipped += 1
        except MalformedError as error:
            self._refuse(heard, error.fault, frame)

    def _report(self, frame: bytes, heard: list[LlrpHeard]) -> None:
        """Read the tags of a report; those before a break in the frame are heard all the same."""
        at, end = HEADER_BYTES, len(frame)
        while at < end:
            kind, stop = _tlv(frame, at, end)
            if kind == Parameter.TAG_REPORT_DATA:
                try:
                    heard.append(self._tag(frame, at + 4, stop))
                except MalformedError as error:
                    self._refuse(heard, error.fault, frame[at:stop])
            else:
                self.skipped += 1
            at = stop

    def _tag(self, frame: bytes, at: int, end: int) -> LlrpTag:
        """Read one tag's data; whatever it says twice makes it doubtful."""
        said: dict[int, bytes] = {}
        epc = None
        while at < end:
            kind = frame[at]
            size = _TV_BYTES[kind]
            if size:
                stop = at + size
                if stop > end or kind in said:
                    raise MalformedError(Fault.PAYLOAD)
                said[kind] = frame[at + 1 : stop]
            else:
                number, stop = _tlv(frame, at, end)
                if number != Parameter.EPC_DATA:
                    self.skipped += 1
                elif epc is not None:
                    raise MalformedError(Fault.PAYLOAD)
                else:
                    epc = _epc_data(frame[at + 4 : stop])
            at = stop
        return _tag_of(said, epc)

    def _events(self, frame: bytes) -> list[LlrpHeard]:
        events: list[LlrpHeard] = []
        at, end = HEADER_BYTES, len(frame)
        while at < end:
            kind, stop = _tlv(frame, at, end)
            if kind == Parameter.READER_EVENT_NOTIFICATION_DATA:
                events += self._event_data(frame, at + 4, stop)
            else:
                self.skipped += 1
            at = stop
        return events

    def _event_data(self, frame: bytes, at: int, end: int) -> list[LlrpHeard]:
        stamp_us = None
        events: list[LlrpHeard] = []
        while at < end:
            kind, stop = _tlv(frame, at, end)
            value = frame[at + 4 : stop]
            at = stop
            if kind == Parameter.UTC_TIMESTAMP:
                stamp_us = _number(value, 0, 8)
                continue
            event = _event(kind, value, stamp_us)
            if event is None:
                self.skipped += 1
            else:
                events.append(event)
        return events

    def _answer(self, kind: Message, message_id: int, frame: bytes) -> LlrpAnswer:
        status, text = None, ""
        antennas: dict[int, bool] = {}
        device = b""
        at, end = HEADER_BYTES, len(frame)
        while at < end:
            number, stop = _tlv(frame, at, end)
            value = frame[at + 4 : stop]
            at = stop
            if number == Parameter.LLRP_STATUS:
                status, text = _number(value, 0, 2), _text(value, 2)
            elif number == Parameter.ANTENNA_PROPERTIES:
                antennas[_antenna(value, 1)] = bool(_number(value, 0, 1) & 0x80)
            elif number == Parameter.GENERAL_DEVICE_CAPABILITIES:
                device = value
            else:
                self.skipped += 1
        if status is None:
            raise MalformedError(Fault.PAYLOAD)
        return LlrpAnswer(
            kind=kind,
            id=message_id,
            status=status,
            text=text,
            antennas=antennas,
            antennas_max=_number(device, 0, 2) if device else 0,
            manufacturer=_number(device, 4, 4) if device else 0,
            model=_number(device, 8, 4) if device else 0,
            firmware=_text(device, 12) if device else "",
        )


def _tlv(frame: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the type of the parameter that begins here and where it stops."""
    if at + 4 > end or frame[at] > 0x03:  # a TV, or reserved bits: neither can stand here
        raise MalformedError(Fault.PAYLOAD)
    size = frame[at + 2] << 8 | frame[at + 3]
    if size < 4 or at + size > end:
        raise MalformedError(Fault.PAYLOAD)
    return frame[at] << 8 | frame[at + 1], at + size


def _tag_of(said: dict[int, bytes], epc: bytes | None) -> LlrpTag:
    short = said.get(EPC_96)
    if (short is None) == (epc is None):
        raise MalformedError(Fault.PAYLOAD)
    antenna = int.from_bytes(said.get(ANTENNA_ID, b""), "big")
    if antenna > ANTENNA_MAX:
        raise MalformedError(Fault.PAYLOAD)
    rssi, count = said.get(PEAK_RSSI), said.get(SEEN_COUNT)
    first, last, rospec = said.get(FIRST_SEEN_UTC), said.get(LAST_SEEN_UTC), said.get(ROSPEC_ID)
    return LlrpTag(
        (short or epc or b"").hex().upper(),
        antenna,
        RSSI_NOT_SAID if rssi is None else (rssi[0] ^ 0x80) - 0x80,
        1 if count is None else int.from_bytes(count, "big"),
        None if first is None else int.from_bytes(first, "big"),
        None if last is None else int.from_bytes(last, "big"),
        None if rospec is None else int.from_bytes(rospec, "big"),
    )


def _epc_data(value: bytes) -> bytes:
    """Return the EPC of an EPCData: a count of bits, whole words of 16, and the bytes."""
    bits, epc = _number(value, 0, 2), value[2:]
    if not epc or bits % 16 or bits != 8 * len(epc) or len(epc) > EPC_BYTES_MAX:
        raise MalformedError(Fault.EPC_LENGTH)
    return epc


def _event(kind: int, value: bytes, stamp_us: int | None) -> LlrpEvent | None:
    """Return what one event parameter says, None if it is of no concern to us."""
    match kind:
        case Parameter.CONNECTION_ATTEMPT_EVENT:
            status = _number(value, 0, 2)
            event = Event.CONNECTED if status == 0 else Event.REFUSED
            event = Event.ANOTHER_TRIED if status == ANOTHER_ATTEMPTED else event
            return LlrpEvent(event=event, stamp_us=stamp_us, number=status)
        case Parameter.RO_SPEC_EVENT:
            event = Event.ENDED if _number(value, 0, 1) else Event.STARTED
            return LlrpEvent(event=event, stamp_us=stamp_us, number=_number(value, 1, 4))
        case Parameter.ANTENNA_EVENT:
            event = Event.ANTENNA_FOUND if _number(value, 0, 1) else Event.ANTENNA_LOST
            return LlrpEvent(event=event, stamp_us=stamp_us, number=_antenna(value, 1))
        case Parameter.REPORT_BUFFER_LEVEL_WARNING:
            return LlrpEvent(event=Event.BUFFER_FILLING, stamp_us=stamp_us, number=_number(value, 0, 1))
        case Parameter.REPORT_BUFFER_OVERFLOW_ERROR:
            return LlrpEvent(event=Event.REPORTS_LOST, stamp_us=stamp_us)
        case Parameter.READER_EXCEPTION_EVENT:
            return LlrpEvent(event=Event.EXCEPTION, stamp_us=stamp_us, text=_text(value, 0))
        case Parameter.CONNECTION_CLOSE_EVENT:
            return LlrpEvent(event=Event.CLOSING, stamp_us=stamp_us)
        case _:
            return None


def _antenna(value: bytes, at: int) -> int:
    antenna = _number(value, at, 2)
    if antenna > ANTENNA_MAX:
        raise MalformedError(Fault.PAYLOAD)
    return antenna


def _number(value: bytes, at: int, size: int) -> int:
    if len(value) < at + size:
        raise MalformedError(Fault.PAYLOAD)
    return int.from_bytes(value[at : at + size], "big")


def _text(value: bytes, at: int) -> str:
    """Return a string with its length before it, without anything that a log or a page could take amiss."""
    size = _number(value, at, 2)
    if len(value) < at + 2 + size:
        raise MalformedError(Fault.PAYLOAD)
    text = value[at + 2 : at + 2 + size].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text[:TEXT_CHARACTERS_MAX])
