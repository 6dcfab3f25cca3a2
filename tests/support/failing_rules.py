"""The rules, failing at random: what is stored must not depend on whether it can be judged at once."""

import random

from coldchain.ports import Session
from ingest.judge import Dirty, judge
from ingest.still import Quiet


class Failing:
    """The rules, failing at random before or after their work."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.rate = 0.0

    def __call__(self, session: Session, dirty: Dirty, now_ms: int, quiet: Quiet | None = None) -> bool:
        if self.chance.random() < self.rate:
            raise ZeroDivisionError
        raised = judge(session, dirty, now_ms, quiet)
        if self.chance.random() < self.rate:
            raise ZeroDivisionError
        return raised
