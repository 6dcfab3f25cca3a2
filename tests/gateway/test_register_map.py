"""From registers to temperatures, exactly, by the maps that come with the program and by maps of one's own."""

import struct
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.facts import Quality
from gateway.decoders.heard import RegistersRead
from gateway.decoders.modbus_rtu import AnswerScanner
from gateway.decoders.register_map import (
    Channel,
    Reading,
    RegisterMap,
    Span,
    WordOrder,
    WordType,
    at_power_on,
    channel_measured,
    channel_words,
    fits,
    measured,
    number_of,
    spans_of,
    stored_spans,
    words_of,
)
from gateway.decoders.register_map_file import placed
from gateway.maps import load_map

COLLECTOR = load_map("r4dcb08")
ORDERS = {"ABCD": (0, 1, 2, 3), "CDAB": (2, 3, 0, 1), "BADC": (1, 0, 3, 2), "DCBA": (3, 2, 1, 0)}


def reading(kind: WordType, order: str = "ABCD", scale: str = "1", offset: str = "0", **sentinels: int) -> Reading:
    return Reading(
        type=kind,
        order=WordOrder(order),
        scale=Fraction(scale) * 1_000_000,
        offset=Fraction(offset) * 1_000_000,
        least_micro_celsius=-200_000_000,
        most_micro_celsius=300_000_000,
        **{name: frozenset({value}) for name, value in sentinels.items()},
    )


def said(map_: RegisterMap, answer: str) -> dict[str, tuple[int | None, Quality]]:
    """Return what the channels of a map say, from an answer frame to the map's own question."""
    channels = [channel for channel in map_.channels if channel.register is not None]
    spans = spans_of(map_, channels, [])
    (span,) = spans
    (heard,) = AnswerScanner(span.request(1)).feed(bytes.fromhex(answer))
    assert isinstance(heard, RegistersRead)
    words = words_of(spans, [heard.values])
    assert fits(map_.checks, words)
    return {channel.name: channel_measured(channel, words) for channel in channels}


def one_channel(map_: RegisterMap) -> RegisterMap:
    """Return the map as a device would be set up on which the first channel alone is wired."""
    return replace(map_, channels=map_.channels[:1], checks=())


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
        (0x10000 - 1270, None, Quality.NO_SENSOR),
        (0x7FFF, None, Quality.IMPLAUSIBLE),
        (0x8000, None, Quality.NO_SENSOR),
        (0x8001, None, Quality.IMPLAUSIBLE),
    ],
)
def test_a_register_of_the_collector_becomes_a_temperature_or_the_reason_why_not(
    register: int, micro_celsius: int | None, quality: Quality
) -> None:
    assert measured(COLLECTOR.channels[0].reading, [register]) == (micro_celsius, quality)


@given(st.integers(-550, 1250).filter(lambda tenths: tenths != 850))
def test_every_tenth_that_the_probe_can_measure_is_kept_exactly(tenths: int) -> None:
    assert measured(COLLECTOR.channels[0].reading, [tenths & 0xFFFF]) == (tenths * 100_000, Quality.GOOD)


@given(st.integers(0, 0xFFFF))
def test_there_is_a_temperature_exactly_when_the_quality_is_good(register: int) -> None:
    micro_celsius, quality = measured(COLLECTOR.channels[0].reading, [register])
    assert (micro_celsius is not None) == (quality is Quality.GOOD)


def test_one_request_reads_all_channels_of_the_collector() -> None:
    (span,) = spans_of(COLLECTOR, COLLECTOR.channels, [])
    assert span.request(1).frame.hex(" ") == "01 03 00 00 00 08 44 0c"


@pytest.mark.parametrize(
    ("name", "frame", "expected"),
    [
        ("xy-md02-x10", "01 04 04 01 31 02 22 2A CE", (30_500_000, Quality.GOOD)),  # SHT20: 30.5 °C and 54.6 % RH
        ("r4dcb08", "01 03 02 00 DB F8 1F", (21_900_000, Quality.GOOD)),  # the collector's manual
        ("r4dcb08", "01 03 02 FF D8 F9 EE", (-4_000_000, Quality.GOOD)),
        ("r4dcb08", "01 03 02 80 00 D9 84", (None, Quality.NO_SENSOR)),  # never -3276.8
    ],
)
def test_the_printed_frames_give_the_printed_temperatures(
    name: str, frame: str, expected: tuple[int | None, Quality]
) -> None:
    map_ = load_map(name)
    assert said(one_channel(map_) if name == "r4dcb08" else map_, frame) == {"0": expected}


