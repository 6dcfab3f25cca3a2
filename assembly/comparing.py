"""Whether the files of gateways and the server's file speak of the same things: each half alone may be valid.

A probe that only one of them names is read and never believed, or awaited and never read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assembly.gateway_settings import GatewaySettings, origins_of
from assembly.problems import Loc, Problem, SettingsError, key_text
from assembly.reader_settings import LogicalReader, logical_readers
from assembly.server_settings import ServerSettings
from assembly.server_tables import ProbeTable, ServerContactTable, ServerReaderTable
from coldchain.places import ContactKind, ReaderPurpose, Text

WORDS: Final = {
    "probe": Text(en="probe", zh="探头"),
    "reader": Text(en="reader", zh="读写器"),
    "contact": Text(en="contact", zh="触点"),
}

Device = ProbeTable | ServerReaderTable | ServerContactTable


class FilesDifferError(SettingsError):
    """Settings files that are valid by themselves contradict each other; each difference is named with both places."""

    def __init__(self, found: Sequence[tuple[Path, Problem]]) -> None:
        super().__init__(str(found[0][0]), tuple(problem for _, problem in found))
        self.args = ("\n".join(line for file, problem in found for line in problem.lines(str(file))),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A device that a gateway reads: where it stands in the gateway's file, and of a contact the kind and its place.

    Of a reader its purpose.
    """

    loc: Loc
    what: str
    id: str
    kind: ContactKind | None = None
    kind_at: Loc = ()
    purpose: ReaderPurpose | None = None


@dataclass(frozen=True, slots=True)
class _Server:
    file: Path
    settings: ServerSettings

    def devices(self) -> Iterable[tuple[str, int, Device]]:
        yield from (("probe", i, probe) for i, probe in enumerate(self.settings.probe))
        yield from (("reader", i, reader) for i, reader in enumerate(self.settings.reader))
        yield from (("contact", i, contact) for i, contact in enumerate(self.settings.contact))

    def found(self, what: str, name: str) -> tuple[Loc, Device] | None:
        named = (((kind, i), device) for kind, i, device in self.devices() if (kind, device.id) == (what, name))
        return next(named, None)


def compared(files: Mapping[Path, GatewaySettings | ServerSettings]) -> list[str]:
    """Return what to say of files that fit together; nothing if there is nothing to compare.

    Raises FilesDifferError if they do not, SettingsError if two of them are the server's.
    """
    servers = [_Server(file, found) for file, found in files.items() if isinstance(found, ServerSettings)]
    gateways = {file: found for file, found in files.items() if isinstance(found, GatewaySettings)}
    if len(servers) > 1:
        what = Text(en="is a second file of a server: give one", zh="是第二个服务器文件：只能给出一个")
        raise SettingsError(str(servers[1].file), (Problem(key="", what=what),))
    if not servers or not gateways:
        return []
    server = servers[0]
    found = _twice(gateways)
    for file, gateway in gateways.items():
        found += ((file, problem) for problem in _of_gateway(gateway, server))
        found += ((server.file, problem) for problem in _not_read(file, gateway, server))
    if found:
        raise FilesDifferError(found)
    told = ", ".join(gateway.gateway.id for gateway in gateways.values())
    lines = [f"{server.file}: fits the files of gateways {told} / 与这些网关的文件一致"]
    without = sorted({entry.id for entry in server.settings.gateway} - {g.gateway.id for g in gateways.values()})
    if without:
        lines.append(
            f"  note: not compared, their files were not given / 注意：未给出文件，未作比对: {', '.join(without)}"
        )
    return lines


def _twice(gateways: Mapping[Path, GatewaySettings]) -> list[tuple[Path, Problem]]:
    first: dict[str, Path] = {}
    found = []
    for file, settings in gateways.items():
        there = first.setdefault(settings.gateway.id, file)
        if there != file:
            what = Text(
                en=f'= "{settings.gateway.id}" is the id in {there} too; each gateway has an id of its own',
                zh=f'= "{settings.gateway.id}" 与 {there} 中的相同；每个网关的编号须唯一',
            )
            found.append((file, Problem(key="gateway.id", what=what)))
    return found


def _of_gateway(settings: GatewaySettings, server: _Server) -> Iterable[Problem]:
    """Yield what the gateway's file says and the server's does not, or says otherwise."""
    gateway, site = settings.gateway, server.settings.server.site
    registered = {entry.id for entry in server.settings.gateway}
    if gateway.site != site:
        yield _differs(("gateway", "site"), gateway.site, site, server.file, ("server", "site"))
    if gateway.id not in registered:
        yield _unregistered(("gateway", "id"), gateway.id, server.file, "gateway")
    for i, dock in enumerate(settings.dock):
        for j, box in enumerate(dock.boxes):
            if box not in registered:
                yield _unregistered(("dock", i, "boxes", j), box, server.file, "gateway")
    for read in _reads(settings):
        yield from _of_device(read, gateway.id, server)
    yield from _doors(settings, server)


