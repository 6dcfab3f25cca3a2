"""All boards, and each as the bytes of its file: the same at every export, so that a change shows itself in review."""

import json

import msgspec

from dashboards.device import device
from dashboards.ingest_board import ingest
from dashboards.model import Board
from dashboards.site import site
from dashboards.texts import Language
from dashboards.wall import wall


def boards(console_url: str) -> list[Board]:
    """Return all boards in both languages. `console_url`: where their links into the console lead."""
    return [make(language, console_url) for make in (wall, site, device, ingest) for language in Language]


def board_json(board: Board) -> bytes:
    """Return a board as Grafana reads it: UTF-8, indented, in a fixed order."""
    return (json.dumps(msgspec.to_builtins(board), ensure_ascii=False, indent=2) + "\n").encode()
