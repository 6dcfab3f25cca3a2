"""Drivers for devices on a serial line that the program does not know: a tiny interface, open to other packages.

A package offers a driver under the entry-point group `coldchain.drivers`; what the entry point names is called with
the table `settings` of the settings file and returns a Driver, or raises ValueError with the words for the operator.
A driver gets bytes and gives what it heard: it opens nothing, waits for nothing and knows no clock.
docs/drivers.md has a template.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from typing import Final, Protocol, TypeAlias, cast, runtime_checkable

from coldchain.errors import ColdchainError
from gateway.decoders.ascii_line import AsciiLine
from gateway.decoders.heard import Measured, Rejected

__all__ = ["Driver", "DriverError", "Measured", "Rejected", "known_drivers", "make_driver"]

GROUP: Final = "coldchain.drivers"
ASCII_LINE: Final = "ascii-line"  # comes with the program


@runtime_checkable
class Driver(Protocol):
    """Talks with one device."""

    def question(self) -> bytes:
        """Return what to send at the beginning of each turn; b"" to a device that speaks by itself."""

    def poll(self, data: bytes) -> Sequence[Measured | Rejected]:
        """Take bytes, cut in any way, and return what they say. b"" means that the line fell silent."""


MakeDriver: TypeAlias = Callable[[Mapping[str, object]], Driver]


class DriverError(ColdchainError):
    """A driver cannot be used; the message names it. The other devices are not touched by that."""


def known_drivers() -> dict[str, metadata.EntryPoint]:
    """Return the drivers that installed packages offer, by name; none is imported."""
    return {point.name: point for point in metadata.entry_points(group=GROUP)}


def make_driver(name: str, settings: Mapping[str, object]) -> Driver:
    """Import a driver and hand it its settings. Raises DriverError that names it and says what is wrong."""
    if name == ASCII_LINE:
        return _made(name, lambda: AsciiLine(settings))
    point = known_drivers().get(name)
    if point is None:
        listed = ", ".join(sorted(known_drivers())) or "none is installed"
        msg = f'there is no driver "{name}" (installed: {listed}) / 没有驱动 {name}，请安装提供它的软件包'
        raise DriverError(msg)
    return _made(name, lambda: cast("MakeDriver", point.load())(settings))


def _made(name: str, make: Callable[[], object]) -> Driver:
    try:
        driver = make()
    except Exception as error:  # somebody else's code: whatever it raises, the gateway goes on
        msg = f'driver "{name}" cannot be used: {type(error).__name__}: {error} / 驱动 {name} 无法使用'
        raise DriverError(msg) from error
    if not isinstance(driver, Driver):
        msg = f'driver "{name}" is none: it lacks question() or poll() / 驱动 {name} 不完整，缺少 question() 或 poll()'
        raise DriverError(msg)
    return driver
