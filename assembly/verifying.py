"""`coldchain verify`: a whole store, read only; which entry or interval does not agree, in two languages."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assembly.verify_readings import NOTHING, Looked, reading_faults
from assembly.verify_stamps import NONE, Stamped, stamp_faults
from coldchain import verifying as v
from coldchain.checkpoint import NOTE_BYTES_MAX, read_note
from coldchain.errors import ColdchainError
from coldchain.places import Text
from coldchain.proof import Checkpoint, LedgerKey
from coldchain.retention import Removal
from gateway.signing import verified
from ingest.attest import CHECKPOINT_ENTRIES_MAX
from stores.as_known import AS_KNOWN_ENTRIES_MAX
from stores.readonly import PORTION, ReadOnlyStore
from stores.verify_blocks import BlockCheck

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SPANS_SHOWN: Final = 20  # of rows that are not compared
NODE_LEVELS: Final = 63  # more entries than numbers go
WORDS: Final[dict[str, Text]] = {
    v.ENTRY: Text(en="the entry was changed: its hash does not cover it", zh="条目被改动：哈希不符"),
    v.MISSING: Text(en="entries are missing", zh="条目缺失"),
    v.SHORT: Text(en="the ledger ends before what a checkpoint covers", zh="账本末尾缺失：少于检查点所覆盖的条目"),
    v.ROOT: Text(
        en="entries in this interval are not those that were signed", zh="该区间的条目与签名时不一致（根哈希不符）"
    ),
    v.SIGNATURE: Text(en="a checkpoint is not signed as it should be", zh="检查点签名无效"),
    v.KEY: Text(en="a checkpoint is of a key that was not the ledger's", zh="检查点所用密钥并非当时的账本密钥"),
    v.ENDORSEMENT: Text(en="a new key without a true word of the one before", zh="新密钥未经前一密钥认可"),
    v.NODE: Text(en="a kept node of the tree was changed, no entry", zh="树节点被改动；条目本身一致"),
    v.OUTSIDE: Text(en="a checkpoint that was handed out says something else", zh="与已交出的检查点不一致"),
    v.GONE: Text(en="a checkpoint that was signed is not there any more", zh="已签名的检查点缺失"),
    v.BLOCK: Text(en="a sealed block of readings is damaged", zh="已封存的读数块损坏"),
    v.READINGS: Text(en="readings were changed or lost", zh="读数被改动或丢失"),
    v.SUMS: Text(en="sums over blocks are not what the blocks make of them", zh="数据块汇总与数据块不符"),
    v.STAMP: Text(en="a time stamp is not over this checkpoint", zh="时间戳与检查点不符"),
    v.PROJECTION: Text(en="a table is not what the ledger makes of it", zh="数据表与账本推导结果不一致"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found. `covered`: entries up to the last checkpoint."""

    entries: int
    covered: int
    checkpoints: int
    root: bytes
    faults: tuple[v.Fault, ...]
    lost_keys: tuple[LedgerKey, ...]
    removals: tuple[Removal, ...] = ()
    looked: Looked = NOTHING
    stamped: Stamped = NONE


def verify(
    store: ReadOnlyStore,
    *,
    projections: bool = False,
    outside: Path | None = None,
    budget_days: int | None = None,
    roots: "Sequence[Certificate]" = (),
) -> Verdict:
    """Check all of a store as it stands now; of the sums about budget_days (None: all of them).

    Raises StoreError if it cannot be read at all.
    """
    with store.reading() as session:
        last = session.ledger.next_seq() - 1
        checkpoints = session.proofs.checkpoints(0, 2**62)
        nodes = dict(session.proofs.all_nodes())
    audit = v.Audit(
        checkpoints,
        verified,
        outside=() if outside is None else tuple(handed_out(outside)),
        node=lambda level, number: nodes.get((level, number)),
        every=CHECKPOINT_ENTRIES_MAX,
    )
    blocks, at = BlockCheck(), 0
    while at < last:
        with store.reading() as session:
            rows = session.proofs.raw_entries(at, min(PORTION, last - at))
            blocks.take(session, rows)
        if not rows:
            break
        for row in rows:
            audit.take(row)
        at = rows[-1].seq
    covered = checkpoints[-1].size if checkpoints else 0
    faults = audit.end() + _unsigned(nodes, covered)
    found, looked = reading_faults(store, blocks, at, faults, budget_days)
    wrong, stamped = stamp_faults(store, checkpoints, roots)
    faults += found + wrong
    if projections:
        faults += _projections(store, faults)
    return Verdict(
        audit.size,
        covered,
        len(checkpoints),
        audit.root,
        tuple(faults),
        tuple(audit.lost_keys),
        tuple(one for _, one in blocks.removals.told),
        looked,
        stamped,
    )


