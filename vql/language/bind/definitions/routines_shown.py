"""Functions as pg_get_functiondef() and its kin write them."""

from __future__ import annotations

from vql.functions.text.formatting import quote_ident
from vql.language.bind.definitions.shown import NamesShown, default_text
from vql.routines import VOLATILITIES, Routine, RoutineArgument
from vql.types.type import Type

PARALLEL = {"s": "SAFE", "r": "RESTRICTED"}
DELIMITER = "$function$"


def part_shown(routine: Routine, part: str, names: NamesShown) -> str | None:
    """Return a part of what a function is defined as: arguments, identity (those without defaults), result,
    definition, body (None where it is a text)."""
    match part:
        case "body":
            return f"RETURN {routine.text}" if routine.is_expression else None
        case "result":
            return result_shown(routine, names)
        case "definition":
            return definition_shown(routine, names)
    return arguments_shown(routine, names, with_defaults=part == "arguments")


def arguments_shown(routine: Routine, names: NamesShown, *, with_defaults: bool) -> str:
    """Return what a function takes."""
    shown = [_argument(each, names, with_defaults) for each in routine.arguments]
    if not routine.gives_rows:
        shown += [f"OUT {_argument(each, names, False)}" for each in routine.columns]
    return ", ".join(shown)


def _argument(argument: RoutineArgument, names: NamesShown, with_default: bool) -> str:
    name = f"{quote_ident(argument.name)} " if argument.name else ""
    shown = f"{name}{_type(argument.type, names)}"
    if argument.default is None or not with_default:
        return shown
    return f"{shown} DEFAULT {default_text(argument.default, argument.type)}"


def _type(type_: Type, names: NamesShown) -> str:
    element = type_.element if type_.is_array else type_
    return names.type_shown(element.formatted()) + "[]" * type_.is_array


def result_shown(routine: Routine, names: NamesShown) -> str:
    """Return what a function gives."""
    if routine.columns and routine.gives_rows:
        return f"TABLE({', '.join(_argument(each, names, False) for each in routine.columns)})"
    set_of = "SETOF " if routine.gives_rows else ""
    if routine.relation_id:
        return set_of + names.relation_shown(routine.relation_id)
    return set_of + _type(routine.result, names)


def definition_shown(routine: Routine, names: NamesShown) -> str:
    """Return the statement that makes a function."""
    words = [VOLATILITIES[routine.volatility].upper()] if routine.volatility != "v" else []
    words += [f"PARALLEL {PARALLEL[routine.parallel]}"] if routine.parallel in PARALLEL else []
    words += ["STRICT"] if routine.is_strict else []
    words += [f"COST {routine.cost:g}"] if routine.cost != 100 else []
    words += [f"ROWS {routine.rows:g}"] if routine.rows not in (0, 1000) else []
    name = f"{quote_ident(routine.schema)}.{quote_ident(routine.name)}"
    return (
        f"CREATE OR REPLACE FUNCTION {name}({arguments_shown(routine, names, with_defaults=True)})\n"
        f" RETURNS {result_shown(routine, names)}\n LANGUAGE sql\n"
        + (f" {' '.join(words)}\n" if words else "")
        + f"{part_shown(routine, 'body', names) or f'AS {_quoted(routine.text)}'}\n"
    )


def _quoted(text: str) -> str:
    delimiter = DELIMITER
    while delimiter in text:
        delimiter = delimiter.replace("function", "functionx", 1)
    return delimiter + text + delimiter
