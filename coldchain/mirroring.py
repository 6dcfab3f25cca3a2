"""How an InfluxDB that mirrors the record is written to: said in the settings, done by the adapter."""

from enum import StrEnum
from typing import Final

KEEP_DAYS_MAX: Final = 36_500


class Dialect(StrEnum):
    """A way of writing to an InfluxDB; AUTO asks the server which one it is."""

    AUTO = "auto"
    V1 = "v1"
    V2 = "v2"
    V3 = "v3"
