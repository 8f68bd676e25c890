"""Calls and operators: what they mean, with their arguments as what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from vql.deadline import check_deadline
from vql.errors import ProgrammingError, SyntaxError, UndefinedFunction
from vql.functions.declare import FUNCTIONS, OPERATORS, Function
from vql.functions.library import load_families
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.coerce import RECORD, as_type
from vql.language.analyze.resolution.resolve import Resolution, chosen, named_arguments
from vql.language.analyze.resolution.variadic import spreading
from vql.types.type import Type, extension_places, has_name, own_functions

SCHEMAS = frozenset({"pg_catalog", "public", "information_schema"})


class Analysis(Protocol):
    """What the parts of one statement share."""

    folds: int  # aggregates and window functions met so far
    series: int  # functions that give rows

    def parameter(self, index: int) -> Type:
        """Return the type a parameter has so far."""

    def note(self, index: int, type_: Type) -> Type:
        """Take note of what a parameter of no type is used as, and return the type it has then."""

    def default(self, sql: str) -> tree.Expr:
        """Return the default of an argument, as declared."""


def operator_of(
    analysis: Analysis, name: str, operands: Sequence[tree.Expr], span: ast.Span
) -> tree.FuncExpr:
    """Return an operator applied. Raises 42883, 42725."""
    name = "<>" if name == "!=" else name
    given = [operand.type for operand in operands]
    try:
        match = _operation(name, given)
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


def has_operator(name: str, left: Type, right: Type) -> bool:
    """Whether values of two types have an operator, by themselves or as what they become."""
    load_families()
    try:
        return _operation(name, (left, right)) is not None
    except LookupError:
        return True


def _operation(name: str, given: Sequence[Type]) -> Resolution | None:
    """Return what an operator means for operands of these types, None where nothing fits. Raises LookupError
    where several do equally well."""
    check_deadline()
    if any(type_.made is not None or type_.domain is not None for type_ in given):
        return _chosen_operation(name, tuple(given), _places(name))
    return _known_operation(name, tuple(given), _places(name))


def _places(name: str) -> tuple[str, ...]:
    """Return the extensions that are there of those that declare an operator; "" is what is built in."""
    return tuple(filter(has_name, sorted({function.extension for function in OPERATORS.get(name, ())})))


def _chosen_operation(name: str, given: tuple[Type, ...], places: tuple[str, ...]) -> Resolution | None:
    known = [f for f in OPERATORS.get(name, ()) if len(f.arguments) == len(given) and f.extension in places]
    return chosen(known, given, is_operator=True)


# There are fifty `=`: choosing among them costs more than all else about a comparison.
_known_operation = lru_cache(1024)(_chosen_operation)


def _written_operator(name: str, given: Sequence[Type]) -> str:
    types = [type_.sized(None).formatted() for type_ in given]
    return f"{types[0]} {name} {types[1]}" if len(types) == 2 else f"{name} {types[0]}"


def fitting(analysis: Analysis, operands: Sequence[tree.Expr], match: Resolution) -> tuple[tree.Expr, ...]:
    return tuple(
        # A function of records takes rows of every type as they are.
        operand if type_ == RECORD and operand.type.composite else as_type(operand, type_, analysis.note)
        for operand, type_ in zip(operands, match.types, strict=False)
    )


def function_of(
    analysis: Analysis,
    name: tuple[str, ...],
    arguments: Sequence[tree.Expr],
    span: ast.Span,
    names: Sequence[str | None] = (),
) -> tree.FuncExpr:
    """Return a function applied. Raises 42883, 42725."""
    match, arguments = match_of(analysis, name, arguments, span, names)
    assert not match.function.is_aggregate, "what a form of the grammar stands for"
    return tree.FuncExpr(match.function, fitting(analysis, arguments, match), match.result, span)


def match_of(
    analysis: Analysis,
    name: tuple[str, ...],
    arguments: Sequence[tree.Expr],
    span: ast.Span,
    names: Sequence[str | None] = (),
    spread: ast.Span | None = None,
    made: Sequence[Function] = (),
) -> tuple[Resolution, Sequence[tree.Expr]]:
    """Return what a call means, and its arguments; `spread` is where one of VARIADIC stands, `made` are
    functions of the name that somebody made."""
    if not made:
        check_schema(name, span)
    known: Sequence[Function] = [*functions_named(name), *made]
    if spread is not None:
        known = spreading(known, arguments[-1].type, spread[0] + 1)
    if any(names):
        fitting = named_arguments(known, [*names, *[None] * (len(arguments) - len(names))])
        if len(fitting) != 1:
            raise undefined_call(name, arguments, span)
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
        raise undefined_call(name, arguments, span)
    for argument in match.function.arguments[len(given) :] if match.defaults else ():
        arguments = [*arguments, analysis.default(argument.default or "NULL")]
    return match, arguments


def functions_named(name: tuple[str, ...]) -> list[Function]:
    """Return the functions of a name, which may say a schema."""
    in_schema = name[-2] if len(name) > 1 else ""
    # What is built in is also found in a schema that extensions are in: pgvector's functions are.
    known = [f for f in FUNCTIONS.get(name[-1], ()) if not f.extension or has_name(f.extension, in_schema)]
    return known or ([] if in_schema else list(own_functions(name[-1])))


def check_schema(name: tuple[str, ...], span: ast.Span) -> None:
    """Raise 3F000 for a schema that has no functions, 0A000 for a name of three parts."""
    if len(name) > 2:
        raise ProgrammingError(
            f"cross-database references are not implemented: {'.'.join(name)}", sqlstate="0A000",
            position=span[0] + 1,
        )  # fmt: skip
    if len(name) == 2 and name[0] not in SCHEMAS and name[0] not in extension_places():
        raise ProgrammingError(f'schema "{name[0]}" does not exist', sqlstate="3F000", position=span[0] + 1)


def check_plain(node: ast.Call, is_star: bool) -> None:
    """Raise 42809 for what belongs to aggregates alone behind a function that is none."""
    said = {
        "(*)": is_star, "DISTINCT": node.distinct, "ORDER BY": bool(node.order_by),
        "FILTER": node.filter is not None, "OVER": node.over is not None,
    }  # fmt: skip
    for clause, is_there in said.items():
        if is_there:
            name, what = node.name[-1], "an aggregate function"
            if clause == "OVER":
                what = "a window function nor an aggregate function"
            given = f"{name}(*)" if clause == "(*)" else clause
            raise ProgrammingError(
                f"{given} specified, but {name} is not {what}", sqlstate="42809", position=node.span[0] + 1
            )


def check_aggregate(node: ast.Call, function: Function, is_star: bool) -> None:
    """Raise 42809 for an aggregate of nothing that is written without its star."""
    is_plain = not (function.is_window or function.is_ordered_set)
    if is_plain and not node.arguments and not is_star:
        said = f"{node.name[-1]}(*) must be used to call a parameterless aggregate function"
        raise ProgrammingError(said, sqlstate="42809", position=node.span[0] + 1)


def check_within_group(node: ast.Call, function: Function) -> None:
    """Raise 42809 for WITHIN GROUP behind what takes none, and where it is missing."""
    name, position = node.name[-1], node.span[0] + 1
    if node.within_group and not function.is_ordered_set:
        kind = "an ordered-set aggregate, so it cannot have WITHIN GROUP"
        raise ProgrammingError(f"{name} is not {kind}", sqlstate="42809", position=position)
    if function.is_ordered_set and not node.within_group:
        raise ProgrammingError(
            f"WITHIN GROUP is required for ordered-set aggregate {name}", sqlstate="42809", position=position
        )


def undefined_call(name: tuple[str, ...], arguments: Sequence[tree.Expr], span: ast.Span) -> ProgrammingError:
    """Return the error of a call that no function takes."""
    if name == ("merge_action",) and not arguments:
        text = "MERGE_ACTION() can only be used in the RETURNING list of a MERGE command"
        return SyntaxError(text, position=span[0] + 1)
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
    value = value if value else abs(value)  # there is one zero
    exponent = value.as_tuple().exponent
    return Decimal(f"{value:f}") if isinstance(exponent, int) and exponent > 0 else value


def distinct_order(
    node: ast.Call, values: Sequence[tree.Expr], keys: tuple[tree.SortKey, ...]
) -> tuple[tree.SortKey, ...]:
    """Return the order of the rows of an aggregate: as it is written, or that of the distinct ones that it
    puts into a list, or takes the first of, as PostgreSQL finds them. Raises 42P10."""
    given = (*values, *(value.operand for value in values if isinstance(value, tree.Coerce)))
    for item, key in zip(node.order_by if node.distinct else (), keys, strict=False):
        if key.expression not in given:
            text = "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list"
            raise ProgrammingError(text, sqlstate="42P10", position=item.expression.span[0] + 1)
    if keys or not node.distinct or not node.name[-1].endswith(("_agg", "any_value")):
        return keys
    return tuple(tree.SortKey(value, False, False) for value in values)
