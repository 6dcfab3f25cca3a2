"""Where only the horizon has moved, and nothing of a probe changes by it: most probes of most messages.

Each message of a gateway moves the mark up to which it awaits nothing, for all its probes. Of one that measures within
its limits that says nothing new, and of one that is out no more than that it still is. What is asked here is cheap, and
where the answer is yes ingest.findings.refind would change nothing but the mark itself.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import msgspec

from coldchain.places import Probe
from coldchain.ports import FoldHead, Session
from coldchain.units import Finding, FindingKind, FindingStatus
from ingest.known import Known
from rules.classes import Class
from rules.excursion import FoldState, Watch, readable_state, standing
from rules.watches import watch_at


@dataclass(slots=True)
class Quiet:
    """Of probes of which nothing lasts, at which marks nothing changes: what the only writer need not ask again.

    It holds until anything else of the probe is judged; another kind of transaction, or one that fails, ends all of it.
    """

    spans_ms: dict[str, tuple[int, int]] = field(default_factory=dict)

    def holds(self, probe: str, horizon_ms: int) -> bool:
        """Tell whether nothing changes of a probe at a mark."""
        first_ms, last_ms = self.spans_ms.get(probe, (0, -1))
        return first_ms <= horizon_ms <= last_ms

    @contextmanager
    def lasting(self, *, through: bool) -> Iterator[None]:
        """Forget all at the beginning of a transaction, unless it lasts `through` it, and when one fails."""
        if not through:
            self.spans_ms.clear()
        try:
            yield
        except BaseException:
            self.spans_ms.clear()
            raise


def still(session: Session, known: Known, probe: Probe, quiet: Quiet) -> bool:
    """Tell whether the horizon of a probe's gateway changes nothing of it, if nothing else of the probe is new."""
    head = session.books.head(probe.id)
    if head is None:
        return _still_unheard(session, known, probe, quiet)
    horizon_ms, state = known.horizon(probe.gateway), readable_state(head.state)
    if state is None or head.provisional_from_ms is not None or horizon_ms < head.horizon_ms:
        return False
    lasting = session.records.findings(probe=probe.id, status=FindingStatus.OPEN)
    spoken_ms = head.last_taken_ms + min(one.hold_ms for _, one in known.profiles(probe.place))
    spoken_for = horizon_ms <= spoken_ms
    if not lasting and spoken_for and _quiet(state):
        quiet.spans_ms[probe.id] = head.horizon_ms, spoken_ms
        return True  # the mark of its fold stays behind, and moves with its next reading
    moved = msgspec.structs.replace(head, horizon_ms=horizon_ms)
    alone = spoken_for or len(known.probes_of(probe.place)) == 1
    if not alone or not _lasts_on(session, known, probe, state, head) or _reaches_more(session, lasting, (head, moved)):
        return False
    session.books.put_head(probe.id, moved)
    return True


def _still_unheard(session: Session, known: Known, probe: Probe, quiet: Quiet) -> bool:
    """Tell whether it says nothing new that a probe without any reading is still silent."""
    if len(known.probes_of(probe.place)) > 1:
        return False
    silent = session.records.findings(probe=probe.id, status=FindingStatus.OPEN)
    if any(one.kind is FindingKind.UNMEASURED for one in silent):
        return True
    if probe.since_ms is None:
        return True
    bearable_ms = min(one.gap_tolerance_ms - one.hold_ms for _, one in known.profiles(probe.place))
    quiet.spans_ms[probe.id] = 0, probe.since_ms + bearable_ms - 1
    return quiet.holds(probe.id, known.horizon(probe.gateway))


def _quiet(state: FoldState) -> bool:
    nothing_lasts = state.run is None and state.returning is None and state.blind is None
    return nothing_lasts and state.last_class is Class.WITHIN


def _lasts_on(session: Session, known: Known, probe: Probe, state: FoldState, head: FoldHead) -> bool:
    """Tell whether the same lasts at the new mark as at the old one, with no delay over between them."""
    if state.last_class is Class.REST or (_has_serial(session, probe) and known.counted(probe).uncertain):
        return False
    watch = watch_at(known.watch(probe), state.last_ms)
    return _lasting(state, watch) == _lasting(state, replace(watch, horizon_ms=head.horizon_ms))


def _has_serial(session: Session, probe: Probe) -> bool:
    """Tell whether a probe has or had a serial number: without one it has no calibration and no uncertainty."""
    return bool(probe.serial) or any(one.serial for one in session.records.positions_in(probe.place))


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
