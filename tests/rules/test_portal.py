"""A portal: direction from both sides' reads, and a task instead of a guess."""

import random

import pytest
from msgspec.structs import replace

from coldchain.facts import TagSummary
from firmware_sim.tag_field import epcs
from rules.portal import SEPARATION_MS, Passage, Way, crossing, passage

OUTER, INNER = frozenset({1, 2}), frozenset({3, 4})
AT_MS = 1_795_000_000_000
BAGS = epcs(0, 20)


def read(epc: str, antenna: int, after_ms: int, rssi_dbm: int = -60, count: int = 3) -> TagSummary:
    at_ms = AT_MS + after_ms
    return TagSummary(
        seq=1,
        origin="portal",
        taken_ms=at_ms + 100,
        boottime_ms=1,
        epc=epc,
        antenna=antenna,
        count=count,
        best_rssi_dbm=rssi_dbm,
        first_ms=at_ms - 50,
        last_ms=at_ms + 50,
    )


def walk(outer_ms: int, inner_ms: int, bags: tuple[str, ...] = BAGS) -> list[TagSummary]:
    """A load whose outer reads centre at outer_ms and inner ones at inner_ms."""
    reads = [read(epc, 1 + i % 2, outer_ms + (i % 5 - 2) * 100) for i, epc in enumerate(bags)]
    return reads + [read(epc, 3 + i % 2, inner_ms + (i % 5 - 2) * 100) for i, epc in enumerate(bags)]


def found(reads: list[TagSummary]) -> Passage:
    result = passage(reads, OUTER, INNER)
    assert result is not None
    return result


def test_acceptance_case_6_centres_1800_ms_apart_are_a_way_in() -> None:
    one = found(walk(1_200, 3_000, BAGS[:19] + BAGS[:1]))
    assert (one.outer_ms, one.inner_ms) == (AT_MS + 1_200, AT_MS + 3_000)
    assert (one.way, len(one.epcs)) == (Way.IN, 19)
    crossed = crossing(one)
    assert crossed is not None
    assert (crossed.inwards, crossed.manual, len(crossed.epcs)) == (True, False, 19)


def test_acceptance_case_7_centres_300_ms_apart_are_a_task_and_the_answer_is_one_manual_movement() -> None:
    one = found(walk(1_200, 1_500))
    assert (one.way, crossing(one)) == (Way.AMBIGUOUS, None)
    crossed = crossing(one, Way.OUT)
    assert crossed is not None
    assert (crossed.inwards, crossed.manual, crossed.epcs) == (False, True, tuple(sorted(BAGS)))


def test_an_answer_does_not_overrule_what_the_reads_decided() -> None:
    crossed = crossing(found(walk(3_000, 1_200)), Way.IN)
    assert crossed is not None
    assert (crossed.inwards, crossed.manual) == (False, False)


@pytest.mark.parametrize(
    ("apart_ms", "way"), [(SEPARATION_MS - 1, Way.AMBIGUOUS), (SEPARATION_MS, Way.IN), (-SEPARATION_MS, Way.OUT)]
)
def test_the_separation_itself_is_enough(apart_ms: int, way: Way) -> None:
    assert found([read(BAGS[0], 1, 5_000), read(BAGS[0], 3, 5_000 + apart_ms)]).way is way


def test_a_side_that_heard_nothing_leaves_it_open() -> None:
    assert found([read(BAGS[0], 1, 0)]).way is Way.AMBIGUOUS
    assert passage([], OUTER, INNER) is None
    assert passage([read(BAGS[0], 7, 0)], OUTER, INNER) is None, "an antenna of neither side"


def test_strong_reads_weigh_more_than_many_faint_ones() -> None:
    near, far = read(BAGS[0], 1, 1_000, rssi_dbm=-40, count=5), read(BAGS[0], 1, 3_000, rssi_dbm=-99, count=5)
    one = found([near, far, read(BAGS[0], 3, 2_500)])
    assert one.outer_ms is not None
    assert one.outer_ms < AT_MS + 1_100


def test_the_gateways_own_centre_counts_and_not_the_middle_of_a_long_cycle() -> None:
    """Case 6 with one cycle over the whole pass: both sides' reads begin and end together, only their centres tell."""
    long = {"taken_ms": AT_MS + 5_000, "first_ms": AT_MS, "last_ms": AT_MS + 4_900}
    sides = [(1, AT_MS + 1_200), (3, AT_MS + 3_000)]
    reads = [replace(read(epc, antenna, 0), **long, centroid_ms=at_ms) for epc in BAGS[:19] for antenna, at_ms in sides]
    one = found(reads)
    assert (one.outer_ms, one.inner_ms, one.way) == (AT_MS + 1_200, AT_MS + 3_000, Way.IN)
    middles = found([replace(each, centroid_ms=None) for each in reads])
    assert middles.way is Way.AMBIGUOUS


def test_case_7_with_centres_of_the_gateway_is_still_a_task() -> None:
    reads = [replace(read(BAGS[0], 1, 1_200), centroid_ms=AT_MS + 1_200)]
    reads.append(replace(read(BAGS[0], 3, 1_500), centroid_ms=AT_MS + 1_500))
    assert found(reads).way is Way.AMBIGUOUS


@pytest.mark.parametrize("wrong_ms", [0, AT_MS + 10_000])
def test_a_centre_outside_its_own_reads_is_not_believed(wrong_ms: int) -> None:
    assert found([replace(read(BAGS[0], 1, 0), centroid_ms=wrong_ms)]).outer_ms == AT_MS


def test_order_and_repeats_are_nothing() -> None:
    reads = walk(1_200, 3_000)
    mixed = reads + random.Random(7).sample(reads, 10)
    random.Random(8).shuffle(mixed)
    assert found(mixed) == found(reads)
