"""A list against what was read: what is missing, what is only not read, and how sure that is."""

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.tag_field import TagField, epcs
from rules.read_rate import Counted
from rules.reconcile import Advice, ReadModel, counted_reads, missed_millionths, missing_permille, reconcile

UNITS = tuple(f"u-{number}" for number in range(20))
LONG = ReadModel(cycles=20, counted=Counted(3_000, 4_000))
names = st.sets(st.sampled_from((*UNITS, "x-1", "x-2")))


def test_acceptance_case_6_nineteen_read_one_open_and_a_scan_closes_it() -> None:
    found = reconcile(UNITS, set(UNITS[:19]), LONG)
    assert (len(found.by_tag), list(found.not_read), found.verified) == (19, ["u-19"], False)
    assert found.advice is Advice.SCAN
    closed = reconcile(UNITS, set(UNITS[:19]), LONG, scanned={"u-19"})
    assert (closed.by_scan, closed.not_read, closed.verified) == (("u-19",), {}, True)
    assert closed.advice is Advice.NOTHING


def test_a_short_pass_says_run_again_and_a_long_one_does_not() -> None:
    short = ReadModel(cycles=3, counted=Counted(300, 600))
    assert reconcile(UNITS, set(), short).advice is Advice.RUN_AGAIN
    assert missing_permille(short) < missing_permille(LONG)


def test_the_number_is_the_formula() -> None:
    """m 1/500, b 1/50, p 0.75, n 20: 0.002 / (0.002 + 0.998 * 0.02) = 0.0911."""
    assert missing_permille(LONG) == 91
    assert missed_millionths(ReadModel(cycles=0)) == 1_000_000


def test_blind_tags_that_were_found_make_missing_less_likely_and_missing_ones_more() -> None:
    blind = ReadModel(cycles=20, counted=LONG.counted, blind=Counted(50, 1_000))
    gone = ReadModel(cycles=20, counted=LONG.counted, missing=Counted(50, 1_000), blind=Counted(0, 50_000))
    assert missing_permille(blind) < missing_permille(LONG) < missing_permille(gone)
    assert reconcile(UNITS, set(), gone).advice is Advice.LOOK_FOR


def test_a_unit_that_was_read_is_there_whatever_somebody_said() -> None:
    found = reconcile(UNITS[:2], {"u-0"}, LONG, absent={"u-0", "u-1"})
    assert (found.by_tag, found.absent, found.verified) == (("u-0",), ("u-1",), True)


@given(names, names, names, names)
def test_every_unit_of_the_list_is_in_exactly_one_place(
    listed: set[str], read: set[str], scanned: set[str], absent: set[str]
) -> None:
    found = reconcile(listed, read, LONG, scanned, absent)
    parts = [*found.by_tag, *found.by_scan, *found.not_read, *found.absent]
    assert sorted(parts) == sorted(listed)
    assert set(found.unexpected) == (read | scanned) - listed


def test_the_measured_rate_of_a_pass_is_near_the_truth_and_never_flatters() -> None:
    field = TagField(seed="tunnel", rate=0.65, bags=epcs(0, 200))
    for epc in field.bags:
        field.put_in(epc, 0)
    seen: dict[str, int] = {}
    for _ in range(12):
        for heard in field.cycle():
            seen[heard.epc] = seen.get(heard.epc, 0) + 1
    counted = counted_reads(seen, 12)
    assert 0.58 <= counted.reads / counted.cycles <= 0.66
    assert counted_reads({"a": 1}, 1) == Counted(0, 0), "one cycle says nothing"
