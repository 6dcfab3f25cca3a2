"""What stands in a log: that something failed and where, never the values that a fact carried."""

import io
import sys

import pytest
import structlog

from assembly.lifecycle import configure_logs
from coldchain.intents import Intent, SetIntent

SECRET = "patient-reference-4711"


class Terminal(io.StringIO):
    """Standard error as it is in front of a person, or in a service."""

    def __init__(self, *, person: bool) -> None:
        super().__init__()
        self.person = person

    def isatty(self) -> bool:
        """Tell whether a person reads it."""
        return self.person


@pytest.mark.parametrize("person", [True, False])
def test_a_failure_is_logged_without_the_values_of_the_fact_that_failed(
    monkeypatch: pytest.MonkeyPatch, *, person: bool
) -> None:
    written = Terminal(person=person)
    monkeypatch.setattr(sys, "stderr", written)
    configure_logs()
    fact = SetIntent(
        unit="u", intent=Intent.AUTOLOGOUS, patient=SECRET, reason="", at_ms=1, name="n", post="p", actor="a"
    )
    try:
        raise ZeroDivisionError(fact.unit)
    except ZeroDivisionError:
        structlog.get_logger("ingest").exception("person_fact_failed", kind=type(fact).__name__)
    assert "person_fact_failed" in written.getvalue()
    assert "ZeroDivisionError" in written.getvalue()
    assert SECRET not in written.getvalue()
