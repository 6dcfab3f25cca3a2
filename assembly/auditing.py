"""`coldchain export audit`: a bundle that an auditor checks offline. Read only; that it was made is an entry."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from assembly import audit_days, audit_verifier
from coldchain.auditing import (
    BUNDLE_CHECKPOINTS_MAX,
    BUNDLE_ENTRIES_MAX,
    BUNDLE_READINGS_MAX,
    Chosen,
    HashTable,
    entry_line,
    is_chosen,
    reading_line,
    removal_named,
    sums_of,
)
from coldchain.blocks import day_of
from coldchain.entries import EntryKind
from coldchain.errors import ColdchainError, UnknownThingError
from coldchain.exports import RecordExport
from coldchain.ports import Session
from coldchain.proof import Checkpoint, RawEntry
from coldchain.proving import prove_entry, prove_growth
from coldchain.retention import DisposalState
from stores.readonly import PORTION, ReadOnlyStore

NAMES_MAX: Final = 5_000
DISPOSALS_MAX: Final = 10_000
README: Final = """\
Audit bundle of a blood cold chain / 血液冷链审计包

Check it / 核对: python3 verify.py THIS-FILE.zip
Compare the first key that it prints with the one you were given. / 请将输出的首个公钥与您已知的公钥比对。

entries.jsonl      ledger entries with their paths to the root / 账本条目及其证明路径
hashes.txt         the hashes that the paths name / 路径所用哈希
checkpoints/       signed checkpoints / 签名检查点
consistency.json   paths from each checkpoint to the newest / 检查点一致性证明
readings.jsonl     rows of the reading log, sealed ones too, each with its sum / 读数行（含已封存）及校验和
request.json       what was asked for / 导出范围
SHA256SUMS         sums of all files / 全部文件校验和

