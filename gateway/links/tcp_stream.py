"""A TCP connection, with or without TLS, that never waits: neither to look a name up, nor to connect, send or receive.

Each call does what can be done at once. Whatever goes wrong on the network becomes a StreamLostError with its fault.
"""

import errno
import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, TypeAlias

READ_BYTES_MAX: Final = 16_384
UNSENT_BYTES_MAX: Final = 65_536
_WAITS: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_UNDER_WAY: Final = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


class Stream(Protocol):
    """A stream of bytes to a device on the network. Every call but close raises StreamLostError when it has ended."""

    def ready(self) -> bool:
        """Go on with connecting; True once bytes can flow."""

    def read(self) -> bytes:
        """Return what has arrived; b"" means nothing yet."""

    def write(self, data: bytes) -> None:
        """Send, now or with the next calls."""

    def close(self) -> None:
        """Release it; never fails."""


Dial: TypeAlias = Callable[[], Stream]


class StreamFault(StrEnum):
    """Why there is no connection."""

    NAME = "name"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    CLOSED = "closed"
    BROKEN = "broken"


_ADVICE: Final = {
    StreamFault.NAME: "no such name: give its address, or mend the name service",
    StreamFault.REFUSED: "nothing listens there: is the protocol switched on in the reader, and is the port right?",
    StreamFault.UNREACHABLE: "no way to it: check its power, its cable and the address",
    StreamFault.TLS: "no trust: check the certificates and the names in them",
    StreamFault.CLOSED: "it hung up",
    StreamFault.BROKEN: "the connection broke",
}
_FAULT_BY_ERRNO: Final = {
    errno.ECONNREFUSED: StreamFault.REFUSED,
    errno.EHOSTUNREACH: StreamFault.UNREACHABLE,
    errno.ENETUNREACH: StreamFault.UNREACHABLE,
    errno.ENETDOWN: StreamFault.UNREACHABLE,
    errno.ETIMEDOUT: StreamFault.UNREACHABLE,
    errno.ECONNRESET: StreamFault.CLOSED,
    errno.EPIPE: StreamFault.CLOSED,
}


class StreamLostError(Exception):
    """There is no connection, or no longer. The message names the device and what to do; the caller tries again."""

    def __init__(self, name: str, fault: StreamFault, cause: str) -> None:
        super().__init__(f"{name}: {_ADVICE[fault]} ({cause})")
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Whom to trust and who we are.

    `ca` is the certificate that the reader's is signed by, or the reader's own; None: those that the system trusts.
    `server_name` is the name in the reader's certificate if it is not the host.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str = ""


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """Return a context that believes in `ca` alone if it is given. Raises OSError if a file cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=files.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.certificate is not None:
        context.load_cert_chain(files.certificate, files.key)
    return context


class TcpStream:
    """A connection to host and port, begun with the first `ready`."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None = None, server_name: str = "") -> None:
        self._name = f"reader {host}:{port}"
        self._port = port
        self._context = context
        self._server_name = server_name or host
        self._address = _Lookup(host, port)
        self._socket: socket.socket | None = None
        self._connected = False
        self._unsent = bytearray()

    def ready(self) -> bool:
        """See Stream.ready."""
        try:
            return self._connected or self._go_on()
        except OSError as error:
            raise self._lost(error) from error

    def read(self) -> bytes:
        """See Stream.read."""
        self._send()
        try:
            data = self._open().recv(READ_BYTES_MAX)
        except _WAITS:
            return b""
        except OSError as error:
            raise self._lost(error) from error
        if not data:
            raise StreamLostError(self._name, StreamFault.CLOSED, "end of stream")
        return data

    def write(self, data: bytes) -> None:
        """See Stream.write."""
        self._unsent += data
        self._send()
        if len(self._unsent) > UNSENT_BYTES_MAX:
            raise StreamLostError(self._name, StreamFault.BROKEN, f"{len(self._unsent)} bytes cannot be sent")

    def close(self) -> None:
        """See Stream.close."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise StreamLostError(self._name, StreamFault.BROKEN, "it was closed here")
        return self._socket

    def _go_on(self) -> bool:
        if self._socket is None:
            found = self._address.found()
            if found is None:
                return False
            self._socket = self._begin(*found)
        if not self._is_through(self._socket):
            return False
        if isinstance(self._socket, ssl.SSLSocket):
            try:
                self._socket.do_handshake()
            except _WAITS:
                return False
        self._connected = True
        return True

    def _begin(self, family: int, address: tuple[str | int | bytes, ...]) -> socket.socket:
        made = socket.socket(family, socket.SOCK_STREAM)
        made.settimeout(0)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        code = made.connect_ex(address)
        if code not in _UNDER_WAY:
            made.close()
            raise OSError(code, errno.errorcode.get(code, str(code)))
        return made

    def _is_through(self, made: socket.socket) -> bool:
        """Tell whether TCP stands; wrap it in TLS when it does."""
        if isinstance(made, ssl.SSLSocket):
            return True
        code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, errno.errorcode.get(code, str(code)))
        try:
            made.getpeername()
        except OSError as error:
            if error.errno == errno.ENOTCONN:
                return False
            raise
        if self._context is not None:
            self._socket = self._context.wrap_socket(
                made, do_handshake_on_connect=False, server_hostname=self._server_name
            )
        return True

    def _send(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._open().send(self._unsent)]
        except _WAITS:
            return
        except OSError as error:
            raise self._lost(error) from error

    def _lost(self, error: OSError) -> StreamLostError:
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            fault = StreamFault.CLOSED
        elif isinstance(error, ssl.SSLError):
            fault = StreamFault.TLS
        elif isinstance(error, socket.gaierror):
            fault = StreamFault.NAME
        else:
            fault = _FAULT_BY_ERRNO.get(error.errno or 0, StreamFault.BROKEN)
        return StreamLostError(self._name, fault, str(error))


Found: TypeAlias = tuple[int, tuple[str | int | bytes, ...]]


class _Lookup:
    """The address behind a host: at once for an address, from a thread of its own for a name, because that can wait."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._answers: queue.SimpleQueue[Found | OSError] | None = None

    def found(self) -> Found | None:
        """Return family and address, None while the name service thinks. Raises OSError if there is none."""
        try:
            version = ipaddress.ip_address(self._host).version
        except ValueError:
            return self._asked()
        return (socket.AF_INET if version == 4 else socket.AF_INET6), (self._host, self._port)

    def _asked(self) -> Found | None:
        if self._answers is None:
            self._answers = queue.SimpleQueue()
            threading.Thread(target=self._ask, args=(self._answers,), daemon=True, name="name-lookup").start()
        try:
            answer = self._answers.get_nowait()
        except queue.Empty:
            return None
        if isinstance(answer, OSError):
            raise answer
        return answer

    def _ask(self, answers: "queue.SimpleQueue[Found | OSError]") -> None:
        try:
            first = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)[0]
        except OSError as error:
            answers.put(error)
        except UnicodeError as error:  # a name with an empty or overlong part
            answers.put(socket.gaierror(socket.EAI_NONAME, str(error)))
        else:
            answers.put((first[0], tuple(first[4])))
