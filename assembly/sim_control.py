"""The control line of the simulator: a Unix socket in its folder, one line in, one line out, nothing waits for anybody.

Source of the words: firmware_sim.control. The socket is worked on in the simulator's own turns and needs no thread
that would act on the site beside them; a peer that is slow, silent or talks too long is let go.
"""

import contextlib
import socket
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from assembly.control_line import ControlError, near
from firmware_sim.control import LINE_BYTES_MAX, Acting, answer

CONTROL: Final = "control"
PEERS_MAX: Final = 8
PEER_S: Final = 5.0  # the longest from a connection to its whole line


@dataclass(slots=True)
class _Peer:
    line: socket.socket
    until_s: float
    held: bytearray = field(default_factory=bytearray)


class Control:
    """Listens at `path` until it is closed; `work` is to be called often."""

    def __init__(self, path: Path, acting: Acting) -> None:
        """Begin to listen. Raises ControlError."""
        _require_silent(path)
        self._acting = acting
        self._path = path
        self._peers: list[_Peer] = []
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            _remove(path)
            with near(path) as name:
                self._listening.bind(name)
            path.chmod(0o600)
            self._listening.listen(PEERS_MAX)
        except OSError as error:
            self._listening.close()
            msg = (
                f"--links {path.parent}: the control line {path.name} cannot be opened: {error.strerror}"
                " / 无法打开控制接口"
            )
            raise ControlError(msg) from error
        self._listening.settimeout(0)

    def work(self) -> None:
        """Take new peers and what they said, answer whole lines."""
        with contextlib.suppress(BlockingIOError, OSError):
            while len(self._peers) < PEERS_MAX:
                line, _ = self._listening.accept()
                line.settimeout(0)
                self._peers.append(_Peer(line, time.monotonic() + PEER_S))
        for peer in list(self._peers):
            if self._done(peer):
                peer.line.close()
                self._peers.remove(peer)

    def close(self) -> None:
        """Listen no more; the socket's name goes away."""
        for peer in self._peers:
            peer.line.close()
        self._peers.clear()
        self._listening.close()
        _remove(self._path)

    def _done(self, peer: _Peer) -> bool:
        """Read what came; answer once there is a line. Tell whether the peer can be let go."""
        try:
            data = peer.line.recv(LINE_BYTES_MAX + 1)
        except BlockingIOError:
            return time.monotonic() > peer.until_s
        except OSError:
            return True
        peer.held += data
        line, newline, _ = bytes(peer.held).partition(b"\n")
        if data and not newline and len(peer.held) <= LINE_BYTES_MAX:
            return False
        if line:
            with contextlib.suppress(OSError):
                peer.line.send(answer(self._acting, line))
        return True


def _require_silent(path: Path) -> None:
    """Raise ControlError if a running process answers at the socket: it keeps its name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as call:
        call.settimeout(PEER_S)
        with contextlib.suppress(OSError), near(path) as name:
            call.connect(name)
            msg = (
                f"--links {path.parent}: a running process listens at {path.name} there; name another folder"
                " / 该目录的控制接口正被另一个程序使用：请换一个目录"
            )
            raise ControlError(msg)


def _remove(path: Path) -> None:
    """Remove a socket that was left behind, and nothing else."""
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
