"""The wire code and the documents that own the format say the same, in both directions."""

import copy
import json
import random
from pathlib import Path
from typing import Any, Final

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wire_values import FACTS, HEADS, batch

from coldchain.facts import Fact
from coldchain.wire import (
    DETAILS_MAX,
    ITEMS_MAX,
    PAYLOAD_BYTES_MAX,
    RANGES_MAX,
    REFUSED_MAX,
    Ack,
    GatewayState,
    Reason,
    Refused,
    Up,
    decode_ack,
    decode_state,
    decode_up,
    encode,
    facts_of,
    parse_topic,
    payload_sha256,
    topic,
    up_of,
)

ROOT: Final = Path(__file__).parents[2]
GOLDEN: Final = sorted((ROOT / "tests/golden/wire").glob("*.json"))
SCHEMA: Final = json.loads((ROOT / "docs/wire.schema.json").read_text())
_QUICK: Final = settings(max_examples=150)


def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{name}"}]})


UP, ACK, STATE = _validator("up"), _validator("ack"), _validator("state")


def _golden(prefix: str) -> pytest.MarkDecorator:
    files = [path for path in GOLDEN if path.name.startswith(prefix)]
    assert files, f"no golden file begins with {prefix}"
    return pytest.mark.parametrize("path", files, ids=[path.stem for path in files])


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert {path.name.split("-")[0].removesuffix(".json") for path in GOLDEN} == {"up", "ack", "state", "refused"}


@_golden("up-")
def test_a_golden_batch_fits_the_schema_and_survives_reading_and_writing(path: Path) -> None:
    document = json.loads(path.read_text())
    UP.validate(document)
    up = decode_up(path.read_bytes())
    assert isinstance(up, Up), up
    written = json.loads(encode(up))
    assert written == {key: value for key, value in document.items() if value is not None}
    assert up_of(facts_of(up), **{name: getattr(up, name) for name in _HEAD}) == up


_HEAD: Final = [
    "gateway",
    "epoch",
    "first_seq",
    "last_seq",
    "boot",
    "sent_ms",
    "clock",
    "sent_boottime_ms",
    "boot_offset_ms",
    "oldest_unsent_taken_ms",
    "sig",
]


@_golden("refused-")
def test_a_golden_refusal_is_refused_for_the_reason_in_its_name(path: Path) -> None:
    refused = decode_up(path.read_bytes())
    assert isinstance(refused, Refused)
    assert path.stem.startswith(f"refused-{refused.reason}-")
    assert refused.sha256 == payload_sha256(path.read_bytes())


def test_the_frozen_part_of_an_unknown_version_is_read() -> None:
    refused = decode_up((ROOT / "tests/golden/wire/refused-unknown-version-2.json").read_bytes())
    assert isinstance(refused, Refused)
    assert refused.header is not None
    assert (refused.header.v, refused.header.gateway, refused.header.epoch) == (2, "gw-1", "9f2c41d07ab35e18")
    assert (refused.header.first_seq, refused.header.last_seq) == (101, 104)


@_golden("ack")
def test_a_golden_ack_fits_the_schema_and_is_read(path: Path) -> None:
    document = json.loads(path.read_text())
    ACK.validate(document)
    ack = decode_ack(path.read_bytes())
    assert ack is not None
    assert json.loads(encode(ack)) == {name: document[name] for name in Ack.__struct_fields__ if name in document}


@_golden("state-")
def test_a_golden_state_fits_the_schema_and_is_read(path: Path) -> None:
    document = json.loads(path.read_text())
    STATE.validate(document)
    state = decode_state(path.read_bytes())
    assert state is not None
    assert json.loads(encode(state)) == document


def test_the_example_of_the_document_is_the_golden_ack_and_state() -> None:
    text = (ROOT / "docs/wire.md").read_text()
    state = json.loads((ROOT / "tests/golden/wire/state-online.json").read_text())
    assert json.dumps(state) in text
    for name in (*Up.__struct_fields__, *Ack.__struct_fields__, *GatewayState.__struct_fields__):
        assert f"`{name}`" in text or f'"{name}"' in text, f"docs/wire.md does not speak of {name}"


