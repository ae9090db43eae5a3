"""`calotype fleet` and `calotype fleet report`."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from calotype.blobs import FolderSource, open_source
from calotype.commands.fleet_view import show
from calotype.errors import BadParameter, BadSetting
from calotype.fleet import ScalingPolicy, admin, leftovers, programs, status, topology
from calotype.fleet.ports import Ports
from calotype.fleet.record import SAMPLE_SECONDS, Recording
from calotype.fleet.supervisor import Supervisor
from calotype.fleet.topology import Topology
from calotype.parts import check_data
from calotype.server import listen_on
from calotype.settings import DOCUMENTED, PREFIX, ServerConfig, Settings

log = logging.getLogger(__name__)

AS_ROOT = "started as root, so what decodes pictures runs as root: better start it as another user"
OPEN_FILES = 65_536
"""The load balancer needs two a request."""


def run(
    settings: Settings,
    *,
    least: int | None,
    most: int | None,
    host: str | None,
    port: int | None,
    admin_port: int | None,
    record: Path | None,
) -> None:
    """Start a fleet, and hold it until a signal. Raises Unusable, SourceUnavailable …"""
    policy = _policy(settings.scaling, least, most)
    programs.require(database=not settings.catalog)
    logging.getLogger("calotype").setLevel(settings.log_level.upper())
    source, folder = _source(settings)
    recording = Recording(record)
    lock = leftovers.claim(folder)
    try:
        left = leftovers.end(folder)  # before the ports are asked for: it may have them
        top = _topology(settings, policy, source, folder, host, port, admin_port)
        topology.forget_others(folder, top.slots)
        _raise_limit()
        asyncio.run(_run(top, policy, recording, left))
    finally:
        os.close(lock)
        recording.close()


async def _run(top: Topology, policy: ScalingPolicy, recording: Recording, left: list[str]) -> None:
    fleet = Supervisor(top, policy)
    for name in left:
        fleet.events.say("stopped", f"{name} of an earlier run was still there, and was ended")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, fleet.stop)
    if os.geteuid() == 0:
        fleet.events.say("problem", AS_ROOT)
    server = admin.server(admin.build(fleet, recording), top.admin_port)
    beside = [
        asyncio.create_task(told(fleet, "the status page", server.serve())),
        asyncio.create_task(told(fleet, "the recording", _record(fleet, recording))),
        asyncio.create_task(told(fleet, "this view", show(fleet))),
    ]
    try:
        await fleet.run()
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        for task in beside[1:]:
            task.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*beside, return_exceptions=True), 5)


async def told(fleet: Supervisor, part: str, work: Awaitable[None]) -> None:
    """Have it done; what ends it is told, and ends nothing else."""
    try:
        await work
    except Exception as error:
        log.warning("%s has ended", part, exc_info=error)
        fleet.events.say("problem", f"{part} has ended: {type(error).__name__}: {error}")


async def _record(fleet: Supervisor, recording: Recording) -> None:
    """For ever."""
    last = 0
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        sample = status.sample(fleet, last)
        if sample["events"]:
            last = sample["events"][-1]["number"]
        try:
            recording.add(sample)
        except OSError as error:
            recording.close()
            fleet.events.say("problem", f"nothing more is recorded: {error.strerror}")


def _policy(policy: ScalingPolicy, least: int | None, most: int | None) -> ScalingPolicy:
    """The settings' policy, within the bounds of the command line."""
    given = {"min": least, "max": most}
    changes = {name: value for name, value in given.items() if value is not None}
    if least is not None and most is None:
        changes["max"] = max(least, policy.max)
    if most is not None and least is None:
        changes["min"] = min(most, policy.min)
    try:
        return ScalingPolicy(**(policy.model_dump() | changes))
    except ValidationError:
        raise BadParameter("--min", f"at most --max, which is {most}", least) from None


def _source(settings: Settings) -> tuple[str, Path]:
    """The source as instances are told it, and the folder of its fleet."""
    source = open_source(settings.source)
    data = settings.data_dir(source.key).absolute()
    if settings.catalog and not settings.secret.get_secret_value():
        raise BadSetting(f"{PREFIX}SECRET", "must be set where CALOTYPE_CATALOG is", DOCUMENTED)
    if not isinstance(source, FolderSource):
        return settings.source, topology.make_folder(data / "fleet")
    source.check()
    check_data(data, (source,))
    return source.key, topology.make_folder(data / "fleet")


def _topology(
    settings: Settings,
    policy: ScalingPolicy,
    source: str,
    folder: Path,
    host: str | None,
    port: int | None,
    admin_port: int | None,
) -> Topology:
    """Raises Unusable if a port is taken."""
    kept = topology.kept_secrets(folder)
    address = host or settings.server.host
    edge = ServerConfig(host=address, port=settings.server.port if port is None else port)
    beside = ServerConfig(port=8081 if admin_port is None else admin_port)
    public, admin = listen_on(edge), listen_on(beside, "--admin-port")
    ports = Ports(public, admin)
    slots, share = 2 * policy.max + 2, (os.cpu_count() or 1) / policy.max
    return Topology(
        folder=folder,
        sockets=topology.socket_folder(folder),
        public=topology.public_folder(folder),
        source=source,
        host=address,
        port=public,
        admin_port=admin,
        inside_port=ports.take(),
        balancer_port=ports.take(),
        statistics_port=ports.take(),
        catalog_port=ports.take(),
        slots=slots,
        share=share,
        catalog_url=topology.absolute(settings.catalog) if settings.catalog else "",
        secret=settings.secret.get_secret_value() or kept["secret"],
        purge_secret=settings.purge.secret.get_secret_value() or kept["purge"],
        catalog_secret=kept["catalog"],
        uploads=topology.absolute(settings.uploads or str(folder / "uploads")),
        derived=topology.absolute(settings.derived or str(folder / "derived")),
        drain_seconds=topology.drain_seconds(settings),
        more=topology.instance_settings(settings, slots, share),
        ports=ports,
    )


def _raise_limit() -> None:
    """As many open files as we need, where we may."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(most, OPEN_FILES)
    if wanted > now:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
