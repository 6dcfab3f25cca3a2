"""What every response tells the browser: run nothing but our own files, embed us nowhere, keep nothing."""

from typing import Final

from fastapi import Response

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


def secured(response: Response, path: str) -> Response:
    """Put the headers on a response."""
    for name, value in SECURITY_HEADERS.items():
        response.headers[name] = value
    if path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"  # kept, but asked for anew: an update shows at once
    return response
