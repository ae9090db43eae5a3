"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def facts() -> dict[str, str | int]:
    """Processor, cores, memory in MB, kernel and Python."""
    return {
        "cpu": _line("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count() or 1,
        "memory_mb": int((_line("/proc/meminfo", "MemTotal") or "0").split()[0]) // 1024,
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def _line(file: str, name: str) -> str:
    try:
        lines = Path(file).read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
