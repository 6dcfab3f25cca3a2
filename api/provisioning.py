"""What the claims' route is given: who makes certificates, and how many attempts were refused lately."""

from collections import deque
from typing import Final, Protocol

import msgspec

from api.problems import Problem

ATTEMPTS_MAX: Final = 10  # claims that were refused, of all devices together, within ATTEMPTS_WITHIN_MS
ATTEMPTS_WITHIN_MS: Final = 60_000


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

    def issue(self, gateway: str, csr: str) -> Provisioned:
        """Make the certificate and return all that the device needs. Raises ColdchainError."""


class Attempts:
    """How many claims were refused lately: guessing is slowed down, and its record stays small."""

    def __init__(self) -> None:
        self._refused: deque[int] = deque(maxlen=ATTEMPTS_MAX)

    def may_try(self, now_ms: int) -> bool:
        """Tell whether another attempt is looked at now."""
        return len(self._refused) < ATTEMPTS_MAX or now_ms - self._refused[0] >= ATTEMPTS_WITHIN_MS

    def refused(self, now_ms: int) -> None:
        """Note one that was refused."""
        self._refused.append(now_ms)


TOO_MANY: Final = Problem(
    title="Too many attempts",
    status=429,
    detail=f"{ATTEMPTS_MAX} claims were refused within a minute",
    todo="Wait a minute, then use the token exactly as it was given.",
)
