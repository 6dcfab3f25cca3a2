"""What a cycle makes of its reads: counts, strengths, the centre in time, and its limit in tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.counters import Counters
from gateway.links.tally import PAIRS_MAX, TAGS_MAX, TOO_MANY_TAGS, Tally
from rules.portal import SEPARATION_MS, read_weight

BAG = "E28011700000020000000001"
AT_MS = 1_800_000_000_000


def tally_of(*reads: tuple[int, int]) -> Tally:
    """Return a tally of one tag: (after_ms, rssi_dbm) of each read."""
    tally = Tally(Counters())
    for after_ms, rssi_dbm in reads:
        tally.note(BAG, 1, rssi_dbm, AT_MS + after_ms)
    return tally


def test_strong_reads_pull_the_centre_to_themselves() -> None:
    (heard,) = tally_of((0, -90), (1_000, -40), (1_100, -50), (4_000, -90)).tags()
    assert heard.centroid_ms == AT_MS + (10 * 0 + 60 * 1_000 + 50 * 1_100 + 10 * 4_000) // 130
    assert (heard.first_ms, heard.last_ms, heard.count, heard.best_rssi_dbm) == (AT_MS, AT_MS + 4_000, 4, -40)


def test_two_antennas_that_a_bag_passes_one_after_the_other_in_one_cycle_differ_by_their_centres() -> None:
    tally = Tally(Counters())
    for after_ms in range(0, 4_000, 100):  # both hear it all the time, each strongest when the bag is before it
        tally.note(BAG, 1, max(-99, -45 - abs(after_ms - 1_200) // 40), AT_MS + after_ms)
        tally.note(BAG, 3, max(-99, -45 - abs(after_ms - 3_000) // 40), AT_MS + after_ms)
    outer, inner = tally.tags()
    assert inner.first_ms == outer.first_ms
    assert inner.last_ms == outer.last_ms
    assert inner.centroid_ms - outer.centroid_ms >= SEPARATION_MS


def test_a_reader_that_says_no_strength_gives_the_mean_of_its_reads() -> None:
    (heard,) = tally_of((0, -128), (100, -128), (2_000, -128)).tags()
    assert heard.centroid_ms == AT_MS + 700


@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(-128, 127)), min_size=1, max_size=50))
def test_the_centre_lies_between_the_reads_and_is_the_weighted_mean(reads: list[tuple[int, int]]) -> None:
    reads.sort()
    (heard,) = tally_of(*reads).tags()
    assert heard.first_ms <= heard.centroid_ms <= heard.last_ms
    weights = [read_weight(rssi_dbm) for _, rssi_dbm in reads]
    mean = sum(weight * after for weight, (after, _) in zip(weights, reads, strict=True)) / sum(weights)
    assert abs(heard.centroid_ms - AT_MS - mean) <= 1


def test_reads_that_are_reported_at_once_weigh_as_many() -> None:
    at_once, single = Tally(Counters()), Tally(Counters())
    at_once.note(BAG, 1, -60, AT_MS)
    at_once.note(BAG, 1, -70, AT_MS + 900, count=5)
    single.note(BAG, 1, -60, AT_MS)
    for _ in range(5):
        single.note(BAG, 1, -70, AT_MS + 900)
    assert at_once.tags() == single.tags()
    assert at_once.reads == single.reads == 6


@pytest.mark.parametrize("antennas", [1, 4])
def test_the_limit_counts_tags_and_not_tags_by_antennas(antennas: int) -> None:
    counters = Counters()
    tally = Tally(counters)
    for number in range(TAGS_MAX):
        for antenna in range(1, antennas + 1):
            tally.note(f"3000{number:08X}", antenna, -50, AT_MS)
    assert (len(tally.tags()), tally.fault) == (TAGS_MAX * antennas, "")
    tally.note("3001" * 3, 1, -50, AT_MS)
    assert (tally.fault, counters.tags_beyond_limit) == (TOO_MANY_TAGS, 1)


def test_a_reader_that_names_ever_new_antennas_fills_no_memory() -> None:
    tally = Tally(Counters())
    for number in range(TAGS_MAX):
        for antenna in range(1, 11):
            tally.note(f"3000{number:08X}", antenna, -50, AT_MS)
    assert len(tally.tags()) == PAIRS_MAX
    assert tally.fault == TOO_MANY_TAGS  # the last tags found no room under any antenna
