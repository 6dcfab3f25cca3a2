"""Quarantine: what is committed and acked but not believed yet, and how it comes to be believed."""

from typing import Final, cast

import msgspec

from coldchain.facts import ClockState, DeviceEvent, Fact, Gap, Sample, TagSummary
from coldchain.ports import Quarantined
from coldchain.wire import Up
from ingest.admission import Doubted, doubt
from ingest.counters import Counters
from ingest.work import Work, store_facts

_FACT_KINDS: Final = {kind.__name__: kind for kind in (Sample, TagSummary, DeviceEvent, Gap)}


def quarantined_of(doubted: Doubted, up: Up, received_ms: int) -> Quarantined:
    """Return an item as it is kept while it is doubted."""
    body = {"kind": type(doubted.fact).__name__, "fact": msgspec.to_builtins(doubted.fact)}
    return Quarantined(
        id=0,
        reason=doubted.doubt,
        gateway=up.gateway,
        epoch=up.epoch,
        seq=doubted.fact.seq,
        origin=doubted.fact.origin,
        received_ms=received_ms,
        due_ms=doubted.due_ms,
        clock=up.clock,
        boot=up.boot,
        body=msgspec.json.encode(body),
    )


def _fact(item: Quarantined) -> Fact:
    body = msgspec.json.decode(item.body)
    return cast("Fact", msgspec.convert(body["fact"], _FACT_KINDS[body["kind"]]))


def sift(work: Work, tally: Counters, released_max: int) -> list[Quarantined]:
    """Store what is believed by now; what is doubted for another reason than before waits for that from now on."""
    books = work.session.books
    released: list[Quarantined] = []
    together: dict[tuple[str, str, ClockState, int], list[Fact]] = {}
    for item in books.quarantined():
        if len(released) == released_max:
            break
        if item.due_ms is not None and item.due_ms > work.now_ms:
            continue
        fact = _fact(item)
        still = doubt(fact, item.gateway, item.clock, work.devices, work.now_ms)
        if still is None:
            released.append(item)
            together.setdefault((item.gateway, item.epoch, item.clock, item.received_ms), []).append(fact)
            tally.add("readmitted_total", reason=item.reason)
        elif (still.doubt, still.due_ms) != (item.reason, item.due_ms):
            books.release([item.id])
            books.quarantine(msgspec.structs.replace(item, reason=still.doubt, due_ms=still.due_ms))
    for (gateway, epoch, clock, received_ms), facts in together.items():
        store_facts(work, gateway, epoch, clock, received_ms, facts)
    books.release([item.id for item in released])
    return released
