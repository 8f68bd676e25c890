"""Short forms the storage tests share."""

from __future__ import annotations

import os


def rows(connection, sql, parameters=()):
    """Run a statement and return its rows."""
    return connection.execute(sql, parameters).fetchall()


def in_child(work):
    """Fork; return the exit status of `work()` in the child: 0 where it is true."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
