"""Tables of sealed blocks. Imported by stores/schema.py at its end."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

_Number = BigInteger().with_variant(Integer(), "sqlite")
_Name = Text().with_variant(Text(collation="C"), "postgresql")


def block_tables(metadata: MetaData) -> tuple[Table, ...]:
    """Add the tables of the reading log's blocks.

    `block_bodies` is evidence, one row for each generation under the number of its ledger entry; the front is apart
    from the rest, so that reading a history does not touch the rest, and small rows leave less of a page empty.
    `blocks` is a projection: the generation that counts. `block_sums` is a cache. `sealing` is empty between
    transactions: the block whose rows the trigger on hot_readings lets go.
    """
    return (
        Table(
            "block_bodies",
            metadata,
            _key_number("seq"),
            _number("first_admission"),
            _number("last_admission"),
            Column("hash", LargeBinary, nullable=False),
            Column("front", LargeBinary, nullable=False),
            Index("block_bodies_by_admission", "last_admission"),
        ),
        Table("block_rests", metadata, _key_number("seq"), Column("rest", LargeBinary, nullable=False)),
        Table(
            "blocks",
            metadata,
            Column("probe", _Name, primary_key=True),
            _key_number("day"),
            _number("generation"),
            _number("seq"),
            info={"projection": True},
            sqlite_with_rowid=False,
        ),
        Table(
            "block_sums",
            metadata,
            Column("probe", _Name, primary_key=True),
            _key_number("hold_ms"),
            _key_number("level"),
            _key_number("number"),
            Column("sums", LargeBinary, nullable=False),
            sqlite_with_rowid=False,
        ),
        Table("sealing", metadata, _key_number("seq")),
    )


def _key_number(name: str) -> Column[int]:
    return Column(name, _Number, primary_key=True, autoincrement=False)


def _number(name: str) -> Column[int]:
    return Column(name, _Number, nullable=False)
