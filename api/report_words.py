"""The figures of a report in words: one place for the page and the PDF, so that both say the same."""

from typing import Final

from api.limits import limits_text
from api.retention import utc_date
from api.wording import Words
from coldchain.entries import StayRecord
from coldchain.reports import LimitsKept, ProbeHistory, Report, Subject
from coldchain.units import Exposure

SHOWN_CHARACTERS_MAX: Final = 120  # of a name on a page; the data has all of it
SAID_CHARACTERS_MAX: Final = 1_000  # of what a person wrote, or of a citation: twice what anybody is allowed to write


def short(text: str) -> str:
    """Return a text as far as a page shows it: breaking thousands of characters into lines takes a minute a page."""
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[: SHOWN_CHARACTERS_MAX - 1]}…"


def said(text: str) -> str:
    """Return what a person gave as a reason or an answer: whole, for that is what was signed."""
    return text if len(text) <= SAID_CHARACTERS_MAX else f"{text[: SAID_CHARACTERS_MAX - 1]}…"


def complete_text(probe: ProbeHistory) -> str:
    """Return how much of the time was measured, in percent, rounded down: 100 % only where nothing is missing."""
    return share_text(probe.measured_ms, probe.measured_ms + probe.unknown_ms)


def share_text(measured_ms: int, total_ms: int) -> str:
    """Return a part of some time in percent, rounded down."""
    hundredths = 10_000 * measured_ms // total_ms if total_ms else 0
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def degrees(micro: int | None, words: Words) -> str:
    """Return a temperature exactly as measured, with its unit; or that it is unknown."""
    return words.say("unknown") if micro is None else f"{words.celsius(micro)} °C"


def mean_degrees(probe: ProbeHistory, words: Words) -> str:
    """Return the mean with its unit, or that it is unknown."""
    return words.say("unknown") if probe.mean is None else f"{probe.mean} °C"


def subject_name(report: Report, words: Words) -> str:
    """Return what a report is about, as people call it."""
    if report.unit is not None:
        return report.unit.donation_number
    return report.id if report.name is None or report.subject is Subject.PROBE else words.pick(report.name)


def place_called(report: Report, place: str, words: Words) -> str:
    """Return the name of a place of the report, or its id."""
    kept = next((one for one in report.limits if one.place == place), None)
    return place if kept is None else words.pick(kept.place_name)


def kept_text(kept: LimitsKept, words: Words) -> str:
    """Return limits with the profile and version that they come from."""
    profile = words.say("profile.name", id=kept.profile, version=kept.version)
    return words.say("history.limits.line", limits=limits_text(kept, words), profile=profile)


def moment(at_ms: int, words: Words) -> str:
    """Return an instant in site time with its offset from UTC: it has one meaning also where the clocks change."""
    return f"{words.when(at_ms)} {words.offset(at_ms)}"


def entered_text(stay: StayRecord, words: Words) -> str:
    """Return when a unit came in: earliest, and latest if it is known."""
    return _between(stay.possible_from_ms, stay.certain_from_ms, words)


def left_text(stay: StayRecord, words: Words) -> str:
    """Return when a unit left: earliest, if it is known, and latest."""
    if stay.possible_to_ms is None:
        return words.say("history.inside")
    return _between(stay.certain_to_ms, stay.possible_to_ms, words)


def out_text(exposure: Exposure, words: Words) -> str:
    """Return for how long a unit was outside limits by a finding: least and most."""
    return words.lasted_between(exposure.out_ms_min, exposure.out_ms_max)


def unconfirmed_texts(report: Report, words: Words) -> list[str]:
    """Return what nobody has confirmed: limits, and probes at their place."""
    told = [
        words.say("history.unconfirmed.limits", profile=words.say("profile.name", id=one[0], version=one[1]))
        for one in dict.fromkeys((kept.profile, kept.version) for kept in report.limits if not kept.confirmed)
    ]
    confirmed = {(one.probe, one.place) for one in report.commissionings}
    return told + [
        words.say("history.unconfirmed.probe", probe=probe.probe)
        for probe in report.probes
        if (probe.probe, probe.place) not in confirmed
    ]


def _between(earliest_ms: int | None, latest_ms: int | None, words: Words) -> str:
    known = [words.say("unknown") if at_ms is None else words.when(at_ms) for at_ms in (earliest_ms, latest_ms)]
    return known[0] if known[0] == known[1] else " – ".join(known)


def removed_texts(probe: ProbeHistory, words: Words) -> list[str]:
    """Say of each removal by whom and when readings of a probe were removed, and of which days."""
    found = []
    for disposal in dict.fromkeys(day.disposal for day in probe.removed):
        days = [day for day in probe.removed if day.disposal == disposal]
        span = f"{utc_date(days[0].day)} – {utc_date(days[-1].day)}"
        signed = {"proposed": days[0].proposed_name, "confirmed": days[0].confirmed_name}
        at = words.when(days[0].at_ms)
        found.append(words.say("history.removed.told", days=span, at=at, disposal=disposal, **signed))
    return found
