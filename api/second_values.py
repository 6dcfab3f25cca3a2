"""What came of a probe in a stretch of time: how many readings, and instants at which several of them differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.watching import Watched
from api.wording import Words
from coldchain.block_ports import Rival
from coldchain.facts import Quality
from coldchain.ports import Session
from coldchain.reports import SecondValues
from coldchain.rivals import contested, counts_by

LISTED_MAX: Final = 10  # instants of a probe on the page of its place; the report lists more


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeLog:
    """Readings of a probe in [from_ms, to_ms), one an instant, and the first of seconds_count instants with several."""

    probe: str
    readings: int
    seconds: Sequence[SecondValues]
    seconds_count: int


def probe_log(session: Session, watched: Watched, from_ms: int, to_ms: int) -> ProbeLog:
    """Return what the reading log has of a probe."""
    log, name = session.readings, watched.probe.id
    found = contested(log.conflicts(name, from_ms, to_ms))
    return ProbeLog(
        probe=name,
        readings=len(log.history(name, from_ms, to_ms)),  # of one day: cheaper than its tally where it is not sealed
        seconds=[SecondValues(by=counts_by(one), readings=one) for one in found[:LISTED_MAX]],
        seconds_count=len(found),
    )


def rival_text(one: Rival, words: Words) -> str:
    """Return one of several readings of an instant, as it was sent: its value, rank of its source, and way in."""
    good = one.quality == Quality.GOOD and one.micro_celsius is not None
    value = f"{words.celsius(one.micro_celsius)} °C" if good else words.say("history.seconds.no-value")
    return words.say("history.seconds.reading", value=value, rank=one.source_rank, gateway=one.gateway)
