"""The edge as a fleet runs it: what clients reach of it, and what the fleet itself does."""

from __future__ import annotations

import asyncio
import socket

import pytest

from calotype.fleet.asking import until
from calotype.fleet.edge import Edge
from calotype.fleet.events import Events

from .origin import Origin
from .programs import PATIENCE, SECRET, http, program, short_folder
from .topologies import topology

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("edge")]


def own_address() -> str:
    """An address of this machine that is none of loopback; skips the test if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])


@pytest.mark.parametrize("host", ["127.0.0.1", "own"])
def test_it_is_ready_and_purged_inside_and_answers_clients_outside(host: str) -> None:
    program("varnishd")
    address = own_address() if host == "own" else host

    async def run() -> None:
        edge = Edge(top, Events().say)
        await edge.start()
        try:

            async def ready() -> bool:
                await edge.look()
                return edge.state == "ready"

            await until(ready, PATIENCE)
            await asyncio.to_thread(ask)
        finally:
            await edge.process.stop()

    def ask() -> None:
        for path in ("/readyz", "/metrics"):
            assert http.get(top.edge_url + path).status_code == 404
        headers = {"x-purge-key": SECRET, "xkey-purge": "img-ab"}
        assert http.request("PURGE", top.purge_url, headers=headers).status_code == 200

    with short_folder() as folder, Origin() as origin:
        folder.chmod(0o755)
        top = topology(folder, host=address, balancer_port=origin.port)
        asyncio.run(run())
