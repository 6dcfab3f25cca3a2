"""A list of units against what a reader read: received, not read, not expected, and how likely each is missing. Pure.

A tag that was not read is no proof. Given the reads, the bag is missing with

    m / (m + (1-m) · (b + (1-b) · (1-p)^n))

with m how often a bag of a list is not in the crate, b how often a tag cannot be read where it lies, p the tunnel's
read rate in this very pass and n its complete event cycles. p is measured; m and b are PROP priors until outcomes are
counted.
"""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rules.read_rate import NONE, RATE_PERMILLE, Counted, zone_permille

# PROP, Beta(1, 499): one bag in 500 is on a list and not in the crate. Nobody publishes a figure for blood.
MISSING_PRIOR: Final = (1, 500)
# PROP, Beta(1, 49): one tag in 50 is blind where it lies. Published trials of wet goods differ from 0 to 100 % (Clarke,
# Twede et al., Packaging Technology and Science 19, 2006), so this must be measured where the tunnel stands.
BLIND_PRIOR: Final = (1, 50)
RERUN_PERMILLE: Final = 1  # while a readable tag has more than this chance to be missed by chance, another pass helps
SURE_PERMILLE: Final = 900
_MILLION: Final = 1_000_000


class Advice(StrEnum):
    """What to do with units that were not read."""

    NOTHING = "nothing"  # all are there
    RUN_AGAIN = "run-again"  # the pass was too short: what can be read may simply have been missed
    SCAN = "scan"  # look into the crate and scan them, or say that they are not there
    LOOK_FOR = "look-for"  # so likely missing that somebody should call the sender now
    WHICH_WAY = "which-way"  # of a portal: the reads do not tell whether it came in; a person says it
    WENT_OUT = "went-out"  # of a portal: it went out, so nothing was received


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """How well the tunnel reads: its complete cycles in this pass, and what was counted of tags that it has read.

    `blind`: how many of how many units of former receipts were there and not read; `missing`: how many were not there.
    """

    cycles: int
    counted: Counted = NONE
    prior_permille: int = RATE_PERMILLE
    blind: Counted = NONE
    missing: Counted = NONE

    @property
    def rate_permille(self) -> int:
        """In how many of 1,000 cycles a readable tag is read."""
        return zone_permille(self.prior_permille, self.counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What has become of a list. `by_tag` and `by_scan` were received; `absent`: a person looked and did not find it.

    `not_read`: unit to the probability in per-mille that it is missing and not only unread.
    """

    by_tag: tuple[str, ...]
    by_scan: tuple[str, ...]
    not_read: dict[str, int]
    absent: tuple[str, ...]
    unexpected: tuple[str, ...]
    advice: Advice

    @property
    def verified(self) -> bool:
        """Whether every unit of the list was read, scanned or looked for."""
        return not self.not_read


def reconcile(
    expected: Collection[str],
    read: AbstractSet[str],
    model: ReadModel,
    scanned: AbstractSet[str] = frozenset(),
    absent: AbstractSet[str] = frozenset(),
) -> Reconciliation:
    """Compare a list with what was read, what was scanned and what somebody looked for in vain.

    A unit that was read or scanned is there, whatever else was said.
    """
    listed, there = set(expected), read | scanned
    gone = (listed & absent) - there
    left = listed - there - gone
    chance = missing_permille(model)
    return Reconciliation(
        by_tag=tuple(sorted(listed & read)),
        by_scan=tuple(sorted((listed & scanned) - read)),
        not_read=dict.fromkeys(sorted(left), chance),
        absent=tuple(sorted(gone)),
        unexpected=tuple(sorted(there - listed)),
        advice=_advice(model, chance, bool(left)),
    )


def missing_permille(model: ReadModel) -> int:
    """Return how likely a unit of the list that was not read is missing, in per-mille, rounded down."""
    missing = _share(MISSING_PRIOR, model.missing)
    unread = unread_millionths(model)
    there = (_MILLION - missing) * unread // _MILLION
    return 1_000 * missing // (missing + there) if missing + there else 0


def unread_millionths(model: ReadModel) -> int:
    """Return how likely a bag that is there is not read in this pass, in millionths."""
    blind = _share(BLIND_PRIOR, model.blind)
    return blind + (_MILLION - blind) * missed_millionths(model) // _MILLION


def missed_millionths(model: ReadModel) -> int:
    """Return how likely a tag that can be read was missed in all cycles, in millionths, rounded up."""
    missed = _MILLION
    for _ in range(model.cycles):
        missed = -(-missed * (1_000 - model.rate_permille) // 1_000)
    return missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a list of which nothing is open: units read, units scanned because they were not, units absent."""

    by_tag: int
    by_scan: int
    absent: int


def learnt(outcomes: Iterable[Outcome]) -> tuple[Counted, Counted]:
    """Return (blind, missing) of finished lists: units there and not read of all there, absent ones of all listed.

    A tag that was merely missed by a short pass counts as blind here, which makes missing less sure, never more.
    """
    blind = missing = NONE
    for one in outcomes:
        there = one.by_tag + one.by_scan
        blind = Counted(blind.reads + one.by_scan, blind.cycles + there)
        missing = Counted(missing.reads + one.absent, missing.cycles + there + one.absent)
    return blind, missing


def counted_reads(cycles_seen: Mapping[str, int], cycles: int) -> Counted:
    """Return what a pass says of the read rate: of each tag that was read, its cycles after the first read.

    The read that found a tag does not count: tags that were never read are not here to balance it.
    """
    reads = sum(min(seen, cycles) - 1 for seen in cycles_seen.values() if seen and cycles > 1)
    return Counted(reads, sum(cycles - 1 for seen in cycles_seen.values() if seen and cycles > 1))


def _share(prior: tuple[int, int], counted: Counted) -> int:
    return _MILLION * (prior[0] + counted.reads) // (prior[1] + counted.cycles)


def _advice(model: ReadModel, chance: int, left: bool) -> Advice:  # noqa: FBT001 - whether anything is left
    if not left:
        return Advice.NOTHING
    if missed_millionths(model) > RERUN_PERMILLE * 1_000:
        return Advice.RUN_AGAIN
    return Advice.LOOK_FOR if chance >= SURE_PERMILLE else Advice.SCAN
