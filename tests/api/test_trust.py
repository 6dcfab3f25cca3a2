"""Security events, commands and claims over the interface, through the real pipeline."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from support.console import READY, PipelineRecorder, served
from support.hand_clock import HandClock
from support.intake import END, GATEWAY, SITE, pipeline_on, send
from support.memory_store import MemoryStore
from typer.testing import CliRunner

from api.app import create_app
from api.context import Context
from api.provisioning import ATTEMPTS_MAX, ATTEMPTS_WITHIN_MS, SOURCES_MAX, TOLD_EVERY_MS, Attempts, RefusedClaim
from api.refused_secrets import tell_refused
from assembly.cli import app as command_line
from assembly.commanding import AGAIN_AFTER_MS, LOOK_EVERY_MS, Commander
from assembly.pki import Pki, make_request
from assembly.pki_claims import CaIssuer
from assembly.refusals_watch import LOOK_EVERY_MS as REFUSALS_EVERY_MS
from assembly.refusals_watch import RefusalsWatch
from assembly.settings import load_gateway
from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.facts import DeviceEvent, EventKind
from coldchain.ports import Recorded, Recorder
from coldchain.signed import opened
from coldchain.trust import SecurityKind
from coldchain.units import PersonFact
from coldchain.wire_commands import LIFETIME_MS_MAX, decode_command
from gateway.signing import load_signing_key, verified


class Site:
    """A centre with a CA, and what its interface says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store, self.clock = MemoryStore(), HandClock(END)
        self.pipeline = pipeline_on(self.store)
        self.pki = Pki.init(folder / "pki", SITE, END)
        self.app = create_app(
            self.store,
            PipelineRecorder(self.pipeline, self.clock),
            self.clock,
            lambda: READY,
            CollectorRegistry(),
            issuer=CaIssuer(folder / "pki", {GATEWAY: SITE}, "mqtts://broker:8883", self.clock),
        )
        self.client = TestClient(self.app, base_url="http://127.0.0.1")

    def claim(self, **body: object) -> str:
        made = self.client.post("/api/claims", json={"gateway": GATEWAY, **body})
        assert made.status_code == 201, made.text
        return str(made.json()["token"])

    def request(self, name: str = GATEWAY) -> dict[str, str]:
        csr, key = make_request(self.folder / "device", name)
        return {"csr": csr.read_text(), "key": key}

    def events(self) -> list[tuple[str, str]]:
        items = self.client.get("/api/security-events").json()["items"]
        return [(item["kind"], item["detail"]) for item in items]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    with made.client:
        yield made


def test_a_device_becomes_a_gateway_by_its_token_once(site: Site) -> None:
    token, body = site.claim(), site.request()
    got = site.client.post("/provisioning/claims", json={"token": token, **body})
    assert got.status_code == 200, got.text
    assert got.json()["ca"] == site.pki.ca_cert.decode()
    with site.store.reading() as session:
        [key] = session.records.gateway_keys()
        [claim] = session.records.claims()
    assert (key.gateway, key.key, claim.key) == (GATEWAY, body["key"], body["key"])
    assert claim.used_ms == END
    again = site.client.post("/provisioning/claims", json={"token": token, **body, "key": "cd" * 32})
    assert again.status_code == 409
    assert "used" in again.json()["detail"]
    assert site.events() == [(SecurityKind.CLAIM_REFUSED, again.json()["detail"])]
    assert token not in site.client.get("/api/claims").text
    assert [one.name for one in site.pki.index()] == ["centre", GATEWAY]


@pytest.mark.parametrize(
    ("claim", "body", "late_ms", "status", "why"),
    [
        ({}, {"token": "wrong"}, 0, 404, "opens no claim"),
        ({"hours": 1}, {}, 3_600_000, 409, "expired"),
        ({"serial": "A1"}, {"serial": "B2"}, 0, 409, "serial number"),
        ({}, {"csr": "nonsense"}, 0, 422, "no request"),
    ],
)
def test_a_claim_that_is_refused_says_why_and_spends_nothing(
    site: Site, claim: dict[str, object], body: dict[str, str], late_ms: int, status: int, why: str
) -> None:
    given = {"token": site.claim(**claim), **site.request(), **body}
    site.clock.forward(late_ms)
    refused = site.client.post("/provisioning/claims", json=given)
    assert (refused.status_code, why in refused.json()["detail"]) == (status, True), refused.text
    assert [kind for kind, _ in site.events()] == [SecurityKind.CLAIM_REFUSED]
    with site.store.reading() as session:
        assert session.records.gateway_keys() == ()
        assert [one.used_ms for one in session.records.claims()] == [None]
    assert [one.name for one in site.pki.index()] == ["centre"]


