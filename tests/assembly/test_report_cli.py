"""`coldchain report` against a served console: the evidence pack of a unit as a file."""

import json
from pathlib import Path

import pytest
from support.console import scene_app, served
from support.console_story import MOVED, unit_id
from typer.testing import CliRunner

from api.report_pdf import attached_json
from assembly.cli import app
from coldchain.errors import ColdchainError


def ran(*arguments: str) -> str:
    answer = CliRunner().invoke(app, ["report", *arguments])
    if isinstance(answer.exception, ColdchainError):
        raise answer.exception
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_pack_is_written_as_json_and_as_pdf_and_over_no_other_file(tmp_path: Path) -> None:
    unit = unit_id(MOVED)
    with served(scene_app("morning")) as url:
        told = ran(unit, "--format", "json", "--out", str(tmp_path / "pack.json"), "--url", url, "--actor", "质管李")
        ran(unit, "--lang", "en", "--out", str(tmp_path / "pack.pdf"), "--url", url)
        with pytest.raises(ColdchainError, match="not overwritten"):
            ran(unit, "--format", "json", "--out", str(tmp_path / "pack.json"), "--url", url)
        with pytest.raises(ColdchainError):
            ran("nobody", "--out", str(tmp_path / "none.pdf"), "--url", url)
    assert "written" in told
    written = json.loads((tmp_path / "pack.json").read_bytes())
    carried = json.loads(attached_json((tmp_path / "pack.pdf").read_bytes()))
    assert (written["actor"], written["pack"]["unit"]["id"]) == ("质管李", unit)
    assert carried["pack"]["report"] == written["pack"]["report"]
