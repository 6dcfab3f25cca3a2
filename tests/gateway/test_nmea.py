"""Sentences of a satellite receiver: any slices, noise, half sentences."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decoders.heard import Fault, Rejected
from gateway.decoders.nmea import SENTENCE_MAX, Fix, NmeaDecoder, NoFix, OtherSentence, sentence

GGA = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47"  # NM-01
HERE = Fix(latitude_e7=481_173_000, longitude_e7=115_166_667, utc_ms=None)


def sealed(body: str) -> bytes:
    total = 0
    for byte in body.encode():
        total ^= byte
    return f"${body}*{total:02X}".encode()


RMC = sealed("GNRMC,123519.25,A,3014.5000,N,12009.2500,E,022.4,084.4,271126,,,A")
RMC_FIX = Fix(latitude_e7=302_416_667, longitude_e7=1_201_541_667, utc_ms=1_795_782_919_250)


@pytest.mark.parametrize(
    ("line", "heard"),
    [
        (GGA, HERE),
        (RMC, RMC_FIX),
        (sealed("GPRMC,,V,,,,,,,,,,N"), NoFix(utc_ms=None)),
        (sealed("GPRMC,000000,V,,,,,,,010100,,,N"), NoFix(utc_ms=946_684_800_000)),
        (sealed("GPGGA,123519,,,,,0,00,,,M,,M,,"), NoFix(utc_ms=None)),
        (sealed("GPGSV,1,1,00"), OtherSentence(name="GPGSV")),
        (sealed("GPGGA,123519,3014.5,S,12009.25,W,1,08,0.9,,M,,M,,"), None),
    ],
)
def test_sentences(line: bytes, heard: object) -> None:
    found = sentence(line)
    if heard is None:
        assert found == Fix(latitude_e7=-302_416_667, longitude_e7=-1_201_541_667, utc_ms=None)
    else:
        assert found == heard


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (GGA[:-1] + b"8", Fault.CHECKSUM),
        (GGA[:-3], Fault.TRUNCATED),
        (b"garbage", Fault.NOISE),
        (sealed("GPGGA,123519,4860.038,N,01131.000,E,1,08"), Fault.PAYLOAD),
        (sealed("GPGGA,123519,9100.000,N,01131.000,E,1,08"), Fault.PAYLOAD),
        (sealed("GPGGA,123519,4807.038,E,01131.000,N,1,08"), Fault.PAYLOAD),
        (sealed("GPGGA,123519,4807.038,N,01131.000,E,x,08"), Fault.PAYLOAD),
        (sealed("GPGGA,123519"), Fault.PAYLOAD),
        (sealed("GPRMC,253519,A,4807.038,N,01131.000,E,,,230394"), Fault.PAYLOAD),
        (sealed("GPRMC,123519,A,4807.038,N,01131.000,E,,,310226"), Fault.PAYLOAD),
    ],
)
def test_what_is_no_position_is_refused_with_the_reason(line: bytes, fault: Fault) -> None:
    assert sentence(line) == Rejected(fault=fault, raw=line)


@given(st.integers(0, len(GGA + RMC) + 4), st.integers(0, len(GGA + RMC) + 4))
def test_slicing_plays_no_part(first: int, second: int) -> None:
    stream = GGA + b"\r\n" + RMC + b"\r\n"
    cuts = sorted((first, second))
    decoder = NmeaDecoder()
    heard = []
    for part in (stream[: cuts[0]], stream[cuts[0] : cuts[1]], stream[cuts[1] :]):
        heard += decoder.feed(part)
    assert heard == [HERE, RMC_FIX]
    assert not decoder.pending


def test_a_sentence_that_begins_within_another_is_read_and_the_broken_one_refused() -> None:
    heard = NmeaDecoder().feed(b"\x00\xff" + GGA[:20] + RMC + b"\n" + GGA + b"\r")
    assert heard == [
        Rejected(fault=Fault.NOISE, raw=b"\x00\xff"),
        Rejected(fault=Fault.TRUNCATED, raw=GGA[:20]),
        RMC_FIX,
        HERE,
    ]


def test_silence_within_a_sentence_refuses_it() -> None:
    decoder = NmeaDecoder()
    assert decoder.feed(GGA[:30]) == []
    assert decoder.pending
    assert decoder.idle_flush() == [Rejected(fault=Fault.TRUNCATED, raw=GGA[:30])]
    assert decoder.feed(GGA + b"\r\n") == [HERE]


def test_a_megabyte_of_noise_is_refused_piece_by_piece_and_nothing_grows() -> None:
    noise = random.Random(5).randbytes(1 << 20)
    decoder = NmeaDecoder()
    refused = 0
    for start in range(0, len(noise), 997):
        for item in decoder.feed(noise[start : start + 997]):
            assert isinstance(item, Rejected)
            refused += len(item.raw)
    assert refused > len(noise) * 9 // 10
    assert len(decoder._held) <= SENTENCE_MAX + 997
    assert decoder.feed(b"\n" + RMC + b"\n")[-1] == RMC_FIX
