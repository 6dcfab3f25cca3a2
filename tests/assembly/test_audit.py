"""An audit bundle proves itself offline, with plain Python and nothing else; any changed byte is found."""

import json
import random
import shutil
import zipfile
from pathlib import Path

import pytest
from support import store_words as words
from support.audit_bundles import asked, offline
from support.hand_clock import HandClock
from support.signed_ledger import NOW_MS, ORIGIN, gaps, make_record, signed_pipeline, tampering
from typer.testing import CliRunner

from assembly.audit_verifier import Bundle, pack
from assembly.cli import app
from assembly.ledger_keys import key_file, rotate
from assembly.storing import HOT_FILE
from coldchain.auditing import sums_of
from coldchain.checkpoint import made
from coldchain.entries import EntryKind
from coldchain.errors import ColdchainError
from gateway.signing import make_signing_key
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

CHANGES = 1_000


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with a place, a probe with readings, a unit and its stay, and many other entries."""
    folder = tmp_path_factory.mktemp("record") / "data"
    make_record(folder, 2_500)
    store = open_store(folder / HOT_FILE)
    pipeline, _ = signed_pipeline(store, folder)
    drafts = [
        words.draft(EntryKind.PLACE, words.place()),
        words.draft(EntryKind.PROBE, words.probe()),
        words.draft(EntryKind.UNIT, words.unit(), actor="王护士"),
        words.draft(EntryKind.STAY, words.stay()),
    ]
    pipeline.note(drafts, NOW_MS + 10_000)
    with store.writing() as session:
        session.readings.append_samples(words.samples([NOW_MS + 10_000, NOW_MS + 11_000], [4_000_000, 4_100_000]))
    pipeline.note(gaps(5_000, 5_030), NOW_MS + 20_000)
    pipeline.attest(NOW_MS + 20_000, 10_000_000)
    store.close()
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "data"))


def export(folder: Path, file: Path, *more: str) -> str:
    return asked(folder, file, "2020-01-01", "2040-01-01", *more)


def test_a_bundle_of_everything_proves_itself_and_is_an_entry(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.zip"
    said = export(folder, file, "--actor", "auditor")
    code, told = offline(file)
    assert code == 0, told
    assert told.startswith("2534 entries are in the ledger of 2534")
    digest = next(line.split()[-1] for line in said.splitlines() if line.startswith("SHA-256"))
    store = open_store(folder / HOT_FILE)
    with store.reading() as session:
        (record,) = session.records.exports(digest)
        assert record.as_known_seq == 2_534
        assert session.ledger.entries(2_534, 10)[0].actor == "auditor"
    store.close()


def test_a_bundle_of_a_unit_holds_what_names_it_and_the_readings_beside_it(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "unit.zip"
    export(folder, file, "--unit", "unit-1")
    assert offline(file)[0] == 0
    bundle = Bundle(str(file))
    assert bundle.check() == []
    kinds = [json.loads(line)["kind"] for line in bundle.text("entries.jsonl").splitlines()]
    assert kinds == ["ledger-key", "unit", "stay"]
    (row,) = [json.loads(line) for line in bundle.text("readings.jsonl").splitlines()]
    assert row["device"] == "fridge-1-load"
    assert row["n"] == 2


def test_a_key_that_is_not_the_one_the_auditor_knows_is_told(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.zip"
    export(folder, file, "--place", "fridge-1")
    first = Bundle(str(file))
    assert first.check() == []
    assert offline(file, "--key", first.keys[0][1].hex())[0] == 0
    code, told = offline(file, "--key", "0" * 64)
    assert code == 1
    assert "the first key is another than yours" in told


def test_every_single_changed_byte_is_found(folder: Path, tmp_path: Path) -> None:
    file, changed = tmp_path / "unit.zip", tmp_path / "changed.zip"
    export(folder, file, "--unit", "unit-1")
    whole, chance, found = file.read_bytes(), random.Random(25), 0
    for _ in range(CHANGES):
        content = bytearray(whole)
        content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
        changed.write_bytes(content)
        found += bool(Bundle(str(changed)).check())
    print(f"{found} of {CHANGES} single-byte changes found in a bundle of {len(whole)} bytes")
    assert found == CHANGES


def forged(file: Path, change: str) -> list[str]:
    """Change an entry as somebody would who can make all sums anew, and return what the verifier says."""
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    before = files["entries.jsonl"]
    files["entries.jsonl"] = before.replace(b"D-unit-1", change.encode())
    assert files["entries.jsonl"] != before
    del files["SHA256SUMS"]
    files["SHA256SUMS"] = sums_of(files)
    file.write_bytes(pack(files))
    return Bundle(str(file)).check()


def test_a_forged_entry_is_found_though_all_sums_agree(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.zip"
    export(folder, file)
    faults = forged(file, "D-unit-9")
    assert faults == ["entry 2503: it is not what the ledger holds / 条目与账本不符"]


@pytest.mark.parametrize("size", [1_000, 1_500])
def test_a_checkpoint_of_another_history_is_found_though_the_right_key_signed_it(
    folder: Path, tmp_path: Path, size: int
) -> None:
    file = tmp_path / "audit.zip"
    export(folder, file)
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    store = open_store(folder / HOT_FILE)
    signer = signed_pipeline(store, folder)[1]
    store.close()
    files[f"checkpoints/{size}.note"] = made(ORIGIN, size, b"\x11" * 32, NOW_MS, (signer.key, signer.sign)).note
    paths = json.loads(files["consistency.json"])
    paths.pop(str(size), None)
    files["consistency.json"] = json.dumps(paths).encode()
    del files["SHA256SUMS"]
    files["SHA256SUMS"] = sums_of(files)
    file.write_bytes(pack(files))
    code, said = offline(file)
    assert code == 1
    assert f"checkpoint {size}" in said


def test_a_key_file_with_another_key_cannot_endorse_the_next(folder: Path) -> None:
    store = open_store(folder / HOT_FILE)
    try:
        with store.reading() as session:
            named = session.records.ledger_keys()[-1].key
            entries = session.ledger.next_seq()
        key_file(folder, named).unlink()
        make_signing_key(key_file(folder, named))
        with pytest.raises(ColdchainError, match="holds another key"):
            rotate(store, Pipeline(store, Counters()), folder, ORIGIN, HandClock(NOW_MS + 30_000))
        with store.reading() as session:
            assert session.ledger.next_seq() == entries
    finally:
        store.close()


def test_of_a_record_that_was_changed_the_untouched_entries_still_prove_themselves(
    folder: Path, tmp_path: Path
) -> None:
    with tampering(folder) as connection:
        connection.execute("UPDATE ledger SET actor = 'somebody' WHERE seq = 1200")
    file = tmp_path / "audit.zip"
    export(folder, file)
    bundle = Bundle(str(file))
    assert bundle.check() == ["entry 1200: it is not what the ledger holds / 条目与账本不符"]
    assert bundle.proved == 2_533


def test_a_rotated_key_is_endorsed_and_the_bundle_follows_it(folder: Path, tmp_path: Path) -> None:
    from support.hand_clock import HandClock
    from support.signed_ledger import ORIGIN

    from ingest.counters import Counters
    from ingest.pipeline import Pipeline

    store = open_store(folder / HOT_FILE)
    rotate(store, Pipeline(store, Counters()), folder, ORIGIN, HandClock(NOW_MS + 30_000))
    pipeline, signer = signed_pipeline(store, folder)
    pipeline.note(gaps(6_000, 6_010), NOW_MS + 40_000)
    pipeline.attest(NOW_MS + 40_000, 20_000_000)
    store.close()
    assert CliRunner().invoke(app, ["verify", "--data", str(folder)]).exit_code == 0
    file = tmp_path / "audit.zip"
    export(folder, file)
    bundle = Bundle(str(file))
    assert bundle.check() == []
    assert [key.hex() for _, key, _ in bundle.keys][1] == signer.key
    assert bundle.notes == []


def test_a_lost_key_file_is_a_new_key_that_nobody_endorsed_and_both_verifiers_say_so(
    folder: Path, tmp_path: Path
) -> None:
    for key in folder.glob("ledger-*.key"):
        key.unlink()
    store = open_store(folder / HOT_FILE)
    pipeline, _ = signed_pipeline(store, folder)
    pipeline.note(gaps(6_000, 6_010), NOW_MS + 40_000)
    pipeline.attest(NOW_MS + 40_000, 20_000_000)
    store.close()
    file = tmp_path / "audit.zip"
    export(folder, file)
    bundle = Bundle(str(file))
    assert bundle.check() == []
    assert len(bundle.notes) == 1
    answer = CliRunner().invoke(app, ["verify", "--data", str(folder)])
    assert answer.exit_code == 0
    assert "not endorsed" in answer.output


def test_what_cannot_be_proved_or_written_is_refused(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.zip"
    export(folder, file)
    times = ["--data", str(folder), "--from", "2020-01-01", "--to", "2040-01-01"]
    for more in (
        [str(file), *times],
        [str(tmp_path / "x"), *times, "--unit", "nobody"],
        [str(tmp_path / "x"), *times, "--place", "nowhere"],
        [str(tmp_path / "x"), "--data", str(folder), "--from", "2040-01-01", "--to", "2020-01-01"],
        [str(tmp_path / "x"), "--data", str(folder), "--from", "soon", "--to", "2040-01-01"],
    ):
        assert CliRunner().invoke(app, ["export", "audit", *more]).exit_code != 0
    assert not (tmp_path / "x").exists()
