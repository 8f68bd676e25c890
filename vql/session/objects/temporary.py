"""The temporary schema of a session: made with the first thing in it, gone with the session.

Its name is first in the search path from then on (`vql.settings.settings`). The schema itself is part of the
transaction that makes something in it: where that is undone, the next one makes it again, by the same name.
It belongs to its session's thread.
"""

from __future__ import annotations

from vql import schema
from vql.errors import Error, ProgrammingError
from vql.language import ast
from vql.language.bind.definitions.tables import check_name
from vql.naming import TEMPORARY, Qualified
from vql.session.objects.referenced import release_references
from vql.session.objects.schemas import Path, name_to_make
from vql.session.objects.views import drop_dependents
from vql.settings.settings import Settings
from vql.storage.locks.session_locks import SessionLocks
from vql.storage.store import Store
from vql.storage.transactions.temporary import drop_contents, drop_temporary, log, sweep_temporary
from vql.storage.transactions.transaction import Transaction


class Temporary:
    """See the module."""

    def __init__(self, store: Store, locks: SessionLocks, settings: Settings) -> None:
        self._store = store
        self._locks = locks
        self._settings = settings

    def name_to_make(
        self,
        name: tuple[str, ...],
        is_temporary: bool,
        transaction: Transaction,
        path: Path,
        span: ast.Span = ast.NOWHERE,
    ) -> Qualified:
        """Return what a new relation is called, temporary or not, in its schema. Raises 42P16, 3F000,
        42501."""
        if not is_temporary and name[:-1] != ("pg_temp",):
            return name_to_make(name, transaction, path, span)
        check_name(name[-1])
        if name[:-1] not in ((), ("pg_temp",), (self._settings.temporary,)):
            text = "cannot create temporary relation in non-temporary schema"
            raise ProgrammingError(text, sqlstate="42P16", position=span[0] + 1)
        return self._enter(transaction), name[-1]

    def _enter(self, transaction: Transaction) -> str:
        """Return the name of the schema, which is there till the session ends."""
        if not self._settings.temporary:
            sweep_temporary(self._store, self._locks.number)
            self._settings.search_temporary(f"{TEMPORARY}{transaction.new_object_id()}")
        name = self._settings.temporary
        if transaction.view().find_schema(name) is None:
            schema_id = int(name.removeprefix(TEMPORARY))
            transaction.define(schema_id, schema.Schema(schema_id, name, session=self._locks.number + 1))
        return name

    def settle(self, transaction: Transaction) -> None:
        """Do what tables say of the end of a transaction. Rows that go with it are never committed, and a
        table that does was made in it."""
        tables = transaction.view().tables_by_id
        for table_id in list(transaction.changes.inserts):
            if table_id in tables and tables[table_id].on_commit == "delete rows":
                transaction.forget_rows(table_id)
        made = [table for table in transaction.changes.tables.values() if table is not None]
        going = [table for table in made if table.on_commit == "drop"]
        if going:
            release_references(going, True, transaction)
            drop_dependents([], {table.table_id for table in going}, transaction, cascade=True)
        for table in going:
            transaction.drop_table(transaction.table(table.table_id))

    def discard(self, transaction: Transaction) -> None:
        """Drop all that is there."""
        if self._settings.temporary:
            drop_contents(self._settings.temporary, transaction)

    def close(self) -> None:
        """Drop all that is there as the session ends; what cannot be dropped now is swept later."""
        name = self._settings.temporary
        found = self._store.snapshot().find_schema(name) if name else None
        if found is not None:
            try:
                drop_temporary(self._store, [found])
            except Error as error:
                log.warning("temporary tables of a session stay: %s", error)
