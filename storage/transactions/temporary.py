"""Temporary schemas: each is one session's, and goes with it.

What is in one is stored as everything else is; what makes it temporary is that its schema's name is never
given again, that no other session looks into it, and that it is dropped at its session's end. A session that
did not come to its end (its process was killed) has left it behind: the next open of the database finds that
no session has the number that its schema says and drops it (`sweep_temporary`), as does the next session that
makes a schema of its own. Its rows are purged by the next maintenance, whatever their retention
(`vql.storage.upkeep.retention`).

No state and no lock: each drop is one transaction.
"""

from __future__ import annotations

import logging

from vql import schema
from vql.errors import Error
from vql.storage.locks.table import NOBODY
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.storage.transactions.transaction import Transaction

log = logging.getLogger("vql.storage")


def temporary_schemas(view: Snapshot) -> list[schema.Schema]:
    """Return the temporary schemas there are."""
    return [each for each in view.others.values() if isinstance(each, schema.Schema) and each.session]


def drop_contents(name: str, transaction: Transaction) -> None:
    """Drop what is in a schema; nothing outside depends on it."""
    view = transaction.view()
    for table in [table for table in view.tables.values() if table.schema == name]:
        transaction.drop_table(table)
    for object_id, found in list(view.others_by_id.items()):
        if found.qualified[0] == name:
            transaction.define(object_id, None)


def drop_temporary(store: Store, found: list[schema.Schema]) -> None:
    """Drop temporary schemas with what is in them. Raises 40001, 53100."""
    transaction = Transaction(store, store.snapshot())
    for each in found:
        drop_contents(each.name, transaction)
        transaction.define(each.schema_id, None)
    transaction.commit()


def sweep_temporary(store: Store, new_session: int = NOBODY) -> None:
    """Drop what sessions have left behind that are no more, one of the number of a `new_session` too. What
    fails is left to the next."""
    if store.metastore.is_read_only:
        return
    found = temporary_schemas(store.snapshot())
    if found:
        with store.locks.alone():
            found = [
                each
                for each in found
                if each.session - 1 == new_session or not store.locks.is_live(each.session - 1)
            ]
    if found:
        try:
            drop_temporary(store, found)
        except Error as error:
            log.warning("temporary tables of sessions that are no more stay: %s", error)
