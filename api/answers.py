"""How routes answer: structs as JSON with their schema in the OpenAPI, lists in pages of bounded length."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import Path, Query, Response

from api.problems import MEDIA_TYPE, Problem
from coldchain.errors import InvalidValueError
from coldchain.identifiers import ID_PATTERN

LIMIT_MAX: Final = 1_000
LIMIT_DEFAULT: Final = 100
MILLIS_MAX: Final = 253_370_764_800_000  # 9999-01-01: calendars, and pages with them, end within that year
DAY_MS: Final = 86_400_000
WINDOW_MS_MAX: Final = 40 * DAY_MS  # red cells live 35 days; longer spans are asked for in parts

_ENCODER: Final = msgspec.json.Encoder()
_DOCUMENTED: Final[dict[str, type[msgspec.Struct]]] = {"Problem": Problem}

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description=f"How many at most, up to {LIMIT_MAX}.")]
After = Annotated[str, Query(max_length=64, description="Go on after this: the `next` of the page before.")]
ThingId = Annotated[str, Path(pattern=f"^{ID_PATTERN}$", description="An id: 1 to 32 of a-z, 0-9 and '-'.")]
Millis = Annotated[int, Query(ge=0, le=MILLIS_MAX, description="UTC milliseconds since 1970.")]

T = TypeVar("T")


def answer(value: Any, status: int = 200) -> Response:  # noqa: ANN401 - any struct is meant
    """Return a struct as a JSON response."""
    return Response(_ENCODER.encode(value), status, media_type="application/json")


def documented(kind: type[msgspec.Struct], description: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that answers with this struct, and note the struct for the OpenAPI."""
    _DOCUMENTED[kind.__name__] = kind
    return {status: {"description": description, "content": {"application/json": {"schema": _ref(kind)}}}}


def problem_responses() -> dict[int | str, dict[str, Any]]:
    """Return the `responses` that every route shares: all errors are problems."""
    content = {MEDIA_TYPE: {"schema": _ref(Problem)}}
    return {
        "4XX": {"description": "What is wrong with the request, and what to do.", "content": content},
        "503": {"description": "The store could not do it now; try again after Retry-After.", "content": content},
    }


def with_schemas(openapi: dict[str, Any]) -> dict[str, Any]:
    """Put the schemas of all answers into an OpenAPI document."""
    _, components = msgspec.json.schema_components(
        sorted(_DOCUMENTED.values(), key=lambda kind: kind.__name__), ref_template="#/components/schemas/{name}"
    )
    openapi.setdefault("components", {}).setdefault("schemas", {}).update(components)
    return openapi


def page_of(items: Sequence[T], name: Callable[[T], str], after: str, limit: int) -> tuple[list[T], str | None]:
    """Return the items that follow the one named `after`, and the name to go on with (None: that was all)."""
    start = 0
    if after:
        start = next((index + 1 for index, item in enumerate(items) if name(item) == after), -1)
        if start < 0:
            msg = f"after={after!r} names nothing in this list: take the `next` of a page, with the same filters"
            raise InvalidValueError(msg)
    part = list(items[start : start + limit])
    return part, name(part[-1]) if start + limit < len(items) else None


def require_window(from_ms: int, to_ms: int, longest_ms: int = WINDOW_MS_MAX) -> None:
    """Refuse a time window that is empty, reversed or too long."""
    if from_ms >= to_ms:
        msg = f"from_ms {from_ms} must lie before to_ms {to_ms}"
        raise InvalidValueError(msg)
    if to_ms - from_ms > longest_ms:
        msg = f"the window is {to_ms - from_ms} ms long, at most {longest_ms} are allowed: ask for it in parts"
        raise InvalidValueError(msg)


def _ref(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
