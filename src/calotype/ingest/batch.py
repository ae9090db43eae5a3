"""Operations on the catalog, handed on in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from calotype.catalog import Operation


class Batch:
    """Collects operations and writes them `size` at a time."""

    def __init__(self, write: Callable[[Sequence[Operation]], object], size: int) -> None:
        self._write, self._size = write, size
        self._operations: list[Operation] = []

    def add(self, operation: Operation) -> None:
        self._operations.append(operation)
        if len(self._operations) >= self._size:
            self.flush()

    def flush(self) -> None:
        operations, self._operations = self._operations, []
        if operations:
            self._write(operations)
