"""Quarantine: what is committed and acked but not believed yet, and how it comes to be believed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast

import msgspec

from coldchain.entries import Backdating, Draft, EntryKind
from coldchain.facts import ClockState, DeviceEvent, Fact, Gap, Sample, TagSummary
from coldchain.ports import Quarantined, Session
from coldchain.ranges import Range
from coldchain.wire import Up
from ingest.admission import ANCHOR_TOLERANCE_MS, OF_THE_CLOCK, Doubt, Doubted, doubt, offset_of
from ingest.backdating import Anchor, anchor_for, anchors_of, backdated, uncertainty_of
from ingest.counters import Counters
from ingest.work import Source, Work, store_facts

_FACT_KINDS: Final = {kind.__name__: kind for kind in (Sample, TagSummary, DeviceEvent, Gap)}

OFFSET: Final = "clock-offset:"  # cursor per gateway and boot: what its wall clock was ahead while it was trusted
DATED_MAX: Final = 500  # items of one entry

_Group = tuple[Source, Anchor | None]


class Clocks:
    """What is known of the gateways' clocks, read once a transaction where it is asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._anchors: dict[str, tuple[Anchor, ...]] = {}
        self._received: dict[tuple[str, str], tuple[Range, ...]] = {}
        self.waiting: set[str] = set()  # gateways of which rows are missing between an item and its anchor

    def confirms(self, item: Quarantined, fact: Fact) -> bool:
        """Tell whether a batch of the same boot, whose clock agreed, shows that the item's own time was right."""
        offset_ms = self._session.books.cursor(f"{OFFSET}{item.gateway}:{item.boot}")
        return offset_ms != 0 and abs(offset_of(fact) - offset_ms) <= ANCHOR_TOLERANCE_MS

    def anchor(self, item: Quarantined) -> Anchor | None:
        """Return the anchor by which an item's time is worked out, None if there is none yet."""
        gateway, key = item.gateway, (item.gateway, item.epoch)
        if gateway not in self._anchors:
            records = self._session.records
            self._anchors[gateway] = anchors_of(records.clock_words(gateway), records.backdatings(gateway))
        if key not in self._received:
            self._received[key] = self._session.books.received(*key)
        anchors = self._anchors[gateway]
        found = anchor_for(anchors, item.epoch, item.boot, item.seq, self._received[key])
        if found is None and any(anchor.boot == item.boot for anchor in anchors):
            self.waiting.add(gateway)
        return found


@dataclass(slots=True)
class Sifted:
    """What came out of quarantine: how many items, and gateways of which missing rows may bring out more."""

    released: int = 0
    waiting: set[str] = field(default_factory=set)


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


def sift(work: Work, tally: Counters, enough: int) -> Sifted:
    """Store what is believed by now; what is doubted for another reason waits for that.

    All of an origin comes at once: a part of it would look like a gap. After `enough` items no further origin begins.
    """
    books = work.session.books
    by_origin: dict[tuple[str, str], list[Quarantined]] = {}
    for item in books.quarantined():
        by_origin.setdefault((item.gateway, item.origin), []).append(item)
    clocks, sifted = Clocks(work.session), Sifted()
    for items in by_origin.values():
        if sifted.released < enough:
            sifted.released += _sift_origin(work, tally, clocks, items)
    sifted.waiting = clocks.waiting
    return sifted


def _sift_origin(work: Work, tally: Counters, clocks: Clocks, items: list[Quarantined]) -> int:
    books = work.session.books
    believed: dict[_Group, list[Fact]] = {}
    done: list[int] = []
    for item in items:
        fact = _fact(item)
        still = _still_doubted(item, fact, work, clocks)
        if still is None or isinstance(still, Anchor):
            believed.setdefault((_source(item), still), []).append(fact)
            tally.add("readmitted_total", reason=item.reason)
        elif still == item.reason:
            continue
        else:
            books.quarantine(msgspec.structs.replace(item, reason=still))
        done.append(item.id)
    for (source, anchor), facts in believed.items():
        if anchor is None:
            store_facts(work, source, facts)
        else:
            _store_backdated(work, source, anchor, facts)
    books.release(done)
    return sum(len(facts) for facts in believed.values())


def _store_backdated(work: Work, source: Source, anchor: Anchor, facts: Sequence[Fact]) -> None:
    """Store facts under the times that are worked out; the record keeps the gateway's own times beside them."""
    dated = [backdated(fact, anchor) for fact in facts]
    store_facts(work, replace(source, clock=ClockState.ANCHORED), dated)
    site = work.devices.gateways[source.gateway].site
    items = sorted(
        (fact.seq, fact.taken_ms, new.taken_ms, uncertainty_of(fact, anchor))
        for fact, new in zip(facts, dated, strict=True)
    )
    times = [item[2] for item in items]
    work.dirty.clock(source.gateway, min(times), max(times))
    for at in range(0, len(items), DATED_MAX):
        entry = Backdating(
            gateway=source.gateway,
            epoch=source.epoch,
            boot=source.boot,
            anchor_seq=anchor.seq,
            anchor_ms=anchor.utc_ms,
            anchor_boottime_ms=anchor.boottime_ms,
            anchor_uncertainty_ms=anchor.uncertainty_ms,
            items=tuple(items[at : at + DATED_MAX]),
        )
        work.drafts.append(Draft(kind=EntryKind.BACKDATING, actor=source.gateway, site=site, payload=entry))


def _still_doubted(item: Quarantined, fact: Fact, work: Work, clocks: Clocks) -> Doubt | Anchor | None:
    """Say why an item is still not believed; None if it is, and the anchor if it is under another time than its own."""
    reason = Doubt(item.reason)
    if reason not in OF_THE_CLOCK or (reason is not Doubt.CLOCK_UNSET and clocks.confirms(item, fact)):
        return doubt(fact, item.gateway, work.devices, work.now_ms)
    anchor = clocks.anchor(item)
    if anchor is None:
        return reason
    if reason is not Doubt.CLOCK_UNSET and abs(offset_of(fact) - anchor.offset_ms) <= ANCHOR_TOLERANCE_MS:
        return doubt(fact, item.gateway, work.devices, work.now_ms)
    # Doubted for anything else it stays what it is: its own time must not be believed later for another reason.
    return reason if doubt(backdated(fact, anchor), item.gateway, work.devices, work.now_ms) else anchor


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
