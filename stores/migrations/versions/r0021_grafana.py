"""What Grafana says of its own alerts; and the stays that were certain of units, to which a withdrawn one gives way."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021_grafana"
down_revision = "0020_conditions"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; Grafana has said nothing yet, and where units live the ledger says."""
    op.create_table(
        "grafana_alerts",
        sa.Column("fingerprint", NAME, primary_key=True),
        sa.Column("starts_ms", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("firing", NUMBER, nullable=False),
        sa.Column("received_ms", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("grafana_alerts_newest", "grafana_alerts", ["firing", "received_ms"])
    op.create_index("grafana_alerts_by_time", "grafana_alerts", ["received_ms"])
    if not sa.inspect(op.get_bind()).has_table("live_stays"):  # one made between two versions has them already
        _live_stays()


def _live_stays() -> None:
    op.create_table(
        "live_stays",
        sa.Column("unit", NAME, primary_key=True),
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("place", NAME, nullable=False),
        sa.Column("entered_ms", NUMBER, nullable=False),
        sa.Column("left_ms", NUMBER, nullable=True),
    )
    bind = op.get_bind()
    nowhere = "place = '', number = -1, inside = 0, entered_ms = NULL, left_ms = NULL, unseen_ms = NULL"
    bind.execute(sa.text(f"UPDATE live_units SET {nowhere}"))
    after = 0
    asked = sa.text("SELECT seq, payload FROM ledger WHERE seq > :after AND kind = 'stay' ORDER BY seq LIMIT 5000")
    while rows := bind.execute(asked, {"after": after}).fetchall():
        for _, payload in rows:
            _moved(bind, dict(json.loads(bytes(payload))))
        after = rows[-1][0]


def _moved(bind: sa.Connection, stay: dict[str, Any]) -> None:
    ends = [stay[name] for name in ("certain_to_ms", "possible_to_ms") if stay.get(name) is not None]
    certain, gone = stay.get("certain_from_ms"), stay.get("withdrawn", False)
    row = {name: stay[name] for name in ("unit", "place", "number")} | {"unseen": stay.get("unseen_since_ms")}
    inside = not ends and certain is not None and not gone
    row["left"] = min(ends, default=None if inside else certain)
    bind.execute(sa.text("DELETE FROM live_stays WHERE unit = :unit AND number = :number"), row)
    if gone:
        _withdrawn(bind, row)
        return
    if certain is not None:
        names = "unit, number, place, entered_ms, left_ms"
        kept = f"INSERT INTO live_stays ({names}) VALUES (:unit, :number, :place, :at, :left)"
        bind.execute(sa.text(kept), row | {"at": certain})
    if inside:
        to = "place = :place, number = :number, inside = 1, entered_ms = :at, left_ms = NULL, unseen_ms = :unseen"
        bind.execute(sa.text(f"UPDATE live_units SET {to} WHERE unit = :unit"), row | {"at": certain})
        return
    if stay.get("possible_to_ms") is not None:
        row["unseen"] = None
    left = "UPDATE live_units SET inside = 0, left_ms = :left, unseen_ms = :unseen"
    bind.execute(sa.text(f"{left} WHERE unit = :unit AND number = :number"), row)


def _withdrawn(bind: sa.Connection, row: dict[str, Any]) -> None:
    last = "FROM live_stays AS s WHERE s.unit = live_units.unit ORDER BY s.entered_ms DESC, s.number DESC LIMIT 1"
    to = (
        f"place = COALESCE((SELECT s.place {last}), ''), number = COALESCE((SELECT s.number {last}), -1), inside = 0,"
        f" entered_ms = (SELECT s.entered_ms {last}), left_ms = (SELECT s.left_ms {last}), unseen_ms = NULL"
    )
    bind.execute(sa.text(f"UPDATE live_units SET {to} WHERE unit = :unit AND number = :number"), row)
