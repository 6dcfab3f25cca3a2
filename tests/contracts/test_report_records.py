"""The ledger entries behind a place and an export, on every store."""

from msgspec.structs import replace
from support.console_story import registry

from coldchain.entries import Draft, EntryKind
from coldchain.exports import ExportRecord
from coldchain.places import Place
from coldchain.ports import Store
from coldchain.report_ports import EntryMark

PLACE = next(one for one in registry() if isinstance(one, Place))
EXPORT = ExportRecord(
    id="0123456789abcdef", what="history/place/x", from_ms=0, to_ms=1, as_known_seq=2, sha256="0" * 64, at_ms=5
)


def test_the_newest_entry_of_a_place_and_the_entry_of_an_export(store: Store) -> None:
    moved = replace(PLACE, profile_version=9)
    with store.writing() as session:
        assert session.records.place_entry(PLACE.id) is None
        assert session.records.export_entry(EXPORT.id) is None
        session.ledger.append([Draft(kind=EntryKind.PLACE, actor="config", site="s", payload=PLACE)], 10)
        session.ledger.append([Draft(kind=EntryKind.PLACE, actor="config", site="s", payload=moved)], 20)
        session.ledger.append([Draft(kind=EntryKind.EXPORT, actor="质管 Li", site="", payload=EXPORT)], 30)
    with store.reading() as session:
        assert session.records.place_entry(PLACE.id) == EntryMark(seq=2, record_ms=20, actor="config")
        assert session.records.export_entry(EXPORT.id) == EntryMark(seq=3, record_ms=30, actor="质管 Li")
