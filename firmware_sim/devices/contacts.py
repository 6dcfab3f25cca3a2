"""A digital-input module on the same RS-485 line: doors, mains, UPS, defrost signals, an agitator's motion.

Source: MODBUS Application Protocol V1.1b3, 6.2 (function 02, read discrete inputs: the lowest input in the lowest bit).
"""

from typing import Final, NamedTuple

from firmware_sim.devices.modbus import RequestCutter, exception, read_span, sealed

DOOR_OPEN_INPUT: Final = 0  # where nobody says otherwise: 1 = the door is open
MAINS_PRESENT_INPUT: Final = 1  # where nobody says otherwise: 1 = the mains is present
INPUTS: Final = 8  # those that are not connected read 0
READ_DISCRETE_INPUTS: Final = 0x02
INPUTS_PER_READ_MAX: Final = 2000


class InputsAnswer(NamedTuple):
    """One answer frame; `inputs` are what it says from input `first` on (nothing in an exception)."""

    frame: bytes
    first: int = 0
    inputs: tuple[bool, ...] = ()


class Contacts:
    """The module. Set `inputs` before bytes are handed in; at first the door is shut and the mains is present."""

    def __init__(self, address: int = 2) -> None:
        """Listen to one Modbus address (1..247)."""
        self.address = address
        self.inputs = [False] * INPUTS
        self.inputs[MAINS_PRESENT_INPUT] = True
        self._cutter = RequestCutter()

    @property
    def midway(self) -> bool:
        """Whether a request has begun and is not yet complete."""
        return self._cutter.midway

    def receive(self, data: bytes, at_ms: int) -> list[InputsAnswer]:
        """Take bytes from the line and return the answers; other slaves' requests get none."""
        requests = self._cutter.cut(data, at_ms)
        return [self._answer(request) for request in requests if request[0] == self.address]

    def _answer(self, request: bytes) -> InputsAnswer:
        span = read_span(request, READ_DISCRETE_INPUTS, INPUTS_PER_READ_MAX, INPUTS)
        if isinstance(span, int):
            return InputsAnswer(exception(self.address, request[1], span))
        first, count = span
        said = tuple(self.inputs[first : first + count])
        bits = 0
        for place, is_set in enumerate(said):
            bits |= is_set << place
        payload = bits.to_bytes((count + 7) // 8, "little")
        frame = sealed(bytes((self.address, READ_DISCRETE_INPUTS, len(payload))) + payload)
        return InputsAnswer(frame, first, said)
