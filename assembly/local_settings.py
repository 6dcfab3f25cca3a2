"""The tables of gateway.toml for what works without the centre: [alarm], [page], [status]."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from assembly.problems import Allowed
from assembly.settings_types import OptionalTcpPort, Table, a_number, an_own_host

ARGV_MAX: Final = 16

OptionalFile = Annotated[
    Path | None,
    Allowed(
        "a path; a relative one is taken from the folder of this file; or leave it out",
        "路径；相对路径以本文件所在文件夹为准；或省略",
    ),
]


class AlarmTable(Table):
    """The siren: a program, a file of the system (GPIO, LED), or both; and the mute button."""

    program: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=255)], ...],
        Field(max_length=ARGV_MAX),
        Allowed(
            'a program and its arguments, e.g. ["/usr/local/bin/siren"]; "on" or "off" is added at the end',
            '程序及其参数，例如 ["/usr/local/bin/siren"]；末尾会加上 "on" 或 "off"',
        ),
    ] = ()
    file: OptionalFile = None
    button_file: OptionalFile = None
    mute_file: OptionalFile = None
    mute_min: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=1, le=30),
        Allowed("whole minutes from 1 to 30", "1 到 30 的整数分钟"),
    ] = 10


class PageTable(Table):
    """The read-only page on the local network; without a port there is none."""

    host: Annotated[
        str,
        AfterValidator(an_own_host),
        Allowed(
            'an address of this machine, e.g. "192.168.1.20"; not the one that stands for all',
            '本机的一个地址，例如 "192.168.1.20"；不能是代表全部地址的那个',
        ),
    ] = "127.0.0.1"
    port: OptionalTcpPort = None


class StatusTable(Table):
    """Where `coldchain gateway status` finds how the running gateway is; beside the spool unless named."""

    path: OptionalFile = None
