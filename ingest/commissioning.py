"""Positions, commissionings and work states: drafted for the ledger, and what they change of what counts."""

from collections.abc import Iterable, Mapping, Sequence

from coldchain.calibration import differ_in
from coldchain.canonical import INTEGER_MAX
from coldchain.commission import Commissioning, Position, WorkKind, WorkWord
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.history import History
from coldchain.places import Probe
from coldchain.ports import Records, Session
from coldchain.units import CommissionProbe, FindingStatus, SayWork
from rules.commissioning import BASELINE_MS, SESSION_MS_MAX, Moved, moved
from rules.counted import ALL_COUNTS, Counted, changed_in, counted_in, lasted, work_of
from rules.intervals import Interval

UNITS_NAMED_MAX = 3  # in a refusal
PLANNED_MS_MAX = 400 * 86_400_000  # a state that is planned for longer than a year is a slip
TOLD_LATE_MS_MAX = 7 * 86_400_000  # PROP: work that is said to have begun earlier than this would unsay too much


def position_of(session: Session, known: Probe | None, probe: Probe, now_ms: int, *, required: bool) -> Position | None:
    """Return a probe's position if it is another one now, or is described better; None if it is the same.

    What was never said (a serial number, a line, a channel) may be said now: that is no change of the probe, and who
    confirmed it has confirmed it still.
    """
    if known is not None and _hangs(known) == _hangs(probe):
        return None
    fixed = ("place", "gateway", "role", "serial", "line", "channel")
    told = known is not None and all(getattr(known, name) in (getattr(probe, name), "") for name in fixed)
    mine = [one for one in session.records.positions_in(probe.place) if one.probe == probe.id]
    from_ms, asked = now_ms, required
    if told:
        from_ms, asked = (mine[-1].from_ms, mine[-1].required) if mine else (probe.since_ms or 0, False)
    return Position(
        probe=probe.id,
        place=probe.place,
        gateway=probe.gateway,
        role=probe.role,
        from_ms=from_ms,
        required=asked,
        serial=probe.serial,
        line=probe.line,
        channel=probe.channel,
    )


def commissioning_draft(session: Session, fact: CommissionProbe) -> Draft | None:
    """Return the entry for a person's confirmation, None if just that is recorded already.

    It is taken only where the record shows that this probe, and no other of its gateway and place, was warmed. Raises
    UnknownThingError, InvalidValueError or ConflictError with what to do.
    """
    probe = session.records.equipment().probes.get(fact.probe)
    if probe is None:
        msg = f"probe {fact.probe} is not known here"
        raise UnknownThingError(msg)
    known = [one for one in session.records.commissionings_in(probe.place) if one.probe == probe.id]
    if any(_same(one, fact) for one in known):
        return None
    from_ms = fact.at_ms if fact.good_from_ms is None else fact.good_from_ms
    _require_signed(fact.name, fact.post)
    _require_times(session, probe, fact, from_ms)
    found = moved(recent(session, probe.place, fact.began_ms, fact.at_ms, probe.gateway), fact.began_ms, fact.at_ms)
    _require_this_one(probe, found)
    payload = Commissioning(
        probe=probe.id,
        place=probe.place,
        at_ms=fact.at_ms,
        from_ms=from_ms,
        began_ms=fact.began_ms,
        rise_micro_celsius=found.rises[0].micro_celsius or 0,
        second_micro_celsius=found.second,
        name=fact.name,
        post=fact.post,
        reason=fact.reason,
    )
    return Draft(kind=EntryKind.COMMISSIONING, actor=fact.actor, site=_site(session, probe.place), payload=payload)


def work_draft(session: Session, fact: SayWork, now_ms: int) -> Draft | None:
    """Return the entry for a person's word on work, None if just that is recorded already.

    What work is said of is not judged any more, so a word reaches back TOLD_LATE_MS_MAX at most.

    Raises UnknownThingError, InvalidValueError, or ConflictError for a place that is not empty.
    """
    if session.records.place(fact.place) is None:
        msg = f"place {fact.place} is not known here"
        raise UnknownThingError(msg)
    _require_subject(session, fact)
    _require_signed(fact.name, fact.post)
    if not fact.reason:
        msg = "say why: a work state has a reason"
        raise InvalidValueError(msg)
    planned = fact.until_ms is not None and fact.at_ms < fact.until_ms <= fact.at_ms + PLANNED_MS_MAX
    if fact.begins and not planned:
        msg = "say until when it is planned: after its beginning, and within 400 days"
        raise InvalidValueError(msg)
    payload = WorkWord(
        kind=fact.kind,
        place=fact.place,
        at_ms=fact.at_ms,
        begins=fact.begins,
        reason=fact.reason,
        name=fact.name,
        post=fact.post,
        probe=fact.probe,
        until_ms=fact.until_ms if fact.begins else None,
    )
    known = session.records.work_in(fact.place)
    if payload in known:
        return None
    _require_work_times(fact, known, now_ms)
    if fact.begins and fact.kind is WorkKind.OUT_OF_USE:
        _require_empty(session, fact, payload)
    return Draft(kind=EntryKind.WORK_STATE, actor=fact.actor, site=_site(session, fact.place), payload=payload)


