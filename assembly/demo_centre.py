"""The centre as the demo reaches it: over HTTP, as its users do."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any, Final

from coldchain.errors import ColdchainError

PAGE: Final = 1_000
HOUR_MS: Final = 3_600_000
TIMEOUT_S: Final = 60
WORDS_MAX: Final = 1_000

Json = dict[str, Any]


class CentreError(ColdchainError):
    """The centre refused a request or does not answer. The message is its own."""


class Centre:
    """The API of a running centre. Every request raises CentreError if it is refused or not answered."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def get(self, path: str) -> Json:
        """Return the JSON at a path."""
        data: Json = json.loads(self._answer(urllib.request.Request(f"{self.url}{path}")))  # noqa: S310 - our own server
        return data

    def text(self, path: str) -> str:
        """Return a page as text."""
        return self._answer(urllib.request.Request(f"{self.url}{path}")).decode()  # noqa: S310

    def post(self, path: str, body: Json) -> Json:
        """Post JSON and return the answer."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-Actor": "demo"},
            method="POST",
        )
        data: Json = json.loads(self._answer(request))
        return data

    def ready(self) -> bool:
        """Tell whether it can do its work by now."""
        try:
            self.get("/readyz")
        except CentreError:
            return False
        return True

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels."""
        return sum(self.metrics(name).values())

    def metrics(self, name: str) -> dict[str, float]:
        """Return a metric by its labels as they are written, e.g. 'gateway="gw-1",kind="Sample"'."""
        text = self._answer(urllib.request.Request(f"{self.url}/metrics")).decode()  # noqa: S310
        lines = [line for line in text.splitlines() if line.partition("{")[0].partition(" ")[0] == name]
        return {line.partition("{")[2].rpartition("}")[0]: float(line.rpartition(" ")[2]) for line in lines}

    def _answer(self, request: urllib.request.Request) -> bytes:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as error:
            with error:
                msg = f"{request.get_method()} {request.full_url} was refused with {error.code}: {_words(error)}"
            raise CentreError(msg) from None
        except (OSError, http.client.HTTPException) as error:
            msg = f"the centre at {self.url} does not answer ({error}) / 服务器无应答"
            raise CentreError(msg) from None


def _words(error: urllib.error.HTTPError) -> str:
    """Return what the centre says about a refusal: title, detail and what to do."""
    try:
        text = error.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return str(error.reason)
    try:
        problem = json.loads(text)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return text.strip()[:WORDS_MAX] or str(error.reason)
    words = [str(problem[key]) for key in ("title", "detail", "todo") if problem.get(key)]
    return ". ".join(word.rstrip(".") for word in words)[:WORDS_MAX] or str(error.reason)


def pages(centre: Centre, path: str) -> Iterator[Json]:
    """Yield all items of a list that comes in pages."""
    after = ""
    while True:
        page = centre.get(f"{path}{'&' if '?' in path else '?'}limit={PAGE}&after={after}")
        yield from page["items"]
        if page["next"] is None:
            return
        after = page["next"]


def readings_count(centre: Centre, probe: str, from_ms: int, to_ms: int) -> int:
    """Return how many readings of a probe there are in a window, one an instant."""
    count = 0
    for start in range(from_ms, to_ms, HOUR_MS):
        stop = min(start + HOUR_MS, to_ms)
        cursor: int | None = start
        while cursor is not None:
            page = centre.get(f"/api/probes/{probe}/readings?from_ms={cursor}&to_ms={stop}&limit={PAGE}")
            count += len(page["taken_ms"])
            cursor = page["next_from_ms"]
    return count