def _of_device(read: _Read, gateway: str, server: _Server) -> Iterable[Problem]:
    found = server.found(read.what, read.id)
    if found is None:
        yield _unregistered(read.loc, read.id, server.file, read.what)
        return
    loc, device = found
    if device.gateway != gateway:
        there = f"{server.file}: {key_text((*loc, 'gateway'))}"
        what = Text(
            en=f'= "{read.id}" is read by gateway {gateway} here, but by "{device.gateway}" at {there}',
            zh=f'= "{read.id}" 在此由网关 {gateway} 读取，而在 {there} 为 "{device.gateway}"',
        )
        yield Problem(key=key_text(read.loc), what=what)
    if read.kind and isinstance(device, ServerContactTable) and device.kind not in {None, read.kind}:
        yield _differs(read.kind_at, read.kind, str(device.kind), server.file, (*loc, "kind"))
    if read.purpose and isinstance(device, ServerReaderTable) and device.purpose is not read.purpose:
        # A portal that is a zone at the centre would find every bag that passes inside, and a zone never any.
        at: Loc = ("reader", read.loc[1], "purpose")
        yield _differs(at, read.purpose.value, device.purpose.value, server.file, (*loc, "purpose"))
    if isinstance(device, ProbeTable) and device.unsequenced != (read.loc[0] == "mqtt_devices"):
        yield _counted(read, server.file, loc, unsequenced=device.unsequenced)


def _logical(settings: GatewaySettings) -> list[LogicalReader]:
    return [seen for i, reader in enumerate(settings.reader) for seen in logical_readers(i, reader)]


def _doors(settings: GatewaySettings, server: _Server) -> Iterable[Problem]:
    """A reader that counts when another fridge's door closes would be witness of the wrong one."""
    for reader in _logical(settings):
        its, door = server.found("reader", reader.id), server.found("contact", reader.door or "")
        if its is None or door is None or its[1].place == door[1].place:
            continue
        at = f"{server.file}: {key_text((*its[0], 'place'))}, {key_text((*door[0], 'place'))}"
        what = Text(
            en=f'= "{reader.door}" is of place {door[1].place}, but reader {reader.id} of {its[1].place} ({at})',
            zh=f'= "{reader.door}" 属于场所 {door[1].place}，而读写器 {reader.id} 属于 {its[1].place}（{at}）',
        )
        yield Problem(key=key_text(reader.door_loc), what=what)


def _not_read(file: Path, settings: GatewaySettings, server: _Server) -> Iterable[Problem]:
    """Yield what is registered under this gateway and stands nowhere in its file."""
    read = {(item.what, item.id) for item in _reads(settings)}
    for kind, i, device in server.devices():
        if device.gateway == settings.gateway.id and (kind, device.id) not in read:
            words = WORDS[kind]
            what = Text(
                en=f'= "{device.id}" is a {words.en} of gateway {device.gateway}, but stands nowhere in {file}',
                zh=f'= "{device.id}" 是网关 {device.gateway} 的{words.zh}，但 {file} 中没有',
            )
            yield Problem(key=key_text((kind, i, "id")), what=what)


def _reads(settings: GatewaySettings) -> Iterable[_Read]:
    """Yield all that a gateway's file names as an origin of readings."""
    for origin in origins_of(settings):
        at, wired = origin.loc, origin.contact
        if wired is not None:
            kind_at = (*at[:-1], "kind") if at[-1] == "id" else at
            yield _Read(loc=at, what="contact", id=origin.id, kind=wired.kind, kind_at=kind_at)
        elif at[0] != "reader":
            yield _Read(loc=at, what="probe", id=origin.id)
    for reader in _logical(settings):
        yield _Read(loc=reader.loc, what="reader", id=reader.id, purpose=reader.purpose)


def _unregistered(loc: Loc, name: str, server: Path, table: str) -> Problem:
    what = Text(
        en=f'= "{name}" is not registered in {server}: write a table [[{table}]] with this id there',
        zh=f'= "{name}" 未在 {server} 中登记：请在其中加表 [[{table}]]，编号相同',
    )
    return Problem(key=key_text(loc), what=what)


def _counted(read: _Read, file: Path, at: Loc, *, unsequenced: bool) -> Problem:
    """Say that the losses of a probe are taken to be countable and are not, or the other way round."""
    here = f"{file}: {key_text((*at, 'unsequenced'))}"
    if unsequenced:
        en, zh = f"is read over a line, so {here} must not be true", f"由线路读取，{here} 不应为 true"
    else:
        en = f"publishes JSON without numbers, so its losses cannot be counted: write {here} = true"
        zh = f"发布的 JSON 没有序号，丢失无法计数：请写 {here} = true"
    return Problem(key=key_text(read.loc), what=Text(en=f'= "{read.id}" {en}', zh=f'= "{read.id}" {zh}'))


def _differs(loc: Loc, here: str, there: str, file: Path, at: Loc) -> Problem:
    what = Text(
        en=f'is "{here}" here, but "{there}" at {file}: {key_text(at)}',
        zh=f'此处为 "{here}"，而在 {file}：{key_text(at)} 为 "{there}"',
    )
    return Problem(key=key_text(loc), what=what)
