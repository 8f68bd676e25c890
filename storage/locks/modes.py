"""What can be locked and how: kinds, modes, which modes conflict (PostgreSQL's manual, "Explicit Locking").

A row has fewer modes here: an UPDATE makes a row of another id, to which a KEY SHARE would have to be handed
on; so that one is a SHARE, and then UPDATE and NO KEY UPDATE are one. CHANGE is UPDATE held by who has
changed the row, not only locked it: who finds a key taken by such a row has to wait what becomes of it (LOOK,
which nobody holds).
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from vql.types.forms.ndarrays import I64

# Instead of the rows of a table one by one.
ALL = -1


class Kind(IntEnum):
    """What is locked: a row by table and row id, a key by table and hash, a relation by its id, what an
    application means by one number (ADVISORY) or two (ADVISORY_PAIR), what else has an id (OBJECT), a
    transaction by its number, which itself alone holds (TRANSACTION)."""

    ROW = 1
    KEY = 2
    RELATION = 3
    ADVISORY = 4
    ADVISORY_PAIR = 5
    OBJECT = 6
    TRANSACTION = 7


class RowLock(IntEnum):
    """Modes of rows."""

    SHARE = 1
    UPDATE = 2
    CHANGE = 3
    LOOK = 4


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


ROWS: dict[int, set[RowLock]] = {
    RowLock.SHARE: {RowLock.UPDATE, RowLock.CHANGE},
    RowLock.UPDATE: {RowLock.SHARE, RowLock.UPDATE, RowLock.CHANGE},
    RowLock.CHANGE: {RowLock.SHARE, RowLock.UPDATE, RowLock.CHANGE},
    RowLock.LOOK: {RowLock.CHANGE},
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


KINDS_OF_LOCKS = {
    Kind.ROW: "tuple", Kind.KEY: "transactionid", Kind.RELATION: "relation", Kind.OBJECT: "object",
    Kind.TRANSACTION: "transactionid",
}  # fmt: skip


def lock_kind(kind: int) -> str:
    """Return a kind as pg_locks shows it; keys of rows to come are locks of transactions there."""
    return KINDS_OF_LOCKS.get(Kind(kind), "advisory")


def mode_name(kind: int, mode: int) -> str:
    """Return a mode as pg_locks shows it."""
    if kind == Kind.ROW:
        return "RowShareLock" if mode == RowLock.SHARE else "ExclusiveLock"
    return "".join(word.capitalize() for word in RelationLock(mode).name.split("_")) + "Lock"


def relation_of(rows: Wanted) -> Wanted:
    """Return the lock of a table that goes with locks of its rows."""
    mode = RelationLock.ROW_EXCLUSIVE if rows.mode == RowLock.CHANGE else RelationLock.ROW_SHARE
    return Wanted(Kind.RELATION, mode, rows.major, np.zeros(1, np.int64))
