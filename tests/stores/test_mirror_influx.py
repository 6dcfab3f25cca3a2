"""What a server's answers mean, and what the mirror's settings may be."""

import json
import logging
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from support.brokers import free_port
from support.influx_core_stand_in import InfluxCoreStandIn
from support.influx_stand_in import HANG_UP, STORE_AND_HANG_UP, InfluxStandIn, Reply

from coldchain.errors import InvalidValueError
from coldchain.mirroring import Dialect
from stores.influx import REASON_MAX, InfluxSink, Verdict, answer_of
from stores.influx_target import Target, dialect_told, target_of

LINE = b"m,t=a i=1i 1000"
TARGET = target_of("http://127.0.0.1:8086", org="clinic")


@pytest.fixture
def server() -> Iterator[InfluxStandIn]:
    with InfluxStandIn() as running:
        running.databases.add("coldchain")
        yield running


@pytest.mark.parametrize(
    ("status", "told", "verdict"),
    [
        (400, "unable to parse 'x'", Verdict.REFUSED),
        (422, "partial write: field type conflict dropped=1", Verdict.REFUSED),
        (400, "partial write: points beyond retention policy dropped=12", Verdict.DONE),
        (422, "failure: partial write: points beyond retention policy dropped=12", Verdict.DONE),
        (401, "unauthorized", Verdict.HELD),
        (403, "forbidden", Verdict.HELD),
        (404, 'database not found: "coldchain"', Verdict.MISSING),
        (404, 'not found: bucket "coldchain" not found', Verdict.MISSING),
        (404, "404 page not found", Verdict.HELD),
        (404, 'organization name "clinic" not found', Verdict.HELD),
        (405, "", Verdict.HELD),
        (301, "", Verdict.HELD),
        (413, "", Verdict.TOO_LARGE),
        (408, "", Verdict.RETRY),
        (429, "", Verdict.RETRY),
        (500, "timeout", Verdict.RETRY),
        (500, "retention policy not found: x", Verdict.HELD),
        (502, "", Verdict.RETRY),
        (503, "", Verdict.RETRY),
        (504, "", Verdict.RETRY),
    ],
)
def test_every_status_has_its_meaning(status: int, told: str, verdict: Verdict) -> None:
    answer = answer_of(status, told, "", TARGET)
    assert answer.verdict is verdict
    assert str(status) in answer.reason
    assert bool(answer.advice) is (verdict in (Verdict.HELD, Verdict.MISSING))


def test_how_many_points_were_too_old_is_read_from_the_servers_words() -> None:
    assert answer_of(400, "partial write: points beyond retention policy dropped=12", "", TARGET).dropped == 12


@pytest.mark.parametrize(("header", "seconds"), [("3", 3.0), ("", 0.0), ("99999", 120.0), ("soon", 0.0), ("-1", 0.0)])
def test_retry_after_is_honoured_up_to_two_minutes(header: str, seconds: float) -> None:
    assert answer_of(503, "", header, TARGET).retry_after_s == seconds


def test_a_reason_is_short_and_on_one_line() -> None:
    reason = answer_of(400, "a\n" * 5_000, "", TARGET).reason
    assert len(reason) <= REASON_MAX
    assert "\n" not in reason


BASIC = "Basic " + b64encode(b"user:secret").decode()
V1_QUERY = {"db": ["db"], "rp": ["rp"], "precision": ["ms"]}
V2_QUERY = {"org": ["clinic"], "bucket": ["db/rp"], "precision": ["ms"]}


@pytest.mark.parametrize(
    ("api", "token", "path", "query", "header"),
    [
        (Dialect.V1, "user:secret", "/write", V1_QUERY, BASIC),
        (Dialect.V2, "user:secret", "/api/v2/write", V2_QUERY, BASIC),
        (Dialect.V2, "a-token-of-2.x==", "/api/v2/write", V2_QUERY, "Token a-token-of-2.x=="),
        (Dialect.V3, "apiv3_x", "/api/v2/write", V2_QUERY, "Bearer apiv3_x"),
        (Dialect.V1, "", "/write", V1_QUERY, None),
    ],
)
def test_a_write_goes_compressed_on_the_path_of_its_server_with_milliseconds_and_what_lets_it_in(
    api: Dialect, token: str, path: str, query: dict[str, list[str]], header: str | None, server: InfluxStandIn
) -> None:
    server.databases.add("db")
    sink = InfluxSink(target_of(server.url, database="db", policy="rp", org="clinic", token=token, api=api))
    assert sink.write(LINE).verdict is Verdict.DONE
    sink.close()
    (asked,) = server.asked
    assert (asked.path, asked.query, asked.headers.get("Authorization")) == (path, query, header)
    assert asked.headers["Content-Encoding"] == "gzip"
    assert server.points[("m", (("t", "a"),), 1_000)] == {"i": 1}


