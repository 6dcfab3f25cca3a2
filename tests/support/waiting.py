"""Waiting in tests: for a condition, never for a guessed time."""

import time
from collections.abc import Callable

import pytest


def until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Return as soon as condition holds; fail the test if it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s} s in vain for {condition}")
        time.sleep(0.01)
