"""The Merkle tree over the ledger: tree hash, frontier, proofs and their verification (RFC 6962, 2.1; RFC 9162, 2.1).

A leaf is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right). The tree over n leaves splits at the largest
power of two below n. Everything here is pure: hashes go in and come out.

A *full subtree* (level, number) covers the 2**level leaves from number * 2**level on, and never changes again once all
of them are there. The store keeps those of KEPT_LEVEL and above: an eighth of a node for each entry. Smaller ones are
made from at most 2**KEPT_LEVEL leaves, so that every proof needs O(log n) reads.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from coldchain.errors import InvalidValueError

NODE_PREFIX: Final = b"\x01"  # RFC 6962 section 2.1: leaves and nodes hash under different prefixes
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
KEPT_LEVEL: Final = 4
CHUNK: Final = 1 << KEPT_LEVEL

Subtree: TypeAlias = Callable[[int, int], bytes]  # (level, number) of a full subtree -> its hash


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two others."""
    return hashlib.sha256(NODE_PREFIX + left + right).digest()


class Frontier:
    """The full subtrees along the right edge of a tree: all that appending and the root need. O(log n) in size.

    `made`, where given, hears of each full subtree as it is completed: (level, number, hash).
    """

    def __init__(
        self, size: int = 0, peaks: Sequence[bytes] = (), made: Callable[[int, int, bytes], None] | None = None
    ) -> None:
        if len(peaks) != size.bit_count():
            msg = f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}"
            raise InvalidValueError(msg)
        self.size = size
        self._peaks = list(peaks)
        self._made = made

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The full subtrees of which the tree is made, the largest first."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add a leaf's hash."""
        digest, level = leaf, 0
        self._tell(0, self.size, digest)
        while self.size >> level & 1:
            digest = node_hash(self._peaks.pop(), digest)
            level += 1
            self._tell(level, self.size >> level, digest)
        self._peaks.append(digest)
        self.size += 1

    def root(self) -> bytes:
        """Return the tree hash."""
        return joined(self._peaks)

    def _tell(self, level: int, number: int, digest: bytes) -> None:
        if self._made is not None:
            self._made(level, number, digest)


def joined(peaks: Sequence[bytes]) -> bytes:
    """Return the hash of a tree from its full subtrees, the largest first; of an empty tree that of nothing."""
    if not peaks:
        return EMPTY_ROOT
    digest = peaks[-1]
    for peak in reversed(peaks[:-1]):
        digest = node_hash(peak, digest)
    return digest


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the tree hash of leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def peaks_of(first: int, last: int) -> tuple[tuple[int, int], ...]:
    """Return the full subtrees (level, number) that make up the leaves [first, last), from left to right.

    `first` is where the tree of RFC 6962 splits: a multiple of a power of two that is not below last - first.
    """
    found: list[tuple[int, int]] = []
    while first < last:
        level = (last - first).bit_length() - 1
        found.append((level, first >> level))
        first += 1 << level
    return tuple(found)


def inclusion_proof(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the audit path for leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1), from leaf to root."""
    if not 0 <= index < size:
        msg = f"a tree of {size} leaves has no leaf {index}"
        raise InvalidValueError(msg)
    path: list[bytes] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            path.append(_range_hash(middle, last, subtree))
            last = middle
        else:
            path.append(_range_hash(first, middle, subtree))
            first = middle
    return tuple(reversed(path))


def consistency_proof(old: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Return the proof that the tree of `size` leaves begins with that of `old` (RFC 6962, 2.1.2)."""
    if not 0 < old <= size:
        msg = f"a tree of {size} leaves does not begin with one of {old}"
        raise InvalidValueError(msg)
    path: list[bytes] = []
    first, last, whole = 0, size, True
    while old < last:
        middle = first + _split(last - first)
        if old <= middle:
            path.append(_range_hash(middle, last, subtree))
            last = middle
        else:
            path.append(_range_hash(first, middle, subtree))
            first, whole = middle, False
    if not whole:
        path.append(_range_hash(first, last, subtree))
    return tuple(reversed(path))


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which an audit path leads, None for a path of the wrong length (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    number, last, digest = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            digest = node_hash(step, digest)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            digest = node_hash(digest, step)
        number, last = number >> 1, last >> 1
    return digest if last == 0 else None


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a path proves that `leaf` stands at `index` in the tree of `size` leaves with this root."""
    return root_from_inclusion(leaf, index, size, path) == root


def consistent(old: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Tell whether a path proves that the tree of `size` leaves begins with that of `old` (RFC 9162, 2.1.4.2)."""
    if old == size:
        return not path and old_root == root
    if not 0 < old < size:
        return False
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node_hash(after, step)
        number, last = number >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _split(count: int) -> int:
    """Return the largest power of two below a count of at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _range_hash(first: int, last: int, subtree: Subtree) -> bytes:
    return joined([subtree(level, number) for level, number in peaks_of(first, last)])
