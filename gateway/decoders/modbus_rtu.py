"""Modbus RTU as a master: requests, and a scanner that finds the one answer that was asked for.

Sources: MODBUS Application Protocol V1.1b3 (functions 01 to 04; exceptions), MODBUS over Serial Line V1.02 (CRC).

    request    slave | function | first hi lo | count hi lo | CRC lo hi
                 1        1           2             2            2      bytes
    answer     slave | function | size | data | CRC lo hi      size: bytes of data; registers are big-endian words,
                 1        1        1     size      2      bytes      discrete inputs bits, the first one lowest
    exception  slave | function + 80 | code | CRC lo hi
                 1            1          1       2        bytes

RTU has no transaction number. So an answer counts only with the slave, function and size that were asked for and a
valid CRC, wherever it stands between noise and the echo of our own request; whatever else is heard is refused.
"""

from dataclasses import dataclass
from typing import Final

from gateway.decoders.heard import Fault, Heard, InputsRead, ModbusException, RegistersRead, Rejected

READ_COILS: Final = 0x01
READ_DISCRETE_INPUTS: Final = 0x02
READ_HOLDING_REGISTERS: Final = 0x03
READ_INPUT_REGISTERS: Final = 0x04
BIT_FUNCTIONS: Final = frozenset({READ_COILS, READ_DISCRETE_INPUTS})
READ_FUNCTIONS: Final = BIT_FUNCTIONS | {READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS}
EXCEPTION_FLAG: Final = 0x80
REGISTERS_MAX: Final = 125
INPUTS_MAX: Final = 2000
REFUSED_BYTES_MAX: Final = 512  # so much of what is refused is kept until it is handed on
_EXCEPTION_BYTES: Final = 5
_HEADER_BYTES: Final = 3
_CRC_BYTES: Final = 2


def _crc_table() -> tuple[int, ...]:
    """Return CRC-16 of each byte: polynomial 0x8005 reflected, that is 0xA001."""
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_TABLE: Final = _crc_table()


def crc16(data: bytes | bytearray) -> int:
    """Return the Modbus CRC-16 (start value 0xFFFF); it is sent low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request and what its answer must look like."""

    slave: int
    function: int
    first: int
    count: int
    frame: bytes

    @property
    def data_bytes(self) -> int:
        """Size of the data in the answer."""
        return (self.count + 7) // 8 if self.function in BIT_FUNCTIONS else 2 * self.count


def read_holding_registers(slave: int, first: int, count: int) -> Request:
    """Ask slave 1..247 for 1..125 holding registers (function 03)."""
    return _request(slave, READ_HOLDING_REGISTERS, first, count, REGISTERS_MAX)


def read_input_registers(slave: int, first: int, count: int) -> Request:
    """Ask slave 1..247 for 1..125 input registers (function 04)."""
    return _request(slave, READ_INPUT_REGISTERS, first, count, REGISTERS_MAX)


def read_discrete_inputs(slave: int, first: int, count: int) -> Request:
    """Ask slave 1..247 for 1..2000 discrete inputs (function 02)."""
    return _request(slave, READ_DISCRETE_INPUTS, first, count, INPUTS_MAX)


def read_request(slave: int, function: int, first: int, count: int) -> Request:
    """Ask slave 1..247 by any of the reading functions 01 to 04."""
    if function not in READ_FUNCTIONS:
        msg = f"Modbus function {function} reads nothing: allowed are 1 (coils), 2 (inputs), 3 and 4 (registers)"
        raise ValueError(msg)
    return _request(slave, function, first, count, INPUTS_MAX if function in BIT_FUNCTIONS else REGISTERS_MAX)


def _request(slave: int, function: int, first: int, count: int, count_max: int) -> Request:
    if not 1 <= slave <= 247 or not 0 <= first <= 0xFFFF or not 1 <= count <= count_max:
        msg = f"Modbus request to slave {slave}, first {first}, count {count}: allowed are 1..247 and 1..{count_max}"
        raise ValueError(msg)
    body = bytes((slave, function)) + first.to_bytes(2, "big") + count.to_bytes(2, "big")
    return Request(slave=slave, function=function, first=first, count=count, frame=sealed(body))


def sealed(body: bytes) -> bytes:
    """Return body with its CRC."""
    return body + crc16(body).to_bytes(_CRC_BYTES, "little")


class AnswerScanner:
    """Looks for the answer to one request; every byte is looked at once, so slicing plays no part."""

    def __init__(self, request: Request) -> None:
        self.complete = False
        self._request = request
        self._answer_bytes = _HEADER_BYTES + request.data_bytes + _CRC_BYTES
        self._header = bytes((request.slave, request.function, request.data_bytes))
        self._exception = bytes((request.slave, request.function | EXCEPTION_FLAG))
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Heard]:
        """Take bytes and return the answer once it is complete; what stood before it is returned as refused."""
        heard: list[Heard] = []
        for byte in data:
            self._held.append(byte)
            if not self.complete and (answer := self._answer_at_end()) is not None:
                heard += [*self._refused(), answer]
                self.complete = True
            elif len(self._held) > REFUSED_BYTES_MAX + self._answer_bytes:
                heard.append(Rejected(fault=Fault.NOISE, raw=bytes(self._held[:REFUSED_BYTES_MAX])))
                del self._held[:REFUSED_BYTES_MAX]
        return heard

    def idle_flush(self) -> list[Heard]:
        """Give up: return what is held as refused, with the reason."""
        return self._refused()

    def _answer_at_end(self) -> Heard | None:
        """Return the answer if one ends with the newest byte, and take it from what is held."""
        held = self._held
        if held[-self._answer_bytes :][:_HEADER_BYTES] == self._header:
            frame = held[-self._answer_bytes :]
            if len(frame) == self._answer_bytes and _sound(frame):
                del held[-self._answer_bytes :]
                return self._decoded(bytes(frame[_HEADER_BYTES:-_CRC_BYTES]))
        if held[-_EXCEPTION_BYTES:][:2] == self._exception:
            frame = held[-_EXCEPTION_BYTES:]
            if len(frame) == _EXCEPTION_BYTES and _sound(frame):
                del held[-_EXCEPTION_BYTES:]
                return ModbusException(slave=self._request.slave, function=self._request.function, code=frame[2])
        return None

    def _decoded(self, data: bytes) -> Heard:
        request = self._request
        if request.function in BIT_FUNCTIONS:
            bits = tuple(bool(data[i // 8] >> i % 8 & 1) for i in range(request.count))
            return InputsRead(slave=request.slave, bits=bits)
        words = tuple(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))
        return RegistersRead(slave=request.slave, values=words)

    def _refused(self) -> list[Heard]:
        raw = bytes(self._held)
        self._held.clear()
        return [Rejected(fault=self._fault(raw), raw=raw)] if raw else []

    def _fault(self, raw: bytes) -> Fault:
        if raw == self._request.frame:
            return Fault.ECHO
        if len(raw) >= _EXCEPTION_BYTES and _sound(raw):
            return Fault.UNASKED
        if (at := raw.find(self._header)) < 0:
            return Fault.NOISE
        return Fault.CHECKSUM if len(raw) - at >= self._answer_bytes else Fault.TRUNCATED


def _sound(frame: bytes | bytearray) -> bool:
    return crc16(frame[:-_CRC_BYTES]) == int.from_bytes(frame[-_CRC_BYTES:], "little")
