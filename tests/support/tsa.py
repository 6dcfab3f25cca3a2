"""A time-stamping authority on this machine that really signs: RFC 3161 over HTTP, with a root of its own.

It is strict: another content type than that of a query, or a query without a nonce, gets no stamp.
"""

import datetime
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client._rust import parse_timestamp_request

SHA256 = "2.16.840.1.101.3.4.2.1"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
POLICY = "1.3.6.1.4.1.99999.1"
GRANTED, REJECTION = 0, 2


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([128 + (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8)
    return bytes([tag]) + size + body


def sequence(*parts: bytes) -> bytes:
    return der(0x30, *parts)


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    found = bytearray([first * 40 + second])
    for number in rest:
        groups = [number & 127]
        while number := number >> 7:
            groups.append(number & 127 | 128)
        found += bytes(reversed(groups))
    return der(0x06, bytes(found))


def algorithm(dotted: str, *, null: bool = True) -> bytes:
    return sequence(oid(dotted), *([der(0x05)] if null else []))


def set_of(*parts: bytes) -> bytes:
    return der(0x31, *sorted(parts))


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey, *, root: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(signer, hashes.SHA256())


@dataclass
class Authority:
    """What it does with the next queries: `status`, `imprint` instead of the true one, `nonce` to repeat or not."""

    status: int = GRANTED
    imprint: Callable[[bytes], bytes] = bytes
    echo_nonce: bool = True
    broken: bool = False
    asked: list[bytes] = field(default_factory=list)
    serial: int = 0

    def __post_init__(self) -> None:
        self.root_key, self.key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = certificate("test root", self.root_key, "test root", self.root_key, root=True)
        self.leaf = certificate("test tsa", self.key, "test root", self.root_key, root=False)

    def write_root(self, path: Path) -> Path:
        path.write_bytes(self.root.public_bytes(Encoding.PEM))
        return path

    def answer(self, query: bytes) -> bytes:
        """Return a DER response to a DER query."""
        asked = parse_timestamp_request(query)
        assert asked.nonce is not None, "a query without a nonce"
        self.asked.append(asked.message_imprint.message)
        if self.broken:
            return b"\x30\x03\x02\x01"
        if self.status != GRANTED:
            return sequence(sequence(integer(self.status), sequence(der(0x0C, b"no stamps today"))))
        self.serial += 1
        nonce = asked.nonce if self.echo_nonce else asked.nonce ^ 1
        info = self._info(self.imprint(asked.message_imprint.message), nonce)
        return sequence(sequence(integer(GRANTED)), self._token(info))

    def _info(self, imprint: bytes, nonce: int) -> bytes:
        at = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d%H%M%SZ").encode()
        message = sequence(algorithm(SHA256), der(0x04, imprint))
        return sequence(integer(1), oid(POLICY), message, integer(self.serial), der(0x18, at), integer(nonce))

    def _token(self, info: bytes) -> bytes:
        leaf = self.leaf.public_bytes(Encoding.DER)
        digest = hashlib.sha256(leaf).digest()
        attributes = (
            sequence(oid(CONTENT_TYPE), set_of(oid(TST_INFO))),
            sequence(oid(MESSAGE_DIGEST), set_of(der(0x04, hashlib.sha256(info).digest()))),
            sequence(oid(SIGNING_CERTIFICATE_V2), set_of(sequence(sequence(sequence(der(0x04, digest)))))),
        )
        signed = set_of(*attributes)
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        signer = sequence(
            integer(1),
            sequence(self.leaf.issuer.public_bytes(), integer(self.leaf.serial_number)),
            algorithm(SHA256),
            b"\xa0" + signed[1:],
            algorithm(ECDSA_SHA256, null=False),
            der(0x04, signature),
        )
        content = sequence(oid(TST_INFO), der(0xA0, der(0x04, info)))
        data = sequence(integer(3), der(0x31, algorithm(SHA256)), content, der(0xA0, leaf), der(0x31, signer))
        return sequence(oid(SIGNED_DATA), der(0xA0, data))


@contextmanager
def serving(authority: Authority) -> Iterator[str]:
    """Serve it on loopback and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Type"] != "application/timestamp-query":
                self.send_error(415)
                return
            body = authority.answer(query)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
