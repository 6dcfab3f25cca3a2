"""Readers by the name of their protocol, and lines over TCP."""

import select
import socket
import threading
from collections.abc import Iterator

import pytest
from support.fake_ports import FakePorts, bb_frame
from support.hand_clock import HandClock
from support.simulated_readers import BAG, KINDS, START_MS, Kind, put

from coldchain.errors import InvalidValueError
from firmware_sim.devices.a0_reader import A0Reader
from firmware_sim.devices.bb7e_reader import Bb7eReader
from gateway.counters import Counters
from gateway.links.asked_link import AskedLink
from gateway.links.line import Line
from gateway.links.llrp_link import LlrpLink
from gateway.links.reader_link import ReaderLink
from gateway.links.readers import BAUDS, decoder_of, open_cycles, version_heard, version_question
from gateway.links.serial_port import PortFault, PortLostError
from gateway.links.tcp_address import host_and_port, is_tcp
from gateway.links.tcp_port import TcpPort, open_tcp
from gateway.plan import READER_PROTOCOLS, ReaderPlan


def plan(protocol: str, port: str = "reader", **more: int) -> ReaderPlan:
    return ReaderPlan(id="r-1", port=port, door="d", protocol=protocol, address=more.get("address"))


@pytest.mark.parametrize(("protocol", "kind"), [("bb7e", ReaderLink), *((kind.protocol, AskedLink) for kind in KINDS)])
def test_each_serial_protocol_has_its_link(protocol: str, kind: type) -> None:
    link = open_cycles(plan(protocol), FakePorts().open, HandClock(), Counters())
    assert type(link) is kind
    assert not link.busy
    assert not link.start(1_000)
    link.close()


def test_llrp_has_its_own_link_and_a_wrong_address_is_refused_at_the_start() -> None:
    link = open_cycles(plan("llrp", "tcp://127.0.0.1:5084"), FakePorts().open, HandClock(), Counters())
    assert type(link) is LlrpLink
    link.close()
    with pytest.raises(InvalidValueError, match="write tcp://host:port"):
        open_cycles(plan("llrp", "/dev/ttyUSB0"), FakePorts().open, HandClock(), Counters())


def test_a_protocol_that_there_is_not_is_an_error_that_names_those_that_there_are() -> None:
    with pytest.raises(InvalidValueError, match=r"reader r-1: there is no protocol 'mifare'; use one of bb7e, a0"):
        open_cycles(plan("mifare"), FakePorts().open, HandClock(), Counters())
    with pytest.raises(InvalidValueError, match="'llrp' is not spoken over a serial line"):
        decoder_of("llrp")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.protocol)
def test_a_reader_that_is_asked_what_it_is_is_recognised(kind: Kind) -> None:
    question = version_question(kind.protocol)
    answer = b"".join(kind.make().receive(question, START_MS))
    info = version_heard(kind.protocol, b"\x00\xff" + answer)
    assert info is not None
    assert info.text
    others = [name for name in BAUDS if not name.startswith(kind.protocol[:6])]
    assert [version_heard(other, answer) for other in others] == [None] * len(others)


def test_a_bb7e_reader_says_its_hardware() -> None:
    answer = b"".join(Bb7eReader(1, START_MS).receive(version_question("bb7e"), START_MS))
    info = version_heard("bb7e", answer)
    assert info is not None
    assert info.text == "M100 26dBm V1.0"
    assert version_heard("bb7e", bb_frame(1, 0x28, b"\0")) is None
    assert version_heard("bb7e", answer[:-1]) is None


def test_a_question_may_be_put_to_one_reader_alone() -> None:
    assert version_question("a0", 1).hex() == "a0030172ea"
    assert version_question("chafon").hex() == "04ff211995"
    assert version_question("hf7e55").hex() == "7e55080000fffff700bd60"
    elsewhere = A0Reader(1, START_MS, address=2)
    assert elsewhere.receive(version_question("a0", 1), START_MS) == []
    assert elsewhere.receive(version_question("a0"), START_MS) != []


