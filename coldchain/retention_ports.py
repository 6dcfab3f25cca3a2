"""What is recorded of retention, legal holds and removals: a part of the port Records; and of the reading log."""

from collections.abc import Sequence
from typing import Protocol

from coldchain.entries import Entry
from coldchain.retention import Disposal, KeptBlock, LegalHold, RemovedDay, RetentionPolicy
from coldchain.stamps import ReadingDigest, TimeStamp


class RetentionRecords(Protocol):
    """Answers as of a session."""

    def retention_policies(self) -> tuple[RetentionPolicy, ...]:
        """Those in force, by (what, profile)."""

    def legal_holds(self, *, standing: bool) -> tuple[LegalHold, ...]:
        """By id; only those that stand, or all."""

    def legal_hold(self, hold: str) -> LegalHold | None:
        """One of them."""

    def disposals(self, limit: int) -> tuple[Disposal, ...]:
        """The newest ones, by (proposed_ms, id) from the last back."""

    def disposals_waiting(self) -> tuple[Disposal, ...]:
        """Those that are proposed or confirmed and neither done nor withdrawn, by id."""

    def disposal(self, disposal: str) -> Disposal | None:
        """One of them."""

    def removed_days(self, probe: str, from_day: int, to_day: int) -> tuple[RemovedDay, ...]:
        """Days of a probe with removed readings, both ends included, by day; of each the last removal."""

    def time_stamps(self) -> tuple[TimeStamp, ...]:
        """By (size, authority)."""

    def reading_digests(self) -> tuple[ReadingDigest, ...]:
        """By upto."""

    def last_digest(self) -> int:
        """Return the admission up to which rows of the reading log are under a hash of the ledger (0: none is)."""

    def removed_until(self, probe: str) -> int | None:
        """Return the last day of a probe that was removed."""


class RetentionLog(Protocol):
    """The part of ReadingLog that lets sealed blocks go."""

    def kept_days(self, probe: str, before_day: int, limit: int) -> tuple[int, ...]:
        """Return the first days of a probe before a day that have a sealed block with its bytes, in order."""

    def kept_blocks(self, probe: str, day: int) -> tuple[KeptBlock, ...]:
        """Return the blocks of a day whose bytes are there, of all its generations, by seq."""

    def remove(self, blocks: Sequence[KeptBlock], entry: Entry) -> int:
        """Let the bytes of blocks go that this ledger entry, the newest one, names; return their readings.

        Raises StoreError if one is not there or is another: nothing is removed then.
        """

    def digests_over(self, blocks: Sequence[KeptBlock]) -> frozenset[int]:
        """Return, each by its last row, the hashes over rows between the first and the last of a block."""

    def digests_fault(self, blocks: Sequence[KeptBlock]) -> str:
        """Return what is wrong with the rows of these hashes as they are ("": nothing)."""

    def digests_left(self, blocks: Sequence[KeptBlock]) -> tuple[ReadingDigest, ...]:
        """Return these hashes made anew, each over its rows that lie in no block."""

    def sealed_upto(self) -> int:
        """Return the admission up to which every row lies in a block: the one before the first that is not sealed."""

    def digest(self, after: int, limit: int) -> ReadingDigest | None:
        """Return a hash over up to limit rows with a higher admission, sealed or not; None if there is none.

        Whether rows are sealed, and when, the hash is the same.
        """
