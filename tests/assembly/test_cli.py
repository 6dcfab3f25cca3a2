"""The command line as a technician meets it."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from support.starters import whole_starter
from typer.testing import CliRunner

from assembly.cli import app, main
from assembly.starting import STARTERS, starter_text

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    "gateway",
    "server",
    "sim",
    "demo",
    "init",
    "config",
    "demo do",
    "config check",
    "grafana",
    "grafana export",
    "grafana publish",
    "influx",
    "influx rebuild",
    "influx compare",
    "store seal",
    "notify test",
]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line in this process and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["coldchain", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_both_languages(command: str) -> None:
    answer = CliRunner().invoke(app, [*command.split(), "--help"])
    assert answer.exit_code == 0, answer.output
    assert any("\u4e00" <= character <= "\u9fff" for character in answer.output)
    if command not in {"config", "grafana", "pki", "claim", "command", "verify", "ledger", "export"}:
        assert "Exit codes" in answer.output


def test_the_help_lists_every_command_there_is() -> None:
    group = typer.main.get_command(app)
    listed = {"gateway", "server", "sim", "demo", "init", "config", "grafana", "identify", "pki", "claim", "command"}
    listed |= {"history", "verify", "report"}
    listed |= {"commission"}
    listed |= {"store", "backup", "restore", "ledger", "export", "notify", "profiles", "influx"}
    assert set(getattr(group, "commands", {})) == listed
    output = CliRunner().invoke(app, ["--help"]).output
    assert all(f"\n  {command} " in output for command in listed)


def test_help_of_the_command_line_loads_no_part_of_the_program() -> None:
    code = """
import sys
from assembly.cli import main
sys.argv = ["coldchain", "--help"]
try:
    main()
except SystemExit:
    pass
heavy = {"api", "fastapi", "numpy", "sqlalchemy", "serial", "paho", "gateway.edge", "ingest", "stores"}
print("loaded:", sorted(heavy & set(sys.modules)))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert answer.stderr == ""
    assert answer.stdout.splitlines()[-1] == "loaded: []"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["gatway"], "No such command"),
        (["gateway", "--conf", "x"], "No such option"),
        (["demo", "--broker", "rabbit"], "'rabbit' is not allowed; allowed: auto, mosquitto, nats"),
        (["demo", "--hours", "23"], "23 is not allowed; allowed: 26 to 240"),
        (["demo", "--hours", "241"], "241 is not allowed; allowed: 26 to 240"),
        (["demo", "do", "foo"], "'foo' is not allowed; allowed: power-cut, open-door, compressor, cut-network, unplug"),
        (["sim"], "Missing option '--links'"),
        (["gateway", "--config", "/nowhere/gateway.toml"], "/nowhere/gateway.toml: cannot be read"),
        (["server", "--config", "/nowhere/server.toml"], "/nowhere/server.toml: cannot be read"),
        (["config", "check", "/nowhere/x.toml"], "/nowhere/x.toml: cannot be read"),
    ],
)
def test_what_was_asked_wrongly_is_said_and_ends_with_code_two(
    arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    streams = capsys.readouterr()
    assert says in " ".join(streams.err.split())
    assert "Traceback" not in streams.err


def test_a_file_of_the_other_process_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in STARTERS:
        (tmp_path / name).write_text(starter_text(name), encoding="utf-8")
    for command, name, says in (
        ("gateway", "server.toml", "is the server's file"),
        ("server", "gateway.toml", "is a gateway's file"),
    ):
        assert run(monkeypatch, command, "--config", str(tmp_path / name)) == 2
        said = capsys.readouterr().err.splitlines()
        assert (len(said), says in said[0]) == (2, True)
        assert said[1].startswith(f"{tmp_path / name}：是")


def test_config_check_of_both_files_compares_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(tmp_path / name) for name in STARTERS]
    for name in STARTERS:
        (tmp_path / name).write_text(whole_starter(name), encoding="utf-8")
    assert run(monkeypatch, "config", "check", *files) == 0
    assert "fits the files of gateways gw-1 / " in capsys.readouterr().out
    (tmp_path / "server.toml").write_text(starter_text("server.toml"), encoding="utf-8")
    assert run(monkeypatch, "config", "check", *files) == 2
    streams = capsys.readouterr()
    assert "settings of the server, valid" in streams.out
    assert 'channels.2 = "fridge-2-load" is not registered in' in streams.err


