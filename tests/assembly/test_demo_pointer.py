"""Where a demo names its folder: in a place that everybody may write into."""

import os
import tempfile
from pathlib import Path

import pytest

from assembly.control_line import ControlError, ControlLine
from assembly.demo_do import act, point_at


@pytest.fixture
def pointer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"coldchain-demo-{os.getuid()}.running"


def test_the_demo_that_was_named_last_is_found(pointer: Path, tmp_path: Path) -> None:
    heard: list[object] = []

    def answer(request: dict[str, object]) -> dict[str, object]:
        heard.append(request["do"])
        return {"done": True}

    line = ControlLine(tmp_path / "control", answer)
    try:
        point_at("/somewhere/else")
        point_at(str(tmp_path))
        assert pointer.stat().st_mode & 0o077 == 0
        act("power-cut", None, None, tell=lambda _: None)
    finally:
        line.close()
    assert heard == ["power-cut"]
    assert [path.name for path in tmp_path.iterdir()] == [pointer.name]


def test_a_link_that_somebody_laid_there_is_not_written_through(pointer: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    pointer.symlink_to(precious)
    point_at("/tmp/demo")
    assert precious.read_text() == "mine"
    assert (pointer.is_symlink(), pointer.read_text()) == (False, "/tmp/demo")


def test_where_the_name_is_taken_the_demo_goes_on_and_says_so(
    pointer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pointer.mkdir()
    (pointer / "in").touch()
    point_at("/tmp/demo")
    assert "--dir /tmp/demo" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == [pointer.name]


@pytest.mark.parametrize("laid", ["nothing", "link", "pipe", "folder"])
def test_what_is_no_plain_file_names_no_demo(pointer: Path, tmp_path: Path, laid: str) -> None:
    if laid == "link":
        (tmp_path / "x").write_text(str(tmp_path))
        pointer.symlink_to(tmp_path / "x")
    elif laid == "pipe":
        os.mkfifo(pointer)
    elif laid == "folder":
        pointer.mkdir()
    with pytest.raises(ControlError, match="no demo of yours"):
        act("power-cut", None, None, tell=lambda _: None)
