"""Bags that are received at a storage point: what was looked at, and rows of a list that could not be taken."""

from enum import StrEnum

import msgspec


class Visual(StrEnum):
    """What the eye says of a bag, its seals and its label."""

    INTACT = "intact"
    DEFECT = "defect"  # said in words beside it
    NOT_CHECKED = "not-checked"


class Reception(msgspec.Struct, frozen=True, kw_only=True):
    """A bag was received into a place at at_ms: its tag ("": none), what it looked like, how warm it was on opening.

    `micro_celsius` is what was typed, None if nobody measured. A placement follows it.
    """

    unit: str
    place: str
    at_ms: int
    epc: str
    visual: Visual
    note: str
    micro_celsius: int | None
    name: str
    post: str


def inspection_id(unit: str, at_ms: int) -> str:
    """Return by what name a hold stands on the defect that was seen when a unit was received at at_ms."""
    return f"in-{at_ms}-{unit}"


def inspected(name: str) -> tuple[str, int]:
    """Return (unit, at_ms) of such a name. Raises ValueError for another one."""
    _, at_ms, unit = name.split("-", 2)
    return unit, int(at_ms)


class RefusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row as it was sent, its number in the list from 1 on, and why it was not taken."""

    row: int
    sent: dict[str, str]
    why: str


class ReceptionRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one list that were not taken: kept, so that nothing that somebody scanned is lost."""

    id: str
    at_ms: int
    place: str
    rows: tuple[RefusedRow, ...]
    name: str
    post: str


class KeepRefusedRows(msgspec.Struct, frozen=True, kw_only=True, tag="keep-refused-rows"):
    """Rows of a list that were not taken are to be kept."""

    refusal: ReceptionRefusal
    actor: str
