"""E-mail by the standard library. A relay that took it has accepted it; whether anybody reads it, it cannot say.

The Message-ID is made of the letter's key, so that a mailbox shows an attempt whose answer was lost only once.
"""

import hashlib
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from assembly.senders.base import ANSWER_S, Letter, Outcome, Sent, failed, refused

STARTTLS, TLS, PLAIN = "starttls", "tls", "plain"
PERMANENT: Final = 500


def message_of(letter: Letter, sender: str, now_ms: int) -> EmailMessage:
    """Return the e-mail. Line breaks in a subject cannot become headers."""
    message = EmailMessage()
    message["From"], message["To"] = sender, letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(datetime.fromtimestamp(now_ms / 1_000, UTC))
    digest = hashlib.sha256(f"{letter.key}\n{letter.to}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2] or 'coldchain'}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.critical:
        message["X-Priority"] = "1"
    message.set_content(letter.text)
    return message


@dataclass(frozen=True, slots=True)
class Smtp:
    """One relay. `security`: starttls, tls, or plain for a relay on this machine; `ca` None: the system's."""

    host: str
    port: int
    security: str
    sender: str
    user: str
    password: str
    now_ms: Callable[[], int]
    ca: str | None = None
    per_minute_max: int = 60

    def send(self, letter: Letter) -> Sent:
        """Send once."""
        try:
            with self._relay() as relay:
                if self.user:
                    relay.login(self.user, self.password)
                relay.send_message(message_of(letter, self.sender, self.now_ms()))
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            return _by_code(code, said)
        except smtplib.SMTPResponseException as error:
            return _by_code(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return failed(f"{type(error).__name__}: {error}")
        return Sent(outcome=Outcome.ACCEPTED)

    def _relay(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=self.ca)
        if self.security == TLS:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=ANSWER_S, context=context)
        relay = smtplib.SMTP(self.host, self.port, timeout=ANSWER_S)
        if self.security == STARTTLS:
            try:
                relay.starttls(context=context)
            except BaseException:
                relay.close()
                raise
        return relay


def _by_code(code: int, said: bytes | str) -> Sent:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return refused(f"{code} {text}") if code >= PERMANENT else failed(f"{code} {text}")
