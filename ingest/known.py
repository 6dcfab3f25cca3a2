"""What judging looks up again and again: the profile of a place, its site."""

from functools import lru_cache
from typing import Final

from coldchain.places import PlaceKind, Probe, ProbeRole
from coldchain.ports import Session
from ingest.excuses import PlaceExcuses
from rules.counted import Counted, counted_in, work_of
from rules.excuses import Excused, nothing_excused
from rules.profile import Profile, load_profile

ACTOR: Final = "rules"
BELIEVED: Final = "believed:"  # cursor per gateway: when it was last heard with a clock that agrees
LOST: Final = "lost:"  # cursor per gateway: 1 while what it may hold is waited for no longer


@lru_cache(maxsize=64)
def _loaded(toml: str, kind: PlaceKind) -> Profile:
    return load_profile(toml.encode()).at(kind)


def profile_of(session: Session, place: str) -> Profile:
    """Return the profile that a place must keep, as it holds in its kind of place.

    Raises InvalidValueError for a box whose profile has no transport limits; the set-up lets none in.
    """
    record = session.records.place(place)
    kept = session.records.profile(record.profile, record.profile_version) if record else None
    if record is None or kept is None:
        msg = f"place {place} has no profile in the ledger"
        raise LookupError(msg)
    return _loaded(kept.toml, record.kind)


def site_of(session: Session, place: str) -> str:
    """Return the site of a place ("" if it is unknown)."""
    record = session.records.place(place)
    return record.site if record else ""


class Known:
    """Look-ups of one transaction that many probes share. Nothing of it changes while judging."""

    def __init__(self, session: Session, now_ms: int) -> None:
        self._session = session
        self._now_ms = now_ms
        self._profiles: dict[str, Profile] = {}
        self._horizons: dict[str, int] = {}
        self._excuses: dict[str, Excused] = {}
        self._probes: tuple[Probe, ...] | None = None
        self._counted: dict[str, dict[str, Counted]] = {}

    def profile(self, place: str) -> Profile:
        """Return the profile that a place must keep, as it holds in its kind of place."""
        if place not in self._profiles:
            self._profiles[place] = profile_of(self._session, place)
        return self._profiles[place]

    def excused(self, place: str) -> Excused:
        """Return what is excused in a place; nothing is read before somebody asks."""
        if place not in self._excuses:
            profile = self.profile(place)
            some = profile.excuse.most_ms > 0
            self._excuses[place] = PlaceExcuses(self._session, place, profile) if some else nothing_excused
        return self._excuses[place]

    def counted(self, probe: Probe) -> Counted:
        """Return which readings of a probe count."""
        if probe.place not in self._counted:
            self._counted[probe.place] = counted_in(work_of(self._session.records, probe.place, self._every_probe()))
        return self._counted[probe.place][probe.id]

    def probes_of(self, place: str) -> list[Probe]:
        """Return the probes of a place, by id."""
        return [probe for probe in self._every_probe() if probe.place == place]

    def loaded_from(self, place: str) -> int | None:
        """Return from when on a place has a probe in its load; None if it has none."""
        loads = [probe.since_ms or 0 for probe in self.probes_of(place) if probe.role is ProbeRole.LOAD]
        return min(loads, default=None)

    def _every_probe(self) -> tuple[Probe, ...]:
        if self._probes is None:
            self._probes = self._session.records.probes()
        return self._probes

    def horizon(self, gateway: str) -> int:
        """Return the time before which nothing of a gateway is awaited any more.

        What a lost gateway may still hold is waited for no longer. When it is believed again its own mark counts
        again, and what it brings amends what was found meanwhile.
        """
        if gateway not in self._horizons:
            books = self._session.books
            mark_ms = books.horizon(gateway)
            self._horizons[gateway] = max(mark_ms, self._now_ms) if books.cursor(LOST + gateway) else mark_ms
        return self._horizons[gateway]


def believed(session: Session, gateway: str, received_ms: int) -> None:
    """Note that a gateway was heard and its clock believed. Being alive with a wrong clock is not enough."""
    session.books.set_cursor(BELIEVED + gateway, received_ms)
    if session.books.cursor(LOST + gateway):
        session.books.set_cursor(LOST + gateway, 0)


def lost_gateways(session: Session, now_ms: int, listening_ms: int) -> dict[str, list[str]]:
    """Return gateways that nobody could believe for as long as a gap may last in a place of theirs, and their probes.

    Only the time counts for which the centre has been listening: after an outage of its own nobody else is lost.
    """
    silent: dict[str, list[str]] = {}
    tolerated: dict[str, int] = {}
    for probe in session.records.probes():
        heard_ms = session.books.cursor(BELIEVED + probe.gateway) or probe.since_ms or now_ms
        tolerance_ms = profile_of(session, probe.place).gap_tolerance_ms
        tolerated[probe.gateway] = min(tolerance_ms, tolerated.get(probe.gateway, tolerance_ms))
        if min(now_ms - heard_ms, listening_ms) >= tolerated[probe.gateway] or session.books.cursor(
            LOST + probe.gateway
        ):
            silent.setdefault(probe.gateway, [])
    for probe in session.records.probes():
        if probe.gateway in silent:
            silent[probe.gateway].append(probe.id)
    return silent
