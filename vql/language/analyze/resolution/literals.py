"""Literals with the types that their forms say."""

from __future__ import annotations

from decimal import Decimal

from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.calls import decimal_of
from vql.language.analyze.resolution.coerce import signature_type
from vql.types.type import BIT, BOOLEAN, UNKNOWN, Type


def _fits(number: int, bits: int) -> bool:
    return -(1 << bits - 1) <= number < 1 << bits - 1


def literal(node: ast.Literal) -> tree.Const:
    """Return a literal with the type that its form says."""
    value = node.value
    match node.kind:
        case "null":
            return tree.Const(None, UNKNOWN, node.span)
        case "boolean":
            return tree.Const(bool(value), BOOLEAN, node.span)
        case "integer":
            number = int(str(value))
            name = "integer" if _fits(number, 32) else "bigint" if _fits(number, 64) else ""
            if name:
                return tree.Const(number, Type(name), node.span)
            return tree.Const(Decimal(number), signature_type("numeric"), node.span)
        case "decimal":
            return tree.Const(decimal_of(str(value)), signature_type("numeric"), node.span)
        case "bits":
            return tree.Const(BIT.coerce(str(value)), BIT, node.span)
    return tree.Const(str(value), UNKNOWN, node.span)


def numbers_within(node: ast.VectorLiteral) -> ast.Expression:
    """Return `[1, 2]` within an array, where it is no vector but an array of numbers."""
    texts = [text.strip().lstrip("+") for text in node.text.strip("[]").split(",")]
    return ast.Array(tuple(map(ast.literal_of, texts)), node.span)
