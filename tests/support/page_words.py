"""What stands on a page, and how a time goes into one of its forms."""

import re
from datetime import datetime
from html import unescape
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def words(html: str) -> str:
    """Return the text of a page in one line, without its marks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def local(at_ms: int) -> str:
    """Return an instant as a field for a time sends it from a browser in Shanghai."""
    return datetime.fromtimestamp(at_ms // 1_000, SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")
