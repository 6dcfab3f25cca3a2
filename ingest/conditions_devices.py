"""What the rules see of instruments, gateways, tags and the record itself, read out of the record."""

from typing import Final

from coldchain.alarms import Condition
from coldchain.facts import EventKind
from coldchain.ports import Session
from coldchain.register import Certificate
from ingest.admission import OF_THE_CLOCK, Doubt
from rules.conditions import one_of_each
from rules.conditions_register import LOOK_BACK_MS, of_due, of_failed, uncalibrated
from rules.conditions_trust import of_chain, of_clocks, of_replays, of_spools, of_unknown_tags
from rules.due import due_list

EVENTS_READ: Final = 500  # of the newest security events
DOUBTED_READ: Final = 500  # items of quarantine, to see since when the first of a gateway waits
TAGS_READ: Final = 50  # unknown tags that are looked for; that there are more is no news
SPOOL_KINDS: Final = frozenset({EventKind.SPOOL_FULL, EventKind.SPOOL_ROOM})
CLOCK_DOUBTS: Final = OF_THE_CLOCK | {Doubt.IMPOSSIBLE_TIME}


def device_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what is to be said of instruments, gateways, tags and the ledger."""
    return one_of_each([*_register(session, now_ms), *_trust(session, now_ms), *_tags(session, now_ms)])


def _register(session: Session, now_ms: int) -> list[Condition]:
    places = session.records.places()
    dues = due_list(session)
    found = [*of_due(dues, places, now_ms), *uncalibrated(dues, places, now_ms)]
    for certificate in session.records.certificates():
        if certificate.failed_as_found and now_ms - certificate.calibrated_ms < LOOK_BACK_MS:
            since_ms = _good_before(session, certificate)
            condition = of_failed(certificate, since_ms, _watched(session, certificate, since_ms), places, now_ms)
            found += [] if condition is None else [condition]
    return found


def _good_before(session: Session, failed: Certificate) -> int | None:
    """Return when an instrument was last known to be good before it failed."""
    good = [
        one.calibrated_ms
        for one in session.records.certificates_of(failed.serial)
        if one.calibrated_ms < failed.calibrated_ms and one.good_as_left
    ]
    return max(good, default=None)


def _watched(session: Session, failed: Certificate, since_ms: int | None) -> list[str]:
    """Return the places in which an instrument hung since it was last good; its register page lists units and times."""
    hung = session.records.positions_of_serial(failed.serial)
    before = [one.place for one in hung if one.from_ms <= (since_ms or 0)][-1:]
    return [*before, *(one.place for one in hung if (since_ms or 0) < one.from_ms < failed.calibrated_ms)]


def _trust(session: Session, now_ms: int) -> list[Condition]:
    sites = {gateway.id: gateway.site for gateway in session.records.gateways()}
    events = session.records.security_events(EVENTS_READ)
    checkpoint = session.proofs.last_checkpoint()
    return [
        *of_chain(events, checkpoint.at_ms if checkpoint else 0, now_ms),
        *of_replays(events, sites, now_ms),
        *of_clocks(_doubted(session, now_ms), sites, now_ms),
        *of_spools({one: session.records.last_event(one, now_ms + 1, SPOOL_KINDS) for one in sites}, sites),
    ]


def _doubted(session: Session, now_ms: int) -> dict[str, tuple[int, int]]:
    """Return of each gateway how many items wait because of its clock, and since when the first of them does."""
    counts: dict[str, int] = {}
    for gateway, reason, number in session.books.quarantine_counts():
        if reason in CLOCK_DOUBTS:
            counts[gateway] = counts.get(gateway, 0) + number
    if not counts:
        return {}
    since: dict[str, int] = {}
    for item in session.books.quarantined(0, DOUBTED_READ):
        if item.reason in CLOCK_DOUBTS:
            since[item.gateway] = min(item.received_ms, since.get(item.gateway, now_ms))
    return {gateway: (number, since.get(gateway, now_ms)) for gateway, number in counts.items()}


def _tags(session: Session, now_ms: int) -> list[Condition]:
    """Return the places in which tags lie that stand for no unit, by the last thing that was said of each."""
    inside: dict[str, list[tuple[str, int]]] = {}
    for epc in session.records.unbound_tags()[:TAGS_READ]:
        said = [event for event in session.records.presence_of_epc(epc) if event.taken_ms <= now_ms]
        if said and said[-1].kind in {EventKind.ARRIVED, EventKind.SEEN_AGAIN}:
            inside.setdefault(said[-1].place, []).append((epc, said[-1].taken_ms))
    return of_unknown_tags(inside, {place.id: place.site for place in session.records.places()})
