"""Constraints of tables: what a definition says of them, and what it says anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from vql import schema
from vql.errors import DatatypeMismatch, DuplicateObject, Error
from vql.functions.text.formatting import quote_ident
from vql.language import ast
from vql.language.ast.walk import nodes_of
from vql.language.bind.defined_values import row_value
from vql.language.parser import parse, parse_expression
from vql.types.type import BOOLEAN, UNKNOWN


def check_of(node: ast.CheckDefinition, table: schema.Table) -> schema.CheckConstraint:
    """Return a CHECK of a table, without id. Raises 42xxx, 0A000, 42710."""
    _require_condition(node.condition, table)
    columns = _columns_of(node.condition, table)
    base = "_".join((table.name, *(columns if len(columns) == 1 else ()), "check"))
    numbers = tuple(table.columns[table.position(name)].number for name in columns)
    name = constraint_name(node.name, base, table)
    return schema.CheckConstraint(0, name, node.text, numbers, node.is_validated)


def _require_condition(condition: ast.Expression, table: schema.Table) -> None:
    """Raise 42xxx, 0A000 where an expression is no condition of a table's rows."""
    value = row_value(condition, table, "check constraints")
    if value.type not in (BOOLEAN, UNKNOWN):
        span = getattr(condition, "span", ast.NOWHERE)
        raise DatatypeMismatch(
            f"argument of CHECK must be type boolean, not type {value.type.sized(None).formatted()}",
            position=span[0] + 1 if span != ast.NOWHERE else None,
        )


def recheck(check: schema.CheckConstraint, table: schema.Table) -> None:
    """Raise what is wrong with a condition where a column has another type, at no place of the statement."""
    try:
        _require_condition(parse_expression(check.text), table)
    except Error as error:
        error.position = None
        raise


def renamed_in(
    check: schema.CheckConstraint, name: str, new: str, table: schema.Table
) -> schema.CheckConstraint:
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


def _columns_of(condition: ast.Expression, table: schema.Table) -> list[str]:
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
