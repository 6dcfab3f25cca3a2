"""Judging the probes of a gateway that is lost: all in one transaction, for after a cut there are hundreds of them."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import structlog

from coldchain.errors import StoreError
from coldchain.ports import Session
from ingest.counters import Counters
from ingest.deferral import defer
from ingest.judge import Dirty, judge
from ingest.known import LOST

log = structlog.get_logger("ingest")


def judge_lost(
    committing: Callable[[], AbstractContextManager[Session]],
    counters: Counters,
    gateway: str,
    probes: Iterable[str],
    now_ms: int,
) -> bool:
    """Note that a gateway is lost and judge its probes up to now; return whether an alarm of a finding has changed.

    What cannot be judged together, by our own fault, is written down: it is tried again probe by probe. Raises
    StoreError.
    """
    dirty = Dirty(probes=dict.fromkeys(probes))
    try:
        with committing() as session:
            session.books.set_cursor(LOST + gateway, 1)
            return judge(session, dirty, now_ms)
    except StoreError:
        raise
    except Exception:
        counters.add("judge_failures_total")
        log.exception("judging_failed", gateway=gateway, advice="its probes are tried again one by one")
    with committing() as session:
        session.books.set_cursor(LOST + gateway, 1)
        defer(session, dirty)
    return False
