"""A spool in memory, for tests of what comes before it."""

from collections.abc import Mapping, Sequence

import msgspec

from coldchain.errors import SpoolFullError, StoreError
from coldchain.facts import DeviceEvent, EventKind, Fact, Gap, Sample, TagSummary
from gateway.spool_port import NO_STATES


class MemorySpool:
    """Keeps the promise of SpoolPort but for the disk. `commits` holds what each transaction brought."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.commits: list[tuple[list[Fact], dict[str, bytes]]] = []
        self.states: dict[str, bytes] = {}
        self.full = False
        self.bulk_full = False  # only the reserve for events is left
        self.broken = False  # its disk fails
        self.vouched_ms = 0

    def accept(self, drafts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> list[int]:
        self._require_disk()
        if self.full or (self.bulk_full and any(isinstance(draft, Sample | TagSummary) for draft in drafts)):
            raise SpoolFullError("the spool is full: restore the uplink or raise `spool.bytes_max`")
        first = len(self.facts) + 1
        numbered = [msgspec.structs.replace(draft, seq=first + i) for i, draft in enumerate(drafts)]
        self.facts += numbered
        self.states.update(states)
        self.commits.append((numbered, dict(states)))
        return [fact.seq for fact in numbered]

    def state(self, name: str) -> bytes | None:
        self._require_disk()
        return self.states.get(name)

    def _require_disk(self) -> None:
        if self.broken:
            msg = "the spool could not be used (disk I/O error): check the disk and the rights on its folder"
            raise StoreError(msg)

    def vouch(self, from_ms: int) -> None:
        self.vouched_ms = from_ms

    def samples(self, origin: str | None = None) -> list[Sample]:
        return [f for f in self.facts if isinstance(f, Sample) and origin in (None, f.origin)]

    def summaries(self) -> list[TagSummary]:
        return [f for f in self.facts if isinstance(f, TagSummary)]

    def events(self, *kinds: EventKind) -> list[DeviceEvent]:
        return [f for f in self.facts if isinstance(f, DeviceEvent) and (not kinds or f.kind in kinds)]

    def gaps(self) -> list[Gap]:
        return [f for f in self.facts if isinstance(f, Gap)]
