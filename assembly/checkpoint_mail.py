"""Checkpoints by e-mail: the newest one now and then, to a mailbox that the record's keeper does not control."""

import hashlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from coldchain.errors import ColdchainError
from coldchain.proof import Checkpoint

ANSWER_S: Final = 20
LOOPBACK: Final = ("127.0.0.1", "localhost")
PASSWORD_BYTES_MAX: Final = 1_000
WORDS: Final = (
    "Keep this: whoever has it can tell that the ledger was made anew (coldchain verify --against).\n"
    "请保存：凭此可发现账本被重做（coldchain verify --against）。\n\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSink:
    """Sends the note as text and as a file. The same checkpoint always has the same Message-ID: a double is seen."""

    site: str
    to: str
    sender: str
    host: str
    port: int
    security: str  # starttls, tls or none
    ca_file: Path | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    every_ms: int = 0

    @property
    def name(self) -> str:
        """Of the mailbox."""
        return f"mail-{hashlib.sha256(self.to.encode()).hexdigest()[:12]}"

    def take(self, checkpoint: Checkpoint) -> None:
        """Send it. Raises OSError if the server does not take it for every addressee."""
        with self._connected() as line:
            if self.security == "starttls":
                line.starttls(context=self._context())
            if self.user is not None:
                line.login(self.user, self.password or "")
            refused = line.send_message(self._message(checkpoint))
        if refused:
            msg = f"the mail server refused {', '.join(refused)}"
            raise OSError(msg)

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=ANSWER_S, context=self._context())
        return smtplib.SMTP(self.host, self.port, timeout=ANSWER_S)

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)

    def _message(self, checkpoint: Checkpoint) -> EmailMessage:
        made = EmailMessage()
        made["Subject"] = f"coldchain {self.site}: checkpoint {checkpoint.size}"
        made["From"], made["To"] = self.sender, self.to
        made["Message-ID"] = f"<checkpoint-{checkpoint.size}-{checkpoint.root.hex()[:32]}@{self.site}.coldchain>"
        made.set_content(
            "Keep this: whoever has it can tell that the ledger was made anew (coldchain verify --against).\n"
            "请保存：凭此可发现账本被重做（coldchain verify --against）。\n\n"
            + checkpoint.note.decode(errors="replace")
        )
        made.add_attachment(checkpoint.note, "text", "plain", filename=f"{checkpoint.size}.note")
        return made


def password_in(path: Path | None) -> str | None:
    """Return the password that stands alone in a file. Raises ColdchainError."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return file.read(PASSWORD_BYTES_MAX).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} holds no password that can be read ({error}) / 无法读取密码文件"
        raise ColdchainError(msg) from error
