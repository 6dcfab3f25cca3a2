"""The words of presence: what is remembered of a reader's zone, what comes in, what is decided. Pure.

Scores are sums of the logarithms of rules.read_rate, in micro-nats.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from coldchain.errors import InvalidValueError
from coldchain.facts import EventKind
from rules.read_rate import RATE_PERMILLE

DECIDED: Final = 9_210_240  # ln(0.9999 / 0.0001)
# Reads with the door shut start a test again and again, some thirty a day and stray tag: one in 10,000 is not enough.
DECIDED_LATER: Final = 2 * DECIDED
CYCLES_MIN: Final = 10  # after so many silent cycles a tag is decided outside, so fewer cannot clear an empty cabinet
CYCLES_MAX: Final = 60
CYCLES_WEAK_MAX: Final = 240  # where reads say little a verdict takes longer: at p = 0.25 a hundred cycles on average
WEAK_PERMILLE: Final = 450
TAGS_MAX: Final = 2_000
RATE_CYCLES_MAX: Final = 200  # then both counts are halved, so that the rate follows what has changed


class Phase(StrEnum):
    """What is known of the door, and whether its last closing is worked off."""

    UNKNOWN = "unknown"
    OPEN = "open"
    BURST = "burst"
    SHUT = "shut"


class Belief(StrEnum):
    """What is held of a tag."""

    INSIDE = "inside"
    UNCERTAIN = "uncertain"
    OUTSIDE = "outside"


class Door(StrEnum):
    """What a door did."""

    OPENED = "opened"
    CLOSED = "closed"


class Verdict(StrEnum):
    """Where a tag's test stands in a burst."""

    OPEN = "open"
    INSIDE = "inside"
    OUTSIDE = "outside"


class Track(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered of one tag. since_ms and until_ms are the interval of its last uncertain or left.

    `inside_ms`: it is known inside from then on; the door's last closing, where there is one, says more.
    `pending`: misses before the door opened; they count for its rate if it turns out to be still inside.
    """

    belief: Belief = Belief.OUTSIDE
    score: int = 0
    verdict: Verdict = Verdict.OPEN
    seen: int = 0
    missed: int = 0
    first_seen_ms: int | None = None
    last_seen_ms: int | None = None
    unseen: bool = False
    left: bool = False
    was_inside: bool = False
    since_ms: int | None = None
    until_ms: int | None = None
    inside_ms: int | None = None
    rate_reads: int = 0
    rate_cycles: int = 0
    pending: int = 0


class PresenceState(msgspec.Struct, frozen=True, kw_only=True):
    """All that presence remembers of one reader and zone. opened_ms is the first opening that no burst has resolved.

    `prior_permille`: the read rate that the zone is believed to have until zone_reads of zone_cycles say otherwise.
    `leaves`: how many were decided, `leaves_back` how many of them later reads took back.
    """

    v: int = 1
    phase: Phase = Phase.UNKNOWN
    resolved: bool = False
    blind: bool = False
    opened_ms: int | None = None
    closed_ms: int | None = None
    cycles: int = 0
    quick_left: int = 0
    strays: int = 0
    untracked: int = 0
    prior_permille: int = RATE_PERMILLE
    zone_reads: int = 0
    zone_cycles: int = 0
    leaves: int = 0
    leaves_back: int = 0
    tags: dict[str, Track] = {}


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """One complete event cycle during which the door did not move: reads by EPC. Incomplete cycles are no evidence."""

    start_ms: int
    end_ms: int
    counts: Mapping[str, int]


class PresenceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A tag's arrival, leave or doubt, with its evidence: in how many cycles of how many it was read.

    `confidence_permille`: how sure the kind is; of uncertain, how probable it is that the tag is inside. None where no
    test was made.
    """

    kind: EventKind
    epc: str
    earliest_ms: int | None
    latest_ms: int
    seen: int
    cycles: int
    confidence_permille: int | None = None


_DECODER = msgspec.json.Decoder(PresenceState)


def encode_state(state: PresenceState) -> bytes:
    """Return the state as JSON."""
    return msgspec.json.encode(state)


def decode_state(data: bytes) -> PresenceState:
    """Read a state back. Raises InvalidValueError if this program did not write it."""
    try:
        state = _DECODER.decode(data)
    except msgspec.DecodeError as error:
        msg = f"the presence state in the spool cannot be read ({error}): was it written by a newer version?"
        raise InvalidValueError(msg) from error
    return state
