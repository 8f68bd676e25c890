"""Constraints of tables: what a definition says of them, and what it says anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from vql import schema
from vql.constraints import CheckConstraint, ForeignKey, expiry_of
from vql.errors import (
    DatatypeMismatch,
    DuplicateObject,
    Error,
    InvalidForeignKey,
    NotSupportedError,
    ObjectNotInPrerequisiteState,
    ProgrammingError,
    SyntaxError,
    UndefinedColumn,
    UndefinedObject,
)
from vql.functions.text.formatting import quote_ident
from vql.language import ast
from vql.language.analyze.resolution.coerce import IMPLICIT, can_coerce
from vql.language.ast.walk import nodes_of
from vql.language.bind.definitions.defined_values import row_value
from vql.language.bind.names import Tables, find_table
from vql.language.parser import parse, parse_expression
from vql.types.type import BOOLEAN, UNKNOWN


def check_of(node: ast.CheckDefinition, table: schema.Table) -> CheckConstraint:
    """Return a CHECK of a table, without id. Raises 42xxx, 0A000, 42710."""
    require_condition(node.condition, table, "CHECK", "check constraints")
    columns = columns_of_condition(node.condition, table)
    base = "_".join((table.name, *(columns if len(columns) == 1 else ()), "check"))
    numbers = tuple(table.columns[table.position(name)].number for name in columns)
    name = constraint_name(node.name, base, table)
    return CheckConstraint(0, name, node.text, numbers, node.is_validated)


def require_condition(condition: ast.Expression, table: schema.Table, clause: str, what: str) -> None:
    """Raise 42xxx, 0A000 where an expression is no condition of a table's rows; `what` holds such."""
    value = row_value(condition, table, what)
    if value.type not in (BOOLEAN, UNKNOWN):
        span = getattr(condition, "span", ast.NOWHERE)
        raise DatatypeMismatch(
            f"argument of {clause} must be type boolean, not type {value.type.sized(None).formatted()}",
            position=span[0] + 1 if span != ast.NOWHERE else None,
        )


def recheck(check: CheckConstraint, table: schema.Table) -> None:
    """Raise what is wrong with a condition where a column has another type, at no place of the statement."""
    try:
        require_condition(parse_expression(check.text), table, "CHECK", "check constraints")
    except Error as error:
        error.position = None
        raise


def renamed_in(check: CheckConstraint, name: str, new: str, table: schema.Table) -> CheckConstraint:
    """Return a condition in which a column of the table has another name."""
    before = "SELECT "
    select = parse(before + check.text)
    assert isinstance(select, ast.Select), "a condition stands in a select list"
    places = {
        found.span
        for found in nodes_of(select, ast.Name)
        if found.parts in ((name,), (table.name, name), (table.schema, table.name, name))
    }
    text = check.text
    for start, end in sorted(places, reverse=True):
        head = text[: start - len(before)]
        spelled = text[start - len(before) : end - len(before)]
        kept = spelled.rpartition(".")[0]
        text = head + (f"{kept}." if kept else "") + quote_ident(new) + text[end - len(before) :]
    return replace(check, text=text)


# By the persistence of a table: what it is called, and of which persistence tables it refers to may be.
MAY_REFER = {"p": ("permanent", "p"), "u": ("unlogged", "pu"), "t": ("temporary", "t")}


