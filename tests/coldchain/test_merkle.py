"""The Merkle tree against the recursive definition of RFC 6962, section 2.1, and published vectors."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.canonical import leaf_hash
from coldchain.errors import InvalidValueError
from coldchain.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    consistent,
    included,
    inclusion_proof,
    node_hash,
    peaks_of,
    root_of,
)

# Inputs and roots of the reference implementation of Certificate Transparency (merkletree tests of RFC 6962).
INPUTS = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
INPUTS.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def mth(leaves: Sequence[bytes]) -> bytes:
    """The textbook definition: MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def leaves_of(count: int, seed: int = 0) -> list[bytes]:
    return [leaf_hash(f"{seed}/{i}".encode()) for i in range(count)]


def subtrees(leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """All full subtrees, as a frontier tells them while it grows."""
    found: dict[tuple[int, int], bytes] = {}
    frontier = Frontier(made=lambda level, number, digest: found.update({(level, number): digest}))
    for leaf in leaves:
        frontier.append(leaf)
    return found


COUNTS = st.integers(1, 200)


@pytest.mark.parametrize("count", range(1, 9))
def test_published_roots_come_out(count: int) -> None:
    assert root_of(leaf_hash(one) for one in INPUTS[:count]).hex() == ROOTS[count - 1]


def test_a_tree_of_nothing_has_the_hash_of_nothing() -> None:
    assert root_of([]) == EMPTY_ROOT == mth([])


@given(COUNTS)
def test_the_root_is_that_of_the_definition(count: int) -> None:
    assert root_of(leaves_of(count)) == mth(leaves_of(count))


@given(COUNTS, st.integers(0, 200))
def test_a_frontier_goes_on_where_it_was_left(count: int, at: int) -> None:
    leaves = leaves_of(count)
    at = min(at, count)
    frontier, whole = Frontier(), subtrees(leaves)
    for leaf in leaves[:at]:
        frontier.append(leaf)
    assert frontier.peaks == tuple(whole[key] for key in peaks_of(0, at))
    again = Frontier(at, frontier.peaks)
    for leaf in leaves[at:]:
        again.append(leaf)
    assert again.root() == mth(leaves)


@given(COUNTS, st.data())
def test_full_subtrees_are_those_of_the_definition(count: int, data: st.DataObject) -> None:
    leaves = leaves_of(count)
    found = subtrees(leaves)
    level, number = data.draw(st.sampled_from(sorted(found)))
    assert found[level, number] == mth(leaves[number << level : (number + 1) << level])


@given(COUNTS, st.data())
def test_inclusion_proofs_are_those_of_the_definition_and_prove(count: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(count), data.draw(st.integers(0, count - 1))
    proof = inclusion_proof(index, count, lambda *key: subtrees(leaves)[key])
    assert list(proof) == path(index, leaves)
    assert included(leaves[index], index, count, proof, mth(leaves))


@given(COUNTS, st.data())
def test_inclusion_of_anything_else_is_not_proved(count: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(count), data.draw(st.integers(0, count - 1))
    root, proof = mth(leaves), path(index, leaves)
    assert not included(leaf_hash(b"another"), index, count, proof, root)
    assert not included(leaves[index], index, count, [*proof, root], root)
    assert not included(leaves[index], count, count, proof, root)
    other = data.draw(st.integers(0, count - 1))
    assert included(leaves[index], other, count, proof, root) == (other == index)
    if proof:
        assert not included(leaves[index], index, count, proof[:-1], root)
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not included(leaves[index], index, count, [*proof[:at], root, *proof[at + 1 :]], root)


@given(COUNTS, st.data())
def test_consistency_proofs_are_those_of_the_definition_and_prove(count: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(count), data.draw(st.integers(1, count))
    proof = consistency_proof(old, count, lambda *key: subtrees(leaves)[key])
    assert list(proof) == subproof(old, leaves, True)
    assert consistent(old, count, proof, mth(leaves[:old]), mth(leaves))


@given(COUNTS, st.data())
def test_a_tree_with_another_beginning_is_not_consistent(count: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(count), data.draw(st.integers(1, count))
    changed = list(leaves)
    changed[data.draw(st.integers(0, old - 1))] = leaf_hash(b"rewritten")
    proof = consistency_proof(old, count, lambda *key: subtrees(changed)[key])
    assert not consistent(old, count, proof, mth(leaves[:old]), mth(changed))
    assert not consistent(old, count, proof, mth(changed[:old]), mth(leaves))
    assert not consistent(old, count, [*proof, mth(leaves)], mth(leaves[:old]), mth(leaves))


def test_published_proofs_come_out() -> None:
    """PATH(0, D[7]) = [b, h, l], PATH(3, D[7]) = [c, g, l]; PROOF(3, D[7]) = [c, d, g, l] (RFC 6962, 2.1.3)."""
    leaves = leaves_of(7)
    g, h, i = (node_hash(leaves[k], leaves[k + 1]) for k in (0, 2, 4))
    right = node_hash(i, leaves[6])
    subtree = subtrees(leaves)
    assert inclusion_proof(0, 7, lambda *key: subtree[key]) == (leaves[1], h, right)
    assert inclusion_proof(3, 7, lambda *key: subtree[key]) == (leaves[2], g, right)
    assert consistency_proof(3, 7, lambda *key: subtree[key]) == (leaves[2], leaves[3], g, right)


def test_what_no_tree_has_is_refused() -> None:
    with pytest.raises(InvalidValueError):
        inclusion_proof(3, 3, lambda level, number: b"")
    with pytest.raises(InvalidValueError):
        consistency_proof(0, 3, lambda level, number: b"")
    with pytest.raises(InvalidValueError):
        Frontier(3, [b""])
    assert not consistent(0, 3, [], EMPTY_ROOT, root_of(leaves_of(3)))
    assert not consistent(3, 5, [], b"", b"")
