"""`metadata.jsonl` and `metadata.csv`: one line an image, named by `file_name`.

The layout is that of Hugging Face's ImageFolder. A bad line is remembered and the rest used.
"""

from __future__ import annotations

import csv
import io
import posixpath
from dataclasses import dataclass, field
from typing import Any

import orjson

from calotype.catalog import Words
from calotype.catalog.words import NOTHING
from calotype.errors import Refused
from calotype.ingest.text import words_from

_SHOWN = 10
_FILE_NAMES = ("file_name", "image_file_name", "filename", "file", "image", "path")


@dataclass(slots=True)
class TableFile:
    """The lines by the image they name, still as JSON: a million parsed ones would not fit."""

    folder: str
    lines: dict[str, bytes] = field(default_factory=dict)
    bad_lines: list[int] = field(default_factory=list)

    def words(self, name: str) -> Words:
        line = self.lines.get(name)
        return NOTHING if line is None else words_from(orjson.loads(line))

    def add(self, number: int, values: Any, line: bytes) -> None:
        """Take one record; it is bad unless it is an object that names a file."""
        named = values if isinstance(values, dict) else {}
        file = next((f for k in _FILE_NAMES if isinstance(f := named.get(k), str) and f), None)
        if file is None:
            self.bad_lines.append(number)
            return
        path = posixpath.normpath(posixpath.join(self.folder, file.replace("\\", "/")))
        self.lines[path] = line

    def problem(self) -> Refused:
        lines = ", ".join(map(str, self.bad_lines[:_SHOWN]))
        more = len(self.bad_lines) - _SHOWN
        return Refused(
            "bad-metadata",
            f"Without use in it: line{'s' if len(self.bad_lines) > 1 else ''} {lines}"
            + (f" and {more} more" if more > 0 else "")
            + " (each is to be an object with file_name). The rest was used.",
        )


def read_jsonl(folder: str, data: bytes) -> TableFile:
    """Lines of JSON; an empty line is no fault."""
    table = TableFile(folder)
    start, number = 3 if data.startswith(b"\xef\xbb\xbf") else 0, 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        number += 1
        line = data[start:end].strip()
        start = end + 1
        if not line:
            continue
        try:
            table.add(number, orjson.loads(line), line)
        except ValueError:
            table.bad_lines.append(number)
    return table


def read_csv(folder: str, data: bytes) -> TableFile:
    """Comma separated values under a line with their names (RFC 4180), in UTF-8 or Latin-1."""
    table = TableFile(folder)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
    names: list[str] | None = None
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return table
        except csv.Error:
            table.bad_lines.append(reader.line_num)
            continue
        if names is None:
            names = [name.strip() for name in row]
        elif row:
            values = dict(zip(names, row, strict=False))
            table.add(reader.line_num, values, orjson.dumps(values))
