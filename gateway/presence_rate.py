"""What the measured read rates mean for presence: which test a tag gets, how long a burst lasts, how sure. Pure."""

from msgspec.structs import replace

from coldchain.facts import EventKind
from gateway.presence_state import (
    CYCLES_MAX,
    CYCLES_WEAK_MAX,
    WEAK_PERMILLE,
    Belief,
    PresenceState,
    Track,
)
from rules.read_rate import (
    Counted,
    Terms,
    all_seen_cycles,
    count_leave,
    sure_permille,
    tag_permille,
    terms_at,
    zone_permille,
)


def zone_rate(state: PresenceState) -> int:
    """Return in how many of 1,000 cycles the zone reads a tag that is inside, as far as it is known."""
    return zone_permille(state.prior_permille, Counted(state.zone_reads, state.zone_cycles))


def cycles_max(state: PresenceState) -> int:
    """Return after how many cycles a burst ends, whatever is undecided."""
    return CYCLES_WEAK_MAX if zone_rate(state) < WEAK_PERMILLE else CYCLES_MAX


def cycles_wanted(state: PresenceState) -> int:
    """Return how many cycles it takes to read every tag that is held to be inside at least once, with 99.9 %."""
    zone = zone_rate(state)
    held = [track for track in state.tags.values() if track.belief is not Belief.OUTSIDE]
    return all_seen_cycles([rate_of(zone, track) for track in held] or [zone], cycles_max(state))


def rate_of(zone: int, track: Track) -> int:
    """Return in how many of 1,000 cycles a tag is read, as far as it and its zone are known."""
    return tag_permille(zone, Counted(track.rate_reads, track.rate_cycles))


def terms_of(zone: int, track: Track) -> Terms:
    """Return the test of the highest rung that the tag's rate reaches."""
    return terms_at(rate_of(zone, track))


def leaves_counted(state: PresenceState, times: int, *, back: bool) -> PresenceState:
    """Count leaves, or that some were taken back."""
    counted = Counted(state.leaves_back, state.leaves)
    for _ in range(times):
        counted = count_leave(counted, back=back)
    return replace(state, leaves_back=counted.reads, leaves=counted.cycles)


def confidence(kind: EventKind, score: int) -> int | None:
    """Return how sure the reads alone make a kind; silence behind a shut door is no test."""
    if kind is EventKind.UNSEEN:
        return None
    sure = sure_permille(score)
    return 1_000 - sure if kind is EventKind.UNCERTAIN and score < 0 else sure
