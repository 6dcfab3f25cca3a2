"""Rows of a reception as CSV: read as people's programs write it, and refused rows written back."""

import csv
import io
from collections.abc import Iterable

from api.receiving import COLUMNS
from coldchain.errors import InvalidValueError
from coldchain.receiving import RefusedRow


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV with a line of column names; comma, semicolon or tab. Raises InvalidValueError."""
    text = text.removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        lines = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True) if any(line)]
    except csv.Error as error:
        msg = f"the CSV cannot be read: {error}"
        raise InvalidValueError(msg) from error
    names = [name.strip().lower() for name in lines[0]] if lines else []
    if "label" not in names or len(set(names)) != len(names):
        msg = f"the first line of the CSV names the columns, each once, label among them: {', '.join(COLUMNS)}"
        raise InvalidValueError(msg)
    named = [name for name in names if name != "why"]  # refused rows may be corrected and sent again as they are
    unknown = [name for name in named if name not in COLUMNS]
    if unknown:
        msg = f"column {unknown[0]!r:.40} is not known: use {', '.join(COLUMNS)}"
        raise InvalidValueError(msg)
    return [_row(names, line) for line in lines[1:]]


def _row(names: list[str], line: list[str]) -> dict[str, str]:
    cells = [_plain(cell) for cell in line] + [""] * (len(names) - len(line))
    row = {name: cell for name, cell in zip(names, cells, strict=False) if name != "why"}
    extra = " ".join(cells[len(names) :])
    return row | ({"note": f"{row.get('note', '')} {extra}".strip()} if extra else {})


def refused_csv(rows: Iterable[RefusedRow]) -> str:
    """Return refused rows as they were sent, with the reason in a last column; ready to be corrected and sent again."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, "why"])
    for one in rows:
        writer.writerow([_safe(one.sent.get(name, "")) for name in COLUMNS] + [_safe(one.why)])
    return "\ufeff" + out.getvalue()


def _safe(cell: str) -> str:
    """A table program would run a cell that begins like a formula: an apostrophe stops it, and is taken off again."""
    return f"'{cell}" if _like_a_formula(cell) else cell


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and _like_a_formula(cell[1:]) else cell


def _like_a_formula(cell: str) -> bool:
    return cell[:1] in {"=", "+", "-", "@"} and not cell[1:].replace(".", "").isdecimal()
