"""How many bags a place has room for: said by a person where somebody wants to be told before it is full (A50)."""

from typing import TypeAlias

import msgspec


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """A place has room for so many bags (slots; 0: nobody wants to be told any more). The newest word counts."""

    place: str
    slots: int
    at_ms: int
    name: str
    post: str


class SetCapacity(msgspec.Struct, frozen=True, kw_only=True, tag="set-capacity"):
    """A person says how many bags a place has room for."""

    place: str
    slots: int
    at_ms: int
    name: str
    post: str
    actor: str


OfCapacity: TypeAlias = SetCapacity
