"""A server of another project that a test starts, kills and brings back on the same port with the same files."""

import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final, Self

import pytest

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0


class ServerProcess(ABC):
    """A process of our own. `start` after `kill` or `stop` keeps port and files."""

    def __init__(self, name: str, command: list[str], port: int, log: Path) -> None:
        self.name = name
        self.port = port
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, f"{self.name} is not running"
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until it answers."""
        assert self._process is None, f"{self.name} runs already"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                pytest.fail(f"{self.name} did not become ready:\n{self.log()}")
            time.sleep(0.02)
        assert self._process.poll() is None, f"somebody else listens on port {self.port}:\n{self.log()}"
        return self

    def stop(self) -> None:
        """End it politely (SIGTERM), by force after STOP_SECONDS."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut would."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop and start on the same port."""
        self.stop()
        self.start()

    def log(self) -> str:
        """Return what it wrote."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def _answers(self) -> bool:
        """Tell whether it takes requests."""
