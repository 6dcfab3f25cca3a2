"""Our flat names are ours: a package called `rules` exists on PyPI, and beside an editable install it would win."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["api", "assembly", "coldchain", "dashboards", "firmware_sim", "gateway", "ingest", "rules", "stores"]
ASK = """
import importlib, json
names = json.loads({names!r})
print(json.dumps({{name: importlib.import_module(name).__file__ for name in names}}))
"""


def test_a_fresh_interpreter_elsewhere_finds_each_of_our_packages_in_this_checkout(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-c", ASK.format(names=json.dumps(PACKAGES))]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    found = {name: Path(file).parent for name, file in json.loads(answer.stdout).items()}
    assert found == {name: ROOT / name for name in PACKAGES}


def test_every_package_of_the_checkout_is_shipped_and_known_to_the_tools() -> None:
    on_disk = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
    assert on_disk == PACKAGES
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = json.dumps(PACKAGES)
    assert f"packages = {listed}" in pyproject
    assert f"root_packages = {listed}" in pyproject
    assert f"known_first_party = {listed}" in pyproject
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"PACKAGES := {' '.join(PACKAGES)}\n" in makefile
