"""A signed decision in words: one place for the page of the unit, the list of decisions, and reports."""

from api.wording import Words
from coldchain.decisions import Decision
from coldchain.reports import SignedDecision

Told = Decision | SignedDecision


def decision_meaning(one: Told, words: Words) -> str:
    """Return what whoever signed a decision stands for by signing."""
    return words.say(f"decision.meaning.{one.decision}")


def decision_signers(one: Told, words: Words) -> list[str]:
    """Return who signed: one person, or two."""
    signed = [(one.name, one.post), (one.second_name, one.second_post)]
    return [words.say("decisions.by", name=name, post=post) for name, post in signed if name]


def decision_state(one: Told, words: Words) -> str:
    """Return whether a decision stands, or since when and by which finding the evidence has outgrown it."""
    if one.overtaken_ms is None:
        return words.say("decisions.stands")
    key = "decisions.overtaken" if one.decision == "release-hold" else "decisions.overtaken.kept"
    return words.say(key, at=words.when(one.overtaken_ms), finding=one.overtaken_by)
