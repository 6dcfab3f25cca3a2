"""The folder of a site's CA: what is in it, and what the commands of `coldchain pki` do with it.

    ca.crt ca.key            the CA. The key signs everything: keep the folder on one machine, and a copy offline
    centre.crt centre.key    the certificate under which the server speaks to the broker
    centre-signing.key .pub  signs commands and limits for gateways; gateways know the public half
    crl.pem                  what is revoked; the broker reads it
    index.json               everything ever issued
    issued/NAME-SERIAL.crt   certificates; NAME.crt beside them is the newest
    issued/NAME.key          only where the key was made here and not on the device

Keys have mode 0600, and nothing is overwritten except index.json, crl.pem and the newest certificate of a name.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from assembly.pki_certs import (
    Kind,
    Pair,
    cert_pem,
    ends_ms,
    issue,
    key_pem,
    make_ca,
    make_crl,
    make_csr,
    new_key,
    private_key,
    read_csr,
)
from coldchain.errors import ColdchainError, ConflictError
from gateway.signing import make_signing_key, write_secret

CENTRE: Final = "centre"  # the server's own name at the broker; no gateway may have it
ISSUED_MAX: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One certificate that was made. `serial`: in hex. `revoked_ms` None: it stands."""

    name: str
    kind: Kind
    serial: str
    issued_ms: int
    ends_ms: int
    hosts: tuple[str, ...] = ()
    revoked_ms: int | None = None

    def stands(self, now_ms: int) -> bool:
        """Whether a broker takes it now."""
        return self.revoked_ms is None and now_ms < self.ends_ms


