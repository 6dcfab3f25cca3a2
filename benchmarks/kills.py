"""SIGKILL at random points of append, seal, checkpoint, rebuild and backup: what is torn, what was said and is gone.

    .venv/bin/python benchmarks/kills.py                          # 200 points on SQLite
    .venv/bin/python benchmarks/kills.py --points 20 --postgres   # the client killed, and now and then the server too

A child does the five in a random order and says what it begins and what is on disk (tests/support/kill_points.py). It
is killed a random part into a phase, ten times on each record; after each kill the record is opened as by the next
start, compared with all that must be in it, verified with its projections, and its backups are checked. Both numbers
should be 0; the exit code is 1 if one is not. Every kill is set by the seed but for the moment at which it falls.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.kill_checks import Tally, kill_at_a_random_point, look_at
from support.kill_points import PHASES
from support.postgres import PostgresServer, running_postgres

from stores.postgres import open_postgres

OF_ONE_RECORD: Final = 10
SERVER_EVERY: Final = 4  # on PostgreSQL each fourth kill takes the server instead of the client


def main() -> int:
    """Kill and count; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20_261_127)
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    tally = Tally()
    if asked.postgres:
        with running_postgres(durable=True) as server:
            run(asked.points, asked.seed, tally, server)
    else:
        run(asked.points, asked.seed, tally, None)
    inside = ", ".join(f"{phase} {count}" for phase, count in tally.phases.items())
    print(f"seed {asked.seed}: {tally.kills} kills ({inside})")
    for line in (*tally.torn, *tally.missing):
        print(f"  {line}")
    print(f"torn state {len(tally.torn)}, acknowledged-then-missing {len(tally.missing)}")
    return 1 if tally.torn or tally.missing else 0


def run(points: int, seed: int, tally: Tally, server: PostgresServer | None) -> None:
    """Kill at so many points, on a new record after every tenth."""
    for record in range(0, points, OF_ONE_RECORD):
        chance = random.Random(seed + record)
        with tempfile.TemporaryDirectory() as name:
            folder, url = Path(name), ""
            if server is not None:
                url = server.fresh()
                open_postgres(url).close()
            for nth in range(record, min(record + OF_ONE_RECORD, points)):
                database = server if server is not None and nth % SERVER_EVERY == 0 else None
                victim = None if database is None else database.kill
                phase = PHASES[nth % len(PHASES)]
                said = kill_at_a_random_point(folder, seed + record, chance, phase, url, victim)
                if database is not None:
                    database.start()
                look_at(folder, seed + record, said, tally, url)
        print(f"{tally.kills} kills", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
