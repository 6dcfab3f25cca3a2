"""A number that is committed says one thing for ever: what comes again under it with other content is told.

A repetition is ordinary (acks get lost) and says the same. Of the newest numbers of each gateway a digest of 64 bits
is kept, BLOCK numbers to a row, so that the two can be told apart without looking for the first. What comes again
after more than BLOCK * BLOCKS_MAX newer numbers is not compared, and stays without effect all the same.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

import msgspec

from coldchain.facts import Fact
from coldchain.ports import Books

BLOCK: Final = 256
BLOCKS_MAX: Final = 256  # of one gateway: 65,536 numbers in 512 KiB, days of an ordinary gateway
DIGEST_BYTES: Final = 8
SCHEME: Final = "2"  # of `digests`; another one knows nothing of what an earlier one kept, and so accuses nobody
_NONE: Final = bytes(DIGEST_BYTES)
_EMPTY_BLOCK: Final = bytes(BLOCK * DIGEST_BYTES)
_seq: Final = attrgetter("seq")
_ENCODER: Final = msgspec.msgpack.Encoder(order="deterministic")


def digests(facts: Iterable[Fact]) -> list[bytes]:
    """Return 8 bytes for each fact that stand for all that it says, its kind too: the names of its fields differ.

    64 bits find a slip or a replay. Whoever can make a collision can sign as the gateway anyway. Zeros mean that
    nothing is known; a fact whose digest they are by chance is not compared.
    """
    hashed, encode = hashlib.blake2b, _ENCODER.encode
    return [hashed(encode(fact), digest_size=DIGEST_BYTES).digest() for fact in facts]


def contradicting(books: Books, gateway: str, epoch: str, again: Sequence[Fact]) -> list[Fact]:
    """Return those of the facts that came again whose number is known to say something else."""
    if not again:
        return []
    blocks = books.digests(gateway, SCHEME + epoch, {fact.seq // BLOCK for fact in again})
    pairs = zip(again, digests(again), strict=True)
    return [fact for fact, mark in pairs if _known(blocks, fact.seq) not in (_NONE, mark)]


def note_digests(books: Books, gateway: str, epoch: str, fresh: Iterable[Fact]) -> None:
    """Remember what fresh facts say under their numbers."""
    facts = sorted(fresh, key=_seq)
    if not facts:
        return
    known = books.digests(gateway, SCHEME + epoch, {fact.seq // BLOCK for fact in facts})
    blocks: dict[int, bytes] = {}
    for block, inside in groupby(facts, lambda fact: fact.seq // BLOCK):
        marks = bytearray(known.get(block, _EMPTY_BLOCK))
        run = list(inside)
        said = digests(run)
        if run[-1].seq - run[0].seq == len(run) - 1:  # nearly always: they follow one another
            start = run[0].seq % BLOCK * DIGEST_BYTES
            marks[start : start + len(run) * DIGEST_BYTES] = b"".join(said)
        else:
            for fact, mark in zip(run, said, strict=True):
                start = fact.seq % BLOCK * DIGEST_BYTES
                marks[start : start + DIGEST_BYTES] = mark
        blocks[block] = bytes(marks)
    books.put_digests(gateway, SCHEME + epoch, blocks, BLOCKS_MAX)


def _known(blocks: dict[int, bytes], seq: int) -> bytes:
    start = seq % BLOCK * DIGEST_BYTES
    return blocks.get(seq // BLOCK, b"")[start : start + DIGEST_BYTES] or _NONE
