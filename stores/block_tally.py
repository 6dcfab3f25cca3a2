"""Any interval of sealed days: whole days from the sums that are kept, the two at its ends from their readings."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from coldchain.blocks import DAY_MS
from coldchain.errors import StoreError
from coldchain.history import EMPTY, effective
from coldchain.sums import Stretch, Tally, tally_of
from stores.block_codec import unpack_front
from stores.block_sums import RADIX, build_of, cover, days_inside
from stores.known_days import Day, Heads, Known
from stores.sql import Sql
from stores.sums_codec import unpack_stretch

_LAST_ENTRY: Final = "SELECT COALESCE(MAX(seq), 0) AS seq FROM ledger"
_PRINT: Final = "SELECT COUNT(*) AS count, COALESCE(MAX(seq), 0) AS newest FROM blocks WHERE probe = ?"
_HEADS: Final = "SELECT day, seq FROM blocks WHERE probe = ? ORDER BY day"
_SUMS: Final = (
    "SELECT number, sums FROM block_sums WHERE probe = ? AND hold_ms = ? AND level = ? AND number >= ? AND number < ?"
)
_FRONTS: Final = "SELECT seq, front FROM block_bodies WHERE seq IN ({}) ORDER BY seq"


class SqlBlockTally:
    """Tallies of sealed days over one transaction. `known`: what the store remembers of committed ones, if this reads.

    A transaction that reads sees one state: what is current is asked once. One that writes remembers nothing, as what
    it sees may be half done and may never be committed.
    """

    def __init__(self, sql: Sql, known: Known | None) -> None:
        self._sql = sql
        self._reads = known is not None
        self._known = Known() if known is None else known
        self._last_entry: int | None = None
        self._current: dict[str, Heads] = {}
        self._builds: dict[tuple[str, int], int] = {}

    def tally(self, probe: str, from_ms: int, to_ms: int, hold_ms: int) -> Tally | None:
        """Return the tally of the sealed readings of [from_ms, to_ms).

        None where it has whole days and no sums are kept for the hold time.
        """
        if not self._reads:
            self._forget()
        heads = self._heads(probe)
        first, end = days_inside(from_ms, to_ms)
        if heads.count:  # nothing lies outside of the days that are sealed
            first, end = max(first, int(heads.days[0])), min(end, int(heads.days[-1]) + 1)
        inside = self._inside(heads, probe, first, end, hold_ms) if heads.count and first < end else []
        if inside is None:
            return None
        edges = heads.between((from_ms - hold_ms) // DAY_MS, (from_ms - 1) // DAY_MS)
        if to_ms % DAY_MS:
            edges += [one for one in heads.between(to_ms // DAY_MS, to_ms // DAY_MS) if one not in edges]
        days = self._days([seq for _, seq in edges], hold_ms)
        before, left, right = EMPTY, list[Stretch | None](), list[Stretch | None]()
        for (number, _), day in zip(edges, days, strict=True):
            before = day.last_before(from_ms - hold_ms, from_ms) or before
            if not first <= number < end:
                (left if number < first else right).append(day.within(from_ms, to_ms))
        parts = [part for part in (*left, *inside, *right) if part is not None]
        return tally_of(before, parts, from_ms, to_ms, hold_ms)

    def _heads(self, probe: str) -> Heads:
        """Return which blocks of a probe count now."""
        current = self._current.get(probe)
        if current is not None:
            return current
        if self._last_entry is None:
            self._last_entry = int(self._sql.first(_LAST_ENTRY).seq)
        found: Heads | None = self._known.get((Heads, probe))
        if found is None or found.seen != self._last_entry:
            found = self._looked_up(probe, self._last_entry, found)
            self._known.put((Heads, probe), found, found.days.nbytes + found.seqs.nbytes)
        self._current[probe] = found
        return found

    def _forget(self) -> None:
        self._known.clear()
        self._current.clear()
        self._builds.clear()
        self._last_entry = None

    def _looked_up(self, probe: str, last_entry: int, found: Heads | None) -> Heads:
        now = self._sql.first(_PRINT, (probe,))
        if found is not None and (found.count, found.newest) == (now.count, now.newest):
            return Heads(last_entry, found.count, found.newest, found.days, found.seqs)
        rows = np.array([tuple(row) for row in self._sql.rows(_HEADS, (probe,))], np.int64).reshape(-1, 2)
        return Heads(last_entry, now.count, now.newest, rows[:, 0].copy(), rows[:, 1].copy())

    def _days(self, seqs: Sequence[int], hold_ms: int) -> list[Day]:
        """Return the days of these blocks; those that are not remembered are opened, with one question."""
        found: dict[int, Day] = {}
        for seq in seqs:
            day = self._known.get((Day, seq, hold_ms))
            if day is not None:
                found[seq] = day
        missing = [seq for seq in seqs if seq not in found]
        if missing:
            for row in self._sql.rows(_FRONTS.format(", ".join("?" * len(missing))), tuple(missing)):
                day = found[row.seq] = Day(effective(*unpack_front(row.front)), hold_ms)
                self._known.put((Day, row.seq, hold_ms), day, day.nbytes)
        lost = [seq for seq in seqs if seq not in found]
        if lost:
            msg = f"the bytes of the block of ledger entry {lost[0]} are missing: coldchain verify names all that are"
            raise StoreError(msg)
        return [found[seq] for seq in seqs]

    def _inside(self, heads: Heads, probe: str, first: int, end: int, hold_ms: int) -> list[Stretch] | None:
        """Return few stretches of the sealed days [first, end), None if no sums are kept for the hold time."""
        build = self._builds.get((probe, hold_ms))
        if build is None:
            build = self._builds[probe, hold_ms] = build_of(self._sql, probe, hold_ms)
        if build < 0:
            return None
        state = (heads.count, heads.newest, build, probe, hold_ms)
        return [one for span in cover(first, end) for one in self._sums(heads, state, *span)]

    def _sums(
        self, heads: Heads, state: tuple[int, int, int, str, int], level: int, low: int, high: int
    ) -> list[Stretch]:
        """Return the stretches that are kept of numbers [low, high) of a level."""
        known = [self._known.get((Stretch, state, level, number)) for number in range(low, high)]
        if None in known:
            rows = self._sql.rows(_SUMS, (*state[3:], level, low, high))
            there = {row.number: (unpack_stretch(row.sums),) for row in rows}
            known = [there.get(number, ()) for number in range(low, high)]
            size = RADIX**level
            for number, one in enumerate(known, low):
                if not one and heads.between(number * size, (number + 1) * size - 1):
                    continue  # sums of a sealed day are missing: they may be made anew at any time
                self._known.put((Stretch, state, level, number), one, sum(part.values.nbytes * 2 for part in one))
        return [part for one in known for part in one]
