"""What one event cycle heard, tag by tag and antenna by antenna: the same for readers of any protocol."""

from typing import Final

from coldchain.identifiers import EPC_UNPROGRAMMED
from gateway.counters import Counters
from gateway.links.cycles import TagHeard
from rules.portal import read_weight

TAGS_MAX: Final = 2_000  # different tags in one cycle; a blood fridge holds some hundred bags
PAIRS_MAX: Final = 8 * TAGS_MAX  # of a tag and an antenna; a reader has at most some 8 antennas in one zone
TOO_MANY_TAGS: Final = "too-many-tags"


class _Reads:
    """The reads of one tag by one antenna. Times are summed from the first one on, so that the sums stay small."""

    __slots__ = ("best_rssi_dbm", "count", "first_ms", "last_ms", "weighed_ms", "weight")

    def __init__(self, now_ms: int) -> None:
        self.first_ms = self.last_ms = now_ms
        self.best_rssi_dbm = -128
        self.count = self.weight = self.weighed_ms = 0

    def note(self, rssi_dbm: int, now_ms: int, count: int) -> None:
        """Count reads of this strength."""
        weight = count * read_weight(rssi_dbm)
        self.count += count
        self.weight += weight
        self.weighed_ms += weight * (now_ms - self.first_ms)
        self.best_rssi_dbm = max(self.best_rssi_dbm, rssi_dbm)
        self.last_ms = now_ms

    def heard(self, epc: str, antenna: int) -> TagHeard:
        """Return them as a word of the cycle."""
        return TagHeard(
            epc=epc,
            antenna=antenna,
            count=self.count,
            best_rssi_dbm=self.best_rssi_dbm,
            first_ms=self.first_ms,
            last_ms=self.last_ms,
            centroid_ms=self.first_ms + self.weighed_ms // self.weight,
        )


class Tally:
    """Counts reads. A tag that was never programmed names nothing; it and tags beyond the limit are counted apart.

    `fault`: a tag was heard and found no room under any antenna, so the cycle says nothing of what was silent.
    """

    def __init__(self, counters: Counters) -> None:
        self.reads = 0
        self.fault = ""
        self._counters = counters
        self._tags: dict[tuple[str, int], _Reads] = {}
        self._epcs: set[str] = set()

    def note(self, epc: str, antenna: int, rssi_dbm: int, now_ms: int, count: int = 1) -> None:
        """Count one read at the gateway's wall clock, or several that the reader reports at once."""
        if not epc.strip(EPC_UNPROGRAMMED):
            self._counters.tags_unprogrammed += 1
            return
        known = self._tags.get((epc, antenna))
        if known is None:
            if not self._room(epc):
                self._counters.tags_beyond_limit += 1
                self.fault = self.fault if epc in self._epcs else TOO_MANY_TAGS
                return
            known = self._tags[epc, antenna] = _Reads(now_ms)
            self._epcs.add(epc)
        self.reads += count
        known.note(rssi_dbm, now_ms, count)

    def _room(self, epc: str) -> bool:
        return len(self._tags) < PAIRS_MAX and (epc in self._epcs or len(self._epcs) < TAGS_MAX)

    def tags(self) -> tuple[TagHeard, ...]:
        """Return what was heard, by EPC and antenna."""
        return tuple(self._tags[key].heard(*key) for key in sorted(self._tags))
