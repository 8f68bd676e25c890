"""Blob files: LMDB environments written once, then mapped read-only.

Writing puts every blob as one LMDB value, so that any LMDB tool reads and verifies the file, and
notes where in the file its bytes lie. Reading maps the file and hands out views at those places:
py-lmdb would touch every page of a value and its views die with the environment.

Order of a write: a temporary name, allocated to its full size (a full disk is an error here, not a
bus error later), filled, synced, cut to its last page, renamed, the folder synced. A crash leaves at
most a temporary or an unnamed file, which maintenance removes.

Each blob has a crc32 in the record that names its file. Small blobs are verified when the file is mapped,
others by who uses them first (`require`), or soon after, where that would hold up an answer
(`vql.storage.upkeep.scrub`). What was found is kept for all who have the file open (`Checked`): a blob found
damaged is never used again.
"""

from __future__ import annotations

import ctypes
import errno
import math
import mmap
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import lmdb
import numpy as np
from numpy.typing import NDArray

from vql.dataclass import dataclass
from vql.errors import DataCorrupted, DiskFull, OperationalError, OutOfMemory
from vql.storage.files.failpoint import failpoint
from vql.types.forms.ndarrays import I64, sorted_distinct

# Where an LMDB meta page says what it is: 8 page number, 2 pad, 2 flags, 4 bounds, then the magic.
LMDB_MAGIC = struct.pack("<I", 0xBEEFC0DE)
LMDB_MAGIC_OFFSET = 16
ROOM_PAGES = 16  # of the tree itself
HEADER_BYTES = 4096  # no file of LMDB is shorter
CHECK_AT_OPEN_BYTES_MAX = 64 << 10
TEMPORARY = ".tmp"
AfterStep = Callable[[int], None]
CHUNK_BYTES = 8 << 20
VERIFY_STEP_BYTES = 1 << 20


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
            for owner in sorted_distinct(owners).tolist():
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
        with suppress(OSError):
            temporary.unlink()
        raise disk_error(error, path) from error
    except lmdb.Error as error:
        with suppress(OSError):
            temporary.unlink()
        # The code is the system's where it is above 0.
        system = OSError(max(0, getattr(error, "code", 0) or 0), str(error))
        raise disk_error(system, path) from error


