"""The machine's clock."""

import threading
import time

import pytest

from coldchain.facts import ClockState
from gateway.clock import BUILD_DATE_MS, SystemClock, clock_state


@pytest.mark.parametrize(
    ("now_ms", "state"),
    [
        (0, ClockState.UNSET),
        (BUILD_DATE_MS - 1, ClockState.UNSET),
        (BUILD_DATE_MS, ClockState.TRUSTED),
        (BUILD_DATE_MS + 10**11, ClockState.TRUSTED),
    ],
)
def test_a_wall_clock_from_before_the_program_was_built_was_never_set(now_ms: int, state: ClockState) -> None:
    assert clock_state(now_ms) is state


def test_both_clocks_go_forward_in_milliseconds() -> None:
    clock = SystemClock()
    wall_ms, boottime_ms = clock.now_ms(), clock.boottime_ms()
    clock.wait(20)
    assert 20 <= clock.boottime_ms() - boottime_ms < 5_000
    assert abs(clock.now_ms() - time.time() * 1_000) < 5_000
    assert clock.now_ms() >= wall_ms


def test_a_wait_is_interrupted_and_none_is_kept_waiting_afterwards() -> None:
    clock = SystemClock()
    timer = threading.Timer(0.05, clock.interrupt)
    timer.start()
    started = time.monotonic()
    clock.wait(60_000)
    clock.wait(60_000)
    timer.join()
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("milliseconds", [0, -5])
def test_no_time_is_no_wait(milliseconds: int) -> None:
    clock = SystemClock()
    started = time.monotonic()
    clock.wait(milliseconds)
    assert time.monotonic() - started < 5
