"""A gateway on a small computer loads nothing that it does not need: no numpy, no database of the centre, no web."""

import subprocess
import sys

HEAVY = ("numpy", "fastapi", "sqlalchemy", "jinja2", "uvicorn", "influxdb_client", "weasyprint")
ASK = f"import sys, assembly.run_gateway; print([name for name in {HEAVY!r} if name in sys.modules])"


def test_the_program_of_the_gateway_loads_no_heavy_library() -> None:
    said = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "[]"