def test_every_serial_protocol_says_which_bauds_are_worth_a_try() -> None:
    assert set(BAUDS) == {name for name in READER_PROTOCOLS if not name.startswith("llrp")}
    assert all(len(set(bauds)) == len(bauds) for bauds in BAUDS.values())


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("tcp://reader:4001", ("reader", 4001)),
        ("socket://127.0.0.1:1", ("127.0.0.1", 1)),
        ("tcp://reader", None),
        ("tcp://:4001", None),
        ("tcp://reader:0", None),
        ("tcp://reader:70000", None),
        ("tcp://a:b@reader:4001", None),
        ("tcp://reader:4001/x", None),
        ("/dev/ttyUSB0", None),
    ],
)
def test_an_address_on_the_network_is_host_and_port(path: str, where: tuple[str, int] | None) -> None:
    assert host_and_port(path) == where
    assert is_tcp(path) == (not path.startswith("/"))


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        yield listening


def address(server: socket.socket) -> str:
    return f"tcp://127.0.0.1:{server.getsockname()[1]}"


def test_bytes_go_both_ways_over_tcp_and_a_closed_connection_is_a_lost_port(server: socket.socket) -> None:
    port = open_tcp(address(server), 115_200)
    there, _ = server.accept()
    with there:
        assert port.read(0) == b""
        port.write(bytes(range(256)))
        assert there.recv(1_000) == bytes(range(256))
        there.sendall(b"old")
        assert port.read(5_000) == b"old"
        there.sendall(b"older")
        assert isinstance(port, TcpPort)
        port._socket.settimeout(5)
        assert port._socket.recv(1, socket.MSG_PEEK) == b"o"
        port.flush_input()
        assert port.read(0) == b""
    with pytest.raises(PortLostError, match="closed the connection") as caught:
        port.read(5_000)
    assert caught.value.fault is PortFault.UNPLUGGED
    port.close()
    with pytest.raises(PortLostError):
        port.write(b"x")
    with pytest.raises(PortLostError):
        port.read(0)


def test_a_host_where_nobody_listens_is_told_apart(server: socket.socket) -> None:
    where = address(server)
    server.close()
    with pytest.raises(PortLostError, match=r"^port tcp://.*nobody answers there: check the network") as caught:
        open_tcp(where, 115_200)
    assert caught.value.fault is PortFault.NOT_REACHED
    with pytest.raises(PortLostError, match="tcp://host:port"):
        open_tcp("tcp://nowhere", 115_200)


def test_a_name_that_nobody_knows_and_a_resolver_that_sleeps_are_not_waited_for(
    server: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = threading.Event()

    def slowly(*_: object) -> list[object]:
        asleep.wait(20)
        return [(0, 0, 0, "", ("127.0.0.1", 4001))]

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    with pytest.raises(PortLostError, match="was not found in time") as caught:
        open_tcp("tcp://reader-9:4001", 0)
    asleep.set()
    assert caught.value.fault is PortFault.NOT_REACHED

    def nobody(*_: object) -> None:
        raise socket.gaierror("nobody has this name")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(PortLostError, match="nobody has this name"):
        open_tcp(address(server), 0)


def test_a_reader_on_the_network_is_read_through_its_connection(server: socket.socket) -> None:
    device = A0Reader(1, START_MS)
    put(device, BAG, -60)
    clock, counters = HandClock(), Counters()

    def serve() -> None:
        there, _ = server.accept()
        with there:
            while data := there.recv(4_096):
                for answer in device.receive(data, START_MS):
                    there.sendall(answer)
                for answer in device.advance(START_MS + 1_000):
                    there.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    link = open_cycles(plan("a0", address(server)), FakePorts().open, clock, counters)
    assert link.start(0)
    assert isinstance(link, AskedLink)
    port = link._line.port()
    assert isinstance(port, TcpPort)
    done = None
    while done is None:
        assert select.select([port._socket], [], [], 5)[0], "the reader said nothing for five seconds"
        clock.wait(1)
        done = link.step()
    link.close()
    thread.join(timeout=10)
    assert (done.fault, [tag.epc for tag in done.tags]) == ("", [BAG])


def test_a_tcp_line_is_tried_again_with_the_same_pauses_as_a_serial_one(server: socket.socket) -> None:
    where = address(server)
    server.close()
    clock, counters = HandClock(), Counters()
    line = Line(where, 0, open_tcp, clock, counters)
    assert line.port() is None
    assert line.port() is None
    clock.wait(500)
    assert line.port() is None
    assert counters.ports_lost == {"not-reached": 2}
