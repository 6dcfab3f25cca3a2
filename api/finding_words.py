"""What a finding is called."""

from api.wording import Words
from coldchain.units import Finding, FindingKind


def finding_title(finding: Finding, words: Words) -> str:
    """Return what a finding is called: too warm, too cold, never measured, sensor fault."""
    if finding.kind is FindingKind.EXCURSION and finding.direction:
        return words.say("kind.excursion", direction=words.say(finding.direction))
    return words.say(f"kind.{finding.kind}")
