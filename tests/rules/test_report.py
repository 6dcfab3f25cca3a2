"""A probe's part of a report: its unknown time is that of the spans, and what is too much is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.histories import cn_rbc, history_of

from coldchain.errors import InvalidValueError
from coldchain.places import Probe, ProbeRole
from coldchain.reports import Curve
from coldchain.sums import tally_history
from rules.classes import Condition
from rules.exposure import durations, spans
from rules.kinetic import mean_kinetic_micro_celsius
from rules.limits import Product
from rules.report import REPORT_MS_MAX, ProbeFacts, probe_history, require_interval

PROFILE = replace(cn_rbc(), hold_ms=9)
PROBE = Probe(id="p", place="f", gateway="g", role=ProbeRole.LOAD)
VALUES = st.one_of(st.none(), st.integers(0, 9).map(lambda degrees: degrees * 1_000_000))
HISTORIES = st.dictionaries(st.integers(0, 120), VALUES, max_size=25).map(lambda found: sorted(found.items()))
WINDOWS = st.tuples(st.integers(9, 130), st.integers(9, 130)).map(sorted).filter(lambda pair: pair[0] < pair[1])


@given(HISTORIES, WINDOWS, st.integers(0, 140))
def test_unknown_time_is_that_of_the_spans(
    readings: list[tuple[int, int | None]], window: list[int], horizon: int
) -> None:
    history, part = history_of(readings), (window[0], window[1])
    facts = ProbeFacts(
        probe=PROBE, profile=PROFILE, horizon_ms=horizon, parts=[part], every=[history], counted=[history]
    )
    told = probe_history(facts, lambda *_: Curve(taken_ms=(), micro_celsius=()))
    names = {Condition.NEVER_MEASURED: False, Condition.AWAITED: True}
    expected = [
        (one.from_ms, one.to_ms, names[one.condition])
        for one in spans(history, PROFILE, *part, horizon)
        if one.condition in names
    ]
    assert [(one.from_ms, one.to_ms, one.awaited) for one in told.unknown] == expected
    lasted = durations(history, PROFILE, *part, horizon)
    assert (told.unknown_ms, told.awaited_ms) == (lasted.unknown_ms, lasted.awaited_ms)
    assert told.measured_ms + told.unknown_ms == part[1] - part[0]


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "said"),
    [
        (5, 5, "empty or reversed"),
        (6, 5, "empty or reversed"),
        (5, 11, "in the future"),
        (0, REPORT_MS_MAX + 1, "days"),
    ],
)
def test_an_interval_that_cannot_be_is_refused(from_ms: int, to_ms: int, said: str) -> None:
    now_ms = 10 if to_ms < 100 else to_ms
    with pytest.raises(InvalidValueError, match=said):
        require_interval(from_ms, to_ms, now_ms)


@given(HISTORIES, WINDOWS)
def test_the_mean_kinetic_temperature_is_that_of_the_tally_and_no_blood_has_one(
    readings: list[tuple[int, int | None]], window: list[int]
) -> None:
    history, part = history_of(readings), (window[0], window[1])
    reagents = replace(PROFILE, product=Product.REAGENT)
    for profile, expected in (
        (reagents, mean_kinetic_micro_celsius(tally_history(history.since(part[0] - 9), *part, 9))),
        (PROFILE, None),
    ):
        facts = ProbeFacts(probe=PROBE, profile=profile, horizon_ms=0, parts=[part], every=[history], counted=[history])
        told = probe_history(facts, lambda *_: Curve(taken_ms=(), micro_celsius=()))
        assert told.kinetic_micro_celsius == expected
    mixed = [(0, reagents), ((part[0] + part[1]) // 2, PROFILE)]
    facts = ProbeFacts(
        probe=PROBE, profile=PROFILE, horizon_ms=0, parts=[part], every=[history], counted=[history], kept=mixed
    )
    told = probe_history(facts, lambda *_: Curve(taken_ms=(), micro_celsius=()))
    assert told.kinetic_micro_celsius is None
