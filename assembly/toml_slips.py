"""What hands on a Chinese or a word processor's keyboard do to TOML: curly quotes and full-width signs.

Both look right on the screen, and the parser only says that something is invalid.
"""

import re
import unicodedata
from typing import Final

from coldchain.places import Text

CURLY: Final = {"“": '"', "”": '"', "„": '"', "‟": '"', "‘": "'", "’": "'", "‚": "'", "、": ",", "。": "."}
BRACKETS: Final = {"【": "[", "】": "]", "—": "-", "–": "-", "\u00a0": " "}
_WHERE: Final = re.compile(r"\(at line (\d+), column \d+\)$")
_RIGHT: Final = re.compile(r'"[^"]*"' + r"|'[^']*'|#.*")  # what is quoted as it should be, and comments


def slip(text: str, error: str) -> Text | None:
    """Return what to write instead, with the line, if such signs stand where the parser stopped; else None."""
    lines = text.rstrip("\n").split("\n")  # as the parser counts them
    found = _WHERE.search(error)
    number = int(found.group(1)) if found else len(lines)  # else at the end of the text
    if not 1 <= number <= len(lines):
        return None
    signs = {sign: plain for sign in _RIGHT.sub("", lines[number - 1]) if (plain := _plain(sign)) != sign}
    if not signs:
        return None
    quotes = sorted(sign for sign, plain in signs.items() if plain in {'"', "'"})
    others = {sign: plain for sign, plain in signs.items() if sign not in quotes}
    en, zh = [], []
    if quotes:
        en.append(f'use straight quotes " instead of {" ".join(quotes)}')
        zh.append(f'请使用英文直引号 "，不要用 {" ".join(quotes)}')
    if others:
        wrong, right = " ".join(map(_shown, others)), " ".join(map(_shown, others.values()))
        en.append(f"write {right} instead of {wrong} (half-width, English input)")
        zh.append(f"请用英文半角 {right}，不要用全角 {wrong}")
    return Text(en=f"line {number}: {'; '.join(en)}", zh=f"第 {number} 行：{'；'.join(zh)}")


def _plain(sign: str) -> str:
    """Return the ASCII sign that was meant, or the sign itself."""
    known = CURLY.get(sign) or BRACKETS.get(sign)
    if known is not None:
        return known
    normal = unicodedata.normalize("NFKC", sign)
    return normal if len(normal) == 1 and normal.isascii() else sign


def _shown(sign: str) -> str:
    """Return a sign so that it can be seen."""
    if sign == " ":
        return "a space (空格)"
    return f"U+{ord(sign):04X}" if sign.isspace() else sign
