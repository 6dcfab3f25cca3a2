"""A control line takes one JSON line, answers with one, and survives rubbish."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assembly.control_line import LINE_BYTES_MAX, ControlError, ControlLine, ask


def answered(request: dict[str, Any]) -> dict[str, Any]:
    return {"error": "not that"} if request.get("do") == "refuse" else {"heard": request}


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Give a line in a folder whose path is longer than the kernel takes for a socket."""
    folder = tmp_path / ("deep" * 20) / ("deeper" * 20)
    folder.mkdir(parents=True)
    line = ControlLine(folder / "control", answered)
    yield folder / "control"
    line.close()
    assert not (folder / "control").exists()


def test_a_request_is_answered(path: Path) -> None:
    assert ask(path, {"do": "status", "name": "冰箱"}) == {"heard": {"do": "status", "name": "冰箱"}}
    assert path.stat().st_mode & 0o077 == 0


def test_a_refusal_is_an_error_in_its_own_words(path: Path) -> None:
    with pytest.raises(ControlError, match=r"^not that$"):
        ask(path, {"do": "refuse"})


def test_nobody_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="does it still run"):
        ask(tmp_path / "control", {"do": "status"})


@pytest.mark.parametrize(
    "rubbish", [b"\xff\xfe\n", b"[]\n", b"{\n", b"\n", b"[" * 4_000 + b"\n", b"x" * (LINE_BYTES_MAX + 10)]
)
def test_rubbish_is_answered_and_the_next_request_too(tmp_path: Path, rubbish: bytes) -> None:
    line = ControlLine(tmp_path / "c", answered)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as call:
            call.settimeout(5)
            call.connect(str(tmp_path / "c"))
            call.sendall(rubbish)
            assert b'"error"' in call.recv(1_000)
        assert ask(tmp_path / "c", {"a": 1}) == {"heard": {"a": 1}}
    finally:
        line.close()


def test_what_a_dead_process_left_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / "c"))
    line = ControlLine(tmp_path / "c", answered)
    try:
        assert ask(tmp_path / "c", {"a": 1}) == {"heard": {"a": 1}}
    finally:
        line.close()
