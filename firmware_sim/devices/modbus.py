"""What every Modbus RTU slave does: the CRC-16 and the cutting of requests out of a stream of bytes.

Sources: MODBUS over Serial Line V1.02 (2.5.1 RTU framing, 6.2.2 CRC generation) and MODBUS Application Protocol
V1.1b3 (section 7, exception codes).
"""

from typing import Final

ILLEGAL_FUNCTION: Final = 0x01
ILLEGAL_ADDRESS: Final = 0x02
ILLEGAL_VALUE: Final = 0x03
EXCEPTION_FLAG: Final = 0x80
CRC_START: Final = 0xFFFF
CRC_POLYNOMIAL: Final = 0xA001  # 0x8005 reflected

FRAME_BYTES_MIN: Final = 4  # address, function, CRC
FRAME_BYTES_MAX: Final = 256
# The standard asks for 3.5 characters (4 ms at 9600 baud). A pseudo-terminal has no character times and the host's
# process may be interrupted in the middle of a frame, so more is allowed before a frame counts as broken off.
SILENCE_MS: Final = 50

_FIXED_BYTES: Final = 8  # requests of functions 1 to 6: address, function, two words, CRC
_FIXED_FUNCTIONS: Final = range(1, 7)


def crc16(data: bytes | bytearray) -> int:
    """Return the CRC-16 of Modbus: polynomial 0x8005 reflected (0xA001), start value 0xFFFF."""
    crc = CRC_START
    for byte in data:
        crc = crc >> 8 ^ _CRC_OF_BYTE[(crc ^ byte) & 0xFF]
    return crc


def _with_byte(crc: int, byte: int) -> int:
    crc ^= byte
    for _ in range(8):
        crc = (crc >> 1) ^ CRC_POLYNOMIAL if crc & 1 else crc >> 1
    return crc


_CRC_OF_BYTE: Final = tuple(_with_byte(0, byte) for byte in range(256))


def sealed(body: bytes) -> bytes:
    """Return a frame: the body and its CRC, low byte first."""
    return body + crc16(body).to_bytes(2, "little")


def exception(address: int, function: int, code: int) -> bytes:
    """Return an exception answer: the function with its top bit set, and the code."""
    return sealed(bytes((address, function | EXCEPTION_FLAG, code)))


class RequestCutter:
    """Cuts a host's bytes into requests with a valid CRC, however they are chunked.

    A frame with a wrong CRC makes the slave deaf until the line has been silent, as the standard says: what follows
    without silence belongs to the same broken frame.
    """

    def __init__(self) -> None:
        """Start on a silent line."""
        self._held = bytearray()
        self._deaf = False
        self._last_ms = 0

    @property
    def midway(self) -> bool:
        """Whether a request has begun and is not yet complete."""
        return bool(self._held)

    def cut(self, data: bytes, at_ms: int) -> list[bytes]:
        """Take bytes that arrived at at_ms and return the requests that are now complete."""
        if at_ms - self._last_ms >= SILENCE_MS:
            self._held.clear()
            self._deaf = False
        self._last_ms = at_ms
        if self._deaf:
            return []
        self._held += data
        return self._complete()

    def _complete(self) -> list[bytes]:
        requests: list[bytes] = []
        while (length := self._frame_length()) is not None:
            if length == 0:
                self._deaf = True
                self._held.clear()
                break
            requests.append(bytes(self._held[:length]))
            del self._held[:length]
        return requests

    def _frame_length(self) -> int | None:
        """Return the length of the first frame, 0 if it is broken, None if more bytes are needed."""
        held = self._held
        if len(held) < FRAME_BYTES_MIN:
            return None
        if held[1] in _FIXED_FUNCTIONS:
            if len(held) < _FIXED_BYTES:
                return None
            return _FIXED_BYTES if _crc_matches(held[:_FIXED_BYTES]) else 0
        # The length of a function that we do not know is not known either: the shortest sound frame counts. The CRC
        # over a frame with its own CRC at the end is 0.
        crc = CRC_START
        for length, byte in enumerate(held[:FRAME_BYTES_MAX], start=1):
            crc = _with_byte(crc, byte)
            if crc == 0 and length >= FRAME_BYTES_MIN:
                return length
        return 0 if len(held) >= FRAME_BYTES_MAX else None


def _crc_matches(frame: bytearray) -> bool:
    return crc16(frame[:-2]) == int.from_bytes(frame[-2:], "little")


def read_span(request: bytes, function: int, count_max: int, size: int) -> tuple[int, int] | int:
    """Return (first, count) of what a read asks for, or the exception code with which a slave of `size` refuses it."""
    if request[1] != function:
        return ILLEGAL_FUNCTION
    first = int.from_bytes(request[2:4], "big")
    count = int.from_bytes(request[4:6], "big")
    if not 1 <= count <= count_max:
        return ILLEGAL_VALUE
    return ILLEGAL_ADDRESS if first + count > size else (first, count)
