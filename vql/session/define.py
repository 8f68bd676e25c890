"""Definitions in a session: tables, indexes, types, views, named snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from vql import schema
from vql.deadline import without_deadline
from vql.errors import NotSupportedError
from vql.executor.constraints.referential import check_deferred
from vql.executor.created import created_table
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.context import Context
from vql.functions.declare import Function
from vql.language import ast
from vql.language.ast.moments import numbered
from vql.language.ast.walk import output_names
from vql.language.bind.definitions import tables as definitions
from vql.language.bind.definitions.fixed_literals import query_with_fixed_literals
from vql.language.bind.definitions.indexes import with_liked_indexes
from vql.language.bind.definitions.routines import routines_called
from vql.language.bind.names import Tables, find_table
from vql.naming import Qualified, is_temporary
from vql.roles.role import OWNER_ID
from vql.session.database import Database
from vql.session.identity import Identity
from vql.session.objects.access.grants import change_owners, run_about_roles
from vql.session.objects.access.ownership import access_of_new, require
from vql.session.objects.alter import alter_table
from vql.session.objects.comments import comment_on, copy_comments, forget_comments
from vql.session.objects.domains import alter_domain, create_domain, create_range
from vql.session.objects.extensions import alter_extension, create_extension, drop_extensions
from vql.session.objects.indexes import (
    already_there,
    alter_index,
    create_index,
    drop_indexes,
    names_of_indexes,
    take_back,
)
from vql.session.objects.materialized import alter_materialized, refresh, require_no_materialized
from vql.session.objects.numbering.identities import own, restart, wanted_sequences, with_sequences
from vql.session.objects.numbering.sequences import alter_sequence, create_sequence, drop_sequences, settled
from vql.session.objects.past.statements import Means, run_about_past
from vql.session.objects.referenced import lock_referenced, set_constraints, with_referring
from vql.session.objects.routines.routines import define_routine, naming_routines
from vql.session.objects.schemas import Path, alter_schema, create_schema, name_to_make
from vql.session.objects.tables import drop_tables
from vql.session.objects.temporary import Temporary
from vql.session.objects.types import (
    DropColumn,
    alter_enum,
    alter_row_type,
    alter_type,
    create_enum,
    create_row_type,
    drop_types,
)
from vql.session.objects.views import (
    alter_view,
    check_query,
    create_view,
    drop_schemas,
    drop_views,
    follow_table,
    readings,
    reads_temporary,
)
from vql.session.results import Notice, Result, columns_returned
from vql.session.statements.changes.write import Writes
from vql.session.statements.moments import Snapshots
from vql.session.statements.prepare import Prepared
from vql.session.statements.query import Queries
from vql.session.statements.utility.upkeep import Upkeep
from vql.session.transaction_block import TransactionBlock
from vql.settings.settings import Settings
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.commit import name_taken
from vql.storage.transactions.pending import Rows
from vql.storage.transactions.transaction import Transaction
from vql.types.type import Type, with_names

# Tables whose indexes are to be built, each with the index that was made for it.
Builds = dict[int, schema.Index | None]


class Definitions:
    """One session's way to define things and to have them built."""

    def __init__(
        self,
        database: Database,
        block: TransactionBlock,
        queries: Queries,
        writes: Writes,
        temporary: Temporary,
        identity: Identity,
        settings: Settings,
        upkeep: Upkeep,
    ) -> None:
        self._database = database
        self._block = block
        self._queries = queries
        self._writes = writes
        self._temporary = temporary
        self._identity = identity
        self._settings = settings
        self._upkeep = upkeep
        block.before_commit = self._settle

    def _settle(self, transaction: Transaction) -> None:
        """Do what is left to the end of a transaction."""
        if transaction.has_deferred:
            check_deferred(self._context(transaction.view()), transaction)
        self._temporary.settle(transaction)

    def discard_temporary(self) -> None:
        """Drop what is temporary."""

        def apply(transaction: Transaction) -> Result:
            self._temporary.discard(transaction)
            return Result("DISCARD TEMP")

        self._writes.transact(apply)

    def run(
        self, statement: ast.Statement, hints: tuple[Type, ...] = (), parameters: Sequence[object] = ()
    ) -> Result:
        """Run a definition; CREATE TABLE ... AS alone has parameters, of the types of `hints`."""
        builds: Builds = {}

        def done(statement: ast.Statement, transaction: Transaction) -> Result:
            builds.clear()
            result = self._apply(statement, transaction, hints, parameters, builds)
            forget_comments(transaction)
            return result

        with with_names(self), naming_routines(self._tables, self._block.snapshot, statement):
            result = self._writes.transact(partial(self._permitted, statement, done))
        if self._block.changes:
            self._block.pending_builds += [*builds]
        else:
            for table_id, index in builds.items():
                with self._undone(index):
                    self._upkeep.build(table_id)
        return result

    @contextmanager
    def _undone(self, index: schema.Index | None) -> Iterator[None]:
        """Have an index that is not built to its end be there no more; an error, or Ctrl-C, goes on."""
        try:
            yield
        except BaseException:
            if index is not None:
                with without_deadline():  # the statement's own is over
                    self._writes.transact(partial(take_back, index))
            raise

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
                statement, transaction, path, identity, self._settings, lambda drop: run(drop, transaction)
            )
        result = run(statement, transaction)
        change_owners(statement, transaction, path, identity)
        return result

    def _apply(
        self,
        statement: ast.Statement,
        transaction: Transaction,
        hints: tuple[Type, ...],
        parameters: Sequence[object],
        builds: Builds,
    ) -> Result:
        """Run a definition in a transaction; `builds` gets what is to be built behind it."""
        path = self._path
        match statement:
            case ast.CreateTable():
                return self._create_table(statement, transaction, hints, parameters)
            case ast.AlterTable():
                return alter_table(statement, transaction, path, self._context)
            case ast.AlterIndex():
                return alter_index(statement, transaction, path)
            case ast.CreateIndex():
                tables = self._tables(transaction.view())
                result, made = create_index(statement, transaction, tables, path, self._context)
                if made is not None:
                    builds[made.table_id] = made
                return result
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
                name = self._name_of(statement, transaction)
                return create_sequence(statement, name, transaction, path)
            case ast.AlterSequence():
                return alter_sequence(statement, transaction, path)
            case ast.DropSequence():
                return drop_sequences(statement, transaction, path)
            case ast.CreateView():
                return self._create_view(statement, transaction)
            case ast.CreateMaterialized():
                return self._create_materialized(statement, transaction)
            case ast.RefreshMaterialized():
                return self._refresh(statement, transaction, builds)
            case ast.AlterMaterialized():
                return alter_materialized(statement, transaction, path)
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
            case ast.CreateExtension():
                return create_extension(statement, transaction, path)
            case ast.AlterExtension():
                return alter_extension(statement, transaction)
            case ast.DropExtension():
                return drop_extensions(statement, transaction, self._dropping(transaction))
            case ast.CreateRoutine() | ast.AlterRoutine() | ast.DropRoutines() | ast.DropAbsent():
                return define_routine(statement, transaction, path, self._tables, self._settings)
            case ast.CommentOn():
                return comment_on(statement, transaction, path, self._identity)
            case _ if isinstance(statement, ast.AboutPast):
                states = self._queries.relations.sequences.state
                means = (path, self._identity, self._queries.moment_of, self._context, self._create, states)
                return run_about_past(statement, transaction, Means(*means))
        return self._define_type(statement, transaction)

    def _define_type(self, statement: ast.Statement, transaction: Transaction) -> Result:
        """Run what creates, changes and drops types."""
        match statement:
            case ast.CreateEnum():
                return create_enum(statement, transaction, self._path)
            case ast.CreateRange():
                return create_range(statement, transaction, self._path)
            case ast.CreateRowType():
                return create_row_type(statement, transaction, self._path)
            case ast.CreateDomain():
                return create_domain(statement, transaction, self._path)
            case ast.AlterDomain():
                return alter_domain(statement, transaction, self._path, self._context)
            case ast.AddLabel() | ast.RenameLabel():
                return alter_enum(statement, transaction, self._path)
            case ast.AlterRowType():
                return alter_row_type(statement, transaction, self._path)
            case ast.RenameType() | ast.AlterTypeOwner():
                return alter_type(statement, transaction, self._path)
            case ast.DropType():
                return drop_types(statement, transaction, self._path, self._dropping(transaction))
        raise AssertionError(f"not a definition: {statement}")

    def _dropping(self, transaction: Transaction) -> DropColumn:
        """Return what drops a column of a table."""

        def drop(table: schema.Table, column: str) -> None:
            action = ast.AlterTable(table.qualified, (ast.DropColumn(column, cascade=True),))
            alter_table(action, transaction, self._path, self._context)

        return drop

    def find_type(self, name: str) -> Type | None:
        """Return the type of the database that a name means, as it is written; None where none does."""
        return self._queries.now(self._block.snapshot()).find_type(name)

    @property
    def extensions(self) -> Mapping[str, str]:
        """The extensions there are, and their schemas."""
        return self._queries.now(self._block.snapshot()).extensions

    @property
    def own_functions(self) -> Mapping[str, Sequence[Function]]:
        """The functions that the program of this process has made."""
        return self._database.functions.by_name

    @property
    def _path(self) -> Path:
        return self._queries.now(self._block.snapshot()).path

    def _tables(self, snapshot: Snapshot) -> Tables:
        return self._queries.now(snapshot).tables

    def _context(self, snapshot: Snapshot) -> Context:
        return self._queries.context(self._queries.now(snapshot), ())

    def _name_of(
        self, statement: ast.CreateTable | ast.CreateView | ast.CreateSequence, transaction: Transaction
    ) -> Qualified:
        """Return what a new relation is called, in its schema. Raises 42P16, 3F000, 42501."""
        name, is_temporary, span = statement.name, statement.temporary, statement.span
        return self._temporary.name_to_make(name, is_temporary, transaction, self._path, span)

    def _create(
        self, statement: ast.CreateTable, transaction: Transaction, liked: Sequence[schema.Table]
    ) -> tuple[Result, schema.Table]:
        """Create a table like some others, as they are given; return it, too."""
        name = self._name_of(statement, transaction)
        result = self._create_table(replace(statement, name=name), transaction, (), (), liked)
        return result, transaction.view().tables[name]

    def _create_table(
        self,
        statement: ast.CreateTable,
        transaction: Transaction,
        hints: tuple[Type, ...],
        parameters: Sequence[object],
        liked: Sequence[schema.Table] = (),
    ) -> Result:
        name = self._name_of(statement, transaction)
        statement = replace(statement, name=name, temporary=is_temporary(name[0]))
        is_there = transaction.view().has_relation(name)
        if is_there and statement.if_not_exists:
            tag = "CREATE TABLE" if statement.query is None else "CREATE TABLE AS"
            return Result(tag, notices=(already_there(name[1]),))
        if is_there and not statement.or_replace:
            raise name_taken(name)
        replaced = ast.DropTable((name,)) if is_there else None
        if replaced is not None and statement.query is None:
            self._drop_tables(replaced, transaction)
        defined = definitions.table_of(statement, self._tables(transaction.view()).having(liked))
        defined = settled(defined, transaction.view(), self._path, self._queries.style)
        if statement.query is None:
            if lock_referenced(defined, transaction, RelationLock.SHARE_ROW_EXCLUSIVE):
                defined = definitions.table_of(statement, self._tables(transaction.view()).having(liked))
                defined = settled(defined, transaction.view(), self._path, self._queries.style)
            view = transaction.view()
            wanted = wanted_sequences(statement.columns, defined, view)
            defined, sequences = with_sequences(defined, wanted, transaction)
            made = transaction.create_table(defined)
            own(sequences, made, transaction)
            if statement.likes:
                tables = self._tables(view).having(liked)
                made = transaction.alter_table(
                    with_liked_indexes(statement, made, tables, names_of_indexes(made, view))
                )
                for like in statement.likes:
                    if "comments" in like.including:
                        copy_comments(find_table(tables, like.table), made, transaction)
            return Result("CREATE TABLE")
        made, rows, count, _ = self._of_query(statement, statement.query, transaction, hints, parameters)
        made = replace(
            made, options=defined.options, on_commit=defined.on_commit, is_unlogged=defined.is_unlogged
        )
        if replaced is not None:  # the query may have read it
            self._drop_tables(replaced, transaction)
        table = transaction.create_table(definitions.check_expiry(made))
        if count:
            transaction.insert(table, rows)
        return Result(f"SELECT {count}" if statement.with_data else "CREATE TABLE AS")

    def _drop_tables(self, statement: ast.DropTable, transaction: Transaction) -> Result:
        return drop_tables(statement, transaction, self._path, self._tables, self._dropping(transaction))

    def _of_query(
        self,
        statement: ast.CreateTable,
        query: ast.Query,
        transaction: Transaction,
        hints: tuple[Type, ...] = (),
        parameters: Sequence[object] = (),
    ) -> tuple[schema.Table, Rows, int, Tables]:
        """Return the table that a query makes, without id, its rows and their count, and what names mean in
        the query."""
        batch, seen, declared = self._run(query, transaction, statement.with_data, hints, parameters)
        names = definitions.created_names(statement, output_names(query, batch.names))
        declared |= definitions.declared_types(numbered(query)[0], seen.tables)
        made, rows = created_table((statement.name[-2], statement.name[-1]), names, batch, declared)
        return made, rows, batch.rows, seen.tables

    def _run(
        self,
        query: ast.Query,
        transaction: Transaction,
        with_data: bool,
        hints: tuple[Type, ...] = (),
        parameters: Sequence[object] = (),
    ) -> tuple[RecordBatch, Snapshots, dict[int, Type]]:
        """Run a query of a definition, or only say what its columns are; the last are those of domains, by
        place."""
        prepared = Prepared("", query, hints, style=self._queries.style)
        bound, seen, given = self._queries.arrived(prepared, transaction.view(), parameters)
        returned = enumerate(columns_returned(bound) or ())
        domains = {place: column.type for place, column in returned if column.type.domain is not None}
        if with_data:
            return self._queries.run_inner(bound, seen, given), seen, domains
        return self._queries.described(bound, seen), seen, domains

    def _create_materialized(self, statement: ast.CreateMaterialized, transaction: Transaction) -> Result:
        name = name_to_make(statement.name, transaction, self._path, statement.span)
        if transaction.view().has_relation(name):
            if statement.if_not_exists:
                return Result("CREATE MATERIALIZED VIEW", notices=(already_there(name[1]),))
            raise name_taken(name)
        check_query(statement.query)
        like = ast.CreateTable(name, (), column_names=statement.columns, with_data=statement.with_data)
        made, rows, count, tables = self._of_query(like, statement.query, transaction)
        reads = readings(tables, statement.query)
        if reads_temporary(reads, transaction.view()):
            raise NotSupportedError("materialized views must not use temporary tables or views")
        text = query_with_fixed_literals(statement.text, tables, self._queries.style)
        made = replace(made, text=text, reads=reads, is_unpopulated=not statement.with_data)
        table = transaction.create_table(made)
        for reading in reads:
            if reading.object_id:  # what is read stays there till the view is
                transaction.lock(reading.object_id, RelationLock.ACCESS_SHARE)
        if count:
            transaction.insert(table, rows)
        return Result(f"SELECT {count}" if statement.with_data else "CREATE MATERIALIZED VIEW")

    def _refresh(
        self, statement: ast.RefreshMaterialized, transaction: Transaction, builds: Builds
    ) -> Result:
        identity = self._identity

        def run(query: ast.Query, owner_id: int) -> RecordBatch:
            """Run a query whose sources were looked at as the owner's."""
            prepared = Prepared("", query, (), style=self._queries.style)
            with identity.acting_as(OWNER_ID):
                bound, seen, given = self._queries.arrived(prepared, transaction.view(), ())
            if not statement.with_data:
                return self._queries.described(bound, seen)
            with identity.acting_as(owner_id):
                return self._queries.run_inner(bound, seen, given)

        builds[refresh(statement, transaction, self._path, identity, run, self._writes.fill)] = None
        return Result("REFRESH MATERIALIZED VIEW")

    def _create_view(self, statement: ast.CreateView, transaction: Transaction) -> Result:
        query = Prepared("", statement.query, (), style=self._queries.style)
        bound, seen, _ = self._queries.arrived(query, transaction.view(), ())
        columns = columns_returned(bound) or ()
        reads = readings(seen.tables, statement.query)
        calls = routines_called(statement.query, seen.tables)
        is_temporary = statement.temporary or reads_temporary(reads, transaction.view())
        name = self._name_of(replace(statement, temporary=is_temporary), transaction)
        text = query_with_fixed_literals(statement.text, seen.tables, self._queries.style)
        create_view(replace(statement, text=text), name, columns, reads, calls, transaction)
        told = is_temporary and not statement.temporary
        notices = (Notice(f'view "{name[1]}" will be a temporary view'),) if told else ()
        return Result("CREATE VIEW", notices=notices)

    def _truncate(self, statement: ast.Truncate, transaction: Transaction) -> Result:
        found = [find_table(self._tables(transaction.view()), name) for name in statement.names]
        for table in found:
            require_no_materialized(table)
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
        if statement.restart:
            restart(set(ids.values()), transaction)
        return Result("TRUNCATE TABLE", notices=notices)
