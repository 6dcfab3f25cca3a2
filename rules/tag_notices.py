"""What needs a look because of tags: reads that contradict the record, crates whose way nobody knows. Pure."""

from collections.abc import Iterable

from coldchain.entries import Receipt, TagConflict
from coldchain.standing import Notice, NoticeKind


def of_tags(conflicts: Iterable[TagConflict]) -> list[Notice]:
    """Return one notice for each tag that contradicts the record, due at once; `origin` is the tag."""
    since: dict[str, int] = {}
    for one in conflicts:
        if one.stands:
            since[one.epc] = min(one.at_ms, since.get(one.epc, one.at_ms))
    return [
        Notice(kind=NoticeKind.TAG_CONFLICT, since_ms=at_ms, due_ms=at_ms, origin=epc)
        for epc, at_ms in sorted(since.items())
    ]


def of_crates(receipts: Iterable[Receipt]) -> list[Notice]:
    """Return one notice for each crate of which nobody knows which way it went; `origin` is its receipt."""
    return [
        Notice(kind=NoticeKind.CRATE_WAY, since_ms=one.to_ms, due_ms=one.to_ms, origin=one.id)
        for one in sorted(receipts, key=lambda one: one.id)
        if one.way_open
    ]
