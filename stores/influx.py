"""InfluxDB as a sink: one request, one answer that says what to do next. Never the client's batching mode.

influxdb-client is used through the call that its SYNCHRONOUS mode makes, with our own bytes. Its batching mode forgets
data when the process ends or its retries are over, and tells nobody. The client is loaded when a sink is made: a centre
without a mirror lives without it. Passwords and tokens appear in no message.
"""

import gzip
import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit
from zlib import crc32

from coldchain.errors import ColdchainError, InvalidValueError

TIMEOUT_MS: Final = 15_000
GZIP_LEVEL: Final = 1  # the client's own 9 takes 17 times as long for 5 instead of 3.5 % of the size
REASON_MAX: Final = 300
RETRY_AFTER_MAX_S: Final = 120.0
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NOT_FOUND: Final = re.compile(r"database not found|bucket\b.*\bnot found", re.IGNORECASE)
_DROPPED: Final = re.compile(r"points beyond retention policy dropped=(\d+)")


class Verdict(StrEnum):
    """What a server's answer means for the lines that were sent."""

    DONE = "done"
    REFUSED = "refused"  # one or more of the lines are bad: find them
    TOO_LARGE = "too-large"  # fewer at a time
    RETRY = "retry"  # the server cannot now: the same again later, for ever
    HELD = "held"  # it will not, until a person does something: the same again later, and say so loudly
    MISSING = "missing"  # the database or bucket is not there: nothing that was sent before is


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `dropped`: points that the server let go because its retention policy is shorter than their age."""

    verdict: Verdict
    reason: str = ""
    advice: str = ""
    retry_after_s: float = 0.0
    dropped: int = 0


class Sink(Protocol):
    """Where lines go. What goes wrong is in the answer; nothing is raised for it.

    `identity` tells this server and bucket from others, so that a mirror that is pointed elsewhere begins anew there.
    """

    @property
    def identity(self) -> int:
        """A number above 0, the same in every run."""

    def create(self) -> Answer:
        """Make the database, where the server allows it; what is there stays as it is."""

    def write(self, body: bytes) -> Answer:
        """Send lines (timestamps in milliseconds) in one request."""

    def close(self) -> None:
        """Release connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which InfluxDB, and how to be let in. 1.x: `token` is "user:password"; 2.x: the token, with its `org`.

    `policy` "" is the database's default retention policy (1.x), or the bucket named like the database (2.x). Any
    other makes the bucket "database/policy".
    """

    url: str
    database: str = "coldchain"
    policy: str = ""
    org: str = "-"
    token: str = field(default="", repr=False)

    @property
    def bucket(self) -> str:
        """The bucket of the writing interface."""
        return f"{self.database}/{self.policy}" if self.policy else self.database


def target_of(url: str, *, database: str = "coldchain", policy: str = "", org: str = "-", token: str = "") -> Target:
    """Return a target for an address like http://host:8086; user and password may stand in it, and leave it here.

    Raises InvalidValueError that says what is allowed, without the password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        msg = "the address of InfluxDB cannot be used: write http://host:8086 or https://host:8086"
        raise InvalidValueError(msg)
    for what, name in (("database", database), ("policy", policy or "-")):
        if not _NAME.fullmatch(name):
            msg = f"{what} {name!r} of InfluxDB is not allowed: 1 to 64 of letters, digits and _ . -"
            raise InvalidValueError(msg)
    if parts.username and not token:
        token = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    netloc = f"[{host}]" if ":" in host else host
    address = f"{parts.scheme}://{netloc}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
    return Target(url=address, database=database, policy=policy, org=org, token=token)