def _unsigned(nodes: Mapping[tuple[int, int], bytes], covered: int) -> list[v.Fault]:
    """Nodes are kept together with the checkpoint over them: those beyond the last one tell of one that is gone."""
    end = 0
    for level, number in nodes:  # whoever changed one may have put anything there
        if isinstance(level, int) and isinstance(number, int) and 0 <= level < NODE_LEVELS:
            end = max(end, (number + 1) << level)
    return [v.Fault(kind=v.GONE, first=covered + 1, last=end)] if end > covered else []


def _projections(store: ReadOnlyStore, faults: list[v.Fault]) -> list[v.Fault]:
    if any(fault.kind in (v.ENTRY, v.MISSING) for fault in faults):
        return []  # nothing true can be made of a ledger that is not
    wrong = store.projection_faults(AS_KNOWN_ENTRIES_MAX)
    return [v.Fault(kind=v.PROJECTION, first=0, last=0, detail=name) for name in wrong]


def handed_out(folder: Path) -> Iterator[Checkpoint]:
    """Return the checkpoints in a file, or in the files of a folder, that were handed out earlier."""
    files = sorted(folder.glob("*.note")) if folder.is_dir() else [folder]
    if not files:
        msg = f"{folder} holds no checkpoint (*.note)"
        raise ColdchainError(msg)
    for file in files:
        try:
            with file.open("rb") as opened:
                found = read_note(opened.read(NOTE_BYTES_MAX + 1))
        except OSError as error:
            msg = f"{file} cannot be read ({error.strerror})"
            raise ColdchainError(msg) from error
        if found is None:
            msg = f"{file} is no checkpoint of a ledger"
            raise ColdchainError(msg)
        yield found


def told(verdict: Verdict) -> Iterator[str]:
    """Return a verdict in words, the first fault first."""
    yield (
        f"{verdict.entries} entries, {verdict.checkpoints} checkpoints up to entry {verdict.covered}, "
        f"root {base64.b64encode(verdict.root).decode()}"
    )
    yield f"共 {verdict.entries} 条，{verdict.checkpoints} 个检查点，签名覆盖至第 {verdict.covered} 条"
    yield from map(fault_told, verdict.faults)
    for key in verdict.lost_keys:
        yield f"note / 注意  key {key.key} not endorsed / 未经前一密钥认可: {key.reason}"
    yield looked_told(verdict.looked)
    if verdict.stamped.count:
        yield stamped_told(verdict.stamped)
    for removal in verdict.removals:
        yield removal_told(removal)
    if not verdict.faults:
        yield "Nothing was changed. / 未发现改动。"


def fault_told(fault: v.Fault) -> str:
    """Return one fault in words."""
    where = f"{fault.first}" if fault.first == fault.last else f"{fault.first}-{fault.last}"
    which = f"entry / 条目 {where}: " if fault.last else ""
    words = WORDS[fault.kind]
    return f"{which}{words.en} / {words.zh}{f' ({fault.detail})' if fault.detail else ''}"


def looked_told(looked: Looked) -> str:
    """Say how much of the readings was compared with what."""
    removed = (
        f", {looked.digests_removed} over removed readings / 涉及已销毁读数{_rows(looked)}" if looked.skipped else ""
    )
    return (
        f"{looked.digests} hashes over readings{removed}; sums of {looked.sum_days} days added up again, "
        f"{looked.chunks} of {looked.chunks_of} parts / 读数哈希 {looked.digests} 个，重算汇总 {looked.sum_days} 天"
    )


def _rows(looked: Looked) -> str:
    """Name the rows that no hash of the ledger speaks of any more: what is left of them is not compared."""
    joined: list[tuple[int, int]] = []
    for first, last in looked.skipped:
        if joined and joined[-1][1] + 1 == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    shown = ", ".join(f"{first}-{last}" for first, last in joined[:SPANS_SHOWN])
    more = f", … {len(joined)}" if len(joined) > SPANS_SHOWN else ""
    return f" (rows not compared / 未核对的行: {shown}{more})"


def stamped_told(stamped: Stamped) -> str:
    """Say how many time stamps were compared with their checkpoints, and against what."""
    how = "signatures checked / 已验签" if stamped.signed else "imprints only, give --stamp-roots / 仅核对摘要"
    return f"{stamped.count} time stamps / 时间戳, the last over entry / 最后一个覆盖至条目 {stamped.size}: {how}"


def removal_told(one: Removal) -> str:
    """Return in words what was removed by policy: it is not missing, and it is not there."""
    days = sorted({(block.day, block.probe) for block in one.blocks})
    probes = len({block.probe for block in one.blocks})
    first, last = (datetime.fromtimestamp(day * 86_400, UTC).date().isoformat() for day in (days[0][0], days[-1][0]))
    when = datetime.fromtimestamp(one.at_ms / 1_000, UTC).date().isoformat()
    by = f"{one.proposed_name} ({one.proposed_post}), {one.confirmed_name} ({one.confirmed_post})"
    return (
        f"removed by policy / 按保存期限销毁 {when}: {one.disposal}: {len(one.blocks)} blocks of {probes} probes / "
        f"{probes} 个探头 {len(one.blocks)} 个数据块, {first} .. {last}; signed by / 签名: {by}"
    )
