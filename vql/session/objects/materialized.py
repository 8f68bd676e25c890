"""Materialized views in a session: tables whose rows are those that a query had when it was last run.

One is a `vql.schema.Table` that keeps its query, as a view does, and what that reads; statements do not
change its rows. REFRESH puts a table with the rows of now in its place, in one transaction: readers see the
rows of before or those of then, and AS OF what there was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vql import schema
from vql.errors import (
    NotSupportedError,
    ObjectNotInPrerequisiteState,
    SyntaxError,
    UndefinedTable,
    WrongObjectType,
)
from vql.executor.rows.batch import RecordBatch
from vql.language import ast
from vql.language.bind.access.permissions import reads_row_security, require_view
from vql.language.bind.access.rights import Rights
from vql.language.bind.definitions.renames import renamed
from vql.language.bind.definitions.views import ViewReader
from vql.language.bind.names import Tables
from vql.naming import find_object
from vql.session.identity import Identity
from vql.session.objects.alter import move_table, rename_table
from vql.session.objects.schemas import Path, table_shown
from vql.session.objects.views import follow_table
from vql.session.results import Notice, Result
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction

# Runs a query in the name of a role.
Run = Callable[[ast.Query, int], RecordBatch]
Fill = Callable[[schema.Table, RecordBatch, Transaction], None]


def find_materialized(name: tuple[str, ...], view: Snapshot, path: Path) -> schema.Table:
    """Return the materialized view of a name. Raises 42P01, 42809."""
    found = find_object(view.tables, name, path)
    if found is None and find_object(view.others, name, path) is None:
        raise UndefinedTable(f'relation "{".".join(name)}" does not exist')
    if found is None or not found.text:
        raise WrongObjectType(f'"{name[-1]}" is not a materialized view')
    return found


def refresh(
    statement: ast.RefreshMaterialized,
    transaction: Transaction,
    path: Path,
    identity: Identity,
    run: Run,
    fill: Fill,
) -> int:
    """Run REFRESH MATERIALIZED VIEW; returns the id of the table that there is now. Raises 42P01, 42809,
    55000, and what the query raises."""
    try:
        found = find_materialized(statement.name, transaction.view(), path)
    except WrongObjectType as error:
        raise NotSupportedError(error.message) from None  # as PostgreSQL has it, of REFRESH alone
    if statement.concurrently and not statement.with_data:
        text = "REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together"
        raise SyntaxError(text)
    transaction.lock(found.table_id, RelationLock.ACCESS_EXCLUSIVE)
    view = transaction.view()
    found = find_materialized(statement.name, view, path)
    if statement.concurrently:
        _require_concurrent(found)
    reader = ViewReader(Tables(view.tables, path, catalogs=(view,)), None)
    defining = schema.View(
        found.table_id, found.name, found.schema, found.text, found.columns, found.reads, found.access
    )
    _require_sources(defining, identity.rights_of(found.access.owner_id, view))
    ref = ast.TableRef(found.qualified)
    items = tuple(ast.SelectItem(ast.Name((column.name,))) for column in found.columns)
    query = ast.Select(items, (reader.of_view(defining, ref, None),))
    batch = run(query, found.access.owner_id)
    ids = transaction.truncate([found])
    for before, follows in ids.items():
        follow_table(before, follows, transaction)
    made = ids[found.table_id]
    after = replace(transaction.table(made), is_unpopulated=not statement.with_data)
    transaction.alter_table(after)
    if batch.rows:
        fill(after, batch, transaction)
    return made


def _require_sources(defining: schema.View, owner: Rights | None) -> None:
    """Raise 42501 where the owner, in whose name the query runs, lacks what it reads, 0A000 for row
    security."""
    if owner is not None:
        require_view(defining, owner)
        if reads_row_security(defining, owner):
            raise NotSupportedError("REFRESH of a table with row security is not supported yet")


def _require_concurrent(found: schema.Table) -> None:
    """Raise 55000 where nothing tells the rows of a materialized view apart."""
    if found.is_unpopulated:
        text = "CONCURRENTLY cannot be used when the materialized view is not populated"
        raise NotSupportedError(text)
    keys = [unique for unique in found.unique_keys if unique.condition < 0]
    if not any(max(unique.positions) < len(found.columns) for unique in keys):
        shown = f"{found.schema}.{table_shown(replace(found, schema=schema.PUBLIC))}"
        raise ObjectNotInPrerequisiteState(
            f'cannot refresh materialized view "{shown}" concurrently',
            hint="Create a unique index with no WHERE clause on one or more columns of the materialized"
            " view.",
        )


def alter_materialized(statement: ast.AlterMaterialized, transaction: Transaction, path: Path) -> Result:
    """Run ALTER MATERIALIZED VIEW. Raises 42P01, 42P07, 42809, 3F000, 42703, 42704."""
    view, tag = transaction.view(), "ALTER MATERIALIZED VIEW"
    if statement.if_exists and find_object(view.tables, statement.name, path) is None:
        shown = ".".join(statement.name)
        return Result(tag, notices=(Notice(f'relation "{shown}" does not exist, skipping'),))
    found = find_materialized(statement.name, view, path)
    transaction.lock(found.table_id, RelationLock.ACCESS_EXCLUSIVE)
    found = find_materialized(statement.name, transaction.view(), path)
    match statement.action:
        case ast.Rename(name=name):
            rename_table(found, name, transaction)
        case ast.RenameColumn(column=column, name=name):
            transaction.alter_table(renamed(found, column, name))
        case ast.SetSchema(schema=name):
            move_table(found, name, transaction)
        case ast.ChangeOwner():
            pass  # `vql.session.objects.access.grants` sees to it
    return Result(tag)


def require_no_materialized(table: schema.Table) -> None:
    """Raise 42809 for a materialized view, of which something is not for."""
    if table.text:
        raise WrongObjectType(
            f'"{table.name}" is not a table',
            detail="This operation is not supported for materialized views.",
        )
