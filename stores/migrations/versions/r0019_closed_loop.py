"""The closed loop: units that live, members, returns, hand-overs, emergencies, plans and stock levels."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019_closed_loop"
down_revision = "0018_tasks"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; of units that are known already, what the ledger says."""
    _live_units()
    _fill()
    _table("members", site=NAME)
    _table("unit_returns", unit=NAME, at_ms=NUMBER)
    _table("handovers", sa.Column("at_ms", NUMBER, nullable=False), manifest=NAME, party=NAME)
    op.create_index("handovers_by_time", "handovers", ["at_ms", "manifest"])
    numbers = [sa.Column(name, NUMBER, nullable=False) for name in ("version", "closed", "opened_ms")]
    _table("emergencies", *numbers, id=NAME)
    op.create_index("emergencies_open", "emergencies", ["closed", "opened_ms", "id"])
    _table("plans", site=NAME, component=NAME, month=NAME)
    _table("stock_levels", site=NAME, component=NAME, blood_group=NAME)


def _live_units() -> None:
    names = ("component", "blood_group", "profile")
    times = ("entered_ms", "left_ms", "unseen_ms", "issued_ms")
    op.create_table(
        "live_units",
        sa.Column("unit", NAME, primary_key=True),
        *(sa.Column(name, NAME, nullable=False) for name in names),
        sa.Column("profile_version", NUMBER, nullable=False),
        sa.Column("expires_ms", NUMBER, nullable=True),
        sa.Column("place", NAME, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("inside", NUMBER, nullable=False),
        *(sa.Column(name, NUMBER, nullable=True) for name in times),
        sa.Column("issued_to", NAME, nullable=False),
        sa.Column("exposed_ms", NUMBER, nullable=True),
        sa.Column("ended", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
    )
    inside = ["place", "profile", "profile_version", "component", "blood_group", "expires_ms", "unit"]
    _index("inside", inside, "ended = 0 AND inside = 1")
    _index("expiring", ["profile", "profile_version", "expires_ms", "unit"], "ended = 0 AND inside = 1")
    _index("issued", ["issued_ms", "unit"], "issued_ms IS NOT NULL")
    _index("out", ["left_ms", "unit"], "ended = 0 AND inside = 0")
    _index("unseen", ["unseen_ms", "unit"], "ended = 0 AND unseen_ms IS NOT NULL")
    _index("exposed", ["exposed_ms", "unit"], "ended = 0 AND exposed_ms IS NOT NULL")


def _fill() -> None:
    bind = op.get_bind()
    row = sa.text(
        "INSERT INTO live_units (unit, component, blood_group, profile, profile_version, expires_ms, place, number,"
        " inside, issued_to, ended, seq) VALUES (:id, :component, :blood_group, :profile, :profile_version,"
        " :expires_ms, '', -1, 0, '', 0, :seq)"
    )
    for seq, body in bind.execute(sa.text("SELECT seq, body FROM units ORDER BY id")).fetchall():
        bind.execute(row, {"expires_ms": None, "seq": seq} | _said(body))
    newest = "FROM issues WHERE issues.unit = live_units.unit ORDER BY at_ms DESC, recipient DESC LIMIT 1"
    bind.execute(
        sa.text(
            f"UPDATE live_units SET issued_ms = (SELECT at_ms {newest}),"
            f" issued_to = COALESCE((SELECT recipient {newest}), ''),"
            " ended = CASE WHEN EXISTS (SELECT 1 FROM unit_ends WHERE unit_ends.unit = live_units.unit)"
            " THEN 1 ELSE 0 END"
        )
    )
    after = 0
    asked = sa.text(
        "SELECT seq, kind, payload FROM ledger WHERE seq > :after AND kind IN ('stay', 'exposure')"
        " ORDER BY seq LIMIT 5000"
    )
    while rows := bind.execute(asked, {"after": after}).fetchall():
        for _, kind, payload in rows:
            (_moved if kind == "stay" else _exposed)(bind, _said(payload))
        after = rows[-1][0]


def _said(body: bytes) -> dict[str, Any]:
    return dict(json.loads(bytes(body)))


def _moved(bind: sa.Connection, stay: dict[str, Any]) -> None:
    ends = [stay[name] for name in ("certain_to_ms", "possible_to_ms") if stay.get(name) is not None]
    certain, gone = stay.get("certain_from_ms"), stay.get("withdrawn", False)
    row = {name: stay[name] for name in ("unit", "place", "number")} | {"unseen": stay.get("unseen_since_ms")}
    if not ends and certain is not None and not gone:
        to = "place = :place, number = :number, inside = 1, entered_ms = :at, left_ms = NULL, unseen_ms = :unseen"
        bind.execute(sa.text(f"UPDATE live_units SET {to} WHERE unit = :unit"), row | {"at": certain})
        return
    if stay.get("possible_to_ms") is not None or gone:
        row["unseen"] = None
    left = "UPDATE live_units SET inside = 0, left_ms = :at, unseen_ms = :unseen"
    row["at"] = None if gone else min(ends, default=certain)
    bind.execute(sa.text(f"{left} WHERE unit = :unit AND number = :number"), row)


def _exposed(bind: sa.Connection, exposure: dict[str, Any]) -> None:
    met = "UPDATE live_units SET exposed_ms = :at WHERE unit = :unit AND (exposed_ms IS NULL OR exposed_ms < :at)"
    bind.execute(sa.text(met), {"at": exposure["from_ms"], "unit": exposure["unit"]})


def _index(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(f"live_units_{name}", "live_units", columns, sqlite_where=only, postgresql_where=only)


def _table(name: str, *columns: sa.Column[int], **keys: sa.types.TypeEngine[int] | sa.types.TypeEngine[str]) -> None:
    op.create_table(
        name,
        *(sa.Column(key, kind, primary_key=True, autoincrement=False) for key, kind in keys.items()),
        *columns,
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
