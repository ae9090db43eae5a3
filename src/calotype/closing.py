"""Parts are closed one after another, and none of them is waited for without end: one that fails,
or hangs because a source does, must not keep the others open, nor the process alive.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

log = logging.getLogger(__name__)

SECONDS = 5.0
"""For one part. Requests have been answered by then; what is not finished is made anew later."""


async def closed(name: str, close: Callable[[], object], seconds: float = SECONDS) -> None:
    """Call `close`, which may block, and wait for it so long at most. Raises nothing."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def work() -> None:
        try:
            close()
        except Exception:
            log.exception("%s could not be closed", name)
        finally:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(done.set)

    Thread(target=work, name=f"close {name}", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            await done.wait()
    except TimeoutError:
        log.warning("%s could not be closed within %g s", name, seconds)
