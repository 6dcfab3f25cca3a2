"""An auditor who checks a bundle offline is told what was removed by policy and by whom, apart from what is lost."""

import hashlib
import json
import random
import shutil
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from support import store_words as words
from support.audit_bundles import asked, offline, packed, removed_record, tried
from support.retention import CONFIRM, HOLD_MS, NOW, OLD, PROBE, PROPOSE
from support.sealing import seal_all
from support.signed_ledger import signed_pipeline, tampering

from assembly.audit_days import date
from assembly.audit_verifier import Bundle
from assembly.storing import HOT_FILE
from coldchain.blocks import DAY_MS
from stores.columns import pack_samples, unpack_samples
from stores.sqlite import open_store

CHANGES = 1_000
WHOLE = ("1980-01-01", "2040-01-01")
FIRST, SECOND = date(OLD), date(OLD + 1)
SIGNED = "signed by 李华 (QA) and 王芳 (director)"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("removed") / "data"
    removed_record(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "data"))


def test_what_two_people_removed_is_told_with_its_entry_and_both_names(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.zip"
    asked(folder, file, *WHOLE)
    code, said = offline(file)
    assert code == 0, said
    removed = [line for line in said.splitlines() if line.startswith("removed by policy / 已按期限销毁")]
    with zipfile.ZipFile(file) as archive:
        entries = [json.loads(line) for line in archive.read("entries.jsonl").decode().splitlines()]
    (number,) = [entry["seq"] for entry in entries if entry["kind"] == "removal"]
    assert len(removed) == 2
    assert f"probe fridge-1-air, {FIRST} to {FIRST}, 5 readings: entry {number}, {SIGNED}" in removed[0]
    assert f"probe {PROBE}, {FIRST} to {SECOND}, 10 readings: entry {number}, {SIGNED}" in removed[1]


def test_who_asks_for_the_old_days_alone_is_told_though_the_removal_was_years_later(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "audit.zip"
    asked(folder, file, FIRST, date(OLD + 1), "--place", "fridge-1")
    code, said = offline(file)
    assert code == 0, said
    assert f"probe {PROBE}, {FIRST} to {FIRST}, 5 readings" in said
    told = [line for line in said.splitlines() if line.startswith("removed by policy")]
    assert len(told) == 2
    assert not any(SECOND in line for line in told)
    assert SIGNED in said


def test_of_days_that_are_there_nothing_is_said_to_be_removed(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.zip"
    asked(folder, file, date(19_990), date(19_991), "--place", "fridge-1")
    code, said = offline(file)
    assert code == 0, said
    assert "removed by policy" not in said
    kinds = [json.loads(line)["kind"] for line in Bundle(str(file)).text("entries.jsonl").splitlines()]
    assert "removal" not in kinds
    assert kinds.count("block") == 1


def test_a_sealed_day_that_is_gone_without_signatures_is_called_lost(folder: Path, tmp_path: Path) -> None:
    with tampering(folder) as connection:
        for table in ("block_bodies", "block_rests"):
            connection.execute(f"DELETE FROM {table}")
    file = tmp_path / "audit.zip"
    asked(folder, file, *WHOLE)
    code, said = offline(file)
    assert code == 1
    assert said.startswith(f"LOST / 缺失  probe {PROBE}, {date(19_990)}, entry ")
    assert "5 readings were sealed, 0 are here, nobody signed for a removal" in said
    assert len(said.splitlines()) == 1


def entries_changed(file: Path, change: Callable[[str], str | None]) -> list[str]:
    """Change or leave out entries and make all sums anew; return what the verifier says."""
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    lines = [change(line) for line in files["entries.jsonl"].decode().splitlines()]
    files["entries.jsonl"] = "".join(f"{line}\n" for line in lines if line is not None).encode()
    packed(file, files)
    return Bundle(str(file)).check()


@pytest.mark.parametrize("left_out", ['"kind": "removal"', '\\"state\\":\\"confirmed\\"', '\\"state\\":\\"removed\\"'])
def test_a_removal_of_which_a_step_is_left_out_explains_nothing(folder: Path, tmp_path: Path, left_out: str) -> None:
    file = tmp_path / "audit.zip"
    asked(folder, file, *WHOLE)
    faults = entries_changed(file, lambda line: None if left_out in line else line)
    lost = [fault for fault in faults if "nobody signed for a removal" in fault]
    assert len(lost) == 3


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("\\u738b\\u82b3", "\\u5f20", "it names other people than those who signed"),
        ('\\"generation\\":1', '\\"generation\\":2', "never sealed so"),
    ],
)
def test_a_removal_that_says_something_else_than_was_signed_is_found(
    folder: Path, tmp_path: Path, before: str, after: str, said: str
) -> None:
    file = tmp_path / "audit.zip"
    asked(folder, file, *WHOLE)
    faults = entries_changed(file, lambda line: line.replace(before, after) if '"kind": "removal"' in line else line)
    assert any("it is not what the ledger holds" in fault for fault in faults)
    assert any(said in fault for fault in faults)


def test_readings_left_out_of_a_bundle_are_called_lost_though_all_sums_agree(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.zip"
    asked(folder, file, *WHOLE)
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["readings.jsonl"] = b""
    packed(file, files)
    (fault,) = Bundle(str(file)).check()
    assert "5 readings were sealed, 0 are here" in fault


def lost_record(folder: Path, tmp_path: Path) -> dict[str, bytes]:
    """Lose a sealed day; return the files of a bundle that says so, for a forger."""
    with tampering(folder) as connection:
        for table in ("block_bodies", "block_rests"):
            connection.execute(f"DELETE FROM {table}")
    asked(folder, tmp_path / "audit.zip", *WHOLE)
    return files_of(tmp_path / "audit.zip")


def files_of(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(file: Path, files: dict[str, bytes], rows: list[dict[str, object]]) -> list[str]:
    """Make a bundle with these rows of readings, each with a sum that agrees; return what the verifier says."""
    for row in rows:
        row.pop("sha256", None)
        row["sha256"] = hashlib.sha256(json.dumps(row, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    lines = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    packed(file, {**files, "readings.jsonl": lines})
    return Bundle(str(file)).check()


@pytest.mark.parametrize(("n", "times", "said"), [(5, 1, "not those that were sealed"), (1, 5, "1 are here")])
def test_rows_that_were_made_up_do_not_stand_for_a_day_that_is_lost(
    folder: Path, tmp_path: Path, n: int, times: int, said: str
) -> None:
    asked(folder, tmp_path / "whole.zip", *WHOLE)
    (row,) = map(json.loads, files_of(tmp_path / "whole.zip")["readings.jsonl"].splitlines())
    files = lost_record(folder, tmp_path)
    other = pack_samples(words.samples([19_990 * DAY_MS + i for i in range(n)], [4_000_000] * n))
    faults = forged(tmp_path / "forged.zip", files, [{**row, "n": n, "body": other.hex()} for _ in range(times)])
    assert len(faults) == 1
    assert said in faults[0]


@pytest.mark.parametrize("change", ["body", "received_ms", "admission", "gateway"])
def test_a_reading_that_was_changed_after_it_was_sealed_is_found_though_all_sums_agree(
    folder: Path, tmp_path: Path, change: str
) -> None:
    file = tmp_path / "audit.zip"
    asked(folder, file, *WHOLE)
    files = files_of(file)
    (row,) = map(json.loads, files["readings.jsonl"].splitlines())
    taken = unpack_samples(bytes.fromhex(row["body"]))["taken_ms"]
    warmer = pack_samples(words.samples([int(one or 0) for one in taken], [4_000_000] * 4 + [4_100_000]))
    other = {"body": warmer.hex(), "received_ms": 7, "admission": 99, "gateway": "gw-9"}[change]
    (fault,) = forged(tmp_path / "forged.zip", files, [{**row, change: other}])
    assert "the readings that are here are not those that were sealed / 现有读数与封存内容不符" in fault


def test_of_entries_that_are_left_out_the_auditor_is_told(folder: Path, tmp_path: Path) -> None:
    files = lost_record(folder, tmp_path)
    lines = [line for line in files["entries.jsonl"].splitlines(keepends=True) if b'\\"day\\":19990' not in line]
    packed(tmp_path / "audit.zip", {**files, "entries.jsonl": b"".join(lines)})
    code, said = offline(tmp_path / "audit.zip")
    assert code == 0, said
    assert "note / 注意  1 entries of the ledger are not in this bundle" in said


def test_the_auditor_is_told_for_what_time_and_what_the_bundle_was_made(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.zip"
    asked(folder, file, FIRST, SECOND, "--place", "fridge-1")
    said = offline(file)[1]
    assert f"asked for / 导出范围: {FIRST} - {SECOND} UTC, fridge-1 (2 probes / 个探头)" in said


def test_every_single_changed_byte_of_a_bundle_with_a_removal_is_found(folder: Path, tmp_path: Path) -> None:
    file, changed = tmp_path / "audit.zip", tmp_path / "changed.zip"
    asked(folder, file, *WHOLE, "--place", "fridge-1")
    whole, chance, found = file.read_bytes(), random.Random(6), 0
    for _ in range(CHANGES):
        content = bytearray(whole)
        content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
        changed.write_bytes(content)
        found += bool(Bundle(str(changed)).check())
    print(f"{found} of {CHANGES} single-byte changes found in a bundle of {len(whole)} bytes")
    assert found == CHANGES


def test_a_removal_that_no_checkpoint_covers_yet_is_not_taken_for_a_loss(tmp_path: Path) -> None:
    removed_record(tmp_path / "data", signed=False)
    file = tmp_path / "audit.zip"
    code, said = tried(tmp_path / "data", file, FIRST, date(OLD + 2))
    assert code != 0
    assert "waits for the next checkpoint" in said
    assert not file.exists()


def test_a_bundle_that_does_not_say_what_was_asked_for_is_said_to_tell_nothing_of_losses(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "audit.zip"
    asked(folder, file, *WHOLE)
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != "request.json"}
    packed(file, files)
    bundle = Bundle(str(file))
    assert bundle.check() == []
    assert "losses are not looked for" in bundle.notes[0]


def test_a_day_that_was_removed_twice_is_told_twice(folder: Path, tmp_path: Path) -> None:
    with closing(open_store(folder / HOT_FILE)) as store:
        pipeline, _ = signed_pipeline(store, folder)
        with store.writing() as session:
            session.readings.append_samples(words.samples([OLD * DAY_MS + 900_000], [4_000_000]))
            assert seal_all(session, PROBE, OLD + 1, [HOLD_MS]) == 1
        pipeline.record(replace(PROPOSE, id="d-2"), NOW)
        with store.reading() as session:
            (proposed,) = session.records.disposals_waiting()
        pipeline.record(replace(CONFIRM, id="d-2", sha256=proposed.sha256), NOW)
        assert pipeline.dispose(NOW) == 1
        pipeline.attest(NOW + 800_000, 20_000_000)
    file = tmp_path / "audit.zip"
    asked(folder, file, FIRST, date(OLD + 1), "--place", "fridge-1")
    code, said = offline(file)
    assert code == 0, said
    told = [line for line in said.splitlines() if f"probe {PROBE}, {FIRST}" in line]
    assert [line.split(" readings: ")[0].rsplit(" ")[-1] for line in told] == ["5", "1"]
