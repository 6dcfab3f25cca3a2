"""InfluxDB as a sink: one request, one answer that says what to do next. Never the client's batching mode.

influxdb-client is used through the call that its SYNCHRONOUS mode makes, with our own bytes. Its batching mode forgets
data when the process ends or its retries are over, and tells nobody. Passwords and tokens appear in no message.
"""

import gzip
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from zlib import crc32

from stores.influx_bootstrap import prepare
from stores.influx_line import TIMEOUT_MS, InfluxLine
from stores.influx_target import Target, writing_path

GZIP_LEVEL: Final = 1  # the client's own 9 takes 17 times as long for 5 instead of 3.5 % of the size
REASON_MAX: Final = 300
RETRY_AFTER_MAX_S: Final = 120.0
_LINES: Final = {"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip"}
_NOT_FOUND: Final = re.compile(
    r"database not found|bucket\b.*\bnot found|unable to find DBRP|no dbrp mapping found", re.IGNORECASE
)
_NO_ORG: Final = re.compile(r"organization\b.*\bnot found", re.IGNORECASE)
_FULL: Final = re.compile(r"would exceed limit of \d+ (databases|tables)", re.IGNORECASE)  # 3 Core's own limits
_DROPPED: Final = re.compile(  # in the words of 1.x, and of 2.x
    r"points beyond retention policy dropped=(?P<one>\d+)|dropped (?P<two>\d+) points outside retention policy"
)


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


class InfluxSink:
    """Sink over HTTP: gzip, one connection kept open, no retries of its own."""

    def __init__(self, target: Target, timeout_ms: int = TIMEOUT_MS) -> None:
        """Raises ColdchainError if influxdb-client is not installed."""
        self._target = target
        self._line = InfluxLine(target, timeout_ms)

    @property
    def identity(self) -> int:
        """A number above 0 for the address and the bucket, not for who is let in."""
        return 1 + crc32(f"{self._target.url} {self._target.org} {self._target.bucket}".encode())

    def create(self) -> Answer:
        """Make the database (1.x) or the bucket (2.x, and its mapping) where the server allows that."""
        try:
            refused = prepare(self._line, self._target)
        except Exception as error:  # noqa: BLE001 - as in write
            answer = self._answer(error)
            return answer if answer.verdict is Verdict.RETRY else _not_made(answer.reason, self._target)
        return _not_made(_short(refused), self._target) if refused else Answer(verdict=Verdict.DONE)

    def write(self, body: bytes) -> Answer:
        """Send lines in one request."""
        try:
            path, query = writing_path(self._target, self._line.dialect)
            packed = gzip.compress(body, GZIP_LEVEL, mtime=0)
            self._line.call("POST", path, query=query, body=packed, headers=_LINES)
        except Exception as error:  # noqa: BLE001 - whatever the client raises, the lines are kept and tried again
            return self._answer(error)
        return Answer(verdict=Verdict.DONE)

    def close(self) -> None:
        """Release connections."""
        self._line.close()

    def _answer(self, error: Exception) -> Answer:
        answer = answer_to(error, self._target)
        if answer.verdict is Verdict.HELD:
            self._line.forget()
        return answer


def answer_to(error: Exception, target: Target) -> Answer:
    """Return what something means that the client raised: an answer of the server, or that there was none."""
    status = getattr(error, "status", None)
    if not isinstance(status, int) or status == 0:
        return Answer(verdict=Verdict.RETRY, reason=_short(f"no answer from {target.url}: {_cause(error)}"))
    headers = getattr(error, "headers", None) or {}
    return answer_of(status, _told(getattr(error, "body", None)), headers.get("Retry-After", ""), target)


def answer_of(status: int, told: str, retry_after: str, target: Target) -> Answer:
    """Return what an HTTP answer other than 2xx means. `told` is the server's own words.

    1.x refuses lines with 400, 2.x those that it could parse with 422; both have stored the others by then.
    """
    reason = _short(f"HTTP {status}: {told}")
    advice = _advice(status, told, target)
    match status:
        case 400 | 422 if dropped := _DROPPED.search(told):
            return Answer(verdict=Verdict.DONE, reason=reason, dropped=int(dropped["one"] or dropped["two"]))
        case _ if advice:
            return Answer(verdict=Verdict.HELD, reason=reason, advice=advice)
        case 400 | 422:
            return Answer(verdict=Verdict.REFUSED, reason=reason)
        case 413:
            return Answer(verdict=Verdict.TOO_LARGE, reason=reason)
        case 404 if _NOT_FOUND.search(told):
            return Answer(verdict=Verdict.MISSING, reason=reason, advice=_make_it(target))
        case _ if status in {408, 429} or status >= 500:
            return Answer(verdict=Verdict.RETRY, reason=reason, retry_after_s=_retry_after_s(retry_after))
        case _:
            advice = f"check that {target.url} is the address of an InfluxDB, and that influx.api names its kind"
            return Answer(verdict=Verdict.HELD, reason=reason, advice=advice)


def _advice(status: int, told: str, target: Target) -> str:
    """Return what a person has to do before the server takes anything; "" where waiting or another batch may help."""
    if status in {401, 403}:
        return "give the mirror a token (1.x: user and password) that may write to this database"
    if status == 404 and _NO_ORG.search(told):
        return f"write the organisation that owns bucket {target.bucket!r}: this server knows no {target.org!r}"
    if status == 500 and "retention policy not found" in told:
        return f"make retention policy {target.policy!r} in database {target.database!r}, or name another"
    if _FULL.search(told):
        return "3 Core holds a few databases and tables only: drop one that is not needed, or use another server"
    return ""


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
    """Return the words of an error body: 1.x says {"error": ...}, 2.x {"message": ...}, 3 Core why of each bad line."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    if not isinstance(parsed, dict):
        return text
    words = [str(parsed[key]) for key in ("error", "message") if parsed.get(key)]
    lines = parsed.get("data")
    if isinstance(lines, list):
        words += [str(one["error_message"]) for one in lines[:1] if isinstance(one, dict) and "error_message" in one]
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
