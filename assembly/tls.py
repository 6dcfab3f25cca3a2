"""Mutual TLS from the files that the settings name: the context, what is wrong with the files, and when they expire."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from assembly.problems import Problem
from coldchain.errors import ColdchainError
from coldchain.places import Text

WARN_BEFORE_MS: Final = 30 * 86_400_000
_MS: Final = 1_000
_DAY_MS: Final = 86_400_000
RENEW: Final = "coldchain pki renew makes a new certificate; copy it to this machine and start this program again"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Whom to trust, who we are, and the key that shows it (PEM). Without cert and key only the broker is checked."""

    ca: Path
    cert: Path | None = None
    key: Path | None = None


class MqttTable(Protocol):
    """What both settings files say of the broker and of who we are there."""

    url: str
    ca: Path | None
    cert: Path | None
    key: Path | None


def tls_problems(mqtt: MqttTable) -> list[Problem]:
    """Return what does not fit together: nothing may go out in the clear, or unnamed, by a slip."""
    secure = mqtt.url.startswith("mqtts://")
    if secure and mqtt.ca is None:
        what = Text(en="needs ca: the CA that the broker's certificate comes from", zh="须填写 ca（服务器证书的 CA）")
    elif not secure and (mqtt.ca or mqtt.cert or mqtt.key):
        what = Text(en="has certificates, so url must begin with mqtts://", zh="填写了证书，url 须以 mqtts:// 开头")
    elif (mqtt.cert is None) is not (mqtt.key is None):
        what = Text(en="cert and key belong together: write both, or neither", zh="cert 与 key 须同时填写，或都省略")
    else:
        return []
    return [Problem(key="mqtt", what=what)]


def files_of(mqtt: MqttTable) -> TlsFiles | None:
    """Return the files of an mqtts:// address, None for mqtt://."""
    return None if mqtt.ca is None else TlsFiles(ca=mqtt.ca, cert=mqtt.cert, key=mqtt.key)


def context_of(mqtt: MqttTable) -> ssl.SSLContext | None:
    """Return the TLS context of an mqtts:// address, None for mqtt://. Raises ColdchainError."""
    files = files_of(mqtt)
    return None if files is None else tls_context(files)


class ExpiryWatch:
    """Says once a day that a certificate ends within 30 days, or has ended. `seconds_left` is for the metrics."""

    def __init__(self, cert: Path | None) -> None:
        self._cert = cert
        self._ends_ms = None if cert is None else expires_ms(cert)
        self._told_ms: int | None = None

    def seconds_left(self, now_ms: int) -> int | None:
        """Return how long it is still valid (negative: it has ended), None where there is none."""
        return None if self._ends_ms is None else (self._ends_ms - now_ms) // _MS

    def due(self, now_ms: int, boottime_ms: int) -> int | None:
        """Return the days that are left if that is to be said now."""
        left_ms = None if self._ends_ms is None else self._ends_ms - now_ms
        if left_ms is None or left_ms > WARN_BEFORE_MS:
            return None
        if self._told_ms is not None and boottime_ms - self._told_ms < _DAY_MS:
            return None
        self._told_ms = boottime_ms
        return left_ms // _DAY_MS


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """Return a context that checks the peer's name and certificate. Raises ColdchainError that names the file."""
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
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


class _Context(ssl.SSLContext):
    """A context that shakes hands while it wraps a socket: paho would leave the socket of a failed handshake open."""

    def wrap_socket(self, *args: Any, **named: Any) -> ssl.SSLSocket:  # noqa: ANN401 - as its parent
        """Return a socket on which the handshake is done; a failed one is closed."""
        return super().wrap_socket(*args, **{**named, "do_handshake_on_connect": True})


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
