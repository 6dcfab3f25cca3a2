"""The table [heartbeat] of server.toml: whom outside the centre tells once a minute that it works."""

from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from assembly.channel_secrets import secret_in
from assembly.problems import Allowed, Problem
from assembly.settings_types import OptionalFilePath, Table, a_number
from coldchain.errors import ColdchainError
from coldchain.places import Text

_WEB: Final = ("http://", "https://")


class HeartbeatTable(Table):
    """The address that is called while everything works; whoever watches there rings when the calls stay away.

    `url_file` names a file that holds the address alone: it is a secret, for who knows it can keep the watcher quiet.
    """

    url: Annotated[
        Annotated[str, Field(pattern=r"^https?://[^\s]{1,500}$")] | None,
        Field(repr=False),
        Allowed("an http:// or https:// address, or leave it out", "http:// 或 https:// 地址；或省略", secret=True),
    ] = None
    url_file: OptionalFilePath = None
    method: Annotated[Literal["get", "post"], Allowed('"get" or "post"', '"get" 或 "post"')] = "get"
    every_s: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=30, le=3_600),
        Allowed("whole seconds from 30 to 3600", "30 到 3600 的整数秒"),
    ] = 60
    mirror: Annotated[
        bool,
        Allowed("true, or false: call also while InfluxDB takes nothing", "true；或 false：InfluxDB 不可用时仍发送"),
    ] = True

    @property
    def wanted(self) -> bool:
        """Whether anybody is to be told."""
        return self.url is not None or self.url_file is not None


def heartbeat_problems(heartbeat: HeartbeatTable) -> list[Problem]:
    """Return what does not fit together: of two addresses one would be passed over in silence."""
    if heartbeat.url is None or heartbeat.url_file is None:
        return []
    what = Text(
        en="url and url_file are two places of one address: write one of them", zh="url 与 url_file 只能填写一个"
    )
    return [Problem(key="heartbeat", what=what)]


def address_of(heartbeat: HeartbeatTable) -> str | None:
    """Return the address, None if nobody is to be told. Raises ColdchainError for a file that cannot be used."""
    if heartbeat.url_file is None:
        return heartbeat.url
    url = secret_in("heartbeat.url_file", heartbeat.url_file)
    if not url.startswith(_WEB):
        msg = f"heartbeat.url_file {heartbeat.url_file} holds no http:// or https:// address / 地址无效"
        raise ColdchainError(msg)
    return url
