"""The spool: what the gateway has accepted, on disk until the centre says that it has committed it.

    accept ──> row (seq 1, 2, 3 …) ──next_batch, pick_batch──> uplink ──> centre
                 │  ├──settle(ack): the centre has it, the row goes
                 │  └──dead_letter: the centre refuses it, the row is kept aside and a gap is declared
                 └─────full: the least valuable oldest rows are given up, and a gap is declared (spool_evict)

One file, one process. Threads: the edge loop accepts, the uplink reads and deletes; each write is one short
transaction, taken in turns.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Final

from coldchain.canonical import INTEGER_MAX
from coldchain.errors import SpoolFullError
from coldchain.facts import ClockState, Fact
from coldchain.ranges import Range, add_numbers
from coldchain.wire import ITEMS_MAX, PAYLOAD_BYTES_MAX, Ack, Lane
from gateway import boot_clock, spool_dead
from gateway.spool_base import BYTES_MIN, SpoolBase
from gateway.spool_batch import (
    Batch,
    backlog,
    live_after,
    oldest_beside,
    oldest_outside,
    rows_after,
    rows_of,
    urgent_seqs,
)
from gateway.spool_file import SpoolDamagedError, free_bytes, last_seq, new_epoch, transaction
from gateway.spool_port import NO_STATES
from gateway.spool_rows import Row, columns_of, crc_of, gaps_of, is_bulk, rank_of, readable, taken

__all__ = ["BYTES_MIN", "Batch", "Spool"]

EVICT_BYTES_MAX: Final = 1024 * 1024  # so much room is made at once
EVICT_SHARE: Final = 32  # and never more than this part of the whole
# Free space that accepting leaves on the disk (events and gaps: half of it). Deleting needs some, for the write-ahead
# log: a spool that had filled its disk could never be emptied again.
DISK_BYTES_MIN: Final = 32 * 1024 * 1024
SETTLE_ROWS: Final = 500  # rows that one deleting transaction takes
VOUCH_MS_MAX: Final = 60_000  # an accepting side that says nothing for longer is taken to hang


class Spool(SpoolBase):
    """What the gateway has accepted. Every method may be called from any thread."""

    def accept(self, drafts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> list[int]:
        """Commit drafts (their own seq is not looked at) and states together; return the drafts' numbers.

        On disk when it returns. Raises SpoolFullError or StoreError, and then nothing of it was kept.
        Samples, tag summaries and inventories leave a reserve free, in which other events and gaps still fit. Where
        they would not, older rows that are worth less are given up; full is a spool in which nothing is left to give.
        """
        try:
            seqs = self._accept(drafts, states)
        except SpoolDamagedError:
            seqs = self._accept(drafts, states)  # the file is put aside first
        self.on_accept()
        return seqs

    def _accept(self, drafts: Sequence[Fact], states: Mapping[str, bytes]) -> list[int]:
        with ExitStack() as until_committed, self._write() as db:
            seqs = self._insert(db, drafts)
            db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", states.items())
            self._make_room(db, drafts, until_committed)
            self._require_room(db, bulk=any(map(is_bulk, drafts)))
        return seqs

    def vouch(self, from_ms: int) -> None:
        """Promise that nothing accepted from now on was stamped before from_ms.

        The edge loop calls it once a round, when all that it stamped is accepted. A fact is stamped some
        milliseconds before it is committed; without the promise a batch that is made just then would claim that
        nothing of that time is left.
        """
        self._vouched_ms = from_ms

    def next_batch(
        self,
        after_seq: int,
        sent_ms: int,
        sent_boottime_ms: int,
        *,
        items_max: int = ITEMS_MAX,
        bytes_max: int = PAYLOAD_BYTES_MAX,
        upto_seq: int = INTEGER_MAX,
        lane: Lane | None = None,
    ) -> Batch:
        """Return up to items_max rows beyond after_seq (if that is not 0, at least one if there is one) and the mark.

        With items_max 0 the batch is empty: a sign of life, a question, and the mark.
        The caller asks its clocks and only then calls: whatever is stamped later lies after sent_ms and so after the
        mark. The other way round, a fact accepted between the reading and the clock would be denied.
        Rows and mark come from one read transaction, so no row is in neither. bytes_max counts bytes as stored.
        Raises UnreadableRowError if the first row is of a newer version or damaged; rows before such a row make a
        batch.
        """
        floor_ms = self._floor_ms(sent_ms)  # read before the snapshot: what it vouches for is then in the snapshot
        with self._choosing, self._read() as db, transaction(db, "BEGIN"):
            live = lane is Lane.LIVE
            found = live_after(db, after_seq, items_max) if live else rows_after(db, after_seq, items_max, upto_seq)
            rows = taken(found, bytes_max)
            facts = readable(rows)
            last = facts[-1].seq if facts else after_seq
            oldest_ms = oldest_beside(db, {fact.seq for fact in facts}) if live else oldest_outside(db, after_seq, last)
            self._hold(((after_seq + 1, last),) if facts else ())
            offset_ms = self._offset_of(db, rows)
        marks, sent = (oldest_ms, floor_ms), (sent_ms, sent_boottime_ms, offset_ms)
        return self._batch(rows, facts, marks, (after_seq + 1, last), sent=sent, lane=lane)

    def pick_batch(
        self,
        seqs: Sequence[int],
        sent_ms: int,
        sent_boottime_ms: int,
        *,
        items_max: int = ITEMS_MAX,
        bytes_max: int = PAYLOAD_BYTES_MAX,
    ) -> Batch:
        """Return a batch of the live lane: the first of these rows that are still held and share a boot and clock.

        As next_batch otherwise. Empty if none of them is held any more.
        """
        floor_ms = self._floor_ms(sent_ms)
        with self._choosing, self._read() as db, transaction(db, "BEGIN"):
            rows = taken(rows_of(db, seqs, items_max), bytes_max)
            facts = readable(rows)
            numbers = [fact.seq for fact in facts]
            oldest_ms = oldest_beside(db, set(numbers))
            self._hold(add_numbers((), numbers))
            offset_ms = self._offset_of(db, rows)
        span = (numbers[0], numbers[-1]) if numbers else (1, 0)
        marks, sent = (oldest_ms, floor_ms), (sent_ms, sent_boottime_ms, offset_ms)
        return self._batch(rows, facts, marks, span, sent=sent, lane=Lane.LIVE)

    def backlog(self, after_seq: int, rows_max: int) -> int:
        """Return how many rows lie behind after_seq, at most rows_max."""
        with self._read() as db:
            return backlog(db, after_seq, rows_max)

    def urgent(self, after_seq: int, upto_seq: int) -> list[int]:
        """Return the numbers of what goes up first of a backlog (spool_batch.urgent_seqs)."""
        with self._read() as db:
            return urgent_seqs(db, after_seq, upto_seq)

    def nothing_on_its_way(self) -> None:
        """The connection is gone, or all is sent anew: rows of earlier batches may be given up again."""
        with self._choosing:
            self._on_their_way.clear()

    def settle(self, ack: Ack) -> int:
        """Delete what the centre has committed; return how many rows went. An ack of another epoch changes nothing.

        The caller has made sure that the ack names no number which this spool never gave (Outcome.foreign).
        """
        if ack.epoch != self.epoch:
            return 0
        deleted = sum(self._delete(first, last) for first, last in ((1, ack.contiguous_seq), *ack.ranges))
        if self._unanswered:
            with self._write() as db:
                db.execute("DELETE FROM meta WHERE name = 'opened_seq'")
                self._unanswered = False
        return deleted

    def dead_letter(
        self, first_seq: int, last_seq: int, sha256: str, reason: str, *, now_ms: int, boottime_ms: int
    ) -> int:
        """Put rows aside that cannot go up and spool a gap for each of their origins; return how many rows.

        `sha256` names the refused payload ("" if it was never sent). A gap that stands for such rows is put aside
        without another gap, else one that the centre cannot read would breed for ever. The oldest beyond
        DEAD_LETTER_ROWS_MAX or DEAD_LETTER_SHARE fall out (`dead_letters_dropped`).
        """
        with self._write() as db:
            losses = spool_dead.put_aside(db, (first_seq, last_seq), self.epoch, sha256, reason, now_ms)
            bytes_max = self._bytes_max // spool_dead.DEAD_LETTER_SHARE
            spool_dead.trim(db, spool_dead.DEAD_LETTER_ROWS_MAX, bytes_max)
            self._insert(db, gaps_of(losses, reason, now_ms, boottime_ms))
            self._require_room(db, bulk=False)
        return len(losses)

    def revive(self, rows_max: int) -> int:
        """Send up to rows_max dead letters again, the oldest first, under new numbers; return how many.

        For an operator, when what refused them has been repaired. Their boot, clock state and times stay; the gap
        that was declared for them stays too, and the centre sees it filled.
        """
        with self._write() as db:
            revived = spool_dead.revive(db, rows_max)
            self._require_room(db, bulk=False)
        self.on_accept()
        return revived

    def begin_new_epoch(self) -> str:
        """Give the rows that are left a new epoch (they keep their numbers) and return it.

        For a spool that is an older copy of itself: the centre names numbers that this file never gave. Under the
        old epoch new facts would get numbers that the centre already has, and be taken for duplicates.
        """
        epoch = new_epoch()
        with self._write() as db:
            db.execute("UPDATE meta SET value = ? WHERE name = 'epoch'", (epoch,))
            db.execute("INSERT OR REPLACE INTO meta VALUES ('opened_seq', 0)")
            self._unanswered = True
        self.epoch, self.opened_seq = epoch, 0
        return epoch

    def _insert(self, db: sqlite3.Connection, facts: Sequence[Fact]) -> list[int]:
        clock = self._clock_state().value
        last = last_seq(db)
        seqs = list(range(last + 1, last + 1 + len(facts)))
        boot_clock.note(db, self.boot, last + 1, facts)
        db.executemany(
            f"INSERT INTO row ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (self._values(seq, clock, fact) for seq, fact in zip(seqs, facts, strict=True)),
        )
        return seqs

    def _values(self, seq: int, clock: str, fact: Fact) -> tuple[int | str | bytes, ...]:
        kind, origin, taken_ms, mark_ms, body = columns_of(fact)
        crc = crc_of(seq, self.boot, clock, kind, origin, taken_ms, body)
        return seq, self.boot, clock, kind, origin, taken_ms, mark_ms, body, rank_of(fact), crc

    def _offset_of(self, db: sqlite3.Connection, rows: Sequence[Row]) -> int | None:
        """Return what the clock of an earlier boot showed, if the rows are of one and it is known."""
        return boot_clock.offset_of_boot(db, rows[0][1]) if rows and rows[0][1] != self.boot else None

    def _hold(self, ranges: tuple[Range, ...]) -> None:
        if ranges:
            self._on_their_way.append(ranges)

    def _batch(
        self,
        rows: Sequence[Row],
        facts: tuple[Fact, ...],
        marks: tuple[int | None, int | None],
        span: Range,
        *,
        sent: tuple[int, int, int | None],
        lane: Lane | None,
    ) -> Batch:
        """Return the batch; `marks` are of the rows outside of it and of what is still to be accepted.

        `sent`: both clocks, and the offset of an earlier boot.
        """
        boot = rows[0][1] if rows else self.boot
        return Batch(
            first_seq=span[0],
            last_seq=span[1],
            boot=boot,
            clock=ClockState(rows[0][2]) if rows else self._clock_state(),
            sent_ms=sent[0],
            sent_boottime_ms=sent[1] if boot == self.boot else None,
            boot_offset_ms=sent[2],
            oldest_unsent_ms=min((mark for mark in marks if mark is not None), default=None),
            others_left=marks[0] is not None,
            facts=facts,
            lane=lane,
        )

    @property
    def evicted(self) -> int:
        """How many rows this process has given up because the spool was full."""
        return self._evictor.rows

    def _floor_ms(self, sent_ms: int) -> int | None:
        return None if self._vouched_ms is None else max(self._vouched_ms, sent_ms - VOUCH_MS_MAX)

    def _make_room(self, db: sqlite3.Connection, drafts: Sequence[Fact], until_committed: ExitStack) -> None:
        """Give up older rows if the new ones do not fit; some more at once, so that it is not done for each row."""
        limit = self._bytes_max - (self._reserve if any(map(is_bulk, drafts)) else 0)
        if not drafts or self._used(db) <= limit:
            return
        goal = limit - min(EVICT_BYTES_MAX, self._bytes_max // EVICT_SHARE)
        stamp = max(drafts, key=lambda draft: draft.taken_ms)
        until_committed.enter_context(self._choosing)  # else a batch could be made of rows that are just given up
        until_committed.push(self._evictor.undo())
        held = [span for ranges in self._on_their_way for span in ranges]
        while self._used(db) > goal:
            gaps = self._evictor.step(db, held, stamp.taken_ms, stamp.boottime_ms)
            if gaps is None:
                break
            self._insert(db, gaps)

    def _require_room(self, db: sqlite3.Connection, *, bulk: bool) -> None:
        limit = self._bytes_max - (self._reserve if bulk else 0)
        if self._used(db) > limit:
            msg = f"the spool {self._path} is full ({limit} bytes): restore the uplink or raise `spool.bytes_max`"
            raise SpoolFullError(msg)
        if free_bytes(self._path) < (DISK_BYTES_MIN if bulk else DISK_BYTES_MIN // 2):
            msg = f"the disk under {self._path} is nearly full, nothing new is accepted: free some space"
            raise SpoolFullError(msg)

    def _delete(self, first: int, last: int) -> int:
        deleted = 0
        while chunk := self._chunk(first, last):
            with self._write() as db:
                deleted += db.execute("DELETE FROM row WHERE seq BETWEEN ? AND ?", chunk).rowcount
            first = chunk[1] + 1
        return deleted

    def _chunk(self, first: int, last: int) -> Range | None:
        """Return bounds of the next rows to delete; reading first saves a commit when there are none."""
        with self._read() as db:
            query = "SELECT seq FROM row WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
            seqs = db.execute(query, (first, last, SETTLE_ROWS)).fetchall()
        return (seqs[0][0], seqs[-1][0]) if seqs else None


_COLUMNS: Final = "seq, boot, clock, kind, origin, taken_ms, mark_ms, body, rank, crc"
