"""Refused claims and messages: recorded when it is time though nobody tries another one, and all of them at the end."""

from typing import Final

import structlog

from api.context import Context
from api.refused_secrets import tell_every_refused
from coldchain.errors import ColdchainError

LOOK_EVERY_MS: Final = 60_000  # a store that hangs keeps a look waiting: it must not be the next one that waits too

log = structlog.get_logger("server")


class RefusalsWatch:
    """Looks now and then; used by one thread."""

    def __init__(self, pages: Context) -> None:
        self._pages = pages
        self._next_ms = pages.clock.boottime_ms() + LOOK_EVERY_MS

    def look(self) -> None:
        """Record what is due. Raises StoreError; what is not recorded is due again with the next look."""
        boottime_ms = self._pages.clock.boottime_ms()
        if boottime_ms < self._next_ms:
            return
        self._next_ms = boottime_ms + LOOK_EVERY_MS
        tell_every_refused(self._pages)

    def close(self) -> None:
        """Record all that is left, while there still is a writer."""
        try:
            tell_every_refused(self._pages, last=True)
        except ColdchainError as error:
            log.warning("refusals_not_told", error=str(error), advice="what was refused since the last entry is lost")
