"""The demo's line: carries both ways, can be cut and mended, and gives way when full."""

import socket
import threading
from collections.abc import Iterator

import pytest

from assembly import demo_line
from assembly.demo_line import Line


@pytest.fixture
def echo() -> Iterator[int]:
    """Give the port of a server that says everything again."""
    server = socket.create_server(("127.0.0.1", 0))

    def say_again(call: socket.socket) -> None:
        with call:
            while data := call.recv(4096):
                call.sendall(data)

    def serve() -> None:
        while True:
            try:
                call, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=say_again, args=(call,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@pytest.fixture
def line(echo: int) -> Iterator[Line]:
    made = Line("127.0.0.1", echo)
    yield made
    made.close()


def called(line: Line) -> socket.socket:
    call = socket.create_connection(("127.0.0.1", int(line.url.rpartition(":")[2])), timeout=5)
    call.settimeout(5)
    return call


def heard(call: socket.socket, data: bytes) -> bytes:
    """Send and return what comes back; nothing if the line is cut."""
    try:
        call.sendall(data)
        return call.recv(len(data))
    except ConnectionError:
        return b""


def test_what_goes_in_comes_back(line: Line) -> None:
    with called(line) as one, called(line) as two:
        assert heard(one, b"one") == b"one"
        assert heard(two, b"two") == b"two"


def test_a_cut_line_throws_everybody_out_and_lets_nobody_in_until_it_is_mended(line: Line) -> None:
    with called(line) as before:
        assert heard(before, b"before") == b"before"
        line.cut()
        assert before.recv(1) == b""
    with called(line) as during:
        assert heard(during, b"during") == b""
    line.mend()
    with called(line) as after:
        assert heard(after, b"after") == b"after"


def test_a_full_line_refuses_one_more(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_line, "CONNECTIONS_MAX", 1)
    with called(line) as first:
        assert heard(first, b"first") == b"first"
        with called(line) as second:
            assert heard(second, b"second") == b""
        assert heard(first, b"again") == b"again"


def test_a_line_to_nobody_hangs_up(echo: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    line = Line("127.0.0.1", port)
    with called(line) as call:
        assert heard(call, b"anybody") == b""
    line.close()
    assert echo != port
