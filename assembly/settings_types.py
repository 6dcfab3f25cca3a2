"""What may stand in a settings file: the types of values, each with the words that say what is allowed."""

import re
import socket
import zoneinfo
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from assembly.problems import Allowed
from coldchain.identifiers import ID_PATTERN

PREFIX: Final = "COLDCHAIN_"
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")  # no IPv6, no wildcard


def a_number(value: object) -> object:
    """Refuse true and false, which Python counts as numbers."""
    if isinstance(value, bool):
        message = "true and false are not numbers"
        raise ValueError(message)  # noqa: TRY004 - pydantic turns a ValueError into its report
    return value


def an_mqtt_url(text: str) -> str:
    """Refuse what is no address of a broker."""
    parts = urlsplit(text)
    wrong = parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or parts.path.strip("/") or parts.port == 0
    if wrong or parts.query or parts.fragment:  # a "#" or "?" in a password has to be percent-encoded
        message = "not an MQTT address"
        raise ValueError(message)
    return text


def an_http_url(text: str) -> str:
    """Refuse what is no plain http(s) address; user and password have keys of their own."""
    parts = urlsplit(text)
    wrong = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    if wrong or "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(text)
    return text.rstrip("/")


def a_postgres_url(text: str) -> str:
    """Refuse what is no address of a PostgreSQL database; a password stands in a file of its own."""
    parts = urlsplit(text)
    wrong = parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/") or parts.fragment
    if wrong or parts.password is not None or "password=" in parts.query:
        message = "not a PostgreSQL address"
        raise ValueError(message)
    return text


def an_own_host(text: str) -> str:
    """Refuse what is no name or IPv4 address, and the address that stands for all: the pages need a name."""
    if not _HOST.fullmatch(text):
        raise ValueError(text)
    try:
        packed = socket.inet_aton(text)  # it reads "0" and "0x0" as the socket will
    except OSError:
        return text
    if not any(packed):
        raise ValueError(text)
    return text


def a_time_zone(text: str) -> str:
    """Refuse a time zone that this machine does not know."""
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:  # a folder of the database gives an OSError
        raise ValueError(text) from error
    return text


