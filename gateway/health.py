"""How a gateway is: one value for its status file, its page and its `state` message. Pure but for what is handed in."""

from typing import Final

import msgspec

from gateway.seen import DeviceSeen, Rates

STATUS_VERSION: Final = 1
STALE_MS: Final = 30_000  # a status that is older was written by a gateway that runs no more, or hangs


class PortStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is configured: what hangs on it, and whether the port is there."""

    port: str
    role: str  # bus, reader, dock
    devices: tuple[str, ...]
    present: bool


class SpoolStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for the centre. `oldest_ms`: the oldest of it; `rows_ms`: when the rows were counted."""

    rows: int
    rows_ms: int
    bytes_used: int
    dead_letters: int
    oldest_ms: int | None = None


class AlarmStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm that stands, in times of the wall clock."""

    origin: str
    kind: str
    rule: str
    direction: str
    since_ms: int
    micro_celsius: int | None = None
    limit_micro_celsius: int | None = None


class OutputStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A siren or lamp."""

    name: str
    on: bool
    failing: bool
    failures: int


class LocalStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The local alarm. `limits_version` 0: the gateway has no limits, so that nothing sounds."""

    limits_version: int
    limits_made_ms: int
    alarms: tuple[AlarmStatus, ...]
    sounding: bool
    muted_until_ms: int
    outputs: tuple[OutputStatus, ...]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, at made_ms of the gateway's wall clock."""

    v: int
    gateway: str
    site: str
    pid: int
    made_ms: int
    started_ms: int
    clock: str
    link: str  # offline, asking, sending
    broker: str
    ports: tuple[PortStatus, ...]
    devices: tuple[DeviceSeen, ...]
    rates: Rates
    counters: dict[str, int | dict[str, int]]
    spool: SpoolStatus
    local: LocalStatus


_DECODER: Final = msgspec.json.Decoder(Status)


def encode_status(status: Status) -> bytes:
    """Return the status as JSON."""
    return msgspec.json.encode(status)


def decode_status(data: bytes) -> Status | None:
    """Read a status; None if it is none of this version."""
    try:
        status = _DECODER.decode(data)
    except msgspec.DecodeError:
        return None
    return status if status.v == STATUS_VERSION else None
