"""The limits of a gateway: code, schema and golden files say the same, and what is wrong is a value with its reason."""

import copy
import json
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.local_limits import limits, payload

from coldchain.wire_limits import (
    DEVICES_MAX,
    LIMITS_BYTES_MAX,
    PLACES_MAX,
    UNITS_MAX,
    Limits,
    LimitsFault,
    decode_limits,
    encode_limits,
)

ROOT: Final = Path(__file__).parents[2]
GOLDEN: Final = sorted((ROOT / "tests/golden/limits").glob("*.json"))
SCHEMA: Final = json.loads((ROOT / "docs/limits.schema.json").read_text())
VALID: Final = jsonschema.Draft202012Validator(SCHEMA)


def reason(data: bytes, gateway: str = "gw-1") -> str:
    taken = decode_limits(data, gateway)
    assert isinstance(taken, LimitsFault), taken
    return taken.reason


@pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_a_golden_file_fits_the_schema_and_is_read(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    VALID.validate(json.loads(path.read_text()))
    taken = decode_limits(path.read_bytes(), "gw-1")
    assert isinstance(taken, Limits)
    assert decode_limits(encode_limits(taken), "gw-1") == taken
    VALID.validate(json.loads(encode_limits(taken)))


def test_the_golden_file_is_what_this_version_writes_with_the_signature_last() -> None:
    written = encode_limits(limits(41, sig="c2lnbmF0dXJl"))
    assert json.loads(written) == json.loads((ROOT / "tests/golden/limits/one-fridge.json").read_text())
    assert list(json.loads(written))[-1] == "sig"
    unsigned = encode_limits(limits(41))
    assert written.startswith(unsigned[:-1] + b",")


@pytest.mark.parametrize("key", ["v", "gateway", "version", "made_ms", "profiles", "places", "probes"])
def test_what_the_schema_requires_the_code_requires(key: str) -> None:
    document: dict[str, Any] = json.loads(payload())
    del document[key]
    assert not VALID.is_valid(document)
    assert reason(json.dumps(document).encode()) == "not-the-format"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"version": 0}, "not-the-format"),
        ({"version": "7"}, "not-the-format"),
        ({"v": 2}, "unknown-version"),
        ({"gateway": "gw-2"}, "wrong-gateway"),
        ({"places": []}, "not-whole"),
        ({"profiles": []}, "not-whole"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], expected: str) -> None:
    assert reason(json.dumps({**json.loads(payload()), **change}).encode()) == expected


def test_too_much_and_no_json_are_told_apart() -> None:
    assert reason(b" " * (LIMITS_BYTES_MAX + 1)) == "too-large"
    assert reason(b"\xff\xfe") == "not-json"
    assert reason(payload()[:-5]) == "not-json"
    assert (UNITS_MAX, PLACES_MAX, DEVICES_MAX) == (200, 256, 1_024)


@given(st.binary(max_size=200))
def test_noise_never_raises(noise: bytes) -> None:
    assert isinstance(decode_limits(noise, "gw-1"), LimitsFault)


@given(st.data())
def test_a_damaged_document_is_read_whole_or_refused(data: st.DataObject) -> None:
    document = copy.deepcopy(json.loads(payload()))
    key = data.draw(st.sampled_from(sorted(document)))
    document[key] = data.draw(
        st.none() | st.integers(-5, 5) | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
    )
    taken = decode_limits(json.dumps(document).encode(), "gw-1")
    assert isinstance(taken, Limits | LimitsFault)
    if isinstance(taken, Limits):
        VALID.validate(document)
