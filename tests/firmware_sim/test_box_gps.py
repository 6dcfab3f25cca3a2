"""The box's receiver: its sentences are what our decoder reads, and its firmware reads what it wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.box_gps import SENTENCE_MAX, read, sentence
from gateway.decoders.nmea import Fix, NmeaDecoder, NoFix

AT_MS = 1_790_000_000_120
LATITUDES = st.integers(-900_000_000, 900_000_000)
LONGITUDES = st.integers(-1_800_000_000, 1_800_000_000)
STEP_E7 = 2  # five decimals of a minute are 1.7e-7 degrees


def test_a_sentence_as_it_is_on_the_line() -> None:
    assert (
        sentence(1_790_000_000_120, (289_421_000, 1_188_736_000))
        == b"$GNRMC,141320.12,A,2856.52600,N,11852.41600,E,0.00,0.0,210926,,,A*7C\r\n"
    )
    assert sentence(AT_MS, None) == b"$GNRMC,141320.12,V,,,,,,,210926,,,N*6B\r\n"


@given(latitude=LATITUDES, longitude=LONGITUDES)
def test_our_decoder_and_the_firmware_read_the_same_place(latitude: int, longitude: int) -> None:
    line = sentence(AT_MS, (latitude, longitude))
    assert len(line) <= SENTENCE_MAX
    (fix,) = NmeaDecoder().feed(line)
    assert isinstance(fix, Fix)
    assert fix.utc_ms == AT_MS
    assert read(line) == (fix.latitude_e7, fix.longitude_e7)
    assert abs(fix.latitude_e7 - latitude) <= STEP_E7
    assert abs(fix.longitude_e7 - longitude) <= STEP_E7


def test_without_a_fix_both_say_so() -> None:
    line = sentence(AT_MS, None)
    assert NmeaDecoder().feed(line) == [NoFix(utc_ms=AT_MS)]
    assert read(line) is None


@given(place=st.integers(1, 60), bit=st.integers(0, 6))
def test_a_damaged_sentence_is_no_place(place: int, bit: int) -> None:
    line = bytearray(sentence(AT_MS, (289_421_000, 1_188_736_000)))
    line[place] ^= 1 << bit
    assert read(bytes(line)) is None


@pytest.mark.parametrize("line", [b"", b"\r\n", b"$", b"$GNRMC*47", b"GNRMC,1,A,1,N,1,E*00", b"\xff" * 40, b"$" * 200])
def test_noise_is_no_place(line: bytes) -> None:
    assert read(line) is None
