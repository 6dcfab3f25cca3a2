"""Expiry of what is made, walks over lineage with circles in it, stays up to an end, tags of ended units."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.entries import Binding, RecordedEvent, Retirement
from coldchain.lineage import Act, Edge
from coldchain.units import Stay
from rules.lineage import DAY_MS, DEPTH_MAX, HOUR_MS, expiry_of, reached, until_end
from rules.tag_conflicts import ConflictKind, conflicts_of

names = st.sampled_from("abcdefg")
graphs = st.lists(st.tuples(names, names), max_size=20)


def edges_in(graph: Sequence[tuple[str, str]], *, back: bool = False) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for parent, child in sorted(set(graph)):
        edge = Edge(parent=parent, child=child, act="x", at_ms=1)
        found.setdefault(child if back else parent, []).append(edge)
    return found


@pytest.mark.parametrize(
    ("act", "profile", "label", "inputs", "shelf", "expires"),
    [
        (Act.WASH, "cn-rbc", None, [None], None, 24 * HOUR_MS),
        (Act.WASH, "cn-rbc", 5, [9], None, 5),
        (Act.WASH, "cn-rbc", None, [9, 7], None, 7),
        (Act.WASH, "cn-rbc", None, [30 * DAY_MS], 14 * DAY_MS, 14 * DAY_MS),
        (Act.THAW, "cn-cryo-thawed", None, [90 * DAY_MS], None, 4 * HOUR_MS),
        (Act.THAW, "cn-ffp", None, [None], None, 4 * HOUR_MS),
        (Act.THAW, "cn-ffp", None, [365 * DAY_MS], None, 4 * HOUR_MS),
        (Act.THAW, "cn-rbc", None, [3650 * DAY_MS], None, 4 * HOUR_MS),
        (Act.THAW, "cn-rbc", None, [3650 * DAY_MS], DAY_MS, DAY_MS),
        (Act.THAW, "cn-plasma-thawed", None, [365 * DAY_MS], None, 24 * HOUR_MS),
        (Act.IRRADIATE, "cn-rbc", None, [35 * DAY_MS], None, 14 * DAY_MS),
        (Act.IRRADIATE, "eu-rbc", None, [35 * DAY_MS], None, 14 * DAY_MS),
        (Act.IRRADIATE, "us-rbc", 40 * DAY_MS, [35 * DAY_MS], None, 28 * DAY_MS),
        (Act.PROCESS_DONATION, "cn-ffp", 365 * DAY_MS, [35 * DAY_MS], None, 365 * DAY_MS),
        (Act.SPLIT, "cn-rbc", None, [8, None], None, 8),
    ],
)
def test_the_first_of_label_rule_and_inputs_counts(
    act: Act, profile: str, label: int | None, inputs: list[int | None], shelf: int | None, expires: int | None
) -> None:
    assert expiry_of(act, profile, 0, label_ms=label, inputs_ms=inputs, shelf_ms=shelf) == expires


@given(graphs, st.sampled_from([False, True]))
def test_a_walk_reaches_what_brute_force_reaches_and_ends_in_circles(graph: list[tuple[str, str]], back: bool) -> None:
    edges = edges_in(graph, back=back)
    closure = {"a"}
    while True:
        more = {(p if back else c) for p, c in graph if (c if back else p) in closure} - closure
        if not more:
            break
        closure |= more
    found = reached(["a"], lambda unit: edges.get(unit, []), back=back)
    assert set(found.units) == closure
    assert len(found.units) == len(closure)
    assert not found.cut


def test_a_walk_that_goes_too_deep_says_so() -> None:
    edges = {str(n): [Edge(parent=str(n), child=str(n + 1), act="x", at_ms=1)] for n in range(DEPTH_MAX + 5)}
    found = reached(["0"], lambda unit: edges.get(unit, []))
    assert (len(found.units), found.cut) == (DEPTH_MAX + 1, True)


times = st.none() | st.integers(0, 100)


@given(st.integers(0, 100), times, times, times, st.integers(0, 100))
def test_nothing_is_anywhere_after_an_end(
    begin: int, certain: int | None, doubted: int | None, left: int | None, end_ms: int
) -> None:
    stay = Stay(
        unit="u",
        place="f",
        possible_from_ms=begin,
        certain_from_ms=None if certain is None else begin + certain,
        certain_to_ms=None if certain is None or doubted is None else begin + certain + doubted,
        possible_to_ms=None if left is None else begin + (certain or 0) + (doubted or 0) + left,
        entered_by="reader",
        left_by=None,
    )
    cut = until_end([stay], end_ms)
    assert bool(cut) == (begin < end_ms)
    for one in cut:
        assert one.possible_to_ms is not None
        assert one.possible_to_ms <= end_ms
        assert one.certain_to_ms is None or one.certain_to_ms <= one.possible_to_ms
        assert one.certain_from_ms is None or one.certain_from_ms < end_ms


def seen(at_ms: int) -> RecordedEvent:
    return RecordedEvent(
        gateway="g",
        epoch="e",
        seq=at_ms,
        place="f",
        origin="r",
        kind="arrived",
        boot="b",
        origin_seq=None,
        taken_ms=at_ms,
        boottime_ms=1,
        earliest_ms=at_ms,
        latest_ms=at_ms,
        epc="AAAA",
        details={},
    )


def test_a_tag_of_an_ended_unit_contradicts_until_it_stands_for_another() -> None:
    bindings = [Binding(epc="AAAA", unit="u", from_ms=1), Binding(epc="AAAA", unit="v", from_ms=50)]
    events = [seen(at_ms) for at_ms in (5, 20, 60)]
    found = conflicts_of(events, bindings, [], {"f": "s"}, {"u": 10})
    assert [(one.kind, one.at_ms) for one in found] == [(ConflictKind.ENDED_SEEN, 20)]
    assert [one.at_ms for one in conflicts_of(events, bindings[:1], [], {"f": "s"}, {"u": 10})] == [20, 60]


def test_a_tag_that_was_retired_and_bound_again_to_the_unit_that_then_ended_contradicts() -> None:
    bindings = [Binding(epc="AAAA", unit="u", from_ms=at_ms) for at_ms in (1, 5)]
    retired = [Retirement(epc="AAAA", at_ms=3, reason="label torn")]
    found = conflicts_of([seen(20)], bindings, retired, {"f": "s"}, {"u": 10})
    assert [(one.kind, one.at_ms) for one in found] == [(ConflictKind.ENDED_SEEN, 20)]
    gone = [*retired, Retirement(epc="AAAA", at_ms=15, reason="thrown away")]
    found = conflicts_of([seen(12), seen(20)], bindings, gone, {"f": "s"}, {"u": 10})
    assert [(one.kind, one.at_ms) for one in found] == [(ConflictKind.ENDED_SEEN, 12), (ConflictKind.RETIRED_SEEN, 20)]
