"""From registers of the collector to temperatures, exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.facts import Quality
from gateway.decoders.r4dcb08 import request, temperatures


@pytest.mark.parametrize(
    ("register", "micro_celsius", "quality"),
    [
        (219, 21_900_000, Quality.GOOD),
        (0xFFD8, -4_000_000, Quality.GOOD),
        (60, 6_000_000, Quality.GOOD),
        (61, 6_100_000, Quality.GOOD),
        (0, 0, Quality.GOOD),
        (0xFFFF, -100_000, Quality.GOOD),
        (1250, 125_000_000, Quality.GOOD),
        (1251, None, Quality.IMPLAUSIBLE),
        (0x10000 - 550, -55_000_000, Quality.GOOD),
        (0x10000 - 551, None, Quality.IMPLAUSIBLE),
        (850, None, Quality.IMPLAUSIBLE),
        (849, 84_900_000, Quality.GOOD),
        (0x10000 - 1270, None, Quality.IMPLAUSIBLE),
        (0x7FFF, None, Quality.IMPLAUSIBLE),
        (0x8000, None, Quality.NO_SENSOR),
        (0x8001, None, Quality.IMPLAUSIBLE),
    ],
)
def test_a_register_becomes_a_temperature_or_the_reason_why_not(
    register: int, micro_celsius: int | None, quality: Quality
) -> None:
    assert temperatures([register]) == [(micro_celsius, quality)]


@given(st.integers(-550, 1250).filter(lambda tenths: tenths != 850))
def test_every_tenth_that_the_probe_can_measure_is_kept_exactly(tenths: int) -> None:
    assert temperatures([tenths & 0xFFFF]) == [(tenths * 100_000, Quality.GOOD)]


@given(st.integers(0, 0xFFFF))
def test_there_is_a_temperature_exactly_when_the_quality_is_good(register: int) -> None:
    ((micro_celsius, quality),) = temperatures([register])
    assert (micro_celsius is not None) == (quality is Quality.GOOD)


def test_one_request_reads_all_channels() -> None:
    assert request(1).frame.hex(" ") == "01 03 00 00 00 08 44 0c"
    assert len(temperatures([0x8000] * 8)) == 8
