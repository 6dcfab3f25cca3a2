"""Where only the horizon has moved, and nothing of a probe changes by it: most probes of most messages.

Each message of a gateway moves the mark up to which it awaits nothing, for all its probes. Of one that measures within
its limits that says nothing new, and of one that is out no more than that it still is. What is asked here is cheap, and
where the answer is yes ingest.findings.refind would change nothing but the mark itself.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from coldchain.places import Probe
from coldchain.ports import FoldHead, Session
from coldchain.units import Finding, FindingKind, FindingStatus
from ingest.known import Known
from rules.classes import Class
from rules.excursion import FoldState, Watch, readable_state, standing
from rules.watches import watch_at


def still(session: Session, known: Known, probe: Probe) -> bool:
    """Tell whether the horizon of a probe's gateway changes nothing of it, if nothing else of the probe is new."""
    head = session.books.head(probe.id)
    if head is None:
        return _still_unheard(session, known, probe)
    horizon_ms, state = known.horizon(probe.gateway), readable_state(head.state)
    if state is None or head.provisional_from_ms is not None or horizon_ms < head.horizon_ms:
        return False
    lasting = session.records.findings(probe=probe.id, status=FindingStatus.OPEN)
    spoken_for = horizon_ms <= head.last_taken_ms + min(one.hold_ms for _, one in known.profiles(probe.place))
    if not lasting and spoken_for and _quiet(state):
        return True  # the mark of its fold stays behind, and moves with its next reading
    moved = msgspec.structs.replace(head, horizon_ms=horizon_ms)
    alone = spoken_for or len(known.probes_of(probe.place)) == 1
    if not alone or not _lasts_on(known, probe, state, head) or _reaches_more(session, lasting, (head, moved)):
        return False
    session.books.put_head(probe.id, moved)
    return True


def _still_unheard(session: Session, known: Known, probe: Probe) -> bool:
    """Tell whether it says nothing new that a probe without any reading is still silent."""
    if len(known.probes_of(probe.place)) > 1:
        return False
    silent = session.records.findings(probe=probe.id, status=FindingStatus.OPEN)
    if any(one.kind is FindingKind.UNMEASURED for one in silent):
        return True
    since_ms = probe.since_ms
    bearable_ms = min(one.gap_tolerance_ms - one.hold_ms for _, one in known.profiles(probe.place))
    return since_ms is None or known.horizon(probe.gateway) - since_ms < bearable_ms


def _quiet(state: FoldState) -> bool:
    nothing_lasts = state.run is None and state.returning is None and state.blind is None
    return nothing_lasts and state.last_class is Class.WITHIN


def _lasts_on(known: Known, probe: Probe, state: FoldState, head: FoldHead) -> bool:
    """Tell whether the same lasts at the new mark as at the old one, with no delay over between them."""
    if state.last_class is Class.REST or known.counted(probe).uncertain:
        return False
    watch = watch_at(known.watch(probe), state.last_ms)
    return _lasting(state, watch) == _lasting(state, replace(watch, horizon_ms=head.horizon_ms))


def _lasting(state: FoldState, watch: Watch) -> list[tuple[object, ...]]:
    return [(one.kind, one.rule, one.start_ms, one.condition_ms) for one in standing(state, watch)]


def _reaches_more(session: Session, lasting: Sequence[Finding], heads: tuple[FoldHead, FoldHead]) -> bool:
    """Tell whether a unit came to the place in the time by which more is known of what lasts there."""
    low, high = (max(head.last_taken_ms, head.horizon_ms) for head in heads)
    return low < high and any(
        low <= stay.possible_from_ms < high
        for one in lasting
        if one.holds
        for stay in session.records.stays_in_place(one.place, low, None)
    )
