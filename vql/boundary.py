"""What a user is told of a failure that nobody foresaw: the boundary of the embedded session, through which
the shell's statements go too, and of the server.

Whatever is no `Error` is a bug of ours: it is logged with its traceback and told as XX000. Two are none,
since no code can foresee them: a stack or a memory that is used up. The test suite fails on every line
that is logged here.
"""

from __future__ import annotations

import logging

from vql.errors import Error, InternalError, LimitExceeded, OutOfMemory

log = logging.getLogger("vql.boundary")


def known_error(error: BaseException) -> Error:
    """Return what a user is told of any failure."""
    match error:
        case Error():
            return error
        case MemoryError():
            return OutOfMemory("out of memory")
        case RecursionError():
            return LimitExceeded("stack depth limit exceeded", sqlstate="54001")
    log.error("internal error", exc_info=error)
    return InternalError(
        f"internal error: {type(error).__name__}: {error}",
        hint="This is a bug of VQL. Please report it, with the statement and what the log says.",
    )
