"""Run a child that says what it committed, and kill it at a random moment."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path


def run_and_kill(script: str, where: str | Path, seed: int, chance: random.Random) -> int:
    """Return the highest number that the child said before it was killed."""
    tests = str(Path(script).parents[1])
    command = [sys.executable, script, str(where), str(seed)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": tests})
    with child:
        assert child.stdout is not None
        last = ""
        for _ in range(chance.randint(1, 40)):
            last = child.stdout.readline()
            assert last, "the child ended by itself"
        for _ in range(chance.randrange(300_000)):
            pass  # a few milliseconds at most, so that the kill falls anywhere in a transaction
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split()
    assert child.returncode == -signal.SIGKILL
    return int(rest[-1]) if rest else int(last)
