"""A UHF reader of the BB..7E family (M100, QM100, R200, YRM100) as its host sees it: bytes on a serial line.

Source: "Communication Protocol V2.1" (Invelion) for frames, commands and error codes; EPC Gen2 for PC and CRC-16.
A frame is `BB | type | command | length, 2 bytes | parameters | sum | 7E`, big-endian, nothing is escaped; the sum is
the low byte of everything from type to the last parameter. Type 00 is a command, 01 an answer, 02 a notice.
"""

import random
from dataclasses import dataclass
from typing import Final

HEAD: Final = 0xBB
TAIL: Final = 0x7E
COMMAND: Final = 0x00
ANSWER: Final = 0x01
NOTICE: Final = 0x02

INFO: Final = 0x03
SET_REGION: Final = 0x07
GET_REGION: Final = 0x08
SINGLE_INVENTORY: Final = 0x22
MULTI_INVENTORY: Final = 0x27
STOP: Final = 0x28
SET_POWER: Final = 0xB6
GET_POWER: Final = 0xB7
ERROR: Final = 0xFF

NO_TAG: Final = 0x15  # the normal answer of an empty round, not a fault
BAD_COMMAND: Final = 0x17

ROUND_MS: Final = 100
FRAME_OVERHEAD_BYTES: Final = 7
PARAMETER_BYTES_MAX: Final = 64  # the longest command of the protocol (write) stays below
SILENCE_MS: Final = 200  # a command that stopped in its middle for so long is forgotten
REGIONS: Final = (1, 2, 3, 4, 6)  # CN920, US, EU, CN840, KR

# In a metal cabinet a tag now and then sits in a null of the field for a whole inventory, whatever its usual rate.
NULL_SHARE: Final = 0.05
NULL_FACTOR: Final = 0.15
RSSI_SPREAD_DB: Final = 2

