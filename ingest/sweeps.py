"""Looking at everything of a kind page by page: so much in a turn, and the last word on the rest stands."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar

from coldchain.alarms import Condition
from coldchain.closed_loop import LiveUnit

PAGE: Final = 200  # rows of one question
PAGES: Final = 1  # of a kind in one turn
START: Final = (-1, "")

After: TypeAlias = tuple[int, str]  # the key of the last row that was looked at
_T = TypeVar("_T")


class Sweep:
    """One pass after another over all rows of a kind, in the order of their keys; what is kept is bounded by them."""

    def __init__(self) -> None:
        self.passes = 0  # that came to their end
        self._after: After = START
        self._fresh: dict[str, list[Condition]] = {}  # of the pass that runs, also where there is nothing to say
        self._said: dict[str, list[Condition]] = {}  # of the last whole pass

    def run(
        self,
        read: Callable[[After], Sequence[_T]],
        key: Callable[[_T], After],
        judge: Callable[[_T], list[Condition]],
        *,
        whole: bool = False,
    ) -> list[Condition]:
        """Look at the next pages (`whole`: at all that is left of the pass); return the last word on every row."""
        done = 0
        while whole or done < PAGES:
            rows, done = read(self._after), done + 1
            for row in rows:
                self._fresh[key(row)[1]] = judge(row)
            if len(rows) < PAGE:
                self._said = {name: found for name, found in self._fresh.items() if found}
                self._after, self._fresh = START, {}
                self.passes += 1
                break
            self._after = key(rows[-1])
        return [one for found in (self._said | self._fresh).values() for one in found]

    def units(
        self,
        read: Callable[[After], Sequence[LiveUnit]],
        at: Callable[[LiveUnit], int | None],
        judge: Callable[[LiveUnit], list[Condition]],
        *,
        whole: bool = False,
    ) -> list[Condition]:
        """Look at the next units, by the time that the index orders them by."""
        return self.run(read, lambda one: (at(one) or 0, one.unit), judge, whole=whole)
