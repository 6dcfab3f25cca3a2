"""The files that bring the boards into a Grafana: one data source, one folder, no click.

Grafana puts the values of its own environment in where a data source file has `$NAME`: `$$` is a dollar sign. For
InfluxQL the database stands twice, as `database` for Grafana up to 9 and as `jsonData.dbName` for later ones.
"""

import json
from collections.abc import Mapping
from typing import Final, TypeAlias

from dashboards.boards import board_json, boards
from dashboards.frame import SOURCE, TAG

FOLDER: Final = "冷链"
MARK: Final = (
    "# Written by `coldchain grafana export`, which overwrites it. / 由 coldchain grafana export 生成，会被覆盖。"
)
SECRETS: Final = """\
# If the server asks who you are, take the lines that fit and keep the secret in Grafana's environment:
# InfluxDB 1.x with users         InfluxDB 2.x and 3 (the database is the bucket)
#   user: grafana                   under jsonData:        httpHeaderName1: Authorization
#   secureJsonData:                 secureJsonData:
#     password: $INFLUX_PASSWORD      httpHeaderValue1: Token $INFLUX_TOKEN
"""

Yaml: TypeAlias = str | int | bool | Mapping[str, "Yaml"] | list[Mapping[str, "Yaml"]]


def export_files(*, console_url: str, influx_url: str, database: str, boards_path: str) -> dict[str, bytes]:
    """Return every file of an export by its path below the folder of the export, in a fixed order.

    `boards_path`: where Grafana will find the boards, as its own machine names that folder.
    """
    files = {f"dashboards/{board.uid}.json": board_json(board) for board in boards(console_url)}
    return files | {
        "provisioning/datasources/coldchain.yaml": data_source_file(influx_url, database),
        "provisioning/dashboards/coldchain.yaml": provider_file(boards_path),
    }


def data_source_file(influx_url: str, database: str) -> bytes:
    """Return the data source: InfluxQL on any InfluxDB."""
    source: Mapping[str, Yaml] = {
        "name": SOURCE,
        "uid": SOURCE,
        "type": "influxdb",
        "access": "proxy",
        "url": _literal(influx_url),
        "isDefault": False,
        "editable": False,
        "database": _literal(database),
        "jsonData": {"dbName": _literal(database), "httpMode": "POST", "timeInterval": "10s"},
    }
    return _file({"apiVersion": 1, "datasources": [source]}, SECRETS)


def provider_file(boards_path: str) -> bytes:
    """Return what tells Grafana to take the boards from a folder, and to look again every 30 s."""
    provider: Mapping[str, Yaml] = {
        "name": TAG,
        "folder": FOLDER,
        "folderUid": TAG,
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": _literal(boards_path), "foldersFromFilesStructure": False},
    }
    return _file({"apiVersion": 1, "providers": [provider]}, "")


def is_ours(path: str, content: bytes) -> bool:
    """Tell whether a file was written by an export, so that the next one may replace it.

    A board is ours by its uid in Grafana, another file by its first line.
    """
    if not path.endswith(".json"):
        return content.startswith(MARK.encode())
    try:
        board = json.loads(content)
    except ValueError:
        return False
    return isinstance(board, dict) and path.endswith(f"/{board.get('uid')}.json")


def _literal(text: str) -> str:
    """Return a text in which Grafana puts nothing in."""
    return text.replace("$", "$$")


def _file(document: Mapping[str, Yaml], notes: str) -> bytes:
    return f"{MARK}\n{notes}{_block(document, 0)}".encode()


def _block(document: Mapping[str, Yaml], depth: int) -> str:
    """Write a mapping in YAML's block style; texts in double quotes, as JSON writes them, mean the same in YAML."""
    lines = []
    for key, value in document.items():
        indent = "  " * depth
        match value:
            case Mapping():
                lines.append(f"{indent}{key}:\n{_block(value, depth + 1)}")
            case list():
                lines.append(f"{indent}{key}:\n" + "".join(_item(one, depth + 1) for one in value))
            case _:
                lines.append(f"{indent}{key}: {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines)


def _item(value: Mapping[str, Yaml], depth: int) -> str:
    text = _block(value, depth + 1)
    lead = "  " * (depth + 1)
    return f"{'  ' * depth}- {text.removeprefix(lead)}"
