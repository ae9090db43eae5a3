"""A Topology in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from calotype.fleet.ports import Ports
from calotype.fleet.topology import Topology

from .programs import SECRET


def topology(folder: Path, **given: Any) -> Topology:
    """On loopback, with free ports, but for what is given."""
    ports = Ports()
    named = ("port", "admin_port", "inside_port", "balancer_port", "statistics_port",
             "catalog_port")  # fmt: skip
    values: dict[str, Any] = {
        **{name: ports.take() for name in named},
        "folder": folder, "sockets": folder, "public": folder, "source": str(folder / "pictures"),
        "host": "127.0.0.1", "slots": 4, "share": 1.0, "catalog_url": "", "secret": SECRET,
        "purge_secret": SECRET, "catalog_secret": SECRET, "uploads": str(folder / "uploads"),
        "derived": str(folder / "derived"), "drain_seconds": 35.0, "more": {}, "ports": ports,
    }  # fmt: skip
    return Topology(**values | given)
