"""Expressions that definitions hold: a column's default, and what ALTER TABLE computes from a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from vql import schema
from vql.dataclass import dataclass
from vql.errors import DatatypeMismatch, Error, NotSupportedError
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.aggregation import check_rows, relations_of
from vql.language.analyze.resolution.coerce import ASSIGNMENT, can_coerce
from vql.language.ast.walk import nodes_of, walk
from vql.language.bind.names import Tables
from vql.language.bind.relational import unsettled
from vql.types.type import UNKNOWN, Type, type_named


@dataclass(frozen=True, slots=True)
class DefinedValue:
    """An expression and its type, UNKNOWN of a string that may be read as any; `is_volatile`: its value may
    be another for each row; `is_immutable`: it depends on the row alone."""

    expression: ast.Expression
    type: Type
    is_volatile: bool = False
    is_immutable: bool = True

    def may_become(self, target: Type) -> bool:
        """Whether an assignment makes the value one of a type."""
        return can_coerce(self.type, target, ASSIGNMENT)

    def is_of(self, name: str, target: Type) -> bool:
        """Whether it is nothing but a column, or that as a value of a type."""
        found = self.expression
        if isinstance(found, ast.Cast) and type_named(found.type.name, found.type.modifiers) == target:
            found = found.operand
        return isinstance(found, ast.Name) and found.parts[-1] == name

    def as_type(self, target: Type) -> ast.Expression:
        """Return the expression as one of a type, whose size is left to the column."""
        if self.type.base is target.base:
            return self.expression
        return ast.Cast(self.expression, ast.TypeName(target.name))


def row_value(expression: ast.Expression, table: schema.Table | None, what: str) -> DefinedValue:
    """Return an expression over a row of a table, or over none. Raises 42703 and other errors of analysis,
    42803, 0A000 for what `what` may not hold."""
    if any(isinstance(node, ast.Query) for node in walk(expression)):
        clause = what.removesuffix("s")
        holds = (ast.Subquery, ast.Exists, ast.ArrayQuery)
        where = next((node for node in walk(expression) if isinstance(node, holds)), expression)
        raise NotSupportedError(f"cannot use subquery in {clause}", position=_place(where))
    sources = () if table is None else (ast.TableRef((table.name,)),)
    query = ast.Select((ast.SelectItem(expression),), sources)
    found = unsettled(query, Tables() if table is None else Tables({table.qualified: table}, (table.schema,)))
    assert isinstance(found, tree.SelectQuery), "it is a SELECT"
    value = found.targets[0].expression
    check_rows(value, what, (relations_of(found.sources),))
    is_volatile, is_immutable = False, True
    for node in _nodes(value):
        if isinstance(node, tree.FuncExpr):
            if node.function.gives_rows:
                raise NotSupportedError(
                    f"set-returning functions are not allowed in {what}", position=_place(expression)
                )
            is_volatile |= node.function.volatility == "volatile"
        is_immutable &= _is_immutable(node)
    return DefinedValue(expression, value.type, is_volatile, is_immutable)


def _is_immutable(node: object) -> bool:
    """Whether a node's own part of an expression's value depends on nothing but its operands."""
    match node:
        case tree.Coerce(operand=tree.Const()):
            return True
        case tree.Coerce(operand=tree.Coerce(operand=tree.Const()), type=made) if made.base.is_looked_up:
            return True  # a literal of a name, which is read as a text first
        case tree.Coerce(operand=operand, type=made, conversion=conversion, by_text=by_text):
            if conversion is not None and conversion.needs_environment:
                return False
            return not (by_text and (operand.type.base.text_varies or made.base.text_varies))
        case tree.FuncExpr(function=function, arguments=arguments):
            # Text beside anything is a function in SQL to PostgreSQL, which sees the cast in it.
            if function.name == "||" and function.volatility == "stable":
                return not any(each.type.base.text_varies for each in arguments)
            return function.volatility == "immutable"
    return True


def check_default_apart(expression: ast.Expression, column: schema.Column) -> DefinedValue:
    """As `check_default`, of an expression that PostgreSQL reads apart from its statement."""
    try:
        return check_default(expression, column)
    except Error as error:
        error.position = None
        raise


def check_default(expression: ast.Expression, column: schema.Column) -> DefinedValue:
    """Return a column's default as a value of its type. Raises 0A000, 42804, 22P02 where it cannot be one."""
    name = next(nodes_of(expression, ast.Name), None)
    if name is not None:
        raise NotSupportedError("cannot use column reference in DEFAULT expression", position=_place(name))
    value = row_value(expression, None, "DEFAULT expressions")
    if not value.may_become(column.type):
        raise DatatypeMismatch(
            f'column "{column.name}" is of type {column.type.sized(None).formatted()} '
            f"but default expression is of type {value.type.sized(None).formatted()}",
            hint="You will need to rewrite or cast the expression.",
        )
    if value.type == UNKNOWN and isinstance(expression, ast.Literal) and expression.value is not None:
        try:  # what is too long is refused when it is written
            column.type.sized(None).from_text(str(expression.value))
        except Error as error:
            error.position = _place(expression)
            raise
    return DefinedValue(value.as_type(column.type), column.type, value.is_volatile)


def is_read_as(literal: ast.Literal, type_: Type) -> bool:
    """Whether a literal's text is read as a value of a type with what it is; otherwise it is converted."""
    match literal.kind:
        case "string" | "null":
            return True
        case "boolean":
            return type_.base.category == "B"
        case "integer":
            return type_.base.category == "N"
        case "decimal":
            return type_.base.category == "N" and not type_.is_integer
    return False


def _place(expression: ast.Expression) -> int | None:
    span = getattr(expression, "span", ast.NOWHERE)
    return None if span == ast.NOWHERE else span[0] + 1


def _nodes(item: object) -> Iterator[object]:
    """Yield the nodes of an analysed expression."""
    stack = [item]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif is_dataclass(node) and type(node).__module__ == tree.__name__:
            yield node
            stack.extend(getattr(node, each.name) for each in fields(node))
