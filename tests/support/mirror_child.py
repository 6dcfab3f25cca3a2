"""A process that mirrors a record until it is level: python -m support.mirror_child STORE URL API TOKEN ORG."""

import sys
import threading
from contextlib import closing
from pathlib import Path

from support.mirror_world import DirectCursors, title_of

from coldchain.mirroring import Dialect
from gateway.clock import SystemClock
from stores.delivery import Pace
from stores.influx import InfluxSink
from stores.influx_target import target_of
from stores.mirror import Mirror
from stores.sqlite import open_store

QUICK = Pace(poll_ms=1, retry_first_ms=1, retry_max_ms=10, hold_ms=1)


def main(path: str, url: str, api: str, token: str, org: str) -> None:
    """Mirror; end once nothing is left to send."""
    stop = threading.Event()
    where = target_of(url, api=Dialect(api), token=token, org=org)
    with closing(open_store(Path(path))) as store:
        mirror = Mirror(store, DirectCursors(store), InfluxSink(where), SystemClock(), titles=title_of, pace=QUICK)
        thread = threading.Thread(target=mirror.run, args=(stop,), daemon=True)
        thread.start()
        print("ready", flush=True)
        while thread.is_alive() and not level(mirror):
            stop.wait(0.01)
        stop.set()
        thread.join()


def level(mirror: Mirror) -> bool:
    """Tell whether it has sent everything."""
    status = mirror.status()
    return status.readings_behind == status.ledger_behind == 0


if __name__ == "__main__":
    main(*sys.argv[1:])
