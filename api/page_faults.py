"""What a page answers where its address asks for something that it does not take: a page, in the reader's language."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.as_known import NotAsKnownError, is_interface
from api.context import Context
from api.pages import page, words_for
from api.past import Past
from api.problems import Problem, http_problem, on_validation, problem_of, problem_response, retry_headers
from api.refusals import refusal_text
from api.wording import Words
from coldchain.errors import ColdchainError

FAULTS_SHOWN_MAX: Final = 5
VALUE_SHOWN_MAX: Final = 40
_OF_STATUS: Final = {  # the problems that have texts of their own: the title, what is wrong, what to do
    404: ("wrong.title", "wrong.404", "wrong.404.todo"),
    405: ("wrong.title", "wrong.405", "wrong.405.todo"),
    413: ("wrong.refused", "wrong.413", "wrong.413.todo"),
}


def install_page_faults(app: FastAPI) -> None:
    """Let pages answer wrong addresses as pages; what is asked of the interface is answered as before."""
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(NotAsKnownError, _on_not_as_known)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(ColdchainError, _on_ours)


def told(request: Request, problem: Problem) -> Response:
    """Return a problem as a page to whoever looks at pages, in his language; to a program as before."""
    if not _reads_pages(request):
        return problem_response(problem)
    given: Context = request.app.state.context
    words = words_for(request, given, request.query_params.get("lang"))
    request.state.past = Past()  # nothing of the past is on it
    title, wrong, todo = _OF_STATUS.get(problem.status, ("wrong.refused", "", "wrong.refused.todo"))
    said = words.say(wrong) if wrong else refusal_text(problem.detail, words)
    parts = {"title": title, "told": [said], "todo": todo, "again": False}
    answer = page(request, words, "wrong.html", given.clock.now_ms(), status=problem.status, **parts)
    answer.headers.update(retry_headers(problem.status))
    return answer


def _reads_pages(request: Request) -> bool:
    file = request.url.path.startswith(("/api/", "/static/"))
    return not file and "text/html" in request.headers.get("accept", "")


async def _on_http(request: Request, error: Exception) -> Response:
    return told(request, http_problem(error))


async def _on_ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, ColdchainError):
        raise error
    return told(request, problem_of(error))


async def _on_validation(request: Request, error: Exception) -> Response:
    if is_interface(request) or not isinstance(error, RequestValidationError):
        return await on_validation(request, error)
    given: Context = request.app.state.context
    words = words_for(request, given, request.query_params.get("lang"))
    texts = [_text(fault, words) for fault in error.errors()[:FAULTS_SHOWN_MAX]]
    return page(request, words, "wrong.html", given.clock.now_ms(), status=422, told=texts)


async def _on_not_as_known(request: Request, error: Exception) -> Response:
    if not isinstance(error, NotAsKnownError):
        raise error
    if is_interface(request):
        return problem_response(problem_of(error))
    given: Context = request.app.state.context
    words = words_for(request, given, request.query_params.get("lang"))
    request.state.past = Past(offered=True)  # nothing of the past is on it
    return page(request, words, "wrong.html", given.clock.now_ms(), status=422, told=[words.say(error.key)])


def _text(fault: dict[str, Any], words: Words) -> str:
    location: Sequence[int | str] = fault["loc"]
    value = fault.get("input")
    shown = str(value)[:VALUE_SHOWN_MAX] if isinstance(value, str | int) else ""
    return words.say("wrong.value", name=str(location[-1]), value=shown)
