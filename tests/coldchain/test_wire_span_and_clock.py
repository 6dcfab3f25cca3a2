"""Which numbers a batch speaks of, and what it tells of the gateway's two clocks."""

import json
from pathlib import Path
from typing import Final

import pytest

from coldchain.wire import Up, decode_up, facts_of

ROOT: Final = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("first_seq", "last_seq", "allowed"),
    [
        (101, 104, True),
        (1, 104, True),
        (101, 105, False),
        (101, 2**53 - 1, False),
        (101, 103, False),
        (102, 104, False),
    ],
)
def test_a_span_may_begin_below_its_first_item_and_ends_with_its_last(
    first_seq: int, last_seq: int, *, allowed: bool
) -> None:
    document = json.loads((ROOT / "tests/golden/wire/up-samples.json").read_text())
    assert document["samples"]["seq"] == [101, 102, 103, 104]
    decoded = decode_up(json.dumps({**document, "first_seq": first_seq, "last_seq": last_seq}).encode())
    assert isinstance(decoded, Up) == allowed


@pytest.mark.parametrize(("last_seq", "allowed"), [(100, True), (99, False), (101, False), (0, False)])
def test_an_empty_batch_speaks_of_no_number(last_seq: int, *, allowed: bool) -> None:
    document = json.loads((ROOT / "tests/golden/wire/up-empty.json").read_text())
    assert document["first_seq"] == 101
    assert isinstance(decode_up(json.dumps({**document, "last_seq": last_seq}).encode()), Up) == allowed


def _golden_up(name: str) -> Up:
    up = decode_up((ROOT / f"tests/golden/wire/{name}.json").read_bytes())
    assert isinstance(up, Up)
    return up


@pytest.mark.parametrize("name", ["up-samples", "up-all", "up-clock-unset"])
def test_items_of_a_clock_that_was_not_stepped_have_the_offset_of_their_batch(name: str) -> None:
    up = _golden_up(name)
    assert {fact.taken_ms - fact.boottime_ms for fact in facts_of(up)} == {up.clock_offset_ms}


def test_items_from_before_a_step_of_the_clock_have_another_offset_than_their_batch() -> None:
    up = _golden_up("up-clock-stepped")
    assert up.clock_offset_ms is not None
    steps = [fact.taken_ms - fact.boottime_ms - up.clock_offset_ms for fact in facts_of(up)]
    assert steps == [3_600_000, 3_600_000, 0, 0]


def test_of_the_clock_of_an_earlier_boot_nothing_is_known() -> None:
    assert _golden_up("up-samples-of-an-earlier-boot").clock_offset_ms is None
