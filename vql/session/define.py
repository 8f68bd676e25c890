"""Definitions and upkeep in a session: tables, indexes, named snapshots, VACUUM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from vql import schema
from vql.deadline import check_deadline
from vql.errors import ActiveTransaction, DependentObjects, UndefinedTable, WrongObjectType
from vql.executor.created import created_table
from vql.executor.referential import check_deferred
from vql.executor.rows.context import Context
from vql.language import ast
from vql.language.ast.moments import numbered
from vql.language.ast.walk import output_names
from vql.language.bind.definitions import tables as definitions
from vql.language.bind.names import Tables, find_table
from vql.session.database import Database
from vql.session.identity import Identity
from vql.session.objects.alter import (
    alter_index,
    alter_table,
    create_computed_index,
    create_unique_index,
    lock_table,
)
from vql.session.objects.grants import change_owners, run_about_roles
from vql.session.objects.ownership import access_of_new, require
from vql.session.objects.referenced import (
    lock_referenced,
    release_references,
    set_constraints,
    with_referring,
)
from vql.session.objects.schemas import (
    Path,
    alter_schema,
    create_schema,
    find_index,
    name_to_make,
    not_there,
    require_schema,
    table_shown,
)
from vql.session.objects.sequences import (
    alter_sequence,
    create_sequence,
    drop_owned,
    drop_sequences,
    settled,
)
from vql.session.objects.types import alter_enum, create_enum, drop_types
from vql.session.objects.views import (
    alter_view,
    create_view,
    drop_dependents,
    drop_schemas,
    drop_views,
    follow_table,
)
from vql.session.results import Notice, Result, warning
from vql.session.statements.prepare import Prepared, columns_returned
from vql.session.statements.query import Queries
from vql.session.statements.write import Writes
from vql.session.transaction_block import TransactionBlock
from vql.storage.index import registry
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.commit import name_taken
from vql.storage.transactions.transaction import Transaction
from vql.types.type import Type, with_types


class Definitions:
    """One session's way to define things and to have them built; `progress` is told how far that is."""

    def __init__(
        self,
        database: Database,
        block: TransactionBlock,
        queries: Queries,
        writes: Writes,
        identity: Identity,
    ) -> None:
        self.progress: Callable[[str, float], None] | None = None
        self._database = database
        self._block = block
        self._queries = queries
        self._writes = writes
        self._identity = identity
        block.before_commit = lambda t: check_deferred(self._context(t.view()), t)

    def run(
        self, statement: ast.Statement, hints: tuple[Type, ...] = (), parameters: Sequence[object] = ()
    ) -> Result:
        """Run a definition; CREATE TABLE ... AS alone has parameters, of the types of `hints`."""
        builds: list[int] = []

        def done(statement: ast.Statement, transaction: Transaction) -> Result:
            builds.clear()
            path = self._path
            match statement:
                case ast.CreateTable():
                    return self._create_table(statement, transaction, hints, parameters)
                case ast.AlterTable():
                    return alter_table(statement, transaction, path, self._context)
                case ast.AlterIndex():
                    return alter_index(statement, transaction, path)
                case ast.CreateIndex():
                    return self._create_index(statement, transaction, builds)
                case ast.DropTable():
                    return self._drop_tables(statement, transaction)
                case ast.Truncate():
                    return self._truncate(statement, transaction)
                case ast.DropIndex():
                    return drop_indexes(statement, transaction, path)
                case ast.SetConstraints():
                    context = self._context(transaction.view())
                    return set_constraints(statement, transaction, context, self._block.changes)
                case ast.CreateSequence():
                    return create_sequence(statement, transaction, path)
                case ast.AlterSequence():
                    return alter_sequence(statement, transaction, path)
                case ast.DropSequence():
                    return drop_sequences(statement, transaction, path)
                case ast.CreateView():
                    return self._create_view(statement, transaction)
                case ast.AlterView():
                    return alter_view(statement, transaction, path)
                case ast.DropView():
                    return drop_views(statement, transaction, path)
                case ast.CreateSchema():
                    return create_schema(statement, transaction, self._identity)
                case ast.AlterSchema():
                    return alter_schema(statement, transaction)
                case ast.DropSchema():
                    return drop_schemas(statement, transaction)
                case ast.CreateEnum():
                    return create_enum(statement, transaction, path)
                case ast.AddLabel() | ast.RenameLabel() | ast.RenameType():
                    return alter_enum(statement, transaction, path)
                case ast.DropType():

                    def drop_column(table: schema.Table, column: str) -> None:
                        action = ast.AlterTable(table.qualified, (ast.DropColumn(column),))
                        alter_table(action, transaction, path, self._context)

                    return drop_types(statement, transaction, path, drop_column)
                case ast.NamedSnapshot(drop=drop, name=name):
                    (transaction.drop_snapshot if drop else transaction.create_snapshot)(name)
                    return Result("DROP SNAPSHOT" if drop else "CREATE SNAPSHOT")
            raise AssertionError(f"not a definition: {statement}")

        with with_types(self._find_type):
            result = self._writes.transact(partial(self._permitted, statement, done))
        if self._block.changes:
            self._block.pending_builds += builds
        else:
            for table_id in builds:
                self.build(table_id)
        return result

    def _permitted(
        self,
        statement: ast.Statement,
        run: Callable[[ast.Statement, Transaction], Result],
        transaction: Transaction,
    ) -> Result:
        """Run a definition for who may: what it makes is its own."""
        identity, path = self._identity, self._path
        rights = identity.rights(transaction.view())
        if rights is not None:
            require(statement, transaction.view(), path, rights, identity.database)
        maker = identity.current(transaction.view()).role_id
        transaction.access_of_new = lambda made: access_of_new(made, maker, transaction.view())
        if isinstance(statement, ast.AboutRoles):
            return run_about_roles(
                statement, transaction, path, identity, lambda drop: run(drop, transaction)
            )
        result = run(statement, transaction)
        change_owners(statement, transaction, path, identity)
        return result

    def _find_type(self, name: str) -> Type | None:
        return self._queries.now(self._block.snapshot()).find_type(name)

    @property
    def _path(self) -> Path:
        return self._queries.now(self._block.snapshot()).path

    def _tables(self, snapshot: Snapshot) -> Tables:
        return self._queries.now(snapshot).tables

    def _context(self, snapshot: Snapshot) -> Context:
        return self._queries.context(self._queries.now(snapshot), ())

    def _create_table(
        self,
        statement: ast.CreateTable,
        transaction: Transaction,
        hints: tuple[Type, ...],
        parameters: Sequence[object],
    ) -> Result:
        name = name_to_make(statement.name, transaction, self._path, statement.span)
        if transaction.view().has_relation(name):
            if statement.if_not_exists:
                return Result("CREATE TABLE", notices=(already_there(name[1]),))
            raise name_taken(name)
        defined = definitions.table_of(statement, self._tables(transaction.view()))
        defined = settled(replace(defined, schema=name[0]), transaction.view(), self._path)
        if statement.query is None:
            if lock_referenced(defined, transaction, RelationLock.SHARE_ROW_EXCLUSIVE):
                defined = definitions.table_of(statement, self._tables(transaction.view()))
                defined = settled(replace(defined, schema=name[0]), transaction.view(), self._path)
            view = transaction.view()
            made = transaction.create_table(defined)
            if statement.likes:
                tables = self._tables(view)
                transaction.alter_table(
                    definitions.with_liked_indexes(statement, made, tables, names_of_indexes(made, view))
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

    def _create_view(self, statement: ast.CreateView, transaction: Transaction) -> Result:
        query = Prepared("", statement.query, (), style=self._queries.style)
        bound, seen, _ = self._queries.arrived(query, transaction.view(), ())
        columns = columns_returned(bound) or ()
        return create_view(statement, columns, seen.tables, transaction, self._path)

    def _create_index(
        self, statement: ast.CreateIndex, transaction: Transaction, builds: list[int]
    ) -> Result:
        view = transaction.view()
        table = find_table(self._tables(view), statement.table, statement.span)
        is_taken = names_of_indexes(table, view)
        if statement.if_not_exists and statement.name and is_taken(statement.name):
            return Result("CREATE INDEX", notices=(already_there(statement.name),))
        if statement.unique:  # no row comes between the look at those there are and the commit
            table, view = lock_table(statement.table, transaction, self._path), transaction.view()
        with registry.foreign_code(statement.method or "", "read a definition"):
            made, computed = definitions.index_of(statement, table, is_taken, registry)
        if computed and not statement.unique:
            table, view = lock_table(statement.table, transaction, self._path), transaction.view()
            is_taken = names_of_indexes(table, view)
            made, computed = definitions.index_of(statement, table, is_taken, registry)
        if computed:
            create_computed_index(table, made, computed, transaction, self._context)
        elif made.unique:
            create_unique_index(table, made, transaction, self._context)
        else:
            transaction.create_index(made)
        builds.append(table.table_id)
        return Result("CREATE INDEX")

    def _drop_tables(self, statement: ast.DropTable, transaction: Transaction) -> Result:
        notices: list[Notice] = []
        found: list[schema.Table] = []
        for name in statement.names:
            table = self._tables(transaction.view()).find(name)
            if table is not None:
                transaction.lock(table.table_id, RelationLock.ACCESS_EXCLUSIVE)
            view = transaction.view()
            table = self._tables(view).find(name)
            if table is not None:
                found.append(table)
                continue
            other = schema.find_object(view.others, name, self._path)
            if other is not None:
                kind = type(other).__name__
                hint = f"Use DROP {kind.upper()} to remove a {kind.lower()}."
                raise WrongObjectType(f'"{name[-1]}" is not a table', hint=hint)
            missing = not_there("table", name, view)
            if not statement.if_exists:
                raise missing
            notices.append(Notice(f"{missing.message}, skipping"))
        notices += release_references(found, statement.cascade, transaction)
        notices += drop_dependents(
            [f"table {table_shown(table)}" for table in found],
            {table.table_id for table in found},
            transaction,
            statement.cascade,
        )
        notices += drop_owned(found, transaction, statement.cascade)
        for table in found:
            lock_referenced(table, transaction, RelationLock.ACCESS_EXCLUSIVE)
            transaction.drop_table(table)  # also one that cannot be read
        return Result("DROP TABLE", notices=tuple(notices))

    def _truncate(self, statement: ast.Truncate, transaction: Transaction) -> Result:
        found = [find_table(self._tables(transaction.view()), name) for name in statement.names]
        notices = with_referring(found, statement.cascade, transaction)
        rights = self._identity.rights(transaction.view())
        for table in found:
            if rights is not None:
                rights.require(table, "D")
            lock_referenced(table, transaction, RelationLock.ACCESS_EXCLUSIVE)
        tables = transaction.view().tables_by_id
        ids = transaction.truncate([tables[table.table_id] for table in dict.fromkeys(found)])
        for before, after in ids.items():
            follow_table(before, after, transaction)
        return Result("TRUNCATE TABLE", notices=notices)

    def build(self, table_id: int) -> None:
        self._database.maintainer.build(table_id, self.progress)
        check_deadline()  # what was built of it stays

    def reindex(self, statement: ast.Reindex) -> Result:
        """Build indexes anew over the rows that are sealed. Raises 42P01, 42809, 3F000, 25001."""
        if statement.concurrently and self._block.status != "I":
            raise ActiveTransaction("REINDEX CONCURRENTLY cannot run inside a transaction block")
        rights = self._identity.rights()
        meant = indexes_meant(statement, self._block.snapshot(), self._path)
        for table, index_ids in meant:
            if rights is not None:
                rights.require(table, "m")
            self._database.maintainer.build(table.table_id, self.progress, index_ids)
        return Result("REINDEX")

    def vacuum(self, statement: ast.Vacuum) -> Result:
        if self._block.status != "I":
            raise ActiveTransaction("VACUUM cannot run inside a transaction block")
        tables, rights = self._tables(self._block.snapshot()), self._identity.rights()
        tag, notices = "ANALYZE" if statement.analyze_only else "VACUUM", []
        ids: list[int | None] = [None]
        if statement.table is not None or rights is not None:
            named = statement.table
            found = (
                list(tables.own.values()) if named is None else [find_table(tables, named, statement.span)]
            )
            may = [table for table in found if rights is None or rights.has(table, "m")]
            notices = [
                warning(f'permission denied to {tag.lower()} "{table.name}", skipping it', "01000")
                for table in found
                if table not in may
            ]
            ids = [table.table_id for table in may]
        for table_id in () if statement.analyze_only else ids:
            self._database.maintainer.run(table_id, self.progress, full=True)
        return Result(tag, notices=tuple(notices))


def indexes_meant(
    statement: ast.Reindex, snapshot: Snapshot, path: Path
) -> list[tuple[schema.Table, frozenset[int]]]:
    """Return the tables of which REINDEX means indexes, and the ids of these."""
    name = statement.name
    if statement.kind not in ("index", "table"):
        tables = [table for table in snapshot.tables.values() if not table.unreadable]
        if statement.kind == "schema":
            only = require_schema(name[-1] if name else "", snapshot).name
            tables = [table for table in tables if table.schema == only]
        return [(table, frozenset(index.index_id for index in table.indexes)) for table in tables]
    table = schema.find_object(snapshot.tables, name, path)
    owner = find_index(snapshot, name, path)
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


def names_of_indexes(table: schema.Table, view: Snapshot) -> Callable[[str], bool]:
    """Return whether a name is one that an index of a table cannot have any more."""
    return lambda name: view.has_relation((table.schema, name))


def drop_indexes(statement: ast.DropIndex, transaction: Transaction, path: Path) -> Result:
    """Drop indexes by name."""
    notices = []
    for name in statement.names:
        view = transaction.view()
        table = find_index(view, name, path)
        if table is None:
            missing = not_there("index", name, view)
            if not statement.if_exists:
                raise missing
            notices.append(Notice(f"{missing.message}, skipping"))
            continue
        index = next(index for index in table.indexes if index.name == name[-1])
        if index.is_declared:
            raise DependentObjects(
                f"cannot drop index {index.name} because constraint {index.name} on table {table.name}"
                " requires it",
                hint=f"You can drop constraint {index.name} on table {table.name} instead.",
            )
        transaction.drop_index(index)
    return Result("DROP INDEX", notices=tuple(notices))


def index_methods() -> tuple[str, ...]:
    """Return the names that USING may have."""
    return registry.method_names()
