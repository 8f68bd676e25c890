"""DROP TABLE in a session: with a table goes what is its own, and with CASCADE what depends on it. Which
tables VACUUM and ANALYZE mean."""

from __future__ import annotations

from collections.abc import Callable

from vql import schema
from vql.errors import UndefinedColumn, WrongObjectType
from vql.language import ast
from vql.language.bind.access.rights import Rights
from vql.language.bind.names import Tables, find_table
from vql.naming import find_object
from vql.session.objects.numbering.sequences import drop_owned
from vql.session.objects.referenced import lock_referenced, release_references
from vql.session.objects.schemas import Path, not_there, table_shown
from vql.session.objects.types import DropColumn, release_type
from vql.session.objects.views import drop_dependents
from vql.session.results import Notice, Result, warning
from vql.storage.locks.modes import RelationLock
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction


def drop_tables(
    statement: ast.DropTable,
    transaction: Transaction,
    path: Path,
    tables: Callable[[Snapshot], Tables],
    drop_column: DropColumn,
) -> Result:
    """Run DROP TABLE. Raises 42P01, 42809, 2BP01, 3F000."""
    notices: list[Notice] = []
    found: list[schema.Table] = []
    for name in statement.names:
        table = tables(transaction.view()).find(name)
        if table is not None:
            transaction.lock(table.table_id, RelationLock.ACCESS_EXCLUSIVE)
        view = transaction.view()
        table = tables(view).find(name)
        if table is not None and table.text:
            hint = "Use DROP MATERIALIZED VIEW to remove a materialized view."
            raise WrongObjectType(f'"{name[-1]}" is not a table', hint=hint)
        if table is not None:
            found.append(table)
            continue
        other = find_object(view.others, name, path)
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
    for table in found:
        shown = f"table {table_shown(table)}"
        notices += release_type(table.type, shown, transaction, statement.cascade, drop_column)
    notices += drop_owned(found, transaction, statement.cascade)
    for table in found:
        lock_referenced(table, transaction, RelationLock.ACCESS_EXCLUSIVE)
        transaction.drop_table(table)  # also one that cannot be read
    return Result("DROP TABLE", notices=tuple(notices))


def vacuumed(
    statement: ast.Vacuum, tag: str, tables: Tables, rights: Rights | None
) -> tuple[list[int | None], list[Notice]]:
    """Return the ids of the tables that VACUUM or ANALYZE means, None for all of the database, and a notice
    for each that the role may not maintain. Raises 42P01, 42703."""
    found = []
    for named in statement.tables:
        table = find_table(tables, named.table, named.span)
        missing = next((name for name in named.columns if table.column(name) is None), None)
        if missing is not None:
            raise UndefinedColumn(f'column "{missing}" of relation "{table.name}" does not exist')
        found.append(table)
    if not found and rights is None:
        return [None], []
    chosen, notices = list[int | None](), []
    for table in found or tables.own.values():
        if rights is None or rights.has(table, "m"):
            chosen.append(table.table_id)
        else:
            notices.append(
                warning(f'permission denied to {tag.lower()} "{table.name}", skipping it', "01000")
            )
    return chosen, notices
