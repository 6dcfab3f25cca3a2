"""What one event cycle heard, tag by tag and antenna by antenna: the same for readers of any protocol."""

from typing import Final

from coldchain.identifiers import EPC_UNPROGRAMMED
from gateway.counters import Counters
from gateway.links.cycles import TagHeard

TAGS_MAX: Final = 2_000  # different tags and antennas in one cycle; a blood fridge holds some hundred bags
TOO_MANY_TAGS: Final = "too-many-tags"


class Tally:
    """Counts reads. A tag that was never programmed names nothing; it and tags beyond the limit are counted apart.

    `fault`: a tag was heard and found no room under any antenna, so the cycle says nothing of what was silent.
    """

    def __init__(self, counters: Counters) -> None:
        self.reads = 0
        self.fault = ""
        self._counters = counters
        self._tags: dict[tuple[str, int], TagHeard] = {}
        self._epcs: set[str] = set()

    def note(self, epc: str, antenna: int, rssi_dbm: int, now_ms: int) -> None:
        """Count one read at the gateway's wall clock."""
        if not epc.strip(EPC_UNPROGRAMMED):
            self._counters.tags_unprogrammed += 1
            return
        known = self._tags.get((epc, antenna))
        if known is None and len(self._tags) >= TAGS_MAX:
            self._counters.tags_beyond_limit += 1
            self.fault = self.fault if epc in self._epcs else TOO_MANY_TAGS
            return
        self.reads += 1
        self._epcs.add(epc)
        self._tags[epc, antenna] = TagHeard(
            epc=epc,
            antenna=antenna,
            count=known.count + 1 if known else 1,
            best_rssi_dbm=max(known.best_rssi_dbm, rssi_dbm) if known else rssi_dbm,
            first_ms=known.first_ms if known else now_ms,
            last_ms=now_ms,
        )

    def tags(self) -> tuple[TagHeard, ...]:
        """Return what was heard, by EPC and antenna."""
        return tuple(self._tags[key] for key in sorted(self._tags))
