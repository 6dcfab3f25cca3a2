"""A GSM modem: whole messages to the phone, reports read, calls that somebody answered; over a real pseudo-terminal."""

import time

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st
from support.fake_modem import FakeModem, taken_apart

from assembly.senders import modem as of_modem
from assembly.senders.base import Letter, Outcome
from assembly.senders.modem import Line, Modem
from assembly.senders.pdu import PARTS_MAX, address, parts_of, read_report, submit_pdus
from coldchain.errors import InvalidValueError

TEXT = "冰箱 fridge-1 偏高 6.4 °C，自 02:10 起，内有 14 袋。请立即到现场查看，必要时移至 fridge-2。" * 3
LETTER = Letter(key="a-1:3:0", to="+8613800138000", subject="急 urgent", text=TEXT, critical=True)


def modem(fake: FakeModem, *, call: bool = False) -> Modem:
    def open_line() -> Line:
        line: Line = serial.Serial(fake.path, 115_200, timeout=0.02)
        return line

    return Modem(open_line, lambda: time.monotonic_ns() // 1_000_000, call=call)


def test_a_long_chinese_text_arrives_whole_and_the_phone_has_it() -> None:
    with FakeModem() as fake:
        sent = modem(fake).send(LETTER)
    assert sent.outcome is Outcome.DELIVERED
    assert fake.texts == {"+8613800138000": f"急 urgent\n{TEXT}"}
    assert fake.parts == len(parts_of(f"急 urgent\n{TEXT}")) > 1


def test_without_a_report_it_is_accepted_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_modem, "REPORT_MS", 100)
    with FakeModem(status=None) as fake:
        sent = modem(fake).send(LETTER)
    assert sent.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("status", "outcome"), [(0x46, Outcome.FAILED), (0x30, Outcome.ACCEPTED)])
def test_a_report_of_failure_is_one_and_still_trying_is_no_delivery(
    monkeypatch: pytest.MonkeyPatch, status: int, outcome: Outcome
) -> None:
    monkeypatch.setattr(of_modem, "REPORT_MS", 100)
    with FakeModem(status=status) as fake:
        assert modem(fake).send(LETTER).outcome is outcome


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"sim": "SIM PIN"}, "SIM PIN"),
        ({"network": "0,2"}, "network"),
        ({"refuse": "+CMS ERROR: 38"}, "+CMS ERROR: 38"),
    ],
)
def test_what_is_wrong_is_said_and_tried_again(fault: dict[str, str], words: str) -> None:
    with FakeModem(**fault) as fake:  # type: ignore[arg-type]
        sent = modem(fake).send(LETTER)
    assert sent.outcome is Outcome.FAILED
    assert words in sent.detail
    assert fake.texts == {}


def test_a_dead_modem_and_a_port_that_is_gone_are_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_modem, "COMMAND_MS", 100)
    with FakeModem(mute=True) as fake:
        sender = modem(fake)
        assert "no answer" in sender.send(LETTER).detail
    assert sender.send(LETTER).outcome is Outcome.FAILED


def test_no_number_is_refused_for_good() -> None:
    with FakeModem() as fake:
        assert modem(fake).send(Letter(key="k", to="wang", subject="s", text="t")).outcome is Outcome.REFUSED


def test_an_answered_call_is_delivered_and_hung_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_modem, "LISTEN_MS", 50)
    with FakeModem() as fake:
        sent = modem(fake, call=True).send(LETTER)
    assert (sent.outcome, fake.dialled, fake.hung_up) == (Outcome.DELIVERED, ["+8613800138000"], 1)


@pytest.mark.parametrize("end", ["BUSY", "NO CARRIER", "3"])
def test_a_call_that_nobody_answers_is_no_delivery(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(of_modem, "RING_MS", 300)
    monkeypatch.setattr(of_modem, "LOOK_MS", 50)
    with FakeModem(call=("2", "3", end)) as fake:
        sent = modem(fake, call=True).send(LETTER)
    assert (sent.outcome, fake.hung_up) == (Outcome.FAILED, 1)


def test_an_address_swaps_its_digits() -> None:
    assert address("+8613800138000").hex() == "0d91683108108300f0"
    assert address("10086").hex() == "05810180f6"
    with pytest.raises(InvalidValueError, match="telephone number"):
        address("+86 138")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400))
def test_every_text_comes_out_of_its_parts_again(text: str) -> None:
    parts = parts_of(text)
    joined = "".join(taken_apart(pdu[1:])[1] for pdu, _ in submit_pdus("10086", text, 7))
    assert joined == text or (len(parts) == PARTS_MAX and joined.endswith("…") and text.startswith(joined[:-1]))


@given(st.binary(max_size=60))
def test_rubbish_is_no_report(raw: bytes) -> None:
    report = read_report(raw)
    assert report is None or 0 <= report.status <= 255
