"""What is sent as JSON can be taken: a kind is a word there, and no value of ours."""

import enum
import importlib
import pkgutil
from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic.fields import FieldInfo

import api
from api.bodies import Body


def bodies(kind: type[Body]) -> Iterator[type[Body]]:
    for one in kind.__subclasses__():
        yield one
        yield from bodies(one)


def kinds() -> list[tuple[str, FieldInfo]]:
    for module in pkgutil.iter_modules(api.__path__):
        importlib.import_module(f"api.{module.name}")
    fields = {f"{body.__name__}.{name}": field for body in bodies(Body) for name, field in body.model_fields.items()}
    return sorted((name, field) for name, field in fields.items() if any(map(_is_kind, _parts(field.annotation))))


def _parts(annotation: object) -> tuple[object, ...]:
    return (annotation, *get_args(annotation))


def _is_kind(part: object) -> bool:
    return isinstance(part, type) and issubclass(part, enum.Enum)


@pytest.mark.parametrize(("name", "field"), kinds(), ids=lambda one: one if isinstance(one, str) else "")
def test_a_kind_is_taken_as_a_word(name: str, field: FieldInfo) -> None:
    assert [getattr(one, "strict", None) for one in field.metadata] == [False], name
