"""What the documents print to be put into server.toml passes `config check`, word for word."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assembly.channel_settings import ChannelKind
from assembly.cli import app
from assembly.starting import starter_text

DOCS = Path(__file__).parents[2] / "docs"


def printed(name: str) -> list[str]:
    """Return the TOML examples of a document."""
    return re.findall(r"^```toml\n(.*?)^```$", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def checked(folder: Path, text: str) -> str:
    """Check the starting file with an example at its end; return what is said of it."""
    file = folder / "server.toml"
    file.write_text(starter_text("server.toml") + "\n" + text, encoding="utf-8")
    ran = CliRunner().invoke(app, ["config", "check", str(file)])
    assert ran.exit_code == 0, f"{ran.output}{ran.exception}"
    return ran.output


def test_the_example_of_an_escalation_is_taken_as_it_is_printed_and_leaves_no_hole(tmp_path: Path) -> None:
    (example,) = printed("alarms.md")
    said = checked(tmp_path, example)
    assert "warning" not in said
    assert "[escalation]" not in said
    assert "channel call (call)" in said
    assert "on call: wang (王强) over sms, call" in said
    assert "alarms of every other site call after 0, 5, 15, 30 min" in said
    assert "+86" not in said, "no address is shown"


@pytest.mark.parametrize("kind", ChannelKind)
def test_each_kind_of_channel_has_an_example_that_is_taken_as_it_is_printed(tmp_path: Path, kind: ChannelKind) -> None:
    (example,) = [one for one in printed("notifications.md") if f'kind = "{kind.value}"' in one]
    for name in re.findall(r'_file = "(.*?)"', example):
        secret = tmp_path / name
        secret.write_text("https://robot.example/hook/t\n")
        secret.chmod(0o600)
    assert f"({kind.value})" in checked(tmp_path, example)


def test_a_file_without_a_plan_is_told_that_nobody_is_called(tmp_path: Path) -> None:
    said = checked(tmp_path, "")
    assert said.count("note: no [escalation] plan is set up: alarms stand on the pages and call nobody") == 1
    assert "未配置 [escalation]：报警只显示在页面上，不会通知任何人" in said


@pytest.mark.parametrize(
    ("name", "table", "says"),
    [
        ("operations.md", "[heartbeat]", "heartbeat every 60 s"),
        ("operations.zh-CN.md", "[heartbeat]", "heartbeat every 60 s"),
        ("grafana.md", "[grafana]", "takes what Grafana says"),
    ],
)
def test_heartbeat_and_webhook_are_taken_as_they_are_printed(name: str, table: str, says: str, tmp_path: Path) -> None:
    (example,) = [one for one in printed(name) if table in one]
    said = checked(tmp_path, example)
    assert says in said
    assert "watch.example" not in said
    assert "openssl" not in said


def test_the_example_of_the_issuing_system_is_taken_as_it_is_printed_and_shows_no_secret(tmp_path: Path) -> None:
    (example,) = printed("holds.md")
    for name, text in (("issuing.url", "https://his.example/holds?token=t"), ("issuing.secret", "s3cret")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    said = checked(tmp_path, example)
    assert "holds are sent to HIS" in said
    assert "token=t" not in said
    assert "s3cret" not in said
