"""What is wrong in a settings file, said so that a technician can put it right: file, key, value, what is allowed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coldchain.errors import ColdchainError
from coldchain.places import Text

VALUE_SHOWN_MAX: Final = 80
# As urlsplit reads an address: the user ends at the first colon, may hold "@" and blanks; the last "@" ends all.
_PASSWORD: Final = re.compile(r"(://[^:]*:).*@", re.DOTALL)

Loc = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Allowed:
    """Stands in the annotation of every settings field and says what may be written there.

    A `secret` value is never repeated in a message.
    """

    en: str
    zh: str
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One wrong setting. `key` counts listed tables from 1; `variable` is the environment variable behind it."""

    key: str
    what: Text
    variable: str = ""

    def lines(self, file: str) -> tuple[str, str]:
        """Return the message for a file in English and in Chinese, one line each."""
        if not self.key:
            return f"{file}: {self.what.en}", f"{file}：{self.what.zh}"
        by_en = f" (from the environment variable {self.variable})" if self.variable else ""
        by_zh = f"（来自环境变量 {self.variable}）" if self.variable else ""
        return f"{file}: {self.key} {self.what.en}{by_en}", f"{file}：{self.key} {self.what.zh}{by_zh}"


class SettingsError(ColdchainError):
    """The settings are wrong: the message names each key, its value and what is allowed. Correct it and start again."""

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        self.file = file
        self.problems = problems
        super().__init__("\n".join(line for problem in problems for line in problem.lines(file)))


def refused(loc: Loc, value: object, allowed: Allowed) -> Problem:
    """Return the problem of a value that is not allowed."""
    shown = "***" if allowed.secret else shown_value(value)
    what = Text(
        en=f"= {shown} is not allowed; allowed: {allowed.en}",
        zh=f"= {shown} 不允许；允许的值：{allowed.zh}",
    )
    return Problem(key=key_text(loc), what=what)


def used_twice(uses: Iterable[tuple[Loc, str]]) -> list[Problem]:
    """Return a problem for every name that an earlier place has already."""
    first: dict[str, Loc] = {}
    found = []
    for loc, name in uses:
        if name not in first:
            first[name] = loc
            continue
        there = key_text(first[name])
        what = Text(
            en=f"= {shown_value(name)} stands at {there} already; each may stand once",
            zh=f"= {shown_value(name)} 已用于 {there}；不可重复",
        )
        found.append(Problem(key=key_text(loc), what=what))
    return found


def one_of(loc: Loc, value: str, known: Iterable[str], table: str) -> list[Problem]:
    """Return a problem if value is none of the known ids of the tables [[table]]."""
    ids = sorted(set(known))
    if value in ids:
        return []
    listed = ", ".join(ids) or f"no [[{table}]] is there yet"
    listed_zh = "、".join(ids) or f"尚无 [[{table}]]"
    return [refused(loc, value, Allowed(f"an id of this file: {listed}", f"本文件中的编号：{listed_zh}"))]


def problem_of(error: Mapping[str, Any], model: type[BaseModel], environment: Mapping[str, str]) -> Problem:
    """Return what pydantic found, in the words of a technician."""
    loc = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return _unknown(loc, model, environment)
    field = _field_at(model, loc)
    allowed = allowed_of(field) or Allowed(en=error["msg"], zh=error["msg"])
    if "[key]" in error["loc"]:
        what = Text(en=f"is no key that can stand here; allowed: {allowed.en}", zh=f"不是可用的键；允许：{allowed.zh}")
        return Problem(key=key_text(loc), what=what)
    if error["type"] == "missing":
        what = Text(en=f"is missing; write {allowed.en}", zh=f"缺少；请填写：{allowed.zh}")
        return Problem(key=key_text(loc), what=what)
    found = refused(loc, error["input"], allowed)
    return Problem(key=found.key, what=found.what, variable=_variable(loc, environment))


def key_text(loc: Loc) -> str:
    """Write a place in the file: ('bus', 0, 'slave') is 'bus[1].slave', tables of a list being counted from 1."""
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def shown_value(value: object) -> str:
    """Write a value as it may stand in a message: short, in one line, and without a password."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = without_password(text.lower() if isinstance(value, bool) else text)
    text = " ".join(text.split())
    return text if len(text) <= VALUE_SHOWN_MAX else f"{text[:VALUE_SHOWN_MAX]}..."


def without_password(text: str) -> str:
    """Return a text in which an address may stand without the password of that address."""
    return _PASSWORD.sub(r"\1***@", text)


def _unknown(loc: Loc, model: type[BaseModel], environment: Mapping[str, str]) -> Problem:
    table = _model_at(model, loc[:-1])
    names = ", ".join(table.model_fields) if table else ""
    where_en = f"in {key_text(loc[:-1])}" if loc[:-1] else "at the top of the file"
    where_zh = f"{key_text(loc[:-1])} 中" if loc[:-1] else "文件顶层"
    what = Text(
        en=f"is not a known key; allowed {where_en}: {names}",
        zh=f"不是已知的键；{where_zh}允许：{names}",
    )
    return Problem(key=key_text(loc), what=what, variable=_variable(loc, environment))


def _variable(loc: Loc, environment: Mapping[str, str]) -> str:
    """Return the name of the environment variable that set this key, or nothing."""
    wanted = "__".join(["COLDCHAIN_" + str(loc[0]), *(str(part) for part in loc[1:])]).upper()
    return next((name for name in environment if name.upper() == wanted), "")


def _field_at(model: type[BaseModel], loc: Loc) -> FieldInfo | None:
    """Return the deepest field of ours on the way; entries of a plain map share the field of the map."""
    found: FieldInfo | None = None
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int) or current is None:
            continue
        found = current.model_fields.get(part)
        current = _inner_model(found.annotation) if found else None
    return found


def _model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    if not loc:
        return model
    field = _field_at(model, loc)
    return _inner_model(field.annotation) if field else None


def _inner_model(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation is meant
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_inner_model(argument) for argument in get_args(annotation))
    return next((model for model in found if model), None)


def allowed_of(field: FieldInfo | None) -> Allowed | None:
    """Return what a field says of its values; None if it says nothing."""
    return next((item for item in field.metadata if isinstance(item, Allowed)), None) if field else None
