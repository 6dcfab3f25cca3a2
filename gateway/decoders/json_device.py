"""Readings of devices that publish JSON over MQTT in a format of their own: mapped by declaration. Pure.

    topic  v3/application/…/event/up      {"deviceInfo": {"devEui": "24e1…"}, "object": {"temperature": 4.1}, "time": …}
    topic  tele/fridge-9/SENSOR           {"Time": "2026-11-27T12:35:19", "DS18B20": {"Temperature": 4.1}}
    topic  zigbee2mqtt/fridge-9           {"temperature": 4.1, "battery": 88}

A plan names the place of each temperature by a JSON pointer (RFC 6901). Such devices number nothing, so what is lost
before the gateway hears it cannot be counted; their probes are registered as unsequenced. Numbers are read as decimals
and never pass through binary floating point: 4.1 is 4,100,000 micro-degrees.

A retained message is the broker's memory and no measurement: the caller does not hand it in. A time without a zone
needs the zone from the settings. Where the settings say that a message has a time and it has none that can be used, it
gives no reading: the broker may have kept it for hours, and a stamp of now would be a wrong reading.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeAlias

from coldchain.facts import Quality
from coldchain.radio import SignalUnit, signal_details

PAYLOAD_BYTES_MAX: Final = 16 * 1024
NUMBER_CHARACTERS_MAX: Final = 40
MICRO_MIN: Final = -273_150_000
MICRO_MAX: Final = 1_000_000_000
AGE_MS_MAX: Final = 900_000  # an older time in a message is a message that waited somewhere
AHEAD_MS_MAX: Final = 120_000
EARLIEST_MS: Final = 1_577_836_800_000  # 2020-01-01: a device that says less was never told the time
_MICRO: Final = Decimal(1_000_000)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Unit(StrEnum):
    """What a number in a message counts."""

    CELSIUS = "C"
    FAHRENHEIT = "F"
    TENTHS = "0.1C"
    HUNDREDTHS = "0.01C"
    MILLI = "mC"


_SCALES: Final = {
    Unit.CELSIUS: Decimal(1),
    Unit.TENTHS: Decimal("0.1"),
    Unit.HUNDREDTHS: Decimal("0.01"),
    Unit.MILLI: Decimal("0.001"),
}


class TimeKind(StrEnum):
    """How a message says when it was measured."""

    ISO_8601 = "iso8601"
    SECONDS = "epoch-s"
    MILLIS = "epoch-ms"


class NotTaken(StrEnum):
    """Why a message gives no reading."""

    TOO_LARGE = "too-large"
    NOT_JSON = "not-json"
    OTHER_DEVICE = "other-device"  # another device of the same topic: no fault
    NO_VALUE = "no-value"  # none of the declared places is in it: a message of another kind
    NO_TIME = "no-time"  # the settings say that it has a time, and it has none that can be used: when was it?
    STALE = "stale"  # its own time is older than AGE_MS_MAX, and it is not declared to send later what it kept
    FROM_THE_FUTURE = "from-the-future"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonDevicePlan:
    """One device. `channels`: JSON pointer of a temperature -> probe; `where`: pointer and the text that names it.

    `zone`: of a time that names none. `keeps`: it sends later what it measured while it had no network, so its own time
    counts (`time` is needed then).
    `no_sensor`, `implausible`: values that are no temperatures, in the message's own unit.
    `signal`: pointer of how strongly it is heard by radio, and what that number counts; None: it says nothing of it.
    """

    topic: str
    channels: Mapping[str, str]
    where: tuple[str, str] | None = None
    unit: Unit = Unit.CELSIUS
    time: str | None = None
    time_kind: TimeKind = TimeKind.ISO_8601
    zone: tzinfo | None = None
    keeps: bool = False
    no_sensor: tuple[Decimal, ...] = field(default=(Decimal(-127),))  # 1-wire: no device
    implausible: tuple[Decimal, ...] = field(default=(Decimal(85),))  # DS18B20 after power-on
    signal: tuple[str, SignalUnit] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One reading. `micro_celsius` is None exactly when quality is not GOOD.

    `signal`: details of the event `signal` that stands in the same message; {}: it says none that can be used.
    """

    probe: str
    micro_celsius: int | None
    quality: Quality
    device_ms: int | None
    signal: dict[str, int | str] = field(default_factory=dict)


Outcome: TypeAlias = tuple[Mapped, ...] | NotTaken


