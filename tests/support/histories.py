"""Histories and an independent, slow judge of them: plain loops over milliseconds intervals, no code of ours."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import rules
from coldchain.history import NO_VALUE, History
from rules.profile import Profile, load_profile

Reading = tuple[int, int | None]  # taken_ms, micro_celsius or None for a fault


def cn_rbc() -> Profile:
    """Return the shipped profile."""
    return load_profile(cn_rbc_toml())


def cn_rbc_toml() -> bytes:
    """Return the shipped profile's bytes."""
    return (Path(rules.__file__).parent / "profiles" / "cn-rbc.toml").read_bytes()


def history_of(readings: Sequence[Reading]) -> History:
    """Return a history of readings in order of time."""
    return History(
        taken_ms=np.array([t for t, _ in readings], np.int64),
        micro_celsius=np.array([NO_VALUE if v is None else v for _, v in readings], np.int64),
        quality=np.array([1 if v is None else 0 for _, v in readings], np.uint8),
    )
