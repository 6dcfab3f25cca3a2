"""A signature stands last in an object and covers its bytes; every other place or change is seen."""

import json
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from coldchain.errors import InvalidValueError
from coldchain.signed import MEMBER_BYTES, SIGNATURE_BYTES, opened, sealed
from coldchain.wire import Up, decode_up
from gateway.signing import verified

GOLDEN: Final = Path(__file__).parents[1] / "golden/wire/up-signed.json"
# RFC 8032, section 7.1, test 1: a key that is as public as can be.
SECRET: Final = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC: Final = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SECRET))


def test_the_golden_batch_is_signed_by_the_key_of_the_document() -> None:
    payload = GOLDEN.read_bytes()
    found = opened(payload)
    assert found is not None
    assert json.loads(found[0]) == json.loads((GOLDEN.parent / "up-samples.json").read_text())
    assert verified(PUBLIC, *found)
    assert sealed(found[0], KEY.sign) == payload
    up = decode_up(payload)
    assert isinstance(up, Up)
    assert up.sig == found[1].hex()


def test_the_example_of_the_document_is_what_the_key_makes() -> None:
    text = (GOLDEN.parents[3] / "docs/wire.md").read_text()
    assert PUBLIC in text
    assert SECRET in text
    assert sealed(b'{"v":1,"gateway":"gw-1"}', KEY.sign).decode() in text


@given(st.binary(min_size=64, max_size=64), st.dictionaries(st.text(max_size=5), st.text(max_size=9), min_size=1))
def test_what_was_sealed_opens_to_the_same_bytes(signature: bytes, members: dict[str, str]) -> None:
    payload = json.dumps(members).encode()
    whole = sealed(payload, lambda _: signature)
    assert opened(whole) == (payload, signature)
    assert len(whole) == len(payload) - 1 + MEMBER_BYTES
    assert json.loads(whole) == {**members, "sig": signature.hex()}


@pytest.mark.parametrize("change", [b" ", b"\n", b"}", b',"x":1}'])
def test_what_stands_behind_the_signature_makes_it_none(change: bytes) -> None:
    assert opened(sealed(b'{"v":1}', KEY.sign) + change) is None


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b'{"v":1}', b'"sig":"' + b"0" * 128 + b'"}', b',"sig":"' + b"0" * 128 + b'"}']
)
def test_without_a_member_in_its_place_there_is_no_signature(payload: bytes) -> None:
    assert opened(payload) is None


def test_upper_case_and_short_signatures_are_none() -> None:
    good = b'{"v":1,"sig":"' + b"ab" * 64 + b'"}'
    assert opened(good) is not None
    assert opened(good.replace(b"ab", b"AB")) is None
    assert opened(b'{"v":1,"sig":"' + b"ab" * 63 + b'"}') is None


@pytest.mark.parametrize("payload", [b"{}", b"{ }", b"[1]", b"", b"1"])
def test_only_an_object_with_members_can_be_sealed(payload: bytes) -> None:
    with pytest.raises(InvalidValueError):
        sealed(payload, KEY.sign)


def test_a_signature_of_another_length_is_a_mistake_of_ours() -> None:
    with pytest.raises(InvalidValueError, match=str(SIGNATURE_BYTES)):
        sealed(b'{"v":1}', lambda _: b"short")


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_is_seen(where: int, change: int) -> None:
    payload = bytearray(GOLDEN.read_bytes())
    payload[where % len(payload)] ^= change
    found = opened(bytes(payload))
    assert found is None or not verified(PUBLIC, *found)


def test_what_is_no_key_has_signed_nothing() -> None:
    found = opened(GOLDEN.read_bytes())
    assert found is not None
    assert not verified("00", *found)
    assert not verified("zz" * 32, *found)
    assert not verified("00" * 32, *found)
