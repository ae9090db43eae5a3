"""`Content-Disposition` (RFC 6266)."""

from __future__ import annotations

import re
from urllib.parse import quote

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f"\\/:*?<>|\u2028-\u202e\u2066-\u2069]')
"""What a file system or a header forbids, and what would show a name other than it is."""
_TOKEN = re.compile(r"[^A-Za-z0-9 !#$&+.^_`{}~()\[\],;=@'-]", re.ASCII)
NAMELESS = "image"


def attachment(name: str) -> str:
    """Asks to save under `name`: made safe, in ASCII for old clients and in full (RFC 8187)."""
    safe = _UNSAFE.sub("_", name).strip(" .") or NAMELESS
    plain = _TOKEN.sub("_", safe)
    value = f'attachment; filename="{plain}"'
    return value if plain == safe else f"{value}; filename*=UTF-8''{quote(safe, safe='')}"
