"""Settings of stations that number their bags in a way of their own: tables [[code_scheme]] of server.toml."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed, Problem, key_text
from assembly.settings_types import Id, Name, Table, a_number
from coldchain.errors import InvalidValueError
from coldchain.places import Text
from coldchain.station_codes import NUMBER_MAX, PATTERN_MAX, Check, CodeScheme, require_scheme


class CodeSchemeTable(Table):
    """How the donation numbers of one station look. Numbers of ISBT 128 need no table."""

    id: Id
    name_zh: Name
    name_en: Name
    pattern: Annotated[
        str,
        Field(min_length=1, max_length=PATTERN_MAX),
        Allowed('a regular expression for a whole number, e.g. "[0-9]{13}"', '整个编号的正则表达式，例如 "[0-9]{13}"'),
    ]
    length: Annotated[
        int,
        BeforeValidator(a_number),
        Field(ge=1, le=NUMBER_MAX),
        Allowed(f"how many characters a number has, 1 to {NUMBER_MAX}", f"编号位数，1 到 {NUMBER_MAX}"),
    ]
    check: Annotated[
        Check,
        Allowed('"none", "mod-10" or "mod-37-2"', '"none"（无校验）、"mod-10" 或 "mod-37-2"'),
    ] = Check.NONE

    def scheme(self) -> CodeScheme:
        """Return the scheme as plain data."""
        return CodeScheme(
            id=self.id,
            name=Text(zh=self.name_zh, en=self.name_en),
            pattern=self.pattern,
            length=self.length,
            check=self.check,
        )


def scheme_problems(tables: tuple[CodeSchemeTable, ...]) -> list[Problem]:
    """Return what cannot be used: a pattern that cannot be read, an id that is taken."""
    found = []
    for i, table in enumerate(tables):
        try:
            require_scheme(table.scheme())
        except InvalidValueError as error:
            what = Text(en=str(error), zh=f"编码方案不可用：{error}")
            found.append(Problem(key=key_text(("code_scheme", i)), what=what))
    return found
