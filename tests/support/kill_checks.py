"""Kill the child of kill_points at a random point, look at what it left, and count what is torn and what is missing."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from support import kill_points, seal_loop
from support.children import environment
from support.commit_loop import open_any
from support.memory_store import MemoryStore

from assembly import record_copies
from assembly.settings import load_server
from assembly.storing import HOT_FILE, look
from assembly.verifying import verify
from coldchain.entries import EntryKind, payload_bytes
from coldchain.errors import ColdchainError
from coldchain.ports import Session

PART_S_MAX: Final = 0.03  # how far into a phase at most; most last some milliseconds


@dataclass(slots=True)
class Said:
    """What the child said was on disk, the highest of each phase; in which phase it was killed ("": between two)."""

    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(kill_points.PHASES, 0))
    inside: str = ""


@dataclass(slots=True)
class Tally:
    """How often it was killed, in which phase, and what was found: each of the lists should be empty."""

    kills: int = 0
    phases: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*kill_points.PHASES, "between"), 0))
    torn: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def kill_at_a_random_point(
    folder: Path, seed: int, chance: random.Random, wanted: str, url: str = "", victim: Callable[[], None] | None = None
) -> Said:
    """Let a child work, and kill it (or, with `victim`, its database) somewhere in a phase of the wanted kind."""
    command = [sys.executable, kill_points.__file__, str(folder), str(seed), *([url] if url else [])]
    with (folder / "child.log").open("ab") as errors:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment())
    said, lines = Said(), []
    with child:
        assert child.stdout is not None
        left = chance.randint(1, 4)
        while left:
            line = child.stdout.readline()
            assert line, f"the child ended by itself: {(folder / 'child.log').read_text()[-2_000:]}"
            lines.append(line)
            left -= line.startswith(f"begin {wanted} ")
        until = time.perf_counter() + chance.random() ** 2 * PART_S_MAX
        while time.perf_counter() < until:
            pass  # no sleep: it would be longer than what is asked for
        if victim is not None:
            victim()
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
    for line in lines:
        match line.split():
            case ["begin", phase, _]:
                said.inside = phase
            case ["done", phase, number]:
                said.done[phase], said.inside = max(said.done[phase], int(number)), ""
            case _:
                continue  # its log
    return said


def look_at(folder: Path, seed: int, said: Said, tally: Tally, url: str = "") -> None:
    """Open what is left as the next start does, and count what is torn or missing."""
    tally.kills += 1
    tally.phases[said.inside or "between"] += 1
    settings = load_server(kill_points.config_for(folder, url))
    try:
        store = open_any(url or str(folder / HOT_FILE))
    except ColdchainError as error:
        tally.torn.append(f"does not open: {error}")
        return
    with store.reading() as session:
        done = session.books.cursor(kill_points.CURSOR)
        if done < said.done["append"]:
            tally.missing.append(f"append {said.done['append']} was said, {done} are there")
        _same_content(session, seed, done, tally)
        blocks = sum(one.kind is EntryKind.BLOCK for one in session.ledger.entries(0, 10**9))
        if blocks < said.done["seal"]:
            tally.missing.append(f"{said.done['seal']} blocks were said, {blocks} are there")
        signed = session.proofs.last_checkpoint()
        if (0 if signed is None else signed.size) < said.done["checkpoint"]:
            tally.missing.append(f"a checkpoint of {said.done['checkpoint']} entries was said")
    store.close()
    record = look(settings)
    verdict = verify(record, projections=True)
    record.close()
    tally.torn += [str(fault) for fault in verdict.faults]
    _backups(folder, said, tally)


def _same_content(session: Session, seed: int, done: int, tally: Tally) -> None:
    appends = [kill_points.content(seed, k) for k in range(1, done + 1)]
    wanted = [payload_bytes(draft.payload) for _, drafts in appends for draft in drafts]
    found = [one.payload for one in session.ledger.entries(0, 10**9) if one.kind is EntryKind.GAP]
    if found != wanted:
        tally.torn.append(f"{len(found)} entries where {len(wanted)} were appended")
    fake = MemoryStore()
    with fake.writing() as expected:
        for rows, _ in appends:
            for row in rows:
                expected.readings.append_samples(row)
        both = [one.readings.history(seal_loop.PROBE, 0, 10**15) for one in (session, expected)]
    times = [one.taken_ms.tolist() for one in both]
    values = [one.micro_celsius.tolist() for one in both]
    if times[0] != times[1] or values[0] != values[1]:
        tally.torn.append(f"{len(times[0])} readings where {len(times[1])} were appended")


def _backups(folder: Path, said: Said, tally: Tally) -> None:
    disk = folder / "disk"
    whole = sorted(disk.glob("*.sqlite")) if disk.exists() else []
    if len(whole) < said.done["backup"]:
        tally.missing.append(f"{said.done['backup']} backups were said, {len(whole)} are there")
    for file in whole[-1:]:  # those before it were looked at after the kills before
        try:
            record_copies.check_file(file)
        except ColdchainError as error:
            tally.torn.append(str(error))
