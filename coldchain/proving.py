"""Making checkpoints and proofs from what the store keeps: a few nodes and at most a chunk of entries each."""

from collections.abc import Callable

from coldchain.checkpoint import made
from coldchain.errors import LedgerAlteredError
from coldchain.merkle import (
    CHUNK,
    KEPT_LEVEL,
    Frontier,
    consistency_proof,
    inclusion_proof,
    peaks_of,
    root_of,
)
from coldchain.proof import Checkpoint, Node
from coldchain.proof_ports import CheckpointSigner, Proofs


def subtree_of(proofs: Proofs) -> Callable[[int, int], bytes]:
    """Return the function from a full subtree to its hash. It raises LedgerAlteredError where the store lacks it."""

    def subtree(level: int, number: int) -> bytes:
        if level >= KEPT_LEVEL:
            digest = proofs.node(level, number)
        else:
            leaves = proofs.leaves(number << level, (number + 1) << level)
            digest = root_of(leaves) if len(leaves) == 1 << level else None
        if digest is None:
            msg = f"the tree over the ledger lacks node {number} of level {level}: run coldchain verify"
            raise LedgerAlteredError(msg)
        return digest

    return subtree


def frontier_at(proofs: Proofs, size: int) -> Frontier:
    """Return the tree over the first `size` entries, read from what is kept. `size` is covered by a checkpoint."""
    subtree = subtree_of(proofs)
    return Frontier(size, [subtree(level, number) for level, number in peaks_of(0, size)])


def grow(proofs: Proofs, size: int, at_ms: int, origin: str, signer: CheckpointSigner) -> Checkpoint:
    """Make and keep a checkpoint over the first `size` entries, with the nodes that it adds.

    All is read again inside the transaction that writes. Raises LedgerAlteredError if what the last checkpoint covered
    is not what it was: then nothing is signed.
    """
    last = proofs.last_checkpoint()
    covered = 0 if last is None else last.size
    if last is not None and frontier_at(proofs, covered).root() != last.root:
        msg = f"the ledger is not what its checkpoint over {covered} entries signed: run coldchain verify"
        raise LedgerAlteredError(msg)
    nodes: list[Node] = []

    def keep(level: int, number: int, digest: bytes) -> None:
        if level >= KEPT_LEVEL:
            nodes.append(Node(level=level, number=number, hash=digest))

    whole = covered // CHUNK * CHUNK
    peaks = frontier_at(proofs, whole).peaks
    frontier = Frontier(whole, peaks, keep)
    for leaf in proofs.leaves(whole, size):
        frontier.append(leaf)
    if frontier.size != size:
        msg = f"the ledger has {frontier.size} entries and not {size}: run coldchain verify"
        raise LedgerAlteredError(msg)
    checkpoint = made(origin, size, frontier.root(), at_ms, (signer.key, signer.sign))
    proofs.add(nodes, checkpoint)
    return checkpoint


def prove_entry(proofs: Proofs, seq: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that entry `seq` is in the ledger of `size` entries, which a checkpoint covers."""
    return inclusion_proof(seq - 1, size, subtree_of(proofs))


def prove_growth(proofs: Proofs, old: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that the ledger of `size` entries begins with that of `old`."""
    return consistency_proof(old, size, subtree_of(proofs))
