"""Definitions and upkeep in a session: tables, indexes, named snapshots, VACUUM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vql import schema
from vql.deadline import check_deadline
from vql.errors import (
    ActiveTransaction,
    DuplicateTable,
    ProgrammingError,
    UndefinedObject,
    UndefinedTable,
    WrongObjectType,
)
from vql.executor.created import created_table
from vql.executor.rows.context import Context
from vql.language import ast
from vql.language.ast.moments import numbered
from vql.language.ast.walk import output_names
from vql.language.bind import definitions
from vql.language.bind.names import find_table
from vql.session.alter import (
    alter_index,
    alter_table,
    create_computed_index,
    create_unique_index,
    lock_table,
)
from vql.session.database import Database
from vql.session.moments import Snapshots
from vql.session.prepare import Prepared
from vql.session.query import Queries
from vql.session.results import Notice, Result
from vql.session.transaction_block import TransactionBlock
from vql.session.write import Writes
from vql.storage.index import registry
from vql.storage.snapshot import Snapshot
from vql.storage.transaction import Transaction
from vql.types.type import Type


class Definitions:
    """One session's way to define things and to have them built; `progress` is told how far that is."""

    def __init__(
        self,
        database: Database,
        block: TransactionBlock,
        queries: Queries,
        writes: Writes,
        user: str,
    ) -> None:
        self.progress: Callable[[str, float], None] | None = None
        self._database = database
        self._block = block
        self._queries = queries
        self._writes = writes
        self._user = user

    def run(
        self, statement: ast.Statement, hints: tuple[Type, ...] = (), parameters: Sequence[object] = ()
    ) -> Result:
        """Run a definition; CREATE TABLE ... AS alone has parameters, of the types of `hints`."""
        builds: list[int] = []

        def apply(transaction: Transaction) -> Result:
            builds.clear()
            tables = transaction.view().tables
            match statement:
                case ast.CreateTable():
                    return self._create_table(statement, transaction, hints, parameters)
                case ast.AlterTable():
                    return alter_table(statement, transaction, self._context, self._user)
                case ast.AlterIndex():
                    return alter_index(statement, transaction)
                case ast.CreateIndex():
                    return self._create_index(statement, transaction, builds)
                case ast.DropTable() | ast.Truncate():
                    return self._drop_tables(statement, transaction)
                case ast.DropIndex():
                    return drop_indexes(statement, transaction)
                case ast.NamedSnapshot(drop=drop, name=name):
                    (transaction.drop_snapshot if drop else transaction.create_snapshot)(name)
                    return Result("DROP SNAPSHOT" if drop else "CREATE SNAPSHOT")
            raise AssertionError(f"not a definition: {tables}")

        result = self._writes.transact(apply)
        if self._block.changes:
            self._block.pending_builds += builds
        else:
            for table_id in builds:
                self.build(table_id)
        return result

    def _context(self, snapshot: Snapshot) -> Context:
        return self._queries.context(Snapshots(snapshot), ())

    def _create_table(
        self,
        statement: ast.CreateTable,
        transaction: Transaction,
        hints: tuple[Type, ...],
        parameters: Sequence[object],
    ) -> Result:
        name = statement.name[-1]
        if transaction.view().has_relation(name):
            if statement.if_not_exists:
                return Result("CREATE TABLE", notices=(already_there(name),))
            raise DuplicateTable(f'relation "{name}" already exists')
        defined = definitions.table_of(statement, transaction.view().tables)
        if statement.query is None:
            view = transaction.view()
            made = transaction.create_table(defined)
            if statement.likes:
                transaction.alter_table(
                    definitions.with_liked_indexes(statement, made, view.tables, view.has_relation)
                )
            return Result("CREATE TABLE")
        view = transaction.view()
        query = Prepared("", statement.query, hints, style=self._queries.style)
        bound, seen, given = self._queries.arrived(query, view, parameters)
        if statement.with_data:
            batch = self._queries.run_inner(bound, seen, given)
        else:
            batch = self._queries.described(bound, seen)
        names = definitions.created_names(statement, output_names(statement.query, batch.names))
        declared = definitions.declared_types(numbered(statement.query)[0], seen.tables)
        made, rows = created_table(name, names, batch, declared)
        table = transaction.create_table(replace(made, options=defined.options))
        if batch.rows:
            transaction.insert(table, rows)
        return Result(f"SELECT {batch.rows}" if statement.with_data else "CREATE TABLE AS")

    def _create_index(
        self, statement: ast.CreateIndex, transaction: Transaction, builds: list[int]
    ) -> Result:
        view = transaction.view()
        table = find_table(view.tables, statement.table, statement.span)
        if statement.if_not_exists and statement.name and view.has_relation(statement.name):
            return Result("CREATE INDEX", notices=(already_there(statement.name),))
        if statement.unique:  # no row comes between the look at those there are and the commit
            table, view = lock_table(statement.table, transaction), transaction.view()
        with registry.foreign_code(statement.method or "", "read a definition"):
            made, computed = definitions.index_of(statement, table, view.has_relation, registry)
        if computed and not statement.unique:
            table, view = lock_table(statement.table, transaction), transaction.view()
            made, computed = definitions.index_of(statement, table, view.has_relation, registry)
        if computed:
            create_computed_index(table, made, computed, transaction, self._context)
        elif made.unique:
            create_unique_index(table, made, transaction, self._context)
        else:
            transaction.create_index(made)
        builds.append(table.table_id)
        return Result("CREATE INDEX")

    def _drop_tables(self, statement: ast.DropTable | ast.Truncate, transaction: Transaction) -> Result:
        notices = []
        for name in statement.names:
            tables = transaction.view().tables
            if isinstance(statement, ast.DropTable) and statement.if_exists and name[-1] not in tables:
                notices.append(Notice(f'table "{name[-1]}" does not exist, skipping'))
                continue
            if name[-1] not in tables and isinstance(statement, ast.DropTable):
                raise UndefinedTable(f'table "{name[-1]}" does not exist')
            if isinstance(statement, ast.DropTable):
                transaction.drop_table(tables[name[-1]])  # also one that cannot be read
            else:
                transaction.truncate(find_table(tables, name))
        word = "DROP TABLE" if isinstance(statement, ast.DropTable) else "TRUNCATE TABLE"
        return Result(word, notices=tuple(notices))

    def build(self, table_id: int) -> None:
        self._database.maintainer.build(table_id, self.progress)
        check_deadline()  # what was built of it stays

    def reindex(self, statement: ast.Reindex) -> Result:
        """Build indexes anew over the rows that are sealed. Raises 42P01, 42809, 3F000, 25001."""
        if statement.concurrently and self._block.status != "I":
            raise ActiveTransaction("REINDEX CONCURRENTLY cannot run inside a transaction block")
        for table, index_ids in indexes_meant(statement, self._block.snapshot()):
            self._database.maintainer.build(table.table_id, self.progress, index_ids)
        return Result("REINDEX")

    def vacuum(self, statement: ast.Vacuum) -> Result:
        if self._block.status != "I":
            raise ActiveTransaction("VACUUM cannot run inside a transaction block")
        table_id = None
        if statement.table is not None:
            table_id = find_table(self._block.snapshot().tables, statement.table, statement.span).table_id
        if not statement.analyze_only:
            self._database.maintainer.run(table_id, self.progress, full=True)
        return Result("ANALYZE" if statement.analyze_only else "VACUUM")


