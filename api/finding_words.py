"""What a finding is called."""

from api.wording import Words
from coldchain.units import Finding, FindingKind


def finding_title(finding: Finding, words: Words) -> str:
    """Return what a finding is called: too warm, too cold, never measured, sensor fault, and of which way."""
    direction = words.say(finding.direction) if finding.direction else ""
    if finding.detail:
        way, _, probe = finding.detail.partition(":")
        return words.say(f"finding.detail.{way}", direction=direction, probe=probe)
    if finding.kind is FindingKind.EXCURSION and direction:
        return words.say("kind.excursion", direction=direction)
    return words.say(f"kind.{finding.kind}")


def certainty_facts(finding: Finding, words: Words) -> list[tuple[str, str]]:
    """Return by which calibrations a finding's readings were corrected, and whether it is certain, as (name, text)."""
    facts = [
        (
            words.say("finding.calibrations"),
            words.say(
                "finding.calibration",
                serial=one.serial,
                certificate=one.certificate,
                version=one.version,
                offset=words.celsius(one.offset_micro_celsius),
            ),
        )
        for one in finding.calibrations
    ]
    uncertain = any(one.uncertainty_micro_celsius for one in finding.calibrations)
    if uncertain and finding.kind is FindingKind.EXCURSION and finding.out_ms_least is not None:
        key = "finding.sure" if finding.certain else "finding.possible"
        facts.append((words.say("finding.certainty"), words.say(key, out=words.lasted(finding.out_ms_least))))
    return facts
