"""Secrets of channels that stand in files of their own: the environment reaches no list, so [[channel]] names files."""

import re
import stat
from pathlib import Path
from typing import Final

from assembly.channel_settings import SECRET_FILES, URL_PATTERN, WEB, ChannelTable
from coldchain.errors import ColdchainError

SECRET_BYTES_MAX: Final = 2_000
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def with_secrets(table: ChannelTable) -> ChannelTable:
    """Return a channel with what its files hold. Raises ColdchainError, which never repeats what stands in one."""
    named = {name: getattr(table, file) for name, file in SECRET_FILES.items()}
    read = {
        name: secret_in(f"channel {table.id}: {SECRET_FILES[name]}", file)
        for name, file in named.items()
        if file is not None
    }
    url = read.get("url")
    web = table.kind in WEB
    if url is not None and not (
        re.fullmatch(URL_PATTERN, url) and (not web or url.startswith(("http://", "https://")))
    ):
        msg = (
            f"channel {table.id}: url_file {table.url_file} holds no address that {table.kind.value} can use / 地址无效"
        )
        raise ColdchainError(msg)
    return table.model_copy(update=read)


def secret_in(name: str, path: Path) -> str:
    """Return the one line of a secret's file. `name`: what the settings call it. Raises ColdchainError as above."""
    where = f"{name} {path}"
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
                msg = f"{where} can be read by others: run chmod 600 on it, renew it if they may have / 他人可读"
                raise ColdchainError(msg)
            text = file.read(SECRET_BYTES_MAX + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        msg = f"{where} cannot be read ({reason}): check the path and its owner / 无法读取"
        raise ColdchainError(msg) from error
    if not text or len(text) > SECRET_BYTES_MAX or not text.isprintable():
        msg = f"{where} holds no secret: write it alone into the file, in one line / 文件中应只有一行内容"
        raise ColdchainError(msg)
    return text
