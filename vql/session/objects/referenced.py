"""What foreign keys ask of definitions: what is referred to stays, or goes with its references; who refers to
a table, and who is referred to, is locked with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vql import schema
from vql.constraints import ForeignKey, UniqueKey
from vql.errors import DependentObjectsStillExist, NotSupportedError, UndefinedObject, WrongObjectType
from vql.executor.constraints.referential import check_deferred, require_keys
from vql.executor.rows.context import Context
from vql.language import ast
from vql.language.bind.definitions.constraints import check_reference
from vql.session.results import Notice, Result, warning
from vql.storage.columns.column import Column
from vql.storage.locks.modes import ALL, RelationLock
from vql.storage.transactions.references import Reference, references_of, references_to
from vql.storage.transactions.transaction import Transaction

HINT = "Use DROP ... CASCADE to drop the dependent objects too."


def lock_referenced(table: schema.Table, transaction: Transaction, mode: RelationLock) -> bool:
    """Lock the other tables that a table refers to; returns whether there are any."""
    others = {key.referenced_id for key in table.foreign_keys} - {0, table.table_id}
    for table_id in sorted(others):
        found = transaction.view().tables_by_id.get(table_id)
        if found is not None:
            transaction.lock(table_id, mode)
    return bool(others)


def release_references(
    tables: Sequence[schema.Table], is_cascade: bool, transaction: Transaction
) -> list[Notice]:
    """Drop the foreign keys of other tables that refer to some that go. Raises 2BP01 unless that is said."""
    view, ids = transaction.view(), {table.table_id for table in tables}
    found = [
        reference
        for table in tables
        for reference in references_to(table, view.tables_by_id)
        if reference.table.table_id not in ids
    ]
    if found and not is_cascade:
        name = f"table {tables[0].name}" if len(tables) == 1 else "desired object(s)"
        it = "it" if len(tables) == 1 else "them"
        raise DependentObjectsStillExist(
            f"cannot drop {name} because other objects depend on {it}",
            detail="\n".join(f"{_named(each)} depends on table {each.referenced.name}" for each in found),
            hint=HINT,
        )
    return drop_references(found, transaction)


def drop_references(found: Sequence[Reference], transaction: Transaction) -> list[Notice]:
    """Drop foreign keys, with those that they depend on."""
    for reference in found:
        transaction.lock(reference.table.table_id, RelationLock.ACCESS_EXCLUSIVE)
        table = transaction.view().tables_by_id[reference.table.table_id]
        kept = tuple(k for k in table.foreign_keys if k.constraint_id != reference.made.constraint_id)
        transaction.alter_table(replace(table, foreign_keys=kept))
    if len(found) > 1:
        listed = "\n".join(f"drop cascades to {_named(each)}" for each in found)
        return [Notice(f"drop cascades to {len(found)} other objects", detail=listed)]
    return [Notice(f"drop cascades to {_named(each)}") for each in found]


def require_unused(
    before: schema.Table, after: schema.Table, transaction: Transaction, is_cascade: bool
) -> list[Notice]:
    """Drop the foreign keys that refer to keys a table loses. Raises 2BP01 where they are to stay."""
    kept = {key.key_id for key in after.unique_keys}
    lost = [
        reference
        for reference in references_to(before, transaction.view().tables_by_id)
        if reference.made.key_id not in kept
        and (reference.table.table_id != before.table_id or reference.made in after.foreign_keys)
    ]
    if lost and not is_cascade:
        gone = [before.columns[before.place_of(n)].name for n in lost[0].made.referenced]
        column = next((name for name in gone if after.column(name) is None), None)
        target = lost[0].target.name
        what = (
            f"column {column} of table {before.name}"
            if column
            else f"constraint {target} on table {before.name}"
        )
        on = what if column else f"index {target}"
        raise DependentObjectsStillExist(
            f"cannot drop {what} because other objects depend on it",
            detail="\n".join(f"{_named(each)} depends on {on}" for each in lost),
            hint=HINT,
        )
    return drop_references(lost, transaction)


def _declared(table: schema.Table) -> list[UniqueKey]:
    return [unique for unique in table.unique_keys if table.is_constraint(unique)]


def set_constraints(
    statement: ast.SetConstraints, transaction: Transaction, context: Context, in_block: bool
) -> Result:
    """Run SET CONSTRAINTS, which looks at what has waited where it waits no longer. Raises 42704, 42809,
    23503, 23505."""
    if not in_block:
        text = "SET CONSTRAINTS can only be used in transaction blocks"
        return Result("SET CONSTRAINTS", notices=(warning(text, "25P01"),))
    tables = transaction.view().tables.values()
    ids = list[int]()
    keys: list[ForeignKey | UniqueKey] = []
    for table in tables:
        keys += (*table.foreign_keys, *_declared(table))
    for name in statement.names:
        found = [key for key in keys if key.name == name[-1]]
        if not found:
            raise UndefinedObject(f'constraint "{name[-1]}" does not exist')
        if not all(key.is_deferrable for key in found):
            raise WrongObjectType(f'constraint "{name[-1]}" is not deferrable')
        ids += [key.constraint_id for key in found]
    kept = transaction.deferral if ids else {}
    transaction.deferral = kept | dict.fromkeys(ids or [ALL], statement.is_deferred)
    if not statement.is_deferred:
        transaction.keys.check_deferrable(transaction.view().tables_by_id, ids)
        check_deferred(context, transaction, ids)
    return Result("SET CONSTRAINTS")


def _named(reference: Reference) -> str:
    return f"constraint {reference.made.name} on table {reference.table.name}"


def with_referring(
    found: list[schema.Table], is_cascade: bool, transaction: Transaction
) -> tuple[Notice, ...]:
    """Add the tables that refer to some that are emptied. Raises 0A000 where that is not said."""
    notices, tables = [], transaction.view().tables_by_id
    ids = {table.table_id for table in found}
    for table in found:  # it grows
        for reference in references_to(table, tables):
            other = reference.table
            if other.table_id in ids:
                continue
            if not is_cascade:
                raise NotSupportedError(
                    "cannot truncate a table referenced in a foreign key constraint",
                    detail=f'Table "{other.name}" references "{table.name}".',
                    hint=f'Truncate table "{other.name}" at the same time, or use TRUNCATE ... CASCADE.',
                )
            notices.append(Notice(f'truncate cascades to table "{other.name}"'))
            ids.add(other.table_id)
            found.append(other)
    return tuple(notices)


def check_references(
    before: schema.Table, made: schema.Table, transaction: Transaction, column: Callable[[int], Column]
) -> None:
    """Raise 23503 where a row refers to none by a foreign key that is new, or whose columns are; 42804 where
    columns can be no key of others any more."""
    tables = transaction.view().tables_by_id
    for reference in (*references_of(made, tables), *references_to(made, tables)):
        check_reference(reference.made, reference.table, reference.referenced)
    types = {c.column_id for c in before.columns}
    for reference in references_of(made, tables):
        positions = reference.positions
        is_same = reference.made in before.foreign_keys and all(
            made.columns[position].column_id in types for position in positions
        )
        if reference.made.is_validated and not is_same:
            require_keys(reference, {p: column(p) for p in positions}, transaction)