That an entry stands here is proved; that none was left out is proved only where the numbers have no hole.
条目的存在可证；编号连续时，方可证明无遗漏。
Of each sealed day that was asked for, all readings are here, or two people signed for their removal, or the verifier
says LOST. / 所选范围内已封存的每一天：读数齐全，或经两人签字按期限销毁，否则核对程序报告“缺失”。
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the auditor wants: recorded in [from_ms, to_ms), of one unit or place or all."""

    from_ms: int
    to_ms: int
    unit: str = ""
    place: str = ""

    def text(self) -> str:
        """Say it in one line."""
        of = f" unit {self.unit}" if self.unit else f" place {self.place}" if self.place else ""
        return f"audit bundle{of} {self.from_ms}-{self.to_ms}"


@dataclass(slots=True)
class Bundle:
    """A bundle as it is made, and what it covers."""

    content: bytes = b""
    entries: int = 0
    readings: int = 0
    size: int = 0  # of the newest checkpoint
    left_out: int = 0  # entries since then, which no checkpoint covers yet
    removals: set[str] = field(default_factory=set)  # removals of readings whose entries are in it
    files: dict[str, bytes] = field(default_factory=dict)


def bundle(store: ReadOnlyStore, request: Request) -> Bundle:
    """Make a bundle. Raises ColdchainError if nothing can be proved, or if it would become too large."""
    with store.reading() as session:
        head = session.proofs.last_checkpoint()
        if head is None:
            raise ColdchainError("the ledger has no checkpoint yet: the server signs one every 5 minutes; try again")
        made = Bundle(size=head.size, left_out=session.ledger.next_seq() - 1 - head.size)
        devices = _devices(session, request)
        chosen = Chosen(
            from_ms=request.from_ms,
            to_ms=request.to_ms,
            names=_names(session, request),
            probes=frozenset(devices),
            disposals=_disposals(session, request, devices),
        )
    table = HashTable()
    made.files["entries.jsonl"] = "".join(_entries(store, chosen, head, table, made)).encode()
    with store.reading() as session:
        checkpoints = _checkpoints(session, request, head)
        for one in checkpoints:
            made.files[f"checkpoints/{one.size}.note"] = one.note
        growth = {one.size: table.numbers(prove_growth(session.proofs, one.size, head.size)) for one in checkpoints}
        made.files["consistency.json"] = json.dumps(growth).encode()
    made.files["hashes.txt"] = table.text().encode()
    made.files["readings.jsonl"] = "".join(_readings(store, devices, request, made)).encode()
    with store.reading() as session:
        _require_explained(_disposals(session, request, devices), made)
    asked = {"from_ms": request.from_ms, "to_ms": request.to_ms, "unit": request.unit, "place": request.place}
    made.files["request.json"] = json.dumps({**asked, "probes": devices}).encode()
    made.files["README.txt"] = README.encode()
    made.files["verify.py"] = verifier().encode()
    made.files["SHA256SUMS"] = sums_of(made.files)
    made.content = audit_verifier.pack(made.files)
    return made


def verifier() -> str:
    """Return the verifier as one file of plain Python."""
    days = Path(audit_days.__file__).read_text("utf-8")
    whole = Path(audit_verifier.__file__).read_text("utf-8")
    part = f"import time\nimport unicodedata\n\n{days[days.index('# ---- sealed days') :]}\n"
    (line,) = [line for line in whole.splitlines(keepends=True) if line.startswith("from assembly.")]
    return whole.replace(line, part)


def export_of(made: Bundle, request: Request, actor: str, now_ms: int) -> RecordExport:
    """Return the fact that this bundle was handed out."""
    digest = hashlib.sha256(made.content).hexdigest()
    return RecordExport(
        id=f"audit-{digest[:16]}",
        what=request.text(),
        from_ms=request.from_ms,
        to_ms=request.to_ms,
        as_known_seq=made.size,
        sha256=digest,
        actor=actor,
        at_ms=now_ms,
    )


def write_new(path: Path, content: bytes) -> None:
    """Write a file that did not exist, and see it on the disk. Raises ColdchainError."""
    try:
        line = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror}): name a file that does not exist yet"
        raise ColdchainError(msg) from error
    with os.fdopen(line, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _entries(store: ReadOnlyStore, chosen: Chosen, head: Checkpoint, table: HashTable, made: Bundle) -> Iterator[str]:
    at = 0
    while at < head.size:
        with store.reading() as session:
            rows = session.proofs.raw_entries(at, min(PORTION, head.size - at))
            wanted = [row for row in rows if is_chosen(row, chosen)]
            made.entries += len(wanted)
            made.removals |= {removal_named(row) for row in wanted if row.kind == EntryKind.REMOVAL}
            if made.entries > BUNDLE_ENTRIES_MAX:
                msg = f"more than {BUNDLE_ENTRIES_MAX} entries: choose a shorter time, a unit or a place"
                raise ColdchainError(msg)
            yield from [_line(session, row, head, table) for row in wanted]
        if not rows:
            return
        at = rows[-1].seq


def _line(session: Session, row: RawEntry, head: Checkpoint, table: HashTable) -> str:
    return entry_line(row, table.numbers(prove_entry(session.proofs, row.seq, head.size)))


def _checkpoints(session: Session, request: Request, head: Checkpoint) -> list[Checkpoint]:
    """Those that were made in the time asked for, every so many of them, the first one after it, and the newest."""
    every = session.proofs.checkpoints(0, 2**62)
    inside = [one for one in every if request.from_ms <= one.at_ms < request.to_ms]
    step = len(inside) // BUNDLE_CHECKPOINTS_MAX + 1
    after = next((one for one in every if one.at_ms >= request.to_ms and one.size <= head.size), head)
    found = {one.size: one for one in (*inside[::step], after, head) if one.size <= head.size}
    return [found[size] for size in sorted(found)]


def _readings(store: ReadOnlyStore, devices: list[str], request: Request, made: Bundle) -> Iterator[str]:
    for device in devices:
        with store.reading() as session:
            left = BUNDLE_READINGS_MAX - made.readings + 1
            rows = session.proofs.raw_readings(device, request.from_ms, request.to_ms, left)
        made.readings += len(rows)
        if made.readings > BUNDLE_READINGS_MAX:
            msg = f"more than {BUNDLE_READINGS_MAX} rows of readings: choose a shorter time, a unit or a place"
            raise ColdchainError(msg)
        yield from map(reading_line, rows)


def _names(session: Session, request: Request) -> frozenset[str]:
    """Return the words by which entries speak of the unit or place: itself, its tags and findings, its devices."""
    records = session.records
    if request.unit:
        if records.unit(request.unit) is None:
            msg = f"unit {request.unit} is not registered"
            raise UnknownThingError(msg)
        tags = [binding.epc for binding in records.bindings_of_unit(request.unit)]
        findings = [exposure.finding for exposure in records.exposures_of_unit(request.unit)]
        return _bounded([request.unit, *tags, *findings])
    if request.place:
        if records.place(request.place) is None:
            msg = f"place {request.place} is not known here"
            raise UnknownThingError(msg)
        return frozenset([request.place, *_devices(session, request)])
    return frozenset()


def _disposals(session: Session, request: Request, devices: list[str]) -> frozenset[str]:
    """Return the removals of readings of these probes and this time; without unit or place all that were done."""
    done = [one for one in session.records.disposals(DISPOSALS_MAX) if one.state is DisposalState.REMOVED]
    if not request.unit and not request.place:
        return frozenset(one.id for one in done)
    first, last, probes = day_of(request.from_ms), day_of(request.to_ms - 1), set(devices)
    touched = [(one.id, span) for one in done for span in one.spans if span.probe in probes]
    return frozenset(name for name, span in touched if span.from_day <= last and span.to_day >= first)


def _require_explained(disposals: frozenset[str], made: Bundle) -> None:
    """A removal that no checkpoint covers yet cannot be proved: without it its readings would be taken for lost."""
    if unsaid := sorted(disposals - made.removals):
        msg = f"removal {unsaid[0]} waits for the next checkpoint, which the server signs every 5 minutes: try again"
        raise ColdchainError(msg)


def _bounded(names: list[str]) -> frozenset[str]:
    if len(names) > NAMES_MAX:
        msg = f"{len(names)} tags and findings are more than {NAMES_MAX}: choose the place and a shorter time instead"
        raise ColdchainError(msg)
    return frozenset(names)


def _devices(session: Session, request: Request) -> list[str]:
    """Return the probes of the place, of the places where the unit was, or all."""
    records = session.records
    places = {request.place} if request.place else None
    if request.unit:
        places = {stay.place for stay in records.stays_of_unit(request.unit) if not stay.withdrawn}
    return [probe.id for probe in records.probes() if places is None or probe.place in places]
