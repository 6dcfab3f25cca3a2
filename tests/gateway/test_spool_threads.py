"""One thread accepts while another sends and deletes: neither waits long, nothing is lost, the mark stays true."""

import threading
from pathlib import Path
from typing import Final

from support.spools import T0_MS, UP_MS, ack, open_spool, sample

from coldchain.ranges import contiguous

ROUNDS: Final = 300


def test_every_accepted_row_is_sent_and_no_mark_denies_one_that_comes_later(tmp_path: Path) -> None:
    """Time is a counter that both threads read, so each interleaving of stamp, commit and batch may happen."""
    with open_spool(tmp_path) as spool:
        lock, ticks = threading.Lock(), iter(range(10**9))

        def now_ms() -> int:
            with lock:
                return T0_MS + next(ticks)

        def edge() -> None:
            for _ in range(ROUNDS):
                spool.vouch(now_ms())
                spool.accept([sample(now_ms()), sample(now_ms())])
            spool.vouch(now_ms())

        edge_thread = threading.Thread(target=edge)
        edge_thread.start()
        received: set[int] = set()
        horizon_ms, settled = 0, 0
        while edge_thread.is_alive() or spool.depth():
            sent_ms = now_ms()
            batch = spool.next_batch(settled, sent_ms, UP_MS, items_max=5)
            for fact in batch.facts:
                assert fact.taken_ms >= horizon_ms, "the centre was told that nothing of this time was left"
                received.add(fact.seq)
            horizon_ms = max(horizon_ms, batch.horizon_ms)
            settled = batch.last_seq
            spool.settle(ack(spool, contiguous=settled))
        edge_thread.join()
        assert received == set(range(1, 2 * ROUNDS + 1))
        assert horizon_ms > T0_MS


def test_a_large_deletion_lets_the_accepting_thread_in_between(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        for _ in range(40):
            spool.accept([sample() for _ in range(500)])
        deleting = threading.Thread(target=spool.settle, args=(ack(spool, contiguous=20_000),))
        deleting.start()
        between = 0
        while deleting.is_alive():
            spool.accept([sample()])
            between += 1
        deleting.join()
        assert spool.depth() == between
        assert between >= 5, "forty deleting transactions, and the accepting thread came in hardly once"
        assert contiguous([(1, 20_000)]) == 20_000
