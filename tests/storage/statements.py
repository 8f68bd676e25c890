"""Short forms the storage tests share."""

from __future__ import annotations


def rows(connection, sql, parameters=()):
    """Run a statement and return its rows."""
    return connection.execute(sql, parameters).fetchall()
