"""Child processes of tests run the product that the tests run, wherever another copy of it is installed."""

import os
from pathlib import Path
from typing import Final

import coldchain

PRODUCT: Final = Path(coldchain.__file__).resolve().parents[1]
TESTS: Final = Path(__file__).resolve().parents[1]


def environment(product: Path = PRODUCT) -> dict[str, str]:
    """Return what a child's environment is: it finds this product, and `support`, before all that is installed."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(product), str(TESTS)))}
