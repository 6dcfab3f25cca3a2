"""What routes that take a secret are given: who makes certificates, and how many attempts were refused lately."""

import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, Protocol

import msgspec

from api.problems import Problem
from coldchain.trust import EVIDENCE_MAX

ATTEMPTS_MAX: Final = 10  # claims of one source that were refused within ATTEMPTS_WITHIN_MS
ATTEMPTS_WITHIN_MS: Final = 60_000
SOURCES_MAX: Final = 1_000  # that are remembered
TOLD_EVERY_MS: Final = 60_000  # refusals make one entry of the record in so long, in a flood ever more rarely
TOLD_EVERY_MS_MAX: Final = 3_600_000


class Provisioned(msgspec.Struct, frozen=True, kw_only=True):
    """What a device gets for its token: PEM texts, the centre's public signing key, and settings to start from."""

    gateway: str
    site: str
    certificate: str
    ca: str
    centre_key: str
    mqtt_url: str
    settings: str


class Issuer(Protocol):
    """The site's CA, as far as claims need it."""

    def check(self, gateway: str, csr: str) -> None:
        """Raise InvalidValueError or ConflictError if no certificate could be made of this request."""

    def issue(self, gateway: str, csr: str, *, again: bool = False) -> Provisioned:
        """Make the certificate and return all that the device needs. Raises ColdchainError.

        `again`: one was asked for by this request before; if it was made it is returned, and not if it was revoked.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedClaim:
    """Some refused claims or messages; the first says of which gateway and why. `evidence`: EVIDENCE_MAX pieces."""

    gateway: str
    detail: str
    evidence: tuple[str, ...]
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Refusals that are to be recorded as one event, under an id of their own: recorded again, it is the same one."""

    id: str
    at_ms: int
    refusal: RefusedClaim


class Attempts:
    """How many claims of each source were refused lately: guessing is slowed down, and its record stays small.

    Safe in any thread. A refusal is told at once, and those of the next TOLD_EVERY_MS together afterwards; while they
    go on each time is twice as long as the one before, up to TOLD_EVERY_MS_MAX. What is due stays due, unchanged,
    until somebody says that it is recorded.
    """

    def __init__(self) -> None:
        self._refused: OrderedDict[str, deque[int]] = OrderedDict()
        self._untold: RefusedClaim | None = None
        self._telling: Telling | None = None
        self._told_ms: int | None = None
        self._quiet_ms = TOLD_EVERY_MS
        self._lock = Lock()

    def may_try(self, source: str, now_ms: int) -> bool:
        """Tell whether another attempt of this source is looked at now."""
        with self._lock:
            times = self._refused.get(source)
            return times is None or len(times) < ATTEMPTS_MAX or now_ms - times[0] >= ATTEMPTS_WITHIN_MS

    def refused(self, source: str, now_ms: int, refusal: RefusedClaim) -> None:
        """Note one that was refused."""
        with self._lock:
            times = self._refused.setdefault(source, deque(maxlen=ATTEMPTS_MAX))
            self._refused.move_to_end(source)
            times.append(now_ms)
            if len(self._refused) > SOURCES_MAX:
                self._refused.popitem(last=False)
            kept = self._untold
            self._untold = refusal if kept is None else _together(kept, refusal)

    def due(self, now_ms: int, *, last: bool = False) -> Telling | None:
        """Return what is to be recorded now: what was given before and is not recorded, else what it is time for.

        `last`: it is time for all that is left.
        """
        with self._lock:
            if self._telling is None and self._untold is not None and (self._is_time(now_ms) or last):
                self._telling = Telling(id=f"s-{secrets.token_hex(8)}", at_ms=now_ms, refusal=self._untold)
                self._untold, self._told_ms = None, now_ms
            return self._telling

    def told(self, telling: Telling) -> None:
        """Note that it is recorded."""
        with self._lock:
            if self._telling == telling:
                self._telling = None

    def _is_time(self, now_ms: int) -> bool:
        """Tell whether it is, and for how long it is not afterwards."""
        since_ms = TOLD_EVERY_MS_MAX if self._told_ms is None else now_ms - self._told_ms
        if 0 <= since_ms < self._quiet_ms:
            return False
        goes_on = self._told_ms is not None and 0 <= since_ms < 2 * self._quiet_ms
        self._quiet_ms = min(2 * self._quiet_ms, TOLD_EVERY_MS_MAX) if goes_on else TOLD_EVERY_MS
        return True


def _together(one: RefusedClaim, other: RefusedClaim) -> RefusedClaim:
    evidence = dict.fromkeys((*one.evidence, *other.evidence))
    return replace(one, times=one.times + other.times, evidence=tuple(evidence)[:EVIDENCE_MAX])


TOO_MANY: Final = Problem(
    title="Too many attempts",
    status=429,
    detail=f"{ATTEMPTS_MAX} claims from your address were refused within a minute",
    todo="Wait a minute, then use the token exactly as it was given.",
)
