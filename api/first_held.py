"""The entry of the overview that says, on its first screen, why units are on hold and what comes next."""

from collections.abc import Sequence
from typing import Final

from api.beside_unit import kind_text, recall_text
from api.finding_words import finding_title
from api.first import ON_HOLD, Entry
from api.overview import HeldGroup, Overview
from api.wording import Words

CAUSES_MAX: Final = 3  # named here; the list below has all


def held_entry(known: Overview, words: Words) -> list[Entry]:
    """Return the entry, or nothing where no unit is on hold."""
    if not known.held_all:
        return []
    facts = [_cause(known, group, words) for group in known.held[:CAUSES_MAX]]
    if len(known.held) > CAUSES_MAX:
        facts.append(words.say("more", n=CAUSES_MAX, all=len(known.held)))
    facts += _where(known, words)
    return [
        Entry(
            id=ON_HOLD,
            tone="over",
            title=words.say("first.on-hold", n=known.held_all),
            facts=facts,
            todo=words.say("first.on-hold.todo"),
            href="#live-held",
            links=(("tasks", "/tasks"), ("issuing", "/issuing")),
            named=[(f"{one.donation_number} {kind_text(one)}".strip(), f"/units/{one.unit}") for one in known.lost],
        )
    ]


def _where(known: Overview, words: Words) -> list[str]:
    """Return where they are, so that the sum is that of the tiles and of what is in no tile."""
    issued, lost = len(known.urgent), known.lost_all
    facts = []
    if issued or lost:
        inside = known.held_all - issued - lost
        facts.append(words.say("first.on-hold.where", inside=inside, issued=issued, lost=lost))
    if lost:
        facts.append(words.say("first.on-hold.lost", n=lost))
    return facts


def _cause(known: Overview, group: HeldGroup, words: Words) -> str:
    if not group.findings:
        kept = [words.say(f"hold.{basis}") if words.knows(f"hold.{basis}") else basis for basis in group.kept]
        return f"{group.all}: {_listed([*kept, *(recall_text(one, words) for one in group.recalls), *group.missing])}"
    first = group.findings[0]
    place = known.names.get(first.place)
    return words.say(
        "first.on-hold.cause",
        n=group.all,
        place=words.pick(place.name) if place else first.place,
        what=finding_title(first, words),
        period=words.period(first.start_ms, first.end_ms),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
