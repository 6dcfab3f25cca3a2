"""What the rules of the catalogue share: how a condition grows graver, and one condition of each subject. Pure.

A rule takes what is known as values and returns conditions; reading the record is the work of providers.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from coldchain.alarms import RANK, Condition, Severity

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

Steps: TypeAlias = Sequence[tuple[int, Severity]]
"""(after how many ms, severity), rising; the first step is when it is due."""


def graver(steps: Steps, since_ms: int, now_ms: int) -> Severity:
    """Return how grave something is that lasts since since_ms; before its first step as grave as that."""
    reached = [severity for after_ms, severity in steps if since_ms + after_ms <= now_ms]
    return reached[-1] if reached else steps[0][1]


def minutes(since_ms: int, now_ms: int) -> int:
    """Return whole minutes from one instant to another, 0 at least."""
    return max(0, now_ms - since_ms) // MINUTE_MS


def one_of_each(conditions: Iterable[Condition]) -> list[Condition]:
    """Return one condition of each key, by key: the gravest, of equally grave ones the one that is due first.

    Two places may say the same of one thing: of the mains of their site, of a tag that was read in both.
    """
    kept: dict[tuple[str, str, str, str], Condition] = {}
    for one in conditions:
        other = kept.get(one.key)
        if other is None or _weight(one) < _weight(other):
            kept[one.key] = one
    return [kept[key] for key in sorted(kept)]


def _weight(one: Condition) -> tuple[int, int, int, str, str]:
    return -RANK[one.severity], one.due_ms, one.since_ms, one.place, str(sorted(one.values.items()))
