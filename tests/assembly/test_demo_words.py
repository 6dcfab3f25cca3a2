"""What the demo tells, and what it says when the centre refuses."""

import io
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from assembly.brokers import free_port
from assembly.demo_centre import Centre, CentreError
from assembly.demo_check import Report
from assembly.demo_terminal import Progress, listed
from assembly.demo_words import look_here
from assembly.processes import coldchain_command

PROBLEM = (
    b'{"title": "A value is not allowed", "status": 422, "detail": "at_ms lies in the future", "todo": "Correct."}'
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Refusing(BaseHTTPRequestHandler):
    """Refuses whatever is asked: with a problem under /api, else with a page."""

    def do_GET(self) -> None:
        self._refuse()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._refuse()

    def _refuse(self) -> None:
        self.send_response(422)
        self.end_headers()
        self.wfile.write(PROBLEM if self.path.startswith("/api") else b"<p>Not today</p>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_closing_list_names_the_pages_of_alarms_and_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    look_here("http://127.0.0.1:1", {"aa": "bag-1"}, {"moves": [], "expected_findings": []}, None)
    said = capsys.readouterr()
    for page in ("/alarms ", "/tasks ", "/issuing ", "/places/fridge-1/code ", "/alarm-quality "):
        assert f"http://127.0.0.1:1{page}" in said.out + said.err


def test_a_refusal_of_the_centre_is_told_in_its_own_words(refusing: str) -> None:
    with pytest.raises(CentreError) as caught:
        Centre(refusing).post("/api/units/bag-1/placements", {})
    assert str(caught.value) == (
        f"POST {refusing}/api/units/bag-1/placements was refused with 422: "
        "A value is not allowed. at_ms lies in the future. Correct"
    )
    with pytest.raises(CentreError, match="was refused with 422: <p>Not today</p>"):
        Centre(refusing).get("/page")
    assert not Centre(refusing).ready()


def test_a_centre_that_is_not_there_is_told_and_is_not_ready() -> None:
    centre = Centre(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CentreError, match=r"the centre at http://127\.0\.0\.1:\d+ does not answer"):
        centre.metric("coldchain_readings_total")
    assert not centre.ready()


def test_a_log_is_told_of_progress_by_tenths_and_once_a_second_at_most() -> None:
    out, now = io.StringIO(), [0.0]
    progress = Progress(out, lambda: now[0])
    for step in range(101):
        now[0] += 0.5
        progress.at(step / 100, f"{step} %")
    progress.end("done")
    assert out.getvalue().splitlines() == [*(f"{tenth} %" for tenth in range(10, 101, 10)), "done"]
    quick = io.StringIO()
    progress = Progress(quick, lambda: 0.0)
    for step in range(101):
        progress.at(step / 100, f"{step} %")
    assert quick.getvalue().splitlines() == ["10 %"]


def test_a_person_sees_one_line_that_changes() -> None:
    out = Terminal()
    progress = Progress(out, lambda: 0.0)
    progress.at(0.01, "  1 % of it")
    progress.at(0.02, "  2 %")
    progress.end("done")
    assert out.getvalue() == "\r  1 % of it\r  2 %      \rdone \n"


def test_a_long_list_is_told_by_its_length_and_its_ends() -> None:
    bags = [f"bag-{number:02d}" for number in range(1, 40)]
    assert listed(bags) == "39: bag-01, bag-02, bag-03 ... bag-39"
    assert listed(bags[:2]) == "2: bag-01, bag-02"
    assert listed([]) == "none / 无"
    long = [f"fridge-{number}-load excursion 1795666283000" for number in range(5)]
    assert listed(long) == f"5: {long[0]} ... {long[-1]}"
    assert listed(["x" * 200]) == "1: " + "x" * 200


def test_a_difference_between_lists_names_what_only_one_of_them_has() -> None:
    report = Report()
    bags = [f"bag-{number:02d}" for number in range(1, 40)]
    report.same("units on hold", bags[1:], [*bags[:-1], "bag-77"])
    assert report.differences == ["units on hold"]
    assert report.lines == ["  ≠  units on hold: found 38, true 39; only found 1: bag-39; only true 2: bag-01, bag-77"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("localhost:1883", "broker URL with scheme 'localhost' and host None is not allowed"),
        ("mqtt://127.0.0.1:{port}", "the MQTT broker at mqtt://127.0.0.1:{port} does not answer"),
    ],
)
def test_a_broker_that_does_not_answer_is_told_before_any_history_is_lived(url: str, says: str) -> None:
    port = free_port()
    command = coldchain_command("demo", "--check", "--mqtt-url", url.format(port=port))
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert run.stdout == ""
    assert says.format(port=port) in run.stderr
    assert "Traceback" not in run.stderr
