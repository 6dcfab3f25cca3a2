"""SIGKILL at any moment of append and checkpoint: the record verifies, and no checkpoint that was told of is gone."""

import random
from pathlib import Path

import pytest
from support import attest_loop
from support.killing import run_and_kill

from assembly.storing import HOT_FILE
from assembly.verifying import verify
from stores.readonly import open_read_only

KILLS = 3  # of one record, one after the other


def kill_and_verify(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(KILLS):
        said = run_and_kill(attest_loop.__file__, folder, seed, chance)
        store = open_read_only(folder / HOT_FILE)
        verdict = verify(store, projections=True)
        store.close()
        assert verdict.faults == ()
        assert verdict.covered >= said
        assert said > 0


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_centre_leaves_a_ledger_that_verifies(tmp_path: Path, seed: int) -> None:
    kill_and_verify(tmp_path / "data", seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 36))
def test_a_killed_centre_leaves_a_ledger_that_verifies_over_many_seeds(tmp_path: Path, seed: int) -> None:
    kill_and_verify(tmp_path / "data", seed)
