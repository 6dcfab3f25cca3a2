"""SIGKILL between proposal, confirmation and removal, or within one of them: nothing is half gone or missing."""

import random
from contextlib import closing
from pathlib import Path

import pytest
from support import retention_loop
from support.killing import run_and_kill
from support.retention import PROBE

from assembly.verifying import verify
from coldchain.retention import DisposalState
from stores.readonly import open_read_only
from stores.sqlite import open_store

KILLS = 3  # of one file, one after the other


def kill_and_verify(path: Path, seed: int) -> None:
    chance, said = random.Random(seed), 0
    for _ in range(KILLS):
        said = max(said, run_and_kill(retention_loop.__file__, path, seed, chance))
        with closing(open_read_only(path)) as store:
            verdict = verify(store, projections=True)
        assert verdict.faults == ()
        assert len(verdict.removals) in (said, said + 1), (
            "a removal that was told of is done, and no other but the next"
        )
        with closing(open_store(path)) as opened, opened.reading() as session:
            states = [one.state for one in session.records.disposals(10**6)]
            gone = {day.day for day in session.records.removed_days(PROBE, 0, 10**6)}
            kept = set(session.readings.kept_days(PROBE, 10**6, 10**6))
        assert states.count(DisposalState.REMOVED) == len(gone) == len(verdict.removals)
        assert not gone & kept
        assert len(kept) <= 1
        said = len(gone)
    assert said > 0


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_while_people_remove_readings_tears_nothing(tmp_path: Path, seed: int) -> None:
    kill_and_verify(tmp_path / "hot.sqlite", seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3, 30))
def test_kills_while_people_remove_readings_tear_nothing_over_many_seeds(tmp_path: Path, seed: int) -> None:
    kill_and_verify(tmp_path / "hot.sqlite", seed)