_INFO_TEXTS: Final = {0: b"M100 26dBm V1.0", 1: b"V2.3.5", 2: b"MagicRF"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag in the field: `read_probability` is the chance to be read in one round (0: it is never heard)."""

    epc: str
    read_probability: float
    rssi_dbm: int


def frame(kind: int, command: int, parameters: bytes = b"") -> bytes:
    """Return a whole frame with its checksum."""
    body = bytes((kind, command)) + len(parameters).to_bytes(2, "big") + parameters
    return bytes((HEAD,)) + body + bytes((sum(body) & 0xFF, TAIL))


def gen2_crc16(data: bytes) -> int:
    """Return the CRC-16 that a Gen2 tag sends over PC and EPC: CCITT 0x1021, start 0xFFFF, inverted."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc ^ 0xFFFF


def protocol_control(epc: bytes) -> int:
    """Return the PC word of a tag with nothing special about it: the EPC's length in words in the top five bits."""
    return len(epc) // 2 << 11


def notice(rssi_dbm: int, pc: int, epc: bytes) -> bytes:
    """Return the notice of one read: RSSI as signed byte in dBm, PC, EPC and the tag's own CRC."""
    said = pc.to_bytes(2, "big") + epc
    return frame(NOTICE, SINGLE_INVENTORY, bytes((rssi_dbm & 0xFF,)) + said + gen2_crc16(said).to_bytes(2, "big"))


def error(code: int) -> bytes:
    """Return an error frame."""
    return frame(ANSWER, ERROR, bytes((code,)))


class Bb7eReader:
    """The reader and the tags that are in its field now."""

    def __init__(self, seed: int | str, start_ms: int) -> None:
        """Start idle; the same seed, bytes and times give the same reads."""
        self._random = random.Random(seed)  # noqa: S311 - a simulation must repeat, it protects nothing
        self._held = bytearray()
        self._heard_ms = start_ms
        self._tags: dict[str, Tag] = {}
        self._spoken: dict[str, bytes] = {}
        self._in_null: set[str] = set()
        self._rounds_left = 0
        self._next_round_ms = 0
        self._region = 1
        self._power_centi_dbm = 2000

    @property
    def midway(self) -> bool:
        """Whether a command has begun and is not yet complete."""
        return bool(self._held)

    def enter(self, tag: Tag) -> None:
        """Bring a tag into the field."""
        epc = bytes.fromhex(tag.epc)
        self._tags[tag.epc] = tag
        self._spoken[tag.epc] = notice(0, protocol_control(epc), epc)

    def leave(self, epc: str) -> None:
        """Take a tag out of the field."""
        del self._tags[epc]

    def advance(self, to_ms: int) -> list[bytes]:
        """Run the rounds that are due up to to_ms and return their frames."""
        frames: list[bytes] = []
        while self._rounds_left and self._next_round_ms <= to_ms:
            frames += self._round()
            self._rounds_left -= 1
            self._next_round_ms += ROUND_MS
        return frames

    def receive(self, data: bytes, at_ms: int) -> list[bytes]:
        """Take the host's bytes and return one answer a command: its frames, or nothing where notices come later."""
        if at_ms - self._heard_ms >= SILENCE_MS:
            self._held.clear()
        self._heard_ms = at_ms
        self._held += data
        answers: list[bytes] = []
        while (command := self._next_command()) is not None:
            answers.append(self._answer(command[0], command[1], at_ms))
        return answers

    def _next_command(self) -> tuple[int, bytes] | None:
        """Cut one sound command frame; a byte that cannot begin one is dropped alone, so the next may."""
        held = self._held
        while held:
            length = 0
            if held[0] == HEAD:
                if len(held) < FRAME_OVERHEAD_BYTES - 2:
                    return None
                length = int.from_bytes(held[3:5], "big")
                if length <= PARAMETER_BYTES_MAX and len(held) < length + FRAME_OVERHEAD_BYTES:
                    return None
                whole = bytes(held[: length + FRAME_OVERHEAD_BYTES])
                if length <= PARAMETER_BYTES_MAX and whole == frame(COMMAND, held[2], bytes(held[5 : 5 + length])):
                    del held[: len(whole)]
                    return whole[2], whole[5:-2]
            del held[0]
        return None

    def _answer(self, command: int, parameters: bytes, at_ms: int) -> bytes:
        if command == SINGLE_INVENTORY and not parameters:
            self._choose_nulls()
            return b"".join(self._round())
        if command == MULTI_INVENTORY and len(parameters) == 3 and parameters[0] == SINGLE_INVENTORY:
            return self._start(int.from_bytes(parameters[1:], "big"), at_ms)
        if command == STOP and not parameters:
            self._rounds_left = 0
            return frame(ANSWER, STOP, b"\x00")
        if command == INFO and len(parameters) == 1 and parameters[0] in _INFO_TEXTS:
            return frame(ANSWER, INFO, parameters + _INFO_TEXTS[parameters[0]])
        return self._setting(command, parameters)

    def _setting(self, command: int, parameters: bytes) -> bytes:
        if command == GET_POWER and not parameters:
            return frame(ANSWER, GET_POWER, self._power_centi_dbm.to_bytes(2, "big"))
        if command == SET_POWER and len(parameters) == 2:
            self._power_centi_dbm = int.from_bytes(parameters, "big")
            return frame(ANSWER, SET_POWER, b"\x00")
        if command == GET_REGION and not parameters:
            return frame(ANSWER, GET_REGION, bytes((self._region,)))
        if command == SET_REGION and len(parameters) == 1 and parameters[0] in REGIONS:
            self._region = parameters[0]
            return frame(ANSWER, SET_REGION, b"\x00")
        return error(BAD_COMMAND)

    def _start(self, rounds: int, at_ms: int) -> bytes:
        self._rounds_left = rounds
        self._next_round_ms = at_ms + ROUND_MS
        self._choose_nulls()
        return b""  # the reader says nothing to this command but the notices

    def _choose_nulls(self) -> None:
        self._in_null = {epc for epc in self._tags if self._random.random() < NULL_SHARE}

    def _round(self) -> list[bytes]:
        frames: list[bytes] = []
        for epc, tag in self._tags.items():
            chance = tag.read_probability * (NULL_FACTOR if epc in self._in_null else 1.0)
            if self._random.random() < chance:
                frames.append(self._read(tag))
        return frames or [error(NO_TAG)]

    def _read(self, tag: Tag) -> bytes:
        """Fill the RSSI into the tag's notice: everything else in it, and so the rest of the sum, never changes."""
        rssi = (tag.rssi_dbm + self._random.randint(-RSSI_SPREAD_DB, RSSI_SPREAD_DB)) & 0xFF
        spoken = self._spoken[tag.epc]
        checksum = (spoken[-2] + rssi) & 0xFF
        return spoken[:5] + bytes((rssi,)) + spoken[6:-2] + bytes((checksum, TAIL))
