"""The files that bring the boards into a Grafana: one data source, one folder, no click.

Grafana puts the values of its own environment in where a data source file has `$NAME`: `$$` is a dollar sign. For
InfluxQL the database stands twice, as `database` for Grafana up to 9 and as `jsonData.dbName` for later ones.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from dashboards.boards import board_json, boards
from dashboards.frame import SOURCE, TAG
from dashboards.watchdog import HOOK, MAIL, contacts_document, rules_document
from dashboards.yaml_text import Yaml, block

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

WATCHDOG: Final = """\
# Alarms that Grafana raises by itself when the system is silent. They replace no alarm of the system.
# 系统沉默时由 Grafana 自己发出的报警，不代替系统的报警。
"""
CONTACTS: Final = f"""\
# Whom the watchdog calls. Both variables have to stand in Grafana's own environment, or Grafana does not start:
# 看门狗通知谁。两个变量须写在 Grafana 自己的环境中，否则 Grafana 无法启动：
#   {MAIL}=oncall@hospital.example;technician@hospital.example   (and [smtp] in grafana.ini / 并配置 [smtp])
#   {HOOK}=https://sms-gateway.example/alarm   (nothing of the cold chain server / 不要指向冷链服务器)
# Take a receiver out that you do not have. / 没有的一项请删去。
"""
ON_1: Final = """\
# INFLUX_USER and INFLUX_PASSWORD stand in Grafana's environment; the user may read this database and no more.
# INFLUX_USER 与 INFLUX_PASSWORD 须写在 Grafana 自己的环境中；该用户只能读取本数据库。
"""
ON_2: Final = """\
# INFLUX_TOKEN stands in Grafana's environment: a token that may read this bucket and no more.
# INFLUX_TOKEN 须写在 Grafana 自己的环境中：只能读取本 bucket 的令牌。
"""


class SignIn(StrEnum):
    """How Grafana signs in to InfluxDB. The secret stands in Grafana's environment, never in a file of ours."""

    NONE = "none"  # InfluxDB 1.x that asks nobody
    USER = "user"  # InfluxDB 1.x with users: INFLUX_USER, INFLUX_PASSWORD
    TOKEN = "token"  # InfluxDB 2.x and 3: INFLUX_TOKEN  # noqa: S105 - the name of a way, not a secret


def export_files(
    *, console_url: str, influx_url: str, database: str, boards_path: str, sign_in: SignIn = SignIn.NONE
) -> dict[str, bytes]:
    """Return every file of an export by its path below the folder of the export, in a fixed order.

    `boards_path`: where Grafana will find the boards, as its own machine names that folder.
    """
    files = {f"dashboards/{board.uid}.json": board_json(board) for board in boards(console_url)}
    return files | {
        "provisioning/datasources/coldchain.yaml": data_source_file(influx_url, database, sign_in),
        "provisioning/dashboards/coldchain.yaml": provider_file(boards_path),
        "provisioning/alerting/coldchain-rules.yaml": _file(rules_document(FOLDER), WATCHDOG),
        "provisioning/alerting/coldchain-contacts.yaml": _file(contacts_document(), CONTACTS),
    }


NOTES: Final = {SignIn.NONE: SECRETS, SignIn.USER: ON_1, SignIn.TOKEN: ON_2}
_HEADER: Final[Mapping[SignIn, Mapping[str, Yaml]]] = {
    SignIn.NONE: {},
    SignIn.USER: {},
    SignIn.TOKEN: {"httpHeaderName1": "Authorization"},
}
_SIGNED_IN: Final[Mapping[SignIn, Mapping[str, Yaml]]] = {
    SignIn.NONE: {},
    SignIn.USER: {"user": "$INFLUX_USER", "secureJsonData": {"password": "$INFLUX_PASSWORD"}},
    SignIn.TOKEN: {"secureJsonData": {"httpHeaderValue1": "Token $INFLUX_TOKEN"}},
}


def data_source_file(influx_url: str, database: str, sign_in: SignIn = SignIn.NONE) -> bytes:
    """Return the data source: InfluxQL on any InfluxDB; on 2.x and 3 the database is the bucket of that name."""
    source: Mapping[str, Yaml] = {
        "name": SOURCE,
        "uid": SOURCE,
        "type": "influxdb",
        "access": "proxy",
        "url": _literal(influx_url),
        "isDefault": False,
        "editable": False,
        "database": _literal(database),
        **_SIGNED_IN[sign_in],
        "jsonData": {"dbName": _literal(database), "httpMode": "POST", "timeInterval": "10s", **_HEADER[sign_in]},
    }
    return _file({"apiVersion": 1, "datasources": [source]}, NOTES[sign_in])


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
    return f"{MARK}\n{notes}{block(document)}".encode()
