"""What a plan of one table says of constants, worked out where no rows do so: what raises raises all the
same, as PostgreSQL's planner has it (its manual: "Expression Evaluation Rules"), but for what constants
before it keep from being looked at, in AND and OR.

`vql.executor.tuples.constants` does so for queries that are analysed as a whole, as they begin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple

from vql.executor.rows.evaluate import Evaluator, repeated
from vql.executor.rows.sources import ColumnSource
from vql.language import plan
from vql.language.modify import is_plan_part
from vql.types.type import BOOLEAN

# What is run by itself; a residual's own constants are its query's.
APART = plan.SubqueryExpression | plan.Relational | plan.Residual
ONE_ROW = ColumnSource((repeated(BOOLEAN, True, 1),))


class Guarded(NamedTuple):
    """Constants of the operands of AND (`ended_by` False) or OR, each with the operand where that is one."""

    operands: tuple[tuple[Settled, plan.Scalar | None], ...]
    ended_by: bool


Settled = tuple[plan.Scalar | Guarded, ...]


def settled_in(part: object) -> Settled:
    """Return the constants of a part of a plan, in their order: those that depend on no session."""
    match part:
        case tuple():
            return tuple(constant for each in part for constant in settled_in(each))
        case plan.Once() | plan.Arithmetic() | plan.Converted() if _is_constant(part):
            return (part,)
        case plan.And() | plan.Or():
            operands = tuple((settled_in(item), _constant(item)) for item in _operands(part, type(part)))
            is_needed = any(within for within, _ in operands)
            return (Guarded(operands, isinstance(part, plan.Or)),) if is_needed else ()
        case _ if is_plan_part(part) and not isinstance(part, APART):
            return settled_in(tuple(getattr(part, field.name) for field in fields(part)))
    return ()


def settle(constants: Settled, evaluator: Evaluator) -> None:
    """Work constants out. Raises what they do."""
    for each in constants:
        if not isinstance(each, Guarded):
            evaluator.scalar(each, ONE_ROW)
            continue
        for within, operand in each.operands:
            settle(within, evaluator)
            if operand is not None and evaluator.value(operand) is each.ended_by:
                break


def _is_constant(scalar: plan.Scalar) -> bool:
    match scalar:
        case plan.Arithmetic(left=left, right=right):
            return _is_constant(left) and _is_constant(right)
        case plan.Converted(operand=operand):
            return _is_constant(operand)
        case plan.Once(is_stable=is_stable):
            return not is_stable
    return isinstance(scalar, plan.Constant | plan.Parameter)


def _operands(part: plan.Predicate, of: type[plan.And | plan.Or]) -> Iterator[plan.Predicate]:
    """Yield the operands of ANDs or ORs one within the other."""
    if isinstance(part, of):
        for item in part.items:
            yield from _operands(item, of)
    else:
        yield part


def _constant(item: plan.Predicate) -> plan.Scalar | None:
    """Return the operand of an AND or OR that is a constant."""
    if isinstance(item, plan.IsTrue) and isinstance(item.operand, plan.Once | plan.Constant | plan.Parameter):
        return item.operand if _is_constant(item.operand) else None
    return None
