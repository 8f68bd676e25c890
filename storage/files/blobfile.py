"""Blob files: LMDB environments written once, then mapped read-only.

Writing puts every blob as one LMDB value, so that any LMDB tool reads and verifies the file, and
notes where in the file its bytes lie. Reading maps the file and hands out views at those places:
py-lmdb would touch every page of a value and its views die with the environment.

Order of a write: a temporary name, allocated to its full size (a full disk is an error here, not a
bus error later), filled, synced, cut to its last page, renamed, the folder synced. A crash leaves at
most a temporary or an unnamed file, which maintenance removes.
"""

from __future__ import annotations

import ctypes
import errno
import math
import mmap
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lmdb
import numpy as np
from numpy.typing import NDArray

from vql.errors import DataCorrupted, DiskFull, OperationalError
from vql.storage.files.failpoint import failpoint
from vql.types.ndarrays import I64

PAGE_BYTES = 4096
# Where an LMDB meta page says what it is: 8 page number, 2 pad, 2 flags, 4 bounds, then the magic.
LMDB_MAGIC = struct.pack("<I", 0xBEEFC0DE)
LMDB_MAGIC_OFFSET = 16
ROOM_BYTES = 64 << 10  # pages of the tree itself
CHECK_AT_OPEN_BYTES_MAX = 64 << 10
TEMPORARY = ".tmp"
CHUNK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a blob lies: byte offset and length in the file, crc32 of its bytes."""

    offset: int
    length: int
    crc32: int


def places_of(raw: Mapping[str, Sequence[int]]) -> dict[str, Place]:
    """Return the places of a manifest record's blobs."""
    return {name: Place(*three) for name, three in raw.items()}


def raw_places(places: Mapping[str, Place]) -> dict[str, list[int]]:
    """Return places as a manifest record keeps them."""
    return {name: [p.offset, p.length, p.crc32] for name, p in places.items()}


