"""A signed webhook: a yes needs a receipt, an attempt whose answer was lost doubles nothing."""

import pytest
from support.robot_services import NOW_MS, Robot, station

from assembly.senders.base import Letter, Outcome
from assembly.senders.webhook import Webhook, body_of, signature_of

LETTER = Letter(key="a-1:1:0", to="desk", subject="偏低 too cold", text="1.0 °C", data={"place": "fridge-1", "bags": 3})


def test_the_receipt_of_the_station_is_kept() -> None:
    with Robot(station, secret="shared") as robot:
        sent = Webhook(robot.url, "shared", lambda: NOW_MS).send(LETTER)
    assert (sent.outcome, sent.receipt) == (Outcome.ACCEPTED, "r-a-1:1:0")
    assert robot.taken[0]["data"] == {"place": "fridge-1", "bags": 3}


def test_the_same_letter_sent_again_has_the_same_bytes_and_is_one_at_the_station() -> None:
    with Robot(station, secret="shared") as robot:
        hook = Webhook(robot.url, "shared", lambda: NOW_MS)
        answers = [hook.send(LETTER) for _ in range(3)]
    assert {answer.receipt for answer in answers} == {"r-a-1:1:0"}
    assert len(robot.taken) == 1
    assert body_of(LETTER) == body_of(LETTER)


def test_a_wrong_secret_is_refused() -> None:
    with Robot(station, secret="shared") as robot:
        sent = Webhook(robot.url, "another", lambda: NOW_MS).send(LETTER)
    assert sent.outcome is Outcome.REFUSED
    assert "401" in sent.detail


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"receipt": "r1", "delivered": True}, Outcome.DELIVERED),
        ({"receipt": "r1", "delivered": "yes"}, Outcome.ACCEPTED),
        ({"receipt": ""}, Outcome.FAILED),
        ({"receipt": 7}, Outcome.FAILED),
        ({}, Outcome.FAILED),
        (b"", Outcome.FAILED),
        ({"receipt": "r1", "error": "nobody on duty"}, Outcome.REFUSED),
        ({"error": "line busy", "retry": True}, Outcome.FAILED),
    ],
)
def test_what_an_answer_of_200_means(answer: bytes | dict[str, object], outcome: Outcome) -> None:
    with Robot(lambda *_asked: (200, answer)) as robot:
        assert Webhook(robot.url, "", lambda: NOW_MS).send(LETTER).outcome is outcome


def test_the_signature_is_over_time_and_body() -> None:
    signed = signature_of("s", 1, b"{}")
    assert signed.startswith("v1=")
    assert len({signed, signature_of("s", 2, b"{}"), signature_of("s", 1, b"{ }"), signature_of("t", 1, b"{}")}) == 4
