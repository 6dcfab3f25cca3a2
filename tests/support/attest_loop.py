"""A child process that appends and signs, again and again, and says how far the ledger is signed.

Run as a script: attest_loop.py FOLDER SEED. How much each turn appends depends on SEED.
"""

import random
import sys
from pathlib import Path

from support.signed_ledger import NOW_MS, gaps, signed_pipeline

from assembly.storing import HOT_FILE
from ingest.attest import CHECKPOINT_EVERY_MS
from stores.sqlite import open_store


def main() -> None:
    """Append and sign until killed."""
    folder, chance = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    folder.mkdir(exist_ok=True)
    store = open_store(folder / HOT_FILE)
    pipeline, _ = signed_pipeline(store, folder)
    with store.reading() as session:
        at = session.ledger.next_seq()
    turn = 0
    while True:
        turn += 1
        count = chance.choice([1, 3, 40, 700])
        pipeline.note(gaps(at, at + count), NOW_MS + at)
        at += count
        pipeline.attest(NOW_MS + at, turn * CHECKPOINT_EVERY_MS)
        with store.reading() as session:
            last = session.proofs.last_checkpoint()
        print(0 if last is None else last.size, flush=True)


if __name__ == "__main__":
    main()
