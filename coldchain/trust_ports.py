"""What the store keeps of trust: a part of the ports Records and Books (coldchain/ports.py)."""

from collections.abc import Collection, Mapping
from typing import Protocol

from coldchain.trust import ClaimRecord, CommandRecord, GatewayKey, SecurityEvent


class TrustRecords(Protocol):
    """The projections of keys, security events, commands and claims."""

    def gateway_keys(self) -> tuple[GatewayKey, ...]:
        """By (gateway, from_ms, key), retired ones too."""

    def security_events(self, limit: int = 100) -> tuple[SecurityEvent, ...]:
        """The newest first, by (at_ms, id) downwards."""

    def security_event(self, event: str) -> SecurityEvent | None:
        """One security event."""

    def commands(
        self, gateway: str | None = None, issued_after_ms: int = -1, limit: int = 100
    ) -> tuple[CommandRecord, ...]:
        """Of one gateway or of all, issued after an instant, the newest first, by (issued_ms, id) downwards."""

    def command(self, command: str) -> CommandRecord | None:
        """One command."""

    def claim_of_token(self, token_sha256: str) -> ClaimRecord | None:
        """The claim that a token opens."""

    def claims(self, limit: int = 100) -> tuple[ClaimRecord, ...]:
        """The last to expire first, by (expires_ms, id) downwards."""


class Digests(Protocol):
    """What the newest committed numbers of each gateway said, to tell a repetition from another content."""

    def digests(self, gateway: str, epoch: str, blocks: Collection[int]) -> dict[int, bytes]:
        """Return what is kept of these blocks of numbers: 8 bytes for each number, zeros where none is known."""

    def put_digests(self, gateway: str, epoch: str, blocks: Mapping[int, bytes], keep_max: int) -> None:
        """Add or replace blocks; of one gateway the keep_max blocks that were begun last are kept."""
