"""The auditor's own Ed25519 and tree against cryptography, RFC 8032 and the program's own."""

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from assembly.audit_verifier import BASE, L, consistent, root_of_path, signed, times
from coldchain import merkle
from coldchain.canonical import leaf_hash

# RFC 8032, section 7.1: (secret, public, message, signature) of tests 1 to 3.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_published_signatures_are_taken(secret: str, public: str, message: str, signature: str) -> None:
    key, text, mark = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    made = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert made.sign(text) == mark
    assert made.public_key().public_bytes_raw() == key
    assert signed(key, text, mark)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 10**9))
def test_it_takes_what_the_library_signed_and_nothing_beside_it(secret: bytes, text: bytes, seed: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(secret)
    key, mark = private.public_key().public_bytes_raw(), private.sign(text)
    assert signed(key, text, mark)
    chance = random.Random(seed)
    wrong = bytearray(mark)
    wrong[chance.randrange(64)] ^= 1 << chance.randrange(8)
    assert not signed(key, text, bytes(wrong))
    assert not signed(key, text + b"x", mark)
    other = Ed25519PrivateKey.from_private_bytes(bytes([secret[0] ^ 1]) + secret[1:]).public_key()
    assert not signed(other.public_bytes_raw(), text, mark)
    too_large = int.from_bytes(mark[32:], "little") + L
    assert not signed(key, text, mark[:32] + too_large.to_bytes(32, "little"))


def test_what_is_no_key_or_signature_is_refused() -> None:
    assert not signed(b"", b"", bytes(64))
    assert not signed(bytes(32), b"", b"")
    assert not signed(b"\xff" * 32, b"", bytes(64))
    x, y, z, _ = times(L, BASE)
    assert x == 0
    assert y == z


@given(st.integers(1, 120), st.data())
def test_its_tree_is_that_of_the_program(count: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(str(i).encode()) for i in range(count)]
    root = merkle.root_of(leaves)

    def subtree(level: int, number: int) -> bytes:
        return merkle.root_of(leaves[number << level : (number + 1) << level])

    index, old = data.draw(st.integers(0, count - 1)), data.draw(st.integers(1, count))
    path = list(merkle.inclusion_proof(index, count, subtree))
    assert root_of_path(leaves[index], index, count, path) == root
    assert root_of_path(leaves[index], index, count, [*path, root]) != root
    proof = list(merkle.consistency_proof(old, count, subtree))
    assert consistent(old, count, proof, merkle.root_of(leaves[:old]), root)
    assert not consistent(old, count, [*proof, root], merkle.root_of(leaves[:old]), root)
