"""How figures become words on a page: one language, one time zone, nothing rounded across a limit."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from api.texts import TEXTS
from coldchain.places import Text
from coldchain.temperature import celsius_text

SECOND_MS: Final = 1_000
LAST_MS: Final = 253_370_764_800_000  # 9999-01-01, with room for any zone


class Language(StrEnum):
    """The console's languages."""

    ZH = "zh"
    EN = "en"


_UNITS: Final = ((86_400, "unit.d"), (3_600, "unit.h"), (60, "unit.min"), (1, "unit.s"))


class Count(int):
    """A number that chooses the word for it: "{n} {n:unit|units}"; without such words it is the number itself."""

    def __format__(self, spec: str) -> str:
        """Return the first word for one and the second for any other number."""
        one, bar, many = spec.partition("|")
        if not bar:
            return super().__format__(spec)
        return one if self == 1 else many


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one page."""

    language: Language
    zone: ZoneInfo

    def pick(self, text: Text) -> str:
        """Return a text in this language."""
        return text.zh if self.language is Language.ZH else text.en

    def say(self, key: str, /, **figures: object) -> str:
        """Return a text of the catalogue with figures in it. Raises KeyError for a key or figure that is missing."""
        text = self.pick(TEXTS[key])
        counted = {name: Count(value) if type(value) is int else value for name, value in figures.items()}
        return text.format(**counted) if figures else text

    def knows(self, key: str) -> bool:
        """Tell whether the catalogue has a key."""
        return key in TEXTS

    def offset(self, at_ms: int) -> str:
        """Return the zone's offset at an instant, e.g. UTC+08:00."""
        text = self._local(at_ms).strftime("%z")
        return f"UTC{text[:3]}:{text[3:]}"

    def offset_ms(self, at_ms: int) -> int:
        """Return the zone's offset at an instant in milliseconds."""
        offset = self._local(at_ms).utcoffset()
        return 0 if offset is None else int(offset.total_seconds()) * SECOND_MS

    def local(self, at_ms: int) -> str:
        """Return an instant in the site's time to the minute, as forms take it, e.g. 2026-03-12T02:10.

        With its offset in an hour that the clocks show twice: without it, it would be either.
        """
        at = self._local(at_ms)
        text = at.strftime("%Y-%m-%dT%H:%M")
        once = at.replace(fold=1 - at.fold).utcoffset() == at.utcoffset()
        return text if once else text + self.offset(at_ms).removeprefix("UTC")

    def when(self, at_ms: int) -> str:
        """Return an instant in the site's time to the second, e.g. 2026-03-12 02:10:30."""
        return self._local(at_ms).strftime("%Y-%m-%d %H:%M:%S")

    def clock(self, at_ms: int, now_ms: int) -> str:
        """Return an instant, without its date where that is today's."""
        at, now = self.when(at_ms), self.when(now_ms)
        return at[11:] if at[:10] == now[:10] else at

    def period(self, from_ms: int, to_ms: int | None) -> str:
        """Return a period; the date of its end only where it differs, and words where it has no end."""
        if to_ms is None:
            return f"{self.when(from_ms)} – {self.say('open')}"
        begin, end = self.when(from_ms), self.when(to_ms)
        return f"{begin} – {end[11:] if begin[:10] == end[:10] else end}"

    def lasted(self, milliseconds: int, *, up: bool = True) -> str:
        """Return a duration in whole seconds; rounded up where more is worse, down for a least time."""
        seconds = -(-milliseconds // SECOND_MS) if up else milliseconds // SECOND_MS
        parts = []
        for size, name in _UNITS:
            count, seconds = divmod(seconds, size)
            if count:
                parts.append(f"{count} {self.say(name)}")
        return " ".join(parts) or f"0 {self.say(_UNITS[2][1])}"

    def lasted_between(self, least_ms: int | None, most_ms: int | None) -> str:
        """Return least and most of a duration, as one where they are equal."""
        if least_ms is None or most_ms is None:
            return self.say("unknown")
        if least_ms == most_ms:
            return self.lasted(most_ms)
        return f"{self.lasted(least_ms, up=False)} – {self.lasted(most_ms)}"

    def celsius(self, micro: int | None) -> str:
        """Return degrees exactly as measured, or that they are unknown."""
        return self.say("unknown") if micro is None else celsius_text(micro)

    def _local(self, at_ms: int) -> datetime:
        # A record may say what no calendar has; its page has to be shown all the same.
        return datetime.fromtimestamp(min(at_ms, LAST_MS) // SECOND_MS, self.zone)


def language_of(asked: str | None, cookie: str | None, accept: str | None) -> Language:
    """Choose the language: asked for in the address, else remembered, else the browser's first known, else Chinese."""
    for choice in (asked, cookie):
        if choice in set(Language):
            return Language(choice)
    for part in (accept or "").split(","):
        name = part.split(";")[0].strip().lower()[:2]
        if name in set(Language):
            return Language(name)
    return Language.ZH
