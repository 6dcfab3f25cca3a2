"""Devices that publish JSON of their own: mapped by declaration, nothing guessed, nothing taken that is no reading."""

import json
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.facts import Quality
from gateway.decoders.json_device import (
    AGE_MS_MAX,
    AHEAD_MS_MAX,
    PAYLOAD_BYTES_MAX,
    JsonDevicePlan,
    Mapped,
    NotTaken,
    TimeKind,
    Unit,
    mapped,
)

NOW_MS = 1_795_782_919_250
CHIRPSTACK = JsonDevicePlan(
    topic="application/+/device/+/event/up",
    where=("/deviceInfo/devEui", "24e124136b502217"),
    channels={"/object/temperature": "freezer-2-air", "/object/probe": "freezer-2-load"},
    time="/time",
)
CHIRPSTACK_MESSAGE = """{"time": "2026-11-27T12:35:19.250+00:00", "deviceInfo": {"devEui": "24e124136b502217"},
 "fCnt": 7, "object": {"temperature": -31.7, "probe": -30.05}}"""
TASMOTA = JsonDevicePlan(
    topic="tele/fridge-9/SENSOR",
    channels={"/DS18B20/Temperature": "fridge-9-air"},
    time="/Time",
    zone=ZoneInfo("Asia/Shanghai"),
)
ZIGBEE = JsonDevicePlan(topic="zigbee2mqtt/fridge-9", channels={"/temperature": "fridge-9-air"})
PLAIN = JsonDevicePlan(topic="t", channels={"/temp": "p"}, time="/t", time_kind=TimeKind.SECONDS)


def good(probe: str, micro: int, device_ms: int | None = None) -> Mapped:
    return Mapped(probe=probe, micro_celsius=micro, quality=Quality.GOOD, device_ms=device_ms)


