"""Expressions and conditions of a plan as SQL, for a reader."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from vql import schema
from vql.language import ast, plan
from vql.language.ast.sql_text import expression_text
from vql.types.type import VECTOR

OPERATORS = {"l2": "<->", "cosine": "<=>", "inner_product": "<#>", "l1": "<+>",
             "hamming": "<~>", "jaccard": "<%>"}  # fmt: skip
LITERAL_CHARACTERS_MAX = 40
VECTOR_NUMBERS_MAX = 4


def scalar_text(node: plan.Scalar, table: schema.Table) -> str:
    """Return an expression as SQL."""
    match node:
        case plan.ColumnRead(position=position):
            return table.stored[position].name
        case plan.Parameter(index=index):
            return f"${index + 1}"
        case plan.Constant(value=None):
            return "NULL"
        case plan.Constant(value=bytes() as packed, type=type_):
            numbers = np.frombuffer(packed, type_.base.array_dtype)
            if not type_.is_dense:
                return f"'{type_.to_text(numbers)[:LITERAL_CHARACTERS_MAX]}'"
            more = f",... {len(numbers)} numbers" if len(numbers) > VECTOR_NUMBERS_MAX else ""
            return f"'{VECTOR.to_text(numbers[:VECTOR_NUMBERS_MAX])[:-1]}{more}]'"
        case plan.Constant(value=value, type=type_):
            if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                return type_.to_text(value)
            text = type_.to_text(value)[:LITERAL_CHARACTERS_MAX].replace("'", "''")
            return f"'{text}'"
        case plan.Arithmetic(op=op, left=left, right=right):
            return f"({scalar_text(left, table)} {op} {scalar_text(right, table)})"
        case plan.Converted(operand=operand, type=type_):
            return f"{scalar_text(operand, table)}::{type_}"
        case plan.Distance(position=position, metric=metric, query=query):
            return f"({table.stored[position].name} {OPERATORS[metric]} {scalar_text(query, table)})"
        case plan.Condition(predicate=predicate):
            return predicate_text(predicate, table)
        case plan.TextRank(positions=positions, query=query):
            names = ", ".join(table.stored[position].name for position in positions)
            texts = names if len(positions) == 1 else f"({names})"
            return f"({texts} <@> {scalar_text(query, table)})"
        case plan.RankFusion(legs=legs):
            return f"rrf({', '.join(scalar_text(leg, table) for leg in legs)})"
        case plan.Once(query=query):
            assert isinstance(query.query, ast.Select), "it is one value"
            return expression_text(query.query.items[0].expression)
        case plan.SubqueryExpression(expression=expression):
            return expression_text(expression)
        case plan.SubqueryValue():
            return "(subquery)"
    raise AssertionError(node)


def predicate_text(node: plan.Predicate | None, table: schema.Table) -> str:
    """Return a condition as SQL."""
    match node:
        case plan.And(items=items):
            return "(" + " AND ".join(predicate_text(item, table) for item in items) + ")"
        case plan.Or(items=items):
            return "(" + " OR ".join(predicate_text(item, table) for item in items) + ")"
        case plan.Not(item=item):
            return f"(NOT {predicate_text(item, table)})"
        case plan.Compare(op=op, left=left, right=right):
            return f"({scalar_text(left, table)} {op} {scalar_text(right, table)})"
        case plan.InList(operand=operand, items=items):
            inside = ", ".join(scalar_text(item, table) for item in items)
            return f"({scalar_text(operand, table)} IN ({inside}))"
        case plan.InArray(operand=operand, array=array):
            return f"({scalar_text(operand, table)} = ANY ({scalar_text(array, table)}))"
        case plan.ElementTest(array=array, op="= ANY" | "= ALL" as op, values=values):
            assert not isinstance(values, tuple)
            return f"({scalar_text(values, table)} {op} ({scalar_text(array, table)}))"
        case plan.ElementTest(array=array, op=op, values=tuple() as values):
            inside = ", ".join(scalar_text(value, table) for value in values)
            return f"({scalar_text(array, table)} {op} ARRAY[{inside}])"
        case plan.ElementTest(array=array, op=op, values=values):
            assert not isinstance(values, tuple)
            return f"({scalar_text(array, table)} {op} {scalar_text(values, table)})"
        case plan.OperatorTest(operand=operand, operator=operator, value=value):
            return f"({scalar_text(operand, table)} {operator.name} {scalar_text(value, table)})"
        case plan.LikePattern(operand=operand, pattern=pattern, ignore_case=ignore_case):
            word = "ILIKE" if ignore_case else "LIKE"
            return f"({scalar_text(operand, table)} {word} {scalar_text(pattern, table)})"
        case plan.IsNull(operand=operand):
            return f"({scalar_text(operand, table)} IS NULL)"
        case plan.IsTrue(operand=operand):
            return scalar_text(operand, table)
        case plan.Residual(expression=expression):
            return expression_text(expression)
    raise AssertionError(node)
