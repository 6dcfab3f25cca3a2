"""What the mirror needs of a store: to look at it, whether the centre runs on it or not."""

from contextlib import AbstractContextManager
from typing import Protocol

from coldchain.ports import Session


class Readable(Protocol):
    """A store that can be looked at."""

    def reading(self) -> AbstractContextManager[Session]:
        """See one committed state throughout."""
