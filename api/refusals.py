"""What was refused, in the language of the page: the intake says it in English, a Chinese page in Chinese."""

from typing import Final

from api.texts_refusals import REFUSALS
from api.wording import Language, Words

CHINESE: Final = "\u4e00"  # the first of the characters of Chinese
# What `coldchain.decisions.what_changed` and the intake say of evidence that is another by now.
_CHANGED: Final = {
    "new: ": "新增：",
    "changed: ": "有变化：",
    "gone: ": "已不在：",
    "; ": "；",
    "its profile": "限值方案",
    "look at the unit again": "请重新查看血袋",
}
# What a row of a reception says of a bag, by the name of its field on the page.
_FIELDS: Final = {
    "blood group": "receive.group",
    "component": "receive.component",
    "product code": "receive.product",
    "division": "receive.division",
    "issuer": "receive.issuer",
    "scheme": "recalls.scheme",
    "expiry": "id.expires",
    "unknown": "unknown",
}


def refusal_text(error: object, words: Words) -> str:
    """Return why something was refused. What has no text of its own is shown as it was said, and said to be so.

    A Chinese name in it makes it no Chinese text: only what begins with Chinese and has no text of its own is one.
    """
    said = str(error)
    if words.language is Language.EN or not said:
        return said
    for pattern, chinese in REFUSALS:
        if found := pattern.fullmatch(said):
            parts = {name: _part(name, text or "", words) for name, text in found.groupdict().items()}
            return chinese.format(**parts)
    if said[0] >= CHINESE:
        return said
    return f"未被接受，没有改动。原文：{said}"


def _part(name: str, text: str, words: Words) -> str:
    if name == "changed":
        for english, chinese in _CHANGED.items():
            text = text.replace(english, chinese)
    if name == "ready":
        key = f"box.not-ready.{text}"
        return words.say(key) if words.knows(key) else text
    if name.startswith("field") and text in _FIELDS:
        return words.say(_FIELDS[text])
    return words.when(int(text)) if name.startswith("at") else text