def test_the_transmitters_own_request_is_the_printed_one() -> None:
    map_ = load_map("xy-md02-x10")
    (span,) = spans_of(map_, map_.channels, [])
    assert span.request(1).frame == bytes.fromhex("01 04 00 01 00 02 20 0B")


def test_a_transmitter_without_humidity_is_read_by_a_map_without_the_check() -> None:
    assert said(one_channel(load_map("xy-md02-x10")), "01 04 02 01 31 79 74") == {"0": (30_500_000, Quality.GOOD)}


def test_the_meters_floats_with_swapped_words_are_7_and_25_degrees() -> None:
    map_ = placed(load_map("float32-cdab"), {"0": 0, "1": 2})
    frame = "01 04 08 00 00 40 E0 00 00 41 C8 9A DD"
    assert said(map_, frame) == {"0": (7_000_000, Quality.GOOD), "1": (25_000_000, Quality.GOOD)}


@pytest.mark.parametrize(
    ("name", "words", "fitting"),
    [
        ("xy-md02-x10", (40, 546), True),
        ("xy-md02-x10", (400, 5460), False),  # the unit says hundredths: 4.00 would become 40.0
        ("xy-md02-x100", (400, 5460), True),
        ("xy-md02-x100", (40, 546), False),  # the unit says tenths: 4.0 would become 0.40
    ],
)
def test_a_map_for_the_other_kind_of_transmitter_is_noticed(name: str, words: tuple[int, int], fitting: bool) -> None:
    map_ = load_map(name)
    assert fits(map_.checks, words_of(spans_of(map_, map_.channels, []), [words])) is fitting


@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from(sorted(ORDERS)))
def test_every_word_order_gives_the_number_that_was_written(value: int, order: str) -> None:
    straight = struct.pack(">i", value)
    wire = bytes(straight[i] for i in ORDERS[order])
    words = struct.unpack(">HH", wire)
    assert number_of(reading(WordType.INT32, order), words) == value
    assert number_of(reading(WordType.UINT32, order), words) == value % 2**32


@given(st.floats(width=32), st.sampled_from(sorted(ORDERS)))
def test_a_float_is_taken_exactly_and_what_is_no_number_is_a_fault(value: float, order: str) -> None:
    straight = struct.pack(">f", value)
    words = struct.unpack(">HH", bytes(straight[i] for i in ORDERS[order]))
    plain = reading(WordType.FLOAT32, order)
    if value - value != 0:
        assert measured(plain, words) == (None, Quality.FAULT)
        return
    assert number_of(plain, words) == Fraction(value)
    micro, quality = measured(plain, words)
    if quality is Quality.GOOD:
        assert micro is not None
        assert abs(micro - Fraction(value) * 1_000_000) <= Fraction(1, 2)
    else:
        assert not -200.1 < value < 300.1 or quality is Quality.IMPLAUSIBLE


@pytest.mark.parametrize(("order", "word"), [("ABCD", 0x0028), ("CDAB", 0x0028), ("BADC", 0x2800), ("DCBA", 0x2800)])
def test_a_single_word_is_turned_only_where_its_bytes_are(order: str, word: int) -> None:
    assert number_of(reading(WordType.INT16, order), [word]) == 40


@pytest.mark.parametrize(("word", "number"), [(0x0028, 40), (0x8028, -40), (0x8000, 0), (0x7FFF, 32767)])
def test_a_sign_with_its_magnitude_is_no_twos_complement(word: int, number: int) -> None:
    assert number_of(reading(WordType.SIGNMAG16), [word]) == number


