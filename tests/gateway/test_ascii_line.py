"""Lines of text: what the settings declare, and nothing that does not match it whole."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.facts import Quality
from firmware_sim.devices.loggers import logger_line
from gateway.decoders.ascii_line import LINE_BYTES_MAX, AsciiLine
from gateway.decoders.heard import Fault, Measured, Rejected

STARRED = {"line": r"(?P<body>T(?P<channel>\d)=(?P<value>[^C]+)C)\*(?P<sum>[0-9A-F]{2})", "checksum": "xor"}
PLAIN = {"line": r"(?P<value>\S+) ?(?P<unit>[CFK])?", "ask": "?\r"}


def heard(settings: Mapping[str, object], data: bytes) -> list[Measured | Rejected]:
    decoder = AsciiLine(settings)
    decoder.poll(b"\n")
    return decoder.poll(data)


def measured(settings: Mapping[str, object], data: bytes) -> tuple[int | None, Quality]:
    (item,) = heard(settings, data)
    assert isinstance(item, Measured)
    return item.micro_celsius, item.quality


def test_a_line_with_a_checksum_is_a_temperature_of_its_channel() -> None:
    assert heard(STARRED, logger_line(2, -18.25)) == [Measured(channel="2", micro_celsius=-18_250_000)]


@given(st.integers(-19_999, 29_999), st.integers(0, 9))
def test_every_line_of_the_simulated_logger_is_read_exactly(hundredths: int, channel: int) -> None:
    expected = Measured(channel=str(channel), micro_celsius=hundredths * 10_000)
    assert heard(STARRED, logger_line(channel, hundredths / 100)) == [expected]


@pytest.mark.parametrize("position", range(9))
@pytest.mark.parametrize("bit", range(8))
def test_no_flipped_bit_passes_the_checksum(position: int, bit: int) -> None:
    line = bytearray(logger_line(1, 4.25))
    line[position] ^= 1 << bit
    assert [item for item in heard(STARRED, bytes(line)) if isinstance(item, Measured)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"4.25\r", (4_250_000, Quality.GOOD)),
        (b"4,25 C\r", (4_250_000, Quality.GOOD)),
        (b"+004.25\n", (4_250_000, Quality.GOOD)),
        (b"-0.0000005\n", (0, Quality.GOOD)),  # a half goes to the even one
        (b"39.2 F\r\n", (4_000_000, Quality.GOOD)),
        (b"277.15 K\r\n", (4_000_000, Quality.GOOD)),
        (b"301\n", (None, Quality.IMPLAUSIBLE)),
        (b"0 K\n", (None, Quality.IMPLAUSIBLE)),
        (b"ERR\n", (None, Quality.FAULT)),
        (b"NaN\n", (None, Quality.FAULT)),
        (b"-inf\n", (None, Quality.FAULT)),
        (b"---\n", (None, Quality.NO_SENSOR)),
    ],
)
def test_values_are_exact_and_words_are_qualities(text: bytes, expected: tuple[int | None, Quality]) -> None:
    assert measured({**PLAIN, "fault": ["ERR"], "no_sensor": ["---"]}, text) == expected


@pytest.mark.parametrize("text", [b"4.2.5\n", b"0x10\n", b"1e3\n", b"\xb2.5\n", b"4.25 C C\n", b"12345678901\n"])
def test_what_is_no_number_of_the_declared_kind_is_refused(text: bytes) -> None:
    (item,) = heard(PLAIN, text)
    assert isinstance(item, Rejected)
    assert item.fault in {Fault.VALUE, Fault.NOISE}


def test_the_sum_may_be_over_a_named_part_and_of_another_kind() -> None:
    settings = {"line": r"\$(?P<body>(?P<value>[\d.]+)),(?P<sum>[0-9A-F]+)", "checksum": "sum"}
    assert measured(settings, b"$4.0,%X\n" % (sum(b"4.0") & 0xFF)) == (4_000_000, Quality.GOOD)
    (item,) = heard(settings, b"$4.0,00\n")
    assert isinstance(item, Rejected)
    assert item.fault is Fault.CHECKSUM


def test_half_a_line_at_the_beginning_is_no_line() -> None:
    speaks_by_itself = AsciiLine({"line": r"T?=?(?P<value>[\d.-]+)"})
    assert speaks_by_itself.poll(b"4.25\r\nT=14.25\r\n") == [
        Rejected(fault=Fault.TRUNCATED, raw=b"4.25"),
        Measured(channel="0", micro_celsius=14_250_000),
    ]


def test_a_line_that_breaks_off_is_not_joined_with_what_comes_later() -> None:
    decoder = AsciiLine({"line": r"T=(?P<value>[\d.-]+)"})
    decoder.poll(b"\n")
    assert decoder.poll(b"T=1") == []
    assert decoder.poll(b"") == [Rejected(fault=Fault.TRUNCATED, raw=b"T=1")]
    assert decoder.poll(b"4.25\nT=4.25\n") == [
        Rejected(fault=Fault.TRUNCATED, raw=b"4.25"),
        Measured(channel="0", micro_celsius=4_250_000),
    ]


def test_what_came_before_a_question_is_no_answer_to_it() -> None:
    decoder = AsciiLine(PLAIN)
    assert decoder.question() == b"?\r"
    assert decoder.poll(b"1") == []
    decoder.question()
    assert decoder.poll(b"4.25\r") == [Measured(channel="0", micro_celsius=4_250_000)]


@given(st.data())
def test_lines_are_read_alike_however_they_are_cut(data: st.DataObject) -> None:
    pieces = [logger_line(1, 4.25), logger_line(2, -3.5), b"noise\n", b"\xff\xfe\n", b"x" * 400 + b"\n"]
    stream = b"".join(data.draw(st.lists(st.sampled_from(pieces), max_size=8)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    decoder = AsciiLine(STARRED)
    decoder.poll(b"\n")
    parts = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    found = [item for part in parts if part for item in decoder.poll(part)]
    assert [item for item in found if isinstance(item, Measured)] == [
        item for item in heard(STARRED, stream) if isinstance(item, Measured)
    ]


def test_a_megabyte_of_noise_is_refused_in_bounded_pieces() -> None:
    noise = random.Random(5).randbytes(1_000_000)
    decoder = AsciiLine(STARRED)
    found = [item for i in range(0, len(noise), 4_096) for item in decoder.poll(noise[i : i + 4_096])]
    assert found
    assert all(isinstance(item, Rejected) and len(item.raw) <= LINE_BYTES_MAX for item in found)
    assert len(decoder._held) <= LINE_BYTES_MAX
    assert decoder.poll(b"\n" + logger_line(1, 4.25))[-1] == Measured(channel="1", micro_celsius=4_250_000)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"line": "(?P<value>"}, "no regular expression"),
        ({"line": "(.*)"}, 'no group "value"'),
        ({"line": "(?P<value>.*)", "checksum": "xor"}, 'a group "sum" belong together'),
        ({"line": "(?P<value>.*)", "speed": 1}, "unknown field `speed`"),
        ({"line": "(?P<value>.*)", "unit": "R"}, "Invalid enum value 'R'"),
        ({}, "missing required field `line`"),
    ],
)
def test_a_declaration_that_cannot_be_used_says_why(settings: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        AsciiLine(settings)
