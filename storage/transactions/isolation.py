"""Isolation levels of transactions.

| isolation | the snapshot | a row that others have changed since |
|---|---|---|
| READ COMMITTED | the newest, as each statement begins (`refresh`) | is looked at again as it is now |
| REPEATABLE READ | that of the beginning | 40001 |
| SERIALIZABLE | that of the beginning | 40001, also where it was only read (`Reads`), at the commit |
"""

from __future__ import annotations

from enum import Enum

from vql.errors import SerializationFailure


class Restart(Exception):
    """Others have changed what a statement reads: it is to be run again from a newer snapshot."""


class Isolation(Enum):
    """What a transaction sees of others; see the module."""

    READ_COMMITTED = "read committed"
    REPEATABLE_READ = "repeatable read"
    SERIALIZABLE = "serializable"


def concurrent_update() -> SerializationFailure:
    """Return that others have changed what a transaction is not to see changed."""
    return SerializationFailure("could not serialize access due to concurrent update")