def recent(session: Session, place: str, began_ms: int, to_ms: int, gateway: str | None = None) -> dict[str, History]:
    """Return the readings around a session of all probes of a place and of its gateways (or of the one named)."""
    probes = session.records.probes()
    gateways = {probe.gateway for probe in probes if probe.place == place} if gateway is None else {gateway}
    return {
        probe.id: session.readings.history(probe.id, began_ms - BASELINE_MS, to_ms + 1)
        for probe in probes
        if probe.place == place or probe.gateway in gateways
    }


def counted_places(session: Session, places: Iterable[str]) -> dict[str, dict[str, Counted]]:
    """Return what counts in places, by place and probe, before something new is said of them."""
    return {place: _counted(session.records, place) for place in places}


def recounted(session: Session, before: Mapping[str, Mapping[str, Counted]]) -> dict[str, tuple[int, int] | None]:
    """Return the probes of which other readings count now, each with the span that is to be read anew."""
    spans: dict[str, tuple[int, int] | None] = {}
    for place, counted in before.items():
        for probe, now in _counted(session.records, place).items():
            was = counted.get(probe, ALL_COUNTS)
            changed = changed_in(was, now)
            span = None if changed is None else _to_read(session, probe, now, changed[0])
            if changed is not None and span is not None:
                end_ms = (
                    changed[1] if differ_in(was.applied, now.applied) is None else _whole_runs(session, probe, changed)
                )
                spans[probe] = span[0], max(span[0], min(span[1], end_ms))
    return spans


def _whole_runs(session: Session, probe: str, changed: Interval) -> int:
    """Return up to when to judge anew where corrections changed: to the end of what was found across that of the span.

    The fold itself may be the same again in the midst of a run, but a finding says of its whole run which calibrations
    it stands on and what of it is certain.
    """
    found = session.records.findings(probe=probe, overlapping=(changed[0] - 1, changed[1]))
    ends = [one.cleared_ms or INTEGER_MAX for one in found if one.status is not FindingStatus.WITHDRAWN]
    return max([changed[1], *ends])


def entered_unused(session: Session, moved_in: Mapping[str, int]) -> dict[str, tuple[int, int] | None]:
    """Return the probes of places out of use to or from which a unit's stay has changed: they are judged anew.

    `moved_in`: by place from when on. While a unit is, or may be, inside, readings count after all.
    """
    spans: dict[str, tuple[int, int] | None] = {}
    for place, from_ms in moved_in.items():
        unused = lasted(session.records.work_in(place), WorkKind.OUT_OF_USE)
        if all(end <= from_ms for _, end in unused):
            continue
        for probe, now in _counted(session.records, place).items():
            span = _to_read(session, probe, now, max(0, from_ms - 1))
            if span is not None:
                spans[probe] = span
    return spans


def _to_read(session: Session, probe: str, counted: Counted, from_ms: int) -> tuple[int, int] | None:
    """Return the span from from_ms to the last that there is to fold of a probe; None if there is nothing at all."""
    last = session.readings.last_before(probe, INTEGER_MAX)
    head = session.books.head(probe)
    marks = [at_ms for at_ms, _ in counted.marks(from_ms, INTEGER_MAX)]
    if head is None and not len(last) and not marks:
        return None
    folded_ms = 0 if head is None else head.last_taken_ms
    return from_ms, max([from_ms, folded_ms, *map(int, last.taken_ms), *marks])


def _counted(records: Records, place: str) -> dict[str, Counted]:
    return counted_in(work_of(records, place, records.equipment().probes_in.get(place, ())))


def _here(session: Session, place: str) -> Sequence[Probe]:
    return session.records.equipment().probes_in.get(place, ())


def _hangs(probe: Probe) -> tuple[str, ...]:
    return probe.place, probe.gateway, probe.role, probe.serial, probe.line, probe.channel


