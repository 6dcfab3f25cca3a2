"""What a page answers where its address asks for something that it does not take: a page, in the reader's language."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError

from api.as_known import NotAsKnownError, is_interface
from api.context import Context
from api.pages import page, words_for
from api.past import Past
from api.problems import on_validation, problem_of, problem_response
from api.wording import Words

FAULTS_SHOWN_MAX: Final = 5
VALUE_SHOWN_MAX: Final = 40


def install_page_faults(app: FastAPI) -> None:
    """Let pages answer wrong addresses as pages; what is asked of the interface is answered as before."""
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(NotAsKnownError, _on_not_as_known)


async def _on_validation(request: Request, error: Exception) -> Response:
    if is_interface(request) or not isinstance(error, RequestValidationError):
        return await on_validation(request, error)
    given: Context = request.app.state.context
    words = words_for(request, given, request.query_params.get("lang"))
    told = [_text(fault, words) for fault in error.errors()[:FAULTS_SHOWN_MAX]]
    return page(request, words, "wrong.html", given.clock.now_ms(), status=422, told=told)


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
