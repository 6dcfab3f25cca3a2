"""The marks over the curves of one place: findings, alarms, defrosts, and what the record notes of it."""

from typing import Final

from dashboards import place_queries, queries
from dashboards.model import Annotation, AnnotationQuery
from dashboards.texts import Language, say

FINDING: Final = "#d1242f"
ALARM: Final = "#e06c00"
DEFROST: Final = "#8ab8ff"
BOOK: Final = "#8e9aa6"


def place_marks(language: Language) -> tuple[Annotation, ...]:
    """Return them all. A finding is a span; the others stand where they happened."""
    return (
        finding_marks(language),
        mark(say(language, "mark.alarms"), ALARM, place_queries.alarm_marks(language)),
        mark(say(language, "mark.defrost"), DEFROST, place_queries.book_marks(language, "defrost")),
        mark(say(language, "mark.book"), BOOK, place_queries.book_marks(language, "calibration|profile|service")),
    )


def finding_marks(language: Language) -> Annotation:
    """Return the findings of the chosen place or box, each as a span."""
    return mark(say(language, "site.findings"), FINDING, queries.marks(language), end="timeEnd")


def mark(name: str, color: str, query: str, *, end: str = "") -> Annotation:
    """Return what a query gives as marks of one colour. `end`: the column of their ends, "" if they have none."""
    asked = AnnotationQuery(query=query, text_column="text", tags_column="tags", time_end_column=end)
    return Annotation(
        name=name,
        icon_color=color,
        query=asked.query,
        text_column=asked.text_column,
        tags_column=asked.tags_column,
        time_end_column=asked.time_end_column,
        target=asked,
    )
