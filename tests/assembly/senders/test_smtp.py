"""E-mail: what the relay answers is what is said; an attempt whose answer was lost is one mail by its Message-ID."""

import email
from email.policy import default

import pytest
from support.robot_services import NOW_MS
from support.smtp_relay import Relay

from assembly.senders.base import Letter, Outcome
from assembly.senders.smtp import PLAIN, STARTTLS, Smtp, message_of

LETTER = Letter(key="a-1:1:0", to="wang@example.org", subject="偏高 too warm", text="6.4 °C，冰箱 1", critical=True)


def smtp(relay: Relay, security: str = PLAIN, user: str = "", password: str = "") -> Smtp:
    return Smtp("127.0.0.1", relay.port, security, "coldchain@example.org", user, password, lambda: NOW_MS)


def test_a_mail_arrives_whole_in_both_languages() -> None:
    with Relay() as relay:
        sent = smtp(relay).send(LETTER)
    assert sent.outcome is Outcome.ACCEPTED
    mail = email.message_from_bytes(relay.mails[0][2], policy=default)
    assert mail["Subject"] == "偏高 too warm"
    body = mail.get_body()
    assert body is not None
    assert body.get_content().strip() == "6.4 °C，冰箱 1"


def test_two_attempts_have_one_message_id() -> None:
    with Relay(drop_after_data=True) as relay:
        first = smtp(relay).send(LETTER)
        relay.drop_after_data = False
        second = smtp(relay).send(LETTER)
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.ACCEPTED)
    assert len({email.message_from_bytes(mail)["Message-ID"] for _, _, mail in relay.mails}) == 1


@pytest.mark.parametrize(
    ("code", "outcome"), [("550 5.1.1 nobody here", Outcome.REFUSED), ("451 4.7.1 greylisted", Outcome.FAILED)]
)
def test_a_refused_recipient_is_told_apart_from_a_busy_one(code: str, outcome: Outcome) -> None:
    with Relay(refuse={LETTER.to: code}) as relay:
        sent = smtp(relay).send(LETTER)
    assert (sent.outcome, relay.mails) == (outcome, [])
    assert code[4:] in sent.detail


def test_a_wrong_password_is_refused_and_a_right_one_taken() -> None:
    with Relay(login=("cold", "chain")) as relay:
        wrong = smtp(relay, user="cold", password="other").send(LETTER)
        right = smtp(relay, user="cold", password="chain").send(LETTER)
    assert (wrong.outcome, right.outcome) == (Outcome.REFUSED, Outcome.ACCEPTED)


def test_a_relay_without_tls_gets_nothing_where_tls_is_asked_for() -> None:
    with Relay() as relay:
        sent = smtp(relay, STARTTLS).send(LETTER)
    assert (sent.outcome, relay.mails) == (Outcome.FAILED, [])


def test_nobody_there_is_tried_again() -> None:
    with Relay() as relay:
        gone = smtp(relay)
    assert gone.send(LETTER).outcome is Outcome.FAILED


def test_a_subject_cannot_become_a_header() -> None:
    letter = Letter(key="k", to="a@b", subject="x\r\nBcc: all@example.org", text="t")
    message = message_of(letter, "c@d", NOW_MS)
    assert message["Bcc"] is None
    assert message["Subject"] == "x Bcc: all@example.org"
