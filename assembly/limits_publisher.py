"""`cmd/limits` from the record: what each gateway has to keep to and what is in its places, retained at the broker.

Looked at whenever the record has changed, and published where a gateway's limits have; all again after a reconnect,
for a broker may have lost what it retained. The version is the number of the ledger entry up to which they were made:
it grows by itself, also over a restart. A centre that was restored from an older copy counts anew below what its
gateways have, and they take no older limits: so where a gateway says that it has a higher version, that is passed. It
may also have come to just the same number with other limits: so the first of a run are passed once where it has them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Event, Thread
from typing import Final

import structlog
from msgspec.structs import replace

from api.inside import InsideKind, InsideUnit, units_inside
from assembly.trouble import Trouble
from coldchain.canonical import INTEGER_MAX
from coldchain.errors import StoreError
from coldchain.places import Gateway, Place, ProfileRecord
from coldchain.ports import Clock, Session, Store
from coldchain.profiles import Kept, kept_at, kept_in
from coldchain.signed import Sign, sealed
from coldchain.units import Unit
from coldchain.wire_limits import (
    DEVICES_MAX,
    LIMITS_BYTES_MAX,
    LIMITS_VERSION,
    PLACES_MAX,
    UNITS_MAX,
    Limits,
    LimitsContact,
    LimitsPlace,
    LimitsProbe,
    LimitsProfile,
    LimitsReader,
    encode_limits,
)
from rules.counted import counted_in, work_of

LOOK_S: Final = 1.0
RESTORED: Final = "was the record restored from an older copy? its limits are raised above what the gateway has"
PAUSE_S: Final = 5.0  # after something was published: bags come one by one
STOP_S: Final = 10.0

log = structlog.get_logger("limits")

Publish = Callable[[str, bytes], bool]
"""(gateway, payload) -> whether it was handed to a live connection."""


def limits_of(session: Session, gateway: Gateway, now_ms: int) -> Limits:
    """Return the limits of a gateway as the record has them now; names of bags are left out if there are too many."""
    records = session.records
    probes = [probe for probe in records.probes() if probe.gateway == gateway.id]
    contacts = [contact for contact in records.contacts() if contact.gateway == gateway.id]
    readers = [reader for reader in records.readers() if reader.gateway == gateway.id]
    here = {p.place for p in probes} | {r.place for r in readers} | {c.place for c in contacts if c.place}
    places = [place for place in records.places() if place.id in here]
    resting = {probe for place in places for probe in _resting(session, place.id, now_ms)}
    kept = {one.id: kept_at(kept_in(one, records.place_profiles(one.id)), now_ms) for one in places}
    used = {(one.profile, one.version) for one in kept.values()}
    limits = Limits(
        v=LIMITS_VERSION,
        gateway=gateway.id,
        version=max(1, session.ledger.next_seq() - 1),
        made_ms=now_ms,
        profiles=tuple(_profile(record) for record in records.profiles() if (record.id, record.version) in used),
        places=tuple(_place(session, place, kept[place.id], now_ms) for place in places[:PLACES_MAX]),
        probes=tuple(
            LimitsProbe(id=p.id, place=p.place, role=p.role, since_ms=p.since_ms, rests=p.id in resting)
            for p in probes[:DEVICES_MAX]
        ),
        contacts=tuple(LimitsContact(id=c.id, place=c.place, kind=c.kind) for c in contacts[:DEVICES_MAX]),
        readers=tuple(LimitsReader(id=r.id, place=r.place) for r in readers[:DEVICES_MAX]),
    )
    return limits if len(encode_limits(limits)) <= LIMITS_BYTES_MAX else _without_names(limits)


def _resting(session: Session, place: str, now_ms: int) -> Iterable[str]:
    """Return the probes of a place that are under check, or whose place is out of use, now."""
    for probe, counted in counted_in(work_of(session.records, place, session.records.probes())).items():
        if any(begin <= now_ms < end for begin, end in (*counted.checked, *counted.rests)):
            yield probe


def _without_names(limits: Limits) -> Limits:
    return replace(limits, places=tuple(replace(place, units=(), possible_units=()) for place in limits.places))


def _profile(record: ProfileRecord) -> LimitsProfile:
    return LimitsProfile(id=record.id, version=record.version, toml=record.toml)


def _place(session: Session, place: Place, kept: Kept, now_ms: int) -> LimitsPlace:
    inside = units_inside(session, place.id, now_ms)
    certain = [unit for unit in inside if unit.how is InsideKind.CERTAIN]
    possible = [unit for unit in inside if unit.how is not InsideKind.CERTAIN]
    return LimitsPlace(
        id=place.id,
        name=place.name,
        kind=place.kind,
        profile=kept.profile,
        profile_version=kept.version,
        inside=len(certain),
        possible=len(possible),
        units=tuple(_names(session, certain[:UNITS_MAX])),
        possible_units=tuple(_names(session, possible[:UNITS_MAX])),
    )


def _names(session: Session, units: Sequence[InsideUnit]) -> Iterable[str]:
    """Return what is printed on each bag, for somebody who stands before the fridge."""
    for inside in units:
        unit = session.records.unit(inside.unit)
        yield inside.unit if unit is None else printed(unit)


def printed(unit: Unit) -> str:
    """Return donation number and product of a unit as printed on it, at most 100 characters."""
    return " ".join(part for part in (unit.donation_number, unit.product_code, unit.division) if part)[:100]


class LimitsPublisher:
    """Publishes in a thread of its own. What fails is tried again; nothing that it does stops the centre."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        publish: Publish,
        generation: Callable[[], int],
        connections: Callable[[], int],
        sign: Sign | None = None,
        reported: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """`reported`: the version of limits that each gateway says it has, as far as it has said one."""
        self.published = 0
        self._store = store
        self._clock = clock
        self._publish = publish
        self._generation = generation
        self._connections = connections
        self._sign = sign
        self._reported = reported
        self._seen: tuple[int, int] | None = None
        self._last: dict[str, Limits] = {}  # what was published last in this run
        self._sent: dict[str, Limits] = {}
        self._first: set[str] = set()  # gateways that were sent limits just once in this run
        self._trouble = Trouble("limits_not_read", clock.boottime_ms)
        self._stop = Event()
        self._thread = Thread(target=self._run, name="limits", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def look(self) -> int:
        """Publish what has changed; return how many gateways got limits. Raises StoreError."""
        now = self._generation(), self._connections()
        ahead = self._ahead()
        if (now == self._seen and not ahead) or now[1] == 0:
            return 0
        if self._seen is None or self._seen[1] != now[1]:
            self._sent.clear()
        with self._store.reading() as session:
            at_ms = self._clock.now_ms()
            made = [limits_of(session, gateway, at_ms) for gateway in session.records.gateways()]
        self._trouble.over()
        changed = [one for one in made if one.gateway in ahead or _body(one) != self._sent.get(one.gateway)]
        changed = [self._above(limits, ahead.get(limits.gateway, 0)) for limits in changed]
        taken = [limits for limits in changed if self._publish(limits.gateway, self._sealed(limits))]
        first = {limits.gateway for limits in taken if limits.gateway not in self._last}
        self._first = first | (self._first - {limits.gateway for limits in taken})
        self._sent |= {limits.gateway: _body(limits) for limits in taken}
        self._last |= {limits.gateway: limits for limits in taken}
        self.published += len(taken)
        if len(taken) == len(changed):
            self._seen = now
        return len(taken)

    def _ahead(self) -> dict[str, int]:
        """Return the gateways whose limits may not be ours: of a higher version, or of just the first of this run."""
        said = self._reported().items()
        return {gateway: has for gateway, has in said if gateway in self._last and self._is_above(gateway, has)}

    def _is_above(self, gateway: str, has: int) -> bool:
        passed = self._last[gateway].version - (gateway in self._first)
        return passed < has < INTEGER_MAX

    def _above(self, limits: Limits, has: int) -> Limits:
        """Return the limits under a version above what the gateway has, and above what it was sent before."""
        version = max(limits.version, has + 1)
        last = self._last.get(limits.gateway)
        if last is not None and version <= last.version:
            version = last.version + (_body(last) != _body(limits))
        if last is not None and has > last.version:
            log.warning("limits_behind", gateway=limits.gateway, gateway_has=has, now=version, advice=RESTORED)
        return replace(limits, version=version)

    def _sealed(self, limits: Limits) -> bytes:
        payload = encode_limits(limits)
        return payload if self._sign is None else sealed(payload, self._sign)

    def _run(self) -> None:
        while not self._stop.is_set():
            sent = 0
            try:
                sent = self.look()
            except StoreError as error:
                self._trouble.failed(str(error))
            except Exception:
                log.exception("limits_not_published")
            self._stop.wait(PAUSE_S if sent else LOOK_S)


def _body(limits: Limits) -> Limits:
    """Return what makes two limits the same, whenever they were made."""
    return replace(limits, version=1, made_ms=0)
