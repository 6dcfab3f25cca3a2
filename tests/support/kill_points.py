"""A child process that appends, seals, signs, rebuilds and backs up in a random order, and says what it has done.

Run as a script: kill_points.py FOLDER SEED [URL]. It writes "begin PHASE N" before and "done PHASE N" once N is on
disk: the append's number, blocks so far, entries signed, the rebuild's number, the number of the backup. What append k
holds depends on SEED and k only.
"""

import random
import sys
from pathlib import Path
from typing import Final

from support import seal_loop
from support import store_words as words
from support.commit_loop import open_any
from support.sealing import seal_all
from support.signed_ledger import signed_pipeline

from assembly import record_copies
from assembly.settings import load_server
from assembly.starting import starter_text
from assembly.storing import HOT_FILE
from coldchain.entries import Draft, EntryKind
from coldchain.ports import SampleRow
from ingest.attest import CHECKPOINT_EVERY_MS
from ingest.pipeline import Pipeline
from stores.session import SqlStore

CURSOR: Final = "committed"
PHASES: Final = ("append", "seal", "checkpoint", "rebuild", "backup")
WEIGHTS: Final = (4, 2, 2, 1, 1)  # there must be something to seal, sign, rebuild and copy
BEGIN_MS: Final = 1_790_000_000_000


def config_for(folder: Path, url: str) -> Path:
    """Write the settings of a record and return their file."""
    path = folder / "server.toml"
    text = starter_text("server.toml").replace('"data"', f'"{folder}"')
    path.write_text(text + (f'\n[store]\nurl = "{url}"\n' if url else ""), encoding="utf-8")
    return path


def content(seed: int, k: int) -> tuple[list[SampleRow], list[Draft]]:
    """Return what append k holds: a stretch of a day, and entries."""
    chance = random.Random(seed * 7_919 + k)
    drafts = [words.draft(EntryKind.GAP, words.gap(k * 100 + i)) for i in range(chance.randint(1, 30))]
    return seal_loop.content(seed, k), drafts


class Child:
    """The process that is killed."""

    def __init__(self, folder: Path, seed: int, url: str) -> None:
        self.folder, self.seed = folder, seed
        self.store: SqlStore = open_any(url or str(folder / HOT_FILE))
        self.pipeline: Pipeline
        self.pipeline, _ = signed_pipeline(self.store, folder)
        self.settings = load_server(config_for(folder, url))
        with self.store.reading() as session:
            self.appended = session.books.cursor(CURSOR)
        self.turn = 0

    def append(self) -> int:
        """Commit one append."""
        rows, drafts = content(self.seed, self.appended + 1)
        with self.store.writing() as session:
            for row in rows:
                session.readings.append_samples(row)
            session.ledger.append(drafts, BEGIN_MS + self.appended)
            session.books.set_cursor(CURSOR, self.appended + 1)
        self.appended += 1
        return self.appended

    def seal(self) -> int:
        """Seal all days that are over."""
        with self.store.writing() as session:
            last = seal_loop.DAY0 + self.appended // 3
            seal_all(session, seal_loop.PROBE, last, [seal_loop.HOLD_MS])
        with self.store.reading() as session:
            return sum(one.kind is EntryKind.BLOCK for one in session.ledger.entries(0, 10**9))

    def checkpoint(self) -> int:
        """Sign the ledger as it is."""
        self.turn += 1
        self.pipeline.note([], BEGIN_MS + self.turn)  # so that it knows how far the ledger goes
        self.pipeline.attest(BEGIN_MS + self.turn, self.turn * CHECKPOINT_EVERY_MS)
        with self.store.reading() as session:
            last = session.proofs.last_checkpoint()
        return 0 if last is None else last.size

    def rebuild(self) -> int:
        """Drop the projections and make them anew."""
        self.store.rebuild_projections()
        return self.appended

    def backup(self) -> int:
        """Write a backup while the record is open."""
        tried = {name.name.partition(".")[0] for name in (self.folder / "disk").glob("*")}  # killed ones too
        record_copies.backup(self.settings, self.folder / "disk", BEGIN_MS + len(tried) * 1_000)
        return len(list((self.folder / "disk").glob("*.sqlite")))


def main() -> None:
    """Work until killed."""
    url = sys.argv[3] if len(sys.argv) > 3 else ""
    child = Child(Path(sys.argv[1]), int(sys.argv[2]), url)
    chance = random.Random(f"{sys.argv[2]}:{child.appended}")
    work = {
        "append": child.append,
        "seal": child.seal,
        "checkpoint": child.checkpoint,
        "rebuild": child.rebuild,
        "backup": child.backup,
    }
    while True:
        (phase,) = chance.choices(PHASES, WEIGHTS)
        print("begin", phase, child.appended, flush=True)
        print("done", phase, work[phase](), flush=True)


if __name__ == "__main__":
    main()
