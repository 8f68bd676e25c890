"""Whether a condition implies another, as far as its form tells: which partial index ON CONFLICT means.

The rules are those of PostgreSQL's predtest.c that conditions of indexes need: conditions joined by AND and
OR, numbers compared with each other, what a comparison says of NULL.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal

from vql.language import ast
from vql.language.ast.walk import conjuncts, operands

ORDERS: dict[str, Callable[[int | Decimal, int | Decimal], bool]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def implies(given: ast.Expression, wanted: ast.Expression) -> bool:
    """Whether a condition that holds says that another one does; both name things alike, without places."""
    return all(_follows(_normalized(given), each) for each in _normalized(wanted))


def _normalized(condition: ast.Expression) -> list[ast.Expression]:
    """Return the conditions that one joins by AND."""
    return [part for each in conjuncts(condition) for part in conjuncts(_normal(each))]


def _follows(known: Sequence[ast.Expression], wanted: ast.Expression) -> bool:
    if any(_is_enough(each, wanted) for each in known):
        return True
    arms = _arms(wanted)
    return len(arms) > 1 and any(all(_follows(known, each) for each in _normalized(arm)) for arm in arms)


def _is_enough(given: ast.Expression, wanted: ast.Expression) -> bool:
    if given == wanted:
        return True
    arms = _arms(given)
    if len(arms) > 1:
        return all(implies(arm, wanted) for arm in arms)
    if isinstance(wanted, ast.IsTest) and wanted.test == "NULL" and wanted.negated:
        return _is_strict_in(given, wanted.operand)
    return _is_narrower(given, wanted)


def _normal(node: ast.Expression) -> ast.Expression:
    """Return a condition with a column on the left of a comparison, and `x = true` as x."""
    if isinstance(node, ast.Binary) and node.op in ORDERS and isinstance(node.left, ast.Literal):
        node = ast.Binary(TURNED.get(node.op, node.op), node.right, node.left)
    match node:
        case ast.Binary(op="=", left=left, right=ast.Literal(kind="boolean", value=value)):
            return left if value else ast.Unary("NOT", left)
        case ast.Between(operand=operand, low=low, high=high, negated=False):
            return ast.Binary("AND", ast.Binary(">=", operand, low), ast.Binary("<=", operand, high))
    return node


def _arms(node: ast.Expression) -> list[ast.Expression]:
    """Return the conditions of which one holds."""
    match node:
        case ast.In(operand=operand, items=tuple() as items, negated=False):
            return [ast.Binary("=", operand, item) for item in items]
    return operands(node, "OR")


def _is_strict_in(given: ast.Expression, value: ast.Expression) -> bool:
    """Whether a condition is not true where a value is NULL."""
    match given:
        case ast.Unary(op="NOT", operand=operand):
            return operand == value or _is_strict_in(operand, value)
        case ast.Binary(op=op, left=left, right=right) if op in ORDERS:
            return value in (left, right)
    return given == value


def _is_narrower(given: ast.Expression, wanted: ast.Expression) -> bool:
    """Whether a comparison with a number says what another one says."""
    if not isinstance(given, ast.Binary) or not isinstance(wanted, ast.Binary) or given.left != wanted.left:
        return False
    # Numbers of two kinds are compared by two operators, of which none says anything of the other.
    here, there = _number(given.right), _number(wanted.right)
    if (
        here is None
        or there is None
        or type(here) is not type(there)
        or given.op not in ORDERS
        or wanted.op not in ORDERS
    ):
        return False
    if given.op == "=":
        return ORDERS[wanted.op](here, there)
    if given.op == wanted.op == "<>":
        return here == there
    if given.op == "<>" or wanted.op != "<>" and given.op[0] != wanted.op[0]:
        return False
    if here == there:  # x < 5 says x <= 5 and x <> 5, x <= 5 only itself
        return given.op in ("<", ">") or given.op == wanted.op
    return here < there if given.op[0] == "<" else here > there


def _number(node: ast.Expression) -> int | Decimal | None:
    match node:
        case ast.Literal(kind="integer", value=value):
            return int(str(value))
        case ast.Literal(kind="decimal", value=value):
            return Decimal(str(value))
    return None
