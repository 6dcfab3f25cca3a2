"""Audit bundles in tests: made by the command, checked as an auditor would, and made anew by a forger."""

import subprocess
import sys
import zipfile
from pathlib import Path

from typer.testing import CliRunner

from assembly.audit_verifier import pack
from assembly.cli import app
from coldchain.auditing import sums_of


def tried(folder: Path, file: Path, begin: str, end: str, *more: str) -> tuple[int, str]:
    """Ask for a bundle; return the exit code and what was said."""
    command = ["export", "audit", str(file), "--data", str(folder), "--from", begin, "--to", end, *more]
    answer = CliRunner().invoke(app, command)
    return answer.exit_code, f"{answer.output}{answer.exception or ''}"


def asked(folder: Path, file: Path, begin: str, end: str, *more: str) -> str:
    """Make a bundle, which must succeed."""
    code, said = tried(folder, file, begin, end, *more)
    assert code == 0, said
    return said


def offline(file: Path, *more: str) -> tuple[int, str]:
    """Run the verifier that lies in the bundle as an auditor would: alone, isolated from everything installed."""
    with zipfile.ZipFile(file) as archive:
        archive.extract("verify.py", file.parent)
    command = [sys.executable, "-I", "-S", "-X", "utf8", "verify.py", str(file), *more]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout


def packed(file: Path, files: dict[str, bytes]) -> None:
    """Write a bundle of these files with sums that agree, as whoever made it could."""
    whole = {name: content for name, content in files.items() if name != "SHA256SUMS"}
    file.write_bytes(pack({**whole, "SHA256SUMS": sums_of(whole)}))
