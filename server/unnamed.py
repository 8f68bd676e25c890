"""Files without a name: in memory where the system has that, so that neither a full disk nor who looks into a
folder comes between processes that hand one another something. They are gone with their last descriptor."""

from __future__ import annotations

import os
import tempfile


def unnamed_file(data: bytes = b"") -> int:
    """Return the descriptor of a new file that holds something. Raises OSError."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("vql")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    return descriptor


def contents(descriptor: int) -> bytes:
    """Return all that a file holds, from its beginning, and close it."""
    try:
        size, found = os.fstat(descriptor).st_size, bytearray()
        while len(found) < size:
            found += os.pread(descriptor, size - len(found), len(found))
        return bytes(found)
    finally:
        os.close(descriptor)