def test_a_scenario_that_does_not_exist_is_named_with_those_that_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "sim", "--links", str(tmp_path), "--scenario", "day-off") == 2
    assert "'day-off' is neither a file nor one of: night-failure" in capsys.readouterr().err


def test_init_writes_files_that_config_check_accepts_and_explains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "site"
    assert run(monkeypatch, "init", str(folder)) == 0
    assert run(monkeypatch, "config", "check", str(folder / "gateway.toml")) == 0
    assert run(monkeypatch, "config", "check", str(folder / "server.toml")) == 0
    told = capsys.readouterr().out
    assert "settings of a gateway, valid" in told
    assert "probe fridge-1-load: slave 1 channel 0, every 20 s" in told
    assert f"spool {folder}/gateway-spool.sqlite" in told
    assert "settings of the server, valid" in told
    assert "contact site-mains: slave 2 input 1, every 1 s, mains, 1 = present / 触点：市电，1 为有电" in told
    assert "place fridge-1 (储血冰箱 1, Blood fridge 1), fridge / 储血冰箱, profile cn-rbc v2" in told
    assert "probes / 探头: fridge-1-load (load), fridge-1-air (air)" in told
    assert "contacts of the whole site / 全站触点: site-mains (mains)" in told
    assert "InfluxDB: off, so nothing for Grafana / 未启用" in told
    assert "note: profile cn-rbc v2 is not yet confirmed against the edition in force" in told
    assert "限值方案 cn-rbc 第 2 版尚未按现行版本确认" in told


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('profile = "cn-rbc"', 'profile = "cn-rcb"', 'place[1].profile = "cn-rcb" is not allowed; allowed: a profile'),
        (
            "profile_version = 2",
            "profile_version = 7",
            "place[1].profile_version = 7 is not allowed; allowed: a profile",
        ),
    ],
)
def test_config_check_names_a_profile_that_does_not_come_with_the_program(
    right: str,
    wrong: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = starter_text("server.toml")
    assert right in text
    (tmp_path / "server.toml").write_text(text.replace(right, wrong))
    assert run(monkeypatch, "config", "check", str(tmp_path / "server.toml")) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "cn-rbc version 1" in told


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        (
            'kind = "fridge"',
            'kind = "box"',
            "place[1].profile_version = 1 is not allowed; allowed: for a box, a profile with transport limits: ",
        ),
        (
            'kind = "fridge"',
            'kind = "fridge"',
            "",
        ),
    ],
)
def test_config_check_wants_transport_limits_for_a_box(
    right: str,
    wrong: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = starter_text("server.toml").replace("profile_version = 2", "profile_version = 1")
    assert right in text
    (tmp_path / "server.toml").write_text(text.replace(right, wrong))
    assert run(monkeypatch, "config", "check", str(tmp_path / "server.toml")) == (2 if says else 0)
    told = capsys.readouterr().err
    assert says in told
    assert ("运血箱须使用含运输限值的方案" in told) is bool(says)


@pytest.mark.parametrize("name", STARTERS)
def test_config_check_takes_all_that_the_starting_files_hide(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(whole_starter(name))
    assert run(monkeypatch, "config", "check", str(tmp_path / name)) == 0
    assert "valid / " in capsys.readouterr().out


@pytest.mark.parametrize("name", STARTERS)
def test_init_never_overwrites_what_a_technician_has_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text("mine")
    assert run(monkeypatch, "init", str(tmp_path)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"
    assert "is not overwritten" in capsys.readouterr().err


def test_init_says_when_a_folder_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run(monkeypatch, "init", str(tmp_path / "file" / "below")) == 1
    assert "cannot be written: Not a directory" in capsys.readouterr().err


@pytest.mark.parametrize("name", STARTERS)
def test_the_examples_of_the_checkout_are_the_files_that_init_writes(name: str) -> None:
    assert (ROOT / "examples" / name).read_text(encoding="utf-8") == starter_text(name)


def test_the_console_script_is_this_command_line() -> None:
    script = Path(sys.executable).with_name("coldchain")
    answer = subprocess.run([script, "gatway"], capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 2
    assert "No such command" in answer.stderr
