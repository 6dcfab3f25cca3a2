"""[[reader]] tables of gateway.toml: which reader, at which port, with which antennas."""

from pathlib import Path
from typing import get_args

import pytest

from assembly.gateway_settings import plan_of
from assembly.reader_protocols import ANTENNAS_MAX, ReaderProtocol
from assembly.settings import SettingsError, load_gateway
from gateway.plan import READER_ANTENNAS_MAX, READER_PROTOCOLS, ReaderPlan

HEAD = """
[gateway]
id = "gw-1"
site = "storage-1"
[mqtt]
url = "mqtt://127.0.0.1:1883"
[spool]
path = "spool.sqlite"
[[bus]]
port = "/dev/a"
[[bus.contacts]]
slave = 2
door = "fridge-1-door"
[[reader]]
id = "fridge-1-reader"
door = "fridge-1-door"
"""


def plan(folder: Path, lines: str) -> ReaderPlan:
    path = folder / "gateway.toml"
    path.write_text(HEAD + lines, encoding="utf-8")
    return plan_of(load_gateway(path)).readers[0]


def complaint(folder: Path, lines: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        plan(folder, lines)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("lines", "protocol", "baud"),
    [
        ('port = "/dev/b"', "bb7e", 115_200),
        ('port = "/dev/b"\nprotocol = "a0"', "a0", 115_200),
        ('port = "/dev/b"\nprotocol = "chafon"', "chafon", 57_600),
        ('port = "/dev/b"\nprotocol = "chafon18"\nbaud = 115200', "chafon18", 115_200),
        ('port = "tcp://reader:5084"\nprotocol = "llrp"', "llrp", 115_200),
        ('port = "tcp://reader"\nprotocol = "llrp+tls"', "llrp+tls", 115_200),
    ],
)
def test_a_protocol_brings_the_baud_of_its_delivery(tmp_path: Path, lines: str, protocol: str, baud: int) -> None:
    read = plan(tmp_path, lines)
    assert (read.protocol, read.baud, read.antennas, read.address) == (protocol, baud, (1,), None)


def test_antennas_and_address_come_into_the_plan(tmp_path: Path) -> None:
    read = plan(tmp_path, 'port = "tcp://reader:4001"\nprotocol = "a0"\nantennas = [1, 3, 8]\naddress = 1')
    assert (read.port, read.antennas, read.address) == ("tcp://reader:4001", (1, 3, 8), 1)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('port = "/dev/b"\nprotocol = "r2000"', 'reader[1].protocol = "r2000" is not allowed; allowed: "bb7e", "a0"'),
        ('port = "/dev/b"\nantennas = [1, 2]', "names antenna 2; a reader with protocol bb7e has at most 1"),
        (
            'port = "/dev/b"\nprotocol = "a0"\nantennas = [9]',
            "names antenna 9; a reader with protocol a0 has",
        ),
        ('port = "/dev/b"\nprotocol = "a0"\nantennas = []', "allowed: the numbers of the antennas in use"),
        ('port = "/dev/b"\nprotocol = "a0"\nantennas = [0]', "allowed: the numbers of the antennas in use"),
        ('port = "/dev/b"\nprotocol = "a0"\nantennas = [2, 2]', "reader[1].antennas names an antenna twice"),
        ('port = "/dev/b"\naddress = 1', "protocol bb7e have no address; leave it out"),
        ('port = "/dev/b"\nprotocol = "chafon"\naddress = 256', "protocol chafon has addresses from 0 to 255"),
        ('port = "/dev/b"\nprotocol = "hf7e55"\naddress = 65536', "reader[1].address = 65536 is not allowed"),
        ('port = "/dev/b"\nprotocol = "a0"\naddress = true', "reader[1].address = true is not allowed"),
        ('port = "/dev/b"\nprotocol = "llrp"', "is no address on the network; llrp needs tcp://host:port"),
        ('port = "tcp://reader"\nprotocol = "a0"', "reader[1].port is no address; write tcp://host:port"),
        ('port = "tcp://reader:99999"\nprotocol = "a0"', "reader[1].port is no address"),
        ('port = "socket://r:5084"\nprotocol = "llrp"', "is no address on the network; llrp needs tcp://host:port"),
        ('port = "tcp://r:5084"\nprotocol = "llrp"\nserver_name = "r"', "but llrp is not encrypted; leave them out"),
        ('port = "tcp://r:5084"\nprotocol = "llrp"\nca = "ca.pem"', "but llrp is not encrypted; leave them out"),
        (
            'port = "tcp://r:5085"\nprotocol = "llrp+tls"\nca = "ca.pem"\nkey = "k.pem"',
            "reader[1] needs certificate and key together",
        ),
        ('port = "/dev/b"\nbaud = 1234', "reader[1].baud = 1234 is not allowed; allowed: 1200, 2400"),
    ],
)
def test_a_wrong_reader_is_named_with_what_to_write_in_both_languages(tmp_path: Path, lines: str, says: str) -> None:
    found = complaint(tmp_path, lines)
    assert any(says in line for line in found)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in "".join(found))


def test_the_files_of_an_encrypted_reader_lie_beside_the_settings_file(tmp_path: Path) -> None:
    read = plan(
        tmp_path, 'port = "tcp://r:5085"\nprotocol = "llrp+tls"\nca = "ca.pem"\ncertificate = "/c.pem"\nkey = "k.pem"'
    )
    assert (read.ca, read.certificate, read.key) == (tmp_path / "ca.pem", Path("/c.pem"), tmp_path / "k.pem")


def test_the_settings_know_the_protocols_and_antennas_of_the_plan() -> None:
    assert get_args(get_args(ReaderProtocol)[0]) == READER_PROTOCOLS
    assert max(READER_ANTENNAS_MAX.values()) == ANTENNAS_MAX
