"""Contract of coldchain.proof_ports: checkpoints, kept nodes, keys, exports."""

import pytest
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.exports import ExportRecord
from coldchain.ports import Store
from coldchain.proof import Checkpoint, LedgerKey, Node
from coldchain.server_settings import Changed, SettingsChange


def checkpoint(size: int) -> Checkpoint:
    return Checkpoint(size=size, root=bytes([size]) * 32, at_ms=size * 10, key="aa", note=f"note {size}".encode())


def export(number: int, sha256: str = "ab") -> ExportRecord:
    return ExportRecord(id=f"e{number}", what="x", from_ms=0, to_ms=1, as_known_seq=0, sha256=sha256, at_ms=number)


def test_checkpoints_come_back_by_size(store: Store) -> None:
    with store.writing() as session:
        assert session.proofs.last_checkpoint() is None
        for size in (3, 7, 12):
            session.proofs.add([], checkpoint(size))
    with store.reading() as session:
        proofs = session.proofs
        assert proofs.last_checkpoint() == checkpoint(12)
        assert proofs.checkpoints(3, 10) == (checkpoint(7), checkpoint(12))
        assert proofs.checkpoints(0, 1) == (checkpoint(3),)
        assert [proofs.checkpoint_over(seq) for seq in (1, 3, 4)] == [checkpoint(3), checkpoint(3), checkpoint(7)]
        assert proofs.checkpoint_over(13) is None


@pytest.mark.parametrize("size", [7, 5])
def test_no_checkpoint_takes_the_place_of_another(store: Store, size: int) -> None:
    with store.writing() as session:
        session.proofs.add([], checkpoint(7))
    with pytest.raises(StoreError), store.writing() as session:
        session.proofs.add([], checkpoint(size))
    with store.reading() as session:
        assert session.proofs.checkpoints(0, 10) == (checkpoint(7),)


def test_nodes_are_kept_once(store: Store) -> None:
    node = Node(level=4, number=2, hash=b"x" * 32)
    with store.writing() as session:
        session.proofs.add([node, Node(level=4, number=3, hash=b"y" * 32)], None)
    with store.reading() as session:
        assert session.proofs.node(4, 2) == b"x" * 32
        assert session.proofs.node(5, 2) is None
        assert session.proofs.all_nodes() == (((4, 2), b"x" * 32), ((4, 3), b"y" * 32))
    with pytest.raises(StoreError), store.writing() as session:
        session.proofs.add([node], None)
    with pytest.raises(StoreError), store.reading() as session:
        session.proofs.add([node], None)


def test_leaves_and_rows_are_those_of_the_entries(store: Store) -> None:
    with store.writing() as session:
        made = session.ledger.append([words.draft(EntryKind.GAP, words.gap(i)) for i in range(5)], 7)
    with store.reading() as session:
        assert session.proofs.leaves(1, 4) == tuple(entry.hash for entry in made[1:4])
        rows = session.proofs.raw_entries(2, 2)
        assert [(row.seq, row.payload, row.hash) for row in rows] == [(e.seq, e.payload, e.hash) for e in made[2:4]]


def test_keys_and_exports_are_found(store: Store) -> None:
    keys = [LedgerKey(key=digit * 64, origin="coldchain/s", from_ms=1) for digit in "ba"]
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.LEDGER_KEY, key) for key in keys], 5)
        session.ledger.append([words.draft(EntryKind.EXPORT, export(n, "ab" if n < 3 else "cd")) for n in (2, 1, 3)], 5)
    with store.reading() as session:
        records = session.records
        assert records.ledger_keys() == tuple(keys)
        assert [records.ledger_key_seq(key.key) for key in keys] == [1, 2]
        assert records.ledger_key_seq("c" * 64) == 0
        assert records.exports("ab") == (export(2), export(1))
        assert records.exports(limit=1) == (export(3, "cd"),)
        assert records.export("e1") == export(1)
        assert records.export("e9") is None
    with pytest.raises(StoreError), store.writing() as session:
        session.ledger.append([words.draft(EntryKind.EXPORT, export(1))], 6)


def test_changes_of_the_settings_come_back_in_order(store: Store) -> None:
    made = [
        SettingsChange(at_ms=at_ms, version="1", changed=(Changed(key="a", was=was, now=now),))
        for at_ms, was, now in ((5, None, "1"), (3, "1", "2"), (7, "2", None))
    ]
    with store.writing() as session:
        assert session.records.settings_changes() == ()
        for change in made:
            session.ledger.append([words.draft(EntryKind.SERVER_SETTINGS, change)], change.at_ms)
    with store.reading() as session:
        assert session.records.settings_changes() == tuple(made)
