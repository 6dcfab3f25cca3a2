"""`coldchain history` and `coldchain verify report` against a served console, as an auditor types them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.console import scene_app, served
from support.console_story import HOUR, NOW
from typer.testing import CliRunner

from assembly.cli import app
from assembly.exits import EXIT_FAILED
from coldchain.errors import ColdchainError


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(scene_app("morning")) as address:
        yield address


def ran(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, list(arguments))
    if isinstance(answer.exception, ColdchainError):
        raise answer.exception
    return answer.exit_code, answer.output


def history(url: str, out: Path, kind: str, *more: str) -> tuple[int, str]:
    interval = ("--from", str(NOW - HOUR), "--to", str(NOW))
    return ran("history", "place", "fridge-1", *interval, "--format", kind, "--out", str(out), "--url", url, *more)


@pytest.mark.parametrize("kind", ["json", "csv", "pdf"])
def test_what_is_written_verifies(url: str, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"report.{kind}"
    code, said = history(url, file, kind, "--lang", "en", "--actor", "质管李")
    assert (code, "coldchain verify report" in said) == (0, True)
    code, said = ran("verify", "report", str(file), "--url", url)
    assert code == 0, said
    assert "unchanged" in said
    assert "质管李" in said
    assert "no checkpoint yet" in said
    assert ("逐字节" in said) == (kind == "pdf")


def test_a_file_is_never_overwritten(url: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    history(url, file, "json")
    before = file.read_bytes()
    with pytest.raises(ColdchainError, match="not overwritten"):
        history(url, file, "json")
    assert file.read_bytes() == before


def test_a_changed_file_is_found(url: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    history(url, file, "json")
    data = file.read_bytes()
    file.write_bytes(data.replace(b'"at_ms":', b'"at_ms":1', 1))
    code, said = ran("verify", "report", str(file), "--url", url)
    assert code == EXIT_FAILED
    assert "at_ms" in said
    file.write_bytes(data.replace(b'"readings":6', b'"readings":7', 1))
    with pytest.raises(ColdchainError, match="does not have the hash"):
        ran("verify", "report", str(file), "--url", url)


def test_a_report_of_another_store_is_not_known(url: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    with served(scene_app("calm")) as other:
        history(other, file, "json")
    with pytest.raises(ColdchainError, match="is not registered"):
        ran("verify", "report", str(file), "--url", url)


def test_what_the_server_refuses_is_told(url: str, tmp_path: Path) -> None:
    times = ("--from", str(NOW), "--to", str(NOW - 1))
    with pytest.raises(ColdchainError, match="empty or reversed"):
        ran("history", "unit", "bag-01", *times, "--out", str(tmp_path / "x"), "--url", url)
    with pytest.raises(ColdchainError, match="is not registered"):
        ran("history", "probe", "nothing", "--from", "0", "--to", "1", "--url", url)
    with pytest.raises(ColdchainError, match="does the server run there"):
        ran("history", "probe", "nothing", "--from", "0", "--to", "1", "--url", "http://127.0.0.1:9")
    assert list(tmp_path.iterdir()) == []
