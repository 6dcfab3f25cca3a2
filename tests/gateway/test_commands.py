"""Commands of the centre: believed only with its signature, in time, for this gateway, from the list, and done once."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool

from coldchain.errors import ColdchainError, SpoolFullError
from coldchain.facts import EventKind
from coldchain.signed import sealed
from coldchain.wire_commands import (
    COMMAND_BYTES_MAX,
    LIFETIME_MS_MAX,
    CommandKind,
    decode_command,
    encode_command,
    refusal_of_args,
)
from gateway.commands import FORGOTTEN_AFTER_MS, REMEMBERED_MAX, STATE, Commands

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()
NOW = 1_795_000_000_000
ROOT = Path(__file__).parents[2]


class Hands:
    """Actions that only note what was asked."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.fails: Exception | None = None

    def _do(self, what: str) -> None:
        if self.fails is not None:
            raise self.fails
        self.done.append(what)

    def status(self) -> str:
        self._do("status")
        return "s" * 500

    def poll_now(self) -> None:
        self._do("poll")

    def set_poll_ms(self, poll_ms: int | None) -> None:
        self._do(f"pace {poll_ms}")

    def restart(self) -> None:
        self._do("restart")


class Desk:
    """A gateway's commands with everything around them."""

    def __init__(self) -> None:
        self.clock, self.spool, self.hands, self.counters = HandClock(NOW), MemorySpool(), Hands(), Counter[str]()
        self.commands = self.again()

    def again(self) -> Commands:
        self.commands = Commands("gw-1", PUBLIC, self.spool, self.clock, self.hands, self.counters)
        return self.commands

    def say(self, name: str, kind: str = "poll-now", key: Ed25519PrivateKey = KEY, **changed: Any) -> None:
        given = {"gateway": "gw-1", "args": {}, "expires_ms": NOW + 60_000, **changed}
        payload = encode_command(name, given["gateway"], kind, given["args"], given["expires_ms"])
        self.commands.take(sealed(payload, key.sign))

    def answers(self) -> list[tuple[str, str]]:
        events = self.spool.events(EventKind.COMMAND_ANSWERED)
        assert all(event.origin == "gw-1" for event in events)
        return [(str(event.details["id"]), str(event.details["outcome"])) for event in events]

    def texts(self) -> list[str]:
        return [str(event.details["text"]) for event in self.spool.events(EventKind.COMMAND_ANSWERED)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("kind", "args", "done"),
    [
        ("poll-now", {}, "poll"),
        ("send-status", {}, "status"),
        ("set-poll-interval", {"seconds": 30}, "pace 30000"),
        ("set-poll-interval", {"seconds": 0}, "pace None"),
        ("restart", {}, "restart"),
    ],
)
def test_each_command_of_the_list_is_done_and_answered(desk: Desk, kind: str, args: dict[str, int], done: str) -> None:
    desk.say("c-1", kind, args=args)
    assert desk.hands.done == [done]
    assert desk.answers() == [("c-1", "done")]
    assert all(len(text) <= 200 for text in desk.texts())


def test_a_command_is_done_once_also_after_a_start(desk: Desk) -> None:
    desk.say("c-1")
    desk.say("c-1")
    desk.again().begin()
    desk.say("c-1", "restart")
    assert desk.hands.done == ["poll"]
    assert desk.answers() == [("c-1", "done")]
    assert desk.counters["commands_repeated"] == 2


def test_what_the_centre_has_not_signed_for_this_gateway_is_counted_and_not_answered(desk: Desk) -> None:
    desk.say("c-1", key=Ed25519PrivateKey.generate())
    desk.say("c-2", gateway="gw-2")
    desk.commands.take(encode_command("c-3", "gw-1", "poll-now", {}, NOW + 1))
    desk.commands.take(sealed(b'{"v":1}', KEY.sign))
    assert desk.counters["commands_rejected"] == 4
    assert (desk.hands.done, desk.answers(), desk.spool.states) == ([], [], {})


def test_without_the_centres_key_nothing_is_believed(desk: Desk) -> None:
    commands = Commands("gw-1", None, desk.spool, desk.clock, desk.hands, desk.counters)
    commands.take(sealed(encode_command("c-1", "gw-1", "poll-now", {}, NOW + 1), KEY.sign))
    assert desk.counters["commands_rejected"] == 1


@pytest.mark.parametrize(
    ("kind", "changed", "why"),
    [
        ("poll-now", {"expires_ms": NOW}, "expired"),
        ("poll-now", {"expires_ms": NOW + LIFETIME_MS_MAX + 1}, "later than"),
        ("mute", {}, "no command"),
        ("write-register", {"args": {"address": 1}}, "no command"),
        ("poll-now", {"args": {"x": 1}}, "no arguments"),
        ("set-poll-interval", {}, "argument seconds"),
        ("set-poll-interval", {"args": {"seconds": 4}}, "5 to 300"),
        ("set-poll-interval", {"args": {"seconds": 301}}, "5 to 300"),
        ("set-poll-interval", {"args": {"seconds": "30"}}, "whole number"),
    ],
)
def test_what_may_not_be_done_is_refused_with_its_reason(desk: Desk, kind: str, changed: Any, why: str) -> None:
    desk.say("c-1", kind, **changed)
    assert desk.hands.done == []
    assert desk.answers() == [("c-1", "refused")]
    assert why in desk.texts()[0]


