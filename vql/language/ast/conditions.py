"""Which expressions are conditions."""

from __future__ import annotations

from vql.language import ast

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
OF_ARRAYS = frozenset({"@>", "<@", "&&"})


def is_condition(node: ast.Expression) -> bool:
    """Whether an expression is a predicate by its form; numpy may still have no way to compute it."""
    match node:
        case ast.Binary(op=op):
            return op in COMPARISONS or op in OF_ARRAYS or op in ("AND", "OR")
        case ast.Unary(op="NOT") | ast.IsTest() | ast.In() | ast.Between() | ast.Like() | ast.Quantified():
            return True
    return False
