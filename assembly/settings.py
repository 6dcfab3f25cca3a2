"""Settings: one TOML file for a gateway, one for the server, and the environment over them.

`COLDCHAIN_MQTT__URL` is `[mqtt] url`: the prefix, the table, two underscores, the key. The environment reaches plain
tables; lists of tables (`[[bus]]`, `[[probe]]` ...) stand in the file only. Relative paths are taken from the folder
of the file. Whatever is wrong is said by a SettingsError that names file, key, value and what is allowed.
"""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from assembly.bus_settings import with_absolute_maps
from assembly.gateway_settings import GatewaySettings, gateway_problems
from assembly.problems import Problem, SettingsError, problem_of
from assembly.reader_settings import GatewayReaderTable
from assembly.server_settings import ServerSettings, server_problems, setup_of
from assembly.settings_types import PREFIX, FileSettings
from assembly.toml_slips import slip
from coldchain.places import Text

__all__ = [
    "GatewaySettings",
    "ServerSettings",
    "SettingsError",
    "load_any",
    "load_gateway",
    "load_server",
    "setup_of",
]

FILE_BYTES_MAX: Final = 4 * 1024 * 1024

_ALARM_FILES: Final = ("file", "button_file", "mute_file")
_S = TypeVar("_S", GatewaySettings, ServerSettings)


def load_gateway(path: Path) -> GatewaySettings:
    """Read gateway.toml and the environment. Raises SettingsError."""
    data = _toml(path)
    if _is_servers(data):
        raise _whole(
            path, "is the server's file: run coldchain server with it", "是服务器的设置文件：请用于 coldchain server"
        )
    folder = path.resolve().parent
    settings = _checked(path, data, GatewaySettings, lambda read: gateway_problems(read, folder))
    spool = _with(settings.spool, path=_absolute(path, settings.spool.path))
    readers = tuple(_with(reader, **_files_of(path, reader)) for reader in settings.reader)
    buses = tuple(with_absolute_maps(bus, folder) for bus in settings.bus)
    alarm = _with(settings.alarm, **{name: _maybe(path, getattr(settings.alarm, name)) for name in _ALARM_FILES})
    status = settings.status.path or spool.path.with_name(spool.path.name + ".status.json")
    status_table = _with(settings.status, path=_absolute(path, status))
    mqtt = _with(settings.mqtt, **_own_files(path, settings.mqtt))
    box = None if settings.box is None else _with(settings.box, **_own_files(path, settings.box))
    changed = {"reader": readers, "bus": buses, "alarm": alarm, "status": status_table, "box": box}
    return _with(settings, spool=spool, mqtt=mqtt, **changed)


def _files_of(path: Path, reader: GatewayReaderTable) -> dict[str, Path]:
    """Return the files that a reader's table names, relative ones taken from the folder of the settings file."""
    named = {"ca": reader.ca, "certificate": reader.certificate, "key": reader.key}
    return {name: _absolute(path, file) for name, file in named.items() if file is not None}


def load_server(path: Path) -> ServerSettings:
    """Read server.toml and the environment. Raises SettingsError."""
    data = _toml(path)
    if _is_gateways(data):
        raise _whole(
            path, "is a gateway's file: run coldchain gateway with it", "是网关的设置文件：请用于 coldchain gateway"
        )
    settings = _checked(path, data, ServerSettings, server_problems)
    server = _with(settings.server, data_dir=_absolute(path, settings.server.data_dir))
    pki = _with(settings.pki, **_own_files(path, settings.pki))
    store = _with(settings.store, **_own_files(path, settings.store))
    mqtt = _with(settings.mqtt, **_own_files(path, settings.mqtt))
    channels = tuple(_with(channel, **_own_files(path, channel)) for channel in settings.channel)
    checkpoints = _with(settings.checkpoints, **_own_files(path, settings.checkpoints))
    heartbeat = _with(settings.heartbeat, **_own_files(path, settings.heartbeat))
    grafana = _with(settings.grafana, **_own_files(path, settings.grafana))
    issuing = _with(settings.issuing, **_own_files(path, settings.issuing))
    tables = {"server": server, "store": store, "pki": pki, "mqtt": mqtt, "issuing": issuing}
    return _with(settings, **tables, channel=channels, checkpoints=checkpoints, heartbeat=heartbeat, grafana=grafana)


