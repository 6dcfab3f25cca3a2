"""TCP and TLS to a reader that never wait, on real sockets of the loopback."""

import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.llrp_bench import link_to, run_cycle
from support.waiting import until

from firmware_sim.devices.llrp_reader import FieldTag, LlrpReader
from firmware_sim.llrp_server import LlrpServer, served
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.links.llrp_session import READER_BUSY
from gateway.links.tcp_stream import (
    UNSENT_BYTES_MAX,
    StreamFault,
    StreamLostError,
    TcpStream,
    TlsFiles,
    tls_context,
)

EPC = "3034257BF7194E4000001A85"
AT_ONCE_S = 1.0  # for many calls on a busy machine; one that waits would take seconds


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def fault_of(stream: TcpStream) -> StreamFault:
    """Go on with connecting until it fails."""
    faults: list[StreamFault] = []

    def failed() -> bool:
        try:
            assert not stream.ready()
        except StreamLostError as error:
            faults.append(error.fault)
        return bool(faults)

    until(failed)
    stream.close()
    return faults[0]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return port_of(server)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_bytes_flow_both_ways_and_an_end_is_noticed(listener: socket.socket, host: str) -> None:
    stream = TcpStream(host, port_of(listener))
    until(stream.ready)
    far, _ = listener.accept()
    with far:
        assert stream.read() == b""
        stream.write(b"question")
        assert far.recv(99) == b"question"
        far.sendall(b"answer")
        heard: list[bytes] = []

        def complete() -> bool:
            heard.append(stream.read())
            return b"".join(heard) == b"answer"

        until(complete)
    with pytest.raises(StreamLostError, match="it hung up") as lost:
        until(lambda: bool(stream.read()))
    assert lost.value.fault is StreamFault.CLOSED
    stream.close()
    with pytest.raises(StreamLostError, match="closed here"):
        stream.read()


def test_a_port_where_nothing_listens_is_refused() -> None:
    assert fault_of(TcpStream("127.0.0.1", free_port())) is StreamFault.REFUSED


@pytest.mark.parametrize("host", ["no..such.name", "x" * 300])
def test_a_name_that_nobody_knows_is_told_apart(host: str) -> None:
    assert fault_of(TcpStream(host, 5_084)) is StreamFault.NAME


def test_no_call_waits_for_a_host_that_does_not_answer(listener: socket.socket) -> None:
    listener.listen(0)
    crowd = [socket.socket() for _ in range(4)]  # they fill the queue, so that the next one is left in the air
    for one in crowd:
        one.settimeout(0)
        one.connect_ex(("127.0.0.1", port_of(listener)))
    stream = TcpStream("127.0.0.1", port_of(listener))
    began = time.monotonic()
    for _ in range(20):
        stream.ready()
    assert time.monotonic() - began < AT_ONCE_S
    stream.close()
    for one in crowd:
        one.close()


def test_what_cannot_be_sent_does_not_pile_up(listener: socket.socket) -> None:
    stream = TcpStream("127.0.0.1", port_of(listener))
    until(stream.ready)
    far, _ = listener.accept()

    def write_on() -> None:
        for _ in range(10_000):
            stream.write(bytes(UNSENT_BYTES_MAX // 4))

    with far, pytest.raises(StreamLostError, match="cannot be sent"):
        write_on()
    stream.close()


def test_a_cycle_over_tcp_and_a_second_client_that_is_told_so() -> None:
    clock, reader, counters = SystemClock(), LlrpReader(1), Counters()
    reader.enter(FieldTag(epc=EPC))
    with served(reader) as server:
        first = link_to(server.port, (1,))
        done = run_cycle(first, clock, 300)
        assert (done.fault, [tag.epc for tag in done.tags]) == ("", [EPC])
        second = link_to(server.port, (1,), counters)
        until(lambda: bool(second.session.go_on()) or second.session.fault == READER_BUSY)
        assert (server.refused, counters.ports_lost["reader-busy"]) == (1, 1)
        first.close()
        until(lambda: bool(second.session.go_on()) or second.session.ready)
        assert run_cycle(second, clock, 300).fault == ""
        second.close()


def test_no_turn_of_the_link_waits_while_the_reader_does_nothing(listener: socket.socket) -> None:
    link = link_to(port_of(listener))
    began = time.monotonic()
    assert link.start(1_000)
    for _ in range(50):
        link.step()
    assert time.monotonic() - began < AT_ONCE_S
    link.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate of a reader, signed by itself, for a name that is not its address."""
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "reader.pem", folder / "reader.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=reader-7", "-addext", "subjectAltName=DNS:reader-7"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(made)], check=True, capture_output=True, timeout=30)
    return made, key


def test_a_cycle_over_tls(certificate: tuple[Path, Path]) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(*certificate)
    clock, reader = SystemClock(), LlrpReader(1)
    reader.enter(FieldTag(epc=EPC))
    with served(reader, server_side) as server:
        tls = TlsFiles(ca=certificate[0], server_name="reader-7")
        link = link_to(server.port, (1,), tls=tls)
        done = run_cycle(link, clock, 300)
        assert (done.fault, [tag.epc for tag in done.tags]) == ("", [EPC])
        link.close()
        until(lambda: not reader.connected)
        assert fault_of(TcpStream("127.0.0.1", server.port, tls_context(tls))) is StreamFault.TLS  # another name


def test_a_reader_without_tls_is_no_reader_with_tls(certificate: tuple[Path, Path]) -> None:
    with served(LlrpReader(1)) as server:
        stream = TcpStream("127.0.0.1", server.port, tls_context(TlsFiles(ca=certificate[0])))
        assert fault_of(stream) is StreamFault.TLS


def test_a_client_that_fetches_nothing_is_hung_up_on() -> None:
    server = LlrpServer(LlrpReader(1))

    def connected() -> bool:
        server.step(0)
        return server.reader.connected

    with socket.create_connection(("127.0.0.1", server.port)):
        until(connected)
        for _ in range(100):
            server.say(bytes(200_000))
        assert not server.reader.connected
    server.close()
