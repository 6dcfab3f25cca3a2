"""A reader of the A0 family (R2000/Indy) with up to eight antennas, as its host sees it: bytes on a serial line.

Source: "IND903 UHF RFID Serial Interface Protocol V2.2". A frame is `A0 | length | address | command | data | check`;
length counts what follows it, the sum of the whole frame is 0 modulo 256. The simulated reader has frequency index 35
(916.0 MHz) and ends a round with the long form, antenna, rate and total, as real units do.
"""

from typing import Final

from firmware_sim.devices.tags import FieldTag, TagField

HEAD: Final = 0xA0
RESET_ADDRESS: Final = 0x01
PUBLIC: Final = 0xFF
ROUND_MS: Final = 80
SILENCE_MS: Final = 200
CHANNEL: Final = 35
FIRMWARE: Final = b"\x01\x09"

SUCCESS: Final = 0x10
ANTENNA_MISSING: Final = 0x22
BAD_PARAMETER: Final = 0x41
BAD_ANTENNA: Final = 0x47


def frame(address: int, command: int, data: bytes = b"") -> bytes:
    """Return a whole frame with its check byte."""
    said = bytes((HEAD, 3 + len(data), address, command)) + data
    return said + bytes(((0x100 - sum(said) % 0x100) % 0x100,))


def tag_packet(address: int, command: int, antenna: int, epc: bytes, dbm: int) -> bytes:
    """Return the packet of one read; antennas above four set the top bit of the strength."""
    first = CHANNEL * 4 + (antenna - 1) % 4
    strength = dbm + 130 if dbm <= -41 else dbm + 129
    control = (len(epc) // 2 << 11).to_bytes(2, "big")
    return frame(address, command, bytes((first,)) + control + epc + bytes((strength + (0x80 if antenna > 4 else 0),)))


class A0Reader:
    """The reader and the tags in its field; `connected` are the antennas that hang on it."""

    def __init__(self, seed: int | str, start_ms: int, *, ports: int = 4, address: int = RESET_ADDRESS) -> None:
        """Stand idle on antenna 1 with an antenna on every port."""
        self.field = TagField(seed)
        self.connected = set(range(1, ports + 1))
        self.address = address
        self._ports = ports
        self._antenna = 1
        self._held = bytearray()
        self._heard_ms = start_ms
        self._round: tuple[int, int] | None = None  # command and when its answer is due

    def enter(self, tag: FieldTag, antenna: int = 1) -> None:
        """Bring a tag before an antenna."""
        self.field.enter(tag, antenna)

    def receive(self, data: bytes, at_ms: int) -> list[bytes]:
        """Take the host's bytes and return the answers that come at once."""
        if at_ms - self._heard_ms >= SILENCE_MS:
            self._held.clear()
        self._heard_ms = at_ms
        self._held += data
        answers = []
        while (said := self._cut()) is not None:
            answers += self._answer(said[0], said[1], at_ms)
        return answers

    def advance(self, to_ms: int) -> list[bytes]:
        """Return the frames of a round that has come to its end by to_ms."""
        if self._round is None or self._round[1] > to_ms:
            return []
        command, _ = self._round
        self._round = None
        if self._antenna not in self.connected:
            return [frame(self.address, command, bytes((ANTENNA_MISSING,)))]
        reads = self.field.round(self._antenna)
        packets = [tag_packet(self.address, command, self._antenna, bytes.fromhex(tag), dbm) for tag, dbm in reads]
        end = bytes((self._antenna - 1,)) + (17).to_bytes(2, "big") + len(reads).to_bytes(4, "big")
        return [*packets, frame(self.address, command, end)]

    def _cut(self) -> tuple[int, bytes] | None:
        held = self._held
        while held:
            if held[0] == HEAD:
                if len(held) < 2 or len(held) < held[1] + 2:
                    return None
                whole = bytes(held[: held[1] + 2])
                if held[1] >= 3 and sum(whole) % 0x100 == 0:
                    del held[: len(whole)]
                    if whole[2] in {self.address, PUBLIC}:
                        return whole[3], whole[4:-1]
                    continue
            del held[0]
        return None

    def _answer(self, command: int, data: bytes, at_ms: int) -> list[bytes]:
        if command == 0x72 and not data:
            return [frame(self.address, command, FIRMWARE)]
        if command == 0x74 and len(data) == 1:
            known = data[0] < self._ports
            self._antenna = data[0] + 1 if known else self._antenna
            return [frame(self.address, command, bytes((SUCCESS if known else BAD_ANTENNA,)))]
        if (command == 0x89 and len(data) == 1) or (command == 0x8B and len(data) in {3, 4}):
            self._round = (command, at_ms + ROUND_MS)
            return []
        return [frame(self.address, command, bytes((BAD_PARAMETER,)))]
