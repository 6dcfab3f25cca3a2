"""Keys and certificates of a site: ECDSA P-256 under a CA of the site's own, X.509 v3 (RFC 5280). No disk, no clock.

P-256 and not Ed25519 for TLS: Mosquitto 2.0 with OpenSSL 3, NATS and every client library take it. The names of
certificates are our ids, which are also the users at the broker.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from coldchain.errors import InvalidValueError
from coldchain.identifiers import is_id

CA_DAYS: Final = 3_650
LEAF_DAYS: Final = 365
CRL_DAYS: Final = 400  # longer than a certificate lives: a forgotten list must not shut every gateway out
BACKDATED: Final = timedelta(hours=1)  # a device whose clock is a little slow takes its new certificate all the same
CSR_BYTES_MAX: Final = 16 * 1024


class Kind(StrEnum):
    """What a certificate is for."""

    GATEWAY = "gateway"
    BOX = "box"
    CENTRE = "centre"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key, both PEM."""

    cert: bytes
    key: bytes


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key in PEM (PKCS 8) without a password: a program has to start by itself."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def cert_pem(cert: x509.Certificate) -> bytes:
    """Return a certificate in PEM."""
    return cert.public_bytes(serialization.Encoding.PEM)


def make_ca(site: str, now_ms: int) -> Pair:
    """Return a CA for a site: it signs certificates and their revocation, and no CA below it."""
    key = new_key()
    name = _name(f"{site} CA")
    usage = _usage(digital_signature=False, cert_sign=True)
    made = _builder(name, name, key.public_key(), now_ms, CA_DAYS)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made = made.add_extension(usage, critical=True)
    return Pair(cert_pem(made.sign(key, hashes.SHA256())), key_pem(key))


def issue(
    ca: Pair, kind: Kind, name: str, public: ec.EllipticCurvePublicKey, now_ms: int, hosts: tuple[str, ...] = ()
) -> x509.Certificate:
    """Return a certificate of one year for a public key. `hosts`: names and addresses of a server.

    Raises InvalidValueError for a name that is no id, or a server without a host.
    """
    if not is_id(name):
        msg = f"name {name!r} is not allowed: use 1 to 32 of a-z, 0-9 and '-'"
        raise InvalidValueError(msg)
    if (kind is Kind.SERVER) is not bool(hosts):
        raise InvalidValueError("a server needs the names under which it is reached (--host), and nobody else has any")
    issuer, key = x509.load_pem_x509_certificate(ca.cert), private_key(ca.key)
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if kind is Kind.SERVER else ExtendedKeyUsageOID.CLIENT_AUTH
    made = _builder(_name(name, kind), issuer.subject, public, now_ms, LEAF_DAYS)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(_usage(digital_signature=True, cert_sign=False), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    if hosts:
        made = made.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return made.sign(key, hashes.SHA256())


def make_csr(name: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a request for a certificate in PEM; the key stays where it is."""
    if not is_id(name):
        msg = f"name {name!r} is not allowed: use 1 to 32 of a-z, 0-9 and '-'"
        raise InvalidValueError(msg)
    made = x509.CertificateSigningRequestBuilder().subject_name(_name(name)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def read_csr(pem: bytes, name: str) -> ec.EllipticCurvePublicKey:
    """Return the public key of a request for this name. Raises InvalidValueError: not signed, another name or key."""
    if len(pem) > CSR_BYTES_MAX:
        raise InvalidValueError("this request for a certificate is too large")
    try:
        request = x509.load_pem_x509_csr(pem)
        signed = request.is_signature_valid
        public = request.public_key()
        names = [str(part.value) for part in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    except (ValueError, TypeError, InvalidSignature) as error:
        raise InvalidValueError("this is no request for a certificate in PEM") from error
    if not signed or not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise InvalidValueError("this request is not signed by a P-256 key: make one with coldchain pki request")
    if names != [name]:
        msg = f"this request is for {', '.join(names) or 'nobody'}, not for {name}"
        raise InvalidValueError(msg)
    return public


def make_crl(ca: Pair, revoked: dict[int, int], now_ms: int, number: int) -> bytes:
    """Return the list of revoked certificates in PEM; `revoked` has serial numbers with when they were revoked."""
    issuer, key = x509.load_pem_x509_certificate(ca.cert), private_key(ca.key)
    now = _time(now_ms)
    made = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    made = made.last_update(now - BACKDATED).next_update(now + timedelta(days=CRL_DAYS))
    made = made.add_extension(x509.CRLNumber(number), critical=False)
    for serial, revoked_ms in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_time(revoked_ms))
        made = made.add_revoked_certificate(entry.build())
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Read a P-256 key. Raises InvalidValueError."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise InvalidValueError("this is no private key in PEM without a password") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise InvalidValueError("this is no P-256 key")
    return key


def ends_ms(cert: x509.Certificate) -> int:
    """Return when a certificate ends."""
    return int(cert.not_valid_after_utc.timestamp()) * 1_000


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now_ms: int, days: int
) -> x509.CertificateBuilder:
    now = _time(now_ms)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, digital_signature: bool, cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=cert_sign,
        crl_sign=cert_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str, kind: Kind | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if kind is not None:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, kind.value))
    return x509.Name(parts)


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1_000, UTC)
