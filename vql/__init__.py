"""VQL: a database for people who search by similarity.

`vql.connect(path)` opens the database in a folder. Start at `dbapi`: connections and cursors.
"""

from vql.calendar.interval import Interval
from vql.dbapi import Connection, Cursor, apilevel, connect, paramstyle, threadsafety
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
from vql.types.vectors.sparsevec import SparseVector

__version__ = "0.1.0"

__all__ = [
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "Interval",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "SparseVector",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]
