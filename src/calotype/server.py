"""The HTTP server: granian, in this process, until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from calotype.api.services import Services
from calotype.errors import Unusable
from calotype.settings import ServerConfig

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 75
"""Longer than load balancers keep theirs (AWS: 60), so that we never close a connection first."""
LEAVE_SECONDS = 5.0
"""How long answers that are on their way out may still take once the drain is over."""
END_SECONDS = 15.0
"""How long the process may take to end after that: a thread that hangs in a read does not keep
it."""

SOCKET_MODE = 0o660
"""nginx connects as the user of the service, or with its group; nobody else does."""
LONGEST_SOCKET = 107
"""Bytes of a Unix socket's path, of which the kernel keeps 108."""


def listen_on(config: ServerConfig, option: str = "--port") -> int:
    """The port to listen on: the one given, or a free one for 0; 0 for a Unix socket, once that may
    be made. Raises Unusable."""
    if config.unix_socket is not None:
        check_socket(config.unix_socket)
        return 0
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
                f"Choose another with {option}, or {option} 0 for any."
            ) from None
        return int(probe.getsockname()[1])


def check_socket(path: Path) -> None:
    """Raises Unusable where no Unix socket can be made, or where somebody listens already."""
    if len(os.fsencode(path.absolute())) > LONGEST_SOCKET:
        raise Unusable(f"The path of a Unix socket has at most {LONGEST_SOCKET} bytes: {path}.")
    if not path.parent.is_dir():
        raise Unusable(f"There is no folder {path.parent} for the Unix socket; make it first.")
    if not os.access(path.parent, os.W_OK):
        raise Unusable(f"{path.parent} may not be written, so no Unix socket can be made in it.")
    if not path.is_socket():
        if path.exists():
            raise Unusable(f"{path} is there, and is no socket. Choose another place for it.")
        return
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return  # left by a process that has gone
        except OSError:
            pass  # its queue is full, say: there is one
    raise Unusable(f"Another process listens on {path} already; stop it, or choose another.")


def run(app: FastAPI, config: ServerConfig, port: int, started: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first. Raises Unusable."""
    if config.unix_socket is not None:
        check_socket(config.unix_socket)
        config.unix_socket.unlink(missing_ok=True)
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
        uds=config.unix_socket,
        interface=Interfaces.ASGINL,
        backlog=config.backlog,
        http1_settings=HTTP1Settings(header_read_timeout=KEEP_ALIVE_SECONDS * 1000),
        websockets=False,
        log_enabled=False,
    )
    server.uds_permissions = SOCKET_MODE
    async with app.router.lifespan_context(app):
        serving = asyncio.create_task(server.serve())
        started()
        await asyncio.wait(
            [serving, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        house.keeper.draining = house.inflight.leaving = True
        with suppress(TimeoutError):
            async with asyncio.timeout(config.leaving_seconds):
                await hurried.wait()
        await house.inflight.empty(config.drain_seconds)
        _end_by(LEAVE_SECONDS + END_SECONDS)
        server.stop()  # type: ignore[no-untyped-call]
        # It waits for whoever reads slowly; one who reads nothing must not keep the process.
        with suppress(TimeoutError):
            await asyncio.wait_for(serving, LEAVE_SECONDS)


def _end_by(seconds: float) -> None:
    """End the process by then, whatever threads are still waiting for."""

    def end() -> None:
        log.warning("ended with threads at work: %s", ", ".join(_at_work()))
        sys.stderr.flush()
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _at_work() -> list[str]:
    return [t.name for t in threading.enumerate() if not t.daemon and t.name != "MainThread"]