@_QUICK
@given(HEADS, st.lists(FACTS, max_size=20))
def test_what_we_write_fits_the_schema_and_comes_back_equal(head: dict[str, Any], facts: list[Fact]) -> None:
    up = batch(head, facts)
    payload = encode(up)
    UP.validate(json.loads(payload))
    assert decode_up(payload) == up
    numbered = [msgspec.structs.replace(fact, seq=up.first_seq + index) for index, fact in enumerate(facts)]
    assert facts_of(up) == numbered


_STRANGE: Final[list[Any]] = [
    None, True, False, -1, 0, 1, 2, 255, 256, -129, 2**53 - 1, 2**53, -(2**53), 10**30, 1.5, "", "gw-1", "gw-1\n", "GW",
    "x" * 33, "x" * 65, "x" * 201, "E280", "E280\n", "e280", "trusted", "inventory", "arrived", [], {}, [None], [1],
    {"a": 1}, {"a": True}, {"a": 2**53}, {"a": None}, {"a": 1.5}, {str(number): 1 for number in range(DETAILS_MAX + 1)},
    {"x" * 33: 1}, "\u0000", "门",
]  # fmt: skip


@settings(max_examples=600)
@given(st.integers(0, 2**32))
def test_code_and_schema_agree_on_every_distorted_batch(seed: int) -> None:
    chance = random.Random(seed)
    document = json.loads((ROOT / "tests/golden/wire/up-all.json").read_text())
    for _ in range(chance.randint(1, 2)):
        _distort(document, chance)
    decoded = decode_up(json.dumps(document).encode())
    allowed = UP.is_valid(document) and _keeps_the_rules_beyond_the_schema(document)
    assert isinstance(decoded, Up) == allowed, (decoded, document)


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.sampled_from(["ack", "state-online"]))
def test_code_and_schema_agree_on_every_distorted_ack_and_state(seed: int, name: str) -> None:
    chance = random.Random(seed)
    document = json.loads((ROOT / f"tests/golden/wire/{name}.json").read_text())
    _distort(document, chance)
    payload = json.dumps(document).encode()
    if name == "ack":
        allowed = ACK.is_valid(document) and all(first <= last for first, last in document["ranges"])
        assert (decode_ack(payload) is not None) == allowed, document
    else:
        assert (decode_state(payload) is not None) == STATE.is_valid(document), document


def _distort(document: Any, chance: random.Random) -> None:
    """Change, remove or add one value somewhere."""
    spots: list[tuple[Any, Any]] = []
    _collect(document, spots)
    holder, key = chance.choice(spots)
    what = chance.random()
    if what < 0.15 and isinstance(holder, dict):
        del holder[key]
    elif what < 0.25:
        fresh = copy.deepcopy(holder[key])
        if isinstance(holder, dict):
            holder[chance.choice(["colour", "sig", "samples", "door"])] = fresh
        else:
            holder.append(fresh)
    else:
        holder[key] = copy.deepcopy(chance.choice(_STRANGE))


def _collect(value: Any, spots: list[tuple[Any, Any]]) -> None:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        spots.append((value, key))
        _collect(inner, spots)


_COLUMNS: Final = {name: set(SCHEMA["$defs"][name]["properties"]) for name in ("samples", "tags", "events", "gaps")}


def _keeps_the_rules_beyond_the_schema(document: dict[str, Any]) -> bool:
    """docs/wire.md, section 3.3, written a second time."""
    numbers: list[int] = []
    for name, columns in _COLUMNS.items():
        group = document.get(name, {})
        left_out = {"centroid_ms"} if not group.get("centroid_ms") else set()
        if len({len(group.get(column, [])) for column in set(columns) - left_out}) != 1:
            return False
        numbers += group.get("seq", [])
    samples = document.get("samples", {})
    pairs = zip(samples.get("quality", []), samples.get("micro_celsius", []), strict=True)
    return (
        len(set(numbers)) == len(numbers) <= ITEMS_MAX
        and all(document["first_seq"] <= number for number in numbers)
        and document["last_seq"] == (max(numbers) if numbers else document["first_seq"] - 1)
        and all((quality == 0) == (value is not None) for quality, value in pairs)
    )


