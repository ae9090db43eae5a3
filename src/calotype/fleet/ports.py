"""Free ports of loopback for the parts of a fleet."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from calotype.errors import Unusable

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _MOST = 1024, 12_000


class Ports:
    """Each is given to one at a time.

    They are below those that the system gives to outgoing connections: one of these could have the
    port of a part that is just started again.
    """

    def __init__(self, *taken: int) -> None:
        self._given = set(taken)

    def take(self) -> int:
        """One that nobody listens on now; raises Unusable if there is none."""
        first = _first_outgoing()
        candidates = list(range(max(_LOWEST, first - _MOST), first))
        random.shuffle(candidates)
        # Where outgoing connections may have all ports, the system picks one.
        for port in (*candidates, *[0] * 100):
            found = _free(port)
            if found and found not in self._given:
                self._given.add(found)
                return found
        raise Unusable("No port of 127.0.0.1 is free.")

    def give_back(self, port: int) -> None:
        self._given.discard(port)


def _first_outgoing() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _free(port: int) -> int:
    """The port, or which one the system picked for 0; 0 if it is not free."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
