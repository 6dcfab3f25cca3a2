"""What has a name on the disk after a power cut: a folder is synced like a file."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """See the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
