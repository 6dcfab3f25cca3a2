"""Quarantine: what is committed and acked but not believed yet, and how it comes to be believed."""

from collections.abc import Mapping
from typing import Final, TypeAlias, cast

import msgspec

from coldchain.facts import ClockState, DeviceEvent, Fact, Gap, Sample, TagSummary
from coldchain.ports import Quarantined
from coldchain.wire import Up
from ingest.admission import ANCHOR_TOLERANCE_MS, OF_THE_CLOCK, Doubt, Doubted, doubt, offset_of
from ingest.counters import Counters
from ingest.work import Source, Work, store_facts

_FACT_KINDS: Final = {kind.__name__: kind for kind in (Sample, TagSummary, DeviceEvent, Gap)}

Anchors: TypeAlias = Mapping[tuple[str, str], int]  # (gateway, boot) -> offset of its clock while it was trusted


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
        clock=up.clock,
        boot=up.boot,
        body=msgspec.json.encode(body),
    )


def sift(work: Work, tally: Counters, anchors: Anchors, enough: int) -> int:
    """Store what is believed by now and return how many; what is doubted for another reason waits for that.

    All of an origin comes at once: a part of it would look like a gap. After `enough` items no further origin begins.
    """
    books = work.session.books
    by_origin: dict[tuple[str, str], list[Quarantined]] = {}
    for item in books.quarantined():
        by_origin.setdefault((item.gateway, item.origin), []).append(item)
    released = 0
    for items in by_origin.values():
        if released < enough:
            released += _sift_origin(work, tally, anchors, items)
    return released


def _sift_origin(work: Work, tally: Counters, anchors: Anchors, items: list[Quarantined]) -> int:
    books = work.session.books
    believed: dict[Source, list[Fact]] = {}
    done: list[int] = []
    for item in items:
        fact = _fact(item)
        still = _still_doubted(item, fact, work, anchors)
        if still is None:
            believed.setdefault(_source(item), []).append(fact)
            tally.add("readmitted_total", reason=item.reason)
        elif still == item.reason:
            continue
        else:
            books.quarantine(msgspec.structs.replace(item, reason=still))
        done.append(item.id)
    for source, facts in believed.items():
        store_facts(work, source, facts)
    books.release(done)
    return sum(len(facts) for facts in believed.values())


def _still_doubted(item: Quarantined, fact: Fact, work: Work, anchors: Anchors) -> Doubt | None:
    """Say why an item is still not believed, or None."""
    reason = Doubt(item.reason)
    if reason is Doubt.CLOCK_UNSET:
        return reason  # its time is known to be wrong; it has to be worked out anew, not believed
    if reason in OF_THE_CLOCK:
        anchor = anchors.get((item.gateway, item.boot))
        if anchor is None or abs(offset_of(fact) - anchor) > ANCHOR_TOLERANCE_MS:
            return reason
    return doubt(fact, item.gateway, work.devices, work.now_ms)


def _source(item: Quarantined) -> Source:
    return Source(
        gateway=item.gateway,
        epoch=item.epoch,
        boot=item.boot,
        clock=ClockState(item.clock),
        received_ms=item.received_ms,
    )


def _fact(item: Quarantined) -> Fact:
    body = msgspec.json.decode(item.body)
    return cast("Fact", msgspec.convert(body["fact"], _FACT_KINDS[body["kind"]]))
