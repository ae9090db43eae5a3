"""`calotype fleet report`: writes the page of a recording."""

from __future__ import annotations

from pathlib import Path

from calotype.errors import Unusable
from calotype.fleet import record, report


def write(recording: Path, output: Path) -> None:
    """Draw `recording` into `output`; raises Unusable where one cannot be read or written."""
    page = report.page(record.read(recording), recording.name)
    try:
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{output} cannot be written ({error.strerror}).") from None
    print(output)
