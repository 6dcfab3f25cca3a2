"""Crates that are received past a tunnel reader: its reads are recorded, and what people find closes the rest."""

from collections import Counter
from typing import Final

from msgspec.structs import replace

from coldchain.entries import AMBIGUOUS, IN, OUT, Draft, EntryKind, Receipt
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.facts import EventKind
from coldchain.lineage import ErrorOf, Said
from coldchain.places import Reader, ReaderPurpose
from coldchain.ports import Session
from coldchain.units import AnswerReceipt, AnswerWay, OfCrates, ReceiveCrate
from ingest.drafted import Drafted, declared_error, known_place, placement, require_unit
from rules.portal import passage
from rules.reconcile import counted_reads

RECEIVED_UNITS_MAX: Final = 500  # on one list: a crate holds some two hundred bags
PASS_MS_MAX: Final = 900_000  # a crate past a tunnel takes seconds; a quarter of an hour is another crate


def receipt_drafts(session: Session, fact: OfCrates) -> Drafted:
    """Return the entries for a crate, or for what a person found or says of it; raises as all of these do."""
    match fact:
        case ReceiveCrate():
            return receive_crate(session, fact)
        case AnswerReceipt():
            return answer_receipt(session, fact)
        case AnswerWay():
            return answer_way(session, fact)


def receive_crate(session: Session, fact: ReceiveCrate) -> Drafted:
    """Record what the tunnel read of a crate; each unit of the list that was read is then in its place.

    Past a portal only if it came in. Where the reads do not tell, nothing moves until a person has said it.

    Said again after more of the tunnel's reads have arrived, it makes a new version; else nothing changes. A unit that
    was read and is not on the list is named and not moved: it may lie beside the tunnel.

    Raises ConflictError, UnknownThingError or InvalidValueError, with nothing changed.
    """
    reader = _required_tunnel(session, fact)
    place = known_place(session, fact.place)
    known = session.records.receipt(fact.receipt)
    found = _read(session, fact, _expected(session, fact), reader)
    if known is not None:
        found = replace(found, version=known.version, scanned=known.scanned, absent=known.absent)
        if known.manual:  # what a person has said once is not asked again
            found = replace(found, way=known.way, answered=known.answered)
        if _asked(found) != _asked(known):
            msg = f"receipt {fact.receipt} is already recorded with other content; nothing was changed"
            raise ConflictError(msg)
        if found == known:
            return Drafted()
        found = replace(found, version=known.version + 1)
    return _received(session, found, fact.actor, place.site)


def answer_way(session: Session, fact: AnswerWay) -> Drafted:
    """Record which way a crate went, of which the reads are ambiguous: once, and marked as a person's word.

    If it came in, what was read of its list is in its place from then on.

    Raises ConflictError or UnknownThingError, with nothing changed.
    """
    known = session.records.receipt(fact.receipt)
    if known is None:
        msg = f"receipt {fact.receipt} is not known here"
        raise UnknownThingError(msg)
    said = IN if fact.inwards else OUT
    if known.answered == said:
        return Drafted()
    if not known.way_open:
        msg = f"which way the crate of receipt {fact.receipt} went is known: {known.answered or known.way or IN}"
        raise ConflictError(msg)
    found = replace(known, version=known.version + 1, answered=said)
    return _received(session, found, fact.actor, known_place(session, known.place).site)


def _received(session: Session, found: Receipt, actor: str, site: str) -> Drafted:
    """Return the entries of a receipt; of a crate that came in also where the units are that were read.

    Of which this was declared an error, that stands: more reads of the tunnel bring them back by no means.
    """
    drafts = [Draft(kind=EntryKind.RECEIPT, actor=actor, site=site, payload=found)]
    received = sorted(set(found.expected) & set(found.read)) if found.came_in else []
    for unit in received:
        said = Said(unit=unit, at_ms=found.to_ms, object=found.place)
        if declared_error(session, ErrorOf.PLACEMENT, said) is None:
            drafts += placement(session, unit, found.place, found.to_ms, actor, site)
    return Drafted(drafts=drafts, units=set(found.expected))


def answer_receipt(session: Session, fact: AnswerReceipt) -> Drafted:
    """Record that a unit of a crate was scanned, and is then in its place, or that somebody looked for it in vain.

    The later answer counts. A scanned unit need not be on the list: then it was sent without being listed.

    Raises ConflictError or UnknownThingError, with nothing changed.
    """
    known = session.records.receipt(fact.receipt)
    if known is None:
        msg = f"receipt {fact.receipt} is not known here"
        raise UnknownThingError(msg)
    require_unit(session, fact.unit)
    if not fact.here and fact.unit not in known.expected:
        msg = f"unit {fact.unit} is not on the list of receipt {fact.receipt}: nobody expects it"
        raise ConflictError(msg)
    if not fact.here and fact.unit in known.read:
        msg = f"the tag of unit {fact.unit} was read in the crate: look again, or scan what carries this tag"
        raise ConflictError(msg)
    scanned, absent = set(known.scanned) - {fact.unit}, set(known.absent) - {fact.unit}
    (scanned if fact.here else absent).add(fact.unit)
    found = replace(known, scanned=tuple(sorted(scanned)), absent=tuple(sorted(absent)))
    if found == known:
        return Drafted()
    site = known_place(session, known.place).site
    found = replace(found, version=known.version + 1)
    drafts = [Draft(kind=EntryKind.RECEIPT, actor=fact.actor, site=site, payload=found)]
    if fact.here:
        drafts += placement(session, fact.unit, known.place, fact.at_ms, fact.actor, site)
    return Drafted(drafts=drafts, units={fact.unit})


