"""Assignments: what a column of a table takes, by itself or converted without being asked."""

from __future__ import annotations

from vql import schema
from vql.errors import DatatypeMismatch
from vql.functions.library import load_families
from vql.language import ast
from vql.language.analyze.resolution.coerce import ASSIGNMENT, can_coerce
from vql.types.type import UNKNOWN, Type


def check_assignable(column: schema.Column, given: Type, node: ast.Expression | None = None) -> None:
    """Raise 42804 for a value of a type that no assignment turns into the column's."""
    target = column.type
    if given.base is target.base or given == UNKNOWN or (given.is_number and target.is_number):
        return
    load_families()
    if not can_coerce(given, target, ASSIGNMENT):
        raise DatatypeMismatch(
            f'column "{column.name}" is of type {target.sized(None).formatted()} '
            f"but expression is of type {given.sized(None).formatted()}",
            hint="You will need to rewrite or cast the expression.",
            position=_position(node),
        )


def _position(node: ast.Expression | None) -> int | None:
    """Return where a value stands; of what begins with a bracket only what is behind it is known."""
    if node is None or node.span == ast.NOWHERE or isinstance(node, ast.Row):
        return None
    if isinstance(node, ast.Subquery) and node.span == node.query.span:
        return None
    return node.span[0] + 1
