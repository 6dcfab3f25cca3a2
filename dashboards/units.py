"""Units of Grafana's list that the boards of devices and gateways need, and the colour of plain words."""

from typing import Final

BYTES: Final = "bytes"
PERCENT: Final = "percent"  # 0 to 100
SHARE: Final = "percentunit"  # 0 to 1
DBM: Final = "dBm"  # decibels above one milliwatt
DATE: Final = "time:YYYY-MM-DD"  # an instant as its day
PLAIN_INK: Final = "text"
