"""Tables of sealed blocks. Imported by stores/schema.py at its end."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text

_Number = BigInteger().with_variant(Integer(), "sqlite")
_Name = Text().with_variant(Text(collation="C"), "postgresql")

# Which blocks have admission numbers of (a, b]? An index over their last ones bounds them from below only, so they are
# classed by how many numbers they span: those of a class end below b and the limit of the class. A block spans what was
# admitted in a day; the few that late readings made anew span more, and lie in classes of their own.
SPANS: Final = tuple(2**power for power in range(12, 34, 3))
SPAN: Final = "(CASE {} ELSE {} END)".format(
    " ".join(f"WHEN last_admission - first_admission < {most} THEN {number}" for number, most in enumerate(SPANS)),
    len(SPANS),
)


def block_tables(metadata: MetaData) -> tuple[Table, ...]:
    """Add the tables of the reading log's blocks.

    `block_bodies` is evidence, one row for each generation under the number of its ledger entry; the front is apart
    from the rest, so that reading a history does not touch the rest, and small rows leave less of a page empty.
    `blocks` is a projection: the generation that counts. `block_sums` is a cache. `sealing` is empty between
    transactions: the block whose rows the trigger on hot_readings lets go. `calibrations` is a projection.
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
            Index("block_bodies_by_span", text(SPAN), "last_admission", "first_admission"),
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
        Table(
            "calibrations",
            metadata,
            Column("serial", _Name, primary_key=True),
            _key_number("from_ms"),
            _key_number("version"),
            _number("seq"),
            Column("body", LargeBinary, nullable=False),
            info={"projection": True},
        ),
        Table("sealing", metadata, _key_number("seq")),
    )


def _key_number(name: str) -> Column[int]:
    return Column(name, _Number, primary_key=True, autoincrement=False)


def _number(name: str) -> Column[int]:
    return Column(name, _Number, nullable=False)