class Gathered:
    """Rows of several matrices in an order of their own, as one blob that is never whole in memory.

    `order` counts rows over all of `sources`, which have one dtype and width.
    """

    def __init__(self, sources: Sequence[NDArray[np.generic]], order: I64) -> None:
        self._sources = sources
        self._order = order
        self._starts = np.cumsum([0, *(len(source) for source in sources)])
        self._width = sources[0].shape[1:]
        self.dtype = sources[0].dtype
        self.nbytes = len(order) * self.dtype.itemsize * math.prod(self._width)

    def chunks(self) -> Iterator[NDArray[np.generic]]:
        """Yield the rows in order, CHUNK_BYTES at a time."""
        step = max(1, CHUNK_BYTES * len(self._order) // max(1, self.nbytes))
        for start in range(0, len(self._order), step):
            wanted = self._order[start : start + step]
            chunk = np.empty((len(wanted), *self._width), self.dtype)
            owners = np.searchsorted(self._starts, wanted, "right") - 1
            for owner in np.unique(owners).tolist():
                here = owners == owner
                chunk[here] = self._sources[owner][wanted[here] - self._starts[owner]]
            yield chunk


Blob = NDArray[Any] | Gathered


def write_blobs(path: Path, blobs: Mapping[str, Blob]) -> dict[str, Place]:
    """Write arrays as blobs of a new file and return their places. Raises DiskFull, 58030."""
    temporary = path.with_suffix(TEMPORARY)
    try:
        places = _write(temporary, blobs)
        failpoint("before-rename")
        os.rename(temporary, path)
        failpoint("after-rename")
        sync_folder(path.parent)
        return places
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise disk_error(error, path) from error
    except lmdb.Error as error:
        temporary.unlink(missing_ok=True)
        raise OperationalError(f"cannot write {path.name}: {error}", sqlstate="58030") from error


def _write(path: Path, blobs: Mapping[str, Blob]) -> dict[str, Place]:
    path.unlink(missing_ok=True)
    size = ROOM_BYTES + sum(-(-(a.nbytes + 16) // PAGE_BYTES) * PAGE_BYTES for a in blobs.values())
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        os.ftruncate(file.fileno(), 0)
    environment = lmdb.open(
        str(path), map_size=size, subdir=False, writemap=True, lock=False, sync=False, max_dbs=0
    )
    try:
        descriptor = os.open(path, os.O_RDWR)
        try:
            os.posix_fallocate(descriptor, 0, size)
        finally:
            os.close(descriptor)
        with environment.begin(write=True) as transaction:
            for name, blob in blobs.items():
                # Zeros keep a place for what comes in chunks; nobody has touched them, so they take
                # no memory.
                array = np.zeros(blob.nbytes, np.uint8) if isinstance(blob, Gathered) else blob
                transaction.put(name.encode(), array.data.cast("B") if array.nbytes else b"")
        places = {}
        with environment.begin(buffers=True) as transaction:
            for name, blob in blobs.items():
                raw = np.frombuffer(transaction.get(name.encode()) or b"", np.uint8)
                crc = _fill(path, _offset(raw), blob) if isinstance(blob, Gathered) else zlib.crc32(raw.data)
                places[name] = Place(_offset(raw), len(raw), crc if len(raw) else 0)
        environment.sync(True)
        pages = environment.info()["last_pgno"] + 1
        page_bytes = environment.stat()["psize"]
    finally:
        environment.close()
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.ftruncate(descriptor, pages * page_bytes)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return places


def _offset(raw: NDArray[np.uint8]) -> int:
    """Find where a value lies in its file: its page begins with the page's number
    (MDB_page.mp_pgno)."""
    if not raw.size:
        return 0
    address = raw.ctypes.data
    within = address % PAGE_BYTES
    return ctypes.c_uint64.from_address(address - within).value * PAGE_BYTES + within


def _fill(path: Path, offset: int, blob: Gathered) -> int:
    """Write a blob's chunks to its place and return their crc32."""
    crc = 0
    with open(path, "r+b") as file:
        file.seek(offset)
        for chunk in blob.chunks():
            file.write(chunk.data.cast("B"))
            crc = zlib.crc32(chunk.data.cast("B"), crc)
    return crc


class BlobFile:
    """A blob file mapped read-only; views keep the mapping alive, also after an unlink."""

    def __init__(self, path: Path, places: Mapping[str, Place]) -> None:
        """Map a file. Raises FileNotFoundError, and DataCorrupted where it is not the one written."""
        self.path = path
        self.name = f"{path.parent.name}/{path.name}"
        self.places = dict(places)
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            needed = max((p.offset + p.length for p in places.values()), default=0)
            if size < max(needed, PAGE_BYTES):
                raise DataCorrupted(f"{self.name}: {size} bytes, the manifest needs {needed}")
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self.map[LMDB_MAGIC_OFFSET : LMDB_MAGIC_OFFSET + 4] != LMDB_MAGIC:
            raise DataCorrupted(f"{self.name}: not a file of VQL")
        for name, place in self.places.items():
            if place.length <= CHECK_AT_OPEN_BYTES_MAX:
                self.verify(name)

    def array(self, name: str, dtype: str, shape: tuple[int, ...] | None = None) -> NDArray[np.generic]:
        """Return a blob as a read-only view."""
        place = self.places[name]
        if not place.length:
            flat: NDArray[np.generic] = np.empty(0, dtype)
        else:
            count = place.length // np.dtype(dtype).itemsize
            flat = np.frombuffer(self.map, dtype, count, place.offset)
        return flat if shape is None else flat.reshape(shape)

    def view(self, name: str) -> memoryview:
        """Return a blob's bytes."""
        place = self.places[name]
        return memoryview(self.map)[place.offset : place.offset + place.length]

    def verify(self, name: str) -> None:
        """Raise DataCorrupted where a blob's bytes are not those written."""
        found = zlib.crc32(self.view(name))
        if found != self.places[name].crc32:
            raise DataCorrupted(
                f"{self.name}: blob {name}: checksum {found:#010x}, "
                f"the manifest says {self.places[name].crc32:#010x}"
            )


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_error(error: OSError, path: Path) -> OperationalError:
    """Return the SQL error of a failed system call."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(
            f"could not write {path.name}: no space left on device",
            hint="free space on the database's disk and run the statement again",
        )
    return OperationalError(f"{path.name}: {error.strerror or error}", sqlstate="58030")
