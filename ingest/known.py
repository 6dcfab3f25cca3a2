"""What judging looks up again and again: the profile of a place, its site."""

from functools import lru_cache
from typing import Final

from coldchain.ports import Session
from rules.profile import Profile, load_profile

ACTOR: Final = "rules"


@lru_cache(maxsize=64)
def _loaded(toml: str) -> Profile:
    return load_profile(toml.encode())


def profile_of(session: Session, place: str) -> Profile:
    """Return the profile that a place must keep."""
    record = session.records.place(place)
    kept = session.records.profile(record.profile, record.profile_version) if record else None
    if kept is None:
        msg = f"place {place} has no profile in the ledger"
        raise LookupError(msg)
    return _loaded(kept.toml)


def site_of(session: Session, place: str) -> str:
    """Return the site of a place ("" if it is unknown)."""
    record = session.records.place(place)
    return record.site if record else ""


class Known:
    """Look-ups of one transaction that many probes share. Nothing of it changes while judging."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._profiles: dict[str, Profile] = {}
        self._gateways: dict[str, tuple[int, int | None]] = {}

    def profile(self, place: str) -> Profile:
        """Return the profile that a place must keep."""
        if place not in self._profiles:
            self._profiles[place] = profile_of(self._session, place)
        return self._profiles[place]

    def gateway(self, gateway: str) -> tuple[int, int | None]:
        """Return the horizon of a gateway and when it was last heard."""
        if gateway not in self._gateways:
            books = self._session.books
            self._gateways[gateway] = (books.horizon(gateway), books.last_up(gateway))
        return self._gateways[gateway]


def silent_probes(session: Session, now_ms: int) -> list[str]:
    """Return the probes whose gateway has been silent for as long as a gap may last in their place."""
    found = []
    for probe in session.records.probes():
        heard_ms = session.books.last_up(probe.gateway)
        heard_ms = probe.since_ms if heard_ms is None else heard_ms
        if heard_ms is not None and now_ms - heard_ms >= profile_of(session, probe.place).gap_tolerance_ms:
            found.append(probe.id)
    return found
