"""The module of PEP 249: what `vql.python` has, under the names that the standard gives."""

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

__all__ = [
    "Answers",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]
