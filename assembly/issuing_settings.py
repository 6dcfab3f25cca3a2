"""Settings of the way to the issuing system: the table [issuing] of server.toml."""

from typing import Annotated

from pydantic import Field

from assembly.channel_settings import URL_PATTERN, ChannelKind, ChannelTable
from assembly.problems import Allowed, Problem, key_text
from assembly.settings_types import Label, OptionalFilePath, Secret, Table
from coldchain.places import Text


class IssuingTable(Table):
    """Where every hold and every lifting is sent; without an address the issuing system asks by itself.

    `url_file`, `secret_file` name files that hold them, from the folder of the settings file. `system`: its name in
    the record.
    """

    system: Label = None
    url: Annotated[
        Annotated[str, Field(pattern=URL_PATTERN)] | None,
        Field(repr=False),
        Allowed("the issuing system's http:// or https:// address", "发血系统的 http:// 或 https:// 地址", secret=True),
    ] = None
    url_file: OptionalFilePath = None
    secret: Secret = None
    secret_file: OptionalFilePath = None

    @property
    def there(self) -> bool:
        """Whether holds are sent to it."""
        return self.url is not None or self.url_file is not None

    def channel(self) -> ChannelTable:
        """Return its address and secret as those of a webhook, which are read and checked alike."""
        named = {name: getattr(self, name) for name in ("url", "url_file", "secret", "secret_file")}
        return ChannelTable(id="issuing", kind=ChannelKind.WEBHOOK, **named)


def issuing_problems(table: IssuingTable) -> list[Problem]:
    """Return what is missing or stands there twice."""
    found = []
    if table.there and table.secret is None and table.secret_file is None:
        found.append(_problem("secret_file", "is missing: what is sent is signed with it", "缺少：发送内容须签名"))
    if table.url is not None and not table.url.startswith(("http://", "https://")):
        found.append(_problem("url", "is no http:// or https:// address", "不是 http:// 或 https:// 地址"))
    for name in ("url", "secret"):
        if getattr(table, name) is not None and getattr(table, f"{name}_file") is not None:
            said = f"stands beside {name}: write one of them", f"与 {name} 重复：只能填写一种"
            found.append(_problem(f"{name}_file", *said))
    return found


def _problem(name: str, en: str, zh: str) -> Problem:
    return Problem(key=key_text(("issuing", name)), what=Text(en=en, zh=zh))
