"""The simulated A0, Chafon and HF readers against the frames of the documents and of captures."""

import pytest

from firmware_sim.devices import a0_reader, chafon_reader, hf_reader
from firmware_sim.devices.a0_reader import A0Reader
from firmware_sim.devices.chafon_reader import ChafonReader
from firmware_sim.devices.hf_reader import HfReader
from firmware_sim.devices.tags import FieldTag, TagField

AT_MS = 5_000
EPC = "000000000000000000000313"


def ask(device: A0Reader | ChafonReader | HfReader, text: str, at_ms: int = AT_MS) -> list[str]:
    return [answer.hex() for answer in device.receive(bytes.fromhex(text), at_ms)]


def after(device: A0Reader | ChafonReader | HfReader, ms: int) -> list[str]:
    return [answer.hex() for answer in device.advance(AT_MS + ms)]


def test_an_a0_reader_speaks_the_bytes_of_the_documents() -> None:
    device = A0Reader(1, AT_MS)
    assert ask(device, "A0 03 01 72 EA") == ["a00501720109de"]
    assert ask(device, "A0 04 01 74 00 E7") == ["a004017410d7"]
    packet = a0_reader.tag_packet(1, 0x89, 1, bytes.fromhex("300833B2DDD9014000000001"), -75)
    assert packet.hex() == "a01301898c3000300833b2ddd901400000000137bb"
    assert ask(device, "A0 04 01 89 01 D1") == []
    assert after(device, 79) == []
    assert after(device, 80) == [a0_reader.frame(1, 0x89, bytes.fromhex("00001100000000")).hex()]
    assert after(device, 10_000) == []


def test_an_a0_reader_without_the_antenna_says_so_and_does_not_know_a_fifth_of_four() -> None:
    device = A0Reader(1, AT_MS)
    device.connected.clear()
    ask(device, "A0 04 01 89 01 D1")
    assert after(device, 100) == [a0_reader.frame(1, 0x89, b"\x22").hex()]
    assert ask(device, a0_reader.frame(1, 0x74, b"\x04").hex()) == [a0_reader.frame(1, 0x74, b"\x47").hex()]


def test_an_a0_reader_is_silent_to_another_address_and_finds_a_command_behind_noise() -> None:
    device = A0Reader(1, AT_MS)
    assert ask(device, a0_reader.frame(9, 0x72).hex()) == []
    assert ask(device, "00A0FFA003017200" + "A0 03 FF 72 EC") == []  # a head that claims 255 bytes comes first
    assert ask(device, "A0 03 FF 72 EC", AT_MS + 200) == ["a00501720109de"]
    assert ask(device, "1234" + "A0 03 01 72 EA", AT_MS + 201) == ["a00501720109de"]


@pytest.mark.parametrize(
    ("line_18", "answer"),
    [(False, "1500010301010c0000000000000000000003136bb1a5"), (True, "13000103010c0000000000000000000003133f39")],
)
def test_a_chafon_reader_speaks_the_bytes_of_the_captures(*, line_18: bool, answer: str) -> None:
    device = ChafonReader(1, AT_MS, line_18=line_18)
    device.field.round = lambda antenna: [(EPC, 0x6B)]  # type: ignore[method-assign]
    question = chafon_reader.sealed(b"\xff\x01") if line_18 else bytes.fromhex("0dff010f0001000000008014c03a")
    assert ask(device, question.hex()) == []
    assert after(device, 89) == []
    said = after(device, 90)
    assert said[0] == answer
    if not line_18:
        assert said[1:] == ["0700010101001e4b"]


def test_a_chafon_reader_says_what_it_is() -> None:
    assert ask(ChafonReader(1, AT_MS), "04ff211995") == ["1100210000160c034e001e0a01000000e651"]


def test_a_chafon_reader_is_silent_to_a_wrong_address_and_says_fe_to_a_wrong_crc() -> None:
    device = ChafonReader(1, AT_MS, address=3)
    assert ask(device, chafon_reader.sealed(b"\x04\x21").hex()) == []
    assert ask(device, "04ff211996", AT_MS + 100) == [chafon_reader.sealed(b"\x03\x00\xfe").hex()]
    assert ask(device, "04ff", AT_MS + 200) == []
    assert len(ask(device, "04ff211995", AT_MS + 300)) == 1


def test_an_hf_reader_speaks_the_sniffed_bytes() -> None:
    device = HfReader(1, AT_MS)
    device.enter(FieldTag("E0040150CABD51B9", 10.0, 0))
    assert ask(device, "7E 55 09 00 00 01 00 11 00 00 7D FB") == []
    assert after(device, 119) == []
    assert after(device, 120) == ["7e5514010000001f1100b951bdca500104e0aa0000ce2b"]
    assert ask(device, hf_reader.frame(0, 1, b"\x23\x00").hex()) == ["7e550b010000001f23000000e747"]
    assert len(ask(device, "7E 55 08 00 00 FF FF F7 00 BD 60")) == 1


def test_an_hf_reader_finds_a_command_behind_noise_and_is_silent_to_another_address() -> None:
    device = HfReader(1, AT_MS)
    assert ask(device, "007E7E55017E" + "7E 55 08 00 00 FF FF F7 00 BD 60") != []
    assert ask(device, hf_reader.frame(0, 7, b"\xf7\x00").hex()) == []
    assert ask(device, "7E550800") == []
    assert ask(device, "7E 55 08 00 00 FF FF F7 00 BD 60", AT_MS + 200) != []


def test_each_tag_is_read_at_about_its_own_rate_and_the_same_seed_reads_the_same() -> None:
    def counts(seed: int) -> list[int]:
        field = TagField(seed)
        for number, rate in enumerate((1.0, 0.65, 0.25, 0.0)):
            field.enter(FieldTag(f"{number:04X}", rate, -60))
        reads = [name for _ in range(2_000) for name, _ in field.round(1)]
        return [reads.count(f"{number:04X}") for number in range(4)]

    high, middle, low, never = counts(3)
    assert 1_880 < high < 1_950  # now and then it sits in a null
    assert 1_170 < middle < 1_310
    assert 420 < low < 540
    assert never == 0
    assert counts(3) == counts(3) != counts(4)
