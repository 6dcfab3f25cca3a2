"""The metrics of a running gateway."""

import urllib.request


def figures(port: int) -> dict[str, float]:
    """Return the metrics of a gateway on loopback, none while it is not up."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return {}
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}
