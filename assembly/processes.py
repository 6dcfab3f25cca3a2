"""Child processes of the demo: bounded log files, an end with grace, peak memory, and none outlives its parent."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from coldchain.errors import ColdchainError

LOG_BYTES_MAX: Final = 4 * 1024 * 1024  # per file; the one before is kept as .1, so twice this per child
CHUNK_BYTES: Final = 64 * 1024
GRACE_S: Final = 10.0
LOG_TAIL_LINES: Final = 15

_TIED: Final = Path(__file__).with_name("tied.py")
_PEAK: Final = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


class ChildError(ColdchainError):
    """A child process ended by itself. Its log says why."""


@dataclass(slots=True)
class Child:
    """A running child; stop it with stop() or kill(), which also read how much memory it had at most."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    pump: threading.Thread
    peak_rss_bytes: int | None = field(default=None)

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def measure(self) -> int | None:
        """Read the peak of its resident memory so far, in bytes; None if it ended before anyone asked."""
        self.peak_rss_bytes = peak_rss_bytes(self.pid) or self.peak_rss_bytes
        return self.peak_rss_bytes

    def require_alive(self) -> None:
        """Raise ChildError with the end of its log if it has ended."""
        code = self.process.poll()
        if code is not None:
            self.pump.join(GRACE_S)
            msg = (
                f"{self.name} ended with exit code {code}. The end of {self.log}"
                f" / 已退出，日志末尾:\n{log_tail(self.log)}"
            )
            raise ChildError(msg)

    def stop(self, grace_s: float = GRACE_S) -> int:
        """Ask it to end (SIGTERM), insist after the grace (SIGKILL), and return its exit code."""
        self.measure()
        self.process.terminate()
        try:
            self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return self._gone()

    def kill(self) -> int:
        """End it at once (SIGKILL), as a power cut would, and return its exit code."""
        self.measure()
        self.process.kill()
        return self._gone()

    def _gone(self) -> int:
        code = self.process.wait()
        self.pump.join(GRACE_S)
        return code


def start(name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Child:
    """Start a program that dies with the calling thread's process, its output going to a bounded log file.

    Call it from a thread that lives as long as the child should: Linux ties the child to that thread. A session of
    its own keeps Ctrl-C in the terminal away from the child, so that the parent can end its children in order.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
        [sys.executable, "-I", "-S", str(_TIED), str(os.getpid()), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    stream = process.stdout
    if stream is None:
        msg = f"{name} has no output pipe"
        raise ChildError(msg)
    pump = threading.Thread(target=_pump, args=(stream, log), name=f"log-{name}", daemon=True)
    pump.start()
    return Child(name=name, process=process, log=log, pump=pump)


def coldchain_command(*arguments: str) -> list[str]:
    """Return the command line of one of our own commands, from this very installation."""
    return [sys.executable, "-P", "-m", "assembly.cli", *arguments]


def start_coldchain(
    name: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Child:
    """Start `coldchain ARGUMENTS` as a child."""
    return start(name, coldchain_command(*arguments), log, environment)


def peak_rss_bytes(pid: int) -> int | None:
    """Return the highest resident memory that a process ever had, or None if it is gone."""
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return None
    return int(found.group(1)) * 1024 if found else None


def log_tail(log: Path, lines: int = LOG_TAIL_LINES) -> str:
    """Return the last lines of a log file."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - CHUNK_BYTES))
            text = file.read().decode(errors="replace")
    except OSError as error:
        return f"(no log: {error.strerror})"
    return "\n".join(text.splitlines()[-lines:])


def _pump(stream: IO[bytes], log: Path) -> None:
    """Carry a child's output to its file until it ends; a full disk must not stop the child."""
    with stream:
        while chunk := os.read(stream.fileno(), CHUNK_BYTES):
            try:
                _append(log, chunk)
            except OSError as error:
                print(f"{log}: {error.strerror}; a part of the log is lost", file=sys.stderr)  # noqa: T201


def _append(log: Path, chunk: bytes) -> None:
    if log.exists() and log.stat().st_size + len(chunk) > LOG_BYTES_MAX:
        log.replace(log.with_suffix(log.suffix + ".1"))
    with log.open("ab") as file:
        file.write(chunk)
