"""Run a child that says what it committed, and kill it at a random moment."""

import random
import signal
import subprocess
import sys
from pathlib import Path

from support.children import environment


def run_and_kill(script: str, where: str | Path, seed: int, chance: random.Random) -> int:
    """Return the highest number that the child said before it was killed.

    Lines that are no numbers are its log. A fault of ours is logged and outlived, so here a log with one is a failure.
    """
    command = [sys.executable, script, str(where), str(seed)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
    lines: list[str] = []
    with child:
        assert child.stdout is not None
        wanted = chance.randint(1, 40)
        while wanted:
            lines.append(child.stdout.readline())
            assert lines[-1], f"the child ended by itself: {''.join(lines)[-2_000:]}"
            wanted -= lines[-1].strip().isdigit()
        for _ in range(chance.randrange(300_000)):
            pass  # a few milliseconds at most, so that the kill falls anywhere in a transaction
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
    assert child.returncode == -signal.SIGKILL
    assert not [line for line in lines if "_failed" in line], "".join(lines)[-2_000:]
    return int([line for line in lines if line.strip().isdigit()][-1])
