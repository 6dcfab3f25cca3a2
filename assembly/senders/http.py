"""One POST of JSON, with the answer read as the service means it: its HTTP status and the JSON inside."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any, Final

import msgspec

from assembly.senders.base import ANSWER_S, Sent, failed, refused

WHOLE_ANSWER_S: Final = 20.0  # from its head on
ANSWER_BYTES_MAX: Final = 64 * 1_024
AGAIN: Final = frozenset({408, 409, 423, 425, 429})  # a 4xx that a later attempt may get over
HTTP_ERROR: Final = 400
SERVER_ERROR: Final = 500
OK_STATUS: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and the body as JSON if it is an object (else empty)."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""

    def number(self, *names: str) -> int | None:
        """Return the first of the named members that is a whole number."""
        for name in names:
            value = self.body.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        return None

    def word(self, *names: str) -> str:
        """Return the first of the named members that is a text."""
        return next((value for name in names if isinstance(value := self.body.get(name), str)), "")


class _NoOtherAddress(urllib.request.HTTPRedirectHandler):
    """A redirect is no yes: followed, it becomes a question without the message, and a login page would take it."""

    def redirect_request(self, *_asked: object) -> None:
        """Follow nothing."""


_OPENER: Final = urllib.request.build_opener(_NoOtherAddress)


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer | Sent:
    """POST a JSON body; return the answer of a 2xx, or what became of it. Never raises for what the world does.

    The address may hold a token, so no answer of ours repeats it.
    """
    asked = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "coldchain", **(headers or {})}
    return _asked(url, urllib.request.Request(url, body, asked))  # noqa: S310 - settings allow http and https only


def get(url: str) -> Answer | Sent:
    """GET an address; otherwise as `post`."""
    return _asked(url, urllib.request.Request(url, None, {"User-Agent": "coldchain"}))  # noqa: S310 - as above


def _asked(url: str, request: urllib.request.Request) -> Answer | Sent:
    try:
        with _OPENER.open(request, timeout=ANSWER_S) as answer:
            return _answer(answer.status, _read(answer))
    except urllib.error.HTTPError as error:
        with error:
            return _not_taken(error)
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        return failed(f"no answer: {type(reason).__name__}: {reason}".replace(url, "the address"))


def _read(answer: HTTPResponse) -> bytes:
    """Return the body, as far as it comes within the time: one that drips must not hold up the channel."""
    end_s, body = time.monotonic() + WHOLE_ANSWER_S, b""
    while len(body) < ANSWER_BYTES_MAX and (more := answer.read1(ANSWER_BYTES_MAX)):
        body += more
        if time.monotonic() > end_s:
            msg = f"the answer did not end within {WHOLE_ANSWER_S} s"
            raise TimeoutError(msg)
    return body[:ANSWER_BYTES_MAX]


def _not_taken(error: urllib.error.HTTPError) -> Sent:
    try:
        said = error.read(ANSWER_BYTES_MAX).decode(errors="replace")
    except (OSError, HTTPException):
        said = ""
    detail = f"HTTP {error.code} {said}".strip()
    if error.code >= SERVER_ERROR or error.code in AGAIN:
        return failed(detail, _wait_ms(error.headers.get("Retry-After")))
    return refused(detail)


def _answer(status: int, raw: bytes) -> Answer:
    text = raw.decode(errors="replace")
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        body = None
    return Answer(status, body if isinstance(body, dict) else {}, text)


def _wait_ms(header: str | None) -> int | None:
    return int(header) * 1_000 if header is not None and header.isdigit() and len(header) < 6 else None
