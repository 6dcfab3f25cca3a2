"""An auditor who checks a bundle offline is told what was removed by policy and by whom, apart from what is lost."""

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

from assembly.audit_verifier import Bundle, date
from assembly.storing import HOT_FILE
from coldchain.blocks import DAY_MS
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
    assert SECOND not in said
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
