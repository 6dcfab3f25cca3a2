"""What the uplink's thread wants of the edge's: small wishes, granted at the next round of the edge."""

from threading import Lock


class Wishes:
    """A poll at once, another pace, an end. Of several of one kind the last counts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._poll_now = False
        self._pace: tuple[int | None] | None = None

    def poll_now(self) -> None:
        """Wish that all devices are asked at once."""
        with self._lock:
            self._poll_now = True

    def set_poll_ms(self, poll_ms: int | None) -> None:
        """Wish another pace; None: as the settings say."""
        with self._lock:
            self._pace = (poll_ms,)

    def take(self) -> tuple[bool, tuple[int | None] | None]:
        """Return and forget the wishes: whether to ask at once, and the pace in a tuple, None for no such wish."""
        with self._lock:
            found = self._poll_now, self._pace
            self._poll_now, self._pace = False, None
        return found
