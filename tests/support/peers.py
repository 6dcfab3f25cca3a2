"""Programs of others that our own are tried against: each in a virtual environment of its own, never imported here.

sllurp is under the GPL: it runs as a process of its own and talks to ours over TCP, nothing more. The environments are
made once with pip, in a few seconds, in the user's cache folder; checkouts that need one at the same time wait for each
other.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, NoReturn

import pytest

PIP_SECONDS: Final = 120.0
SLLURP: Final = "sllurp==3.0.5"
LLRPKIT: Final = "llrpkit==0.3.0"
_COMPLETE: Final = "complete"


def peer_python(requirement: str) -> str:
    """Return the Python that has `name==version`; skips (in CI: fails) where it cannot be installed."""
    folder = _cache() / f"{requirement.replace('==', '-')}-py{sys.version_info.major}{sys.version_info.minor}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _COMPLETE).exists() or not os.access(python, os.X_OK):
            _make(folder, python, requirement)
    return str(python)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coldchain" / "peers"


def _make(folder: Path, python: Path, requirement: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--only-binary", ":all:"]
    for command in ([sys.executable, "-m", "venv", str(folder)], [*pip, requirement]):
        try:
            made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PIP_SECONDS)
        except subprocess.TimeoutExpired:
            _missing(requirement, f"it took longer than {PIP_SECONDS:.0f} s")
        if made.returncode:
            _missing(requirement, made.stderr.strip())
    (folder / _COMPLETE).touch()


def _missing(requirement: str, why: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{requirement} could not be installed and nothing is skipped in CI: {why}")
    pytest.skip(f"{requirement} IS MISSING, so this test did not run: {why}")