@pytest.mark.parametrize(
    ("headers", "version", "found"),
    [
        ({"X-Influxdb-Version": "1.6.7~rc0"}, "", Dialect.V1),
        ({"x-influxdb-version": "v2.7.12"}, "", Dialect.V2),
        ({}, "3.9.1", Dialect.V3),
        ({"X-Influxdb-Version": "unknown"}, "", None),
        ({"X-Influxdb-Version": "dev"}, "", None),
        ({"X-Influxdb-Version": "4.0.0"}, "", None),
    ],
)
def test_what_a_server_tells_of_its_version(headers: dict[str, str], version: str, found: Dialect | None) -> None:
    assert dialect_told(headers, version) is found


@pytest.mark.parametrize(("policy", "named"), [("", "autogen"), ("long", "long")])
def test_a_2x_that_maps_no_bucket_by_itself_is_told_its_name_in_influxql(
    policy: str, named: str, server: InfluxStandIn
) -> None:
    server.buckets, server.mappings = True, []
    sink = InfluxSink(target_of(server.url, database="db", policy=policy, api=Dialect.V2))
    assert [sink.create().verdict, sink.create().verdict] == [Verdict.DONE, Verdict.DONE]
    (mapping,) = server.mappings
    wanted = {"orgID": "o1", "bucketID": "b1", "database": "db", "retention_policy": named, "default": not policy}
    assert mapping == wanted


def test_another_server_at_the_same_address_is_asked_what_it_is(server: InfluxStandIn) -> None:
    sink = InfluxSink(target_of(server.url, token="apiv3_test"))
    server.databases.add("coldchain")
    assert sink.write(LINE).verdict is Verdict.DONE
    with InfluxCoreStandIn("apiv3_test") as core:
        server.ping = core.ping  # type: ignore[method-assign]
        server.answer = lambda asked: Reply(401, body=asked.path)  # type: ignore[method-assign]
        assert sink.write(LINE).verdict is Verdict.HELD
        server.answer = core.answer  # type: ignore[method-assign]
        assert sink.write(LINE).verdict is Verdict.DONE
        assert core.asked[-1].headers["Authorization"] == "Bearer apiv3_test"


@pytest.mark.parametrize(
    ("status", "told", "verdict", "advice"),
    [
        (404, 'organization name "x" not found', Verdict.HELD, "organisation"),
        (404, 'bucket "x" not found', Verdict.MISSING, "bucket"),
        (404, "unable to find DBRP", Verdict.MISSING, "bucket"),
        (422, "Adding a new database would exceed limit of 5 databases", Verdict.HELD, "3 Core"),
        (500, "retention policy not found: x", Verdict.HELD, "retention policy"),
        (302, "", Verdict.HELD, "influx.api"),
    ],
)
def test_what_only_a_person_can_change_says_what(status: int, told: str, verdict: Verdict, advice: str) -> None:
    answer = answer_of(status, told, "", Target(url="http://h:8086", org="x"))
    assert (answer.verdict, advice in answer.advice) == (verdict, True)


