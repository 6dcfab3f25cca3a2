"""What a ledger entry changes in the projections."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from coldchain.entries import EntryKind
from stores.sql import Params


@dataclass(frozen=True, slots=True)
class Change:
    """One statement of a projection. `refusal`: why it is an error if it changes no row.

    `replay`: the statement instead of it when the projections are made anew from a ledger that older programs wrote.
    """

    statement: str
    params: Params
    refusal: str = ""
    replay: str = ""

    def said(self, *, replayed: bool) -> str:
        """Return the statement to run."""
        return self.replay if replayed and self.replay else self.statement


Apply: TypeAlias = Callable[[int, Any, bytes], tuple[Change, ...]]
Applied: TypeAlias = dict[EntryKind, tuple[type[msgspec.Struct], Apply]]
