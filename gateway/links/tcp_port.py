"""A reader or a serial server on the network, as a line of bytes. Connecting never holds other lines up for long."""

import queue
import select
import socket
import threading
from typing import Final

from gateway.links.serial_port import READ_BYTES_MAX, WRITE_TIMEOUT_S, Port, PortFault, PortLostError
from gateway.links.tcp_address import host_and_port

CONNECT_TIMEOUT_S: Final = 0.3  # on a hospital's own network an answer takes milliseconds
FLUSH_READS_MAX: Final = 64


class TcpPort:
    """An open connection; see Port."""

    def __init__(self, path: str, baud: int) -> None:
        del baud  # the serial server has its own settings
        self._path = path
        where = host_and_port(path)
        if where is None:
            raise PortLostError(path, PortFault.BROKEN, "write it as tcp://host:port")
        try:
            self._socket = socket.create_connection(_looked_up(*where), timeout=CONNECT_TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._socket.settimeout(WRITE_TIMEOUT_S)
        except OSError as error:
            raise PortLostError(path, PortFault.NOT_REACHED, str(error)) from error

    def read(self, timeout_ms: int) -> bytes:
        """See Port.read."""
        try:
            ready, _, _ = select.select([self._socket], [], [], max(0, timeout_ms) / 1_000)
            data = self._socket.recv(READ_BYTES_MAX) if ready else None
        except (OSError, ValueError) as error:
            raise PortLostError(self._path, PortFault.UNPLUGGED, str(error)) from error
        if data == b"":
            raise PortLostError(self._path, PortFault.UNPLUGGED, "the other side closed the connection")
        return data or b""

    def write(self, data: bytes) -> None:
        """See Port.write."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise PortLostError(self._path, PortFault.UNPLUGGED, str(error)) from error

    def flush_input(self) -> None:
        """See Port.flush_input."""
        for _ in range(FLUSH_READS_MAX):
            if not self.read(0):
                return

    def close(self) -> None:
        """See Port.close."""
        self._socket.close()


def _looked_up(host: str, port: int) -> tuple[str, int]:
    """Return the address behind a name. A resolver may take half a minute: a thread of its own waits for it, not we."""
    found: queue.SimpleQueue[str | OSError] = queue.SimpleQueue()

    def look() -> None:
        try:
            found.put(str(socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]))
        except OSError as error:
            found.put(error)

    threading.Thread(target=look, name="look-up", daemon=True).start()
    try:
        answer = found.get(timeout=CONNECT_TIMEOUT_S)
    except queue.Empty:
        answer = TimeoutError(f"the name {host} was not found in time")
    if isinstance(answer, OSError):
        raise answer
    return answer, port


def open_tcp(path: str, baud: int) -> Port:
    """Connect to tcp://host:port."""
    return TcpPort(path, baud)
