"""Modbus TCP: one connection to one address, through pymodbus (the extra `tcp`), in the turns of the edge.

TCP answers carry a transaction number, and after any trouble the connection is given up: an answer to an earlier
question cannot arrive on a new one. What an answer must look like is checked here all the same. An address that
cannot be reached is tried again with a growing pause, and costs at most CONNECT_MS each time.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from coldchain.errors import ColdchainError
from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.heard import InputsRead, RegistersRead
from gateway.decoders.modbus_rtu import READ_COILS, READ_DISCRETE_INPUTS, READ_HOLDING_REGISTERS, Request
from gateway.links.line import BACK_OFF_MAX_MS, BACK_OFF_MIN_MS
from gateway.links.modbus_link import ANSWER_MS, Answered, Failed, Failure, Outcome

PORT: Final = 502  # Modbus TCP, if the address names no other
CONNECT_MS: Final = ANSWER_MS
_log = logging.getLogger(__name__)


class MissingTcpError(ColdchainError):
    """Modbus TCP is set up but pymodbus is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Modbus TCP needs pymodbus: pip install 'coldchain[tcp]' / Modbus TCP 需要 pymodbus：请安装 coldchain[tcp]"
        )


class ModbusTcp:
    """The one master at an address such as tcp://host:502. Raises MissingTcpError without pymodbus."""

    def __init__(self, url: str, clock: Clock, counters: Counters) -> None:
        try:
            from pymodbus.client import ModbusTcpClient  # noqa: PLC0415 - only who uses it pays for it
            from pymodbus.exceptions import ModbusException  # noqa: PLC0415
        except ImportError as error:
            raise MissingTcpError from error
        logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # each outcome is counted here
        parts = urlsplit(url)
        self.free_at_ms = 0
        self.message = ""  # of the last failure to connect, for the operator; empty while it is connected
        self._url = url
        self._clock = clock
        self._counters = counters
        self._errors = (ModbusException, OSError)
        self._client: Any = ModbusTcpClient(  # its connect and close carry no types
            parts.hostname or "", port=parts.port or PORT, timeout=CONNECT_MS / 1_000, retries=0, reconnect_delay=0
        )
        self._back_off_ms = BACK_OFF_MIN_MS
        self._try_at_ms = 0

    def transact(self, request: Request) -> Outcome:
        """Ask once and wait up to ANSWER_MS; connect first if that is needed and the pause is over."""
        if not self._connected():
            return Failed(failure=Failure.NO_PORT)
        try:
            outcome = self._ask(request)
        except self._errors as error:
            _log.debug("%s: %s", self._url, error)
            outcome = Failed(failure=Failure.NO_ANSWER)
        if outcome == Failed(failure=Failure.NO_ANSWER):
            self._client.close()
        return outcome

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _connected(self) -> bool:
        if self._client.connected:
            return True
        if self._clock.boottime_ms() < self._try_at_ms:
            return False
        if self._connect():
            self._counters.port_opens += 1
            self._back_off_ms, self.message = BACK_OFF_MIN_MS, ""
            return True
        self._counters.ports_lost["absent"] += 1
        message = f"nobody answers at {self._url}: check the address, the network and the device's port"
        if message != self.message:
            _log.warning("%s", message)
        self.message = message
        self._try_at_ms = self._clock.boottime_ms() + self._back_off_ms
        self._back_off_ms = min(2 * self._back_off_ms, BACK_OFF_MAX_MS)
        return False

    def _connect(self) -> bool:
        try:
            return bool(self._client.connect())
        except self._errors:
            return False

    def _ask(self, request: Request) -> Outcome:
        client, slave, first, count = self._client, request.slave, request.first, request.count
        if request.function == READ_COILS:
            answer = client.read_coils(first, count=count, device_id=slave)
        elif request.function == READ_DISCRETE_INPUTS:
            answer = client.read_discrete_inputs(first, count=count, device_id=slave)
        elif request.function == READ_HOLDING_REGISTERS:
            answer = client.read_holding_registers(first, count=count, device_id=slave)
        else:
            answer = client.read_input_registers(first, count=count, device_id=slave)
        taken_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        if answer.isError():
            return Failed(failure=Failure.EXCEPTION, code=int(getattr(answer, "exception_code", 0)))
        heard = _heard(request, answer.function_code, answer.dev_id, answer.registers, answer.bits)
        if heard is None:
            self._counters.rejected["unasked"] += 1
            return Failed(failure=Failure.NO_ANSWER)
        return Answered(heard=heard, taken_ms=taken_ms, boottime_ms=boottime_ms)


def _heard(
    request: Request, function: int, slave: int, registers: Sequence[int], bits: Sequence[bool]
) -> RegistersRead | InputsRead | None:
    """Return what was heard; None if it is not what was asked for."""
    if function != request.function or slave != request.slave:
        return None
    if request.function in {READ_COILS, READ_DISCRETE_INPUTS}:
        if (len(bits) + 7) // 8 != request.data_bytes:
            return None
        return InputsRead(slave=slave, bits=tuple(bool(bit) for bit in bits[: request.count]))
    if len(registers) != request.count or any(not 0 <= word <= 0xFFFF for word in registers):
        return None
    return RegistersRead(slave=slave, values=tuple(registers))
