"""Sealing in tests: all closed days of a probe at once."""

from collections.abc import Sequence
from typing import Final

from coldchain.entries import Draft, EntryKind
from coldchain.ports import Session

FAR_MS: Final = 2**50


def seal_all(session: Session, probe: str, before_day: int, holds_ms: Sequence[int]) -> int:
    """Seal what is closed and return how many blocks that made."""
    closed = session.readings.closed_days({probe: before_day}, FAR_MS + 1, 1_000)
    for one in closed:
        blocks = session.readings.prepare(one)
        drafts = [Draft(kind=EntryKind.BLOCK, actor="coldchain", site="site-1", payload=block) for block in blocks]
        session.readings.seal(blocks, session.ledger.append(drafts, 5), holds_ms)
    return sum(one.days for one in closed)
