"""LOCK TABLE in a session."""

from __future__ import annotations

from vql.errors import LockNotAvailable, NoActiveTransaction
from vql.language import ast
from vql.language.bind.names import Tables, find_table
from vql.session.identity import Identity
from vql.session.results import Result
from vql.storage.locks.modes import RelationLock, relation
from vql.storage.locks.session_locks import SessionLocks


def lock_tables(
    statement: ast.Lock, tables: Tables, locks: SessionLocks, identity: Identity, *, is_in_block: bool
) -> Result:
    """Run LOCK TABLE. Raises 25P01 outside a block, 55P03, 40P01, 42501."""
    if not is_in_block:
        raise NoActiveTransaction("LOCK TABLE can only be used in transaction blocks")
    mode = RelationLock[statement.mode.replace(" ", "_").upper()]
    for name in statement.tables:
        table = find_table(tables, name, statement.span)
        rights = identity.rights()
        if rights is not None:
            rights.require_lock(table, name, statement.mode)
        wanted = relation(table.table_id, mode)
        if not statement.nowait:
            locks.acquire(wanted)
        elif locks.try_acquire(wanted) is not None:
            raise LockNotAvailable(f'could not obtain lock on relation "{table.name}"')
    return Result("LOCK TABLE")
