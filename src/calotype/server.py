"""The HTTP server: granian, in this process, until a signal ends it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from calotype.api.services import Services
from calotype.errors import Unusable
from calotype.settings import ServerConfig

KEEP_ALIVE_SECONDS = 75
"""Longer than load balancers keep theirs (AWS: 60), so that we never close a connection first."""
LEAVE_SECONDS = 5.0
"""How long answers that are on their way out may still take once the drain is over."""


def listen_on(config: ServerConfig) -> int:
    """The port to listen on: the one given, or a free one for 0. Raises Unusable."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except socket.gaierror:
            raise Unusable(
                f"Cannot listen on {config.host}: it is no address of this machine. "
                "Choose another with --host."
            ) from None
        except OSError as error:
            raise Unusable(
                f"Cannot listen on {config.host}:{config.port} ({error.strerror}). "
                "Choose another with --port, or --port 0 for any."
            ) from None
        return int(probe.getsockname()[1])


def run(app: FastAPI, config: ServerConfig, port: int, started: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(app, config, port, started))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(
    app: FastAPI, config: ServerConfig, port: int, started: Callable[[], None]
) -> None:
    house: Services = app.state.services
    stopping, hurried = asyncio.Event(), asyncio.Event()

    def told() -> None:
        if stopping.is_set():
            hurried.set()
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told)
    server = Server(
        app,
        address=config.host,
        port=port,
        interface=Interfaces.ASGINL,
        backlog=config.backlog,
        http1_settings=HTTP1Settings(header_read_timeout=KEEP_ALIVE_SECONDS * 1000),
        websockets=False,
        log_enabled=False,
    )
    async with app.router.lifespan_context(app):
        serving = asyncio.create_task(server.serve())
        started()
        await asyncio.wait(
            [serving, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        house.keeper.draining = True
        with suppress(TimeoutError):
            async with asyncio.timeout(config.leaving_seconds):
                await hurried.wait()
        await house.inflight.empty(config.drain_seconds)
        server.stop()  # type: ignore[no-untyped-call]
        # It waits for whoever reads slowly; one who reads nothing must not keep the process.
        with suppress(TimeoutError):
            await asyncio.wait_for(serving, LEAVE_SECONDS)
