"""The first steps of a technician: settings files to start from, and what a settings file sets up."""

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Final

from assembly.brokers import without_password
from assembly.gateway_settings import BusTable, GatewaySettings
from assembly.server_settings import ServerSettings
from coldchain.errors import ColdchainError

STARTERS: Final = ("gateway.toml", "server.toml")


class StarterError(ColdchainError):
    """A settings file is in the way, or the folder cannot be written; nothing was changed."""


def write_starters(folder: Path) -> list[Path]:
    """Write the starting files into folder and return their paths. Raises StarterError, then none was written."""
    paths = [folder / name for name in STARTERS]
    in_the_way = [str(path) for path in paths if path.exists() or path.is_symlink()]
    if in_the_way:
        msg = (
            f"{', '.join(in_the_way)} exists already and is not overwritten: name another folder / 文件已存在，不会覆盖"
        )
        raise StarterError(msg)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            with path.open("x", encoding="utf-8") as file:
                file.write(starter_text(path.name))
    except OSError as error:
        msg = f"{error.filename} cannot be written: {error.strerror} / 无法写入"
        raise StarterError(msg) from error
    return paths


def starter_text(name: str) -> str:
    """Return the text of a starting file."""
    return resources.files("assembly.starters").joinpath(name).read_text(encoding="utf-8")


def described(file: Path, settings: GatewaySettings | ServerSettings) -> list[str]:
    """Return what a settings file sets up, line by line."""
    if isinstance(settings, GatewaySettings):
        return [f"{file}: settings of a gateway, valid / 网关设置，有效", *_gateway(settings)]
    return [f"{file}: settings of the server, valid / 服务器设置，有效", *_server(settings)]


def _gateway(settings: GatewaySettings) -> Iterable[str]:
    yield f"  gateway {settings.gateway.id} of site {settings.gateway.site} -> {without_password(settings.mqtt.url)}"
    yield f"  spool {settings.spool.path}, at most {settings.spool.bytes_max} bytes"
    for bus in settings.bus:
        yield from _bus(bus)
    for reader in settings.reader:
        yield f"  reader {reader.id} on {reader.port}, {reader.baud} baud, counts when {reader.door} closes"
    if not settings.bus and not settings.reader:
        yield "  no devices: it only sends what its spool still holds / 未配置设备：仅上传已存数据"


def _bus(bus: BusTable) -> Iterable[str]:
    yield f"  bus {bus.port}, {bus.baud} baud"
    for temperature in bus.temperature:
        for channel, probe in sorted(temperature.channels.items()):
            yield f"    probe {probe}: slave {temperature.slave} channel {channel}, every {temperature.poll_s} s"
    for contacts in bus.contacts:
        names = ", ".join(name for name in (contacts.door, contacts.mains) if name)
        yield f"    contacts {names}: slave {contacts.slave}, every {contacts.poll_s} s"


def _server(settings: ServerSettings) -> Iterable[str]:
    server = settings.server
    yield f"  site {server.site}, record in {server.data_dir}, times shown in {server.time_zone}"
    yield f"  pages at http://{server.http_host}:{server.http_port}, broker {without_password(settings.mqtt.url)}"
    yield f"  gateways: {_listed(gateway.id for gateway in settings.gateway)}"
    for place in settings.place:
        yield f"  place {place.id} ({place.name_zh}, {place.name_en}), profile {place.profile} v{place.profile_version}"
        yield f"    probes: {_listed(f'{p.id} ({p.role})' for p in settings.probe if p.place == place.id)}"
        yield f"    contacts: {_listed(c.id for c in settings.contact if c.place == place.id)}"
        yield f"    readers: {_listed(r.id for r in settings.reader if r.place == place.id)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none / 无"
