"""What is set up at one time: gateways, places, probes, readers and contacts, found by id, by place and by gateway.

It is made once for many transactions: what one of them asks for costs a look-up, however much is registered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol, TypeVar

from coldchain.places import Contact, Gateway, Place, Probe, Reader


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equipment:
    """All that is set up. Mappings by id are in the order of ids; `probes_in` is by place, `probes_at` by gateway."""

    gateways: Mapping[str, Gateway]
    places: Mapping[str, Place]
    probes: Mapping[str, Probe]
    readers: Mapping[str, Reader]
    contacts: Mapping[str, Contact]
    probes_in: Mapping[str, Sequence[Probe]]
    probes_at: Mapping[str, Sequence[Probe]]
    readers_in: Mapping[str, Sequence[Reader]]


class _Named(Protocol):
    @property
    def id(self) -> str:
        """The name of it."""


T = TypeVar("T", bound=_Named)


def equipment_of(
    gateways: Iterable[Gateway],
    places: Iterable[Place],
    probes: Iterable[Probe],
    readers: Iterable[Reader],
    contacts: Iterable[Contact],
) -> Equipment:
    """Return what is set up, of all that there is of each kind."""
    every, heard = _by_id(probes), _by_id(readers)
    return Equipment(
        gateways=_by_id(gateways),
        places=_by_id(places),
        probes=every,
        readers=heard,
        contacts=_by_id(contacts),
        probes_in=_grouped((one.place, one) for one in every.values()),
        probes_at=_grouped((one.gateway, one) for one in every.values()),
        readers_in=_grouped((one.place, one) for one in heard.values()),
    )


def _by_id(things: Iterable[T]) -> dict[str, T]:
    return {one.id: one for one in sorted(things, key=lambda one: one.id)}


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    """Return things by name, each group in the order that they came in."""
    ordered = sorted(pairs, key=lambda pair: pair[0])
    return {name: tuple(one for _, one in group) for name, group in groupby(ordered, key=lambda pair: pair[0])}
