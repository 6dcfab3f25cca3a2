"""An evidence pack as PDF: what stands against the unit and what the rules suggest first, then its history."""

from typing import Final
from zoneinfo import ZoneInfo

from api.alarm_views import alarm_title
from api.clock_words import clock_limit, clock_so_far, clock_state_text
from api.evidence_pack import IssuedPack, pack_bytes
from api.pages import macros, rendered
from api.report_pdf import report_parts, require_printable, visible, written_pdf
from api.wording import Language, Words
from coldchain.places import ON_THE_ROAD
from rules.suggestion import Suggestion

ATTACHMENT: Final = "evidence.json"


def suggestion_text(one: Suggestion, words: Words) -> str:
    """Return a point of a suggestion in words, with its figures."""
    figures = {
        name: words.celsius(value) if name.endswith("micro_celsius") else words.lasted(value)
        for name, value in one.values.items()
        if name.endswith(("_celsius", "_ms"))
    }
    known = {name: value for name, value in one.values.items() if name not in figures}
    unknown = dict.fromkeys(FIGURES, words.say("unknown"))
    return words.say(f"suggest.{one.point}", **(unknown | known | figures))


def source_text(one: Suggestion, words: Words) -> str:
    """Return on what a point rests: profile, version and section, and the source as the profile cites it."""
    profile = words.say("profile.name", id=one.profile, version=one.version)
    source = one.source or words.say("suggest.no-source")
    mark = words.say(f"evidence.{one.evidence}") if one.evidence else words.say("unknown")
    return words.say("suggest.source", profile=profile, section=one.section, source=source, mark=mark)


FIGURES: Final = (
    *("peak_micro_celsius", "limit_micro_celsius", "out_ms", "unknown_ms", "limit_ms", "single_ms", "total_ms"),
    *("occasions", "so_far_ms", "so_often"),
)


def pack_html(issued: IssuedPack, language: Language) -> str:
    """Return the pages of a pack as HTML for the PDF."""
    words = Words(language=language, zone=ZoneInfo(issued.pack.report.zone))
    parts = report_parts() | {
        "alarm_title": alarm_title,
        "clock_limit": clock_limit,
        "clock_so_far": clock_so_far,
        "clock_state_text": clock_state_text,
        "on_the_road": ON_THE_ROAD,
        "suggestion_text": suggestion_text,
        "source_text": source_text,
    }
    tables = macros("report_tables.html", w=words, **parts)
    return visible(rendered("evidence_pdf.html", w=words, issued=issued, pack=issued.pack, tables=tables, **parts))


def pack_pdf(issued: IssuedPack, language: Language) -> bytes:
    """Return a pack as PDF/A-3b with its canonical JSON attached. Raises InvalidValueError for too many rows."""
    require_printable(issued.pack.report)
    return written_pdf(pack_html(issued, language), ATTACHMENT, pack_bytes(issued), issued.at_ms, issued.sha256)
