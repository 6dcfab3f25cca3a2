"""Returns follow the record: who is back after an issue against its rule is on hold, in any order of arrival.

Nothing that has happened is refused. A hold stays until a person decides; if what it stands on falls, it says so.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from coldchain.canonical import canonical_json
from coldchain.closed_loop import ReturnReason, UnitReturn
from coldchain.entries import Draft, EntryKind
from coldchain.ports import Session
from coldchain.units import OF_RETURN, Hold, Unit
from ingest.decisions import kept_up
from ingest.known import ACTOR, site_of
from rules.returns import ComingBack, comings_back
from rules.unit_story import story_of
from rules.unit_time import FOREVER_MS

ID_CHARACTERS: Final = 16


def judge_returns(session: Session, units: Iterable[str], now_ms: int) -> set[str]:
    """Bring holds of returns, and what is recorded of them, up to the record; return the units of changed holds."""
    return {unit for unit in sorted(units) if _judge(session, unit, now_ms)}


def judged(session: Session, unit: Unit, said: UnitReturn) -> UnitReturn:
    """Return a word of return as the rule judges it by what is recorded now."""
    words = [*session.records.returns_of_unit(unit.id), said]
    backs = comings_back(story_of(session, unit, FOREVER_MS - 1), words)
    return _as_judged(said, backs, _names(unit.id, backs, words, _own(session, unit.id)))


def _judge(session: Session, name: str, now_ms: int) -> bool:
    records = session.records
    words, own = records.returns_of_unit(name), _own(session, name)
    unit = records.unit(name) if words or own or records.issues_of_unit(name) else None
    if unit is None:
        return False
    backs = comings_back(story_of(session, unit, FOREVER_MS - 1), words)
    names = _names(name, backs, words, own)
    refused = {names[back.issued_ms] for back in backs if back.refused}
    amended = [(word, now) for word in words if (now := _as_judged(word, backs, names)) != word]
    said = [Draft(kind=EntryKind.UNIT_RETURN, actor=ACTOR, site=site_of(session, one.place), payload=one)
            for _, one in amended]  # fmt: skip
    fresh = [_hold(name, one, now_ms) for one in sorted(refused - own.keys())]
    grown = [own[now.hold.removeprefix("h")] for word, now in amended if _outgrown(word, now, own)]
    drafts = kept_up(session, own, fresh, grown, lambda one: replace(one, basis_stands=one.finding in refused), now_ms)
    session.ledger.append([*said, *drafts], now_ms)
    return bool(drafts)


def _own(session: Session, unit: str) -> dict[str, Hold]:
    """Return the holds of a unit's own returns by what they name."""
    holds = session.records.holds_of_unit(unit)
    return {hold.finding: hold for hold in holds if hold.basis == OF_RETURN and not hold.via}


def _names(
    unit: str, backs: Sequence[ComingBack], words: Sequence[UnitReturn], own: Mapping[str, Hold]
) -> dict[int, str]:
    """Return by issue what the hold of its return names: the issue; or, of an older record, the word of return."""
    named = {}
    for back in backs:
        older = [_name(unit, word.at_ms) for word in words if back.explained_by(word.at_ms)]
        named[back.issued_ms] = next((name for name in older if name in own), _name(unit, back.issued_ms))
    return named


def _name(unit: str, at_ms: int) -> str:
    return f"return-{hashlib.sha256(canonical_json([unit, at_ms])).hexdigest()[:ID_CHARACTERS]}"


def _hold(unit: str, name: str, now_ms: int) -> Hold:
    return Hold(id=f"h{name}", unit=unit, finding=name, placed_ms=now_ms, certain=True, basis=OF_RETURN)


def _as_judged(word: UnitReturn, backs: Sequence[ComingBack], names: Mapping[int, str]) -> UnitReturn:
    back = next((one for one in backs if one.explained_by(word.at_ms)), None)
    if back is None:
        unknown = ReturnReason.NOT_ISSUED
        return replace(word, accepted=False, reason=unknown, out_ms=None, limit_ms=None, occasions=0, hold="")
    verdict = back.verdict
    return replace(
        word,
        accepted=not back.refused,
        reason=verdict.reason,
        out_ms=verdict.out_ms,
        limit_ms=verdict.limit_ms,
        occasions=verdict.occasions,
        hold=f"h{names[back.issued_ms]}" if back.refused else "",
    )


def _outgrown(word: UnitReturn, now: UnitReturn, own: Mapping[str, Hold]) -> bool:
    """Tell whether a return that a person released has become worse since: what was signed did not have that."""
    hold = own.get(now.hold.removeprefix("h"))
    if hold is None or not hold.lifted_by:
        return False
    longer = now.out_ms is None or (word.out_ms is not None and now.out_ms > word.out_ms)
    return now.reason is not word.reason or (longer and now.out_ms != word.out_ms) or now.occasions > word.occasions
