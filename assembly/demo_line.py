"""The line between the demo's gateway and its broker: a TCP relay on loopback that can be cut and mended."""

import contextlib
import socket
import threading
from typing import Final

CONNECTIONS_MAX: Final = 64
CHUNK_BYTES: Final = 64 * 1024
CONNECT_S: Final = 5.0


class Line:
    """Carries bytes both ways. While it is cut nobody gets through, and who was through is thrown out."""

    def __init__(self, host: str, port: int) -> None:
        """Listen on a free loopback port; `host` and `port` are where the other end is."""
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._cut = False
        self._closed = False
        threading.Thread(target=self._accept, name="line", daemon=True).start()

    @property
    def url(self) -> str:
        """The address by which the gateway reaches the broker through this line."""
        return f"mqtt://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Break all connections and let no new one through."""
        with self._lock:
            self._cut = True
            _shut(self._open)

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._cut = False

    def close(self) -> None:
        """Stop listening and break what is open."""
        with self._lock:
            self._closed = self._cut = True
            _shut(self._open)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), name="line-call", daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            if not self._enter(near):
                return
            with socket.create_connection(self._target, timeout=CONNECT_S) as far:
                far.settimeout(None)
                if self._enter(far):
                    back = threading.Thread(target=_pump, args=(far, near), name="line-back", daemon=True)
                    back.start()
                    _pump(near, far)
                    back.join()
                self._leave(far)
        self._leave(near)

    def _enter(self, end: socket.socket) -> bool:
        """Note an open end; False if the line is cut or full."""
        with self._lock:
            if self._cut or len(self._open) >= 2 * CONNECTIONS_MAX:
                return False
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.add(end)
            return True

    def _leave(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Carry one direction until either end is gone, then shut both, so that the other direction ends as well."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            sink.sendall(data)
    _shut({source, sink})


def _shut(ends: set[socket.socket]) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