def _write(path: Path, blobs: Mapping[str, Blob]) -> dict[str, Place]:
    path.unlink(missing_ok=True)
    # Each blob has pages of its own, behind a header of 16 bytes.
    pages = sum(-(-(array.nbytes + 16) // mmap.PAGESIZE) for array in blobs.values())
    size = (ROOM_PAGES + pages) * mmap.PAGESIZE
    with open(path, "wb") as file:
        allocate(file.fileno(), size)
        os.ftruncate(file.fileno(), 0)
    environment = lmdb.open(
        str(path), map_size=size, subdir=False, writemap=True, lock=False, sync=False, max_dbs=0
    )
    try:
        page_bytes = environment.stat()["psize"]
        descriptor = os.open(path, os.O_RDWR)
        try:
            allocate(descriptor, size)
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
                offset = _offset(raw, page_bytes)
                crc = _fill(path, offset, blob) if isinstance(blob, Gathered) else zlib.crc32(raw.data)
                places[name] = Place(offset, len(raw), crc if len(raw) else 0)
        environment.sync(True)
        pages = environment.info()["last_pgno"] + 1
    finally:
        environment.close()
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.ftruncate(descriptor, pages * page_bytes)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return places


def allocate(descriptor: int, size: int) -> None:
    """Give a file the blocks of its first `size` bytes; those that are there stay. Raises OSError where the
    disk is full."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    # macOS has no such call: zeros take their blocks as they are written. A file that is long enough, as LMDB
    # makes that of a map, has none behind what is written.
    at, zeros = os.fstat(descriptor).st_size, bytes(CHUNK_BYTES)
    if at:
        at = os.lseek(descriptor, 0, os.SEEK_HOLE)
    while at < size:
        at += os.pwrite(descriptor, zeros[: size - at], at)


def _offset(raw: NDArray[np.uint8], page_bytes: int) -> int:
    """Find where a value lies in its file: its page begins with the page's number
    (MDB_page.mp_pgno). LMDB's pages are the system's, so the mapping begins with one."""
    if not raw.size:
        return 0
    address = raw.ctypes.data
    within = address % page_bytes
    return ctypes.c_uint64.from_address(address - within).value * page_bytes + within


def _fill(path: Path, offset: int, blob: Gathered) -> int:
    """Write a blob's chunks to its place and return their crc32."""
    crc = 0
    with open(path, "r+b") as file:
        file.seek(offset)
        for chunk in blob.chunks():
            file.write(chunk.data.cast("B"))
            crc = zlib.crc32(chunk.data.cast("B"), crc)
    return crc


class Checked:
    """What is known of the blobs of one file, by name: those that are as written, and what is wrong with
    others. Shared by threads without a lock: each entry is set once, by one assignment."""

    __slots__ = ("damaged", "sound")

    def __init__(self) -> None:
        self.sound: set[str] = set()
        self.damaged: dict[str, str] = {}


class BlobFile:
    """A blob file mapped read-only; views keep the mapping alive, also after an unlink."""

    def __init__(self, path: Path, places: Mapping[str, Place], checked: Checked | None = None) -> None:
        """Map a file; `checked` is what is known of it. Raises FileNotFoundError, and DataCorrupted where it
        is not the one written."""
        self.path = path
        self.checked = Checked() if checked is None else checked
        self.name = f"{path.parent.name}/{path.name}"
        self.places = dict(places)
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            needed = max((p.offset + p.length for p in places.values()), default=0)
            if size < max(needed, HEADER_BYTES):
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

    def require(self, name: str, at_once_max: int | None = None) -> None:
        """Raise DataCorrupted where a blob is damaged; verify it where nobody has, unless it has more than
        `at_once_max` bytes."""
        if name in self.checked.damaged:
            raise DataCorrupted(self.checked.damaged[name])
        if name not in self.checked.sound and not (
            at_once_max is not None and self.places[name].length > at_once_max
        ):
            self.verify(name)

    def verify(self, name: str, after_step: AfterStep | None = None) -> None:
        """Raise DataCorrupted where a blob's bytes are not those written. `after_step` is called with how
        many bytes were read, a step of them at a time; the interpreter is free meanwhile."""
        view, place, crc = self.view(name), self.places[name], 0
        for start in range(0, place.length, VERIFY_STEP_BYTES):
            step = view[start : start + VERIFY_STEP_BYTES]
            crc = zlib.crc32(step, crc)
            if after_step is not None:
                after_step(len(step))
        if crc != place.crc32:
            said = f"{self.name}: blob {name}: checksum {crc:#010x}, the manifest says {place.crc32:#010x}"
            self.checked.damaged[name] = said
            raise DataCorrupted(said)
        self.checked.sound.add(name)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_error(error: OSError, path: Path) -> OperationalError:
    """Return the SQL error of a failed system call."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return DiskFull(
                f"could not write {path.name}: no space left on device",
                hint="free space on the database's disk and run the statement again",
            )
        case errno.EMFILE | errno.ENFILE:
            return OperationalError(
                f"could not open {path.name}: too many open files",
                hint="raise the limit on open files (ulimit -n)",
                sqlstate="53000",
            )
        case errno.ENOMEM:
            return OutOfMemory(
                f"could not map {path.name}: {error.strerror}",
                hint="raise the limit on address space (ulimit -v)",
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return OperationalError(
                f"could not open {path.name}: {error.strerror}",
                hint="give the user of this process the right to read and write the database's files",
                sqlstate="58030",
            )
    return OperationalError(f"{path.name}: {error.strerror or error}", sqlstate="58030")
