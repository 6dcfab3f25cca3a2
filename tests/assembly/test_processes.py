"""Children of the demo: they end with their parent, leave bounded logs, and say how much memory they had."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.waiting import until

from assembly import processes
from assembly.processes import Child, ChildError, coldchain_command, log_tail, peak_rss_bytes, start

LIVES_ON = "import time; print('here', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(60)"
PARENT = """
import sys, time
from pathlib import Path
from assembly.processes import start
child = start("child", [sys.executable, "-c", "import time; time.sleep(60)"], Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(60)
"""


def python(code: str, log: Path) -> Child:
    """Start a Python child that runs code."""
    return start("child", [sys.executable, "-c", code], log)


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, whoever has to bury it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
    except OSError:
        return True


def test_a_child_is_stopped_and_its_output_is_in_its_log(tmp_path: Path) -> None:
    child = python(LIVES_ON, tmp_path / "logs" / "child.log")
    until(lambda: child.alive and child.log.exists() and child.log.read_text() == "here\n")
    assert child.stop() == -signal.SIGTERM
    assert is_gone(child.pid)
    assert child.log.read_text() == "here\n"


def test_a_child_that_does_not_hear_sigterm_is_ended_after_the_grace(tmp_path: Path) -> None:
    child = python(DEAF, tmp_path / "child.log")
    until(lambda: "here" in log_tail(child.log))
    assert child.stop(grace_s=0.05) == -signal.SIGKILL


def test_a_child_dies_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "child.log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)
        parent.kill()
    until(lambda: is_gone(pid))


def test_a_child_whose_parent_is_already_dead_does_not_start(tmp_path: Path) -> None:
    tied = Path(processes.__file__).with_name("tied.py")
    mark = tmp_path / "mark"
    command = [sys.executable, "-I", "-S", str(tied), "1", "/usr/bin/touch", str(mark)]
    assert subprocess.run(command, check=False).returncode == 1
    assert not mark.exists()


def test_the_peak_of_memory_is_read_while_it_runs_and_kept_afterwards(tmp_path: Path) -> None:
    child = python(f"block = b'x' * 64_000_000; {LIVES_ON}", tmp_path / "child.log")
    until(lambda: "here" in log_tail(child.log))
    child.kill()
    assert child.peak_rss_bytes is not None
    assert 64_000_000 < child.peak_rss_bytes < 256_000_000
    assert peak_rss_bytes(child.pid) is None


def test_a_child_that_ended_by_itself_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = python("print('no broker here'); raise SystemExit(3)", tmp_path / "child.log")
    child.process.wait()
    with pytest.raises(ChildError, match=r"child ended with exit code 3\..*\nno broker here"):
        child.require_alive()


def test_a_log_never_grows_beyond_its_limit_and_keeps_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOG_BYTES_MAX", 100_000)
    child = python("for i in range(100_000): print(f'line {i}')", tmp_path / "child.log")
    assert child.process.wait() == 0
    child.pump.join()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["child.log", "child.log.1"]
    assert all(path.stat().st_size <= 100_000 for path in tmp_path.iterdir())
    assert log_tail(child.log).splitlines()[-1] == "line 99999"


def test_the_log_of_a_child_that_never_was_is_said_to_be_missing(tmp_path: Path) -> None:
    assert log_tail(tmp_path / "none.log") == "(no log: No such file or directory)"


def test_our_own_commands_run_from_this_installation_wherever_they_are_started(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "__init__.py").write_text("raise SystemExit('a stranger was imported')")
    command = coldchain_command("--help")
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=dict(os.environ))
    assert "gateway" in answer.stdout
