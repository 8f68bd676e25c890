"""Files copied and compared with their checksums, several at a time.

A file is copied under a temporary name, read again blob by blob against the checksums of the manifest while
it is synced, and renamed then: one that has its own name is whole. Threads copy, verify and sync, all without
the interpreter; the caller waits for them, tells how far they are, and can be cancelled. No state.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from vql.dataclass import dataclass
from vql.deadline import check_deadline
from vql.errors import DataCorrupted
from vql.storage.files.blobfile import TEMPORARY, BlobFile, Place, places_of
from vql.storage.files.metastore import Batch
from vql.storage.segments import manifest

THREADS = 4
LOOK_SECONDS = 0.1
COPY_STEP_BYTES = 64 << 20
Told = Callable[[str, float], None]
# What says that a file system, or two, cannot do what was asked for; the bytes are copied then.
NO_SHARING = (errno.EXDEV, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.EMLINK)


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a manifest record names: its path below the folder, and its blobs."""

    name: str
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class FileCopy:
    """A file to be copied."""

    source: Path
    target: Path
    file: NamedFile


def files_named(batch: Batch) -> list[NamedFile]:
    """Return the files of every manifest record. Raises XX001."""
    found = []
    for _, raw in batch.range("manifest", b""):
        record = manifest.decode(raw)
        for entry in (record, *record["indexes"].values()):
            found.append(NamedFile(entry["file"], places_of(entry["blobs"])))
    return found


def copy_files(copies: Iterable[FileCopy], progress: Told, beside: Callable[[], None] | None = None) -> int:
    """Copy files and verify each copy, with other work in a thread `beside`; return how many bytes. Raises
    XX001 where one is missing or not what was written, OSError, 57014."""
    wanted = list(copies)
    total = sum(_size(copy.source) for copy in wanted)
    done: deque[int] = deque()  # bytes, by threads
    stopped: list[bool] = []
    pool, syncs = ThreadPoolExecutor(THREADS, "vql-copy"), ThreadPoolExecutor(THREADS, "vql-sync")
    try:
        pending: set[Future[None]] = {pool.submit(_copy, copy, done, stopped, syncs) for copy in wanted}
        if beside is not None:
            pending.add(syncs.submit(beside))
        while pending:
            ready, pending = wait(pending, LOOK_SECONDS, FIRST_COMPLETED)
            for future in ready:
                future.result()
            check_deadline()
            progress("copying", sum(done) / max(1, 2 * total))
    finally:
        stopped.append(True)
        pool.shutdown(cancel_futures=True)
        syncs.shutdown()
    return total


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        raise DataCorrupted(
            f"{path.parent.name}/{path.name} is missing, the manifest names it",
            hint="`vql check` says what else is damaged",
        ) from None


def _copy(copy: FileCopy, done: deque[int], stopped: list[bool], syncs: ThreadPoolExecutor) -> None:
    temporary = copy.target.with_suffix(TEMPORARY)
    with open(copy.source, "rb") as source, open(temporary, "xb") as target:
        size = os.fstat(source.fileno()).st_size
        for at in range(0, size, COPY_STEP_BYTES):
            if stopped:
                return
            done.append(_copy_bytes(source.fileno(), target.fileno(), at, min(COPY_STEP_BYTES, size - at)))
        # The disk is at work while the processor is: each takes about as long.
        synced = syncs.submit(os.fsync, target.fileno())
        try:
            verify(temporary, copy.file, done.append, stopped)
        finally:
            synced.result()
    if not stopped:
        os.rename(temporary, copy.target)


def verify(path: Path, file: NamedFile, after_step: Callable[[int], None], stopped: list[bool]) -> None:
    """Compare a file with the checksums of its record. Raises XX001."""
    copied = BlobFile(path, file.places)
    copied.name = file.name
    for name in copied.places:
        if stopped:
            return
        copied.verify(name, after_step)


def _copy_bytes(source: int, target: int, at: int, count: int) -> int:
    """Copy a part of a file, by sharing its blocks where the file system can (copy_file_range)."""
    os.lseek(source, at, os.SEEK_SET)
    os.lseek(target, at, os.SEEK_SET)
    left = count
    if hasattr(os, "copy_file_range"):
        try:
            while left:
                copied = os.copy_file_range(source, target, left)
                if not copied:
                    break
                left -= copied
        except OSError as error:
            if error.errno not in NO_SHARING:
                raise
    while left:
        piece = os.read(source, min(left, 1 << 20))
        if not piece:
            raise OSError(errno.EIO, "a file has been cut short while it was copied")
        left -= len(piece)
        while piece:
            piece = piece[os.write(target, piece) :]
    return count


def link_or_copy(source: Path, target: Path) -> bool:
    """Give a file another name; False where the file system cannot."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_SHARING:
            raise
        return False
    return True


def remove_tree(path: Path) -> None:
    """Remove a folder that was not finished, as far as it can be."""
    shutil.rmtree(path, ignore_errors=True)
