"""A gateway that is killed at any moment has lost nothing that it had called accepted."""

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest
from support.spools import open_spool, seqs

_GATEWAY: Final = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from support.spools import T0_MS, ack, event, open_spool, sample
with open_spool(Path(sys.argv[1])) as spool:
    print("open", flush=True)
    while True:
        numbers = spool.accept([sample(), sample(), event()], {"last": str(spool.last_seq() + 3).encode()})
        print(numbers[-1], flush=True)  # called accepted: somebody else knows of it
        if numbers[-1] % 30 == 0:
            spool.settle(ack(spool, contiguous=numbers[-1] // 2))
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_loses_nothing_that_was_accepted(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    accepted = 0
    for _ in range(2):
        command = [sys.executable, "-c", _GATEWAY, str(tmp_path), str(Path(__file__).parents[1])]
        gateway = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert gateway.stdout is not None
        assert gateway.stdout.readline() == "open\n"
        time.sleep(chance.uniform(0.0, 0.12))
        gateway.kill()
        told = gateway.communicate()[0].split()
        complete = [int(number) for number in told]
        accepted = max([accepted, *complete])
        with open_spool(tmp_path) as spool:  # the dead process holds no lock
            rows, last = seqs(spool), spool.last_seq()
            assert last >= accepted
            assert last % 3 == 0, "a transaction was kept in part"
            assert rows == list(range(last - len(rows) + 1, last + 1))
            assert len(rows) >= accepted // 2
            assert spool.state("last") == (str(last).encode() if last else None)
