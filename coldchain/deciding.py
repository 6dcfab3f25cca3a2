"""What a person decides of a unit on hold: the words of it, and the fact as it is sent in."""

from enum import StrEnum

import msgspec


class DecisionKind(StrEnum):
    """What is to be done with a unit. Only a release ends holds; whatever else is decided, the unit stays on hold."""

    RELEASE_HOLD = "release-hold"
    KEEP = "keep"
    DISCARD = "discard"
    RETURN_TO_STATION = "return-to-station"


class DecideUnit(msgspec.Struct, frozen=True, kw_only=True, tag="decide-unit"):
    """A person decides at at_ms on holds of a unit, having seen the version `evidence` of what stands against it.

    `seen`: the marks of that evidence (coldchain.decisions), so that a refusal can name what has changed since.
    `name` and `post` are the signature, `second_name` and `second_post` that of another person ("": nobody else).
    """

    unit: str
    holds: tuple[str, ...]
    decision: DecisionKind
    evidence: str
    at_ms: int
    name: str
    post: str
    reason: str
    actor: str
    second_name: str = ""
    second_post: str = ""
    seen: tuple[str, ...] = ()
