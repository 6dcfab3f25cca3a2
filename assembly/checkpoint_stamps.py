"""Time stamps (RFC 3161) over checkpoints: an authority that nobody here controls says when a checkpoint was there.

What is stamped is the SHA-256 of the checkpoint's note. The response is an entry of the ledger, once for each
checkpoint and authority, after its signature, its nonce and its imprint were checked against the roots of the settings.
"""

import base64
import hashlib
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from coldchain.errors import ColdchainError
from coldchain.ports import Clock, Recorder, Store
from coldchain.proof import Checkpoint
from coldchain.stamps import STAMP_BYTES_MAX, KeepTimeStamp, TimeStamp

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

ANSWER_S: Final = 20
QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"


class StampError(OSError):
    """The authority's answer is no time stamp over this checkpoint."""


class _NoOtherAddress(urllib.request.HTTPRedirectHandler):
    """A redirect is no answer."""

    def redirect_request(self, *_asked: object) -> None:
        """Follow nothing."""


_OPENER: Final = urllib.request.build_opener(_NoOtherAddress)


@dataclass(frozen=True)
class StampSink:
    """Asks a time-stamping authority. Taking the same checkpoint again asks nothing and records nothing."""

    url: str
    roots: "Sequence[Certificate]"
    store: Store
    recorder: Recorder
    clock: Clock
    every_ms: int

    @property
    def name(self) -> str:
        """Of the address, which may hold a secret."""
        return f"tsa-{hashlib.sha256(self.url.encode()).hexdigest()[:12]}"

    @cached_property
    def authority(self) -> str:
        """The address without what may be a secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"[:200]

    def take(self, checkpoint: Checkpoint) -> None:
        """Have it stamped and record the answer. Raises OSError if there is none, or none that holds."""
        with self.store.reading() as session:
            known = {(one.size, one.authority) for one in session.records.time_stamps()}
        if (checkpoint.size, self.authority) in known:
            return
        stamp = self._stamped(checkpoint)
        fact = KeepTimeStamp(stamp=stamp, at_ms=self.clock.now_ms(), actor="server")
        try:
            self.recorder.record(fact)
        except ColdchainError as error:
            msg = f"the stamp was not recorded: {error}"
            raise StampError(msg) from error

    def _stamped(self, checkpoint: Checkpoint) -> TimeStamp:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - loaded where it is used

        builder = TimestampRequestBuilder().data(checkpoint.note).hash_algorithm(HashAlgorithm.SHA256)
        asked = builder.nonce(nonce=True).cert_request(cert_request=True).build()
        headers = {"Content-Type": QUERY, "Accept": REPLY}
        request = urllib.request.Request(self.url, asked.as_bytes(), headers)  # noqa: S310 - settings allow http(s)
        with _OPENER.open(request, timeout=ANSWER_S) as answer:
            data = answer.read(STAMP_BYTES_MAX + 1)
        if len(data) > STAMP_BYTES_MAX:
            msg = f"the answer has more than {STAMP_BYTES_MAX} bytes"
            raise StampError(msg)
        found = decoded(data)
        if found.tst_info.nonce != asked.nonce:
            raise StampError("the answer is to another question: its nonce differs")
        if said := stamp_fault(data, checkpoint.note, self.roots):
            raise StampError(said)
        stamped_ms = round(found.tst_info.gen_time.timestamp() * 1_000)
        response = base64.b64encode(data).decode()
        return TimeStamp(size=checkpoint.size, authority=self.authority, stamped_ms=stamped_ms, response=response)


def decoded(data: bytes) -> "TimeStampResponse":
    """Return an RFC 3161 response that grants a stamp. Raises StampError."""
    from rfc3161_client import PKIStatus, decode_timestamp_response  # noqa: PLC0415 - loaded where it is used

    try:
        found = decode_timestamp_response(data)
        status = PKIStatus(found.status)
    except ValueError as error:
        msg = f"the answer is no time stamp response ({error})"
        raise StampError(msg) from error
    if status is not PKIStatus.GRANTED:
        msg = f"the authority did not grant a stamp: {status.name.lower()} {' '.join(found.status_string)}"[:200]
        raise StampError(msg)
    return found


def stamp_fault(data: bytes, note: bytes, roots: "Sequence[Certificate]") -> str:
    """Return why a response is no stamp over a note ("": it is one); without roots the imprint alone is compared."""
    from rfc3161_client import VerificationError, VerifierBuilder  # noqa: PLC0415 - loaded where it is used

    try:
        found = decoded(data)
        if found.tst_info.message_imprint.message != hashlib.sha256(note).digest():
            return "the stamp is over something else: its imprint is not that of the checkpoint"
        if roots:
            builder = VerifierBuilder()
            for root in roots:
                builder = builder.add_root_certificate(root)
            builder.build().verify_message(found, note)
    except (StampError, VerificationError, ValueError) as error:
        return f"the stamp does not hold: {error}"
    return ""


def load_roots(path: Path | None) -> "list[Certificate]":
    """Return the certificates of a PEM file. Raises ColdchainError."""
    if path is None:
        return []
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - loaded where it is used

    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        msg = f"{path} holds no certificates in PEM form ({error}) / 不是 PEM 证书文件"
        raise ColdchainError(msg) from error
