"""The centre as a process: under which names it answers, what it says of a broken setup, how it names itself."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.waiting import until

from assembly import run_server
from assembly.brokers import free_port
from assembly.lifecycle import EXIT_REFUSED, EXIT_STOPPED
from assembly.processes import Child, log_tail, start_coldchain
from assembly.run_server import client_id
from assembly.server_settings import public_host
from assembly.settings import load_server
from assembly.starting import starter_text
from coldchain.duties import Calendar, Escalation
from coldchain.errors import ColdchainError


def settings(folder: Path, port: int, host: str = "127.0.0.1", gateway: str = "gw-1") -> Path:
    """Write a server.toml whose broker is out of reach."""
    text = starter_text("server.toml").replace("http_port = 8080", f'http_port = {port}\nhttp_host = "{host}"')
    text = text.replace("127.0.0.1:1883", f"127.0.0.1:{free_port()}").replace(
        'gateway = "gw-1"', f'gateway = "{gateway}"'
    )
    path = folder / "server.toml"
    path.write_text(text + f'\n[[gateway]]\nid = "{gateway}"\n' * (gateway != "gw-1"), encoding="utf-8")
    return path


@contextmanager
def serving(folder: Path, file: Path) -> Iterator[Child]:
    """Run a centre until the end of the block."""
    child = start_coldchain("server", ["server", "--config", str(file)], folder / "server.log")
    try:
        yield child
    finally:
        code = child.stop()
    assert code == EXIT_STOPPED, log_tail(child.log)


def answer(port: int, name: str, address: str = "127.0.0.1") -> int:
    """Return the status of /healthz when it is asked under a name; 0 while nobody answers."""
    request = urllib.request.Request(f"http://{address}:{port}/healthz", headers={"Host": f"{name}:{port}"})
    try:
        with urllib.request.urlopen(request, timeout=5) as page:
            return int(page.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def events(child: Child) -> list[str]:
    """Return what it has logged."""
    lines = child.log.read_text().splitlines() if child.log.exists() else []
    return [json.loads(line)["event"] for line in lines if line.startswith("{")]


def test_a_centre_answers_under_its_configured_address_and_not_under_a_strangers_name(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, settings(tmp_path, port, host="127.0.0.2")) as child:
        until(lambda: answer(port, "127.0.0.2", "127.0.0.2") == 200)
        assert answer(port, "localhost", "127.0.0.2") == 200
        assert answer(port, "attacker.example", "127.0.0.2") == 400
        until(lambda: "broker_unreachable" in events(child))
        said = child.log.read_text()
    assert "alembic" not in said
    assert said.count("broker_unreachable") == 1
    assert "open_to_the_network" not in said


def test_a_change_that_contradicts_the_record_is_a_message_and_ends_with_code_two(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, settings(tmp_path, port)):
        until(lambda: answer(port, "127.0.0.1") == 200)
    moved = settings(tmp_path, port, gateway="gw-2")
    child = start_coldchain("server", ["server", "--config", str(moved)], tmp_path / "second.log")
    assert child.process.wait(30) == EXIT_REFUSED
    child.pump.join()
    said = child.log.read_text()
    assert f"{moved}: contradicts the record: " in said
    assert "cannot change once it is in use" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("host", ["0.0.0.0", "0"])
def test_an_address_that_stands_for_all_is_not_listened_on(host: str) -> None:
    with pytest.raises(ColdchainError, match=r"server\.http_host: .* stands for every address"):
        run_server._listen(host, free_port())


def test_an_address_that_others_can_reach_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere(socket.socket):
        def getsockname(self) -> tuple[str, int]:
            return "192.0.2.7", 8080

    monkeypatch.setattr(socket, "create_server", lambda address, backlog: Elsewhere())
    with capture_logs() as said:
        line = run_server._listen("192.0.2.7", 8080)
    with line:
        assert [(entry["event"], entry["log_level"]) for entry in said] == [("open_to_the_network", "warning")]
        assert run_server._hosts("bank.example", line) == ["127.0.0.1", "localhost", "bank.example", "192.0.2.7"]


def test_a_centre_whose_alarms_call_nobody_says_so_once_in_its_log() -> None:
    with capture_logs() as said:
        run_server._say_whom_alarms_miss(Escalation(plans=(), calendar=Calendar(people=(), rotas=())), "site-a")
    (entry,) = said
    assert (entry["event"], entry["log_level"]) == ("alarms_call_nobody", "warning")
    assert entry["advice"].startswith("note: no [escalation] plan is set up")
    assert "不会通知任何人" in entry["advice"]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("", []),
        ('public_url = "https://cold.example.org:8443"', ["cold.example.org"]),
        ('public_url = "http://[fd00::5]"', ["[fd00::5]"]),
    ],
)
def test_the_pages_answer_under_the_name_that_codes_for_doors_carry(
    tmp_path: Path, line: str, names: list[str]
) -> None:
    file = tmp_path / "server.toml"
    file.write_text(f'[server]\nsite = "site-a"\ndata_dir = "data"\n{line}\n[mqtt]\nurl = "mqtt://127.0.0.1:1883"\n')
    assert public_host(load_server(file)) == names


def test_two_centres_of_one_site_do_not_take_each_others_name_at_the_broker() -> None:
    names = {client_id("storage-1") for _ in range(20)}
    assert len(names) == 20
    assert all(name.startswith("coldchain-storage-1-") and "." not in name for name in names)


def test_a_place_with_the_limits_of_another_kind_is_warned_of_at_the_start(tmp_path: Path) -> None:
    file = settings(tmp_path, free_port())
    file.write_text(file.read_text(encoding="utf-8").replace('kind = "fridge"', 'kind = "freezer"'), encoding="utf-8")
    with serving(tmp_path, file) as child:
        until(lambda: "ready" in events(child), 30)
        said = child.log.read_text(encoding="utf-8")
    assert "profile_does_not_fit" in said
    assert "whose upper limit is 6 °C" in said
    assert "请在启用前更正类型或方案" in said
