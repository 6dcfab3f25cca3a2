"""Tags a second: our EPC codec beside epcpy, on the same hexadecimal texts in one run.

    python benchmarks/identify.py [--quick]

Needs the development tools (`make install-dev`). The ratio is what counts; the machine is noisy.
"""

import random
import sys
import time
from collections.abc import Callable

from epcpy.utils.parsers import hex_to_tag_encodable

from coldchain.epc import Epc, decode, encode

SEED = 20261127
ROUNDS = 5


def tags(count: int) -> list[str]:
    """Return SGTIN-96 and GRAI-96 tags as a blood service would mint them."""
    chance = random.Random(SEED)
    made = []
    for _ in range(count):
        scheme, reference = chance.choice((("sgtin-96", "056789"), ("grai-96", "00017")))
        parts = ("6901234", reference, str(chance.randrange(2**38)))
        made.append(encode(Epc(scheme=scheme, filter_value=1, parts=parts)))
    return made


def rate(work: Callable[[str], object], texts: list[str]) -> float:
    """Return the best rate of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for text in texts:
            work(text)
        best = max(best, len(texts) / (time.perf_counter() - began))
    return best


def _theirs(text: str) -> str:
    return str(hex_to_tag_encodable(text).epc_uri)


def _ours_uri(text: str) -> str:
    tag = decode(text)
    assert isinstance(tag, Epc)
    return tag.pure_identity


def main() -> None:
    """Print both rates and their ratio."""
    texts = tags(500 if "--quick" in sys.argv else 5_000)
    assert all(_ours_uri(text) == _theirs(text) for text in texts)
    theirs, ours, ours_uri = rate(_theirs, texts), rate(decode, texts), rate(_ours_uri, texts)
    print(f"seed {SEED}, {len(texts)} tags, best of {ROUNDS} rounds, both gave the same URIs")
    print(f"epcpy, decode to URI       {theirs:10,.0f} tags/s")
    print(f"ours, decode to URI        {ours_uri:10,.0f} tags/s   {ours_uri / theirs:6.1f} x")
    print(f"ours, decode               {ours:10,.0f} tags/s   {ours / theirs:6.1f} x")


if __name__ == "__main__":
    main()
