"""An instant as messages about alarms say it."""

from datetime import UTC, datetime, tzinfo


def at_site(at_ms: int, zone: tzinfo) -> str:
    """Return an instant in the site's time with its offset then, e.g. 2026-03-12 02:10:30 UTC+08:00."""
    at = datetime.fromtimestamp(at_ms // 1_000, UTC).astimezone(zone)
    offset = at.strftime("%z")
    return f"{at:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:5]}"
