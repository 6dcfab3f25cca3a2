"""A child process that commits one transaction after the other and says each number once it is committed.

Run as a script: commit_loop.py FILE-OR-URL SEED. What transaction k holds depends on SEED and k only, so that the
parent can tell what must be there.
"""

import random
import sys
from pathlib import Path

from support import store_words as words

from coldchain.entries import Draft, EntryKind
from coldchain.ports import SampleRow, TagRow
from stores.postgres import is_postgres, open_postgres
from stores.session import SqlStore
from stores.sqlite import open_store

CURSOR = "committed"


def open_any(where: str) -> SqlStore:
    """Open a store by its path or its address."""
    return open_postgres(where) if is_postgres(where) else open_store(Path(where))


def content(seed: int, k: int) -> tuple[list[SampleRow], TagRow, list[Draft]]:
    """Return what transaction k appends."""
    chance = random.Random(seed * 1_000_003 + k)
    times = [k * 1_000_000 + 20_000 * i for i in range(chance.randint(1, 50))]
    rows = [words.samples(times, times) for _ in range(chance.randint(1, 10))]
    tags = words.tags(*(words.tag(ms) for ms in times))
    drafts = [
        words.draft(EntryKind.DEVICE_EVENT, words.event(k, kind="arrived", epc=f"{k:04X}")),
        words.draft(EntryKind.FINDING, words.finding(f"finding-{k % 7}", version=k)),
        *(words.draft(EntryKind.GAP, words.gap(k * 100 + i)) for i in range(chance.randint(0, 30))),
    ]
    return rows, tags, drafts


def main() -> None:
    """Commit until killed."""
    store = open_any(sys.argv[1])
    seed = int(sys.argv[2])
    with store.reading() as session:
        done = session.books.cursor(CURSOR)
    while True:
        done += 1
        rows, tags, drafts = content(seed, done)
        with store.writing() as session:
            for row in rows:
                session.readings.append_samples(row)
            session.readings.append_tags(tags)
            session.ledger.append(drafts, done)
            session.books.set_cursor(CURSOR, done)
        print(done, flush=True)


if __name__ == "__main__":
    main()
