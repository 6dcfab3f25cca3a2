"""What proving costs: appending, signing, verifying, one proof, nodes kept. Run it as a script."""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.signed_ledger import NOW_MS, gaps, signed_pipeline

from assembly.storing import HOT_FILE
from assembly.verifying import verify
from coldchain.proving import prove_entry
from stores.readonly import open_read_only
from stores.sqlite import open_store

ENTRIES = 12_000
BATCH = 500
PROOFS = 1_000


def main() -> None:
    """Measure on a fresh file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(folder / HOT_FILE)
        pipeline, _ = signed_pipeline(store, folder)
        append_s = sign_s = 0.0
        for first in range(1, ENTRIES, BATCH):
            began = time.perf_counter()
            pipeline.note(gaps(first, min(first + BATCH, ENTRIES)), NOW_MS + first)
            middle = time.perf_counter()
            pipeline.attest(NOW_MS + first, first)
            sign_s += time.perf_counter() - middle
            append_s += middle - began
        pipeline.attest(NOW_MS, 10**9)
        with store.reading() as session:
            size = session.ledger.next_seq() - 1
            began = time.perf_counter()
            for i in range(PROOFS):
                prove_entry(session.proofs, 1 + i * size // PROOFS, size)
            proof_ms = (time.perf_counter() - began) * 1_000 / PROOFS
            nodes = len(session.proofs.all_nodes())
        store.close()
        looker = open_read_only(folder / HOT_FILE)
        began = time.perf_counter()
        verdict = verify(looker)
        verify_s = time.perf_counter() - began
        began = time.perf_counter()
        whole = verify(looker, projections=True)
        whole_s = time.perf_counter() - began
        looker.close()
    print(f"append {size / append_s:,.0f} entries/s; signing adds {100 * sign_s / append_s:.1f} %")
    print(f"{nodes} nodes kept for {size} entries ({nodes / size:.3f} each); a proof takes {proof_ms:.2f} ms")
    print(f"verify {verify_s:.2f} s, with projections {whole_s:.2f} s; faults {len(verdict.faults + whole.faults)}")


if __name__ == "__main__":
    main()
