"""What may stand in a [[reader]] of gateway.toml: protocol, address, antennas, and how they fit each other."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed, Loc, Problem, key_text
from assembly.settings_types import Baud, a_number
from coldchain.places import ReaderPurpose, Text
from gateway.links.tcp_address import host_and_port, is_tcp
from gateway.plan import READER_ADDRESS_MAX, READER_ANTENNAS_MAX, READER_BAUD, READER_BAUDS

ANTENNAS_MAX: Final = 16
LLRP: Final = {"llrp": 5084, "llrp+tls": 5085}  # with the ports that LLRP 1.1 gives them

ReaderPort = Annotated[
    str,
    Field(min_length=1, max_length=255),
    Allowed(
        'the path of a serial port, e.g. "/dev/serial/by-id/usb-...", or "tcp://host:port" of a reader on the network',
        '串口路径，例如 "/dev/serial/by-id/usb-..."，或网络读写器的 "tcp://主机:端口"',
    ),
]
ReaderProtocol = Annotated[
    Literal["bb7e", "a0", "chafon", "chafon18", "hf7e55", "llrp", "llrp+tls"],
    Allowed(
        '"bb7e", "a0", "chafon", "chafon18", "hf7e55", "llrp" or "llrp+tls" (docs/readers.md)',
        '"bb7e"、"a0"、"chafon"、"chafon18"、"hf7e55"、"llrp" 或 "llrp+tls"（见 docs/readers.md）',
    ),
]
ReaderAddress = Annotated[
    Annotated[int, BeforeValidator(a_number), Field(ge=0, le=0xFFFF)] | None,
    Allowed("the reader's own address from 0 to 65535, or leave it out", "读写器自身的地址 0 到 65535，或省略"),
]
Antennas = Annotated[
    tuple[Annotated[int, BeforeValidator(a_number), Field(ge=1, le=ANTENNAS_MAX)], ...],
    Field(min_length=1, max_length=ANTENNAS_MAX),
    Allowed(
        f"the numbers of the antennas in use, from 1 to {ANTENNAS_MAX}, e.g. [1, 2]",
        f"使用中的天线编号，1 到 {ANTENNAS_MAX}，例如 [1, 2]",
    ),
]
ReaderAntennas = Annotated[
    Antennas | None,
    Allowed(
        f"the numbers of the antennas in use, from 1 to {ANTENNAS_MAX}, e.g. [1, 2]; left out: of its zones, or 1",
        f"使用中的天线编号，1 到 {ANTENNAS_MAX}，例如 [1, 2]；省略时为各区域的天线，无区域时为 1",
    ),
]
PortalSide = Annotated[
    tuple[Annotated[int, BeforeValidator(a_number), Field(ge=1, le=ANTENNAS_MAX)], ...],
    Field(max_length=ANTENNAS_MAX),
    Allowed(
        f"the numbers of a portal's antennas on this side, from 1 to {ANTENNAS_MAX}, e.g. [1, 2]; else leave it out",
        f"门式读写器这一侧的天线编号，1 到 {ANTENNAS_MAX}，例如 [1, 2]；其他读写器请省略",
    ),
]
ReaderFile = Annotated[
    Path | None,
    Allowed(
        "a path; a relative one is taken from the folder of this file; or leave it out",
        "路径；相对路径以本文件所在文件夹为准；或省略",
    ),
]
ReaderServerName = Annotated[
    str,
    Field(max_length=253),
    Allowed(
        "the name in the reader's certificate, up to 253 characters, or leave it out",
        "读写器证书中的名称，最多 253 个字符，或省略",
    ),
]
ReaderBaud = Annotated[
    Baud | None,
    Allowed(
        "1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200, or leave it out",
        "1200、2400、4800、9600、19200、38400、57600 或 115200，或省略",
    ),
]


def baud_of(protocol: str, baud: int | None) -> int:
    """Return the baud of the settings, or the one with which readers of this protocol are delivered."""
    return baud or READER_BAUDS.get(protocol, READER_BAUD)


def reader_problems(number: int, port: str, protocol: str, address: int | None) -> list[Problem]:
    """Return what does not fit in the port and address of the reader table of this number."""
    at: Loc = ("reader", number)
    found = []
    if protocol in LLRP and not port.startswith("tcp://"):
        found.append(_problem((*at, "port"), f"is no address on the network; {protocol} needs tcp://host:port", _LLRP))
    elif is_tcp(port) and host_and_port(port, LLRP.get(protocol)) is None:
        found.append(
            _problem((*at, "port"), "is no address; write tcp://host:port", "不是网络地址；请写 tcp://主机:端口")
        )
    highest = READER_ADDRESS_MAX.get(protocol)
    if address is not None and highest is None:
        says = f"is written, but readers with protocol {protocol} have no address; leave it out"
        found.append(_problem((*at, "address"), says, f"不适用：{protocol} 读写器没有地址；请省略"))
    elif address is not None and highest is not None and address > highest:
        says = f"is {address}; protocol {protocol} has addresses from 0 to {highest}"
        found.append(_problem((*at, "address"), says, f"为 {address}；{protocol} 的地址为 0 到 {highest}"))
    return found


def antenna_problems(at: Loc, protocol: str, antennas: tuple[int, ...]) -> list[Problem]:
    """Return what does not fit in a list of antennas, at least one, of a reader with this protocol."""
    found = []
    most = READER_ANTENNAS_MAX.get(protocol, 1)
    if max(antennas) > most:
        says = f"names antenna {max(antennas)}; a reader with protocol {protocol} has at most {most}"
        found.append(_problem(at, says, f"含天线 {max(antennas)}；{protocol} 读写器最多 {most} 个天线"))
    if len(set(antennas)) < len(antennas):
        found.append(_problem(at, "names an antenna twice", "天线编号重复"))
    return found


def portal_problems(at: Loc, purpose: ReaderPurpose, outer: tuple[int, ...], inner: tuple[int, ...]) -> list[Problem]:
    """Return what is wrong with the two sides of a portal: it needs both, no antenna is on both, others have none."""
    if purpose is not ReaderPurpose.PORTAL:
        says = f"names antennas of two sides, but a {purpose.value} has none; leave outer and inner out"
        return [_problem(at, says, "不是门式读写器，请省略 outer 和 inner")] if outer or inner else []
    if not outer or not inner:
        return [_problem(at, "is a portal: write outer and inner, the antennas of each side", "请填写 outer 和 inner")]
    both = sorted(set(outer) & set(inner))
    says = f"has antenna {both[0] if both else 0} on both sides; an antenna looks to one side"
    return [_problem(at, says, f"天线 {both[0]} 同时属于两侧")] if both else []


def tls_problems(
    number: int, protocol: str, ca: Path | None, certificate: Path | None, key: Path | None, server_name: str
) -> list[Problem]:
    """Return what does not fit in the files of the reader table of this number."""
    at: Loc = ("reader", number)
    if protocol != "llrp+tls" and (ca or certificate or key or server_name):
        says = f"has ca, certificate, key or server_name, but {protocol} is not encrypted; leave them out"
        return [_problem(at, says, f"写有 ca、certificate、key 或 server_name，但 {protocol} 不加密；请省略")]
    if (certificate is None) != (key is None):
        return [_problem(at, "needs certificate and key together", "certificate 和 key 必须同时填写")]
    return []


_LLRP: Final = "不是网络地址；LLRP 读写器请写 tcp://主机:端口"


def _problem(at: Loc, en: str, zh: str) -> Problem:
    return Problem(key=key_text(at), what=Text(en=en, zh=zh))
