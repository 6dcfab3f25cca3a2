"""Group robots answer HTTP 200 to everything: what counts is their own code, checked against strict stand-ins."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.robot_services import NOW_MS, Robot, dingtalk, feishu, wecom

from assembly.senders import http
from assembly.senders.base import Letter, Outcome, Sender, cut_bytes
from assembly.senders.dingtalk import DingTalk, signed_url
from assembly.senders.feishu import Feishu, sign_of
from assembly.senders.wecom import TEXT_BYTES_MAX, WeCom, body_of

LETTER = Letter(key="a-1:1:0", to="13800138000", subject="偏高 too warm: fridge-1", text="6.4 °C", critical=True)

Rule = Callable[[Robot, str, dict[str, str], bytes], tuple[int, object]]
ROBOTS: dict[str, tuple[Rule, Callable[[Robot], Sender]]] = {
    "dingtalk": (dingtalk, lambda robot: DingTalk(robot.url, robot.secret, robot.keyword, lambda: NOW_MS)),
    "wecom": (wecom, lambda robot: WeCom(robot.url)),
    "feishu": (feishu, lambda robot: Feishu(robot.url, robot.secret, robot.keyword, lambda: NOW_MS)),
}


@pytest.mark.parametrize("service", ROBOTS)
def test_a_robot_that_took_it_has_accepted_it(service: str) -> None:
    rule, make = ROBOTS[service]
    with Robot(rule, secret="SEC-of-the-robot", keyword="冷链") as robot:
        sent = make(robot).send(LETTER)
    assert sent.outcome is Outcome.ACCEPTED
    assert "fridge-1" in str(robot.taken)
    assert "13800138000" in str(robot.taken)


@pytest.mark.parametrize("service", ["dingtalk", "feishu"])
def test_a_wrong_secret_is_no_yes_though_http_says_200(service: str) -> None:
    rule, _make = ROBOTS[service]
    with Robot(rule, secret="the right one") as robot:
        sender: Sender = (
            DingTalk(robot.url, "a wrong one", "", lambda: NOW_MS)
            if service == "dingtalk"
            else Feishu(robot.url, "a wrong one", "", lambda: NOW_MS)
        )
        sent = sender.send(LETTER)
    assert sent.outcome is Outcome.FAILED
    assert "sign" in sent.detail
    assert robot.taken == []


@pytest.mark.parametrize("service", ["dingtalk", "feishu"])
def test_a_clock_two_hours_off_may_be_right_in_a_minute_and_is_tried_again(service: str) -> None:
    rule, make = ROBOTS[service]
    with Robot(rule, secret="s", now_ms=NOW_MS + 7_200_000) as robot:
        sent = make(robot).send(LETTER)
    assert (sent.outcome, robot.taken) == (Outcome.FAILED, [])


@pytest.mark.parametrize("service", ROBOTS)
def test_too_many_in_a_minute_is_tried_again_after_a_minute(service: str) -> None:
    rule, make = ROBOTS[service]
    with Robot(rule, most_a_minute=1) as robot:
        first, second = make(robot).send(LETTER), make(robot).send(LETTER)
    assert first.taken
    assert (second.outcome, second.wait_ms) == (Outcome.FAILED, 60_000)


@pytest.mark.parametrize("service", ["dingtalk", "feishu"])
def test_the_robots_keyword_is_put_into_a_text_without_it(service: str) -> None:
    rule, make = ROBOTS[service]
    with Robot(rule, keyword="库房") as robot:
        assert make(robot).send(LETTER).taken
    assert "库房" in str(robot.taken)


@pytest.mark.parametrize("service", ROBOTS)
@pytest.mark.parametrize(
    ("status", "answer", "outcome"),
    [
        (200, b"<html>log in</html>", Outcome.FAILED),
        (200, b"[]", Outcome.FAILED),
        (200, {"errmsg": "no code at all"}, Outcome.FAILED),
        (200, {"errcode": "0", "code": "0", "StatusCode": None}, Outcome.FAILED),
        (200, {"errcode": False, "code": False}, Outcome.FAILED),
        (200, {"errcode": 999999, "code": 999999}, Outcome.FAILED),
        (200, {"errcode": -1, "code": 9499}, Outcome.FAILED),
        (302, b"", Outcome.REFUSED),
        (404, b"gone", Outcome.REFUSED),
        (429, b"slow down", Outcome.FAILED),
        (503, b"busy", Outcome.FAILED),
    ],
)
def test_whatever_is_no_clear_yes_is_none(
    service: str, status: int, answer: bytes | dict[str, object], outcome: Outcome
) -> None:
    _rule, make = ROBOTS[service]
    with Robot(lambda *_asked: (status, answer)) as robot:
        sent = make(robot).send(LETTER)
    assert sent.outcome is outcome
    assert "of-the-robot" not in sent.detail


@pytest.mark.parametrize(("service", "code"), [("dingtalk", 300001), ("wecom", 93000), ("feishu", 19001)])
def test_a_robot_that_nobody_knows_is_refused_for_good(service: str, code: int) -> None:
    _rule, make = ROBOTS[service]
    with Robot(lambda *_asked: (200, {"errcode": code, "code": code, "errmsg": "no such robot"})) as robot:
        assert make(robot).send(LETTER).outcome is Outcome.REFUSED


def test_an_answer_that_drips_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "WHOLE_ANSWER_S", -1.0)
    with Robot(wecom) as robot:
        sent = WeCom(robot.url).send(LETTER)
    assert (sent.outcome, "did not end" in sent.detail) == (Outcome.FAILED, True)


@pytest.mark.parametrize("service", ROBOTS)
def test_nobody_there_is_tried_again_and_gives_no_token_away(service: str) -> None:
    rule, make = ROBOTS[service]
    with Robot(rule) as robot:
        sender = make(robot)
    sent = sender.send(LETTER)
    assert sent.outcome is Outcome.FAILED
    assert "of-the-robot" not in sent.detail


def test_retry_after_is_kept() -> None:
    with Robot(lambda *_asked: (503, b""), retry_after="30") as robot:
        assert WeCom(robot.url).send(LETTER).wait_ms == 30_000


def test_without_a_secret_the_address_is_as_it_was() -> None:
    assert signed_url("https://x/robot/send?access_token=t", "", NOW_MS) == "https://x/robot/send?access_token=t"


def test_feishu_signs_nothing_with_the_time_and_the_secret_as_key() -> None:
    # Worked out by hand: base64(hmac-sha256(key="1599360473\nsecret", message="")).
    assert sign_of("secret", 1_599_360_473) != sign_of("secret", 1_599_360_474)
    assert len(sign_of("secret", 1_599_360_473)) == 44


@given(st.text(max_size=4_000))
def test_a_text_for_wecom_is_never_longer_than_it_takes_nor_torn(text: str) -> None:
    text = text.encode(errors="ignore").decode()  # no lone surrogates: no text of ours has any
    cut = cut_bytes(text, TEXT_BYTES_MAX)
    assert len(cut.encode()) <= TEXT_BYTES_MAX
    assert cut == text or text.startswith(cut[:-1])


def test_a_critical_letter_to_a_group_calls_everybody() -> None:
    assert b"@all" in body_of(Letter(key="k", to="", subject="s", text="t", critical=True))
    assert b"@all" not in body_of(Letter(key="k", to="", subject="s", text="t"))
