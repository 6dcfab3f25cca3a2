"""How often tags are read: a Beta estimate per tag within its zone, and what follows from it, in whole numbers. Pure.

A zone is believed to read tags as its settings say (or in 65 % of the cycles) until it has counted some hundreds of
cycles itself; a tag is believed to be read as its zone is until it has been counted itself. Both are means of a Beta
posterior. A cycle counts once a later read has shown that the tag was there, so a leave does not make a zone look
blind. Misses of one tag are no independent throws: one that lies behind a vessel stays unread. So silence alone ends in
*unseen*, and how often leaves had to be taken back is estimated too and lowers the confidence of the next.

The table of the sequential test is in integers, because floating point differs between machines and may not decide:
logarithms in micro-nats, each rounded to the nearest, which moves a score of 240 cycles by at most 1.2e-4 nats where
9.2 decide.
"""

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

WHOLE: Final = 1_000
RATE_PERMILLE: Final = 650  # the low end of what real readers reach (Jeffery, Garofalakis, Franklin, VLDB 2006)
RATE_PERMILLE_MIN: Final = 50
RATE_PERMILLE_MAX: Final = 995  # nobody is read always: two silent cycles at least are wanted
ZONE_PRIOR_CYCLES: Final = 200  # PROP: what the settings say weighs as much as so many counted cycles
TAG_PRIOR_CYCLES: Final = 20  # PROP: and what the zone does, for one tag
ZONE_CYCLES_MAX: Final = 4_000  # then both counts are halved, so that the estimate follows what has changed
SILENCE_ERROR: Final = 10_000  # one in so many
ALL_SEEN_ERROR: Final = 1_000  # one burst in so many may have missed a tag that is inside
_BLIND_LEAVES: Final = (1, 50)  # PROP, Beta(1, 49): one leave in fifty is a tag that has become blind
_LEAVES_MAX: Final = 1_000
_PARTS: Final = 10**12

# (log odds in micro-nats, per-mille): how sure a score makes, from even odds. ln(p/(1-p)), rounded up.
_SURE: Final = (
    *((0, 500), (405_466, 600), (847_298, 700), (1_386_295, 800), (2_197_225, 900), (2_944_439, 950)),
    *((3_891_821, 980), (4_595_120, 990), (5_293_305, 995), (6_906_755, 999)),
)
_SURE_SCORES: Final = tuple(score for score, _ in _SURE)


class Terms(NamedTuple):
    """Score of a cycle in which the tag was read, and of one in which it was not, and cycles of silence to unseen."""

    hit: int
    miss: int
    silence: int


# ln(p/0.10), ln((1-p)/0.90), ceil(ln 1e-4 / ln(1-p)). A tag gets the test of the highest rung that its measured rate
# reaches: with the usual one a bag that is hard to read would be declared gone. No rung lies above the usual one: what
# was moved by the hand that opened the door is not read as before.
USUAL: Final = Terms(hit=1_871_802, miss=-944_462, silence=9)  # p = 0.65
WEAK: Final = Terms(hit=916_291, miss=-182_322, silence=33)  # p = 0.25
LADDER: Final = (
    (250, WEAK),
    (350, Terms(hit=1_252_763, miss=-325_422, silence=22)),
    (450, Terms(hit=1_504_077, miss=-492_476, silence=16)),
    (550, Terms(hit=1_704_748, miss=-693_147, silence=12)),
    (650, USUAL),
)


class Counted(NamedTuple):
    """In how many of how many cycles something was so."""

    reads: int
    cycles: int

    def plus(self, reads: int, cycles: int, limit: int) -> "Counted":
        """Count on; beyond the limit of cycles both counts are halved first."""
        counted = Counted(self.reads + reads, self.cycles + cycles)
        return counted if counted.cycles <= limit else Counted(counted.reads // 2, counted.cycles // 2)


NONE: Final = Counted(0, 0)


def terms_at(permille: int) -> Terms:
    """Return the test of the highest rung that a rate reaches; below the lowest one, that one."""
    return next((terms for least, terms in reversed(LADDER) if permille >= least), WEAK)


def zone_permille(prior_permille: int, counted: Counted) -> int:
    """Return a zone's read rate in per-mille: the posterior mean."""
    return _mean(prior_permille, ZONE_PRIOR_CYCLES, counted)


def tag_permille(zone: int, counted: Counted) -> int:
    """Return one tag's read rate in per-mille: the posterior mean, with its zone's rate as the prior."""
    return _mean(zone, TAG_PRIOR_CYCLES, counted)


def _mean(prior_permille: int, weight: int, counted: Counted) -> int:
    found = (prior_permille * weight + WHOLE * counted.reads) // (weight + counted.cycles)
    return max(RATE_PERMILLE_MIN, min(found, RATE_PERMILLE_MAX))


@lru_cache(maxsize=WHOLE + 1)
def silence_cycles(permille: int) -> int:
    """Return how many silent cycles in a row happen to a tag that is there in less than one of 10,000 cases.

    The smallest n with (1-p)^n <= 1e-4, in exact integers: 33, 9, 6, 4, 2 at p = 0.25, 0.65, 0.80, 0.95, 0.99.
    """
    missed, n = WHOLE - permille, 1
    while missed**n * SILENCE_ERROR > WHOLE**n:
        n += 1
    return n


def all_seen_cycles(rates: Iterable[int], limit: int) -> int:
    """Return after how many cycles all tags of these rates (per-mille) are read at least once with 99.9 %.

    The smallest n with sum (1-p)^n <= 0.001, which bounds the chance that any is missed; at most `limit`.
    """
    missed = [(WHOLE - permille) * _PARTS // WHOLE for permille in rates]
    left = list(missed)
    for n in range(1, limit):
        if sum(left) * ALL_SEEN_ERROR <= _PARTS:
            return n
        # Rounded up: whoever rounds down believes too early that nothing was missed.
        left = [-(-chance * miss // _PARTS) for chance, miss in zip(left, missed, strict=True)]
    return limit


def sure_permille(score: int) -> int:
    """Return how sure a score (log odds in micro-nats, either sign) makes from even odds, rounded down, at most 999."""
    return _SURE[bisect_right(_SURE_SCORES, abs(score)) - 1][1]


def leave_permille(score: int, leaves: Counted) -> int:
    """Return how sure a leave is: the reads' own verdict, less the share of leaves that were taken back before.

    `leaves`: how many of how many were taken back.
    """
    back, total = _BLIND_LEAVES
    blind = WHOLE * (back + leaves.reads) // (total + leaves.cycles)
    return sure_permille(score) * (WHOLE - blind) // WHOLE


def count_leave(leaves: Counted, *, back: bool) -> Counted:
    """Count a leave, or that one was taken back."""
    return leaves.plus(int(back), int(not back), _LEAVES_MAX)
