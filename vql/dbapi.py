"""The module of PEP 249: what `vql.python` has, under the names that the standard gives."""

from datetime import date as Date
from datetime import datetime as Timestamp
from datetime import time as Time

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
from vql.python.connection import Connection, connect
from vql.python.cursor import Cursor
from vql.python.many import Answers

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"

Binary = bytes


def DateFromTicks(ticks: float) -> Date:  # noqa: N802 - the standard's name
    """Return the day of a moment in seconds since 1970, in this machine's zone."""
    return Date.fromtimestamp(ticks)


def TimeFromTicks(ticks: float) -> Time:  # noqa: N802
    """Return the time of day of a moment in seconds since 1970, in this machine's zone."""
    return Timestamp.fromtimestamp(ticks).time()


def TimestampFromTicks(ticks: float) -> Timestamp:  # noqa: N802
    """Return a moment in seconds since 1970 as one without a zone, of this machine's."""
    return Timestamp.fromtimestamp(ticks)


__all__ = [
    "Answers",
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
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]
