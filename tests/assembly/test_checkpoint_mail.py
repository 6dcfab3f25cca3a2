"""Checkpoints by e-mail, over a real SMTP server on this machine: encrypted, once each, and tried again."""

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from support.brokers import free_port
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

from assembly.checkpoint_mail import MailSink, password_in
from assembly.checkpoint_settings import CheckpointsTable
from assembly.checkpoint_sinks import Handing, asked_sinks
from coldchain.errors import ColdchainError
from coldchain.ports import Recorded
from coldchain.proof import Checkpoint
from coldchain.units import PersonFact

DAY_MS = 86_400_000
PASSWORD = "a secret"


@dataclass
class Mailbox:
    """What arrived, and whether the next mails are refused."""

    mails: list[Message] = field(default_factory=list)
    refusing: bool = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its name there
        if self.refusing:
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content))
        return "250 taken"


class Centre:
    """Cursors and Recorder over a store."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    def move(self, name: str, value: int) -> None:
        with self.store.writing() as session:
            session.books.set_cursor(name, value)

    def record(self, fact: PersonFact) -> Recorded:
        raise AssertionError(fact)


def checkpoint(size: int) -> Checkpoint:
    return Checkpoint(size=size, root=b"r" * 32, at_ms=size, key="aa", note=f"note {size}\n".encode())


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a certificate of this machine and its key."""
    folder, key = tmp_path_factory.mktemp("smtp"), ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")]), datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(private)
    return folder


def authenticated(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"centre", PASSWORD.encode())
    return AuthResult(success=good)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox, certified: Path) -> Iterator[int]:
    """Serve SMTP on loopback that takes mail only over TLS and only of those that have logged in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified / "cert.pem", certified / "key.pem")
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticated,
    )
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    with made.writing() as session:
        for size in (1, 1_000):
            session.proofs.add([], checkpoint(size))
    return made


def settings(certified: Path, port: int, **changed: Any) -> CheckpointsTable:
    password = certified / "password"
    password.write_text(f"{PASSWORD}\n")
    fields: dict[str, Any] = {
        "mail_to": "auditor@example.org",
        "mail_from": "centre@example.org",
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_ca_file": certified / "cert.pem",
        "smtp_user": "centre",
        "smtp_password_file": password,
    }
    return CheckpointsTable(**{**fields, **changed})


def handing(store: MemoryStore, table: CheckpointsTable, clock: HandClock) -> Handing:
    centre = Centre(store)
    (sink,) = asked_sinks(table, "site-1", store, centre, clock)
    return Handing(sink, store, centre, centre, clock)


def test_the_newest_checkpoint_arrives_encrypted_with_its_note_once_a_day(
    store: MemoryStore, mailbox: Mailbox, certified: Path, port: int
) -> None:
    clock = HandClock()
    one = handing(store, settings(certified, port), clock)
    one.turn()
    (mail,) = mailbox.mails
    assert mail["Subject"] == "coldchain site-1: checkpoint 1000"
    assert mail["Message-ID"].strip() == f"<checkpoint-1000-{'72' * 16}@site-1.coldchain>"
    parts = [part for part in mail.walk() if part.get_filename() == "1000.note"]
    assert parts[0].get_payload(decode=True) == b"note 1000\n"
    with store.writing() as session:
        session.proofs.add([], checkpoint(2_000))
    one.turn()
    assert len(mailbox.mails) == 1
    clock.wait(DAY_MS)
    one.turn()
    handing(store, settings(certified, port), clock).turn()
    assert [mail["Subject"][-4:] for mail in mailbox.mails] == ["1000", "2000"], "the cursor outlives the process"


def test_a_mail_that_is_refused_is_sent_again(store: MemoryStore, mailbox: Mailbox, certified: Path, port: int) -> None:
    clock, mailbox.refusing = HandClock(), True
    one = handing(store, settings(certified, port), clock)
    one.turn()
    assert (one.failed, mailbox.mails) == (1, [])
    mailbox.refusing = False
    clock.wait(DAY_MS)
    one.turn()
    assert (one.failed, len(mailbox.mails)) == (0, 1)


@pytest.mark.parametrize("wrong", [{"smtp_ca_file": None}, {"smtp_user": "nobody"}, {"smtp_security": "none"}])
def test_nothing_is_sent_to_a_server_that_is_not_known_or_without_what_it_asks_for(
    store: MemoryStore, mailbox: Mailbox, certified: Path, port: int, wrong: dict[str, Any]
) -> None:
    one = handing(store, settings(certified, port, **wrong), HandClock())
    one.turn()
    assert (one.failed, mailbox.mails) == (1, [])


def test_a_password_file_that_cannot_be_read_is_refused_and_no_password_is_shown(tmp_path: Path) -> None:
    with pytest.raises(ColdchainError, match="password"):
        password_in(tmp_path / "none")
    sink = MailSink(site="s", to="a@b", sender="c@d", host="h", port=1, security="tls", user="u", password=PASSWORD)
    assert PASSWORD not in repr(sink)
