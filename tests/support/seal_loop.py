"""A child process that appends days and seals them one after the other, and says each number once it is committed.

Run as a script: seal_loop.py FILE SEED.
"""

import random
import sys
from pathlib import Path

from support import store_words as words
from support.sealing import seal_all

from coldchain.blocks import DAY_MS
from coldchain.ports import SampleRow
from stores.sqlite import open_store

CURSOR = "committed"
DAY0 = 20_000
PROBE = "fridge-1-load"
HOLD_MS = 300_000


def content(seed: int, k: int) -> list[SampleRow]:
    """Return what transaction k appends: a stretch of a day, often of one that is sealed already."""
    chance = random.Random(seed * 1_000_003 + k)
    begin = (DAY0 + max(0, k // 3 - chance.randrange(3))) * DAY_MS + chance.randrange(DAY_MS // 2)
    times = [begin + 60_000 * i for i in range(chance.randint(1, 300))]
    return [words.samples(times, [4_000_000 + k] * len(times), received_ms=begin, seq=list(range(len(times))))]


def main() -> None:
    """Commit until killed."""
    store = open_store(Path(sys.argv[1]))
    seed = int(sys.argv[2])
    with store.reading() as session:
        done = session.books.cursor(CURSOR)
    while True:
        done += 1
        with store.writing() as session:
            for row in content(seed, done):
                session.readings.append_samples(row)
            session.books.set_cursor(CURSOR, done)
        print(done, flush=True)
        with store.writing() as session:
            seal_all(session, PROBE, DAY0 + done // 3, [HOLD_MS])


if __name__ == "__main__":
    main()
