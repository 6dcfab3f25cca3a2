"""Tables of lineage, ends, recalls, declared errors, owners and containers. All are projections."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

Number = BigInteger().with_variant(Integer(), "sqlite")
Name = Text().with_variant(Text(collation="C"), "postgresql")


def add_lineage(metadata: MetaData) -> None:
    """Add the tables of this room to the schema."""

    def key(name: str) -> Column[str]:
        return Column(name, Name, primary_key=True)

    def key_number(name: str) -> Column[int]:
        return Column(name, Number, primary_key=True, autoincrement=False)

    def other(name: str) -> Column[str]:
        return Column(name, Name, nullable=False)

    def number(name: str) -> Column[int]:
        return Column(name, Number, nullable=False)

    def projection(name: str, *parts: Column[str] | Column[int] | Index, body: bool = True) -> None:
        ends = [Column("body", LargeBinary, nullable=False)] if body else []
        Table(name, metadata, *parts, number("seq"), *ends, info={"projection": True})

    projection("transformations", key("id"), number("at_ms"))
    projection(
        "lineage",
        *(key("parent"), key("child"), key("act"), number("at_ms")),
        Index("lineage_by_child", "child", "at_ms", "parent", "act"),
        Index("lineage_by_parent", "parent", "at_ms", "child", "act"),
        Index("lineage_by_act", "act"),
        body=False,
    )
    projection("unit_ends", key("unit"), other("act"), Index("unit_ends_by_act", "act"))
    projection(
        "recalls",
        *(key("id"), number("at_ms"), other("donation_number"), other("issuer"), other("scheme"), other("unit")),
        Index("recalls_by_time", "at_ms", "id"),
        Index("recalls_by_donation", "donation_number", "issuer", "scheme", "id"),
    )
    projection(
        "declared_errors",
        *(key("kind"), key("unit"), key_number("wrong_ms"), key("object"), key_number("at_ms")),
        Index("declared_errors_by_unit", "unit", "at_ms", "kind", "wrong_ms", "object"),
    )
    projection("ownerships", key("unit"), key_number("at_ms"), key("owner"))
    projection(
        "containments",
        *(key("container"), key_number("at_ms"), other("parent")),  # parent '': taken out
        Index("containments_by_parent", "parent", "container"),
    )
    projection("receipt_units", key("unit"), key("receipt"), body=False)
    # The one stay in which a unit undoubtedly is: the key is the promise that there is at most one.
    projection("open_stays", key("unit"), number("number"), body=False)
