"""The gate of the kills: SIGKILL at random points of append, seal, checkpoint, rebuild and backup tears nothing.

`benchmarks/kills.py` does the same at 200 points and prints the figures.
"""

import random
from pathlib import Path

import pytest
from support.kill_checks import Tally, kill_at_a_random_point, look_at
from support.kill_points import PHASES
from support.postgres import running_postgres

from stores.postgres import open_postgres

pytestmark = pytest.mark.timeout(600)
SEEDS = 4  # of one record each, killed once in every phase: 20 kills


def require_nothing(tally: Tally) -> None:
    assert (tally.torn, tally.missing) == ([], [])
    assert tally.kills == sum(tally.phases.values())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_gate_a_kill_at_a_random_point_tears_nothing_and_loses_nothing_that_was_said(tmp_path: Path, seed: int) -> None:
    chance, tally = random.Random(seed), Tally()
    for phase in PHASES:
        look_at(tmp_path, seed, kill_at_a_random_point(tmp_path, seed, chance, phase), tally)
    require_nothing(tally)
    assert tally.phases["between"] < tally.kills, "no kill fell into any phase"


def test_gate_a_killed_writer_to_postgres_tears_nothing_and_loses_nothing_that_was_said(
    tmp_path: Path, postgres_url: str
) -> None:
    chance, tally = random.Random(5), Tally()
    for phase in PHASES:
        look_at(tmp_path, 5, kill_at_a_random_point(tmp_path, 5, chance, phase, postgres_url), tally, postgres_url)
    require_nothing(tally)


def test_gate_a_killed_database_tears_nothing_and_loses_nothing_that_was_said(tmp_path: Path) -> None:
    chance, tally = random.Random(6), Tally()
    with running_postgres(durable=True) as database:
        url = database.fresh()
        open_postgres(url).close()
        for phase in ("append", "seal", "checkpoint"):
            said = kill_at_a_random_point(tmp_path, 6, chance, phase, url, victim=database.kill)
            database.start()
            look_at(tmp_path, 6, said, tally, url)
    require_nothing(tally)
