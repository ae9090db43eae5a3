"""How far each edge has been told, kept over restarts."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from threading import Lock

log = logging.getLogger("calotype.coherence")


class Cursors:
    """The last `seq` that each edge has, by its name, for one epoch; in the file `path`.

    An older value than the true one does no harm: what was told is told again. So nothing waits for
    the disk, and a file that cannot be written is only logged.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self._epoch, self._seqs = _read(path)

    def get(self, epoch: str, name: str) -> int | None:
        with self._lock:
            return self._seqs.get(name) if epoch == self._epoch else None

    def put(self, epoch: str, name: str, seq: int) -> None:
        with self._lock:
            if epoch != self._epoch:
                self._epoch, self._seqs = epoch, {}
            if self._seqs.get(name) == seq:
                return
            self._seqs[name] = seq
            fresh = self._path.with_suffix(".new")
            try:
                fresh.write_text(json.dumps({"epoch": epoch, "seqs": self._seqs}))
                fresh.replace(self._path)
            except OSError as error:
                log.warning("how far the edges are told cannot be kept: %s", error)


def _read(path: Path) -> tuple[str, dict[str, int]]:
    try:
        kept = json.loads(path.read_text())
        return str(kept["epoch"]), {str(name): int(seq) for name, seq in kept["seqs"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "", {}
