"""Literals with the types that their forms say."""

from __future__ import annotations

from decimal import Decimal

from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.calls import decimal_of
from vql.language.analyze.resolution.coerce import signature_type
from vql.types.type import BIT, BOOLEAN, UNKNOWN, Type

INTEGER_MAX, BIGINT_MAX = (1 << 31) - 1, (1 << 63) - 1


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
            name = "integer" if abs(number) <= INTEGER_MAX else "bigint" if abs(number) <= BIGINT_MAX else ""
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
    texts = [text.strip() for text in node.text.strip("[]").split(",")]
    return ast.Array(tuple(_number(text) for text in texts), node.span)


def _number(text: str) -> ast.Expression:
    plain = text.lstrip("+-")
    found = ast.Literal(plain, "integer" if plain.isdigit() else "decimal")
    return ast.Unary("-", found) if text.startswith("-") else found
