"""What a row of a reception says against the record or against its label, and what no new bag can be."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from api.site_time import instant_ms
from api.watching import profile_of
from coldchain.blood_groups import abo_rhd, groups_differ, is_blood_group
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.isbt128 import is_product_code
from coldchain.ports import Session
from coldchain.units import Unit

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000  # labels and forms know no shorter time
DAY_CHARACTERS: Final = 10  # 2026-04-01
PLAIN: Final = {
    "component": "component",
    "product_code": "product code",
    "division": "division",
    "issuer": "issuer",
    "scheme": "scheme",
}

Row = Mapping[str, str]


def typed_expiry(row: Row, zone: ZoneInfo) -> int | None:
    """Return the expiry that a row gives: UTC ms, or a time of the site, a day alone until its 23:59 (ST-001).

    None: it gives none. Raises InvalidValueError.
    """
    said = row.get("expires_ms", "")
    if not said:
        return None
    return instant_ms(f"{said}T23:59" if len(said) == DAY_CHARACTERS else said, zone, "expires_ms")


def require_as_labelled(row: Row, scanned: Mapping[str, str], label_ms: int | None, zone: ZoneInfo) -> None:
    """Raise ConflictError for a row in which another group or expiry was typed than its label says."""
    group, on_label = row.get("blood_group", ""), scanned.get("blood_group", "")
    typed_ms = typed_expiry(row, zone)
    if group and on_label and groups_differ(on_label, group):
        what, has, said = "blood group", on_label, group
    elif typed_ms is not None and label_ms is not None and not _same_minute(typed_ms, label_ms):
        what, has, said = "expiry", _told(label_ms, zone), _told(typed_ms, zone)
    else:
        return
    msg = (
        f"the label says {what} {has}, and {said:.64} was typed: set the bag aside and look at its label again; "
        "nothing of this row was recorded"
    )
    raise ConflictError(msg)


def require_as_recorded(unit: Unit, row: Row, scanned: Mapping[str, str], zone: ZoneInfo) -> None:
    """Raise ConflictError for a bag of which a row, or the group on its label, says another thing than the record."""
    for what, has, said in _said(unit, row, scanned, zone):
        msg = (
            f"unit {unit.donation_number} is registered with {what} {has}, and not with {said:.64} as this row says: "
            "set the bag aside and compare its label with the record; nothing of this row was recorded. "
            f"If the record is right, send the row without its {what}"
        )
        raise ConflictError(msg)


def _said(unit: Unit, row: Row, scanned: Mapping[str, str], zone: ZoneInfo) -> list[tuple[str, str, str]]:
    """Return (what, as recorded, as said) of everything that cannot both be true."""
    group, on_label, typed_ms = row.get("blood_group", ""), scanned.get("blood_group", ""), typed_expiry(row, zone)
    found = []
    if group and groups_differ(unit.blood_group, group):
        found.append(("blood group", unit.blood_group, group))
    elif on_label and abo_rhd(unit.blood_group) and groups_differ(unit.blood_group, on_label):
        found.append(("blood group", unit.blood_group, on_label))
    for column, what in PLAIN.items():
        has, said = getattr(unit, column), row.get(column, "")
        unnamed = column == "component" and unit.product_code in {has, said}  # the code stands where nobody named it
        if said and _plain(said) != _plain(has) and not unnamed:
            found.append((what, has, said))
    if typed_ms is not None and (unit.expires_ms is None or not _same_minute(typed_ms, unit.expires_ms)):
        has = "unknown" if unit.expires_ms is None else _told(unit.expires_ms, zone)
        found.append(("expiry", has, _told(typed_ms, zone)))
    return found


def require_labelled_well(scheme: str, product_code: str, blood_group: str) -> None:
    """Raise InvalidValueError for a new bag of ISBT 128 whose product code or blood group is none."""
    if scheme != "isbt128":
        return
    if not is_product_code(product_code):
        msg = (
            f"product code {product_code!r:.40} is none of ISBT 128: a letter, four characters, collection type and "
            "division, such as E0336V00; nothing of this row was recorded"
        )
        raise InvalidValueError(msg)
    if not is_blood_group(blood_group):
        msg = (
            f"blood group {blood_group!r:.40} is none: write it as on the label, such as O+ or AB RhD negative; "
            "nothing of this row was recorded"
        )
        raise InvalidValueError(msg)


def require_can_expire(session: Session, row: Row, at_ms: int, zone: ZoneInfo) -> None:
    """Raise InvalidValueError for a typed expiry that had passed at at_ms, or that no profile lets a bag reach.

    How long is the longest shelf life of the profiles in the record, which say their sources; without one, any.
    """
    expires_ms = typed_expiry(row, zone)
    if expires_ms is None:
        return
    if expires_ms <= at_ms:
        msg = (
            f"the expiry {_told(expires_ms, zone)} had passed when the bag came in: set the bag aside and read its "
            "label again; nothing of this row was recorded"
        )
        raise InvalidValueError(msg)
    longest_ms = _longest_ms(session)
    if longest_ms is not None and expires_ms > at_ms + longest_ms + DAY_MS:  # a label's day lasts to its end
        msg = (
            f"the expiry {_told(expires_ms, zone)} lies more than {longest_ms // DAY_MS} days ahead, longer than any "
            "profile lets a bag last: read its label again; nothing of this row was recorded"
        )
        raise InvalidValueError(msg)


def _longest_ms(session: Session) -> int | None:
    known = (profile_of(session, one.id, one.version) for one in session.records.profiles())
    return max((life.longest_ms for one in known if one is not None for life in one.units.shelf_lives), default=None)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _same_minute(one_ms: int, other_ms: int) -> bool:
    return one_ms // MINUTE_MS == other_ms // MINUTE_MS


def _told(at_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at_ms // 1_000, zone):%Y-%m-%d %H:%M}"