class InfluxSink:
    """Sink over HTTP: gzip, one connection kept open, no retries of its own."""

    def __init__(self, target: Target, timeout_ms: int = TIMEOUT_MS) -> None:
        try:
            from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415 - only where there is a mirror
            from influxdb_client.service.write_service import WriteService  # noqa: PLC0415
        except ImportError as error:
            msg = "the mirror needs influxdb-client: install coldchain[influx], or leave the address of InfluxDB empty"
            raise ColdchainError(msg) from error
        self._target = target
        # "Token user:password" opens 1.8's writing interface only, not its /query, which makes the database.
        self._client: Any = InfluxDBClient(
            url=target.url,
            token=target.token or "-",
            org=target.org,
            timeout=timeout_ms,
            auth_basic=":" in target.token,
        )
        service: Any = WriteService  # the client's own code has no types here
        self._service: Any = service(self._client.api_client)

    @property
    def identity(self) -> int:
        """A number above 0 for the address and the bucket, not for who is let in."""
        return 1 + crc32(f"{self._target.url} {self._target.org} {self._target.bucket}".encode())

    def create(self) -> Answer:
        """Make the database where the server speaks InfluxQL for that (1.x). On 2.x a person makes the bucket."""
        try:
            told: Any = self._client.api_client.call_api(
                "/query",
                "POST",
                header_params={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
                post_params=[("q", f'CREATE DATABASE "{self._target.database}"')],
                response_type="object",
                _return_http_data_only=True,
            )
            refused = told["results"][0].get("error")
        except Exception as error:  # noqa: BLE001 - as in write
            answer = self._answer(error)
            return answer if answer.verdict is Verdict.RETRY else _not_made(answer.reason, self._target)
        return _not_made(_short(refused), self._target) if refused else Answer(verdict=Verdict.DONE)

    def write(self, body: bytes) -> Answer:
        """Send lines in one request."""
        try:
            self._service.post_write(
                org=self._target.org,
                bucket=self._target.bucket,
                body=gzip.compress(body, GZIP_LEVEL, mtime=0),
                precision="ms",
                content_encoding="gzip",
                content_type="text/plain; charset=utf-8",
            )
        except Exception as error:  # noqa: BLE001 - whatever the client raises, the lines are kept and tried again
            return self._answer(error)
        return Answer(verdict=Verdict.DONE)

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def _answer(self, error: Exception) -> Answer:
        status = getattr(error, "status", None)
        if not isinstance(status, int) or status == 0:
            return Answer(verdict=Verdict.RETRY, reason=_short(f"no answer from {self._target.url}: {_cause(error)}"))
        headers = getattr(error, "headers", None) or {}
        return answer_of(status, _told(getattr(error, "body", None)), headers.get("Retry-After", ""), self._target)


def answer_of(status: int, told: str, retry_after: str, target: Target) -> Answer:
    """Return what an HTTP answer other than 2xx means. `told` is the server's own words.

    1.x refuses lines with 400, 2.x those that it could parse with 422; both have stored the others by then.
    """
    reason = _short(f"HTTP {status}: {told}")
    match status:
        case 400 | 422 if dropped := _DROPPED.search(told):
            return Answer(verdict=Verdict.DONE, reason=reason, dropped=int(dropped[1]))
        case 400 | 422:
            return Answer(verdict=Verdict.REFUSED, reason=reason)
        case 413:
            return Answer(verdict=Verdict.TOO_LARGE, reason=reason)
        case 401 | 403:
            advice = "give the mirror a token (1.x: user and password) that may write to this database"
            return Answer(verdict=Verdict.HELD, reason=reason, advice=advice)
        case 404 if _NOT_FOUND.search(told):
            return Answer(verdict=Verdict.MISSING, reason=reason, advice=_make_it(target))
        case 500 if "retention policy not found" in told:
            advice = f"make retention policy {target.policy!r} in database {target.database!r}, or name another"
            return Answer(verdict=Verdict.HELD, reason=reason, advice=advice)
        case 408 | 429:
            return Answer(verdict=Verdict.RETRY, reason=reason, retry_after_s=_retry_after_s(retry_after))
        case _ if status >= 500:
            return Answer(verdict=Verdict.RETRY, reason=reason, retry_after_s=_retry_after_s(retry_after))
        case _:
            advice = f"check that {target.url} is the address of an InfluxDB 1.8 or newer"
            return Answer(verdict=Verdict.HELD, reason=reason, advice=advice)


def _not_made(reason: str, target: Target) -> Answer:
    return Answer(verdict=Verdict.HELD, reason=reason, advice=_make_it(target))


def _make_it(target: Target) -> str:
    return (
        f"1.x: make the database {target.database!r}, or let the mirror's user make it;"
        f" 2.x: make the bucket {target.bucket!r} in organisation {target.org!r}"
    )


def _retry_after_s(text: str) -> float:
    return min(float(text), RETRY_AFTER_MAX_S) if text.isascii() and text.isdigit() else 0.0


def _told(body: object) -> str:
    """Return the words of an error body: 1.x says {"error": ...}, 2.x {"message": ...}."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    if not isinstance(parsed, dict):
        return text
    words = [str(parsed[key]) for key in ("error", "message") if parsed.get(key)]
    return ": ".join(words) or text


def _cause(error: BaseException) -> str:
    """Return the innermost words of a broken connection, without the address of an object in memory."""
    seen: list[BaseException] = [error]
    while (inner := seen[-1].__cause__ or seen[-1].__context__) is not None and inner not in seen:
        seen.append(inner)
    for one in reversed(seen):
        if isinstance(one, OSError) and (one.strerror or str(one)):
            return one.strerror or str(one)
    return f"{type(error).__name__}: {re.sub(r'<[^>]*> ?:? ?', '', str(error))}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= REASON_MAX else text[: REASON_MAX - 3] + "..."
