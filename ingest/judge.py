"""Judging inside the transaction: folds, findings, stays, exposures and holds follow the facts just stored."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import msgspec

from coldchain.canonical import INTEGER_MAX
from coldchain.entries import Draft, EntryKind, StayRecord
from coldchain.history import History
from coldchain.places import Probe
from coldchain.ports import FoldHead, Session
from coldchain.units import Exposure, Finding, FindingStatus, Hold, Stay
from rules.custody import stays_of, words_of
from rules.excursion import Watch, encode_state, pending
from rules.exposure import Durations, durations, expose
from rules.identity import OPEN_END_MS, Subject, reconcile
from rules.profile import Profile, load_profile
from rules.refold import Ask, Refolded, refold

ACTOR: Final = "rules"


@lru_cache(maxsize=64)
def _loaded(toml: str) -> Profile:
    return load_profile(toml.encode())


@dataclass(slots=True, kw_only=True)
class Dirty:
    """What has to be judged again: probes with the span of their new readings, units, and units' findings."""

    probes: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)

    def readings(self, probe: str, first_ms: int, last_ms: int) -> None:
        """Note new readings of a probe."""
        span = self.probes.get(probe)
        self.probes[probe] = (min(first_ms, span[0]), max(last_ms, span[1])) if span else (first_ms, last_ms)

    def horizon(self, probe: str) -> None:
        """Note that the horizon of a probe's gateway moved."""
        self.probes.setdefault(probe, None)


def judge(session: Session, dirty: Dirty, now_ms: int) -> None:
    """Bring findings, stays, exposures and holds up to what is stored; everything is appended to the ledger."""
    affected: dict[str, set[str] | None] = {}
    for unit in sorted(dirty.units):
        for finding in _restay(session, unit, now_ms):
            units = affected.setdefault(finding, set())
            if units is not None:
                units.add(unit)
    probes = {probe.id: probe for probe in session.records.probes()}
    for name in sorted(dirty.probes):
        for finding in _refind(session, probes[name], dirty.probes[name], now_ms):
            affected[finding] = None
    for finding in sorted(affected):
        _reexpose(session, finding, affected[finding], now_ms)


def profile_of(session: Session, place: str) -> Profile:
    """Return the profile that a place must keep."""
    record = session.records.place(place)
    kept = session.records.profile(record.profile, record.profile_version) if record else None
    if kept is None:
        msg = f"place {place} has no profile in the ledger"
        raise LookupError(msg)
    return _loaded(kept.toml)


def _refind(session: Session, probe: Probe, new: tuple[int, int] | None, now_ms: int) -> set[str]:
    """Fold a probe again as far as needed; return the ids of findings whose exposures may have changed."""
    head = session.books.head(probe.id)
    if head is None and new is None:
        return set()
    profile = profile_of(session, probe.place)
    watch = Watch(profile=profile, role=probe.role, horizon_ms=session.books.horizon(probe.gateway))
    ask, tail_only = _ask(head, new, watch.horizon_ms)
    touched: set[str] = set()
    if not tail_only:
        result = _refold(session, probe, head, ask, watch)
        head = _keep(session, probe, head, result, watch)
        touched |= _record(session, Subject(probe=probe, profile=profile), result, now_ms)
        touched |= {f.id for f in _findings(session, probe, ask.from_ms, ask.settled_ms + 1) if f.holds}
        tail_only = result.stopped is not None
    if tail_only and head is not None:
        touched |= _record(session, Subject(probe=probe, profile=profile), _tail(head, watch), now_ms)
        session.books.put_head(probe.id, msgspec.structs.replace(head, horizon_ms=watch.horizon_ms))
    # What is known of an open finding has grown with every reading and every step of the horizon.
    still_open = session.records.findings(probe=probe.id, status=FindingStatus.OPEN)
    return touched | {finding.id for finding in still_open if finding.holds}


def _ask(head: FoldHead | None, new: tuple[int, int] | None, horizon_ms: int) -> tuple[Ask, bool]:
    """Return from where to fold, and whether nothing behind the last reading has changed at all."""
    if head is None:
        first, last = new or (0, 0)
        return Ask(from_ms=first, settled_ms=last, last_ms=last), False
    moved = horizon_ms > head.horizon_ms and head.provisional_from_ms is not None
    starts = [new[0]] if new else []
    settled = [new[1]] if new else []
    if moved and head.provisional_from_ms is not None:
        starts.append(head.provisional_from_ms)
        settled.append(horizon_ms)
    if not starts:
        return Ask(from_ms=head.last_taken_ms + 1, settled_ms=head.last_taken_ms, last_ms=head.last_taken_ms), True
    last = max(head.last_taken_ms, new[1] if new else 0)
    return Ask(from_ms=min(starts), settled_ms=max(settled), last_ms=last), False


