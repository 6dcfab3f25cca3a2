"""The simulated LLRP reader on a TCP port of the loopback: one client at a time, a second is told so and hung up on."""

import contextlib
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Final

from firmware_sim.devices.llrp_reader import LlrpReader

STEP_S: Final = 0.01
HANDSHAKE_S: Final = 1.0
READ_BYTES: Final = 16_384
UNSENT_BYTES_MAX: Final = 1_048_576  # a client that fetches nothing for so long is hung up on

_WAITS: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class LlrpServer:
    """Serves one reader in real time; call `step` again and again, or let `served` do it in a thread of its own."""

    def __init__(self, reader: LlrpReader, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        """Listen on the loopback; port 0 takes a free one. With `tls` a handshake may hold the server for a second."""
        self.reader = reader
        self._tls = tls
        self.refused = 0
        self.lock = threading.Lock()  # hold it to touch the reader while `served` runs
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(0)
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._client: socket.socket | None = None
        self._unsent = bytearray()

    def step(self, wait_s: float = STEP_S) -> None:
        """Wait for a client's bytes, at most so long, answer them, and send what the reader has to say by itself."""
        for key, _ in self._selector.select(wait_s):
            with self.lock:
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._hear()
        with self.lock:
            self.say(self.reader.advance(_now_ms()))

    def say(self, data: bytes) -> None:
        """Send bytes to the client, now or with the next steps; hang up where the reader wants it."""
        if self._client is None:
            return
        self._unsent += data
        try:
            if self._unsent:
                del self._unsent[: self._client.send(self._unsent)]
        except _WAITS:
            pass
        except OSError:
            self._unsent.clear()
            self.reader.hang_up = True
        if len(self._unsent) > UNSENT_BYTES_MAX or (self.reader.hang_up and not self._unsent):
            self.hang_up()

    def hang_up(self) -> None:
        """Close the client's connection, if there is one."""
        if self._client is not None:
            self._selector.unregister(self._client)
            self._client.close()
            self._client = None
            self._unsent.clear()
            self.reader.disconnect()

    def close(self) -> None:
        """Stop listening and hang up."""
        self.hang_up()
        self._selector.close()
        self._listener.close()

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return  # it had gone again
        if self._client is not None:
            self.refused += 1
            with contextlib.suppress(OSError):
                client.sendall(self.reader.refuse(_now_ms()))
            client.close()
            return
        try:
            client = self._secured(client)
        except OSError:
            client.close()
            return
        client.settimeout(0)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._selector.register(client, selectors.EVENT_READ)
        self.say(self.reader.connect(_now_ms()))

    def _secured(self, client: socket.socket) -> socket.socket:
        if self._tls is None:
            return client
        client.settimeout(HANDSHAKE_S)
        return self._tls.wrap_socket(client, server_side=True)

    def _hear(self) -> None:
        if self._client is None:
            return
        try:
            data = self._client.recv(READ_BYTES)
        except _WAITS:
            return
        except OSError:
            data = b""
        if data:
            self.say(self.reader.receive(data, _now_ms()))
        else:
            self.hang_up()


@contextlib.contextmanager
def served(reader: LlrpReader, tls: ssl.SSLContext | None = None) -> Iterator[LlrpServer]:
    """Serve a reader in a thread while the block runs."""
    server = LlrpServer(reader, tls)
    over = threading.Event()

    def run() -> None:
        while not over.is_set():
            server.step()

    thread = threading.Thread(target=run, name="llrp-server", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        over.set()
        thread.join()
        server.close()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
