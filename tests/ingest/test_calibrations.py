"""Offsets of certificates: versioned, signed, applied when readings are read, raw values untouched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import store_words as words
from support.intake import END, START, pipeline_on
from support.memory_store import MemoryStore

from coldchain.calibrated import calibrated, calibrated_tally
from coldchain.calibration import Applied, Calibration, RecordCalibration, applied_to, current
from coldchain.errors import InvalidValueError, UnknownThingError
from coldchain.facts import POWER_ON_MICRO_CELSIUS
from coldchain.ports import Store
from coldchain.register import CalibrationPoint, Certificate, RecordCertificate
from coldchain.sums import tally_history
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

HOLD_MS = 300_000
PROBE = "fridge-1-load"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


def said(**changed: Any) -> RecordCalibration:
    fact = RecordCalibration(
        serial="s-1",
        from_ms=START,
        offset_micro_celsius=-120_000,
        certificate="C-77",
        name="李明",
        post="设备管理",
        at_ms=END,
        actor="li",
    )
    return msgspec.structs.replace(fact, **changed)


def centre(store: Store) -> Pipeline:
    """Return a centre whose register has certificate C-77 of s-1."""
    pipeline = pipeline_on(store)
    paper = Certificate(
        serial="s-1",
        number="C-77",
        lab="CNAS L0000",
        calibrated_ms=START,
        due_ms=END,
        points=(CalibrationPoint(at_micro_celsius=4_000_000, as_found_micro_celsius=120_000),),
        tolerance_micro_celsius=500_000,
        name="李明",
        post="设备管理",
    )
    pipeline.record(RecordCertificate(certificate=paper, actor="li"), END)
    return pipeline


@pytest.mark.parametrize("changed", [{"certificate": "C-78"}, {"serial": "s-2"}])
def test_an_offset_names_a_certificate_that_the_register_has_of_that_instrument(
    store: Store, changed: dict[str, Any]
) -> None:
    pipeline = centre(store)
    before = store.projection_dump()
    with pytest.raises(UnknownThingError, match="not in the register"):
        pipeline.record(said(**changed), END)
    assert store.projection_dump() == before


def test_a_calibration_gets_versions_and_none_is_lost(store: Store) -> None:
    pipeline = centre(store)
    first = pipeline.record(said(), END)
    assert pipeline.record(said(), END) == first, "the same again changes nothing"
    pipeline.record(said(offset_micro_celsius=80_000), END)
    pipeline.record(said(from_ms=END), END)
    with store.reading() as session:
        kept = session.records.calibrations_of_serial("s-1")
        assert session.records.calibrations_of_serial("s-2") == ()
    assert [(one.from_ms, one.version, one.offset_micro_celsius) for one in kept] == [
        (START, 1, -120_000),
        (START, 2, 80_000),
        (END, 1, -120_000),
    ]
    assert [one.version for one in current(kept)] == [2, 1]
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before


@pytest.mark.parametrize("changed", [{"serial": ""}, {"certificate": ""}, {"offset_micro_celsius": 5_000_001}])
def test_what_no_certificate_says_is_refused(store: Store, changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError, match=r"calibration|offset"):
        centre(store).record(said(**changed), END)


def calibration(from_ms: int, offset: int, serial: str = "s-1") -> Calibration:
    return Calibration(
        serial=serial, from_ms=from_ms, version=1, offset_micro_celsius=offset, certificate="C", name="n", post="p"
    )


def test_an_offset_goes_with_the_instrument_from_probe_to_probe() -> None:
    positions = [
        words.position(100, serial="s-1"),
        words.position(200, serial="s-2"),
        words.position(300, serial="s-3"),
    ]
    known = {"s-1": (calibration(50, 5), calibration(150, 6)), "s-2": (calibration(250, 7, "s-2"),)}
    found = applied_to(positions[0].probe, "s-9", positions, known)
    assert [(one.from_ms, one.offset_micro_celsius, one.serial) for one in found] == [
        (100, 5, "s-1"),
        (150, 6, "s-1"),
        (200, 0, "s-2"),
        (250, 7, "s-2"),
        (300, 0, "s-3"),
    ]
    alone = applied_to("another", "s-1", positions, known)
    assert [(one.from_ms, one.offset_micro_celsius) for one in alone] == [(0, 0), (50, 5), (150, 6)]


STEPS = st.lists(st.sampled_from([1_000, 60_000, 299_999, 300_000, 400_000, 900_000]), min_size=1, max_size=10)


@given(
    steps=STEPS,
    starts=st.lists(st.integers(-400_000, 3_000_000), max_size=4, unique=True),
    edges=st.tuples(st.integers(0, 3_000_000), st.integers(0, 3_000_000)),
    chance=st.randoms(use_true_random=False),
)
def test_shifted_sums_equal_the_sum_over_the_calibrated_history(
    steps: list[int], starts: list[int], edges: tuple[int, int], chance: Any
) -> None:
    applied = [Applied(from_ms=ms, offset_micro_celsius=chance.randint(-9, 9)) for ms in sorted(starts)]
    times = np.cumsum(steps).tolist()
    store = MemoryStore()
    with store.writing() as session:
        values = [chance.choice([None, 4_000_000, 4_000_005, 6_000_000, POWER_ON_MICRO_CELSIUS]) for _ in times]
        session.readings.append_samples(words.samples(times, values))
        from_ms, to_ms = sorted(edges)
        found = calibrated_tally(session.readings, PROBE, from_ms, to_ms, HOLD_MS, applied)
        history = calibrated(session.readings.history(PROBE, from_ms - HOLD_MS, to_ms), applied)
    expected = tally_history(history, from_ms, to_ms, HOLD_MS)
    assert found.readings == expected.readings
    assert (found.values.tolist(), found.held_ms.tolist()) == (expected.values.tolist(), expected.held_ms.tolist())
