"""What an LLRP client wants to be inventoried: an ROSpec, taken apart, and the tags read for it since the last report.

Source: EPCglobal "Low Level Reader Protocol" 1.0.1, sections 11 (operation) and 17.2.4 to 17.2.7 (parameters).
"""

import struct
from dataclasses import dataclass, field
from typing import Final

from firmware_sim.devices import llrp_frames as frames

IMMEDIATE: Final = 1
DURATION: Final = 1
TAG_OBSERVATION: Final = 3
NO_REPORT: Final = 0
END_OF_AISPEC: Final = 1


@dataclass(slots=True)
class Entry:
    """The reads of one tag at one antenna since the last report; times are the reader's own."""

    count: int
    peak_dbm: int
    first_us: int
    last_us: int


@dataclass(slots=True, kw_only=True)
class RoSpec:
    """One ROSpec; `ends_ms` is set while it runs and has a duration.

    `every` is how many tags make a report, 0: none does. An AISpec ends after `turn_ms`, 0: never, or after so many
    tags; its end is a report where the ROSpec wants that, and it begins anew until the ROSpec is stopped.
    """

    id: int
    start_trigger: int
    duration_ms: int  # 0: until it is told to stop
    antennas: tuple[int, ...]
    trigger: int
    every: int
    content: int
    turn_ms: int = 0
    turn_ends_ms: int = 0
    enabled: bool = False
    ends_ms: int | None = None
    running: bool = False
    next_round_ms: int = 0
    entries: dict[tuple[str, int], Entry] = field(default_factory=dict)


def read_rospec(body: bytes) -> RoSpec:
    """Take an ROSpec apart. Raises ReadError or struct.error if it cannot be one."""
    number, _, _ = struct.unpack_from("!IBB", body)
    spec = RoSpec(id=number, start_trigger=0, duration_ms=0, antennas=(), trigger=NO_REPORT, every=0, content=0)
    observed = 0
    for kind, part in frames.parameters(body[6:]):
        if kind == 178:
            triggers = dict(frames.parameters(part))
            spec.start_trigger = triggers[179][0]
            stop, duration_ms = struct.unpack_from("!BI", triggers[182])
            spec.duration_ms = duration_ms if stop == DURATION else 0
        elif kind == 183:
            (count,) = struct.unpack_from("!H", part)
            spec.antennas += struct.unpack_from(f"!{count}H", part, 2)
            inside = dict(frames.parameters(part[2 + 2 * count :]))
            spec.turn_ms, observed = _turn(inside[184])
        elif kind == 237:
            spec.trigger, spec.every = struct.unpack_from("!BH", part)
            selector = dict(frames.parameters(part[3:])).get(238, b"\0\0")
            (spec.content,) = struct.unpack_from("!H", selector)
    if spec.trigger == END_OF_AISPEC and observed:
        spec.every = min(spec.every or observed, observed)
    return spec


def _turn(trigger: bytes) -> tuple[int, int]:
    """Return after how many milliseconds and after how many tags an AISpec ends, 0 for never."""
    kind, duration_ms = struct.unpack_from("!BI", trigger)
    if kind == TAG_OBSERVATION:
        _, _, tags, _, _, timeout_ms = struct.unpack("!BBHHHI", dict(frames.parameters(trigger[5:]))[185])
        return timeout_ms, tags
    return (duration_ms if kind == DURATION else 0), 0


def tag_data(spec: RoSpec, epc: str, antenna: int, entry: Entry) -> bytes:
    """Return one tag of a report with the fields that the ROSpec wants, in the order of the specification."""
    fields = (
        (0x8000, b"\x89" + struct.pack("!I", spec.id)),
        (0x1000, b"\x81" + struct.pack("!H", antenna)),
        (0x0400, b"\x86" + struct.pack("!b", max(-128, min(127, entry.peak_dbm)))),
        (0x0200, b"\x82" + struct.pack("!Q", entry.first_us)),
        (0x0100, b"\x84" + struct.pack("!Q", entry.last_us)),
        (0x0080, b"\x88" + struct.pack("!H", entry.count)),
    )
    wanted = b"".join(said for bit, said in fields if spec.content & bit)
    return frames.tlv(240, frames.epc_parameter(bytes.fromhex(epc)) + wanted)