def test_a_wrong_token_is_told_with_advice_and_without_the_token(
    server: InfluxStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    server.token = "right"
    with caplog.at_level(logging.DEBUG):
        sink = InfluxSink(target_of(server.url, token="wrong-secret"))
        answers = [sink.write(LINE), sink.create()]
    assert [answer.verdict for answer in answers] == [Verdict.HELD, Verdict.HELD]
    assert "token" in answers[0].advice
    assert "unauthorized access" in answers[0].reason
    assert "wrong-secret" not in f"{answers} {sink} {caplog.text}"


def test_a_server_that_hangs_up_is_tried_again_and_what_it_had_stored_is_one_point(server: InfluxStandIn) -> None:
    sink = InfluxSink(target_of(server.url))
    server.script(HANG_UP, STORE_AND_HANG_UP)
    assert [sink.write(LINE).verdict for _ in range(3)] == [Verdict.RETRY, Verdict.RETRY, Verdict.DONE]
    assert len(server.points) == 1


def test_a_server_that_does_not_answer_in_time_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        answer = InfluxSink(target_of(f"http://127.0.0.1:{deaf.getsockname()[1]}"), timeout_ms=200).write(LINE)
    assert (answer.verdict, answer.reason.startswith("no answer from http://127.0.0.1:")) == (Verdict.RETRY, True)


def test_where_nobody_listens_the_reason_says_so_in_plain_words() -> None:
    answer = InfluxSink(target_of(f"http://user:secret@127.0.0.1:{free_port()}")).write(LINE)
    assert answer.verdict is Verdict.RETRY
    assert answer.reason.endswith(": Connection refused")
    assert "secret" not in answer.reason


def test_a_server_that_makes_no_databases_says_what_a_person_has_to_make(server: InfluxStandIn) -> None:
    server.creates = False
    answer = InfluxSink(target_of(server.url, database="blood", org="clinic")).create()
    assert answer.verdict is Verdict.HELD
    assert "bucket 'blood' in organisation 'clinic'" in answer.advice


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"results":[]}', '"x"', "null"])
def test_an_answer_of_something_else_to_making_a_database_is_not_a_success(body: str, server: InfluxStandIn) -> None:
    server.answer = lambda asked: Reply(200, body=body)  # type: ignore[method-assign]
    assert InfluxSink(target_of(server.url)).create().verdict is not Verdict.DONE


@pytest.mark.parametrize("status", [200, 204])
def test_whatever_the_words_2xx_is_done(status: int, server: InfluxStandIn) -> None:
    server.script(Reply(status, body=""))
    assert InfluxSink(target_of(server.url)).write(LINE).verdict is Verdict.DONE


def test_words_of_2x_and_of_1x_are_both_understood(server: InfluxStandIn) -> None:
    sink = InfluxSink(target_of(server.url))
    server.script(
        Reply(422, body=json.dumps({"code": "unprocessable entity", "message": "failure writing points"})),
        Reply(400, body=json.dumps({"error": "partial write"})),
        Reply(400, body="\ufffd plain"),
    )
    assert [sink.write(LINE).reason for _ in range(3)] == [
        "HTTP 422: failure writing points",
        "HTTP 400: partial write",
        "HTTP 400: \ufffd plain",
    ]


def test_user_and_password_leave_the_address() -> None:
    target = target_of("http://mirror:p%40ss@[::1]:8086/influx/", database="blood", policy="long")
    assert target == Target(
        url="http://[::1]:8086/influx", database="blood", policy="long", org="-", token="mirror:p@ss"
    )
    assert "p@ss" not in repr(target)
    assert target.bucket == "blood/long"
    assert target_of("https://influx.example", token="t").bucket == "coldchain"


@pytest.mark.parametrize(
    "url",
    ["", "influx:8086", "ftp://x", "http://", "http://x:99999", "http://h?db=1", "http://u:secret@[x", "http://h#a"],
)
def test_an_address_that_cannot_be_used_is_refused_without_saying_the_password(url: str) -> None:
    with pytest.raises(InvalidValueError, match="http://host:8086") as refused:
        target_of(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("days", [-1, 36_501])
def test_days_that_nobody_means_are_refused(days: int) -> None:
    with pytest.raises(InvalidValueError, match="keep_days"):
        target_of("http://h:8086", keep_days=days)


@pytest.mark.parametrize("names", [{"database": "a b"}, {"database": ""}, {"policy": 'x"'}, {"database": "a/b"}])
def test_a_name_that_needs_quoting_is_refused(names: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError, match="of InfluxDB is not allowed"):
        target_of("http://h:8086", **names)


def test_a_centre_without_a_mirror_does_not_load_the_client() -> None:
    ask = (
        "import stores.mirror, stores.sqlite, sys\n"
        "print(sorted({'influxdb_client', 'reactivex', 'urllib3'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_mirror_without_the_client_says_what_to_install() -> None:
    ask = (
        "import sys; sys.modules['influxdb_client'] = None\n"
        "from stores.influx import InfluxSink\nfrom stores.influx_target import target_of\n"
        "InfluxSink(target_of('http://127.0.0.1:1'))"
    )
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False).stderr
    assert "install coldchain[influx]" in told
