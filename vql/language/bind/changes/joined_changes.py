"""UPDATE ... FROM and DELETE ... USING: the rows that a join with other tables finds.

A row is changed once, whatever the number of rows that the others have for it: as with PostgreSQL by any one
of these.
"""

from __future__ import annotations

from collections.abc import Sequence

from vql import schema
from vql.errors import Error
from vql.language import ast, modify, plan
from vql.language.bind.changes.beside import Beside
from vql.language.bind.names import Tables
from vql.language.bind.queries import infer
from vql.language.bind.relational import analyzed
from vql.types.type import Type


def rows_joined(
    node: ast.Update | ast.Delete,
    table: schema.Table,
    known: Beside,
    values: tuple[ast.Expression, ...],
    tables: Tables,
    types: list[Type],
) -> modify.JoinedRows:
    """Return the join that a change is made by. Raises what is wrong in it, or in the `values` of SET and
    RETURNING, which see what the join does."""
    target = ast.TableRef(table.qualified, node.alias or table.name, span=node.span, has_ids=True)
    # The other tables stand before it: what is LATERAL among them does not see it.
    sources = (*node.sources, target)
    items = items_of(values)
    infer(ast.Select((*items, ast.SelectItem(ast.Literal(1, "integer"))), sources, node.where), tables, types)
    ids = ast.SelectItem(ast.Name((known.alias, ast.ROW)), ast.ROW)
    return rows_of_query(ast.Select((ids, *known.items), sources, node.where), tables, types)


def items_of(values: Sequence[ast.Expression]) -> tuple[ast.SelectItem, ...]:
    """Return values as a select list: those that may be of any type, as their columns are, left out."""
    plain = ast.Default | ast.Parameter | ast.Literal
    return tuple(ast.SelectItem(value) for value in values if not isinstance(value, plain))


def rows_of_query(query: ast.Select, tables: Tables, types: list[Type]) -> modify.JoinedRows:
    """Return the rows that a query finds."""
    try:
        return modify.JoinedRows(plan.Relational(query, None, analyzed(query, tables, types)))
    except Error:
        return modify.JoinedRows(plan.Relational(query))  # right, maybe, without its vector blocks
