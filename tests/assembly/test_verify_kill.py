"""SIGKILL at any moment of append and checkpoint: the record verifies, and no checkpoint that was told of is gone."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import attest_loop

from assembly.storing import HOT_FILE
from assembly.verifying import verify
from stores.readonly import open_read_only

KILLS = 3  # of one record, one after the other


def run_and_kill(folder: Path, seed: int, chance: random.Random) -> int:
    """Return the largest size that the child said was signed before it was killed."""
    command = [sys.executable, attest_loop.__file__, str(folder), str(seed)]
    tests = str(Path(attest_loop.__file__).parents[1])
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": tests}
    )
    with child:
        assert child.stdout is not None
        last = ""
        wanted = chance.randint(1, 20)
        while wanted:
            line = child.stdout.readline()
            assert line, "the child ended by itself"
            if line.strip().isdigit():  # other lines are its log
                last, wanted = line, wanted - 1
        for _ in range(chance.randrange(300_000)):
            pass  # some milliseconds, so that the kill falls anywhere in a transaction
        child.send_signal(signal.SIGKILL)
        rest = [line for line in child.stdout.read().split() if line.isdigit()]
    assert child.returncode == -signal.SIGKILL
    return int(rest[-1]) if rest else int(last or 0)


def kill_and_verify(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(KILLS):
        said = run_and_kill(folder, seed, chance)
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
