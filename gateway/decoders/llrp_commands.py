"""What a client says to an LLRP reader: the requests of our subset, in version 1.0.1.

Source: EPCglobal "Low Level Reader Protocol" 1.0.1, sections 16 (messages) and 17 (parameters). All is big-endian.
"""

from collections.abc import Sequence
from typing import Final

from coldchain.errors import InvalidValueError
from gateway.decoders.llrp_words import ANTENNA_MAX, HEADER_BYTES, VERSION, Message, Parameter

ALL_CAPABILITIES: Final = 0
ALL_ROSPECS: Final = 0
ANTENNA_PROPERTIES_WANTED: Final = 2
EPC_GEN2: Final = 1
PERIODIC: Final = 1
DURATION: Final = 1
EVENTS: Final = (2, 4, 8)  # ROSpec, reader exception, antenna: what tells whether silence means absence
EVENT_REPORT_BUFFER: Final = 3
REPORT_EACH: Final = 2  # upon N tags or at the end of the ROSpec

# ROSpecID, antenna, peak RSSI, first seen, last seen, seen count: bits from the left of 16
_CONTENT: Final = 0b1001_0111_1000_0000


def message(kind: Message, message_id: int, body: bytes = b"") -> bytes:
    """Return a whole message."""
    head = (VERSION << 10 | kind).to_bytes(2, "big")
    return head + (HEADER_BYTES + len(body)).to_bytes(4, "big") + message_id.to_bytes(4, "big") + body


def parameter(kind: Parameter, *parts: bytes) -> bytes:
    """Return a parameter with its type and length."""
    body = b"".join(parts)
    return kind.to_bytes(2, "big") + (4 + len(body)).to_bytes(2, "big") + body


def get_capabilities(message_id: int) -> bytes:
    """Ask who the reader is and how many antenna ports it has."""
    return message(Message.GET_READER_CAPABILITIES, message_id, bytes((ALL_CAPABILITIES,)))


def get_antennas(message_id: int) -> bytes:
    """Ask which antennas are connected: GET_READER_CONFIG for AntennaProperties of all antennas."""
    body = _u16(0) + bytes((ANTENNA_PROPERTIES_WANTED,)) + _u16(0) + _u16(0)
    return message(Message.GET_READER_CONFIG, message_id, body)


def set_config(message_id: int, keepalive_ms: int) -> bytes:
    """Ask for keep-alives and for the events that we need; events and reports are not held back after a reconnect."""
    wanted = [
        parameter(Parameter.EVENT_NOTIFICATION_STATE, _u16(event), b"\x80") for event in (*EVENTS, EVENT_REPORT_BUFFER)
    ]
    body = b"\x00"  # no reset to factory defaults: power and region are the integrator's
    body += parameter(Parameter.READER_EVENT_NOTIFICATION_SPEC, *wanted)
    body += parameter(Parameter.KEEPALIVE_SPEC, bytes((PERIODIC,)), _u32(keepalive_ms))
    body += parameter(Parameter.EVENTS_AND_REPORTS, b"\x00")
    return message(Message.SET_READER_CONFIG, message_id, body)


def add_rospec(message_id: int, rospec: int, antennas: Sequence[int], run_max_ms: int) -> bytes:
    """Add an ROSpec that runs only when it is told to, on these antennas, and ends by itself after run_max_ms.

    Raises InvalidValueError without antennas, or if one is not in 1..255.
    """
    if not antennas or not all(1 <= antenna <= ANTENNA_MAX for antenna in antennas):
        fault = f"antennas {tuple(antennas)}: an LLRP reader needs at least one, from 1 to {ANTENNA_MAX}"
        raise InvalidValueError(fault)
    boundary = parameter(
        Parameter.RO_BOUNDARY_SPEC,
        parameter(Parameter.RO_SPEC_START_TRIGGER, b"\x00"),
        parameter(Parameter.RO_SPEC_STOP_TRIGGER, bytes((DURATION,)), _u32(run_max_ms)),
    )
    inventory = parameter(
        Parameter.AI_SPEC,
        _u16(len(antennas)),
        *(_u16(antenna) for antenna in antennas),
        parameter(Parameter.AI_SPEC_STOP_TRIGGER, b"\x00", _u32(0)),
        parameter(Parameter.INVENTORY_PARAMETER_SPEC, _u16(1), bytes((EPC_GEN2,))),
    )
    report = parameter(
        Parameter.RO_REPORT_SPEC,
        bytes((REPORT_EACH,)),
        _u16(1),
        parameter(Parameter.TAG_REPORT_CONTENT_SELECTOR, _u16(_CONTENT)),
    )
    body = parameter(Parameter.RO_SPEC, _u32(rospec), b"\x00\x00", boundary, inventory, report)
    return message(Message.ADD_ROSPEC, message_id, body)


def about_rospec(kind: Message, message_id: int, rospec: int) -> bytes:
    """Return DELETE_, ENABLE_, START_ or STOP_ROSPEC; ALL_ROSPECS means all of them."""
    return message(kind, message_id, _u32(rospec))


def keepalive_ack(message_id: int) -> bytes:
    """Say that we are there."""
    return message(Message.KEEPALIVE_ACK, message_id)


def close_connection(message_id: int) -> bytes:
    """Take leave, so that the reader is free for the next client at once."""
    return message(Message.CLOSE_CONNECTION, message_id)


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "big")


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")
