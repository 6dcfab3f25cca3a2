"""Audit bundles in tests: made by the command, checked as an auditor would, and made anew by a forger."""

import subprocess
import sys
import zipfile
from pathlib import Path

from msgspec.structs import replace
from support.retention import CONFIRM, NOW, centre_on
from support.signed_ledger import signed_pipeline
from typer.testing import CliRunner

from assembly.audit_verifier import pack
from assembly.cli import app
from assembly.storing import HOT_FILE
from coldchain.auditing import sums_of
from stores.session import SqlStore
from stores.sqlite import open_store


def removed_record(folder: Path, *, signed: bool = True, made: SqlStore | None = None) -> None:
    """Make a record from which two people removed what was past its time; `signed`: under a checkpoint.

    In the file of the folder, or in the store that is `made`; it is closed.
    """
    folder.mkdir()
    store = open_store(folder / HOT_FILE) if made is None else made
    centre = centre_on(store)
    pipeline, _ = signed_pipeline(store, folder)
    pipeline.attest(NOW, 0)
    proposed = centre.propose()
    centre.record(replace(CONFIRM, sha256=proposed.sha256))
    assert centre.pipeline.dispose(NOW) == 3
    if signed:
        pipeline.attest(NOW + 400_000, 10_000_000)
    store.close()


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
