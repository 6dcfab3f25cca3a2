"""What centre and gateway write into their logs when something on the way is wrong."""

import pytest
from structlog.testing import capture_logs
from support.hand_clock import HandClock

from assembly import intake_watch
from assembly.intake_watch import ADVICE, IntakeWatch
from assembly.uplink_watch import AGAIN_MS, UNANSWERED_MS, Said, UplinkWatch
from ingest.counters import NAMES, Counters


def test_every_counter_that_is_watched_is_one_of_the_intake() -> None:
    assert {key[0] for key in ADVICE} <= set(NAMES)


def test_the_centre_says_what_it_refused_doubts_or_does_not_know_and_what_to_do() -> None:
    counters, clock = Counters(), HandClock()
    strangers: dict[tuple[str, str], int] = {}
    watch = IntakeWatch(counters, lambda: strangers, clock)
    with capture_logs() as quiet:
        watch.look()
    assert quiet == []
    counters.add("refused_total", 3, reason="not-registered")
    counters.add("refused_total", 2, reason="malformed")
    counters.add("quarantined_total", 500, gateway="gw-1", reason="unknown-device")
    counters.add("judge_failures_total")
    counters.add("readings_total", 9, gateway="gw-1", kind="Sample")
    strangers["storage-1", "gw-9"] = 3
    clock.forward(intake_watch.LOOK_EVERY_MS)
    with capture_logs() as said:
        watch.look()
    lines = {line["event"]: line for line in said}
    assert set(lines) == {"gateway_not_registered", "refused", "quarantined", "judge_failures"}
    assert (lines["gateway_not_registered"]["gateway"], lines["gateway_not_registered"]["count"]) == ("gw-9", 3)
    assert "server.toml" in lines["gateway_not_registered"]["advice"]
    assert (lines["refused"]["reason"], lines["refused"]["count"]) == ("malformed", 2)
    assert (lines["quarantined"]["gateway"], lines["quarantined"]["count"]) == ("gw-1", 500)
    assert "register the device" in lines["quarantined"]["advice"]
    assert lines["judge_failures"]["log_level"] == "error"
    clock.forward(intake_watch.LOOK_EVERY_MS)
    counters.add("quarantined_total", 1, gateway="gw-1", reason="unknown-device")
    with capture_logs() as again:
        watch.look()
    assert again == []


def test_the_centre_looks_at_its_counters_every_ten_seconds_only() -> None:
    counters, clock = Counters(), HandClock()
    watch = IntakeWatch(counters, dict, clock)
    watch.look()
    counters.add("foreign_total")
    clock.forward(intake_watch.LOOK_EVERY_MS - 1)
    with capture_logs() as said:
        watch.look()
        assert said == []
        clock.forward(1)
        watch.look()
    assert [line["event"] for line in said] == ["foreign"]


def test_a_gateway_says_that_it_is_connected_and_that_the_centre_answers_once() -> None:
    watch = UplinkWatch()
    assert watch.look({"uplink_connects": 1, "uplink_batches_sent": 1}, 0) == [Said("broker_connected")]
    counters = {"uplink_connects": 1, "uplink_batches_sent": 1, "uplink_acks": 1}
    assert watch.look(counters, 100) == [Said("centre_answers")]
    assert watch.look(counters | {"uplink_batches_sent": 9, "uplink_acks": 9}, 200) == []


def test_a_gateway_that_is_never_acked_says_so_and_goes_on_saying_it_every_minute() -> None:
    watch = UplinkWatch()
    sent = 0
    told = []
    for now_ms in range(0, 181_000, 1_000):
        sent += 1
        counters = {"uplink_connects": 1, "uplink_batches_sent": sent}
        told += [(now_ms, said.unanswered_s) for said in watch.look(counters, now_ms) if said.warning]
    first = UNANSWERED_MS
    assert told == [(at, at // 1_000) for at in (first, first + AGAIN_MS, first + 2 * AGAIN_MS)]
    assert watch.look({"uplink_connects": 1, "uplink_batches_sent": sent, "uplink_acks": 1}, 181_000) == [
        Said("centre_answers")
    ]


@pytest.mark.parametrize("lost", ["uplink_disconnects", "uplink_connect_failures"])
def test_without_a_broker_the_centre_is_not_accused_of_being_silent(lost: str) -> None:
    watch = UplinkWatch()
    watch.look({"uplink_connects": 1, "uplink_batches_sent": 1}, 0)
    watch.look({"uplink_connects": 1, "uplink_batches_sent": 1, lost: 1}, 10_000)
    assert watch.look({"uplink_connects": 1, "uplink_batches_sent": 1, lost: 1}, 10 * UNANSWERED_MS) == []


def test_a_gateway_that_has_nothing_to_send_is_not_unanswered() -> None:
    watch = UplinkWatch()
    counters = {"uplink_connects": 1, "uplink_batches_sent": 1, "uplink_acks": 1}
    watch.look(counters, 0)
    assert watch.look(counters, 10 * UNANSWERED_MS) == []
