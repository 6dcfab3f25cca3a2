"""What only the running parts of the centre know, for the mirror: gateways' own words, counters, disk, queue."""

import shutil
from importlib.metadata import version
from pathlib import Path

from assembly.mirror_told import Machines
from assembly.storing import HOT_FILE
from coldchain.ports import Clock
from ingest.counters import Counters
from ingest.subscriber import Subscriber
from ingest.writer import Writer
from stores.mirror_told import CentreNow


def machines_of(counters: Counters, subscriber: Subscriber, writer: Writer, clock: Clock, data_dir: Path) -> Machines:
    """Return what these parts say, each time they are asked."""
    begun_ms = clock.boottime_ms()

    def centre() -> CentreNow:
        return CentreNow(
            disk_free_bytes=disk_free(data_dir),
            store_bytes=store_bytes(data_dir),
            write_queue=writer.backlog,
            uptime_s=(clock.boottime_ms() - begun_ms) // 1_000,
            release=version("coldchain"),
        )

    return Machines(health=lambda: subscriber.healths, counted=counters.snapshot, centre=centre)


def disk_free(folder: Path) -> int | None:
    """Return how many bytes are free where a folder is; None if that cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def store_bytes(folder: Path) -> int | None:
    """Return the size of the store's file and of what is not yet in it; None where the store is no file here."""
    sizes = []
    for name in (HOT_FILE, f"{HOT_FILE}-wal"):
        try:
            sizes.append((folder / name).stat().st_size)
        except OSError:
            continue
    return sum(sizes) if sizes else None
