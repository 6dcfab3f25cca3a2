"""The part of `coldchain verify` that compares time stamps in the ledger with the checkpoints that they are over."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assembly.checkpoint_stamps import stamp_fault
from coldchain import verifying as v
from coldchain.proof import Checkpoint
from stores.readonly import ReadOnlyStore

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True)
class Stamped:
    """How many time stamps were compared, whether against roots, and the largest size that one is over."""

    count: int = 0
    signed: bool = False
    size: int = 0


NONE: Final = Stamped()


def stamp_faults(
    store: ReadOnlyStore, checkpoints: Sequence[Checkpoint], roots: "Sequence[Certificate]"
) -> tuple[list[v.Fault], Stamped]:
    """Compare every time stamp with its checkpoint; return the faults, and how many hold."""
    with store.reading() as session:
        stamps = session.records.time_stamps()
    notes = {one.size: one.note for one in checkpoints}
    faults, largest = list[v.Fault](), 0
    for stamp in stamps:
        said = _said(stamp.response, notes.get(stamp.size), roots)
        if said:
            detail = f"{stamp.authority}: {said}"
            faults.append(v.Fault(kind=v.STAMP, first=stamp.size, last=stamp.size, detail=detail))
        else:
            largest = max(largest, stamp.size)
    return faults[: v.FAULTS_MAX], Stamped(len(stamps), bool(roots), largest)


def _said(response: str, note: bytes | None, roots: "Sequence[Certificate]") -> str:
    if note is None:
        return "the checkpoint that it is over is not there"
    try:
        data = base64.b64decode(response, validate=True)
    except (binascii.Error, ValueError):
        return "the stamp is not base64"
    return stamp_fault(data, note, roots)
