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
    facts.append((words.say("finding.clock"), clock_text(finding, words)))
    return facts


def clock_text(finding: Finding, words: Words) -> str:
    """Return what the clock of the readings leaves open: when it began and ended, how long it lasted, and if enough."""
    clock = finding.clock
    if clock is None:
        return words.say("finding.clock.unknown")
    begun, ended = (
        None if at_ms is None else words.period(at_ms - clock.early_ms, at_ms + clock.late_ms)
        for at_ms in (finding.start_ms, finding.end_ms)
    )
    parts = [words.say("finding.clock.begin", span=begun)]
    if ended is not None:
        parts.append(words.say("finding.clock.end", span=ended))
    if clock.span_ms is not None and finding.end_ms is not None:
        length_ms = finding.end_ms - finding.start_ms
        lasted = words.lasted_between(max(0, length_ms - clock.span_ms), length_ms + clock.span_ms)
        parts.append(words.say("finding.clock.lasted", lasted=lasted))
    if not clock.reached:
        parts.append(words.say("finding.clock.possible"))
    return words.say("semicolon").join(parts)
