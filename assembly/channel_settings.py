"""Settings of the ways out to people: tables [[channel]] of server.toml."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed, Problem, key_text
from assembly.settings_types import Id, Label, OptionalFilePath, Secret, Table, TcpPort, a_number
from coldchain.places import Text

CHANNELS_MAX: Final = 20


class ChannelKind(StrEnum):
    """What kind of service a channel is."""

    DINGTALK = "dingtalk"
    WECOM = "wecom"
    FEISHU = "feishu"
    WEBHOOK = "webhook"
    VOICE = "voice"  # a voice service behind a webhook
    SMTP = "smtp"
    SMS = "sms"  # a GSM modem on a serial line
    CALL = "call"  # the same modem, dialling
    APPRISE = "apprise"


NEEDS: Final = {
    ChannelKind.DINGTALK: ("url",),
    ChannelKind.WECOM: ("url",),
    ChannelKind.FEISHU: ("url",),
    ChannelKind.WEBHOOK: ("url",),
    ChannelKind.VOICE: ("url",),
    ChannelKind.SMTP: ("host", "sender"),
    ChannelKind.SMS: ("port_path",),
    ChannelKind.CALL: ("port_path",),
    ChannelKind.APPRISE: ("url",),
}

WEB: Final = frozenset(ChannelKind) - {ChannelKind.SMTP, ChannelKind.SMS, ChannelKind.CALL, ChannelKind.APPRISE}
PLAIN: Final = "plain"
URL_PATTERN: Final = r"^[a-z][a-z0-9+.-]{1,30}://[^\s]{1,1000}$"
SECRET_FILES: Final = {"url": "url_file", "secret": "secret_file", "password": "password_file"}
HERE: Final = frozenset({"localhost", "127.0.0.1"})


class ChannelTable(Table):
    """One way out. What each kind needs stands in docs/notifications.md; secrets are never shown again.

    `url_file`, `secret_file`, `password_file` name files that hold them, from the folder of the settings file.
    """

    id: Id
    kind: Annotated[
        ChannelKind,
        Allowed(", ".join(f'"{one.value}"' for one in ChannelKind), "、".join(f'"{one.value}"' for one in ChannelKind)),
    ]
    url: Annotated[
        Annotated[str, Field(pattern=URL_PATTERN)] | None,
        Field(repr=False),
        Allowed("the service's address, with its token", "服务地址（含令牌）", secret=True),
    ] = None
    secret: Secret = None
    keyword: Label = None
    host: Label = None
    port: Annotated[TcpPort, Allowed("a TCP port", "TCP 端口")] = 587
    security: Annotated[
        Annotated[str, Field(pattern="^(starttls|tls|plain)$")],
        Allowed('"starttls", "tls" or "plain" (only for a relay on this machine)', '"starttls"、"tls" 或 "plain"'),
    ] = "starttls"
    ca: OptionalFilePath = None
    sender: Label = None
    user: Label = None
    password: Secret = None
    port_path: Label = None
    baud: Annotated[
        int, BeforeValidator(a_number), Field(ge=1_200, le=921_600), Allowed("1200 to 921600", "1200 到 921600")
    ] = 115_200
    url_file: OptionalFilePath = None
    secret_file: OptionalFilePath = None
    password_file: OptionalFilePath = None


def channel_problems(tables: tuple[ChannelTable, ...]) -> list[Problem]:
    """Return which channels lack what their kind needs, and addresses that the kind cannot use."""
    return [problem for i, table in enumerate(tables) for problem in _problems(i, table)]


def _problems(i: int, table: ChannelTable) -> Iterator[Problem]:
    for name in NEEDS[table.kind]:
        if getattr(table, name) is None and getattr(table, SECRET_FILES.get(name, name)) is None:
            yield _problem(i, name, f"is missing: {table.kind.value} needs it", f"缺少：{table.kind.value} 需要此项")
    for name, file in SECRET_FILES.items():
        if getattr(table, name) is not None and getattr(table, file) is not None:
            yield _problem(i, file, f"stands beside {name}: write one of them", f"与 {name} 重复：只能填写一种")
    if table.kind in WEB and table.url is not None and not table.url.startswith(("http://", "https://")):
        yield _problem(i, "url", "is no http:// or https:// address", "不是 http:// 或 https:// 地址")
    if table.security == PLAIN and (table.password or table.password_file) and table.host not in HERE:
        yield _problem(
            i,
            "security",
            "would send a password in clear: write starttls or tls",
            "密码将以明文发送：须用 starttls",
        )


def _problem(i: int, name: str, en: str, zh: str) -> Problem:
    return Problem(key=key_text(("channel", i, name)), what=Text(en=en, zh=zh))