def _same(known: Commissioning, fact: CommissionProbe) -> bool:
    from_ms = fact.at_ms if fact.good_from_ms is None else fact.good_from_ms
    said = (fact.at_ms, from_ms, fact.began_ms, fact.name, fact.post, fact.reason)
    return said == (known.at_ms, known.from_ms, known.began_ms, known.name, known.post, known.reason)


def _require_signed(name: str, post: str) -> None:
    if not name.strip() or not post.strip():
        msg = "sign with your name and your post"
        raise InvalidValueError(msg)


def _require_times(session: Session, probe: Probe, fact: CommissionProbe, from_ms: int) -> None:
    if not fact.began_ms < fact.at_ms <= fact.began_ms + SESSION_MS_MAX:
        msg = "a session lasts 30 min at most: begin it again and warm the probe anew"
        raise InvalidValueError(msg)
    positions = work_of(session.records, probe.place, _here(session, probe.place)).positions
    mine = [one.from_ms for one in positions if one.probe == probe.id]
    hung_ms = max((at_ms for at_ms in mine if at_ms <= fact.at_ms), default=0)
    if not hung_ms <= from_ms <= fact.at_ms:
        msg = f"probe {probe.id} has hung so since {hung_ms}: it cannot count from before that, nor from the future on"
        raise InvalidValueError(msg)
    if from_ms < fact.at_ms and not fact.reason.strip():
        msg = "say why it counts from before the confirmation: who knows since when it hangs there, and how"
        raise InvalidValueError(msg)


def _require_work_times(fact: SayWork, known: Iterable[WorkWord], now_ms: int) -> None:
    if fact.at_ms < now_ms - TOLD_LATE_MS_MAX:
        msg = (
            f"{fact.at_ms} is more than {TOLD_LATE_MS_MAX // 86_400_000} days ago, and what was found since then would "
            "be unsaid: give the time in UTC milliseconds since 1970, or say a later one"
        )
        raise InvalidValueError(msg)
    same = (fact.kind, fact.probe, fact.at_ms)
    if not fact.begins and any(one.begins and (one.kind, one.probe, one.at_ms) == same for one in known):
        msg = "work of this kind begins in that very millisecond and would last on: say a later end"
        raise InvalidValueError(msg)


def _require_this_one(probe: Probe, found: Moved) -> None:
    if found.probe == probe.id:
        return
    if found.ambiguous:
        msg = "more than one probe rose: shut the doors, wait 5 min and try again with one probe in the hand"
    elif found.probe is None:
        msg = f"no probe rose: keep {probe.id} in the hand until its value has risen by 2 degrees, then confirm"
    else:
        msg = (
            f"it was probe {found.probe} that rose, not {probe.id}: the two may be crossed; look where each is plugged "
            "in, correct the settings or the wiring, and try again"
        )
    raise ConflictError(msg)


def _require_subject(session: Session, fact: SayWork) -> None:
    of_probe = fact.kind is WorkKind.UNDER_CHECK
    here = [probe.id for probe in _here(session, fact.place)]
    if of_probe and fact.probe not in here:
        msg = f"probe {fact.probe or '(none)'} is not one of place {fact.place}: {', '.join(here) or 'it has none'}"
        raise UnknownThingError(msg)
    if not of_probe and fact.probe:
        msg = "a whole place goes out of use, not a probe of it: leave the probe out, or put the probe under check"
        raise InvalidValueError(msg)


def _require_empty(session: Session, fact: SayWork, payload: WorkWord) -> None:
    """Raise ConflictError unless the place was counted empty and the record, too, has nobody inside."""
    if not fact.counted_empty:
        msg = f"look into place {fact.place} and count: it can go out of use only when nothing is inside"
        raise ConflictError(msg)
    spans = lasted([*session.records.work_in(fact.place), payload], WorkKind.OUT_OF_USE)
    begin, end = next(span for span in spans if span[0] <= fact.at_ms < span[1])
    inside = sorted({stay.unit for stay in session.records.stays_in_place(fact.place, begin, end)})
    if inside:
        named = ", ".join(inside[:UNITS_NAMED_MAX]) + (" …" if len(inside) > UNITS_NAMED_MAX else "")
        msg = (
            f"{len(inside)} units are, or may be, in place {fact.place} ({named}): take them out and scan them first; "
            "nothing was changed"
        )
        raise ConflictError(msg)


def _site(session: Session, place: str) -> str:
    found = session.records.place(place)
    return found.site if found else ""
