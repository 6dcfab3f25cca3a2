"""What commands of the centre do at this gateway."""

from collections.abc import Callable
from dataclasses import dataclass

from coldchain.ports import Clock
from gateway.spool import Spool
from gateway.wishes import Wishes


@dataclass(frozen=True, slots=True)
class GatewayActions:
    """The allow-list over spool, edge and process; called in the uplink's thread."""

    spool: Spool
    wishes: Wishes
    clock: Clock
    started_ms: int
    end: Callable[[], None]

    def status(self) -> str:
        """Return how the gateway is."""
        up_s = (self.clock.boottime_ms() - self.started_ms) // 1_000
        rows, dead, used = self.spool.depth(), self.spool.dead_letters(), self.spool.bytes_used()
        return f"up {up_s} s, spool {rows} rows in {used} bytes, dead letters {dead}"

    def poll_now(self) -> None:
        """Ask all devices as soon as their lines are free."""
        self.wishes.poll_now()

    def set_poll_ms(self, poll_ms: int | None) -> None:
        """Ask collectors this often until the next start; None: as the settings say."""
        self.wishes.set_poll_ms(poll_ms)

    def restart(self) -> None:
        """End in good order; a supervisor starts it again."""
        self.end()
