"""What of a run, or of time without a temperature, is an episode, and under which rule."""

from coldchain.units import Direction, FindingKind
from rules.fold_state import Blind, Episode, Run
from rules.limits import RULE_FROZEN, RULE_THAWED, Profile
from rules.watch import RULE_HARD_LIMIT, RULE_SENSOR, RULE_UNMEASURED, Watch


def _rule_of(run: Run, profile: Profile) -> str:
    if run.lost:
        return RULE_THAWED if run.direction is Direction.TOO_WARM else RULE_FROZEN
    return RULE_HARD_LIMIT if run.hard else profile.limit_rule


def clears(returning: Episode, value: int, profile: Profile) -> bool:
    """Tell whether a temperature lies so far inside the limit that the alarm of an ended excursion lets go."""
    if returning.direction is Direction.TOO_WARM:
        return value <= profile.high_micro_celsius - profile.dead_band_micro_celsius
    low = profile.low_micro_celsius
    return low is None or value >= low + profile.dead_band_micro_celsius


def run_episode(run: Run, end_ms: int | None, watch: Watch) -> Episode:
    """Return the excursion that a run is; end_ms None: it lasts."""
    return Episode(
        kind=FindingKind.EXCURSION,
        rule=_rule_of(run, watch.profile),
        direction=run.direction,
        start_ms=run.start_ms,
        condition_ms=run.start_ms if run.condition_ms is None else run.condition_ms,
        end_ms=end_ms,
        peak_micro_celsius=run.peak_micro_celsius,
        out_ms=run.out_ms,
        unknown_ms=run.unknown_ms,
        samples_out=run.samples_out,
    )


def blind_episodes(blind: Blind, end_ms: int | None) -> list[Episode]:
    """Return what time without a temperature has become so far: nobody measured, the sensor failed, or both."""
    episodes = []
    if blind.condition_ms is not None:
        episodes.append(
            Episode(
                kind=FindingKind.UNMEASURED,
                rule=RULE_UNMEASURED,
                direction=None,
                start_ms=blind.from_ms,
                condition_ms=blind.condition_ms,
                end_ms=end_ms,
                unknown_ms=blind.unmeasured_ms,
            )
        )
    if blind.fault_condition_ms is not None and blind.fault_from_ms is not None:
        episodes.append(
            Episode(
                kind=FindingKind.SENSOR_FAULT,
                rule=RULE_SENSOR,
                direction=None,
                start_ms=blind.fault_from_ms,
                condition_ms=blind.fault_condition_ms,
                end_ms=end_ms,
                unknown_ms=blind.fault_ms,
            )
        )
    return episodes
