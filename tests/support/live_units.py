"""Units that live, where they are, and how it is said to a store, for its contract tests."""

from typing import Any

import msgspec
from support import store_words as words

from coldchain.entries import Draft, EntryKind, StayRecord
from coldchain.ports import Store
from coldchain.units import Unit


def unit(name: str, expires_ms: int | None = None, profile: str = "cn-rbc") -> Unit:
    return Unit(
        id=name,
        issuer="i",
        scheme="local",
        donation_number=name,
        product_code="p",
        division="0",
        component="red cells",
        blood_group="O+",
        profile=profile,
        profile_version=1,
        expires_ms=expires_ms,
    )


def stay(name: str, number: int, place: str, begin: int, end: int | None = None, **changed: Any) -> StayRecord:
    made = StayRecord(
        unit=name,
        number=number,
        place=place,
        possible_from_ms=begin,
        certain_from_ms=begin,
        certain_to_ms=end,
        possible_to_ms=end,
        entered_by="person",
        left_by=None if end is None else "person",
        unseen_since_ms=None,
    )
    return msgspec.structs.replace(made, **changed)


def say(store: Store, *said: tuple[EntryKind, Any]) -> None:
    drafts: list[Draft] = [words.draft(kind, payload) for kind, payload in said]
    with store.writing() as session:
        session.ledger.append(drafts, 5)


def rebuilt(store: Store) -> None:
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
