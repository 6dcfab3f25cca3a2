"""`coldchain profiles` against a running interface: from a file of ones own to what a place keeps."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.console import PipelineRecorder, console_app, served
from support.console_story import NOW, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.rule_words import shipped_toml
from typer.testing import CliRunner

from assembly.cli import app
from assembly.cli_claim import ask

LI = ["--name", "Li", "--post", "quality", "--reason", "trial"]
WANG = ["--name", "Wang", "--post", "head", "--reason", "validated"]


@pytest.fixture
def url() -> Iterator[str]:
    store = MemoryStore()
    pipeline = story(store, "calm")
    clock = HandClock(NOW)
    with served(console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock)) as address:
        yield address


@pytest.fixture
def own(tmp_path: Path) -> str:
    toml = shipped_toml("cn-rbc-2").decode().replace("version = 2", "version = 9", 1)
    file = tmp_path / "own.toml"
    file.write_text(toml.replace('high_celsius = "6.0"', 'high_celsius = "4.5"', 1))
    return str(file)


def run(url: str, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["profiles", *words, "--url", url])
    said = "" if result.exception is None else str(result.exception)
    return result.exit_code, result.output + said


def test_a_file_is_proposed_previewed_approved_and_kept(url: str, own: str) -> None:
    code, said = run(url, "propose", own, *LI)
    assert (code, "proposed" in said) == (0, True), said
    code, said = run(url, "diff", "cn-rbc:2", "cn-rbc:9")
    assert (code, said.strip()) == (0, "storage.high_celsius: 6.0 -> 4.5"), said
    code, said = run(url, "preview", "cn-rbc:9", "--days", "1", "--place", "fridge-1")
    assert (code, "in all / 合计: findings" in said) == (0, True), said
    code, said = run(url, "approve", "cn-rbc:9", *LI)
    assert (code != 0, "another person" in said) == (True, True), said
    code, said = run(url, "approve", "cn-rbc:9", *WANG)
    assert (code, "approved" in said) == (0, True), said
    seconds = ["--second-name", "Wang", "--second-post", "head"]
    code, said = run(url, "keep", "fridge-1", "cn-rbc:9", *LI, *seconds)
    assert (code, "fridge-1 keeps" in said) == (0, True), said
    code, said = run(url, "list")
    assert [line for line in said.splitlines() if line.startswith("cn-rbc:9") and line.endswith("approved  fridge-1")]
    code, said = run(url, "show", "cn-rbc:9")
    assert (code, "to be confirmed" in said, "approved: Wang, head: validated" in said) == (0, True, True), said


def test_a_name_in_chinese_signs_and_stands_in_the_record(url: str, own: str) -> None:
    code, said = run(url, "propose", own, "--name", "张三", "--post", "质量", "--reason", "试运行")
    assert (code, "proposed" in said) == (0, True), said
    code, said = run(url, "show", "cn-rbc:9")
    assert (code, "张三, 质量: 试运行" in said) == (0, True), said
    assert ask(f"{url}/api/profiles", None, "张三")["items"]


def test_a_slip_is_said_and_nothing_is_proposed(url: str, tmp_path: Path) -> None:
    code, said = run(url, "show", "cn-rbc")
    assert (code != 0, "cn-rbc:3" in said) == (True, True), said
    code, said = run(url, "propose", str(tmp_path / "nothing.toml"), *LI)
    assert (code != 0, "cannot be read" in said) == (True, True), said