class Pki:
    """One site's CA in a folder. Every method raises ColdchainError with what to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def init(cls, folder: Path, site: str, now_ms: int) -> "Pki":
        """Make a CA, the centre's certificate and signing key, and an empty list of what is revoked."""
        pki = cls(folder)
        if pki.index_file.exists() or (folder / "ca.key").exists():
            msg = f"{folder} holds a CA already, and it is not overwritten: name another folder"
            raise ColdchainError(msg)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ca = make_ca(site, now_ms)
        write_secret(folder / "ca.key", ca.key)
        replace_file(folder / "ca.crt", ca.cert)
        pki.write_index([])
        public = make_signing_key(folder / "centre-signing.key")
        replace_file(folder / "centre-signing.pub", public.encode() + b"\n")
        key = new_key()
        write_secret(folder / "centre.key", key_pem(key))
        pki.certify(Kind.CENTRE, CENTRE, key.public_key(), now_ms)
        pki.write_crl(now_ms)
        return pki

    @property
    def index_file(self) -> Path:
        """The list of all that was issued."""
        return self.folder / "index.json"

    @property
    def signing_public(self) -> str:
        """The public half of the centre's signing key, 64 hex digits."""
        return self._read("centre-signing.pub").decode().strip()

    @property
    def ca_cert(self) -> bytes:
        """The CA's certificate in PEM."""
        return self._read("ca.crt")

    def index(self) -> list[Issued]:
        """Return all that was issued, in order."""
        try:
            rows = json.loads(self._read("index.json"))
            return [Issued(**{**row, "kind": Kind(row["kind"]), "hosts": tuple(row["hosts"])}) for row in rows]
        except (ValueError, TypeError, KeyError) as error:
            msg = f"{self.index_file} is damaged: restore it from a copy of the folder"
            raise ColdchainError(msg) from error

    def write_index(self, issued: Sequence[Issued]) -> None:
        """Replace the list."""
        replace_file(self.index_file, json.dumps([asdict(one) for one in issued], indent=1).encode() + b"\n")

    def make(self, kind: Kind, name: str, now_ms: int, hosts: tuple[str, ...] = ()) -> Path:
        """Make key and certificate here; return the certificate's path. Refuses a name that has one."""
        self.require_new(name)
        key = new_key()
        issued = self.check(kind, name, key.public_key(), now_ms, hosts)
        write_secret(self.folder / "issued" / f"{name}.key", key_pem(key))
        return self.keep(issued, kind, name, now_ms, hosts)

    def sign(self, kind: Kind, name: str, csr: bytes, now_ms: int) -> Path:
        """Make a certificate for a key that stays on its device. A name that has one gets a new one (renewal)."""
        known = [one for one in self.index() if one.name == name]
        if known and known[-1].kind is not kind:
            msg = f"{name} is a {known[-1].kind.value} here: a {kind.value} needs another name"
            raise ColdchainError(msg)
        return self.certify(kind, name, read_csr(csr, name), now_ms)

    def made_of(self, name: str, csr: bytes) -> Path | None:
        """Return the newest certificate of a name if it is for the key of this request, else None.

        Raises ConflictError if it was revoked: who asks again does not get round that.
        """
        known = [one for one in self.index() if one.name == name]
        path = self.folder / self._newest(name)
        if not known or not path.exists():
            return None
        cert = x509.load_pem_x509_certificate(self._read(self._newest(name)))
        if cert.public_key() != read_csr(csr, name) or f"{cert.serial_number:x}" != known[-1].serial:
            return None
        if known[-1].revoked_ms is not None:
            msg = f"the certificate of {name} was revoked: have a new token made"
            raise ConflictError(msg)
        return path

    def renew(self, name: str, now_ms: int) -> Path:
        """Make a new certificate for the key of the newest one of this name that stands or has just ended."""
        known = [one for one in self.index() if one.name == name and one.revoked_ms is None]
        if not known:
            msg = f"nothing that stands was issued to {name}: coldchain pki list shows the names"
            raise ColdchainError(msg)
        public = x509.load_pem_x509_certificate(self._read(self._newest(name))).public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            msg = f"{self._newest(name)} has another kind of key"
            raise ColdchainError(msg)
        return self.certify(known[-1].kind, name, public, now_ms, known[-1].hosts)

    def revoke(self, name: str, now_ms: int) -> int:
        """Revoke all certificates of a name and write the list anew; return how many there were."""
        with self._alone():
            issued = self.index()
            mine = [one for one in issued if one.name == name and one.revoked_ms is None]
            if not mine:
                msg = f"nothing that stands was issued to {name}: coldchain pki list shows the names"
                raise ColdchainError(msg)
            self.write_index([replace(one, revoked_ms=now_ms) if one in mine else one for one in issued])
            self.write_crl(now_ms)
        return len(mine)

    def write_crl(self, now_ms: int) -> Path:
        """Write the list of what is revoked, valid for more than a year; return its path."""
        revoked = {int(one.serial, 16): one.revoked_ms for one in self.index() if one.revoked_ms is not None}
        replace_file(self.folder / "crl.pem", make_crl(self._ca(), revoked, now_ms, now_ms))
        return self.folder / "crl.pem"

    def certify(
        self, kind: Kind, name: str, public: ec.EllipticCurvePublicKey, now_ms: int, hosts: tuple[str, ...] = ()
    ) -> Path:
        """Make a certificate for a public key and keep it; return its path."""
        return self.keep(self.check(kind, name, public, now_ms, hosts), kind, name, now_ms, hosts)

    def check(
        self, kind: Kind, name: str, public: ec.EllipticCurvePublicKey, now_ms: int, hosts: tuple[str, ...]
    ) -> x509.Certificate:
        """Return a certificate that is not kept yet."""
        if (name == CENTRE) is not (kind is Kind.CENTRE):
            msg = f"{CENTRE} is the name of the server itself: choose another"
            raise ColdchainError(msg)
        if len(self.index()) >= ISSUED_MAX:
            msg = f"this CA has made {ISSUED_MAX} certificates: begin a new one"
            raise ColdchainError(msg)
        return issue(self._ca(), kind, name, public, now_ms, hosts)

    def keep(self, cert: x509.Certificate, kind: Kind, name: str, now_ms: int, hosts: tuple[str, ...] = ()) -> Path:
        """Write a certificate into the list, then its files; return the path of the newest of this name."""
        serial = f"{cert.serial_number:x}"
        made = Issued(name=name, kind=kind, serial=serial, issued_ms=now_ms, ends_ms=ends_ms(cert), hosts=hosts)
        with self._alone():
            self.write_index([*self.index(), made])  # first: what is not listed could never be revoked
        (self.folder / "issued").mkdir(exist_ok=True)
        replace_file(self.folder / "issued" / f"{name}-{serial}.crt", cert_pem(cert))
        newest = self.folder / self._newest(name)
        replace_file(newest, cert_pem(cert))
        return newest

    def require_new(self, name: str) -> None:
        """Raise ColdchainError if something was issued to this name."""
        if any(one.name == name for one in self.index()):
            msg = f"{name} has a certificate already: coldchain pki renew {name}, or revoke it and choose another name"
            raise ColdchainError(msg)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other programs from the list: the server may take a claim while a person revokes, and lose that word."""
        try:
            line = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            msg = f"{self.folder / '.lock'} cannot be written ({error.strerror}): check the folder and its owner"
            raise ColdchainError(msg) from error
        try:
            fcntl.flock(line, fcntl.LOCK_EX)
            yield
        finally:
            os.close(line)

    def _newest(self, name: str) -> str:
        return "centre.crt" if name == CENTRE else f"issued/{name}.crt"

    def _ca(self) -> Pair:
        pair = Pair(self._read("ca.crt"), self._read("ca.key"))
        private_key(pair.key)
        return pair

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            msg = (
                f"{self.folder / name} cannot be read ({error.strerror}): name the folder of the CA, "
                "or make one with coldchain pki init"
            )
            raise ColdchainError(msg) from error


def make_request(folder: Path, name: str) -> tuple[Path, str]:
    """Make on a device its key, its request for a certificate and its signing key.

    Returns the request's path and the public signing key. Keys that exist already are not overwritten (ColdchainError).
    """
    key = new_key()
    csr = make_csr(name, key)
    write_secret(folder / f"{name}.key", key_pem(key))
    public = make_signing_key(folder / f"{name}-signing.key")
    path = folder / f"{name}.csr"
    replace_file(path, csr)
    return path, public


def replace_file(path: Path, content: bytes) -> None:
    """Write a public file so that a reader sees the old or the new one, never a half. Raises ColdchainError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        msg = f"{path} cannot be written ({error.strerror}): check the folder and its owner"
        raise ColdchainError(msg) from error
