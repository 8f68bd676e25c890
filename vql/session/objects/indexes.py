"""Indexes in a session: CREATE and DROP INDEX, and which ones REINDEX means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vql import schema
from vql.errors import DependentObjects, UndefinedTable, WrongObjectType
from vql.language import ast
from vql.language.bind.definitions import indexes as definitions
from vql.language.bind.definitions.fixed_literals import index_with_fixed_literals
from vql.language.bind.names import Tables, find_table
from vql.naming import find_object
from vql.session.objects.alter import (
    Contexts,
    create_computed_index,
    create_unique_index,
    lock_table,
    no_relation,
    rename_index,
    rename_table,
    skipping,
)
from vql.session.objects.schemas import Path, find_index, not_there, require_schema
from vql.session.results import Notice, Result
from vql.storage.index import registry
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction


def create_index(
    statement: ast.CreateIndex, transaction: Transaction, tables: Tables, path: Path, context: Contexts
) -> tuple[Result, schema.Index | None]:
    """Define an index over the rows there are; returns it too, None where there is one already."""
    view = transaction.view()
    table = find_table(tables, statement.table, statement.span)
    is_taken = names_of_indexes(table, view)
    if statement.if_not_exists and statement.name and is_taken(statement.name):
        return Result("CREATE INDEX", notices=(already_there(statement.name),)), None
    if statement.unique:  # no row comes between the look at those there are and the commit
        table, view = lock_table(statement.table, transaction, path), transaction.view()
    with registry.foreign_code(statement.method or "", "read a definition"):
        definitions.index_of(statement, table, is_taken, registry)  # what is wrong is told where it stands
        statement = index_with_fixed_literals(statement, table, context(view).evaluator.environment().style)
        made, computed = definitions.index_of(statement, table, is_taken, registry)
    if computed and not statement.unique:
        table, view = lock_table(statement.table, transaction, path), transaction.view()
        is_taken = names_of_indexes(table, view)
        made, computed = definitions.index_of(statement, table, is_taken, registry)
    if computed:
        create_computed_index(table, made, computed, transaction, context)
    elif made.unique:
        create_unique_index(table, made, transaction, context)
    else:
        transaction.create_index(made)
    return Result("CREATE INDEX"), transaction.table(table.table_id).indexes[-1]


def alter_index(statement: ast.AlterIndex, transaction: Transaction, path: Path) -> Result:
    """Run ALTER INDEX: options say how it is built the next time. Raises 42P01, 42P07, 42809, 22023,
    0A000."""
    view = transaction.view()
    table = find_object(view.tables, statement.name, path)
    holder = find_index(view, statement.name, path)
    if table is None and holder is None:
        if statement.if_exists:
            return Result("ALTER INDEX", notices=(skipping(statement.name),))
        raise no_relation(statement.name, view, path)
    if statement.new_name:
        if table is not None:  # as PostgreSQL has it, for old times' sake
            rename_table(table, statement.new_name, transaction)
        else:
            rename_index(statement.name, statement.new_name, transaction, path)
    elif holder is None:
        raise WrongObjectType(f'"{statement.name[-1]}" is not an index')
    elif statement.options or statement.removed:
        made = tuple(
            definitions.with_index_options(index, statement.options, statement.removed, registry)
            if index.name == statement.name[-1] else index
            for index in holder.indexes
        )  # fmt: skip
        transaction.alter_table(replace(holder, indexes=made))
    return Result("ALTER INDEX")


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
    table = find_object(snapshot.tables, name, path)
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


def take_back(index: schema.Index, transaction: Transaction) -> Result:
    """Drop an index that was just made, if it is still there."""
    table = transaction.view().tables_by_id.get(index.table_id)
    if table is not None and any(each.index_id == index.index_id for each in table.indexes):
        transaction.drop_index(index)
    return Result("DROP INDEX")


def index_methods() -> tuple[str, ...]:
    """Return the names that USING may have."""
    return registry.method_names()
