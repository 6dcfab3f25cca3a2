"""Mutual TLS on a real Mosquitto: who has the right certificate gets through; nobody else does, and nothing is lost."""

import contextlib
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.intake import setup
from support.memory_store import MemoryStore
from support.spools import open_spool, sample
from support.tls_site import NOW_MS, YEAR_MS, TlsSite
from support.waiting import until

from assembly.commanding import Commander
from coldchain.facts import Sample
from coldchain.places import Gateway, Signatures
from coldchain.trust import CommandRecord, GatewayKey, SendCommand
from gateway.clock import SystemClock
from gateway.commands import Commands
from gateway.signing import load_signing_key
from gateway.spool import Spool
from gateway.uplink import Uplink
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from ingest.writer import Writer

pytestmark = pytest.mark.journey
CLOCK = SystemClock()


class Centre:
    """A centre in this process, without pages."""

    def __init__(self, site: TlsSite, keys: list[GatewayKey] | None = None) -> None:
        self.store, self.counters = MemoryStore(), Counters()
        pipeline = Pipeline(self.store, self.counters)
        signatures = Signatures.REQUIRED if keys else Signatures.ACCEPTED
        pipeline.set_up(setup(), NOW_MS)
        pipeline.set_up([Gateway(id="gw-1", site="storage-1", signatures=signatures)], NOW_MS, keys)
        self.writer = Writer(pipeline, CLOCK, self.counters, tuple, lambda: 0)
        self.subscriber = Subscriber(site.url, "centre-1", self.writer, CLOCK, self.counters, site.centre())
        self.subscriber.learn_sites({"gw-1": "storage-1"})

    def __enter__(self) -> "Centre":
        self.writer.start(self.subscriber.send)
        self.subscriber.start()
        until(lambda: self.subscriber.connected)
        return self

    def __exit__(self, *_: object) -> None:
        self.subscriber.stop()
        self.writer.stop()

    def commander(self, site: TlsSite) -> Commander:
        sign = load_signing_key(site.pki.folder / "centre-signing.key")[0]
        return Commander(self.store, CLOCK, sign, self.subscriber.send_command, lambda: self.writer.generation)

    def answers(self, command: str) -> list[str]:
        with self.store.reading() as session:
            events = session.records.events_of("gw-1", NOW_MS, CLOCK.now_ms() + 60_000)
        return [str(e.details["outcome"]) for e in events if e.details.get("id") == command]

    def samples(self) -> int:
        with self.store.reading() as session:
            return session.readings.counts().samples


def reading(origin: str = "fridge-1-load") -> Sample:
    return msgspec.structs.replace(sample(CLOCK.now_ms(), origin), boottime_ms=CLOCK.boottime_ms())


