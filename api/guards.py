"""What is turned away before any route sees it: a foreign name in Host, and a body that is too large."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import LARGE_TITLE, LARGE_TODO, Problem, problem_response

FOREIGN_TITLE: Final = "Not addressed to this server"
FOREIGN_TODO: Final = "Use the address at which this server listens, e.g. http://127.0.0.1 and its port."


class Guard:
    """Answers with a problem where the Host is none of `hosts` or the body has more than `body_bytes_max`.

    `larger`: how much the body of a path may have instead, where a program of others decides what it sends.
    `tell` words the answer to whoever sent too much: a person who filled in a form reads a page.

    Without access control, another site's page must not reach us under a name of its own (DNS rebinding).
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Sequence[str],
        body_bytes_max: int,
        larger: Mapping[str, int] | None = None,
        tell: Callable[[Request, Problem], Response] = lambda _, problem: problem_response(problem),
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._body_bytes_max = body_bytes_max
        self._larger = larger or {}
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._body_bytes_max)
        problem = self._fault(Headers(scope=scope), most)
        if problem is not None:
            told = self._tell(Request(scope), problem) if problem.status == 413 else problem_response(problem)
            await told(scope, receive, send)
            return
        await self._app(scope, _limited(receive, most), send)

    def _fault(self, headers: Headers, most: int) -> Problem | None:
        host, length = headers.get("host", ""), headers.get("content-length", "")
        if host_name(host) not in self._hosts:
            detail = f"{host!r:.100} is none of this server's names"
            return Problem(title=FOREIGN_TITLE, status=400, detail=detail, todo=FOREIGN_TODO)
        if length.isdecimal() and int(length) > most:
            return Problem(title=LARGE_TITLE, status=413, detail=_too_large(most), todo=LARGE_TODO)
        return None


def _limited(receive: Receive, most: int) -> Receive:
    """Count a body that came without its length, and stop where it grows too large."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, _too_large(most))
        return message

    return limited


def _too_large(most: int) -> str:
    return f"the body is larger than {most} bytes"


def host_name(header: str) -> str:
    """Return the name in a Host header, lower case and without its port."""
    if header.startswith("["):
        return header.partition("]")[0].lower() + "]"
    return header.partition(":")[0].lower()
