"""What the demo tells: to a person at a terminal one line that changes, to a log few lines."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, TextIO

EVERY_S: Final = 1.0
TENTHS: Final = 10
LISTED_MAX: Final = 5
LISTED_CHARACTERS_MAX: Final = 80


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


class Progress:
    """How far a step has come, from 0 to 1. A log is told after every tenth at most, and once a second at most."""

    def __init__(self, out: TextIO | None = None, now_s: Callable[[], float] = time.monotonic) -> None:
        self._out = out or sys.stdout
        self._person = self._out.isatty()
        self._now_s = now_s
        self._told_s = float("-inf")
        self._told_tenth = 0
        self._shown = ""

    def at(self, share: float, text: str) -> None:
        """Show the text, if it is time to."""
        if not self._due(share):
            return
        self._told_s, self._told_tenth = self._now_s(), _tenth(share)
        self._write(text, last=False)

    def end(self, text: str) -> None:
        """Show the text of the end in any case."""
        self._write(text, last=True)

    def _due(self, share: float) -> bool:
        if self._person:
            return True
        quick = self._now_s() - self._told_s < EVERY_S
        return not quick and _tenth(share) > self._told_tenth

    def _write(self, text: str, *, last: bool) -> None:
        if self._person:
            self._out.write(f"\r{text:{len(self._shown)}}" + ("\n" if last else ""))
            self._shown = text
        else:
            self._out.write(f"{text}\n")
        self._out.flush()


def _tenth(share: float) -> int:
    return int(share * TENTHS + 1e-9)  # 0.3 is a little less than three tenths


def listed(names: Sequence[object]) -> str:
    """Write a list as somebody reads it on a terminal: its length, and the first and last of many or of long ones."""
    texts = [str(name) for name in names]
    if not texts:
        return "none / 无"
    whole = ", ".join(texts)
    if len(texts) <= LISTED_MAX and len(whole) <= LISTED_CHARACTERS_MAX:
        return f"{len(texts)}: {whole}"
    ends = f"{', '.join(texts[: LISTED_MAX - 2])} ... {texts[-1]}"
    if len(texts) > LISTED_MAX and len(ends) <= LISTED_CHARACTERS_MAX:
        return f"{len(texts)}: {ends}"
    return f"{len(texts)}: {texts[0]} ... {texts[-1]}" if len(texts) > 1 else f"1: {texts[0]}"
