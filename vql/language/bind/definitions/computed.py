"""Columns that are computed: what expressions of indexes are in each row.

Such a column is stored with the rows, behind those that statements name (`vql.schema.Table.computed`), and
has its expression for a name. So an index of an expression is one of a column, whatever its kind: it is
sealed, merged, built and searched as any; and an expression of a statement that is the same reads the column.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from vql import schema
from vql.errors import DatatypeMismatch, NotSupportedError, ProgrammingError
from vql.language import ast, plan
from vql.language.ast.sql_text import expression_text
from vql.language.ast.walk import nodes_of, rewrite, walk
from vql.language.bind.definitions.defined_values import row_value
from vql.language.parser import parse_expression
from vql.types.type import BOOLEAN, TEXT, UNKNOWN, Type, own_functions, type_named

EXPRESSIONS_KEPT = 1_024
EXPRESSION = "index expression"


def computed_column(expression: ast.Expression, table: schema.Table, what: str) -> schema.Column:
    """Return a column of an expression over a table's rows, which is the table's where it has it. Raises what
    is wrong, 42P17 where the value depends on more than the row, 0A000 where no text says the expression."""
    plain = replace(table, computed=())
    value = row_value(expression, plain, f"{what}s")
    if not value.is_immutable:
        raise ProgrammingError(f"functions in {what} must be marked IMMUTABLE", sqlstate="42P17")
    meant = placeless(expression, table.name)
    text = _text(meant) if what == EXPRESSION else expression_text(meant)
    if parsed_placeless(text) != meant or any(isinstance(node, ast.Parameter) for node in walk(meant)):
        raise NotSupportedError(f"this {what} is not supported yet")
    if table.column(text) is not None:
        raise NotSupportedError(f'column "{text}" has the name of an {what}')
    return schema.Column(text, TEXT if value.type == UNKNOWN else value.type)


def generated_column(column: schema.Column, expression: ast.Expression, table: schema.Table) -> schema.Column:
    """Return a column that is computed by an expression over the others of its table. Raises 42P17, 42804,
    0A000 and what is wrong in the expression."""
    for name in nodes_of(expression, ast.Name):
        read = table.column(name.parts[-1])
        if read is not None and (read.generated or read.name == column.name):
            raise ProgrammingError(
                f'cannot use generated column "{read.name}" in column generation expression',
                detail="A generated column cannot reference another generated column.",
                sqlstate="42P17", position=name.span[0] + 1,
            )  # fmt: skip
    value = row_value(expression, replace(table, computed=()), "column generation expressions")
    if not value.is_immutable:
        is_own = any(own_functions(call.name[-1]) for call in nodes_of(expression, ast.Call))
        hint = 'Say volatility="immutable" in create_function where its value never changes.'
        raise ProgrammingError(
            "generation expression is not immutable", sqlstate="42P17", hint=hint if is_own else None
        )
    if not value.may_become(column.type):
        raise DatatypeMismatch(
            f'column "{column.name}" is of type {column.type.sized(None).formatted()} '
            f"but default expression is of type {value.type.sized(None).formatted()}",
            hint="You will need to rewrite or cast the expression.",
        )
    meant = placeless(expression, table.name)
    text = expression_text(meant)
    if parsed_placeless(text) != meant or any(isinstance(node, ast.Parameter) for node in walk(meant)):
        raise NotSupportedError("this generation expression is not supported yet")
    return replace(column, generated=text)


def condition_of(expression: ast.Expression, table: schema.Table) -> schema.Column:
    """Return a column of the condition of a partial index. Raises what `computed_column` does, 42804."""
    meant = placeless(expression, table.name)
    known = table.column(meant.parts[-1]) if isinstance(meant, ast.Name) else None
    made = computed_column(expression, table, "index predicate") if known is None else known
    if made.type != BOOLEAN:
        raise DatatypeMismatch(
            f"argument of WHERE must be type boolean, not type {made.type.sized(None).formatted()}"
        )
    return next((column for column in table.computed if column.name == made.name), made)


def find_computed(expression: ast.Expression, table: schema.Table, alias: str | None) -> int:
    """Return the place of the column that an expression is, -1 where there is none."""
    meant = placeless(expression, alias or table.name)
    for place, column in enumerate(table.computed, len(table.columns)):
        if parsed_placeless(column.name) == meant:
            return place
    return -1


def computed_read(
    expression: ast.Expression, table: schema.Table | None, alias: str | None
) -> plan.ColumnRead | None:
    """Return the column that an expression is, None where there is none."""
    if table is None or not table.computed or isinstance(expression, ast.Name | ast.Literal | ast.Parameter):
        return None
    position = find_computed(expression, table, alias)
    return None if position < 0 else plan.ColumnRead(position, table.stored[position].type)


def is_read(expression: ast.Expression, table: schema.Table | None, alias: str | None) -> bool:
    """Whether an expression is nothing but a column that is stored."""
    return isinstance(expression, ast.Name) or computed_read(expression, table, alias) is not None


def columns_read(text: str) -> set[str]:
    """Return the names of the columns that an expression reads."""
    return {name.parts[-1] for name in nodes_of(parsed_placeless(text), ast.Name)}


def generated_of(table: schema.Table, name: str) -> list[schema.Column]:
    """Return the generated columns that read another one."""
    return [column for column in table.columns if column.generated and name in columns_read(column.generated)]


def with_renamed(text: str, old: str, new: str) -> str:
    """Return an expression with another name for a column."""

    def changed(node: Any) -> Any:
        return ast.Name((new,)) if node == ast.Name((old,)) else node

    made = rewrite(parsed_placeless(text), changed)
    return _text(made) if text == _text(parsed_placeless(text)) else expression_text(made)


def retyped(column: schema.Column, table: schema.Table) -> Type:
    """Return the type of a computed column's expression over a table."""
    found = row_value(parsed_placeless(column.name), replace(table, computed=()), "index expressions").type
    return TEXT if found == UNKNOWN else found


def placeless(expression: ast.Expression, owner: str) -> ast.Expression:
    """Return an expression over a table that is called `owner` as one that is equal to each that says the
    same: without places, its columns named alone, its types by one name."""

    def changed(node: Any) -> Any:
        if isinstance(node, ast.Name) and node.parts[:-1] in ((owner,), ("public", owner)):
            node = ast.Name(node.parts[-1:])
        if isinstance(node, ast.TypeName):
            found = type_named(node.name, node.modifiers)
            modifiers = node.modifiers if found.modifier is not None else ()
            node = ast.TypeName(found.sized(None).formatted(), modifiers)
        if isinstance(node, ast.Collate):
            return node.operand
        places = {
            name: ast.NOWHERE if name == "span" else 0 for name in ("span", "at") if hasattr(node, name)
        }
        return replace(node, **places) if places else node

    made: ast.Expression = rewrite(expression, changed)
    return made


def _text(expression: ast.Expression) -> str:
    """Return an expression as an index' definition shows it: in brackets, but for a call."""
    text = expression_text(expression)
    return text if isinstance(expression, ast.Call) else f"({text})"


@lru_cache(EXPRESSIONS_KEPT)
def parsed_placeless(text: str) -> ast.Expression:
    """Return a stored expression as `placeless` makes it."""
    return placeless(parse_expression(text), "")
