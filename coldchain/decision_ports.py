"""What is recorded of people's decisions on units: a part of the port Records."""

from typing import Protocol

from coldchain.decisions import Decision


class DecisionRecords(Protocol):
    """Answers as of a session."""

    def decisions_of_unit(self, unit: str) -> tuple[Decision, ...]:
        """By (at_ms, id), overtaken ones too."""

    def decisions(self, limit: int) -> tuple[Decision, ...]:
        """The newest ones, by (at_ms, id) from the last back."""
