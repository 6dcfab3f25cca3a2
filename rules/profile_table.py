"""One table of a profile file, read key by key: what is missing, unknown or wrong is refused by the name of its key."""

from typing import Any, Final

from coldchain.canonical import INTEGER_MAX
from coldchain.errors import InvalidValueError
from coldchain.temperature import ABSOLUTE_ZERO_MICRO_CELSIUS, micro_celsius

SECOND: Final = 1_000
MINUTE: Final = 60_000
HOUR: Final = 3_600_000
DAY: Final = 86_400_000
HOTTEST_MICRO_CELSIUS: Final = 1_000_000_000
TEXT_MAX: Final = 1_000
EVIDENCE: Final = ("V", "V2", "K", "PROP")


class Table:
    """A table of the file with its name as a person finds it there, e.g. "[storage]". Every key asked for is known."""

    def __init__(self, name: str, data: object) -> None:
        if not isinstance(data, dict):
            msg = f"the profile's {name} is of the wrong type: a table of keys is allowed"
            raise InvalidValueError(msg)
        self.name = name
        self._data: dict[str, Any] = data
        self._asked: set[str] = {"source", "evidence"}

    def __contains__(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._data

    def refuse(self, key: str, allowed: str) -> InvalidValueError:
        """Return the error for the value of a key."""
        value = self._data.get(key)
        return InvalidValueError(f"the profile's {key} in {self.name} is {value!r}: {allowed}")

    def value(self, key: str) -> object:
        """Return what stands under a key; raises InvalidValueError if it is not there."""
        if key not in self:
            msg = f"the profile lacks the key {key!r} in {self.name}"
            raise InvalidValueError(msg)
        return self._data[key]

    def text(self, key: str) -> str:
        """Return a text that says something."""
        value = self.value(key)
        if not isinstance(value, str) or not value.strip() or len(value) > TEXT_MAX:
            raise self.refuse(key, f"a text of 1 to {TEXT_MAX} characters is allowed")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        """Return one of a few words."""
        value = self.value(key)
        if value not in allowed or not isinstance(value, str):
            raise self.refuse(key, f"allowed: {', '.join(allowed)}")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self.value(key)
        if not isinstance(value, bool):
            raise self.refuse(key, "true or false are allowed")
        return value

    def whole(self, key: str, unit: str = "numbers", least: int = 0) -> int:
        """Return a whole number, `least` or more."""
        value = self.value(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= INTEGER_MAX // DAY:
            raise self.refuse(key, f"whole {unit}, {least} or more, are allowed")
        return value

    def celsius(self, key: str) -> int:
        """Return a temperature in micro-degrees Celsius, written as a text so that nothing is rounded."""
        value = self.value(key)
        if not isinstance(value, str):
            raise self.refuse(key, 'that is of the wrong type; degrees Celsius in quotes are allowed, e.g. "6.0"')
        try:
            micro = micro_celsius(value)
        except InvalidValueError as error:
            raise self.refuse(key, str(error)) from error
        if not ABSOLUTE_ZERO_MICRO_CELSIUS <= micro <= HOTTEST_MICRO_CELSIUS:
            raise self.refuse(key, "no such temperature is measured")
        return micro

    def span(self, key: str) -> int:
        """Return a difference of temperatures in micro-degrees Celsius, 0 or more."""
        micro = self.celsius(key)
        if micro < 0:
            raise self.refuse(key, "a difference of 0 or more is allowed")
        return micro

    def time(self, key: str) -> int:
        """Return a time in milliseconds; the key's last word is the unit: s, min, hours, days."""
        word, ms = next((word, ms) for word, ms in _UNITS.items() if key.endswith(f"_{word}") or key == word)
        return self.whole(key, _NAMES[word]) * ms

    def time_if(self, key: str) -> int | None:
        """Return a time in milliseconds, None if the key is not there."""
        return self.time(key) if key in self else None

    def celsius_if(self, key: str) -> int | None:
        """Return a temperature, None if the key is not there."""
        return self.celsius(key) if key in self else None

    def whole_if(self, key: str) -> int | None:
        """Return a whole number, None if the key is not there."""
        return self.whole(key) if key in self else None

    def cited(self) -> tuple[str, str]:
        """Return source and evidence, which every section has."""
        return self.text("source"), self.one_of("evidence", EVIDENCE)

    def keys(self) -> tuple[str, ...]:
        """Return the keys that are there."""
        return tuple(self._data)

    def done(self, allowed: frozenset[str] = frozenset()) -> None:
        """Raise InvalidValueError for a key that nobody asked for: a misspelt limit would be one that does not hold."""
        unknown = sorted(set(self._data) - (allowed or self._asked))
        if unknown:
            msg = f"the profile has the unknown key {unknown[0]!r} in {self.name}"
            raise InvalidValueError(msg)


_UNITS: Final = {"s": SECOND, "min": MINUTE, "hours": HOUR, "days": DAY}
_NAMES: Final = {"s": "seconds", "min": "minutes", "hours": "hours", "days": "days"}
