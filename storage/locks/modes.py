"""What can be locked and how: kinds, modes, which modes conflict (PostgreSQL's manual, "Explicit Locking").

CHANGE and CHANGE_KEY are NO KEY UPDATE and UPDATE held by who has changed the row, not only locked it: who
finds a key taken by such a row has to wait what becomes of it (LOOK, which nobody holds).
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from vql.types.ndarrays import I64

# Instead of the rows of a table one by one.
ALL = -1


class Kind(IntEnum):
    """What is locked: a row by table and row id, a key by table and hash, a relation by its id, what an
    application means by one number (ADVISORY) or two (ADVISORY_PAIR)."""

    ROW = 1
    KEY = 2
    RELATION = 3
    ADVISORY = 4
    ADVISORY_PAIR = 5


class RowLock(IntEnum):
    """Modes of rows."""

    KEY_SHARE = 1
    SHARE = 2
    NO_KEY_UPDATE = 3
    UPDATE = 4
    CHANGE = 5
    CHANGE_KEY = 6
    LOOK = 7


class RelationLock(IntEnum):
    """Modes of relations; keys and advisory locks have SHARE and EXCLUSIVE of them."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8


_CHANGING = {RowLock.CHANGE, RowLock.CHANGE_KEY}
_UPDATING = {RowLock.NO_KEY_UPDATE, RowLock.UPDATE, *_CHANGING}
_LOCKING = {RowLock.KEY_SHARE, RowLock.SHARE, *_UPDATING}
ROWS: dict[int, set[RowLock]] = {
    RowLock.KEY_SHARE: {RowLock.UPDATE, RowLock.CHANGE_KEY},
    RowLock.SHARE: _UPDATING,
    RowLock.NO_KEY_UPDATE: {RowLock.SHARE, *_UPDATING},
    RowLock.CHANGE: {RowLock.SHARE, *_UPDATING},
    RowLock.UPDATE: _LOCKING,
    RowLock.CHANGE_KEY: _LOCKING,
    RowLock.LOOK: _CHANGING,
}
RELATIONS: dict[int, set[int]] = {
    RelationLock.ACCESS_SHARE: {8},
    RelationLock.ROW_SHARE: {7, 8},
    RelationLock.ROW_EXCLUSIVE: {5, 6, 7, 8},
    RelationLock.SHARE_UPDATE_EXCLUSIVE: {4, 5, 6, 7, 8},
    RelationLock.SHARE: {3, 4, 6, 7, 8},
    RelationLock.SHARE_ROW_EXCLUSIVE: {3, 4, 5, 6, 7, 8},
    RelationLock.EXCLUSIVE: {2, 3, 4, 5, 6, 7, 8},
    RelationLock.ACCESS_EXCLUSIVE: {1, 2, 3, 4, 5, 6, 7, 8},
}


def _masks(conflicts: dict[int, set[RowLock]] | dict[int, set[int]]) -> dict[int, int]:
    return {mode: sum(1 << other for other in others) for mode, others in conflicts.items()}


# By kind and mode: a bit for each mode that conflicts.
CONFLICTS = {kind: _masks(ROWS if kind is Kind.ROW else RELATIONS) for kind in Kind}


class Wanted(NamedTuple):
    """Locks of one kind and mode: `minors` below one `major` (row ids or hashes of keys of a table, the
    second number of a pair)."""

    kind: Kind
    mode: int
    major: int
    minors: I64


def relation(table_id: int, mode: RelationLock) -> Wanted:
    """Return the lock of a relation."""
    return Wanted(Kind.RELATION, mode, table_id, np.zeros(1, np.int64))


def mode_name(kind: int, mode: int) -> str:
    """Return a mode as pg_locks shows it."""
    if kind != Kind.ROW:
        name = RelationLock(mode).name
    elif mode == RowLock.KEY_SHARE:
        name = "ACCESS_SHARE"
    else:
        name = "ROW_SHARE" if mode == RowLock.SHARE else "EXCLUSIVE"
    return "".join(word.capitalize() for word in name.split("_")) + "Lock"
