"""The UHF reader against the frames of its data sheet and of captures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sim_host import reads

from firmware_sim.devices.bb7e_reader import ROUND_MS, SILENCE_MS, Bb7eReader, Tag, frame, gen2_crc16, notice

AT_MS = 5_000
BAG = Tag("3035A537C8377540000003F9", 1.0, -55)
STRAY = Tag("E28011700000020A1B2C3D4E", 0.05, -72)
BLIND = Tag("3035A537C8377540000003FA", 0.0, -50)


def reader(*tags: Tag, seed: int = 1) -> Bb7eReader:
    device = Bb7eReader(seed, AT_MS)
    for tag in tags:
        device.enter(tag)
    return device


def ask(device: Bb7eReader, frame_hex: str, at_ms: int = AT_MS) -> list[str]:
    return [answer.hex().upper() for answer in device.receive(bytes.fromhex(frame_hex), at_ms)]


def test_the_notice_is_the_data_sheets_with_its_signed_rssi_and_tag_crc() -> None:
    epc = bytes.fromhex("30751FEB705C5904E3D50D70")
    assert notice(-55, 0x3400, epc).hex().upper() == "BB02220011C9340030751FEB705C5904E3D50D703A76EF7E"


def test_the_notice_is_the_captured_one() -> None:
    epc = bytes.fromhex("E200107100005 29B0940B402".replace(" ", ""))
    assert notice(-56, 0x3400, epc).hex().upper() == "BB02220011C83400E20010710000529B0940B402163DD37E"


def test_an_empty_round_is_the_no_tag_frame() -> None:
    assert ask(reader(), "BB00220000227E") == ["BB01FF000115167E"]


def test_stop_is_answered() -> None:
    assert ask(reader(), "BB00280000287E") == ["BB012800012A7E".replace("012A", "01002A")]


def test_the_hardware_version_has_the_sum_that_the_data_sheet_misprints() -> None:
    assert ask(reader(), "BB000300010004 7E".replace(" ", "")) == ["BB01030010004D31303020323664426D2056312E30927E"]


def test_power_and_region_can_be_read_and_set() -> None:
    device = reader()
    assert ask(device, "BB00B70000B77E") == ["BB01B7000207D0917E"]
    assert ask(device, frame(0, 0xB6, b"\x0a\x28").hex()) == [frame(1, 0xB6, b"\0").hex().upper()]
    assert ask(device, "BB00B70000B77E") == [frame(1, 0xB7, b"\x0a\x28").hex().upper()]
    assert ask(device, frame(0, 0x07, b"\x03").hex()) == [frame(1, 0x07, b"\0").hex().upper()]
    assert ask(device, frame(0, 0x08).hex()) == [frame(1, 0x08, b"\x03").hex().upper()]


@pytest.mark.parametrize(
    "command", [(0x99, b""), (0x07, b"\x05"), (0x27, b"\x22\x00"), (0x03, b"\x07"), (0x39, b"\0" * 9)]
)
def test_a_command_that_it_does_not_know_is_a_bad_command(command: tuple[int, bytes]) -> None:
    assert ask(reader(), frame(0, *command).hex()) == ["BB01FF000117187E"]


def test_rounds_come_at_their_pace_and_as_many_as_asked_for() -> None:
    device = reader(BAG)
    assert ask(device, frame(0, 0x27, b"\x22\x00\x03").hex()) == [""]
    assert device.advance(AT_MS + ROUND_MS - 1) == []
    assert len(device.advance(AT_MS + ROUND_MS)) == 1
    assert len(device.advance(AT_MS + 60_000)) == 2
    assert device.advance(AT_MS + 120_000) == []


def test_the_printed_multi_inventory_runs_until_it_is_stopped() -> None:
    device = reader(BAG)
    assert ask(device, "BB00270003222710837E") == [""]
    assert len(device.advance(AT_MS + 20 * ROUND_MS)) == 20
    assert ask(device, "BB00280000287E", AT_MS + 20 * ROUND_MS) == ["BB01280001002A7E"]
    assert device.advance(AT_MS + 60_000) == []


def heard(device: Bb7eReader, rounds: int) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for start in range(0, rounds, 15):
        at_ms = AT_MS + start * ROUND_MS
        device.receive(frame(0, 0x27, b"\x22\x00\x0f"), at_ms)
        found += reads(b"".join(device.advance(at_ms + 15 * ROUND_MS)))
    return found


def test_each_tag_is_read_at_about_its_own_rate_and_a_blind_one_never() -> None:
    rounds = 3_000
    found = heard(reader(Tag(BAG.epc, 0.7, -55), STRAY, BLIND), rounds)
    counts = {epc: sum(1 for name, _ in found if name == epc) for epc in (BAG.epc, STRAY.epc, BLIND.epc)}
    assert 0.62 < counts[BAG.epc] / rounds < 0.72  # now and then it sits in a null
    assert 0.03 < counts[STRAY.epc] / rounds < 0.07
    assert counts[BLIND.epc] == 0
    assert {rssi for name, rssi in found if name == STRAY.epc} <= set(range(-74, -69))


def test_a_whole_inventory_now_and_then_misses_a_weak_tag() -> None:
    missed = 0
    device = reader(Tag(BAG.epc, 0.55, -55), seed=3)
    for start in range(1_000):
        at_ms = AT_MS + start * 2_000
        device.receive(frame(0, 0x27, b"\x22\x00\x0f"), at_ms)
        missed += not reads(b"".join(device.advance(at_ms + 1_999)))
    assert 2 <= missed <= 40


def test_a_bag_that_was_taken_out_is_not_read_any_more() -> None:
    device = reader(BAG)
    device.leave(BAG.epc)
    assert ask(device, "BB00220000227E") == ["BB01FF000115167E"]


def test_the_same_seed_hears_the_same_reads_and_another_seed_others() -> None:
    tags = (Tag(BAG.epc, 0.6, -50), STRAY)
    assert heard(reader(*tags, seed=4), 150) == heard(reader(*tags, seed=4), 150)
    assert heard(reader(*tags, seed=4), 150) != heard(reader(*tags, seed=5), 150)


def test_a_command_behind_noise_a_false_head_and_a_wrong_sum_is_still_heard() -> None:
    device = reader()
    assert ask(device, "00BBBBFF7E" + "BB00280000297E" + "BB00280000287E") == ["BB01280001002A7E"]


def test_a_command_that_stops_in_its_middle_is_forgotten() -> None:
    begun = "BB00490040"  # sixty-four bytes of parameters should follow
    device = reader()
    assert ask(device, begun) == []
    assert device.midway
    assert ask(device, "BB00280000287E", AT_MS + SILENCE_MS - 1) == []
    device = reader()
    assert ask(device, begun) == []
    assert ask(device, "BB00280000287E", AT_MS + SILENCE_MS) == ["BB01280001002A7E"]


def test_endless_noise_is_not_kept() -> None:
    device = reader()
    for head in (b"\xbb", b"\xbb\x00\x27\x00\x40", b"\x00"):
        device.receive(head * 50_000, AT_MS)
        assert len(device._held) < 128


@given(st.data())
def test_commands_are_answered_alike_however_they_are_chunked(data: st.DataObject) -> None:
    parts = st.sampled_from(
        [frame(0, 0x28), frame(0, 0x22), frame(0, 0x99), frame(0, 0x03, b"\0"), b"\xbb", b"\x7e", b"\xbb\x00\x27\xff"]
    )
    stream = data.draw(st.lists(parts, max_size=8).map(b"".join))
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    device = reader(BAG)
    pieces = [stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    chunked = [answer for piece in pieces for answer in device.receive(piece, AT_MS)]
    assert chunked == reader(BAG).receive(stream, AT_MS)


def test_the_tag_crc_of_the_captured_reads_comes_out() -> None:
    assert gen2_crc16(bytes.fromhex("340030751FEB705C5904E3D50D70")) == 0x3A76
    assert gen2_crc16(bytes.fromhex("3400E20010710000529B0940B402")) == 0x163D
