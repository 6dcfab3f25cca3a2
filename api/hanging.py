"""Where the probes of a place hang, who confirmed them, what is being worked on; and a session of confirming one."""

from collections.abc import Sequence
from typing import Final

import msgspec

from api.as_known import KnownAt
from coldchain.commission import Commissioning, Position, WorkKind
from coldchain.facts import Quality
from coldchain.history import History
from coldchain.places import Place, Probe, ProbeRole
from coldchain.ports import Session
from coldchain.register import Certificate
from coldchain.standing import PlaceState
from rules.commissioning import BASELINE_MS, Moved, moved
from rules.counted import counted_in, lasted, planned_end_ms, work_of

WORK_LISTED_MAX: Final = 20


class Hanging(msgspec.Struct, frozen=True, kw_only=True):
    """A probe, its position now (None: it was registered before there were any), and who confirmed that.

    `uncounted`: why its readings do not count now, and since when. `earlier`: how many positions it had before.
    `certificate`: the newest one of the instrument.
    """

    probe: Probe
    position: Position | None
    confirmed: Commissioning | None
    uncounted: PlaceState | None
    uncounted_since_ms: int | None
    earlier: int
    certificate: Certificate | None = None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Work that lasts: on a probe, or (probe "") on the place. `until_ms`: its planned end."""

    kind: WorkKind
    probe: str
    since_ms: int
    until_ms: int | None
    reason: str
    name: str
    post: str


class Risen(msgspec.Struct, frozen=True, kw_only=True):
    """How far one channel has risen in a session, and its last reading."""

    probe: str
    place: str
    serial: str
    rise_micro_celsius: int | None
    taken_ms: int | None
    micro_celsius: int | None


class Confirming(KnownAt, frozen=True, kw_only=True):
    """A session of confirming a probe: which channel moved (None: none yet, or more than one: `ambiguous`)."""

    probe: str
    began_ms: int
    moved: str | None
    ambiguous: bool
    channels: list[Risen]


def hanging(session: Session, place: Place, now_ms: int) -> list[Hanging]:
    """Return where the probes of a place hang, load probes first."""
    work = work_of(session.records, place.id, session.records.probes())
    counted = counted_in(work)
    found = []
    for probe in sorted(work.probes, key=lambda one: (one.role is not ProbeRole.LOAD, one.id)):
        mine = [one for one in work.positions if one.probe == probe.id and one.from_ms <= now_ms]
        position = mine[-1] if mine else None
        since_ms = position.from_ms if position else 0
        said = [one for one in work.commissionings if one.probe == probe.id and since_ms <= one.at_ms <= now_ms]
        uncounted = counted[probe.id].why_not(now_ms)
        found.append(
            Hanging(
                probe=probe,
                position=position,
                confirmed=said[-1] if said else None,
                uncounted=uncounted[0] if uncounted else None,
                uncounted_since_ms=max(uncounted[1], probe.since_ms or 0) if uncounted else None,
                earlier=max(0, len(mine) - 1),
                certificate=next(reversed(session.records.certificates_of(probe.serial)), None),
            )
        )
    return found


def work_now(session: Session, place: str, now_ms: int) -> list[Work]:
    """Return the work that lasts on a place and its probes now."""
    words = session.records.work_in(place)
    subjects = sorted({(word.kind, word.probe) for word in words})
    found = []
    for kind, probe in subjects:
        spans = [span for span in lasted(words, kind, probe) if span[0] <= now_ms < span[1]]
        for begin, _ in spans:
            begun = [word for word in words if (word.kind, word.probe, word.begins) == (kind, probe, True)]
            last = [word for word in begun if begin <= word.at_ms <= now_ms][-1]
            until_ms = planned_end_ms(words, kind, probe, now_ms)
            signed = {"reason": last.reason, "name": last.name, "post": last.post}
            found.append(Work(kind=kind, probe=probe, since_ms=begin, until_ms=until_ms, **signed))
    return found[:WORK_LISTED_MAX]


def confirming(session: Session, probe: Probe, began_ms: int, now_ms: int) -> Confirming:
    """Return what the channels of a probe's gateway and place have done since somebody took the probe into the hand."""
    every = session.records.probes()
    beside = {one.id: one for one in every if one.gateway == probe.gateway or one.place == probe.place}
    histories = {name: session.readings.history(name, began_ms - BASELINE_MS, now_ms + 1) for name in beside}
    found = moved(histories, began_ms, now_ms)
    return Confirming(
        probe=probe.id,
        began_ms=began_ms,
        moved=found.probe,
        ambiguous=found.ambiguous,
        channels=_channels(found, [beside[rise.probe] for rise in found.rises], histories),
    )


def _channels(found: Moved, probes: Sequence[Probe], histories: dict[str, History]) -> list[Risen]:
    channels = []
    for rise, probe in zip(found.rises, probes, strict=True):
        history = histories[probe.id]
        last = len(history) - 1
        good = last >= 0 and int(history.quality[last]) == Quality.GOOD
        channels.append(
            Risen(
                probe=probe.id,
                place=probe.place,
                serial=probe.serial,
                rise_micro_celsius=rise.micro_celsius,
                taken_ms=int(history.taken_ms[last]) if last >= 0 else None,
                micro_celsius=int(history.micro_celsius[last]) if good else None,
            )
        )
    return channels
