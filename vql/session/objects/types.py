"""CREATE, ALTER and DROP TYPE in a session.

A table's columns say what their enumeration is, so that who changes one defines the tables anew that have
columns of it; what they hold stays as it is: ids of labels. Who changes a type has its lock alone, and
those of the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vql import schema
from vql.errors import (
    DuplicateObject,
    InvalidParameterValue,
    ProgrammingError,
    UndefinedObject,
    UndefinedSchema,
)
from vql.functions.text.formatting import quote_ident
from vql.language import ast
from vql.session.objects.schemas import Path, cascaded, name_to_make, still_needed, table_shown
from vql.session.results import Notice, Result
from vql.storage.locks.modes import RelationLock
from vql.storage.transactions.transaction import Transaction
from vql.types.type import BASE_TYPES

LABEL_BYTES_MAX = 63
# Drops a column of a table, with what is made of it.
DropColumn = Callable[[schema.Table, str], object]


def create_enum(statement: ast.CreateEnum, transaction: Transaction, path: Path) -> Result:
    """Run CREATE TYPE ... AS ENUM. Raises 42710, 3F000, 42602, 23505."""
    name = name_to_make(statement.name, transaction, path, statement.span)
    if transaction.view().has_relation(name):
        raise DuplicateObject(f'type "{name[1]}" already exists')
    for place, label in enumerate(statement.labels):
        _check_label(label)
        if label in statement.labels[:place]:
            raise ProgrammingError(
                'duplicate key value violates unique constraint "pg_enum_typid_label_index"', sqlstate="23505"
            )
    type_id, array_id = transaction.new_object_id(), transaction.new_object_id()
    labels = tuple((transaction.new_object_id(), label) for label in statement.labels)
    transaction.define(type_id, schema.Enum(type_id, array_id, name[1], labels, name[0]))
    return Result("CREATE TYPE")


def _check_label(label: str) -> None:
    if len(label.encode()) > LABEL_BYTES_MAX:
        raise ProgrammingError(
            f'invalid enum label "{label}"', sqlstate="42602",
            detail=f"Labels must be {LABEL_BYTES_MAX} bytes or less.",
        )  # fmt: skip


def alter_enum(
    statement: ast.AddLabel | ast.RenameLabel | ast.RenameType, transaction: Transaction, path: Path
) -> Result:
    """Run ALTER TYPE: another label, another name of one, or of the type. Raises 42704, 42710, 22023."""
    found = _locked(statement.name, transaction, path)
    match statement:
        case ast.RenameType(new_name=new_name):
            if transaction.view().has_relation((found.schema, new_name)):
                raise DuplicateObject(f'type "{new_name}" already exists')
            made = replace(found, name=new_name)
        case ast.RenameLabel(label=label, new_label=new_label):
            _check_label(new_label)
            _place_of(label, found)
            if any(each == new_label for _, each in found.labels):
                raise DuplicateObject(f'enum label "{new_label}" already exists')
            labels = tuple((number, new_label if each == label else each) for number, each in found.labels)
            made = replace(found, labels=labels)
        case _:
            _check_label(statement.label)
            if any(each == statement.label for _, each in found.labels):
                text = f'enum label "{statement.label}" already exists'
                if not statement.if_not_exists:
                    raise DuplicateObject(text)
                notice = Notice(f"{text}, skipping", sqlstate="42710")
                return Result("ALTER TYPE", notices=(notice,))
            made = replace(found, labels=_with_label(statement, found, transaction.new_object_id()))
    transaction.define(found.type_id, made)
    for table in tables_with(found, transaction):
        columns = [
            replace(c, type=replace(made.type.array if c.type.is_array else made.type))
            if _is_of(c, found)
            else c
            for c in table.columns
        ]
        transaction.alter_table(replace(table, columns=tuple(columns)))
    return Result("ALTER TYPE")


def _with_label(statement: ast.AddLabel, found: schema.Enum, number: int) -> tuple[tuple[int, str], ...]:
    place = len(found.labels)
    if statement.neighbour is not None:
        place = _place_of(statement.neighbour, found) + (not statement.is_before)
    return (*found.labels[:place], (number, statement.label), *found.labels[place:])


def _place_of(label: str, found: schema.Enum) -> int:
    """Return the place of a label. Raises 22023."""
    labels = [each for _, each in found.labels]
    if label not in labels:
        raise InvalidParameterValue(f'"{label}" is not an existing enum label')
    return labels.index(label)


def drop_types(statement: ast.DropType, transaction: Transaction, path: Path, drop: DropColumn) -> Result:
    """Run DROP TYPE and DROP DOMAIN. Raises 42704, 2BP01."""
    word = "DROP DOMAIN" if statement.is_domain else "DROP TYPE"
    notices: list[Notice] = []
    for name in statement.names:
        shown = ".".join(name)
        if statement.if_exists and _find(name, transaction, path) is None:
            view = transaction.view()
            if len(name) > 1 and view.find_schema(name[-2]) is None:
                notices.append(Notice(f'schema "{name[-2]}" does not exist, skipping'))
            else:
                notices.append(Notice(f'type "{shown}" does not exist, skipping'))
            continue
        found = _locked(name, transaction, path)
        if statement.is_domain:
            raise ProgrammingError(f'"{shown}" is not a domain', sqlstate="42809")
        tables = tables_with(found, transaction)
        columns = [(table, c) for table in tables for c in table.columns if _is_of(c, found)]
        told = [f"column {quote_ident(c.name)} of table {table_shown(table)}" for table, c in columns]
        type_shown = f"type {quote_ident(found.name)}"
        if columns and not statement.cascade:
            raise still_needed([type_shown], [(who, type_shown) for who in told])
        for table, column in columns:
            drop(table, column.name)
        transaction.define(found.type_id, None)
        notices += cascaded(told)
    return Result(word, notices=tuple(notices))


def _find(name: Sequence[str], transaction: Transaction, path: Path) -> schema.Enum | None:
    found = schema.find_object(transaction.view().others, name, path)
    return found if isinstance(found, schema.Enum) else None


def _locked(name: tuple[str, ...], transaction: Transaction, path: Path) -> schema.Enum:
    """Return a type once it is nobody else's. Raises 42704, 2BP01."""
    found = _find(name, transaction, path)
    shown = ".".join(name)
    if found is None:
        if name[-1] in BASE_TYPES:
            raise ProgrammingError(
                f"cannot drop type {shown} because it is required by the database system", sqlstate="2BP01"
            )
        if len(name) > 1 and transaction.view().find_schema(name[-2]) is None:
            raise UndefinedSchema(f'schema "{name[-2]}" does not exist')
        raise UndefinedObject(f'type "{shown}" does not exist')
    transaction.lock(found.type_id, RelationLock.ACCESS_EXCLUSIVE)
    found = _find(name, transaction, path)
    if found is None:
        raise UndefinedObject(f'type "{shown}" does not exist')
    for table in tables_with(found, transaction):
        transaction.lock(table.table_id, RelationLock.ACCESS_EXCLUSIVE)
    again = _find(name, transaction, path)
    assert again is not None, "its lock is held"
    return again


def tables_with(found: schema.Enum, transaction: Transaction) -> list[schema.Table]:
    """Return the tables that have columns of a type, or of arrays of it."""
    tables = transaction.view().tables.values()
    return [table for table in tables if any(_is_of(column, found) for column in table.columns)]


def _is_of(column: schema.Column, found: schema.Enum) -> bool:
    """Whether a column is of an enumeration, or of arrays of it."""
    return column.type.enum is not None and column.type.enum.type_id == found.type_id
