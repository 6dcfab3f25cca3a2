"""Points of findings: where one stands now, and what became of the points where it or another stood before.

InfluxDB overwrites a point field by field and forgets nothing by itself. But findings move to another start, merge and
open again when late readings come. So for each entry every point is written at which its finding ever stood, with what
is true of that point now; and a field that was written there before and is no longer true is overwritten.
"""

from collections import deque
from typing import Final, NamedTuple, TypeAlias

import msgspec
import structlog

from coldchain.entries import Entry, EntryKind
from coldchain.ports import Ledger, Records, Session
from coldchain.units import Finding, FindingStatus
from stores.points import NONE, Titles, finding_line

RECENT_MAX: Final = 10_000  # entries of findings that are remembered; for older ones the ledger is asked
CHUNK: Final = 1_000
ENTRIES_BACK_MAX: Final = 1_000_000  # read backwards for one entry at most
CLOCKS_MS: Final = 3_600_000  # so far the clocks of centre and gateway may lie apart

Key: TypeAlias = tuple[str, str, str, str, int]

log = structlog.get_logger("mirror")


class Said(NamedTuple):
    """A finding as an entry of the ledger stated it."""

    seq: int
    record_ms: int
    finding: Finding


class FindingPoints:
    """Turns the ledger's findings, in its order, into lines."""

    def __init__(self, titles: Titles) -> None:
        self._titles = titles
        self._recent: deque[Said] = deque()
        self._since = 0  # of entries with a higher number, all findings are in _recent
        self._since_ms = 0  # the record time of the first entry behind it
        self._at = -1
        self.stood_from_ms = 0  # the earliest start that the finding of the last entry ever had

    def begin(self, after_seq: int, first: Entry) -> None:
        """Be told which entries come next: what was remembered counts only if they follow on."""
        if after_seq != self._at:
            self._recent.clear()
            self._since, self._since_ms = after_seq, first.record_ms

    def end(self, seq: int) -> None:
        """Be told which entry was the last."""
        self._at = seq

    def lines(self, session: Session, site: str, entry: Entry) -> list[bytes]:
        """Return a line for every point at which the finding of an entry stands or stood."""
        now = Said(entry.seq, entry.record_ms, msgspec.json.decode(entry.payload, type=Finding))
        told = [*self._before(session.ledger, now), now]
        self._remember(now)
        stood = {key_of(one.finding): one.finding for one in told if one.finding.id == now.finding.id}
        self.stood_from_ms = min(finding.start_ms for finding in stood.values())
        return [self._line(session.records, site, now.finding, key, stood[key], told) for key in stood]

    def _line(self, records: Records, site: str, now: Finding, key: Key, stood: Finding, told: list[Said]) -> bytes:
        """Return what is true of a point: the finding that stands there, or that none does any more."""
        living = [
            other
            for other in records.findings(probe=stood.probe, overlapping=(stood.start_ms - 1, stood.start_ms + 1))
            if key_of(other) == key and other.status is not FindingStatus.WITHDRAWN
        ]
        gone = msgspec.structs.replace(stood, status=FindingStatus.WITHDRAWN, version=now.version)
        true = living[-1] if living else gone
        ended = [one.finding for one in told if key_of(one.finding) == key and one.finding.end_ms is not None]
        return finding_line(site, true, self._titles(true), ended[-1] if ended else None)

    def _remember(self, said: Said) -> None:
        self._recent.append(said)
        while len(self._recent) > RECENT_MAX:
            dropped = self._recent.popleft()
            self._since, self._since_ms = dropped.seq, dropped.record_ms

    def _before(self, ledger: Ledger, now: Said) -> list[Said]:
        """Return what was said of the probe before an entry, oldest first, as far back as it matters."""
        search = _Search(now)
        for said in reversed(self._recent):
            if said.seq < now.seq:
                search.take(said)
            if search.enough(said.record_ms):
                return search.told()
        if not search.enough(self._since_ms):
            search.through(ledger, min(self._since, now.seq - 1))
        return search.told()


class _Search:
    """Goes back from an entry as far as it matters.

    That is to the first version of its finding at least, and to the time before which nobody can have spoken of any of
    the points at which it stood.
    """

    def __init__(self, now: Said) -> None:
        self._id, self._probe = now.finding.id, now.finding.probe
        self._first = now.finding.version == 1
        self._from_ms = now.finding.start_ms - CLOCKS_MS
        self._found: list[Said] = []

    def take(self, said: Said) -> None:
        """Keep what is of the same probe."""
        if said.finding.probe != self._probe:
            return
        self._found.append(said)
        if said.finding.id == self._id:
            self._first = self._first or said.finding.version == 1
            self._from_ms = min(self._from_ms, said.finding.start_ms - CLOCKS_MS)

    def enough(self, record_ms: int) -> bool:
        """Tell whether nothing that matters was recorded before this."""
        return self._first and record_ms < self._from_ms

    def through(self, ledger: Ledger, high: int) -> None:
        """Read the ledger backwards from entry number `high`."""
        name, lowest = self._probe.encode(), max(0, high - ENTRIES_BACK_MAX)
        while high > lowest:
            low = max(lowest, high - CHUNK)
            for entry in reversed(ledger.entries(low, high - low)):
                if entry.kind is EntryKind.FINDING and name in entry.payload:
                    finding = msgspec.json.decode(entry.payload, type=Finding)
                    self.take(Said(entry.seq, entry.record_ms, finding))
                if self.enough(entry.record_ms):
                    return
            high = low
        if lowest:
            log.warning(
                "finding_not_traced", finding=self._id, entries=ENTRIES_BACK_MAX, advice="build the mirror anew"
            )

    def told(self) -> list[Said]:
        """Return what was found, oldest first."""
        return self._found[::-1]


def key_of(finding: Finding) -> Key:
    """Return what tells one point from another: its tags and its time."""
    direction = finding.direction.value if finding.direction else NONE
    return (finding.place, finding.probe, finding.kind.value, direction, finding.start_ms)