def mapped(plan: JsonDevicePlan, payload: bytes, received_ms: int) -> Outcome:
    """Return the readings in a message, or why it gives none. Never raises, whatever the bytes are."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        return NotTaken.TOO_LARGE
    try:
        body = json.loads(payload, parse_float=_decimal, parse_int=_decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):  # also what is no UTF-8
        return NotTaken.NOT_JSON
    if plan.where is not None and str(pointed(body, plan.where[0])) != plan.where[1]:
        return NotTaken.OTHER_DEVICE
    found = [(probe, pointed(body, place)) for place, probe in sorted(plan.channels.items())]
    there = [(probe, value) for probe, value in found if value is not _MISSING]
    if not there:
        return NotTaken.NO_VALUE
    device_ms = None if plan.time is None else _time_ms(pointed(body, plan.time), plan)
    if plan.time is not None and (device_ms is None or device_ms < EARLIEST_MS):
        return NotTaken.NO_TIME
    if device_ms is not None and device_ms > received_ms + AHEAD_MS_MAX:
        return NotTaken.FROM_THE_FUTURE
    if device_ms is not None and device_ms < received_ms - AGE_MS_MAX and not plan.keeps:
        return NotTaken.STALE
    signal = {} if plan.signal is None else _signal(pointed(body, plan.signal[0]), plan.signal[1])
    return tuple(_mapped(plan, probe, value, device_ms, signal) for probe, value in there)


def _mapped(
    plan: JsonDevicePlan,
    probe: str,
    value: Any,  # noqa: ANN401 - JSON
    device_ms: int | None,
    signal: dict[str, int | str],
) -> Mapped:
    micro, quality = _temperature(plan, value)
    return Mapped(probe=probe, micro_celsius=micro, quality=quality, device_ms=device_ms, signal=signal)


def _signal(value: Any, unit: SignalUnit) -> dict[str, int | str]:  # noqa: ANN401 - JSON
    """Return what a number says of the radio; {} for what is no number. A fraction of a dB is rounded to even."""
    if isinstance(value, str):
        try:
            value = _decimal(value.strip())
        except ValueError:
            return {}
    return signal_details(unit, int(value.to_integral_value(ROUND_HALF_EVEN))) if isinstance(value, Decimal) else {}


def _temperature(plan: JsonDevicePlan, value: Any) -> tuple[int | None, Quality]:  # noqa: ANN401 - JSON
    if value is None:
        return None, Quality.NO_SENSOR
    if isinstance(value, str):
        try:
            value = _decimal(value.strip())
        except ValueError:
            return None, Quality.FAULT
    if not isinstance(value, Decimal):
        return None, Quality.FAULT
    if value in plan.no_sensor:
        return None, Quality.NO_SENSOR
    if value in plan.implausible:
        return None, Quality.IMPLAUSIBLE
    exact = (value - 32) * 5 * _MICRO / 9 if plan.unit is Unit.FAHRENHEIT else value * _SCALES[plan.unit] * _MICRO
    micro = int(exact.to_integral_value(ROUND_HALF_EVEN))
    return (micro, Quality.GOOD) if MICRO_MIN <= micro <= MICRO_MAX else (None, Quality.IMPLAUSIBLE)


def _decimal(text: str) -> Decimal:
    """Return a number as it is written. One that is absurdly long or large would cost memory to write out."""
    try:
        number = Decimal(text) if len(text) <= NUMBER_CHARACTERS_MAX and _plain(text) else None
    except InvalidOperation:  # "4-1", 1e99999999999999999999: no ValueError, and it would end the gateway
        number = None
    if number is None or not number.is_finite() or number.adjusted() > 20:
        msg = "no number that a thermometer gives"
        raise ValueError(msg)
    return number


def _plain(text: str) -> bool:
    return bool(text) and all(character in "0123456789+-.eE" for character in text) and text[-1].isdigit()


def _no_number(text: str) -> None:
    """NaN and Infinity are no JSON, and no measurements."""
    raise ValueError(text)


_MISSING: Final = object()


def pointed(body: Any, pointer: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what a JSON pointer names, or a mark that nothing is there (it equals nothing)."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(body, dict) and name in body:
            body = body[name]
        elif isinstance(body, list) and name.isascii() and name.isdigit() and len(name) < 6 and int(name) < len(body):
            body = body[int(name)]
        else:
            return _MISSING
    return body


def _time_ms(value: Any, plan: JsonDevicePlan) -> int | None:  # noqa: ANN401 - JSON
    """Return UTC milliseconds; None where the message has no time that can be used."""
    if plan.time_kind is TimeKind.ISO_8601:
        return _iso_ms(value, plan.zone) if isinstance(value, str) else None
    if not isinstance(value, Decimal):
        return None
    exact = value * 1_000 if plan.time_kind is TimeKind.SECONDS else value
    return int(exact.to_integral_value(ROUND_HALF_EVEN))


def _iso_ms(text: str, zone: tzinfo | None) -> int | None:
    """Return the instant. In the hour that comes twice, when summer time ends, nobody knows which one is meant."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        if moment.tzinfo is None and zone is not None:
            moment = moment.replace(tzinfo=zone)
            if moment.utcoffset() != moment.replace(fold=1).utcoffset():
                return None
        if moment.tzinfo is None:
            return None
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except OverflowError:
        return None
