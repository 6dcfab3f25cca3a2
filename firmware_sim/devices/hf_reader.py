"""An HF reader for ISO 15693 tags that speaks 7E55, as its host sees it: bytes on a serial line.

Source: HFReader document V1.1 in Cyberistic/Python-R321. `7E 55 | length | source 2 | target 2 | 1F in answers |
command | 00 | parameters | CRC`, little-endian; length counts from source to CRC; CRC-16/X-25 from length on, low byte
first.
"""

from typing import Final

from firmware_sim.devices.tags import FieldTag, TagField

HEAD: Final = b"\x7e\x55"
HOST: Final = 0x0000
BROADCAST: Final = 0xFFFF
ANSWER_MS: Final = 120
SILENCE_MS: Final = 200
LIST_MAX: Final = 20  # tags in one answer; what remains is said
VERSION: Final = bytes.fromhex("010100")


def crc_x25(data: bytes) -> int:
    """Return the CRC-16/X-25, bit by bit."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return crc ^ 0xFFFF


def frame(source: int, target: int, said: bytes) -> bytes:
    """Return a whole frame; said goes from 1F or the command to the last parameter."""
    body = source.to_bytes(2, "little") + target.to_bytes(2, "little") + said
    checked = bytes((len(body) + 2,)) + body
    return HEAD + checked + crc_x25(checked).to_bytes(2, "little")


class HfReader:
    """The reader and the tags in its field; it has one antenna."""

    def __init__(self, seed: int | str, start_ms: int, *, address: int = 0x0001) -> None:
        """Stand idle."""
        self.field = TagField(seed)
        self.address = address
        self.list_max = LIST_MAX
        self.empty_is_an_error = False  # some firmwares answer "no answer" where nothing is in the field
        self._held = bytearray()
        self._heard_ms = start_ms
        self._due_ms: int | None = None
        self._left: list[str] = []

    def enter(self, tag: FieldTag) -> None:
        """Bring a tag into the field; its id is the UID, highest byte first."""
        self.field.enter(tag)

    def receive(self, data: bytes, at_ms: int) -> list[bytes]:
        """Take the host's bytes and return the answers that come at once."""
        if at_ms - self._heard_ms >= SILENCE_MS:
            self._held.clear()
        self._heard_ms = at_ms
        self._held += data
        answers = []
        while (said := self._cut()) is not None:
            answers += self._answer(said[0], said[2:], at_ms)
        return answers

    def advance(self, to_ms: int) -> list[bytes]:
        """Return the list that was asked for, if it is ready by to_ms."""
        if self._due_ms is None or self._due_ms > to_ms:
            return []
        self._due_ms = None
        listed, self._left = self._left[: self.list_max], self._left[self.list_max :]
        if not listed and self.empty_is_an_error:
            return [self._say(0x11, b"\x01\x03")]
        records = b"".join(bytes.fromhex(uid)[::-1] + b"\xaa" for uid in listed)
        return [self._say(0x11, records + bytes((len(self._left), 0)))]

    def _cut(self) -> bytes | None:
        """Return the next command to this reader, from the command byte to the last parameter."""
        held = self._held
        while held:
            if held[:2] == HEAD[: len(held)] and (len(held) < 3 or held[2] >= 8):
                if len(held) < 3 or len(held) < held[2] + 3:
                    return None
                whole = bytes(held[: held[2] + 3])
                if crc_x25(whole[2:-2]) == int.from_bytes(whole[-2:], "little"):
                    del held[: len(whole)]
                    if int.from_bytes(whole[5:7], "little") in {self.address, BROADCAST}:
                        return whole[7:-2]
                    continue
            del held[0]
        return None

    def _answer(self, command: int, parameters: bytes, at_ms: int) -> list[bytes]:
        if command == 0xF7:
            return [self._say(command, VERSION)]
        if command == 0x11 and parameters == b"\x00":
            if not self._left:
                self._left = [uid for uid, _ in self.field.round(1)]
            self._due_ms = at_ms + ANSWER_MS
            return []
        if command == 0x23:
            return [self._say(command, b"\x00\x00")]
        return [self._say(command, b"\x01\x01")]

    def _say(self, command: int, parameters: bytes) -> bytes:
        length_limit = 0xFF - 9
        said = bytes((0x1F, command, 0)) + parameters
        if len(parameters) <= length_limit:
            return frame(self.address, HOST, said)
        addresses = self.address.to_bytes(2, "little") + HOST.to_bytes(2, "little")
        long = b"\0" + addresses + said[:3] + len(parameters).to_bytes(2, "little") + parameters
        return HEAD + long + crc_x25(long).to_bytes(2, "little")