def test_guessing_is_slowed_down_and_fills_no_record(site: Site) -> None:
    body = site.request()
    answers = [
        site.client.post("/provisioning/claims", json={"token": f"t{n}", **body}) for n in range(ATTEMPTS_MAX + 5)
    ]
    assert [one.status_code for one in answers] == [404] * ATTEMPTS_MAX + [429] * 5
    assert len(site.events()) == 1
    site.clock.forward(ATTEMPTS_WITHIN_MS)
    site.client.post("/provisioning/claims", json={"token": "t0", **body})
    told = site.client.get("/api/security-events").json()["items"]
    assert sorted(one["times"] for one in told) == [1, ATTEMPTS_MAX - 1], "all are told, in one entry a minute"
    assert any(piece.startswith("from ") for piece in told[0]["evidence"])


def test_who_guesses_does_not_lock_out_the_device_that_was_given_a_token(site: Site) -> None:
    body, token = site.request(), site.claim()
    for number in range(ATTEMPTS_MAX + 1):
        site.client.post("/provisioning/claims", json={"token": f"t{number}", **body})
    assert site.client.post("/provisioning/claims", json={"token": token, **body}).status_code == 200


def test_attempts_are_counted_for_each_source_and_no_more_sources_are_kept_than_the_limit() -> None:
    attempts = Attempts()
    refusal = RefusedClaim(gateway="", detail="wrong", evidence=("token x",))
    for _ in range(ATTEMPTS_MAX):
        attempts.refused("10.0.0.1", END, refusal)
        first = attempts.due(END)
        if first is not None:
            attempts.told(first)
    assert (attempts.may_try("10.0.0.1", END), attempts.may_try("10.0.0.2", END)) == (False, True)
    told = attempts.due(END + TOLD_EVERY_MS)
    assert told is not None
    assert (told.refusal.times, told.refusal.evidence) == (ATTEMPTS_MAX - 1, ("token x",))
    for number in range(SOURCES_MAX):
        attempts.refused(f"s{number}", END, refusal)
    assert attempts.may_try("10.0.0.1", END), "the oldest source has fallen out"
    assert len(attempts._refused) == SOURCES_MAX


class Failing:
    """A recorder whose store fails so often: before it took anything, or after it did and before it could answer."""

    def __init__(self, recorder: Recorder, *failures: str) -> None:
        self._recorder = recorder
        self._failures = list(failures)

    def record(self, fact: PersonFact) -> Recorded:
        failure = self._failures.pop(0) if self._failures else ""
        if failure == "before":
            raise StoreError("the store is busy")
        recorded = self._recorder.record(fact)
        if failure == "after":
            raise StoreError("it did not answer in time")
        return recorded


@pytest.mark.parametrize("failures", [("before",), ("after",), ("before", "after", "after", "before")])
def test_refusals_are_given_up_once_they_are_recorded_and_are_recorded_once(
    site: Site, failures: tuple[str, ...]
) -> None:
    given: Context = site.app.state.context
    refusal = RefusedClaim(gateway="", detail="wrong", evidence=("token x",))
    for _ in range(3):
        given.attempts.refused("10.0.0.1", END, refusal)
    recorder = Failing(given.recorder, *failures)
    for _ in failures:
        with pytest.raises(StoreError):
            tell_refused(recorder, given.attempts, SecurityKind.CLAIM_REFUSED, END)
        given.attempts.refused("10.0.0.1", END, refusal)  # what comes meanwhile is told with the next ones
        site.clock.forward(1)
    tell_refused(recorder, given.attempts, SecurityKind.CLAIM_REFUSED, END)
    tell_refused(recorder, given.attempts, SecurityKind.CLAIM_REFUSED, END + TOLD_EVERY_MS)
    tell_refused(recorder, given.attempts, SecurityKind.CLAIM_REFUSED, END + 3 * TOLD_EVERY_MS)
    with site.store.reading() as session:
        entries = [e for e in session.ledger.entries(0, 1_000) if e.kind is EntryKind.SECURITY_EVENT]
        told = [event.times for event in session.records.security_events()]
    assert (len(entries), told) == (2, [len(failures), 3])