def foreign_key_of(node: ast.ForeignKeyDefinition, table: schema.Table, tables: Tables) -> ForeignKey:
    """Return a foreign key of a table, without id and `key_id`; it refers to table 0 where that is the one
    that is made. Raises 42P01, 42703, 42704, 42710, 42804, 42830, 0A000."""
    is_own = not table.table_id and (table.schema, table.name)[-len(node.table) :] == node.table
    referenced = table if is_own else find_table(tables, node.table)
    if referenced.table_id == table.table_id:
        referenced = table  # as it is being changed
    if expiry_of(referenced.options) is not None:
        raise referred_to(referenced)
    what, allowed = MAY_REFER[table.persistence]
    if referenced.persistence not in allowed:
        told = " or ".join(MAY_REFER[each][0] for each in allowed)
        text = f"constraints on {what} tables may reference only {told} tables"
        raise ProgrammingError(text, sqlstate="42P16")
    base = "_".join((table.name, *node.columns, "fkey"))
    name = constraint_name(node.name, base, table)
    positions = [_referring_position(each, table) for each in node.columns]
    there = node.referenced or referenced.primary_key
    if not there:
        raise UndefinedObject(f'there is no primary key for referenced table "{referenced.name}"')
    others = [_referring_position(each, referenced) for each in there]
    if len(others) != len(positions):
        raise InvalidForeignKey("number of referencing and referenced columns for foreign key disagree")
    targets = [key for key in referenced.unique_keys if sorted(key.read) == sorted(others)]
    if targets and targets[0].is_deferrable:
        what = "unique constraint" if node.referenced else "primary key"
        raise ObjectNotInPrerequisiteState(
            f'cannot use a deferrable {what} for referenced table "{referenced.name}"'
        )
    if not targets:
        raise InvalidForeignKey(
            f'there is no unique constraint matching given keys for referenced table "{referenced.name}"'
        )
    for each in node.set_columns:
        if each not in node.columns:
            raise ProgrammingError(
                f'column "{each}" referenced in ON DELETE SET action must be part of foreign key',
                sqlstate="42P10",
            )
    if any(column.generated for column in table.columns if column.name in node.columns):
        for event, action in (("UPDATE", node.on_update), ("DELETE", node.on_delete)):
            if action.startswith("set") or (event, action) == ("UPDATE", "cascade"):
                raise SyntaxError(
                    f"invalid ON {event} action for foreign key constraint containing generated column"
                )
    made = ForeignKey(
        0, name, node.columns, referenced.table_id, 0, tuple(referenced.columns[p].number for p in others),
        node.on_update, node.on_delete, node.set_columns, node.is_full, node.is_deferrable, node.is_deferred,
        node.is_validated,
    )  # fmt: skip
    check_reference(made, table, referenced)
    return made


def referred_to(table: schema.Table) -> NotSupportedError:
    """Return the error of a table whose rows are to expire and to be referred to."""
    text = f'foreign keys that refer to rows which expire, of table "{table.name}", are not supported'
    return NotSupportedError(text, hint="DELETE the rows, with ON DELETE, or refer to another table.")


def _referring_position(name: str, table: schema.Table) -> int:
    position = table.position(name)
    if position < 0:
        raise UndefinedColumn(f'column "{name}" referenced in foreign key constraint does not exist')
    return position


def check_reference(made: ForeignKey, table: schema.Table, referenced: schema.Table) -> None:
    """Raise 42804, 0A000 where the columns of a foreign key are of types that have no common key."""
    for name, number in zip(made.columns, made.referenced, strict=True):
        own = table.columns[table.position(name)].type
        column = referenced.columns[referenced.place_of(number)]
        theirs = column.type
        if own.base is theirs.base or (own.is_integer and theirs.is_integer):
            continue
        if own.base.orders_as_stored and theirs.base.orders_as_stored and own.is_string and theirs.is_string:
            continue  # text and varchar
        if can_coerce(own, theirs, IMPLICIT):
            raise NotSupportedError(
                f"a foreign key from {own.sized(None).formatted()} to {theirs.sized(None).formatted()} "
                "is not supported yet",
                hint="give both columns one type",
            )
        raise DatatypeMismatch(
            f'foreign key constraint "{made.name}" cannot be implemented',
            detail=f'Key columns "{name}" of the referencing table and "{column.name}" of the referenced '
            f"table are of incompatible types: {own.sized(None).formatted()} and "
            f"{theirs.sized(None).formatted()}.",
        )


def columns_of_condition(condition: ast.Expression, table: schema.Table) -> list[str]:
    """Return the names of the columns of a table that a condition of its rows is about."""
    named = {name.parts[-1] for name in nodes_of(condition, ast.Name)}
    if table.column(table.name) is None and table.name in named:
        return [column.name for column in table.columns]
    return [column.name for column in table.columns if column.name in named]


def constraint_name(name: str, base: str, table: schema.Table) -> str:
    """Return the name of a new constraint: the one given, or a free one. Raises 42710."""
    taken: Collection[str] = table.constraint_names
    if name:
        if name in taken:
            raise DuplicateObject(f'constraint "{name}" for relation "{table.name}" already exists')
        return name
    found, number = base, 0
    while found in taken:
        number += 1
        found = f"{base}{number}"
    return found
