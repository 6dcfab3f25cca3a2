"""Chain, clocks, replays, buffers and unknown tags as conditions."""

import pytest
from support.rule_words import at, event_at

from coldchain.alarms import Severity
from coldchain.facts import EventKind
from coldchain.trust import SecurityEvent, SecurityKind
from rules.conditions_trust import of_chain, of_clocks, of_replays, of_spools, of_unknown_tags

SITES = {"gw-1": "storage-1"}


def event(kind: SecurityKind, minute: float, gateway: str = "gw-1", times: int = 1) -> SecurityEvent:
    return SecurityEvent(id=f"s-{minute}", kind=kind, gateway=gateway, at_ms=at(minute), detail="", times=times)


def test_a_broken_chain_is_critical_until_a_checkpoint_is_signed_again() -> None:
    altered = [event(SecurityKind.LEDGER_ALTERED, 10, ""), event(SecurityKind.CHECKPOINT_UNDELIVERED, 20, "")]
    (one,) = of_chain(altered, at(9), at(1_000_000))
    assert (one.rule, one.severity, one.values["what"], one.since_ms) == ("A35", Severity.CRITICAL, "altered", at(10))
    assert of_chain(altered[:1], at(11), at(12)) == []


def test_checkpoints_that_nobody_takes_are_said_for_an_hour() -> None:
    stuck = [event(SecurityKind.CHECKPOINT_UNDELIVERED, 20, "")]
    assert [one.severity for one in of_chain(stuck, 0, at(79.9))] == [Severity.HIGH]
    assert of_chain(stuck, 0, at(80)) == []


def test_a_clock_that_is_off_is_an_alarm_after_a_minute() -> None:
    (one,) = of_clocks({"gw-1": (7, at(10))}, SITES, at(12))
    assert (one.rule, one.severity, one.due_ms, one.values["number"]) == ("A36", Severity.HIGH, at(11), 7)


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (SecurityKind.NUMBER_REUSED, "replay"),
        (SecurityKind.BAD_SIGNATURE, "signature"),
        (SecurityKind.SIGNATURE_MISSING, "signature"),
        (SecurityKind.KEY_ENDED, "signature"),
        (SecurityKind.CLAIM_REFUSED, None),
    ],
)
def test_a_replay_or_a_wrong_signature_is_said_for_an_hour(kind: SecurityKind, what: str | None) -> None:
    found = of_replays([event(kind, 10, times=3), event(kind, 12)], SITES, at(69.9))
    assert [(one.values["what"], one.values["times"], one.due_ms) for one in found] == (
        [] if what is None else [(what, 4, at(10))]
    )
    assert of_replays([event(kind, 10)], SITES, at(70)) == []
    assert of_replays([event(kind, 10, gateway="stranger")], SITES, at(11)) == []


def test_a_full_buffer_is_said_until_there_is_room() -> None:
    full, room = event_at(EventKind.SPOOL_FULL, 5, "gw-1"), event_at(EventKind.SPOOL_ROOM, 6, "gw-1")
    (one,) = of_spools({"gw-1": full}, SITES)
    assert (one.rule, one.severity, one.since_ms, one.site) == ("A44", Severity.HIGH, at(5), "storage-1")
    assert one.subject == "gw-1/buffer"
    assert of_spools({"gw-1": room}, SITES) == of_spools({"gw-1": None}, SITES) == []


def test_unknown_tags_are_one_condition_of_their_place() -> None:
    (one,) = of_unknown_tags({"fridge-1": [("E2", at(3)), ("E1", at(4))], "fridge-2": []}, {"fridge-1": "storage-1"})
    assert (one.rule, one.subject, one.values["number"], one.values["tag"], one.since_ms) == (
        "A37",
        "fridge-1",
        2,
        "E1",
        at(3),
    )
