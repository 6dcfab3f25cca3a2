"""The demo's settings files: written as an operator would write them, and read through the same checks."""

from pathlib import Path
from typing import Final

SITE: Final = "storage-1"
GATEWAY: Final = "gw-1"
PLACE: Final = "fridge-1"
PROBES: Final = {"load": "fridge-1-load", "air": "fridge-1-air"}

_GATEWAY_TOML: Final = """\
[gateway]
id = "{gateway}"
site = "{site}"

[mqtt]
url = "{url}"
heartbeat_s = 5
items_max = {items_max}

[spool]
path = "{folder}/spool.sqlite"

[[bus]]
port = "{lines}/bus"
baud = 9600

[[bus.temperature]]
slave = 1
channels = {{ "0" = "fridge-1-load", "1" = "fridge-1-air" }}
poll_s = 20

[[bus.contacts]]
slave = 2
door = "fridge-1-door"
mains = "fridge-1-mains"
poll_s = 2

[[reader]]
id = "fridge-1-reader"
port = "{lines}/reader"
door = "fridge-1-door"
"""

_SERVER_TOML: Final = """\
[server]
site = "{site}"
data_dir = "{folder}/centre"
http_port = {port}

[mqtt]
url = "{url}"

[[gateway]]
id = "{gateway}"

[[place]]
id = "fridge-1"
name_zh = "储血冰箱 1"
name_en = "Blood fridge 1"
profile = "cn-rbc"
profile_version = 1

[[probe]]
id = "fridge-1-load"
place = "fridge-1"
gateway = "{gateway}"
role = "load"

[[probe]]
id = "fridge-1-air"
place = "fridge-1"
gateway = "{gateway}"
role = "air"

[[reader]]
id = "fridge-1-reader"
place = "fridge-1"
gateway = "{gateway}"

[[contact]]
id = "fridge-1-door"
place = "fridge-1"
gateway = "{gateway}"

[[contact]]
id = "fridge-1-mains"
place = "fridge-1"
gateway = "{gateway}"
"""


def write_gateway(folder: Path, url: str, lines: Path, items_max: int = 500) -> Path:
    """Write gateway.toml; `lines` is the folder in which the simulator links its serial ports."""
    path = folder / "gateway.toml"
    path.write_text(
        _GATEWAY_TOML.format(gateway=GATEWAY, site=SITE, url=url, folder=folder, lines=lines, items_max=items_max),
        encoding="utf-8",
    )
    return path


def write_server(folder: Path, url: str, port: int) -> Path:
    """Write server.toml."""
    path = folder / "server.toml"
    path.write_text(
        _SERVER_TOML.format(gateway=GATEWAY, site=SITE, url=url, folder=folder, port=port), encoding="utf-8"
    )
    return path