def test_refusals_are_told_though_nobody_tries_again_and_the_last_ones_before_the_centre_ends(site: Site) -> None:
    watch = RefusalsWatch(site.app.state.context)
    body = site.request()

    def guess(times: int) -> None:
        for _ in range(times):
            site.client.post("/provisioning/claims", json={"token": "wrong", **body})

    def told() -> list[int]:
        return [one["times"] for one in site.client.get("/api/security-events").json()["items"]]

    guess(4)
    assert told() == [1]
    site.clock.forward(REFUSALS_EVERY_MS)
    watch.look()
    assert told() == [3, 1]
    guess(2)
    watch.look()
    assert told() == [3, 1], "two minutes have to be over"
    watch.close()
    assert sorted(told()) == [1, 2, 3]
    watch.close()
    assert sorted(told()) == [1, 2, 3]


def test_a_device_whose_answer_was_lost_asks_again_and_gets_the_same_certificate(site: Site) -> None:
    given = {"token": site.claim(), **site.request()}
    first = site.client.post("/provisioning/claims", json=given)
    again = site.client.post("/provisioning/claims", json=given)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert len(site.pki.index()) == 2, "the centre's own and one more"
    other = site.client.post("/provisioning/claims", json={**given, "key": "ab" * 32})
    assert other.status_code == 409


def test_a_token_is_not_spent_if_the_certificate_could_not_be_made(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"token": site.claim(), **site.request()}
    with monkeypatch.context() as broken:
        broken.setattr("assembly.pki.ISSUED_MAX", 0)
        assert site.client.post("/provisioning/claims", json=given).status_code >= 400
    assert site.client.post("/provisioning/claims", json=given).status_code == 200


def test_asking_again_does_not_get_round_a_revocation(site: Site) -> None:
    given = {"token": site.claim(), **site.request()}
    assert site.client.post("/provisioning/claims", json=given).status_code == 200
    site.pki.revoke(GATEWAY, END)
    assert site.client.post("/provisioning/claims", json=given).status_code == 409


def test_a_key_that_came_by_a_claim_is_ended_for_good(site: Site) -> None:
    given = {"token": site.claim(), **site.request()}
    site.client.post("/provisioning/claims", json=given)
    site.clock.forward(1_000)
    said = {"key": given["key"], "reason": "the device was stolen", "name": "Wang", "post": "quality manager"}
    path = f"/api/gateways/{GATEWAY}/keys/end"
    ended = [site.client.post(path, json=said) for _ in range(2)]
    assert [one.status_code for one in ended] == [200, 200]
    (key,) = ended[1].json()["items"]
    assert (key["until_ms"], key["reason"], key["name"]) == (END + 1_000, "the device was stolen", "Wang")
    assert site.client.post(path, json={**said, "reason": "another"}).status_code == 409
    assert site.client.post(path, json={**said, "key": "ab" * 32}).status_code == 404
    assert site.client.post(path, json={**said, "name": " "}).status_code in {409, 422}
    assert site.client.post("/provisioning/claims", json=given).status_code == 409, "its token does not revive it"
    assert site.client.post("/provisioning/claims", json={**given, "token": site.claim()}).status_code == 409


def test_a_claim_for_a_gateway_that_nobody_registered_is_not_opened(site: Site) -> None:
    assert site.client.post("/api/claims", json={"gateway": "gw-9"}).status_code == 404