def indexes_meant(statement: ast.Reindex, snapshot: Snapshot) -> list[tuple[schema.Table, frozenset[int]]]:
    """Return the tables of which REINDEX means indexes, and the ids of these."""
    name = statement.name
    if statement.kind == "schema" and (not name or name[-1] not in schema.SEARCH_PATH):
        raise UndefinedObject(f'schema "{".".join(name)}" does not exist', sqlstate="3F000")
    if statement.kind not in ("index", "table"):
        tables = [table for table in snapshot.tables.values() if not table.unreadable]
        return [(table, frozenset(index.index_id for index in table.indexes)) for table in tables]
    table = schema.find_object(snapshot.tables, name)
    owner = snapshot.tables_by_id.get(snapshot.index_names.get(name[-1], 0))
    if table is None and owner is None:
        raise UndefinedTable(f'relation "{".".join(name)}" does not exist')
    if statement.kind == "table":
        if table is None:
            raise WrongObjectType(f'"{name[-1]}" is not a table or materialized view')
        return [(table, frozenset(index.index_id for index in table.indexes))]
    if owner is None:
        raise WrongObjectType(f'"{name[-1]}" is not an index')
    return [(owner, frozenset(i.index_id for i in owner.indexes if i.name == name[-1]))]


def already_there(name: str) -> Notice:
    """Return what is said of a relation that is not made anew."""
    return Notice(f'relation "{name}" already exists, skipping', sqlstate="42P07")


def drop_indexes(statement: ast.DropIndex, transaction: Transaction) -> Result:
    """Drop indexes by name."""
    notices = []
    for name in statement.names:
        found = [i for t in transaction.view().tables.values() for i in t.indexes if i.name == name[-1]]
        if not found:
            if statement.if_exists:
                notices.append(Notice(f'index "{name[-1]}" does not exist, skipping'))
                continue
            raise UndefinedObject(f'index "{name[-1]}" does not exist')
        if found[0].is_declared:
            table = transaction.view().tables_by_id[found[0].table_id].name
            raise ProgrammingError(
                f"cannot drop index {name[-1]} because constraint {name[-1]} on table {table} requires it",
                sqlstate="2BP01",
                hint=f"You can drop constraint {name[-1]} on table {table} instead.",
            )
        transaction.drop_index(found[0])
    return Result("DROP INDEX", notices=tuple(notices))


def index_methods() -> tuple[str, ...]:
    """Return the names that USING may have."""
    return registry.method_names()