def _own_files(path: Path, table: BaseModel) -> dict[str, Path]:
    """Return the files that a table names, from the folder of the settings file."""
    return {name: _absolute(path, value) for name, value in table if isinstance(value, Path)}


def load_any(path: Path) -> GatewaySettings | ServerSettings:
    """Read either kind of file: [server] makes it the server's, [gateway] the gateway's. Raises SettingsError."""
    data = _toml(path)
    if _is_servers(data):
        return load_server(path)
    if _is_gateways(data):
        return load_gateway(path)
    raise _whole(
        path,
        "is no settings file of ours: write [gateway] for a gateway or [server] for the server",
        "不是本程序的设置文件：网关请写 [gateway]，服务器请写 [server]",
    )


def _is_servers(data: dict[str, Any]) -> bool:
    return "server" in data


def _is_gateways(data: dict[str, Any]) -> bool:
    return not _is_servers(data) and isinstance(data.get("gateway"), dict)


def _checked(path: Path, data: dict[str, Any], kind: type[_S], cross: Callable[[_S], list[Problem]]) -> _S:
    problems = _unknown_variables()
    try:
        settings = kind(**data)
    except ValidationError as error:
        problems += [problem_of(item, kind, os.environ) for item in error.errors(include_url=False)]
        raise SettingsError(str(path), tuple(problems)) from None
    problems += cross(settings)
    if problems:
        raise SettingsError(str(path), tuple(problems))
    return settings


def _unknown_variables() -> list[Problem]:
    """A misspelt variable would otherwise be silently without effect."""
    reached = sorted(_tables(GatewaySettings) | _tables(ServerSettings))
    what = Text(
        en=f"is an environment variable that reaches no table; allowed: {PREFIX}<table>__<key> of {', '.join(reached)}",
        zh=f"是无效的环境变量；允许：{PREFIX}<表>__<键>，表为 {'、'.join(reached)}",
    )
    return [
        Problem(key=name, what=what)
        for name in sorted(os.environ)
        if name.upper().startswith(PREFIX) and "__" in name and _table(name) not in reached
    ]


def _tables(kind: type[FileSettings]) -> frozenset[str]:
    return kind.tables


def _table(variable: str) -> str:
    return variable[len(PREFIX) :].partition("__")[0].lower()


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise _whole(path, f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}") from None
    if len(raw) > FILE_BYTES_MAX:
        raise _whole(path, f"is larger than {FILE_BYTES_MAX} bytes", f"超过 {FILE_BYTES_MAX} 字节")
    try:
        text = raw.decode("utf-8-sig")  # editors on Windows put a byte order mark in front
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise _whole(path, f"is not UTF-8 text ({where}); save it as UTF-8", f"不是 UTF-8 文本（{where}）") from None
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        typed = slip(text, str(error))
        if typed is not None:
            raise _whole(path, f"is not valid TOML, {typed.en}", f"不是有效的 TOML，{typed.zh}") from None
        raise _whole(path, f"is not valid TOML: {error}", f"不是有效的 TOML：{error}") from None


def _whole(path: Path, en: str, zh: str) -> SettingsError:
    return SettingsError(str(path), (Problem(key="", what=Text(en=en, zh=zh)),))


def _absolute(file: Path, path: Path) -> Path:
    return file.resolve().parent / path.expanduser()


def _maybe(file: Path, path: Path | None) -> Path | None:
    return None if path is None else _absolute(file, path)


_M = TypeVar("_M", bound=BaseModel)


def _with(model: _M, **changes: object) -> _M:
    return model.model_copy(update=changes)
