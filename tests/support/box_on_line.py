"""A scripted box that answers on a pseudo-terminal, from a thread of its own."""

import os
import select
import threading
import time
from typing import Self

from support.dock_world import Line, clean
from support.pty_adapter import Adapter
from support.scripted_box import ScriptedBox


class BoxOnLine:
    """Put it on the dock with `with`. `up` and `down` are what the line makes of bytes, in this order of directions."""

    def __init__(self, adapter: Adapter, box: ScriptedBox, up: Line = clean, down: Line = clean) -> None:
        self.box = box
        self.lock = threading.Lock()
        self.up, self.down = up, down
        self._adapter = adapter
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def rows(self) -> int:
        """How many rows are still in the box."""
        with self.lock:
            return len(self.box.rows)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the box did not leave the line"

    def _serve(self) -> None:
        line = os.dup(self._adapter.master)
        try:
            while not self._stop.is_set():
                if select.select([line], [], [], 0.05)[0]:
                    self._answer(line, os.read(line, 4096))
        except OSError:
            return  # the adapter was pulled out
        finally:
            os.close(line)

    def _answer(self, line: int, data: bytes) -> None:
        with self.lock:
            said = self.up(self.box.receive(self.down(data), time.monotonic_ns() // 1_000_000))
        while said and not self._stop.is_set():
            if select.select([], [line], [], 0.05)[1]:
                said = said[os.write(line, said[:1024]) :]