Id = Annotated[
    str, Field(pattern=f"^{ID_PATTERN}$"), Allowed("1 to 32 of a-z, 0-9 and '-'", "1 到 32 个字符：a-z、0-9 和 '-'")
]
OptionalId = Annotated[
    Annotated[str, Field(pattern=f"^{ID_PATTERN}$")] | None,
    Allowed("1 to 32 of a-z, 0-9 and '-', or leave it out", "1 到 32 个字符：a-z、0-9 和 '-'，或省略"),
]
Seconds = Annotated[
    int, BeforeValidator(a_number), Field(ge=1, le=3600), Allowed("whole seconds from 1 to 3600", "1 到 3600 的整数秒")
]
SerialPort = Annotated[
    str,
    Field(min_length=1, max_length=255),
    Allowed(
        'the path of a serial port, e.g. "/dev/serial/by-id/usb-..."', '串口路径，例如 "/dev/serial/by-id/usb-..."'
    ),
]
Baud = Annotated[
    Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200],
    BeforeValidator(lambda value: int(value) if isinstance(value, str) and value.isdigit() else a_number(value)),
    Allowed(
        "1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200", "1200、2400、4800、9600、19200、38400、57600 或 115200"
    ),
]
Slave = Annotated[
    int,
    BeforeValidator(a_number),
    Field(ge=1, le=247),
    Allowed("a Modbus address from 1 to 247, as set in the device", "Modbus 地址 1 到 247，与设备设置一致"),
]
MqttUrl = Annotated[
    str,
    AfterValidator(an_mqtt_url),
    Allowed(
        '"mqtt://host:1883", "mqtts://host:8883" or "mqtt://user:password@host:1883", # and ? in a password as %23 %3F',
        '"mqtt://主机:1883"、"mqtts://主机:8883" 或 "mqtt://用户:密码@主机:1883"，密码中的 # 和 ? 写作 %23 和 %3F',
    ),
]
HttpUrl = Annotated[
    Annotated[str, AfterValidator(an_http_url)] | None,
    Allowed(
        '"http://host:8086" or "https://host:8086" without user, password or path; or leave it out',
        '"http://主机:8086" 或 "https://主机:8086"，不含用户、密码和路径；或省略',
    ),
]
PostgresUrl = Annotated[
    Annotated[str, AfterValidator(a_postgres_url)] | None,
    Allowed(
        '"postgresql://user@host:5432/database" without a password (password_file names its file),'
        " with ?sslmode=verify-full over a network; or leave it out for the SQLite file in data_dir",
        '"postgresql://用户@主机:5432/数据库"，不含密码（密码写入 password_file 所指文件），'
        "经网络时加 ?sslmode=verify-full；省略则使用 data_dir 中的 SQLite 文件",
        secret=True,
    ),
]
Secret = Annotated[
    Annotated[str, Field(min_length=1, max_length=1000)] | None,
    Field(repr=False),
    Allowed(
        "1 to 1000 characters, better from the environment than from this file; or leave it out",
        "1 到 1000 个字符，宜由环境变量提供；或省略",
        secret=True,
    ),
]
Label = Annotated[
    Annotated[str, Field(min_length=1, max_length=100)] | None,
    Allowed("1 to 100 characters, or leave it out", "1 到 100 个字符，或省略"),
]
TcpPort = Annotated[
    int, BeforeValidator(a_number), Field(ge=1, le=65535), Allowed("a port from 1 to 65535", "端口号 1 到 65535")
]
OptionalTcpPort = Annotated[
    Annotated[int, BeforeValidator(a_number), Field(ge=1, le=65535)] | None,
    Allowed("a port from 1 to 65535, or leave it out", "端口号 1 到 65535，或省略"),
]
Name = Annotated[
    str, Field(min_length=1, max_length=100), Allowed("a name of 1 to 100 characters", "1 到 100 个字符的名称")
]
FilePath = Annotated[
    Path,
    Allowed("a path; a relative one is taken from the folder of this file", "路径；相对路径以本文件所在文件夹为准"),
]

OptionalFilePath = Annotated[
    Path | None,
    Allowed(
        "a path; a relative one is taken from the folder of this file; or leave it out",
        "路径；相对路径以本文件所在文件夹为准；或省略",
    ),
]

CONTACT_KINDS: Final = Allowed(
    '"door", "lid", "mains", "ups", "defrost" or "motion"',
    '"door"（门）、"lid"（箱盖）、"mains"（市电）、"ups"（UPS 供电）、"defrost"（化霜）或 "motion"（振荡）',
)


READER_PURPOSES: Final = Allowed(
    '"zone" for the inside of a place, "tunnel" for crates that go past, "portal" with antennas on both sides',
    '"zone"（监视设备内部）、"tunnel"（整箱通过）或 "portal"（两侧有天线的门）',
)


class Table(BaseModel):
    """A table of a settings file: its keys are all known, its values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileSettings(BaseSettings):
    """A settings file with the environment over it; `tables` are those that the environment reaches."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="forbid", frozen=True
    )
    tables: ClassVar[frozenset[str]]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file, and there are no other sources."""
        del env_settings, dotenv_settings, file_secret_settings
        return _Environment(settings_cls, cls.tables), init_settings


class _Environment(EnvSettingsSource):
    """The variables that speak of plain tables; the others are no business of this program."""

    def __init__(self, settings_cls: type[BaseSettings], tables: frozenset[str]) -> None:
        super().__init__(settings_cls)
        starts = tuple(f"{PREFIX}{table}__".lower() for table in tables)
        self.env_vars = {name: value for name, value in self.env_vars.items() if name.lower().startswith(starts)}
