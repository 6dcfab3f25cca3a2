"""What hangs on which port is found by asking, on lines in memory: speeds, protocols, and what keeps a port from us."""

import tomllib

import pytest
from support.fake_ports import ScriptedPort
from support.hand_clock import HandClock
from support.simulated_readers import KINDS, Kind, Wire

from gateway.decoders.modbus_rtu import sealed
from gateway.links.serial_port import Port, PortFault, PortLostError
from gateway.probing import Found, Probed, probe_port, proposed


def version_answer(text: str) -> bytes:
    data = b"\x00" + text.encode()
    body = bytes((0x01, 0x03)) + len(data).to_bytes(2, "big") + data
    return b"\xbb" + body + bytes((sum(body) & 0xFF, 0x7E))


class Desk:
    """One port with something behind it that speaks at one speed only."""

    def __init__(self, port: ScriptedPort, clock: HandClock, baud: int) -> None:
        self.port, self.clock, self.baud = port, clock, baud
        self.tried: list[int] = []

    def open(self, path: str, baud: int) -> Port:
        self.tried.append(baud)
        silent = ScriptedPort(self.clock, lambda _: [(5, b"\x93\x00\xff")])  # a wrong speed looks like noise
        return self.port if baud == self.baud else silent

    def probe(self, slaves: int = 2) -> Probed:
        return probe_port("/dev/a", self.open, self.clock, slaves=range(1, slaves + 1), tell=lambda _: None)


def two_slaves(request: bytes) -> list[tuple[int, bytes]]:
    """Slave 1 has holding registers, slave 2 discrete inputs; both refuse what they do not have."""
    slave, function = request[0], request[1]
    if (slave, function) == (1, 3):
        return [(5, sealed(bytes((1, 3, 2, 0, 41))))]
    if (slave, function) == (2, 2):
        return [(5, sealed(bytes((2, 2, 1, 1))))]
    return [(5, sealed(bytes((slave, function | 0x80, 1))))] if slave in {1, 2} else []


def test_slaves_of_a_bus_are_found_at_their_speed_with_what_they_answer() -> None:
    clock = HandClock()
    probed = Desk(ScriptedPort(clock, two_slaves), clock, 19_200).probe(slaves=3)
    words = {one.slave: one.what.split("; ") for one in probed.found}
    assert {(one.baud, one.protocol) for one in probed.found} == {(19_200, "modbus")}
    assert words == {
        1: ["holding registers", "no input registers (exception 1)", "no discrete inputs (exception 1)"],
        2: ["no holding registers (exception 1)", "no input registers (exception 1)", "discrete inputs"],
    }
    assert probed.noise_bytes > 0


def test_a_reader_is_found_by_its_version_and_named() -> None:
    clock = HandClock()
    reader = ScriptedPort(clock, lambda ask: [(5, version_answer("M100 V1.0"))] if ask[:3] == b"\xbb\x00\x03" else [])
    probed = Desk(reader, clock, 57_600).probe()
    assert probed.found == (Found(port="/dev/a", baud=57_600, protocol="bb7e", slave=0, what="bb7e reader M100 V1.0"),)


@pytest.mark.parametrize(("kind", "baud"), [(KINDS[0], 115_200), (KINDS[1], 57_600), (KINDS[3], 19_200)])
def test_a_reader_of_another_family_is_found_and_proposed_with_its_protocol(kind: Kind, baud: int) -> None:
    clock = HandClock()
    probed = Desk(Wire(clock, kind.make()).port, clock, baud).probe()
    (found,) = probed.found
    assert (found.protocol, found.baud) == (kind.protocol, baud)
    (table,) = tomllib.loads(proposed(probed.found))["reader"]
    assert (table["protocol"], table["baud"], table["port"]) == (kind.protocol, baud, "/dev/a")


def test_one_lucky_answer_is_no_device() -> None:
    clock = HandClock()
    answers = iter([version_answer("M100"), b"", version_answer("M100")])
    flaky = ScriptedPort(clock, lambda _: [(5, next(answers, b""))])
    assert Desk(flaky, clock, 115_200).probe(slaves=1).found == ()


def test_nothing_there_and_noise_are_told_apart() -> None:
    clock = HandClock()
    assert Desk(ScriptedPort(clock), clock, 0).probe(1).noise_bytes > 0
    quiet = probe_port("/dev/a", lambda *_: ScriptedPort(clock), clock, slaves=(1,), tell=lambda _: None)
    assert quiet == Probed(port="/dev/a", fault=None)


@pytest.mark.parametrize("fault", list(PortFault))
def test_a_port_that_cannot_be_asked_says_why(fault: PortFault) -> None:
    def refuse(path: str, _baud: int) -> Port:
        raise PortLostError(path, fault, "test")

    assert probe_port("/dev/a", refuse, HandClock(), slaves=(1,), tell=lambda _: None).fault is fault


def test_what_is_proposed_is_toml_with_a_table_for_each_device() -> None:
    found = [
        Found(port="/dev/a", baud=9_600, protocol="modbus", slave=1, what="holding registers; no discrete inputs (1)"),
        Found(port="/dev/a", baud=9_600, protocol="modbus", slave=2, what="no holding registers (1); discrete inputs"),
        Found(port="/dev/b", baud=115_200, protocol="bb7e", slave=0, what="UHF reader M100"),
    ]
    tables = tomllib.loads(proposed(found))
    (bus,) = tables["bus"]
    assert (bus["port"], bus["baud"], bus["temperature"][0]["slave"], bus["contacts"][0]["slave"]) == (
        "/dev/a",
        9_600,
        1,
        2,
    )
    assert tables["reader"][0]["baud"] == 115_200
