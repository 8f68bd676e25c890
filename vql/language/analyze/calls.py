"""Calls and operators: what they mean, with their arguments as what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from vql.errors import ProgrammingError, UndefinedFunction
from vql.functions.declare import FUNCTIONS, OPERATORS, Function
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.coerce import as_type
from vql.language.analyze.errors import NotAnalyzed
from vql.language.analyze.resolve import Resolution, chosen, named_arguments
from vql.types.type import Type

SCHEMAS = frozenset({"pg_catalog", "public"})


class Analysis(Protocol):
    """What the parts of one statement share."""

    def parameter(self, index: int) -> Type:
        """Return the type a parameter has so far."""

    def note(self, index: int, type_: Type) -> Type:
        """Take note of what a parameter of no type is used as, and return the type it has then."""

    def default(self, sql: str) -> tree.Expr:
        """Return the default of an argument, as declared."""


def operator_of(
    analysis: Analysis, name: str, operands: Sequence[tree.Expr], span: ast.Span
) -> tree.FuncExpr:
    """Return an operator applied. Raises 42883, 42725; NotAnalyzed for one that nobody declares."""
    name = "<>" if name == "!=" else name
    known = [f for f in OPERATORS.get(name, ()) if len(f.arguments) == len(operands)]
    if not known:
        raise NotAnalyzed(f"operator {name}")
    given = [operand.type for operand in operands]
    try:
        match = chosen(known, given, is_operator=True)
    except LookupError:
        raise ProgrammingError(
            f"operator is not unique: {_written_operator(name, given)}", sqlstate="42725",
            position=span[0] + 1,
            hint="Could not choose a best candidate operator. You might need to add explicit type casts.",
        ) from None  # fmt: skip
    if match is None:
        raise UndefinedFunction(
            f"operator does not exist: {_written_operator(name, given)}", position=span[0] + 1,
            hint="No operator matches the given name and argument types."
            " You might need to add explicit type casts.",
        )  # fmt: skip
    return tree.FuncExpr(match.function, fitting(analysis, operands, match), match.result, span)


def _written_operator(name: str, given: Sequence[Type]) -> str:
    types = [type_.sized(None).formatted() for type_ in given]
    return f"{types[0]} {name} {types[1]}" if len(types) == 2 else f"{name} {types[0]}"


def fitting(analysis: Analysis, operands: Sequence[tree.Expr], match: Resolution) -> tuple[tree.Expr, ...]:
    return tuple(
        as_type(operand, type_, analysis.note) for operand, type_ in zip(operands, match.types, strict=False)
    )


def function_of(
    analysis: Analysis,
    name: tuple[str, ...],
    arguments: Sequence[tree.Expr],
    span: ast.Span,
    names: Sequence[str | None] = (),
) -> tree.FuncExpr:
    """Return a function applied. Raises 42883, 42725; NotAnalyzed for one that nobody declares."""
    match, arguments = match_of(analysis, name, arguments, span, names)
    if match.function.is_aggregate:
        raise NotAnalyzed("an aggregate as a function")
    return tree.FuncExpr(match.function, fitting(analysis, arguments, match), match.result, span)


def match_of(
    analysis: Analysis,
    name: tuple[str, ...],
    arguments: Sequence[tree.Expr],
    span: ast.Span,
    names: Sequence[str | None] = (),
) -> tuple[Resolution, Sequence[tree.Expr]]:
    known: Sequence[Function] = FUNCTIONS.get(name[-1], ())
    if not known or (len(name) > 1 and name[-2] not in SCHEMAS):
        raise NotAnalyzed(f"function {name[-1]}")
    if any(names):
        fitting = named_arguments(known, [*names, *[None] * (len(arguments) - len(names))])
        if len(fitting) != 1:
            raise _undefined(name, arguments, span)
        function, places = fitting[0]
        arguments = [
            arguments[place] if place >= 0 else analysis.default(argument.default or "NULL")
            for place, argument in zip(places, function.arguments, strict=True)
        ]
        known = [function]
    given = [argument.type for argument in arguments]
    try:
        match = chosen(known, given, is_operator=False)
    except LookupError:
        raise ProgrammingError(
            f"function {_signature(name, given)} is not unique", sqlstate="42725", position=span[0] + 1,
            hint="Could not choose a best candidate function. You might need to add explicit type casts.",
        ) from None  # fmt: skip
    if match is None:
        raise _undefined(name, arguments, span)
    for argument in match.function.arguments[len(given) :] if match.defaults else ():
        arguments = [*arguments, analysis.default(argument.default or "NULL")]
    return match, arguments


def _undefined(name: tuple[str, ...], arguments: Sequence[tree.Expr], span: ast.Span) -> UndefinedFunction:
    return UndefinedFunction(
        f"function {_signature(name, [argument.type for argument in arguments])} does not exist",
        position=span[0] + 1,
        hint="No function matches the given name and argument types."
        " You might need to add explicit type casts.",
    )


def _signature(name: tuple[str, ...], given: Sequence[Type]) -> str:
    return f"{'.'.join(name)}({', '.join(type_.sized(None).formatted() for type_ in given)})"


def decimal_of(text: str) -> Decimal:
    """Return the number a literal writes, with as many decimals as it shows."""
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    return Decimal(f"{value:f}") if isinstance(exponent, int) and exponent > 0 else value