def test_the_command_line_brings_a_device_in_with_settings_that_can_be_used(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "gw"
    with served(site.app) as url:
        made = CliRunner().invoke(command_line, ["claim", "new", "--gateway", GATEWAY, "--url", url])
        assert made.exit_code == 0, made.output
        token = made.output.splitlines()[0].rsplit(" ", 1)[1]
        words = ["claim", "use", url, token, "--gateway", GATEWAY, "--into", str(folder)]
        used = CliRunner().invoke(command_line, words)
        assert used.exit_code == 0, used.output
        sent = CliRunner().invoke(command_line, ["command", "send", GATEWAY, "poll-now", "--url", url])
        assert sent.exit_code == 0, sent.output
        listed = CliRunner().invoke(command_line, ["command", "list", GATEWAY, "--url", url])
        assert "poll-now" in listed.output
        assert "waiting" in listed.output
        refused = CliRunner().invoke(command_line, words)
        assert refused.exit_code != 0, "a device that has settings does not claim again"
    settings = load_gateway(folder / "gateway.toml")
    assert settings.mqtt.url == "mqtts://broker:8883"
    assert settings.mqtt.centre_key == site.pki.signing_public
    with site.store.reading() as session:
        [key] = session.records.gateway_keys()
    assert load_signing_key(folder / f"{GATEWAY}-signing.key")[1] == key.key


def test_a_token_does_not_travel_in_the_clear() -> None:
    result = CliRunner().invoke(command_line, ["claim", "use", "http://centre:8080", "t", "--gateway", GATEWAY])
    assert result.exit_code != 0
    assert "in the clear" in str(result.exception)


def test_a_command_is_sent_signed_until_it_is_answered(site: Site) -> None:
    sent: list[tuple[str, bytes]] = []
    sign, public = load_signing_key(site.pki.folder / "centre-signing.key")
    commander = Commander(
        site.store,
        site.clock,
        sign,
        lambda gateway, payload: sent.append((gateway, payload)),
        lambda: site.pipeline.generation,
    )
    commander.look()
    assert sent == []
    made = site.client.post(f"/api/gateways/{GATEWAY}/commands", json={"kind": "poll-now", "id": "c-1"})
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    for _ in range(3):
        site.clock.forward(LOOK_EVERY_MS)
        commander.look()
    [(gateway, payload)] = sent
    found, command = opened(payload), decode_command(payload)
    assert found is not None
    assert command is not None
    assert verified(public, *found)
    assert (gateway, command.gateway, command.id, command.kind) == (GATEWAY, GATEWAY, "c-1", "poll-now")
    site.clock.forward(AGAIN_AFTER_MS)
    commander.look()
    assert len(sent) == 2
    _answer(site, "c-1")
    site.clock.forward(AGAIN_AFTER_MS)
    commander.look()
    assert len(sent) == 2
    [view] = site.client.get(f"/api/gateways/{GATEWAY}/commands").json()["items"]
    assert (view["state"], view["text"]) == ("done", "as asked")


def _answer(site: Site, command: str) -> None:
    now_ms = site.clock.now_ms()
    event = DeviceEvent(
        seq=1,
        origin=GATEWAY,
        taken_ms=now_ms,
        boottime_ms=1,
        kind=EventKind.COMMAND_ANSWERED,
        latest_ms=now_ms,
        details={"id": command, "kind": "poll-now", "outcome": "done", "text": "as asked"},
    )
    send(site.pipeline, [event], sent_ms=now_ms)


def test_a_command_expires_and_the_same_one_twice_is_one(site: Site) -> None:
    path, body = f"/api/gateways/{GATEWAY}/commands", {"kind": "restart", "id": "c-1", "expires_s": 10}
    assert [site.client.post(path, json=body).status_code for _ in range(2)] == [201, 200]
    site.clock.forward(10_000)
    [view] = site.client.get(path).json()["items"]
    assert view["state"] == "expired"
    other = site.client.post(path, json={**body, "kind": "poll-now"})
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("gateway", "body", "status"),
    [
        ("gw-9", {"kind": "poll-now"}, 404),
        (GATEWAY, {"kind": "mute"}, 422),
        (GATEWAY, {"kind": "set-poll-interval", "args": {"seconds": 1}}, 422),
        (GATEWAY, {"kind": "poll-now", "expires_s": LIFETIME_MS_MAX}, 422),
    ],
)
def test_a_command_that_no_gateway_would_do_is_not_recorded(
    site: Site, gateway: str, body: dict[str, object], status: int
) -> None:
    assert site.client.post(f"/api/gateways/{gateway}/commands", json=body).status_code == status
    with site.store.reading() as session:
        assert session.records.commands() == ()


def test_security_events_stand_on_the_overview(site: Site) -> None:
    site.client.post("/provisioning/claims", json={"token": "guess", **site.request()})
    assert "/api/security-events" in site.client.get("/?lang=en").text
    site.clock.forward(8 * 86_400_000)
    assert "/api/security-events" not in site.client.get("/?lang=en").text
