"""What the edge counts: nothing that arrives disappears without a number going up."""

from collections import Counter

from gateway.decoders.heard import Heard, Rejected


class Counters:
    """Named counters and counters by reason; all only grow, and the reasons are enumerations, so they are few."""

    def __init__(self) -> None:
        self.polls_good = 0
        self.polls_failed = 0
        self.cycles_good = 0
        self.cycles_failed = 0
        self.samples_accepted = 0
        self.facts_accepted = 0
        self.facts_refused = 0
        self.times_spool_full = 0
        self.reader_errors = 0
        self.tags_unprogrammed = 0
        self.tags_beyond_limit = 0
        self.port_opens = 0
        self.ports_lost: Counter[str] = Counter()
        self.poll_failures: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.json_devices: Counter[str] = Counter()  # messages that gave no reading, by reason, and lost connections

    def count_rejected(self, heard: list[Heard]) -> int:
        """Count what was refused by reason and return how many it were."""
        faults = [item.fault.value for item in heard if isinstance(item, Rejected)]
        self.rejected.update(faults)
        return len(faults)

    def snapshot(self) -> dict[str, int | dict[str, int]]:
        """Return all counters by name; those by reason as a mapping."""
        return {name: dict(value) if isinstance(value, Counter) else int(value) for name, value in vars(self).items()}