def _required_tunnel(session: Session, fact: ReceiveCrate) -> Reader:
    reader = next((one for one in session.records.readers() if one.id == fact.reader), None)
    if reader is None:
        msg = f"reader {fact.reader} is not known here"
        raise UnknownThingError(msg)
    if reader.purpose is ReaderPurpose.ZONE:
        msg = f"reader {fact.reader} looks into place {reader.place} and is no tunnel: name a tunnel's or portal's"
        raise ConflictError(msg)
    if not 0 < fact.to_ms - fact.from_ms <= PASS_MS_MAX:
        msg = f"the crate's pass from {fact.from_ms} to {fact.to_ms} is not allowed: more than 0, at most {PASS_MS_MAX}"
        raise InvalidValueError(msg)
    return reader


def _expected(session: Session, fact: ReceiveCrate) -> tuple[str, ...]:
    units = fact.units
    if fact.manifest:
        manifest = session.records.manifest(fact.manifest)
        if manifest is None:
            msg = f"packing list {fact.manifest} is not known here"
            raise UnknownThingError(msg)
        units = manifest.units
    twice = [unit for unit, times in Counter(units).items() if times > 1]
    if twice or not 1 <= len(units) <= RECEIVED_UNITS_MAX:
        what = f"unit {twice[0]} more than once" if twice else f"{len(units)} units"
        msg = f"receipt {fact.receipt} names {what}: 1 to {RECEIVED_UNITS_MAX} different ones are allowed"
        raise InvalidValueError(msg)
    for unit in units:
        require_unit(session, unit)
    return tuple(sorted(units))


def _read(session: Session, fact: ReceiveCrate, expected: tuple[str, ...], reader: Reader) -> Receipt:
    """Return the first version of a receipt out of what the log holds of the tunnel's pass.

    Only complete cycles in which anything was read count: in the others the crate was not there yet, or any more.
    """
    ended = [
        event.taken_ms
        for event in session.records.events_of(fact.reader, fact.from_ms, fact.to_ms + 1)
        if event.kind == EventKind.INVENTORY and "fault" not in event.details and event.details.get("tags") != 0
    ]
    cycles: dict[str, set[int]] = {}
    summaries = session.readings.tag_summaries(fact.reader, fact.from_ms, fact.to_ms + 1)
    for summary in summaries:
        cycles.setdefault(summary.epc, set()).add(summary.taken_ms)
    units = {epc: _unit_of(session, epc, fact.to_ms) for epc in cycles}
    rate = counted_reads({epc: len(taken & set(ended)) for epc, taken in cycles.items()}, len(ended))
    found = Receipt(
        id=fact.receipt,
        version=1,
        reader=fact.reader,
        place=fact.place,
        manifest=fact.manifest,
        from_ms=fact.from_ms,
        to_ms=fact.to_ms,
        expected=expected,
        read=tuple(sorted({unit for unit in units.values() if unit})),
        unknown_tags=tuple(sorted(epc for epc, unit in units.items() if not unit)),
        cycles=len(ended),
        rate_reads=rate.reads,
        rate_cycles=rate.cycles,
    )
    if reader.purpose is not ReaderPurpose.PORTAL:
        return found
    listed = [one for one in summaries if units[one.epc] in expected]  # what lies beside the portal goes no way
    passed = passage(listed, frozenset(reader.outer), frozenset(reader.inner))
    if passed is None:
        return replace(found, way=AMBIGUOUS)
    return replace(found, way=passed.way.value, outer_ms=passed.outer_ms, inner_ms=passed.inner_ms)


def _unit_of(session: Session, epc: str, at_ms: int) -> str:
    """Return the unit that a tag stands for at an instant, "" if for none or if it is out of use."""
    bound = [one for one in session.records.bindings_of_epc(epc) if one.from_ms <= at_ms]
    if not bound:
        return ""
    retired = any(bound[-1].from_ms <= one.at_ms <= at_ms for one in session.records.retirements_of_epc(epc))
    return "" if retired else bound[-1].unit


def _asked(receipt: Receipt) -> tuple[object, ...]:
    return (
        *(receipt.reader, receipt.place, receipt.manifest, receipt.from_ms, receipt.to_ms),
        receipt.expected,
    )