@pytest.mark.parametrize(
    ("plan", "payload", "readings"),
    [
        (
            CHIRPSTACK,
            CHIRPSTACK_MESSAGE,
            (good("freezer-2-load", -30_050_000, NOW_MS), good("freezer-2-air", -31_700_000, NOW_MS)),
        ),
        (
            TASMOTA,
            '{"Time":"2026-11-27T20:35:19","DS18B20":{"Id":"3C01","Temperature":4.1},"TempUnit":"C"}',
            (good("fridge-9-air", 4_100_000, NOW_MS - 250),),
        ),
        (ZIGBEE, '{"battery":88,"temperature":4.35,"linkquality":120}', (good("fridge-9-air", 4_350_000),)),
        (PLAIN, '{"t":1795782919.25,"temp":4}', (good("p", 4_000_000, NOW_MS),)),
        (PLAIN, '{"t":1795782919,"temp":"4.0625"}', (good("p", 4_062_500, NOW_MS - 250),)),
    ],
)
def test_messages_of_the_field(plan: JsonDevicePlan, payload: str, readings: tuple[Mapped, ...]) -> None:
    assert mapped(plan, payload.encode(), NOW_MS) == readings


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"{", NotTaken.NOT_JSON),
        (b"\xff\xfe", NotTaken.NOT_JSON),
        (b'{"temp": NaN}', NotTaken.NOT_JSON),
        (b'{"temp": 1e999999999}', NotTaken.NOT_JSON),
        (b'{"temp": ' + b"1" * 5000 + b"}", NotTaken.NOT_JSON),
        (b"[" * 8000, NotTaken.NOT_JSON),
        (b" " * (PAYLOAD_BYTES_MAX + 1), NotTaken.TOO_LARGE),
        (b"{}", NotTaken.NO_VALUE),
        (b"[4.1]", NotTaken.NO_VALUE),
        (b"4.1", NotTaken.NO_VALUE),
        (b'{"t": %d, "temp": 4.1}' % ((NOW_MS - AGE_MS_MAX) // 1000 - 1), NotTaken.STALE),
        (b'{"t": %d, "temp": 4.1}' % ((NOW_MS + AHEAD_MS_MAX) // 1000 + 1), NotTaken.FROM_THE_FUTURE),
    ],
)
def test_what_is_no_reading_says_why(payload: bytes, why: NotTaken) -> None:
    assert mapped(PLAIN, payload, NOW_MS) is why


def test_another_device_on_the_same_topic_is_no_fault() -> None:
    payload = b'{"deviceInfo":{"devEui":"ffff"},"object":{"temperature":4.1}}'
    assert mapped(CHIRPSTACK, payload, NOW_MS) is NotTaken.OTHER_DEVICE
    assert mapped(CHIRPSTACK, b'{"object":{"temperature":4.1}}', NOW_MS) is NotTaken.OTHER_DEVICE


@pytest.mark.parametrize(
    ("value", "quality"),
    [
        ("null", Quality.NO_SENSOR),
        ("-127", Quality.NO_SENSOR),
        ("-127.0", Quality.NO_SENSOR),
        ("85", Quality.IMPLAUSIBLE),
        ("85.000", Quality.IMPLAUSIBLE),
        ("-300", Quality.IMPLAUSIBLE),
        ("99999", Quality.IMPLAUSIBLE),
        ('"n/a"', Quality.FAULT),
        ('"٤"', Quality.FAULT),
        ("true", Quality.FAULT),
        ("{}", Quality.FAULT),
    ],
)
def test_a_value_that_is_no_temperature_becomes_none(value: str, quality: Quality) -> None:
    (reading,) = mapped(ZIGBEE, f'{{"temperature":{value}}}'.encode(), NOW_MS)
    assert isinstance(reading, Mapped)
    assert (reading.micro_celsius, reading.quality) == (None, quality)


@pytest.mark.parametrize(
    ("unit", "value", "micro"),
    [
        (Unit.FAHRENHEIT, "39.38", 4_100_000),
        (Unit.FAHRENHEIT, "40", 4_444_444),
        (Unit.TENTHS, "41", 4_100_000),
        (Unit.HUNDREDTHS, "-3005", -30_050_000),
        (Unit.MILLI, "4062", 4_062_000),
        (Unit.CELSIUS, "0.0000005", 0),
        (Unit.CELSIUS, "0.0000015", 2),
    ],
)
def test_units_are_exact_and_rounded_half_to_even(unit: Unit, value: str, micro: int) -> None:
    plan = JsonDevicePlan(topic="t", channels={"/x": "p"}, unit=unit)
    assert mapped(plan, f'{{"x":{value}}}'.encode(), NOW_MS) == (good("p", micro),)


def test_a_device_that_keeps_its_readings_is_believed_with_its_own_time() -> None:
    keeping = JsonDevicePlan(topic="t", channels={"/temp": "p"}, time="/t", time_kind=TimeKind.MILLIS, keeps=True)
    old_ms = NOW_MS - 20 * 3_600_000
    assert mapped(keeping, json.dumps({"t": old_ms, "temp": 4}).encode(), NOW_MS) == (good("p", 4_000_000, old_ms),)


@pytest.mark.parametrize("time", ["", '"t":null,', '"t":5000,', '"t":-1e20,', '"t":"x",'])
def test_a_device_that_keeps_its_readings_and_says_no_time_gives_none(time: str) -> None:
    keeping = JsonDevicePlan(topic="t", channels={"/temp": "p"}, time="/t", time_kind=TimeKind.MILLIS, keeps=True)
    assert mapped(keeping, f'{{{time}"temp":4}}'.encode(), NOW_MS) is NotTaken.NO_TIME


@pytest.mark.parametrize("text", ["4-1", "1.2.3", "e5", "1e99999999999999999999999", "1e-99999999999999999999999"])
def test_a_text_that_looks_like_a_number_is_a_fault_and_ends_no_gateway(text: str) -> None:
    fault = Mapped(probe="fridge-9-air", micro_celsius=None, quality=Quality.FAULT, device_ms=None)
    assert mapped(ZIGBEE, json.dumps({"temperature": text}).encode(), NOW_MS) == (fault,)


@pytest.mark.parametrize("number", ["1e99999999999999999999999", "1e-99999999999999999999999"])
def test_a_number_beyond_all_exponents_is_no_message(number: str) -> None:
    assert mapped(ZIGBEE, f'{{"temperature":{number}}}'.encode(), NOW_MS) is NotTaken.NOT_JSON


@given(st.text("0123456789+-.eE", max_size=41))
def test_any_text_of_number_characters_is_mapped(text: str) -> None:
    assert isinstance(mapped(ZIGBEE, json.dumps({"temperature": text}).encode(), NOW_MS), tuple)


def test_pointers_reach_into_lists_and_odd_names() -> None:
    plan = JsonDevicePlan(topic="t", channels={"/a~1b/1/m~0n": "p"})
    assert mapped(plan, b'{"a/b":[0,{"m~n":4.1}]}', NOW_MS) == (good("p", 4_100_000),)
    assert mapped(plan, b'{"a/b":[0]}', NOW_MS) is NotTaken.NO_VALUE


@given(st.decimals(-270, 990, places=6))
def test_every_decimal_is_taken_exactly(value: Decimal) -> None:
    found = mapped(ZIGBEE, f'{{"temperature":{value:f}}}'.encode(), NOW_MS)
    if value not in {Decimal(85), Decimal(-127)}:
        assert found == (good("fridge-9-air", int(value * 1_000_000)),)
    else:
        assert isinstance(found, tuple)


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(repr).map(str.encode))
def test_any_bytes_are_mapped_or_refused(payload: bytes) -> None:
    assert isinstance(mapped(PLAIN, payload, NOW_MS), tuple | NotTaken)


@pytest.mark.parametrize("text", ["2026-11-27T20:35:19", "1970-01-01T00:00:09Z", "soon", "0001-01-01T00:00:00"])
def test_a_message_whose_time_cannot_be_used_is_no_reading_of_now(text: str) -> None:
    """A broker hands over after hours what it kept: stamped with now it would be a wrong temperature."""
    unzoned = replace(TASMOTA, zone=None)
    payload = f'{{"Time": "{text}", "DS18B20": {{"Temperature": 4.1}}}}'.encode()
    assert mapped(unzoned, payload, NOW_MS) is NotTaken.NO_TIME
    assert mapped(replace(unzoned, time=None), payload, NOW_MS) == (good("fridge-9-air", 4_100_000),)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("2026-10-25T01:59:59", 1_792_886_399_000),
        ("2026-10-25T02:30:00", None),  # Berlin has this hour twice
        ("2026-10-25T03:00:00", 1_792_893_600_000),
        ("2026-10-25T02:30:00+01:00", 1_792_891_800_000),  # it names a zone itself
    ],
)
def test_the_zone_of_the_settings_dates_a_time_without_one_unless_the_hour_comes_twice(
    text: str, outcome: int | None
) -> None:
    plan = replace(TASMOTA, zone=ZoneInfo("Europe/Berlin"), keeps=True)
    payload = f'{{"Time": "{text}", "DS18B20": {{"Temperature": 4.1}}}}'.encode()
    found = mapped(plan, payload, NOW_MS)
    assert found == (NotTaken.NO_TIME if outcome is None else (good("fridge-9-air", 4_100_000, outcome),))
