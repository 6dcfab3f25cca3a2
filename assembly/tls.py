"""Mutual TLS from the files that the settings name: the context, what is wrong with the files, and when they expire."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coldchain.errors import ColdchainError

WARN_BEFORE_MS: Final = 30 * 86_400_000
_MS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Whom to trust, who we are, and the key that shows it (PEM). Without cert and key only the broker is checked."""

    ca: Path
    cert: Path | None = None
    key: Path | None = None


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """Return a context that checks the peer's name and certificate. Raises ColdchainError that names the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for path in (files.ca, files.cert, files.key):
        _require_readable(path)
    try:
        context.load_verify_locations(files.ca)
    except ssl.SSLError as error:
        msg = f"mqtt.ca {files.ca} holds no certificate of a CA in PEM: name the site's ca.crt / 不是 CA 证书"
        raise ColdchainError(msg) from error
    if files.cert is not None:
        try:
            context.load_cert_chain(files.cert, files.key, password=_no_password)
        except (ssl.SSLError, ColdchainError) as error:
            msg = (
                f"mqtt.cert {files.cert} and mqtt.key {files.key} are no pair of certificate and key in PEM without a "
                "password / 证书与私钥不匹配，或私钥有密码"
            )
            raise ColdchainError(msg) from error
    return context


def expires_ms(cert: Path) -> int:
    """Return when a certificate ends, UTC milliseconds since 1970. Raises ColdchainError if it is none."""
    from cryptography import x509

    _require_readable(cert)
    try:
        found = x509.load_pem_x509_certificate(cert.read_bytes())
    except ValueError as error:
        msg = f"{cert} holds no certificate in PEM / 不是 PEM 格式的证书"
        raise ColdchainError(msg) from error
    return int(found.not_valid_after_utc.timestamp()) * _MS


def _require_readable(path: Path | None) -> None:
    if path is None:
        return
    try:
        with path.open("rb"):
            return
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror}): check the path and its owner / 文件无法读取"
        raise ColdchainError(msg) from error


def _no_password() -> str:
    raise ColdchainError("a key with a password cannot be used by a program that starts by itself")
