"""One tag read in several zones in one span: in which of them it is. Pure.

For each zone the reads say how much better "it is here" explains them than "it is a stray here": the same logarithms as
the test behind a closed door (rules.read_rate), with the zone's own read rate. The stronger signal counts on top. The
zone that already has the tag keeps it unless another is ahead by the lead, so that two zones never toss a bag to and
fro; the losers' reads are strays, counted per antenna. This decides between readers. It is no movement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.entries import StayRecord
from coldchain.units import Stay
from rules.read_rate import terms_at

# PROP: two zones in clear sight of a tag differ by some 6 dB by chance, so that a decibel is worth about a sixth nat.
MICRO_NATS_PER_DB: Final = 150_000
LEAD: Final = 2_302_585  # ln 10: ten times as probable, to take a tag from the zone that has it
LEAD_OF_NOBODY: Final = 693_147  # ln 2: where no zone has it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How a zone's antenna heard a tag in the span: in `seen` of `cycles` event cycles, at best with `rssi_dbm`.

    `rssi_dbm` is None where the reader says its strength in units of its own or not at all: nothing is compared then.
    `rate_permille`: in how many of 1,000 cycles the zone reads a tag that is in it.
    """

    zone: str
    antenna: int
    seen: int
    cycles: int
    rssi_dbm: int | None
    rate_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Where the tag is (None: the reads do not tell), and the reads of the other zones by (zone, antenna)."""

    zone: str | None
    strays: dict[tuple[str, int], int]


def is_stray(place: str, at_ms: int, stays: Sequence[Stay | StayRecord]) -> bool:
    """Tell whether a read in a place is a stray: its unit was certainly elsewhere then, and not possibly here."""
    if any(_within(at_ms, one.possible_from_ms, one.possible_to_ms) for one in stays if one.place == place):
        return False
    return any(_within(at_ms, one.certain_from_ms, one.certain_to_ms) for one in stays if one.place != place)


def _within(at_ms: int, begin_ms: int | None, end_ms: int | None) -> bool:
    return begin_ms is not None and begin_ms <= at_ms and (end_ms is None or at_ms < end_ms)


def decide(hearings: Sequence[Hearing], holder: str | None = None) -> Decision:
    """Choose one zone; `holder` is the one that has the tag already. The order of the hearings is nothing."""
    scores = _scores(hearings)
    zone = _winner(scores, holder)
    strays: dict[tuple[str, int], int] = {}
    for heard in sorted(hearings, key=lambda one: (one.zone, one.antenna)):
        if zone is not None and heard.zone != zone and heard.seen:
            key = (heard.zone, heard.antenna)
            strays[key] = strays.get(key, 0) + heard.seen
    return Decision(zone=zone, strays=strays)


def _scores(hearings: Sequence[Hearing]) -> dict[str, int]:
    """Return by zone how well it explains the reads. Antennas of one zone count by the one that heard the tag most."""
    heard = [one for one in hearings if one.seen]
    levels = [one.rssi_dbm for one in heard if one.rssi_dbm is not None]
    loudest = max(levels) if levels and len(levels) == len(heard) else None
    scores: dict[str, int] = {}
    for one in heard:
        terms = terms_at(one.rate_permille)
        score = one.seen * terms.hit + (one.cycles - one.seen) * terms.miss
        if loudest is not None and one.rssi_dbm is not None:
            score -= (loudest - one.rssi_dbm) * MICRO_NATS_PER_DB
        scores[one.zone] = max(score, scores.get(one.zone, score))
    return scores


def _winner(scores: dict[str, int], holder: str | None) -> str | None:
    ranked = sorted(scores, key=lambda zone: (-scores[zone], zone))
    if not ranked:
        return holder
    if holder is not None:
        # Where it is not heard at all it has no score of its own: the best other must explain its reads by itself.
        return ranked[0] if scores[ranked[0]] >= scores.get(holder, 0) + LEAD else holder
    if len(ranked) == 1:
        return ranked[0] if scores[ranked[0]] > 0 else None
    return ranked[0] if scores[ranked[0]] >= scores[ranked[1]] + LEAD_OF_NOBODY else None
