"""Numbers of LLRP 1.0.1/1.1 and the values that are heard from a reader; for the frame see gateway.decoders.llrp.

Source: EPCglobal "Low Level Reader Protocol", versions 1.0.1 and 1.1, sections 16 and 17 (binary encoding).
"""

from enum import IntEnum, StrEnum
from typing import Final, TypeAlias

import msgspec

from gateway.decoders.heard import Rejected

HEADER_BYTES: Final = 10
VERSION: Final = 1  # what we speak: 1.0.1, which every reader of 1.1 understands
VERSIONS: Final = (1, 2)  # what we understand: 1.0.1 and 1.1
MESSAGE_BYTES_MAX: Final = 512 * 1024  # a report of 2,000 tags with all their fields has about 150 KiB
TEXT_CHARACTERS_MAX: Final = 200  # of what a reader says in words
ANTENNA_MAX: Final = 255
EPC_BYTES_MAX: Final = 62  # the PC word counts up to 31 words
RSSI_NOT_SAID: Final = -128


class Message(IntEnum):
    """Types of messages."""

    GET_READER_CAPABILITIES = 1
    GET_READER_CONFIG = 2
    SET_READER_CONFIG = 3
    CLOSE_CONNECTION_RESPONSE = 4
    GET_READER_CAPABILITIES_RESPONSE = 11
    GET_READER_CONFIG_RESPONSE = 12
    SET_READER_CONFIG_RESPONSE = 13
    CLOSE_CONNECTION = 14
    ADD_ROSPEC = 20
    DELETE_ROSPEC = 21
    START_ROSPEC = 22
    STOP_ROSPEC = 23
    ENABLE_ROSPEC = 24
    ADD_ROSPEC_RESPONSE = 30
    DELETE_ROSPEC_RESPONSE = 31
    START_ROSPEC_RESPONSE = 32
    STOP_ROSPEC_RESPONSE = 33
    ENABLE_ROSPEC_RESPONSE = 34
    RO_ACCESS_REPORT = 61
    KEEPALIVE = 62
    READER_EVENT_NOTIFICATION = 63
    ENABLE_EVENTS_AND_REPORTS = 64
    KEEPALIVE_ACK = 72
    ERROR_MESSAGE = 100


OF_CLIENTS: Final = frozenset(
    {
        Message.GET_READER_CAPABILITIES,
        Message.GET_READER_CONFIG,
        Message.SET_READER_CONFIG,
        Message.CLOSE_CONNECTION,
        Message.ADD_ROSPEC,
        Message.DELETE_ROSPEC,
        Message.START_ROSPEC,
        Message.STOP_ROSPEC,
        Message.ENABLE_ROSPEC,
        Message.ENABLE_EVENTS_AND_REPORTS,
        Message.KEEPALIVE_ACK,
    }
)
ANSWERS: Final = frozenset(
    {
        Message.CLOSE_CONNECTION_RESPONSE,
        Message.GET_READER_CAPABILITIES_RESPONSE,
        Message.GET_READER_CONFIG_RESPONSE,
        Message.SET_READER_CONFIG_RESPONSE,
        Message.ADD_ROSPEC_RESPONSE,
        Message.DELETE_ROSPEC_RESPONSE,
        Message.START_ROSPEC_RESPONSE,
        Message.STOP_ROSPEC_RESPONSE,
        Message.ENABLE_ROSPEC_RESPONSE,
        Message.ERROR_MESSAGE,
    }
)


class Parameter(IntEnum):
    """Types of parameters with a length of their own (TLV)."""

    UTC_TIMESTAMP = 128
    GENERAL_DEVICE_CAPABILITIES = 137
    RO_SPEC = 177
    RO_BOUNDARY_SPEC = 178
    RO_SPEC_START_TRIGGER = 179
    RO_SPEC_STOP_TRIGGER = 182
    AI_SPEC = 183
    AI_SPEC_STOP_TRIGGER = 184
    INVENTORY_PARAMETER_SPEC = 186
    KEEPALIVE_SPEC = 220
    ANTENNA_PROPERTIES = 221
    EVENTS_AND_REPORTS = 226
    RO_REPORT_SPEC = 237
    TAG_REPORT_CONTENT_SELECTOR = 238
    TAG_REPORT_DATA = 240
    EPC_DATA = 241
    READER_EVENT_NOTIFICATION_SPEC = 244
    EVENT_NOTIFICATION_STATE = 245
    READER_EVENT_NOTIFICATION_DATA = 246
    RO_SPEC_EVENT = 249
    REPORT_BUFFER_LEVEL_WARNING = 250
    REPORT_BUFFER_OVERFLOW_ERROR = 251
    READER_EXCEPTION_EVENT = 252
    ANTENNA_EVENT = 255
    CONNECTION_ATTEMPT_EVENT = 256
    CONNECTION_CLOSE_EVENT = 257
    LLRP_STATUS = 287


class Event(StrEnum):
    """What a reader says by itself; `number` of LlrpEvent is what stands behind the colon."""

    CONNECTED = "connected"
    REFUSED = "refused"  # it will not talk to us: the status of ConnectionAttemptEvent
    ANOTHER_TRIED = "another-tried"  # somebody else asked for the connection that we hold
    STARTED = "started"  # an ROSpec runs: its id
    ENDED = "ended"  # an ROSpec has ended, or was pushed aside by another: its id
    ANTENNA_LOST = "antenna-lost"  # the antenna's number
    ANTENNA_FOUND = "antenna-found"  # the antenna's number
    BUFFER_FILLING = "buffer-filling"  # per cent
    REPORTS_LOST = "reports-lost"  # its buffer ran over
    EXCEPTION = "exception"  # something broke in the reader, `text` says what
    CLOSING = "closing"


CONNECTION_REFUSALS: Final = {
    1: "a connection that the reader itself opened exists",
    2: "another client holds the reader: it talks to one at a time; stop the other program",
    3: "the reader refused without a reason",
}
ANOTHER_ATTEMPTED: Final = 4


class LlrpTag(msgspec.Struct, frozen=True, gc=False):
    """What one TagReportData says. `epc` is upper-case hex; times are the reader's own clock, microseconds UTC.

    `antenna` is 0, `rssi_dbm` RSSI_NOT_SAID, the others None where the reader said nothing of it.
    """

    epc: str
    antenna: int
    rssi_dbm: int
    count: int
    first_us: int | None
    last_us: int | None
    rospec: int | None


class LlrpEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event out of a READER_EVENT_NOTIFICATION; `stamp_us` is the reader's own clock, None if it said uptime."""

    event: Event
    stamp_us: int | None
    number: int = 0
    text: str = ""


class LlrpKeepalive(msgspec.Struct, frozen=True):
    """The reader asks whether we are there."""

    id: int


class LlrpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a request, or an ERROR_MESSAGE; `status` 0 is success, `text` the reader's words.

    `antennas` is which antenna is connected (GET_READER_CONFIG_RESPONSE), `antennas_max`, `manufacturer` (an IANA
    private enterprise number), `model` and `firmware` come with GET_READER_CAPABILITIES_RESPONSE.
    """

    kind: Message
    id: int
    status: int
    text: str = ""
    antennas: dict[int, bool] = {}
    antennas_max: int = 0
    manufacturer: int = 0
    model: int = 0
    firmware: str = ""


LlrpHeard: TypeAlias = LlrpTag | LlrpEvent | LlrpKeepalive | LlrpAnswer | Rejected