@_QUICK
@given(st.binary(max_size=300))
def test_no_bytes_whatever_raise(payload: bytes) -> None:
    assert isinstance(decode_up(payload), Refused)
    assert decode_ack(payload) is None
    assert decode_state(payload) is None


@_QUICK
@given(st.integers(0, 2**32))
def test_a_golden_batch_with_damaged_bytes_never_raises(seed: int) -> None:
    chance = random.Random(seed)
    payload = bytearray((ROOT / "tests/golden/wire/up-all.json").read_bytes())
    for _ in range(chance.randint(1, 6)):
        payload[chance.randrange(len(payload))] = chance.randrange(256)
    decoded = decode_up(bytes(payload[: chance.choice([len(payload), chance.randrange(len(payload))])]))
    assert isinstance(decoded, Refused) or UP.is_valid(json.loads(encode(decoded)))


def _with(path: str, text: str) -> bytes:
    """Return a batch with one event in which a JSON text stands in a chosen place."""
    event = '"seq":[1],"origin":["d"],"origin_seq":[null],"taken_ms":[1],"boottime_ms":[1],"kind":["inventory"]'
    rest = f'"earliest_ms":[null],"latest_ms":[null],"epc":[null],"details":[{text if path == "details" else "{}"}]'
    sent = text if path == "sent_ms" else "1"
    version = text if path == "v" else "1"
    more = text if path == "more" else ""
    return (
        f'{{"v":{version},"gateway":"gw-1","epoch":"e","first_seq":1,"last_seq":1,"boot":"b","sent_ms":{sent},'
        f'"clock":"trusted","events":{{{event},{rest}}}{more}}}'
    ).encode("utf-8", "surrogatepass")


def test_the_batch_for_the_strange_values_is_itself_allowed() -> None:
    assert isinstance(decode_up(_with("details", '{"a":1}')), Up)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sent_ms", "NaN"),
        ("sent_ms", "Infinity"),
        ("sent_ms", "true"),
        ("sent_ms", "1.0"),
        ("sent_ms", "1e3"),
        ("sent_ms", "-0.0"),
        ("sent_ms", "01"),
        ("sent_ms", '"1"'),
        ("sent_ms", "9" * 19),
        ("sent_ms", "9" * 100_000),
        ("v", "9" * 60),
        ("v", "9" * 100_000),
        ("v", "true"),
        ("v", "1.0"),
        ("more", ',"x":' + "[" * 100_000),
        ("more", ',"x":' + "[" * 90_000 + "]" * 90_000),
        ("more", ',"x":' + '{"a":' * 20_000 + "1" + "}" * 20_000),
        ("more", ',"v":2'),
        ("more", ',"gateway":"GW"'),
        ("more", "x"),
        ("details", '{"a":"\\ud800"}'),
        ("details", '{"a":"\\udc00"}'),
        ("details", '{"\\udfff":1}'),
        ("details", '{"a":"\ud800"}'),
        ("details", '{"a":"\\ud800\\ud800"}'),
        ("details", '{"a":' + "9" * 30 + "}"),
        ("details", '{"a":-9007199254740992}'),
        ("details", '{"a":1.5}'),
        ("details", '{"a":false}'),
        ("details", '{"a":null}'),
        ("details", '{"a":{"b":1}}'),
    ],
)
def test_what_is_not_quite_json_or_not_quite_a_number_is_refused(path: str, text: str) -> None:
    assert isinstance(decode_up(_with(path, text)), Refused)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"0",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{}",
        b"{}",
        b"[" * 200_000,
        b'{"v":' * 40_000,
        b"\x00" * 9,
    ],
)
def test_what_is_not_a_batch_is_refused(payload: bytes) -> None:
    assert isinstance(decode_up(payload), Refused)
    assert decode_ack(payload) is None
    assert decode_state(payload) is None


