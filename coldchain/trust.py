"""Who may speak for a gateway, what was tried that should not have been, and what the centre asks gateways to do."""

from enum import StrEnum
from typing import Final

import msgspec

EVIDENCE_MAX: Final = 20  # pieces kept with one security event
EVIDENCE_CHARACTERS_MAX: Final = 600  # of one piece: a whole sample or event fits


class GatewayKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public Ed25519 key (64 hex digits) that signs for a gateway in [from_ms, until_ms); (gateway, key) replaces.

    A gateway may have several at once: after a change of keys the old one holds for what it has signed already.
    `source`: the settings file, or the claim by which it came. `reason`, `name`, `post`: of the person who ended it for
    good, "" where nobody has.
    """

    gateway: str
    key: str
    from_ms: int
    until_ms: int | None = None
    source: str = "configuration"
    reason: str = ""
    name: str = ""
    post: str = ""

    @property
    def is_ended(self) -> bool:
        """Whether a person has ended it; neither the settings file nor a claim can make it valid again."""
        return self.name != ""


class SecurityKind(StrEnum):
    """What was tried, or went wrong, that should not have been."""

    BAD_SIGNATURE = "bad-signature"  # a batch that no key of its gateway signed
    SIGNATURE_MISSING = "signature-missing"  # a batch without the signature that its gateway owes
    KEY_ENDED = "key-ended"  # a batch that was signed with a key which a person had ended before
    NUMBER_REUSED = "number-reused"  # a number that is committed came again with other content; the first stays
    CHECKPOINT_UNDELIVERED = "checkpoint-undelivered"  # what should hold the ledger's checkpoints takes none
    LEDGER_ALTERED = "ledger-altered"  # the ledger is not what its last checkpoint signed; nothing is signed any more
    CLAIM_REFUSED = "claim-refused"  # a claim token that is wrong, expired, used, or of another device
    WEBHOOK_REFUSED = "webhook-refused"  # a message that says to come from Grafana, without the secret
    SIGNATURE_REFUSED = "signature-refused"  # a person signed where only another one may


class SecurityEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One such thing, with what shows it. `times`: how many were told by this entry; the rest were only counted.

    `evidence`: payload hashes or items in JSON, at most EVIDENCE_MAX pieces.
    """

    id: str
    kind: SecurityKind
    gateway: str
    at_ms: int
    detail: str
    epoch: str = ""
    evidence: tuple[str, ...] = ()
    times: int = 1


class CommandRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A command that a person has sent to a gateway. Its answer is the gateway's event `command-answered`."""

    id: str
    gateway: str
    command: str
    args: dict[str, int | str]
    issued_ms: int
    expires_ms: int


class ClaimRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Leave for one device to become a gateway, once, by a token of which only the SHA-256 is kept.

    `serial`: of the device, "" where any may come. `used_ms` None: it waits. `key`: the public key that came with it,
    `csr_sha256` the request for a certificate: the same two may come again, for an answer may be lost on its way.
    """

    id: str
    gateway: str
    token_sha256: str
    serial: str
    expires_ms: int
    used_ms: int | None = None
    key: str = ""
    csr_sha256: str = ""


class SendCommand(msgspec.Struct, frozen=True, kw_only=True, tag="send-command"):
    """A person wants a gateway to do something."""

    command: CommandRecord
    actor: str


class OpenClaim(msgspec.Struct, frozen=True, kw_only=True, tag="open-claim"):
    """A person lets one device become a gateway."""

    claim: ClaimRecord
    actor: str


class UseClaim(msgspec.Struct, frozen=True, kw_only=True, tag="use-claim"):
    """A device shows its token, its public key and its request for a certificate."""

    token_sha256: str
    serial: str
    key: str
    at_ms: int
    actor: str
    csr_sha256: str = ""


class EndKey(msgspec.Struct, frozen=True, kw_only=True, tag="end-key"):
    """A person ends a gateway's signing key: what it signs from at_ms on is refused."""

    gateway: str
    key: str
    at_ms: int
    reason: str
    name: str
    post: str
    actor: str


class NoteSecurity(msgspec.Struct, frozen=True, kw_only=True, tag="note-security"):
    """The program saw something that belongs into the record."""

    event: SecurityEvent
    actor: str
