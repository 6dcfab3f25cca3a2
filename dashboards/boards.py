"""All boards, and each as the bytes of its file: the same at every export, so that a change shows itself in review."""

import json

import msgspec

from dashboards.alarms_board import alarms
from dashboards.device import device
from dashboards.ingest_board import ingest
from dashboards.model import Board
from dashboards.site import site
from dashboards.texts import Language
from dashboards.transport import transport
from dashboards.wall import wall


def boards(console_url: str) -> list[Board]:
    """Return all boards in both languages. `console_url`: where their links into the console lead."""
    makers = (wall, site, device, transport, ingest, alarms)
    return [make(language, console_url) for make in makers for language in Language]


def board_json(board: Board) -> bytes:
    """Return a board as Grafana reads it: UTF-8, indented, in a fixed order."""
    return (json.dumps(msgspec.to_builtins(board), ensure_ascii=False, indent=2) + "\n").encode()
