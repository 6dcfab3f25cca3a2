"""Positions that follow from what gateways say of their wiring: who plugs a confirmed probe elsewhere confirms it anew.

Pure, and from the words in order of their time: in whatever order they come in, the same positions follow. The first
word of a probe describes how it hangs already; each later one with another digest is a change.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from coldchain.canonical import INTEGER_MAX
from coldchain.commission import Commissioning, Position
from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import Probe
from coldchain.ports import Records

WORDS_MAX = 1_000  # of one probe that are looked at, the newest: a gateway speaks only when something has changed


def wiring_words(records: Records, probe: str) -> list[RecordedEvent]:
    """Return what was said of the wiring of a probe, in order of time."""
    words: list[RecordedEvent] = []
    before_ms = INTEGER_MAX
    while len(words) < WORDS_MAX:
        word = records.last_event(probe, before_ms, (EventKind.WIRING,))
        if word is None:
            break
        words.append(word)
        before_ms = word.taken_ms
    return words[::-1]


def with_wiring(
    probes: Iterable[Probe],
    positions: Sequence[Position],
    commissionings: Sequence[Commissioning],
    words: Iterable[RecordedEvent],
) -> list[Position]:
    """Return the positions with those added that began by a change of wiring, by (from_ms, probe).

    Only where somebody has to confirm, or had confirmed, is it one: what counts by its registration alone goes on so.
    """
    spoken = sorted(words, key=lambda word: (word.taken_ms, word.gateway, word.epoch, word.seq))
    found = list(positions)
    for probe in probes:
        mine = [word for word in spoken if word.origin == probe.id and word.gateway == probe.gateway]
        for before, word in pairwise(mine):
            if before.details.get("wiring") == word.details.get("wiring"):
                continue
            if _asked(probe.id, positions, commissionings, word.taken_ms):
                found.append(_position(probe, positions, word))
    return sorted(found, key=lambda one: (one.from_ms, one.probe))


def _asked(probe: str, positions: Sequence[Position], commissionings: Sequence[Commissioning], at_ms: int) -> bool:
    mine = [one for one in positions if one.probe == probe and one.from_ms <= at_ms]
    confirmed = any(one.probe == probe and one.at_ms <= at_ms for one in commissionings)
    return confirmed or (bool(mine) and max(mine, key=lambda one: one.from_ms).required)


def _position(probe: Probe, positions: Sequence[Position], word: RecordedEvent) -> Position:
    mine = [one for one in positions if one.probe == probe.id and one.from_ms <= word.taken_ms]
    serial = max(mine, key=lambda one: one.from_ms).serial if mine else probe.serial
    return Position(
        probe=probe.id,
        place=probe.place,
        gateway=probe.gateway,
        role=probe.role,
        from_ms=word.taken_ms,
        required=True,
        serial=serial,
        line=str(word.details.get("line", "")),
        channel=str(word.details.get("channel", "")),
    )