@contextlib.contextmanager
def running(
    spool: Spool,
    url: str,
    tls: ssl.SSLContext,
    counters: Counter[str],
    key: Path | None = None,
    commands: Commands | None = None,
) -> Iterator[None]:
    sign = None if key is None else load_signing_key(key)[0]
    uplink = Uplink(spool, CLOCK, site="storage-1", gateway="gw-1", url=url, counters=counters, tls=tls, sign=sign)
    if commands is not None:
        uplink.tell_centre_time(commands.anchor)
        uplink.on_command = lambda leaf, payload: commands.take(payload) if leaf == "do" else None
    stop = threading.Event()
    thread = threading.Thread(target=uplink.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def test_only_the_right_certificate_gets_through_and_nothing_is_lost_meanwhile(tmp_path: Path) -> None:
    with TlsSite(tmp_path) as site, Centre(site) as centre, open_spool(tmp_path) as spool:
        mine, other = site.device("gw-1"), site.device("gw-2")
        spool.accept([reading(), reading("fridge-1-air")])

        nobody: Counter[str] = Counter()
        with running(spool, site.url, site.context(), nobody):
            until(lambda: nobody["uplink_connect_failures"] + nobody["uplink_disconnects"] >= 2)
        assert nobody["uplink_connects"] == 0

        stranger: Counter[str] = Counter()  # gw-2 says what gw-1 would: the broker takes it and tells nobody
        with running(spool, site.url, other, stranger):
            until(lambda: stranger["uplink_asks"] >= 1)
            assert not centre.counters.total("messages_total")
        assert (spool.depth(), centre.samples()) == (2, 0)

        good: Counter[str] = Counter()
        with running(spool, site.url, mine, good):
            until(lambda: spool.depth() == 0)
        assert centre.samples() == 2


def test_a_revoked_certificate_is_refused_until_a_new_one_is_made(tmp_path: Path) -> None:
    with TlsSite(tmp_path) as site, open_spool(tmp_path) as spool:
        old = site.device("gw-1")
        site.pki.revoke("gw-1", NOW_MS)
        site.broker.kill()
        site.broker.start()
        with Centre(site) as centre:
            spool.accept([reading()])
            refused: Counter[str] = Counter()
            with running(spool, site.url, old, refused):
                until(lambda: refused["uplink_connect_failures"] + refused["uplink_disconnects"] >= 2)
            assert (refused["uplink_connects"], spool.depth()) == (0, 1)
            with running(spool, site.url, site.device("gw-1", "gw-1-again"), Counter()):
                until(lambda: spool.depth() == 0)
            assert centre.samples() == 1


def test_a_signature_goes_with_every_batch_and_the_wrong_key_costs_no_row(tmp_path: Path) -> None:
    with TlsSite(tmp_path) as site, open_spool(tmp_path) as spool:
        tls = site.device("gw-1")
        (tmp_path / "wrong").mkdir()
        site.device("gw-3")
        key = tmp_path / "gw-1/gw-1-signing.key"
        keys = [GatewayKey(gateway="gw-1", key=load_signing_key(key)[1], from_ms=0)]
        with Centre(site, keys) as centre:
            spool.accept([reading()])
            wrong: Counter[str] = Counter()
            with running(spool, site.url, tls, wrong, tmp_path / "gw-3/gw-3-signing.key"):
                until(lambda: wrong["uplink_barred"] >= 1)
            assert (spool.depth(), spool.dead_letters(), centre.samples()) == (1, 0, 0)
            with running(spool, site.url, tls, Counter(), key):
                until(lambda: spool.depth() == 0)
            assert centre.samples() == 1
            assert centre.counters.total("security_total") >= 1


@pytest.mark.parametrize(
    ("host", "made_ms", "said"),
    [("localhost", NOW_MS, "another host"), ("127.0.0.1", NOW_MS - YEAR_MS, "has expired")],
    ids=["another-host", "expired"],  # names without the time: workers that share the tests must agree on them
)
def test_a_broker_that_cannot_be_believed_is_told_by_what_is_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, host: str, made_ms: int, said: str
) -> None:
    with TlsSite(tmp_path, server_made_ms=made_ms) as site, open_spool(tmp_path) as spool:
        counters: Counter[str] = Counter()
        with running(spool, site.url.replace("127.0.0.1", host), site.device("gw-1"), counters):
            until(lambda: counters["uplink_connect_failures"] >= 1)
        assert said in caplog.text


def test_a_broker_of_another_ca_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with TlsSite(tmp_path / "a") as site, open_spool(tmp_path) as spool:
        foreign = TlsSite(tmp_path / "b").device("gw-1")
        counters: Counter[str] = Counter()
        with running(spool, site.url, foreign, counters):
            until(lambda: counters["uplink_connect_failures"] >= 1)
        assert "another CA" in caplog.text


class _Hands:
    """What a command may do here: nothing but be told."""

    def __init__(self) -> None:
        self.polls = 0

    def status(self) -> str:
        return "up"

    def poll_now(self) -> None:
        self.polls += 1

    def set_poll_ms(self, poll_ms: int | None) -> None:
        """Nothing is asked here."""

    def restart(self) -> None:
        """Nothing runs here."""


def test_a_command_goes_down_is_done_once_and_its_answer_comes_up(tmp_path: Path) -> None:
    with TlsSite(tmp_path) as site, Centre(site) as centre, open_spool(tmp_path) as spool:
        hands, counters = _Hands(), Counter[str]()
        commands = Commands("gw-1", site.pki.signing_public, spool, CLOCK, hands, counters)
        now_ms = CLOCK.now_ms()
        record = CommandRecord(
            id="c-1", gateway="gw-1", command="poll-now", args={}, issued_ms=now_ms, expires_ms=now_ms + 60_000
        )
        with running(spool, site.url, site.device("gw-1"), counters, commands=commands):
            until(lambda: counters["uplink_acks"] >= 1)
            centre.writer.record(SendCommand(command=record, actor="quality"))
            centre.commander(site).look()
            until(lambda: centre.answers("c-1") == ["done"])
            centre.commander(site).look()  # a centre that was started anew sends nothing that is answered
        assert (hands.polls, counters["commands_repeated"]) == (1, 0)
