"""Channels in server.toml: what a kind needs is asked for, secrets are never shown, no password goes in clear."""

from pathlib import Path
from threading import Lock

import pytest
from support.hand_clock import HandClock
from support.robot_services import Robot, wecom
from support.smtp_relay import Relay
from typer.testing import CliRunner

from assembly.channel_settings import ChannelKind
from assembly.channels import sender_of
from assembly.cli import app
from assembly.senders.modem import Modem
from assembly.settings import SettingsError, load_server
from coldchain.errors import ColdchainError

FILE = """
[server]
site = "site-a"
data_dir = "data"
[mqtt]
url = "mqtt://127.0.0.1:1883"
"""

WHOLE = {
    "dingtalk": 'url = "https://oapi.example/robot/send?access_token=t"\nsecret = "s"\nkeyword = "冷链"',
    "wecom": 'url = "https://qyapi.example/send?key=k"',
    "feishu": 'url = "https://open.example/hook/t"',
    "webhook": 'url = "https://station.example/alarms"\nsecret = "s"',
    "voice": 'url = "https://voice.example/call"',
    "smtp": 'host = "mail.example"\nsender = "cold@example.org"\nuser = "u"\npassword = "p"',
    "sms": 'port_path = "/dev/serial/by-id/modem"',
    "call": 'port_path = "/dev/serial/by-id/modem"',
    "apprise": 'url = "ntfy://topic"',
}


def written(folder: Path, channels: str) -> Path:
    file = folder / "server.toml"
    file.write_text(FILE + channels)
    return file


def channel(kind: str, body: str, id_: str = "one") -> str:
    return f'[[channel]]\nid = "{id_}"\nkind = "{kind}"\n{body}\n'


def test_every_kind_can_be_set_up_and_gets_its_sender(tmp_path: Path) -> None:
    assert set(WHOLE) == {kind.value for kind in ChannelKind}
    file = written(tmp_path, "".join(channel(kind, body, f"c-{kind}") for kind, body in WHOLE.items()))
    clock, locks = HandClock(), dict[str, Lock]()
    senders = [sender_of(table, clock, locks) for table in load_server(file).channel]
    assert all(sender.per_minute_max > 0 for sender in senders)
    modems = [sender for sender in senders if isinstance(sender, Modem)]
    assert [modem.call for modem in modems] == [False, True]
    assert modems[0].lock is modems[1].lock


@pytest.mark.parametrize("kind", WHOLE)
def test_what_a_kind_needs_is_asked_for_by_name(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SettingsError, match="needs it"):
        load_server(written(tmp_path, channel(kind, "")))


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("wecom", 'url = "ftp://x"', "no http"),
        ("smtp", 'host = "mail.example"\nsender = "a@b"\npassword = "p"\nsecurity = "plain"', "in clear"),
        ("smtp", 'host = "mail.example"\nsender = "a@b"\nsecurity = "none"', "starttls"),
        ("pigeon", "", "dingtalk"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, kind: str, body: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_server(written(tmp_path, channel(kind, body)))


def test_a_wrong_address_is_not_repeated_with_its_token(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_server(written(tmp_path, channel("wecom", 'url = "not an address secret-token"')))
    assert "secret-token" not in str(caught.value)


def test_a_secret_stands_in_a_file_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    with Robot(wecom) as robot:
        told = tmp_path / "robot.url"
        told.write_text(f"{robot.url}\n")
        told.chmod(0o600)
        file = written(tmp_path, channel("wecom", 'url_file = "robot.url"'))
        assert CliRunner().invoke(app, ["config", "check", str(file)]).exit_code == 0
        ran = CliRunner().invoke(app, ["notify", "test", "-c", str(file), "--channel", "one"])
        assert (ran.exit_code, robot.taken != []) == (0, True)
        told.chmod(0o640)
        (table,) = load_server(file).channel
        with pytest.raises(ColdchainError, match="chmod 600"):
            sender_of(table, HandClock(), {})


@pytest.mark.parametrize(
    ("raw", "words"), [(b"", "no secret"), (b"a\nb", "no secret"), (b"\xff", "UTF-8"), (b"ftp://tok en", "no address")]
)
def test_a_file_without_a_secret_is_refused_and_never_repeated(tmp_path: Path, raw: bytes, words: str) -> None:
    told = tmp_path / "robot.url"
    told.write_bytes(raw)
    told.chmod(0o600)
    (table,) = load_server(written(tmp_path, channel("wecom", 'url_file = "robot.url"'))).channel
    with pytest.raises(ColdchainError, match=words) as caught:
        sender_of(table, HandClock(), {})
    assert "tok en" not in str(caught.value)
    told.unlink()
    with pytest.raises(ColdchainError, match="cannot be read"):
        sender_of(table, HandClock(), {})


def test_a_secret_and_its_file_are_not_both_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="write one of them"):
        load_server(written(tmp_path, channel("wecom", f'{WHOLE["wecom"]}\nurl_file = "x"')))
    body = 'host = "mail.example"\nsender = "a@b"\npassword_file = "p"\nsecurity = "plain"'
    with pytest.raises(SettingsError, match="in clear"):
        load_server(written(tmp_path, channel("smtp", body)))


def test_an_id_is_used_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="one"):
        load_server(written(tmp_path, channel("wecom", WHOLE["wecom"]) * 2))


def test_the_command_sends_one_letter_marked_test_and_says_what_came_of_it(tmp_path: Path) -> None:
    with Robot(wecom) as robot:
        file = written(tmp_path, channel("wecom", f'url = "{robot.url}"'))
        ran = CliRunner().invoke(app, ["notify", "test", "-c", str(file), "--channel", "one"])
        assert (ran.exit_code, "accepted" in ran.output) == (0, True)
        assert "TEST" in str(robot.taken)
        robot.most_a_minute = 0
        again = CliRunner().invoke(app, ["notify", "test", "-c", str(file), "--channel", "one"])
    assert again.exit_code == 1
    assert "45009" in again.output


def test_the_command_sends_mail(tmp_path: Path) -> None:
    with Relay() as relay:
        body = f'host = "127.0.0.1"\nport = {relay.port}\nsecurity = "plain"\nsender = "cold@example.org"'
        file = written(tmp_path, channel("smtp", body))
        ran = CliRunner().invoke(app, ["notify", "test", "-c", str(file), "--channel", "one", "--to", "a@example.org"])
    assert ran.exit_code == 0
    assert [to for _, to, _ in relay.mails] == [["a@example.org"]]
