"""Errors as application/problem+json (RFC 9457): what is wrong, and what to do about it."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.security import secured
from coldchain.errors import ColdchainError, ConflictError, InvalidValueError, StoreError, UnknownThingError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 5
ERRORS_SHOWN_MAX: Final = 10
LARGE_TITLE: Final = "Too large"
LARGE_TODO: Final = "Send one unit, tag or placement a request."


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: `title` names the kind, `detail` what is wrong here, `todo` what to do next."""

    title: str
    status: int
    detail: str
    todo: str


_KINDS: Final[dict[type[ColdchainError], tuple[int, str, str]]] = {
    InvalidValueError: (422, "A value is not allowed", "Correct the value that the detail names and send it again."),
    UnknownThingError: (404, "Not registered", "Check the id, or register the thing first."),
    ConflictError: (
        409,
        "Contradicts what is recorded",
        "Nothing was changed. Read what is recorded and decide which of the two is right.",
    ),
    StoreError: (
        503,
        "The store could not do it",
        "Nothing was kept. Send the same request again; if it goes on, look at /readyz and the disk.",
    ),
}
_STATUS_TITLES: Final = {
    400: ("Not understood", "Check the request's body: it must be JSON."),
    404: ("Not found", "Check the address; /openapi.json lists what there is."),
    405: ("Not possible here", "This address is read or written in another way; /openapi.json says how."),
    413: (LARGE_TITLE, LARGE_TODO),
}


def problem_response(problem: Problem) -> Response:
    """Return a problem as a response; what may pass by itself says when to try again."""
    return Response(msgspec.json.encode(problem), problem.status, retry_headers(problem.status), MEDIA_TYPE)


def retry_headers(status: int) -> dict[str, str]:
    """Return when to try again, where what stands in the way may pass by itself."""
    return {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}


def missing(what: str, name: str) -> UnknownThingError:
    """Return the error for a thing that was asked for and is not there."""
    return UnknownThingError(f"{what} {name!r} is not registered")


def install_problems(app: FastAPI) -> None:
    """Let every error leave the app as a problem."""
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(ColdchainError, _on_ours)
    app.add_exception_handler(Exception, _on_anything)


def problem_of(error: ColdchainError) -> Problem:
    """Translate one of our errors."""
    for kind, (status, title, todo) in _KINDS.items():
        if isinstance(error, kind):
            return Problem(title=title, status=status, detail=str(error), todo=todo)
    return _unexpected(str(error))


async def _on_ours(_request: Request, error: Exception) -> Response:
    return problem_response(problem_of(error) if isinstance(error, ColdchainError) else _unexpected(""))


async def _on_anything(request: Request, _error: Exception) -> Response:
    # The text of an unforeseen error stays in the log: it may name what a reader should not see.
    # This handler stands outside of all middleware, so it sets the headers itself.
    return secured(problem_response(_unexpected("The program met something that it does not know.")), request.url.path)


def http_problem(error: Exception) -> Problem:
    """Translate an error of the framework: no such address, another way of asking, a body that is too large."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    title, todo = _STATUS_TITLES.get(
        status, ("The request failed", "See the detail; /openapi.json lists what there is.")
    )
    return Problem(title=title, status=status, detail=detail, todo=todo)


async def _on_http(_request: Request, error: Exception) -> Response:
    return problem_response(http_problem(error))


async def on_validation(_request: Request, error: Exception) -> Response:
    """Answer a value that is not allowed."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    status, title, todo = _KINDS[InvalidValueError]
    return problem_response(Problem(title=title, status=status, detail=_faults_text(faults), todo=todo))


def _faults_text(faults: Sequence[Any]) -> str:
    lines = [f"{_where(fault['loc'])}: {fault['msg']}{_given(fault)}" for fault in faults[:ERRORS_SHOWN_MAX]]
    if len(faults) > ERRORS_SHOWN_MAX:
        lines.append(f"and {len(faults) - ERRORS_SHOWN_MAX} more")
    return "; ".join(lines)


def _where(location: Sequence[int | str]) -> str:
    return " ".join(str(part) for part in location)


def _given(fault: dict[str, Any]) -> str:
    value = fault.get("input")
    return f", not {value!r:.80}" if isinstance(value, str | int) else ""


def _unexpected(detail: str) -> Problem:
    todo = "Send the program's log of this minute to whoever looks after it."
    return Problem(title="Unexpected error", status=500, detail=detail, todo=todo)
