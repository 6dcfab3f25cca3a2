"""Programs of others that our own are tried against: each in a virtual environment of its own, never imported here.

sllurp is under the GPL: it runs as a process of its own and talks to ours over TCP, nothing more.
"""

import os
import subprocess
import sys
from typing import Final

import pytest
from support.sources import ROOT

MAKING_SECONDS: Final = 120.0
SLLURP: Final = "sllurp==3.0.5"
LLRPKIT: Final = "llrpkit==0.3.0"


def peer_python(requirement: str) -> str:
    """Return the Python that has `name==version`; skips (in CI: fails) where it cannot be installed."""
    command = [str(ROOT / "tools" / "make-peer.sh"), requirement]
    environment = {**os.environ, "PYTHON": sys.executable}
    try:
        made = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=MAKING_SECONDS
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        why = f"{requirement} could not be installed: {error} {error.stderr!r}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"nothing is skipped in CI: {why}")
        pytest.skip(f"this test did not run: {why}")
    return made.stdout.strip()
