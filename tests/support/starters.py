"""The starting files with everything that stands behind "#" taken in, as on a storage point that has it all."""

import re

from assembly.starting import starter_text

_BEHIND = re.compile(r'^# (?=\[|[a-z_]+ = |"\d" = )', re.MULTILINE)


def whole_starter(name: str) -> str:
    """Return a starting file in which every setting that is commented out counts."""
    text, taken_in = _BEHIND.subn("", starter_text(name))
    assert taken_in > 20, "the starting file hides less than a storage point has"
    return text
