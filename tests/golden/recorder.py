"""What a statement writes, readable: the key-value writes of `main.mdb` and the files of a database.

`put delta t @3: frame to 1 KiB` is a write of the database `delta`, under the key of table `t` and version 3,
of a frame of at most 1 KiB. Writes that become durable together end with `commit`. Moments, random names
and raw bytes are left out: they differ from run to run.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from vql.storage.files.metastore import Batch, Metastore

KINDS = {b"VQLF": "frame", b"VQLD": "deletes", b"VQLC": "definition", b"VQLM": "segment record"}
# What the keys of a database are made of, as docs/storage-format.md says it.
BY_NAME = ("meta", "sequences", "snapshots")
BY_OBJECT = ("catalog", "delta", "deletes", "manifest", "oldest")
BY_VERSION = ("catalog", "delta", "deletes", "commits")
# Microseconds since 1970 are far beyond the ids and versions that a script reaches.
TIME_US_MIN = 1 << 40
FOLDERS = ("segments", "indexes")
SIZES = ((1 << 10, "1 KiB"), (16 << 10, "16 KiB"), (1 << 20, "1 MiB"), (1 << 40, "more"))
# A bulk insert writes a key a row.
ALIKE_MAX = 4


@dataclass(frozen=True)
class Write:
    """One write of a transaction."""

    verb: str  # put or delete
    database: str
    key: bytes
    value: bytes


class Recorder:
    """Hears what is written to the database in one folder, from its making till `close`."""

    def __init__(self, folder: Path, name_of: Callable[[int], str]) -> None:
        self._folder = folder
        self._name_of = name_of
        self._writes: list[list[Write]] = []
        self._files = self._present()
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(Metastore, "write", self._recorded(Metastore.write))

    def close(self) -> None:
        """Stop listening."""
        self._patch.undo()

    def take(self) -> list[str]:
        """Return in lines what was written since the last call."""
        lines = [line for batch in self._writes for line in [*self._shown(batch), "commit"]]
        before, self._files = self._files, self._present()
        new = sorted((file.parts[0], size) for file, size in self._files.items() if file not in before)
        gone = sorted(file.parts[0] for file in before if file not in self._files)
        lines += [f"new file in {folder} to {size_class(size)}" for folder, size in new]
        lines += [f"file removed from {folder}" for folder in gone]
        self._writes.clear()
        return lines or ["nothing written"]

    def _recorded(self, write: Callable[[Metastore], Any]) -> Callable[[Metastore], Any]:
        @contextmanager
        def recorded(metastore: Metastore) -> Iterator[Any]:
            writes: list[Write] = []
            with write(metastore) as batch:
                yield RecordedBatch(batch, writes)
            # What raised is undone, and of a transaction that wrote nothing there is nothing to tell.
            if writes and metastore.path.parent == self._folder:
                self._writes.append(writes)

        return recorded

    def _present(self) -> dict[Path, int]:
        """Return the files there are, and their sizes."""
        found = [path for folder in FOLDERS for path in (self._folder / folder).glob("*.mdb")]
        return {path.relative_to(self._folder): path.stat().st_size for path in found}

    def _shown(self, writes: Sequence[Write]) -> list[str]:
        """Return the writes of one transaction in lines; of many alike the first ones."""
        lines = []
        for (verb, database), group in groupby(writes, lambda write: (write.verb, write.database)):
            alike = list(group)
            lines += [self._line(write) for write in alike[:ALIKE_MAX]]
            if len(alike) > ALIKE_MAX:
                lines.append(f"{verb} {database}: {len(alike) - ALIKE_MAX} more")
        return lines

    def _line(self, write: Write) -> str:
        line = f"{write.verb} {write.database} {self._key(write.database, write.key)}"
        if write.verb == "delete":
            return line
        if write.database == "commits":
            touched = [self._name_of(int(number)) for number in numbers(write.value)[1:]]
            return f"{line}: {' '.join(['time', *touched])}"
        if write.database == "sequences" and write.key.startswith(b"numbering"):
            last, is_called = struct.unpack("<q?", write.value)
            return f"{line}: {last}{'' if is_called else ' is next'}"
        return f"{line}: {shown_value(write.value)}"

    def _key(self, database: str, raw: bytes) -> str:
        if database in BY_NAME:
            # Sequences of a table have its id in their names, then maybe that of a column.
            return re.sub(r"\d+", lambda found: self._name_of(int(found[0])), raw.decode(), count=1)
        if database == "keys":
            return f"{self._name_of(first_number(raw))} {primary_key(raw[8:])}"
        parts = numbers(raw)
        if database in BY_OBJECT:
            parts[0] = self._name_of(first_number(raw))
        if database in BY_VERSION:
            parts[-1] = f"@{parts[-1]}"
        return " ".join(parts)


class RecordedBatch:
    """A batch that notes what is written through it."""

    def __init__(self, batch: Batch, writes: list[Write]) -> None:
        self._batch = batch
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def put(self, database: str, at: bytes, value: bytes) -> None:
        self._writes.append(Write("put", database, at, value))
        self._batch.put(database, at, value)

    def put_new(self, database: str, items: list[tuple[bytes, bytes]], overwrite: bool = False) -> int:
        self._writes += [Write("put", database, at, value) for at, value in sorted(items)]
        return self._batch.put_new(database, items, overwrite)

    def delete(self, database: str, at: bytes) -> None:
        self._writes.append(Write("delete", database, at, b""))
        self._batch.delete(database, at)


def numbers(raw: bytes) -> list[str]:
    """Return the numbers of 8 bytes that a key or value is made of; none but a moment is large."""
    found = struct.unpack(f">{len(raw) // 8}Q", raw)
    return [str(number) if number < TIME_US_MIN else "time" for number in found]


def first_number(raw: bytes) -> int:
    """Return the number that a key begins with."""
    return int.from_bytes(raw[:8], "big")


def shown_value(value: bytes) -> str:
    """Return the kind and size of a record, or numbers as they are."""
    if value[:4] in KINDS:
        return f"{KINDS[value[:4]]} to {size_class(len(value))}"
    return " ".join(numbers(value)) or "empty"


def primary_key(raw: bytes) -> str:
    """Return an encoded primary key: integers with the sign bit flipped, or texts ended by a zero byte."""
    parts = []
    while raw:
        # No text begins with the bytes that integers of a script begin with.
        if raw[0] in (0x7F, 0x80):
            parts.append(str(first_number(raw) - (1 << 63)))
            raw = raw[8:]
        else:
            text, _, raw = raw.partition(b"\0")
            parts.append(text.decode())
    return f"({', '.join(parts)})"


def size_class(size: int) -> str:
    """Return the least of a few sizes that is not below."""
    return next(name for limit, name in SIZES if size <= limit)