def test_fahrenheit_becomes_celsius_by_exact_ratios() -> None:
    fahrenheit = reading(WordType.INT16, scale="5/90", offset="-160/9")
    assert measured(fahrenheit, [320]) == (0, Quality.GOOD)
    assert measured(fahrenheit, [392]) == (4_000_000, Quality.GOOD)
    assert measured(fahrenheit, [0x10000 - 400]) == (-40_000_000, Quality.GOOD)
    assert measured(fahrenheit, [391]) == (3_944_444, Quality.GOOD)  # 3.94444...


@pytest.mark.parametrize(("raw", "micro"), [(1, 0), (3, 2), (5, 2), (7, 4), (0xFFFF, 0), (0xFFFD, -2)])
def test_half_a_micro_degree_goes_to_the_even_one(raw: int, micro: int) -> None:
    assert measured(reading(WordType.INT16, scale="1/2000000"), [raw]) == (micro, Quality.GOOD)


def test_sentinels_are_qualities_and_come_before_the_range() -> None:
    kind = reading(WordType.INT16, scale="1/10", no_sensor=-32768, fault=32767, power_on=850)
    assert measured(kind, [0x8000]) == (None, Quality.NO_SENSOR)
    assert measured(kind, [0x7FFF]) == (None, Quality.FAULT)
    assert measured(kind, [850]) == (None, Quality.IMPLAUSIBLE)
    assert [at_power_on(kind, [word]) for word in (850, 0x8000, 40)] == [True, False, False]


def channels_at(*registers: int, kind: WordType = WordType.INT16) -> list[Channel]:
    return [
        Channel(name=str(i), function=3, reading=reading(kind), register=register)
        for i, register in enumerate(registers)
    ]


@pytest.mark.parametrize(
    ("registers", "spans"),
    [
        ((0, 1, 2), [(0, 3)]),
        ((5, 0), [(0, 6)]),  # a hole of four
        ((0, 9), [(0, 10)]),
        ((0, 10), [(0, 1), (10, 1)]),  # far apart
        ((0, 124), [(0, 1), (124, 1)]),
        ((0, 0xFFFF), [(0, 1), (0xFFFF, 1)]),
    ],
)
def test_one_request_reads_what_lies_together(registers: tuple[int, ...], spans: list[tuple[int, int]]) -> None:
    found = spans_of(COLLECTOR, channels_at(*registers), [])
    assert [(span.first, span.count) for span in found if span.function == 3] == spans


@given(st.lists(st.integers(0, 0xFFFE), min_size=1, max_size=24, unique=True), st.sampled_from(list(WordType)))
def test_every_channel_and_every_stored_extreme_lies_whole_in_one_request(registers: list[int], kind: WordType) -> None:
    channels = channels_at(*registers, kind=kind)
    stored = [replace(channel, register=0, stored_min=channel.register, stored=True) for channel in channels]
    for spans in (spans_of(COLLECTOR, channels, []), stored_spans(COLLECTOR, stored)):
        for register in registers:
            assert any(all((3, register + i) in span for i in range(kind.words)) for span in spans)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=20, unique=True), st.sampled_from(list(WordType)))
def test_what_is_decoded_is_what_stands_at_the_address_whatever_the_requests_are(
    registers: list[int], kind: WordType
) -> None:
    memory = [(7 * address) & 0xFFFF for address in range(600)]
    channels = channels_at(*registers, kind=kind)
    spans = spans_of(COLLECTOR, channels, [])
    words = words_of(spans, [memory[span.first : span.first + span.count] for span in spans])
    for channel in channels:
        assert channel.register is not None
        expected = tuple(memory[channel.register : channel.register + kind.words])
        assert channel_words(channel, words) == expected


def test_a_channel_without_an_address_is_our_own_mistake() -> None:
    (channel,) = channels_at(0)
    with pytest.raises(ValueError, match="completed from the settings"):
        channel_words(Channel(name="x", function=3, reading=channel.reading, register=None), {})


def test_a_span_knows_what_lies_in_it() -> None:
    span = Span(function=4, first=10, count=2)
    assert [(4, address) in span for address in (9, 10, 11, 12)] == [False, True, True, False]
    assert (3, 10) not in span