def test_what_was_read_can_always_be_written_again() -> None:
    up = decode_up(_with("details", '{"\\u0000":"\\ud83e\\ude78","n":-9007199254740991}'))
    assert isinstance(up, Up)
    assert up.events.details == [{"\u0000": "\N{DROP OF BLOOD}", "n": -(2**53) + 1}]
    assert decode_up(encode(up)) == up


def test_the_last_of_two_equal_keys_counts_for_both_readings_of_the_header() -> None:
    refused = decode_up(_with("more", ',"v":1,"v":3'))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.UNKNOWN_VERSION


def test_the_limits_are_reached_and_not_passed() -> None:
    head = {"gateway": "gw-1", "epoch": "e", "boot": "b", "sent_ms": 1, "clock": "trusted"}
    document = json.loads((ROOT / "tests/golden/wire/up-samples.json").read_text())
    for items, allowed in ((ITEMS_MAX, True), (ITEMS_MAX + 1, False)):
        columns = {name: [column[0]] * items for name, column in document["samples"].items()}
        columns["seq"] = list(range(1, items + 1))
        payload = json.dumps({"v": 1, **head, "first_seq": 1, "last_seq": items, "samples": columns}).encode()
        assert isinstance(decode_up(payload), Up) == allowed
    small = (ROOT / "tests/golden/wire/up-empty.json").read_bytes()
    assert isinstance(decode_up(small.ljust(PAYLOAD_BYTES_MAX)), Up)
    refused = decode_up(small.ljust(PAYLOAD_BYTES_MAX + 1))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TOO_LARGE
    assert refused.header is None


def test_an_ack_has_room_for_its_limits_and_no_more() -> None:
    ack = Ack(v=1, gateway="gw-1", epoch="e", contiguous_seq=0, ranges=[], refused=[], centre_ms=1)
    ranges = [(3 * number, 3 * number + 1) for number in range(1, RANGES_MAX + 2)]
    refused = [f"{number:064x}" for number in range(REFUSED_MAX + 1)]
    full = msgspec.structs.replace(ack, ranges=ranges[:-1], refused=refused[:-1])
    assert decode_ack(encode(full)) == full
    assert decode_ack(encode(msgspec.structs.replace(full, ranges=ranges))) is None
    assert decode_ack(encode(msgspec.structs.replace(full, refused=refused))) is None
    assert decode_ack(encode(msgspec.structs.replace(ack, ranges=[(5, 4)]))) is None
    assert decode_ack(encode(msgspec.structs.replace(ack, ranges=[(0, 4)]))) is None


def test_an_ack_or_state_of_another_version_is_not_read() -> None:
    for name, read in (("ack", decode_ack), ("state-online", decode_state)):
        document = json.loads((ROOT / f"tests/golden/wire/{name}.json").read_text())
        assert read(json.dumps({**document, "v": 2}).encode()) is None


@pytest.mark.parametrize(("mark", "horizon_ms"), [(None, 50), (70, 50), (30, 30)])
def test_the_horizon_is_the_mark_but_never_after_the_sending(mark: int | None, horizon_ms: int) -> None:
    document = json.loads((ROOT / "tests/golden/wire/up-empty.json").read_text())
    up = decode_up(json.dumps({**document, "sent_ms": 50, "oldest_unsent_taken_ms": mark}).encode())
    assert isinstance(up, Up)
    assert up.horizon_ms == horizon_ms


def test_topics_are_written_and_read() -> None:
    assert topic("storage-1", "gw-1", "up") == "cc/v1/storage-1/gw-1/up"
    assert parse_topic("cc/v1/storage-1/gw-1/up") == ("storage-1", "gw-1", "up")


@pytest.mark.parametrize(
    "text", ["", "cc/v1/a/b", "cc/v2/a/b/up", "/cc/v1/a/b/up", "cc/v1/A/b/up", "cc/v1/a/b\n/up", "cc/v1/a//up"]
)
def test_topics_of_others_are_not_read(text: str) -> None:
    assert parse_topic(text) is None
