"""A field of tags with its ground truth: a cabinet or a tunnel, what it reads by chance, and where the bags really are.

Each tag has a read rate of its own, out of the zone's rate and its orientation; some are blind: they lie behind a
vessel and are never read while they stay there (cases of water with the tags down: 0 % read, Clarke, Twede et al.,
Packaging Technology and Science 19, 2006). Strays stand outside and are heard now and then. All is seeded.
"""

import random
from dataclasses import dataclass, field
from typing import Final, TypeVar

_T = TypeVar("_T")

STRAY_RATE: Final = 0.10
EPC_PREFIX: Final = "3035A537C837754000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What really happened: a bag was put in or taken out."""

    epc: str
    entered: bool
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one antenna heard of a tag in a cycle."""

    epc: str
    antenna: int
    count: int
    rssi_dbm: int


@dataclass(slots=True, kw_only=True)
class TagField:
    """Bags, of which some are inside, and strays that never are.

    `spread`: how much the rate of single tags differs (0: all alike); `blind`: the share of bags put in that cannot be
    read where they lie. A bag that is put in again lies anew.
    """

    seed: str
    rate: float
    bags: tuple[str, ...]
    strays: tuple[str, ...] = ()
    stray_rate: float = STRAY_RATE
    spread: float = 0.0
    blind: float = 0.0
    inside: dict[str, float] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Seed the dice."""
        self.dice = random.Random(f"{self.seed}:{self.rate}")  # noqa: S311 - seeded so that it repeats

    def put_in(self, epc: str, at_ms: int) -> None:
        """Put a bag in; how well it is read is thrown anew."""
        self.inside[epc] = self._own_rate()
        self.moves.append(Move(epc=epc, entered=True, at_ms=at_ms))

    def take_out(self, epc: str, at_ms: int) -> None:
        """Take a bag out."""
        del self.inside[epc]
        self.moves.append(Move(epc=epc, entered=False, at_ms=at_ms))

    def toggle(self, epc: str, at_ms: int) -> None:
        """Move a bag to the other side of the door."""
        if epc in self.inside:
            self.take_out(epc, at_ms)
        else:
            self.put_in(epc, at_ms)

    def cycle(self) -> list[Read]:
        """Return what one event cycle hears: bags inside at their rate and strays at theirs, by EPC."""
        heard = [self._read(epc, -52) for epc, rate in sorted(self.inside.items()) if self.dice.random() < rate]
        return heard + [self._read(epc, -71) for epc in self.strays if self.dice.random() < self.stray_rate]

    def _own_rate(self) -> float:
        if self.dice.random() < self.blind:
            return 0.0
        return min(1.0, max(0.0, self.rate + self.dice.uniform(-self.spread, self.spread)))

    def _read(self, epc: str, around_dbm: int) -> Read:
        rssi_dbm = around_dbm + self.dice.randrange(-4, 5)
        return Read(epc=epc, antenna=self.dice.randrange(1, 5), count=self.dice.randrange(1, 9), rssi_dbm=rssi_dbm)


def epcs(first: int, number: int) -> tuple[str, ...]:
    """Return EPCs with consecutive serial numbers."""
    return tuple(f"{EPC_PREFIX}{serial:06X}" for serial in range(first, first + number))


def on_the_way(dice: random.Random, items: list[_T], drop: float = 0.0, duplicate: float = 0.05) -> list[_T]:
    """Return items as a bad link brings them: some lost, some twice, all in another order."""
    kept = [item for item in items if dice.random() >= drop]
    kept += [item for item in kept if dice.random() < duplicate]
    dice.shuffle(kept)
    return kept
