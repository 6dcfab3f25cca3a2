"""A number that is committed says one thing for ever: what comes again under it with other content is told.

A repetition is ordinary (acks get lost) and says the same. Of the newest numbers of each gateway a digest of 64 bits
is kept, BLOCK numbers to a row, so that the two can be told apart without looking for the first. What comes again
after more than BLOCK * BLOCKS_MAX newer numbers is not compared, and stays without effect all the same.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from coldchain.facts import Fact
from coldchain.ports import Books

BLOCK: Final = 256
BLOCKS_MAX: Final = 256  # of one gateway: 65,536 numbers in 512 KiB, days of an ordinary gateway
DIGEST_BYTES: Final = 8
SCHEME: Final = "1"  # of `digest`; another one knows nothing of what an earlier one kept, and so accuses nobody
_NONE: Final = bytes(DIGEST_BYTES)
_ENCODER: Final = msgspec.msgpack.Encoder(order="deterministic")


def digest(fact: Fact) -> bytes:
    """Return 8 bytes that stand for all that a fact says; never zeros, which mean that nothing is known.

    64 bits find a slip or a replay. Whoever can make a collision can sign as the gateway anyway.
    """
    kind = type(fact).__name__.encode()
    found = hashlib.blake2b(_ENCODER.encode(fact), digest_size=DIGEST_BYTES, person=kind).digest()
    return found if found != _NONE else b"\1" * DIGEST_BYTES


def contradicting(books: Books, gateway: str, epoch: str, again: Sequence[Fact]) -> list[Fact]:
    """Return those of the facts that came again whose number is known to say something else."""
    if not again:
        return []
    blocks = books.digests(gateway, SCHEME + epoch, {fact.seq // BLOCK for fact in again})
    return [fact for fact in again if _known(blocks, fact.seq) not in (_NONE, digest(fact))]


def note_digests(books: Books, gateway: str, epoch: str, fresh: Iterable[Fact]) -> None:
    """Remember what fresh facts say under their numbers."""
    marks = {fact.seq: digest(fact) for fact in fresh}
    if not marks:
        return
    touched = {seq // BLOCK for seq in marks}
    known = books.digests(gateway, SCHEME + epoch, touched)
    blocks = {block: bytearray(known.get(block, bytes(BLOCK * DIGEST_BYTES))) for block in sorted(touched)}
    for seq, mark in marks.items():
        start = seq % BLOCK * DIGEST_BYTES
        blocks[seq // BLOCK][start : start + DIGEST_BYTES] = mark
    books.put_digests(gateway, SCHEME + epoch, {block: bytes(body) for block, body in blocks.items()}, BLOCKS_MAX)


def _known(blocks: dict[int, bytes], seq: int) -> bytes:
    start = seq % BLOCK * DIGEST_BYTES
    return blocks.get(seq // BLOCK, b"")[start : start + DIGEST_BYTES] or _NONE