def _refold(session: Session, probe: Probe, head: FoldHead | None, ask: Ask, watch: Watch) -> Refolded:
    if head is not None and ask.from_ms > head.last_taken_ms:
        start: tuple[int, bytes] | None = (head.last_taken_ms + 1, head.state)
        stored: dict[int, bytes] = {}
    else:
        start = session.books.checkpoint(probe.id, ask.from_ms)
        stored = session.books.checkpoints_after(probe.id, start[0] if start else -1)
    read = _reader(session, probe.id)
    return refold(ask, watch, start, stored, read)


def _reader(session: Session, probe: str) -> Callable[[int, int], History]:
    def read(from_ms: int, to_ms: int) -> History:
        return session.readings.history(probe, from_ms, to_ms)

    return read


def _keep(session: Session, probe: Probe, head: FoldHead | None, result: Refolded, watch: Watch) -> FoldHead | None:
    """Store checkpoints and how far the fold has come."""
    to_ms = INTEGER_MAX if result.checkpoints_to_ms is None else result.checkpoints_to_ms
    session.books.drop_checkpoints(probe.id, result.checkpoints_from_ms, to_ms)
    session.books.put_checkpoints(probe.id, result.checkpoints)
    if result.state is not None and result.state.last_ms is not None:
        head = FoldHead(
            state=encode_state(result.state),
            last_taken_ms=result.state.last_ms,
            horizon_ms=watch.horizon_ms,
            provisional_from_ms=_earliest(result.provisional_from_ms, _standing_provisional(head, result)),
        )
    elif head is not None:
        head = FoldHead(
            state=head.state,
            last_taken_ms=head.last_taken_ms,
            horizon_ms=watch.horizon_ms,
            provisional_from_ms=_earliest(result.provisional_from_ms, _standing_provisional(head, result)),
        )
    if head is not None:
        session.books.put_head(probe.id, head)
    return head


def _standing_provisional(head: FoldHead | None, result: Refolded) -> int | None:
    """Return where awaited time begins outside the stretch that was folded: before its start or behind its stop."""
    if head is None or head.provisional_from_ms is None:
        return None
    if result.begun.last_ms is not None and head.provisional_from_ms <= result.begun.last_ms:
        return head.provisional_from_ms
    if result.checkpoints_to_ms is not None:
        return max(head.provisional_from_ms, result.checkpoints_to_ms)
    return None


def _earliest(*times: int | None) -> int | None:
    return min((time for time in times if time is not None), default=None)


def _tail(head: FoldHead, watch: Watch) -> Refolded:
    """Look at the time behind the last reading again: the horizon may have moved."""
    ask = Ask(from_ms=head.last_taken_ms + 1, settled_ms=head.last_taken_ms, last_ms=head.last_taken_ms)
    return refold(ask, watch, (head.last_taken_ms + 1, head.state), {}, _nothing_to_read)


def _nothing_to_read(from_ms: int, to_ms: int) -> History:
    msg = f"no reading lies behind the last one, yet {from_ms}..{to_ms} was asked for"
    raise AssertionError(msg)


def _record(session: Session, subject: Subject, result: Refolded, now_ms: int) -> set[str]:
    """Give episodes their identity and append what has changed."""
    since = min([result.begun.last_ms or 0, *(start for _, start in pending(result.begun))])
    stored = [f for f in _findings(session, subject.probe, since, OPEN_END_MS) if result.covers(f)]
    stored.sort(key=lambda finding: int(finding.id.removeprefix("f-")))
    numbers = iter(range(session.ledger.next_seq(), OPEN_END_MS))
    changed = reconcile(subject, result.episodes, stored, lambda: f"f-{next(numbers)}")
    site = _site(session, subject.probe.place)
    session.ledger.append(
        [Draft(kind=EntryKind.FINDING, actor=ACTOR, site=site, payload=finding) for finding in changed], now_ms
    )
    return {finding.id for finding in changed}


def _findings(session: Session, probe: Probe, from_ms: int, to_ms: int) -> list[Finding]:
    found = session.records.findings(probe=probe.id, overlapping=(from_ms - 1, to_ms))
    return [finding for finding in found if finding.status is not FindingStatus.WITHDRAWN]


def _restay(session: Session, unit: str, now_ms: int) -> set[str]:
    """Work out a unit's stays anew; return the findings that its changed stays may meet."""
    records = session.records
    bindings = records.bindings_of_unit(unit)
    epcs = sorted({binding.epc for binding in bindings})
    words = words_of(
        bindings,
        [rival for epc in epcs for rival in records.bindings_of_epc(epc)],
        [event for epc in epcs for event in records.presence_of_epc(epc)],
        records.placements_of_unit(unit),
    )
    stays = stays_of(unit, words, {reader.place for reader in records.readers()})
    old = records.stays_of_unit(unit)
    changed = _renumber(stays, old)
    for record in changed:
        draft = Draft(kind=EntryKind.STAY, actor=ACTOR, site=_site(session, record.place), payload=record)
        session.ledger.append([draft], now_ms)
    before = {record.number: record for record in old}
    findings: set[str] = set()
    for record in changed:
        for state in (record, before.get(record.number)):
            if state is not None:
                window = (state.possible_from_ms, state.possible_to_ms or OPEN_END_MS)
                met = records.findings(place=state.place, overlapping=window)
                findings |= {finding.id for finding in met if finding.holds}
    return findings


