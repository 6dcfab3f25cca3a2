"""The demo's settings files: written as an operator would write them, and read through the same checks."""

from pathlib import Path
from typing import Final, NamedTuple

SITE: Final = "storage-1"
GATEWAY: Final = "gw-1"
BOX: Final = "box-1"


class DemoPlace(NamedTuple):
    """A place of the demo: its settings, and the lines of its devices."""

    id: str
    kind: str
    zh: str
    en: str
    profile: str
    version: int
    gateway: str = GATEWAY
    reader: str = ""


PLACES: Final = (
    DemoPlace("fridge-1", "fridge", "储血冰箱 1", "Blood fridge 1", "cn-rbc", 2, reader="reader-1"),
    DemoPlace("fridge-2", "fridge", "储血冰箱 2", "Blood fridge 2", "cn-rbc", 2, reader="reader-2"),
    DemoPlace("freezer-1", "freezer", "血浆低温冰箱 1", "Plasma freezer 1", "cn-ffp", 1),
    DemoPlace("platelet-1", "agitator", "血小板振荡保存箱 1", "Platelet agitator 1", "cn-plt", 1),
    DemoPlace(BOX, "box", "运血箱 1", "Courier box 1", "cn-rbc", 2, gateway=BOX),
)
ROLES: Final = ("load", "air")
CONTACTS: Final = (  # (id, kind, place or "" for the site, gateway); the order at gw-1 is that of the module's inputs
    ("fridge-1-door", "door", "fridge-1", GATEWAY),
    ("site-mains", "mains", "", GATEWAY),
    ("fridge-2-door", "door", "fridge-2", GATEWAY),
    ("freezer-1-door", "door", "freezer-1", GATEWAY),
    ("freezer-1-defrost", "defrost", "freezer-1", GATEWAY),
    ("platelet-1-door", "door", "platelet-1", GATEWAY),
    ("platelet-1-motion", "motion", "platelet-1", GATEWAY),
    ("site-ups", "ups", "", GATEWAY),
    ("box-1-lid", "lid", BOX, BOX),
)


def write_gateway(folder: Path, url: str, lines: Path, items_max: int = 500, *, dock: bool = False) -> Path:
    """Write gateway.toml; `lines` is the folder in which the simulator links its serial ports.

    With `dock` the courier's box is read out at the counter.
    """
    path = folder / "gateway.toml"
    text = _gateway_toml(folder, url, lines, items_max)
    path.write_text(text + (_dock_toml(lines) if dock else ""), encoding="utf-8")
    return path


def write_server(folder: Path, url: str, port: int, influx: str | None = None) -> Path:
    """Write server.toml; `influx` is the address of an InfluxDB that the centre fills."""
    path = folder / "server.toml"
    path.write_text(_server_toml(folder, url, port, influx), encoding="utf-8")
    return path


def _gateway_toml(folder: Path, url: str, lines: Path, items_max: int) -> str:
    head = _table("[gateway]", id=GATEWAY, site=SITE)
    head += _table("[mqtt]", url=url, heartbeat_s=5, items_max=items_max, backfill_items_s=1_000_000)
    head += _table("[spool]", path=f"{folder}/spool.sqlite")
    bus = _table("[[bus]]", port=f"{lines}/bus", baud=9600)
    probes = [f"{place.id}-{role}" for place in PLACES if place.gateway == GATEWAY for role in ROLES]
    channels = ", ".join(f'"{channel}" = "{probe}"' for channel, probe in enumerate(probes))
    bus += f"[[bus.temperature]]\nslave = 1\nchannels = {{ {channels} }}\npoll_s = 20\n\n"
    bus += _table("[[bus.contacts]]", slave=2, poll_s=2)
    ours = [(name, kind) for name, kind, _, gateway in CONTACTS if gateway == GATEWAY]
    inputs = [_table("[[bus.contacts.input]]", input=i, id=name, kind=kind) for i, (name, kind) in enumerate(ours)]
    readers = [
        _table("[[reader]]", id=f"{place.id}-reader", port=f"{lines}/{place.reader}", door=f"{place.id}-door")
        for place in PLACES
        if place.reader
    ]
    return head + bus + "".join(inputs) + "".join(readers)


def _dock_toml(lines: Path) -> str:
    return f'[[dock]]\nport = "{lines}/dock"\nbaud = 115200\nboxes = ["{BOX}"]\n'


def _server_toml(folder: Path, url: str, port: int, influx: str | None) -> str:
    text = _table("[server]", site=SITE, data_dir=f"{folder}/centre", http_port=port)
    text += _table("[mqtt]", url=url)
    if influx:
        text += _table("[influx]", url=influx)
    text += "".join(_table("[[gateway]]", id=gateway) for gateway in (GATEWAY, BOX))
    for place in PLACES:
        names = {"name_zh": place.zh, "name_en": place.en}
        limits: dict[str, str | int] = {"profile": place.profile, "profile_version": place.version}
        text += _table("[[place]]", id=place.id, kind=place.kind, **names, **limits)
        for role in ROLES:
            text += _table("[[probe]]", id=f"{place.id}-{role}", place=place.id, gateway=place.gateway, role=role)
        if place.reader:
            text += _table("[[reader]]", id=f"{place.id}-reader", place=place.id, gateway=place.gateway)
    for name, kind, where, gateway in CONTACTS:
        of_place = {"place": where} if where else {}
        text += _table("[[contact]]", id=name, kind=kind, **of_place, gateway=gateway)
    return text


def _table(header: str, **keys: str | int) -> str:
    """Write a TOML table; the values are ours and need no escaping."""
    lines = [f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"' for key, value in keys.items()]
    return "\n".join([header, *lines, "", ""])
