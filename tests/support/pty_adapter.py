"""A USB adapter of a test: a pseudo-terminal behind a stable name, as udev makes one."""

import os
import pty
import tty
from pathlib import Path


class Adapter:
    """`master` is the device's end; `unplug` and `plug` may follow each other as often as wanted."""

    def __init__(self, name: Path) -> None:
        self.name = name
        self.master = self._slave = -1
        self.plug()

    def plug(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.name.unlink(missing_ok=True)
        self.name.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            os.close(self._slave)
            self.master = -1
            self.name.unlink()
