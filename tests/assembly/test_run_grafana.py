"""`coldchain grafana` as the person meets it who sets up a Grafana."""

import sys
from pathlib import Path

import pytest
from support.grafana import TOKEN, FakeGrafana

from assembly import run_grafana
from assembly.cli import main
from assembly.cli_grafana import HowToSignIn
from assembly.exits import CommandLineError
from dashboards.provisioning import SignIn, export_files


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, command: str = "export") -> int:
    """Run the command line in this process and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["coldchain", "grafana", command, *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_export_writes_boards_and_provisioning_and_says_what_and_what_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, str(tmp_path / "new" / "grafana")) == 0
    folder = tmp_path / "new" / "grafana"
    expected = export_files(
        console_url="http://127.0.0.1:8080",
        influx_url="http://127.0.0.1:8086",
        database="coldchain",
        boards_path=str(folder / "dashboards"),
    )
    assert contents(folder) == expected
    told = capsys.readouterr().out
    assert all(f"written / 已生成: {folder / name}" in told for name in expected)
    assert "Next: copy what is in" in told
    assert "下一步" in told


def test_what_was_asked_for_stands_in_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["--console-url", "https://blood.example/cc/", "--influx-url", "http://db:8086/", "--database", "kälte"]
    assert run(monkeypatch, str(tmp_path), *options, "--boards-path", "/boards") == 0
    files = contents(tmp_path)
    assert b'"query": "https://blood.example/cc"' in files["dashboards/cc-wall-en.json"]
    source = files["provisioning/datasources/coldchain.yaml"].decode()
    assert 'url: "http://db:8086"\n' in source
    assert 'dbName: "kälte"\n' in source
    assert b'path: "/boards"' in files["provisioning/dashboards/coldchain.yaml"]


def test_the_token_of_an_influxdb_2_is_named_and_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, str(tmp_path), "--sign-in", "token") == 0
    source = contents(tmp_path)["provisioning/datasources/coldchain.yaml"].decode()
    assert 'httpHeaderValue1: "Token $INFLUX_TOKEN"' in source
    assert [one.value for one in HowToSignIn] == [one.value for one in SignIn]
    assert run(monkeypatch, str(tmp_path), "--sign-in", "flux") == 2


def test_a_second_export_replaces_its_own_files_and_touches_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, str(tmp_path)) == 0
    first = contents(tmp_path)
    (tmp_path / "dashboards" / "mine.json").write_text("{}")
    assert run(monkeypatch, str(tmp_path), "--database", "other") == 0
    second = contents(tmp_path)
    assert second.pop("dashboards/mine.json") == b"{}"
    assert second.keys() == first.keys()
    assert {name for name in first if first[name] != second[name]} == {"provisioning/datasources/coldchain.yaml"}


@pytest.mark.parametrize("name", ["dashboards/cc-site-en.json", "provisioning/dashboards/coldchain.yaml"])
def test_somebody_elses_file_is_not_overwritten_and_then_nothing_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    assert run(monkeypatch, str(tmp_path)) == 1
    assert contents(tmp_path) == {name: b"mine"}
    told = capsys.readouterr().err
    assert f"{path} was not written by an export and is not overwritten" in told
    assert "不会覆盖" in told


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run(monkeypatch, str(tmp_path / "file" / "below")) == 1
    assert "cannot be written: Not a directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--influx-url", "http://grafana:secret@db:8086", "--influx-url with a user or password is not allowed"),
        ("--influx-url", "db:8086", "--influx-url 'db:8086' is not allowed: write http://host:port"),
        ("--console-url", "http://", "--console-url 'http://' is not allowed"),
        ("--console-url", "http://x:port", "--console-url 'http://x:port' is not allowed"),
        ("--console-url", "http://x/?a=1", "--console-url 'http://x/?a=1' is not allowed"),
        ("--database", "", "--database '' is not allowed"),
        ("--database", "a\nb", "is not allowed: write 1 to 64 printable characters"),
        ("--database", "x" * 65, "is not allowed: write 1 to 64 printable characters"),
    ],
)
def test_an_address_or_name_that_cannot_be_meant_is_refused_without_showing_a_secret(
    option: str,
    value: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, str(tmp_path), option, value) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert says in told
    assert "secret" not in told
    assert contents(tmp_path) == {}


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """The token of a service account, in a file as it is to be kept."""
    path = tmp_path / "grafana.token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


def test_boards_are_published_and_each_change_is_said_in_both_languages(
    token: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeGrafana() as fake:
        options = ["--url", f"{fake.url}/", "--token-file", str(token), "--console-url", "https://blood.example"]
        assert run(monkeypatch, *options, "--lang", "zh", command="publish") == 0
        told = capsys.readouterr().out.splitlines()
        assert told[0] == "Grafana 9.4.7 / Grafana 9.4.7"
        assert told[1] == "folder 冷链: created / 文件夹 冷链：已新建"
        assert [line.rpartition(" ")[0].partition(" (")[0] for line in told[2:]] == [
            f"board {uid}" for uid in fake.boards
        ]
        assert all(uid.endswith("-zh") for uid in fake.boards)
        assert "https://blood.example" in str(fake.boards["cc-wall-zh"].dashboard)
        assert run(monkeypatch, *options, command="publish") == 0
        again = capsys.readouterr().out
        assert "board cc-wall-zh (冷链 · 墙面看板): unchanged / " in again
        assert "看板 cc-wall-en（Cold chain · Wall）：已新建" in again
        fake.edit("cc-wall-zh", "mine")
        assert run(monkeypatch, *options, command="publish") == 1
        assert "use --force / 看板 cc-wall-zh" in capsys.readouterr().out
        assert run(monkeypatch, *options, "--force", command="publish") == 0


def test_a_token_that_others_can_read_is_not_used(
    token: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token.chmod(0o644)
    with FakeGrafana() as fake:
        assert run(monkeypatch, "--url", fake.url, "--token-file", str(token), command="publish") == 1
        assert fake.asked == []
    told = capsys.readouterr().err
    assert f"--token-file {token} can be read by others: run chmod 600" in told
    assert TOKEN not in told


def test_a_token_that_would_cross_the_network_in_the_clear_is_pointed_out(token: Path) -> None:
    steps = run_grafana.published("http://grafana.example", token, ["zh"], console_url="http://127.0.0.1:8080")
    assert "carries the token over the network in the clear" in next(steps).text.en


def test_what_grafana_refuses_ends_with_one_line_and_an_exit_code(
    token: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeGrafana(role="Viewer") as fake:
        assert run(monkeypatch, "--url", fake.url, "--token-file", str(token), command="publish") == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "give its service account the role Editor" in told
    assert "令牌权限不足" in told


def test_an_address_with_a_password_is_refused(
    token: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--url", "http://u:secret@x", "--token-file", str(token), command="publish") == 2
    assert "secret" not in capsys.readouterr().err


def test_without_httpx_the_operator_is_told_what_to_install(token: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_grafana, "find_spec", lambda name: None)
    with pytest.raises(CommandLineError, match=r"coldchain\[grafana\]"):
        run_grafana.published("http://127.0.0.1", token, ["zh"], console_url="http://127.0.0.1:8080")