def _renumber(stays: Iterable[Stay], old: Iterable[StayRecord]) -> list[StayRecord]:
    """Return the stay records that have changed: a stay keeps the number of the one that it overlaps in its place."""
    known = list(old)
    free = [record for record in known if not record.withdrawn]
    number = max((record.number for record in known), default=0)
    changed = []
    for stay in stays:
        same = next((record for record in free if _same(record, stay)), None)
        if same is None:
            number += 1
            changed.append(_stay_record(stay, number))
            continue
        free.remove(same)
        record = _stay_record(stay, same.number)
        if record != same:
            changed.append(record)
    return changed + [msgspec.structs.replace(record, withdrawn=True) for record in free]


def _same(record: StayRecord, stay: Stay) -> bool:
    apart = (
        record.place != stay.place
        or (record.possible_to_ms is not None and record.possible_to_ms <= stay.possible_from_ms)
        or (stay.possible_to_ms is not None and stay.possible_to_ms <= record.possible_from_ms)
    )
    return not apart or (record.place == stay.place and record.possible_from_ms == stay.possible_from_ms)


def _stay_record(stay: Stay, number: int) -> StayRecord:
    return StayRecord(number=number, **{name: getattr(stay, name) for name in stay.__struct_fields__})


def stay_of(record: StayRecord) -> Stay:
    """Return the stay of a record."""
    return Stay(**{name: getattr(record, name) for name in Stay.__struct_fields__})


def _reexpose(session: Session, finding_id: str, only: set[str] | None, now_ms: int) -> None:
    """Work out what a finding means for the units of its place (all, or only some), and place holds."""
    finding = session.records.finding(finding_id)
    if finding is None:
        return
    old = {exposure.unit: exposure for exposure in session.records.exposures_of_finding(finding_id)}
    new = _exposures(session, finding, only)
    drafts: list[Draft] = []
    site = _site(session, finding.place)
    for unit in sorted(old.keys() | new.keys()):
        if only is not None and unit not in only:
            continue
        exposure = new.get(unit) or msgspec.structs.replace(old[unit], withdrawn=True)
        if exposure != old.get(unit):
            drafts.append(Draft(kind=EntryKind.EXPOSURE, actor=ACTOR, site=site, payload=exposure))
        hold = _hold(session, exposure, now_ms)
        if hold:
            drafts.append(Draft(kind=EntryKind.HOLD, actor=ACTOR, site=site, payload=hold))
    session.ledger.append(drafts, now_ms)


def _exposures(session: Session, finding: Finding, only: set[str] | None) -> dict[str, Exposure]:
    if finding.status is FindingStatus.WITHDRAWN or not finding.holds:
        return {}
    by_unit: dict[str, list[Stay]] = {}
    for record in session.records.stays_in_place(finding.place, finding.start_ms, finding.end_ms):
        if only is None or record.unit in only:
            by_unit.setdefault(record.unit, []).append(stay_of(record))
    measure = _measure(session, finding)
    known_to_ms = _known_to(session, finding)
    found = {}
    for unit, stays in by_unit.items():
        exposure = expose(unit, finding, stays, measure, known_to_ms)
        if exposure:
            found[unit] = exposure
    return found


def _known_to(session: Session, finding: Finding) -> int:
    """Return up to when a finding is known: an open one lasts at least to its probe's last reading or horizon."""
    head = session.books.head(finding.probe)
    if finding.end_ms is not None or head is None:
        return OPEN_END_MS
    return max(head.last_taken_ms, head.horizon_ms)


def _measure(session: Session, finding: Finding) -> Callable[[int, int], Durations]:
    profile = profile_of(session, finding.place)
    horizon_ms = INTEGER_MAX  # figures count unknown time as one, awaited or not
    cache: dict[tuple[int, int], Durations] = {}

    def measure(from_ms: int, to_ms: int) -> Durations:
        if (from_ms, to_ms) not in cache:
            history = session.readings.history(finding.probe, from_ms - profile.hold_ms, to_ms)
            cache[from_ms, to_ms] = durations(history, profile, from_ms, to_ms, horizon_ms)
        return cache[from_ms, to_ms]

    return measure


def _hold(session: Session, exposure: Exposure, now_ms: int) -> Hold | None:
    """Return the hold to place or to mark: placed once for unit and finding, never lifted by itself."""
    hold_id = f"h-{exposure.finding.removeprefix('f-')}-{exposure.unit}"
    held = next((hold for hold in session.records.holds_of_unit(exposure.unit) if hold.id == hold_id), None)
    if held is None:
        if exposure.withdrawn:
            return None
        return Hold(
            id=hold_id,
            unit=exposure.unit,
            finding=exposure.finding,
            placed_ms=now_ms,
            certain=exposure.certain,
        )
    if held.basis_stands == exposure.withdrawn:
        return msgspec.structs.replace(held, basis_stands=not exposure.withdrawn)
    return None


def _site(session: Session, place: str) -> str:
    record = session.records.place(place)
    return record.site if record else ""
