"""How much places have room for, read back; a part of SqlRecords."""

from typing import Final

import msgspec

from coldchain.capacity import Capacity
from stores.sql import Sql

_CAPACITIES: Final = msgspec.json.Decoder(Capacity)


class SqlCapacityRecords:
    """The port CapacityRecords over one transaction."""

    _sql: Sql

    def capacities(self) -> tuple[Capacity, ...]:
        """The newest word of each place, by place."""
        return tuple(_CAPACITIES.decode(row[0]) for row in self._sql.rows("SELECT body FROM capacities ORDER BY place"))
