"""What a ledger entry changes in the projections, and how many changes go to the database at once."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from coldchain.entries import EntryKind
from stores.sql import Params

STATEMENTS_KEPT: Final = 4_096  # pairs of statements of which it is known whether their order matters
_WRITTEN: Final = re.compile(r"^(?:INSERT INTO|DELETE FROM|UPDATE) (\w+)")
_NAMED: Final = re.compile(r"\b(?:INTO|FROM|UPDATE|JOIN) (\w+)")


class Change(msgspec.Struct, frozen=True):
    """One statement of a projection. `refusal`: why it is an error if it changes no row.

    `replay`: the statement instead of it when the projections are made anew from a ledger that older programs wrote.
    `of`: the thing whose rows alone it reads and changes, where other statements on the same tables say theirs too:
    changes of different things may change places.
    """

    statement: str
    params: Params
    refusal: str = ""
    replay: str = ""
    of: str = ""

    def said(self, *, replayed: bool) -> str:
        """Return the statement to run."""
        return self.replay if replayed and self.replay else self.statement


Apply: TypeAlias = Callable[[int, Any, bytes], tuple[Change, ...]]
Applied: TypeAlias = dict[EntryKind, tuple[type[msgspec.Struct], Apply]]


class Batch:
    """Changes of one statement, in order."""

    def __init__(self, statement: str) -> None:
        self.statement = statement
        self.rows: list[Params] = []
        self.refusals: dict[int, str] = {}  # by index of the row
        self._things: set[str] | None = set()  # None: of some of them nothing is known

    def add(self, change: Change) -> None:
        """Take a change at the end."""
        if change.refusal:
            self.refusals[len(self.rows)] = change.refusal
        self.rows.append(change.params)
        if not change.of:
            self._things = None
        elif self._things is not None:
            self._things.add(change.of)

    def before(self, statement: str, of: str) -> bool:
        """Tell whether the order of this batch and of a change after it matters."""
        if not _touching(self.statement, statement):
            return False
        return not of or self._things is None or of in self._things


def batched(changes: Iterable[Change], *, replayed: bool) -> list[Batch]:
    """Return the changes as batches that, one after the other, do what the changes do in their order.

    A change goes into the last batch of its statement, unless a batch behind that one has to come before it.
    """
    made: list[Batch] = []
    last: dict[str, int] = {}
    for change in changes:
        statement = change.said(replayed=replayed)
        at = last.get(statement)
        if at is None or any(later.before(statement, change.of) for later in made[at + 1 :]):
            at = last[statement] = len(made)
            made.append(Batch(statement))
        made[at].add(change)
    return made


@lru_cache(STATEMENTS_KEPT)
def _touching(one: str, other: str) -> bool:
    """Tell whether one statement writes a table that the other one reads or writes."""
    return _written(one) in _NAMED.findall(other) or _written(other) in _NAMED.findall(one)


def _written(statement: str) -> str:
    found = _WRITTEN.match(statement)
    if found is None:
        msg = f"a change of a projection must insert, update or delete: {statement}"
        raise ValueError(msg)
    return found[1]
