"""What every response tells the browser: run nothing but our own files, embed us nowhere, keep nothing."""

from typing import Final

from fastapi import Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


KEPT_BUT_ASKED_FOR: Final = "no-cache"  # of our own files: an update shows at once


class Secured:
    """Puts the headers on every response as it begins, so that a stream is not held back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers_for(scope["path"]))
            await send(message)

        await self._app(scope, receive, sending)


def headers_for(path: str) -> dict[str, str]:
    """Return the headers of a response to this path."""
    if path.startswith("/static/"):
        return SECURITY_HEADERS | {"Cache-Control": KEPT_BUT_ASKED_FOR}
    return SECURITY_HEADERS


def secured(response: Response, path: str) -> Response:
    """Put the headers on a response that is made outside of all middleware."""
    response.headers.update(headers_for(path))
    return response
