"""What is vendored is what its maker published, with its licence."""

import hashlib
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "api" / "static" / "vendor"


def test_vendored_files_have_their_published_sums_and_licences() -> None:
    for directory in VENDOR.iterdir():
        lines = (directory / "SHA256SUMS").read_text().splitlines()
        sums = {line.split()[1]: line.split()[0] for line in lines}
        files = {path.name for path in directory.iterdir()} - {"SHA256SUMS"}
        assert files == set(sums)
        assert "LICENSE" in files
        for name, expected in sums.items():
            assert hashlib.sha256((directory / name).read_bytes()).hexdigest() == expected


def test_uplot_is_the_pinned_version() -> None:
    assert "v1.6.32" in (VENDOR / "uplot" / "uPlot.iife.min.js").read_text()[:200]


def test_htmx_and_its_stream_extension_are_the_pinned_versions() -> None:
    assert 'version:"2.0.11"' in (VENDOR / "htmx" / "htmx.min.js").read_text()
    assert 'defineExtension("sse"' in (VENDOR / "htmx-ext-sse" / "sse.min.js").read_text()
