"""VQL: a database for people who search by similarity.

`vql.connect(path)` opens the database in a folder. Start at `python`: connections and cursors. What needs the
database is loaded with its first use, so that the commands of `vql.shell` load no more than they need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from vql.errors import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
)

if TYPE_CHECKING:
    from vql.calendar.interval import Interval
    from vql.dbapi import (
        Binary,
        Connection,
        Cursor,
        Date,
        DateFromTicks,
        Time,
        TimeFromTicks,
        Timestamp,
        TimestampFromTicks,
        apilevel,
        connect,
        paramstyle,
        threadsafety,
    )
    from vql.python.aio import AsyncConnection, connect_async
    from vql.python.magic import load_ipython_extension
    from vql.types.vectors.sparsevec import SparseVector

__version__ = "0.1.0"
_HOMES = {
    "AsyncConnection": "vql.python.aio",
    "Interval": "vql.calendar.interval",
    "SparseVector": "vql.types.vectors.sparsevec",
    "connect_async": "vql.python.aio",
    "load_ipython_extension": "vql.python.magic",
}

__all__ = [
    "AsyncConnection",
    "Binary",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "Interval",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "SparseVector",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "connect_async",
    "load_ipython_extension",
    "paramstyle",
    "threadsafety",
]


def __getattr__(name: str) -> object:
    """Load a part of the face."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES.get(name, "vql.dbapi")), name)
    return globals().setdefault(name, value)