def test_time_is_the_centres_and_an_old_ack_makes_no_command_young_again(desk: Desk) -> None:
    desk.commands.anchor(NOW + 120_000)
    desk.commands.anchor(NOW - 120_000)
    desk.say("c-1", expires_ms=NOW + 60_000)
    assert desk.answers() == [("c-1", "refused")]
    desk.say("c-2", expires_ms=NOW + 180_000)
    desk.clock.forward(60_001)
    desk.say("c-3", expires_ms=NOW + 180_000)
    assert desk.answers()[1:] == [("c-2", "done"), ("c-3", "refused")]


def test_while_nobody_knows_the_time_a_command_waits(desk: Desk) -> None:
    desk.clock = HandClock(1_000)
    desk.again()
    desk.say("c-1", expires_ms=5_000)
    assert (desk.answers(), desk.hands.done) == ([], [])
    desk.commands.anchor(NOW)
    desk.say("c-1")
    assert desk.answers() == [("c-1", "done")]


@pytest.mark.parametrize("error", [ColdchainError("the port is gone"), ZeroDivisionError()])
def test_a_command_that_fails_says_so_and_ends_nothing(desk: Desk, error: Exception) -> None:
    desk.hands.fails = error
    desk.say("c-1")
    desk.hands.fails = None
    desk.say("c-2")
    assert desk.answers() == [("c-1", "failed"), ("c-2", "done")]


class PowerCutError(BaseException):
    """The gateway dies here."""


def test_a_gateway_that_died_over_a_command_says_so_and_does_not_do_it_again(desk: Desk) -> None:
    def dies() -> None:
        raise PowerCutError

    desk.hands.poll_now = dies  # type: ignore[method-assign]
    with pytest.raises(PowerCutError):
        desk.say("c-1")
    assert desk.answers() == []
    desk.hands = Hands()
    desk.again().begin()
    desk.say("c-1")
    assert desk.answers() == [("c-1", "failed")]
    assert desk.hands.done == []


def test_a_restart_is_answered_before_it_happens(desk: Desk) -> None:
    seen: list[list[tuple[str, str]]] = []
    desk.hands.restart = lambda: seen.append(desk.answers())  # type: ignore[method-assign]
    desk.say("c-1", "restart")
    assert seen == [[("c-1", "done")]]


def test_with_a_full_spool_nothing_is_begun(desk: Desk) -> None:
    desk.spool.full = True
    with pytest.raises(SpoolFullError):
        desk.say("c-1")
    assert desk.hands.done == []
    desk.spool.full = False
    desk.say("c-1")
    assert desk.answers() == [("c-1", "done")]


def test_no_more_than_the_limit_is_remembered_and_what_ended_long_ago_makes_room(desk: Desk) -> None:
    for number in range(REMEMBERED_MAX):
        desk.say(f"c-{number}")
    desk.say("one-more")
    assert desk.answers()[-1] == ("one-more", "refused")
    assert len(json.loads(desk.spool.states[STATE])) == REMEMBERED_MAX
    desk.clock.forward(60_000 + FORGOTTEN_AFTER_MS + 1)
    desk.say("later", expires_ms=desk.clock.now_ms() + 60_000)
    assert desk.answers()[-1] == ("later", "done")
    assert len(json.loads(desk.spool.states[STATE])) == 1


def test_notes_that_cannot_be_read_stop_nothing(desk: Desk) -> None:
    desk.spool.states[STATE] = b"\xff"
    desk.again().begin()
    desk.say("c-1")
    assert desk.answers() == [("c-1", "done")]


@given(st.binary(max_size=400))
def test_noise_is_no_command(noise: bytes) -> None:
    assert decode_command(noise) is None
    desk = Desk()
    desk.commands.take(noise)
    assert desk.answers() == []


def test_a_command_has_its_limits() -> None:
    payload = encode_command("c-1", "gw-1", "poll-now", {}, NOW)
    assert decode_command(payload) is not None
    assert decode_command(payload.ljust(COMMAND_BYTES_MAX + 1)) is None
    assert decode_command(payload.replace(b'"v":1', b'"v":2')) is None
    assert all(refusal_of_args(kind, {}) == "" for kind in CommandKind if kind != CommandKind.SET_POLL_INTERVAL)


SCHEMA = json.loads((ROOT / "docs/commands.schema.json").read_text())
GOLDEN = sorted((ROOT / "tests/golden/commands").glob("do-*.json"))
RFC8032_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"  # section 7.1, test 1


@pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_a_golden_command_fits_the_schema_and_is_believed_and_done(path: Path) -> None:
    payload = path.read_bytes()
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(payload))
    desk = Desk()
    desk.clock = HandClock(1_800_000_000_000)
    commands = Commands("gw-1", RFC8032_KEY, desk.spool, desk.clock, desk.hands, desk.counters)
    commands.take(payload)
    assert desk.answers() == [("c-7f3a", "done")]


@given(st.integers(0, 2**32))
def test_code_and_schema_agree_on_every_distorted_command(seed: int) -> None:
    chance = random.Random(seed)
    document = json.loads(chance.choice(GOLDEN).read_bytes())
    strange: list[Any] = [
        None,
        True,
        0,
        -1,
        2**53,
        "",
        "GW",
        "x" * 33,
        "x" * 201,
        {},
        {"a": 1},
        {"a": None},
        [],
        "ab" * 64,
        1.5,
    ]
    document[chance.choice([*document, "colour"])] = chance.choice(strange)
    if chance.random() < 0.2:
        del document[chance.choice(list(document))]
    valid = jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
    assert (decode_command(json.dumps(document).encode()) is not None) == valid, document
