"""Calls of range types that somebody made, and of their multirange types, by name: they make values."""

from __future__ import annotations

from collections.abc import Sequence

from vql.errors import UndefinedFunction, UndefinedObject
from vql.functions.declare import FUNCTIONS
from vql.functions.ranges.ranges import MULTIRANGE_MAKER, RANGE_MAKER
from vql.functions.text.formatting import quote_ident
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.calls import Analysis, function_of, undefined_call
from vql.language.analyze.resolution.coerce import as_type, can_coerce
from vql.types.ranges.made import RangeParts
from vql.types.type import TEXT, UNKNOWN, Type, type_named


def made_range(analysis: Analysis, node: ast.Call, arguments: Sequence[tree.Expr]) -> tree.Expr | None:
    """Return what a call makes, None where its name is none of such a type. Raises 42883."""
    if node.candidates or node.name[-1] in FUNCTIONS:
        return None
    try:
        found = type_named(".".join(map(quote_ident, node.name)))
    except UndefinedObject:
        return None
    parts = found.made
    if not isinstance(parts, RangeParts) or found.is_array:
        return None
    if len(arguments) == 1 and arguments[0].type == UNKNOWN:
        return None  # a cast
    maker, wanted = RANGE_MAKER, [parts.subtype, parts.subtype, TEXT]
    if parts.is_multi:
        of = Type(parts.pair[0], None, parts.paired(found.name))
        maker, wanted = MULTIRANGE_MAKER, [of] * len(arguments)
    given = [tree.Const(None, found), *arguments]
    for place, type_ in enumerate(wanted[: len(arguments)], 1):
        if not can_coerce(given[place].type, type_):
            raise undefined_call(node.name, arguments, node.span)
        given[place] = as_type(given[place], type_, analysis.note)
    try:
        return function_of(analysis, (maker,), given, node.span)
    except UndefinedFunction:
        raise undefined_call(node.name, arguments, node.span) from None
