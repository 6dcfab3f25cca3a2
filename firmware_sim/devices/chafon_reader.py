"""A reader of Chafon's UHFReader288 or UHFReader18 line, as its host sees it: bytes on a serial line.

Source: "UHF RFID Reader Series User Manual V2.20". Command `length address command data CRC`, answer `length address
command status data CRC`; length counts what follows it; CRC-16 with polynomial 0x8408, start 0xFFFF, low byte first.
The reader says nothing to a wrong address or to a frame that is too short, and FE with command 00 to a wrong CRC.
"""

from typing import Final

from firmware_sim.devices.tags import FieldTag, TagField

BROADCAST: Final = 0xFF
ROUND_MS: Final = 90
GAP_MS: Final = 15  # bytes of one frame follow each other faster
TAGS_IN_A_FRAME: Final = 6
INFO_288: Final = bytes.fromhex("00160c034e001e0a01000000")
INFO_18: Final = bytes.fromhex("0116090240001e0a")


def crc16(data: bytes) -> int:
    """Return the CRC as the manual computes it, bit by bit."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return crc


def sealed(said: bytes) -> bytes:
    """Return length, said and CRC."""
    whole = bytes((len(said) + 2,)) + said
    return whole + crc16(whole).to_bytes(2, "little")


class ChafonReader:
    """The reader and the tags in its field; `connected` are the antennas that hang on it."""

    def __init__(
        self, seed: int | str, start_ms: int, *, ports: int = 4, line_18: bool = False, address: int = 0
    ) -> None:
        """Stand idle with an antenna on every port."""
        self.field = TagField(seed)
        self.connected = set(range(1, ports + 1))
        self.address = address
        self._ports = ports
        self._line_18 = line_18
        self._held = bytearray()
        self._heard_ms = start_ms
        self._round: tuple[int, int, bool] | None = None  # antenna, when it is over, with TID

    def enter(self, tag: FieldTag, antenna: int = 1) -> None:
        """Bring a tag before an antenna."""
        self.field.enter(tag, antenna)

    def receive(self, data: bytes, at_ms: int) -> list[bytes]:
        """Take the host's bytes and return the answers that come at once."""
        if at_ms - self._heard_ms >= GAP_MS:
            self._held.clear()
        self._heard_ms = at_ms
        self._held += data
        answers = []
        while self._held and len(self._held) > self._held[0]:
            whole = bytes(self._held[: self._held[0] + 1])
            del self._held[: len(whole)]
            if len(whole) >= 5 and whole[1] in {self.address, BROADCAST}:
                sound = crc16(whole) == 0
                answers += self._answer(whole[2], whole[3:-2], at_ms) if sound else [self._say(0x00, 0xFE)]
        return answers

    def advance(self, to_ms: int) -> list[bytes]:
        """Return the frames of an inventory that has come to its end by to_ms."""
        if self._round is None or self._round[1] > to_ms:
            return []
        antenna, _, with_tid = self._round
        self._round = None
        if antenna not in self.connected:
            return [self._say(0x01, 0xF8)]
        reads = self.field.round(antenna)
        parts = [reads[at : at + TAGS_IN_A_FRAME] for at in range(0, len(reads), TAGS_IN_A_FRAME)]
        frames = [self._say(0x01, 0x03, self._tags(antenna, part, with_tid=with_tid)) for part in parts]
        return [*frames, self._say(0x01, 0x01, self._tags(antenna, [], with_tid=False))]

    def pushed(self, antenna: int, epc: str, strength: int) -> bytes:
        """Return what the reader pushes in real-time mode for one read."""
        tag = bytes.fromhex(epc)
        return self._say(0xEE, 0x00, bytes((self._place(antenna), len(tag))) + tag + bytes((strength,)))

    def _answer(self, command: int, data: bytes, at_ms: int) -> list[bytes]:
        if command == 0x21 and not data:
            return [self._say(command, 0x00, INFO_18 if self._line_18 else INFO_288)]
        if command == 0x01 and self._line_18 and not data:
            self._round = (1, at_ms + ROUND_MS, False)
            return []
        if command == 0x01 and not self._line_18 and len(data) in {6, 9}:
            antenna = data[7] - 0x7F if len(data) == 9 else 1
            if not 1 <= antenna <= self._ports:
                return [self._say(command, 0xFF)]
            self._round = (antenna, at_ms + ROUND_MS, bool(data[0] & 0x20))
            return []
        return [self._say(command if command in {0x01, 0x21} else 0x00, 0xFE)]

    def _place(self, antenna: int) -> int:
        return antenna - 1 if self._ports > 8 else 1 << antenna - 1

    def _tags(self, antenna: int, reads: list[tuple[str, int]], *, with_tid: bool) -> bytes:
        if self._line_18:
            said = b"".join(bytes((len(tag) // 2,)) + bytes.fromhex(tag) for tag, _ in reads)
            return bytes((len(reads),)) + said
        said = bytes((self._place(antenna), len(reads)))
        for tag, strength in reads:
            epc = bytes.fromhex(tag) + (bytes.fromhex("E28011700000") + epc_tail(tag) if with_tid else b"")
            said += bytes((len(epc) | (0x80 if with_tid else 0),)) + epc + bytes((strength,))
        return said

    def _say(self, command: int, status: int, data: bytes = b"") -> bytes:
        return sealed(bytes((self.address, command, status)) + data)


def epc_tail(tag: str) -> bytes:
    """Return six bytes that make a tag's TID its own."""
    return bytes.fromhex(tag)[-6:].rjust(6, b"\0")
