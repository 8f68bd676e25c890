"""Functions that are built in as pg_get_functiondef() and its kin write them."""

from __future__ import annotations

from vql.errors import WrongObjectType
from vql.functions.declare import Argument, Function
from vql.functions.text.formatting import quote_ident
from vql.language.analyze.resolution.coerce import signature_type
from vql.language.bind.definitions.shown import NamesShown, default_text
from vql.types.pseudo import PSEUDO_TYPES
from vql.types.type import type_named


def built_in_shown(declared: Function, part: str, called: str, names: NamesShown) -> str | None:
    """Return a part of a declaration: arguments, identity (those without defaults), result, definition, body
    (None: it is no SQL). `called` is its name behind its schema. Raises 42809 of the definition of an
    aggregate."""
    match part:
        case "body":
            return None
        case "result":
            return _result(declared, names)
        case "definition":
            return _definition(declared, called, names)
    return _arguments(declared, names, with_defaults=part == "arguments")


def _arguments(declared: Function, names: NamesShown, *, with_defaults: bool) -> str:
    given = [_argument(each, names, with_defaults=with_defaults) for each in declared.arguments]
    if declared.is_ordered_set:
        return f"{', '.join(given[:-1])} ORDER BY {given[-1]}".lstrip()
    given += [_argument(each, names, "OUT", with_defaults=False) for each in declared.columns]
    return ", ".join(given)


def _argument(argument: Argument, names: NamesShown, before: str = "", *, with_defaults: bool) -> str:
    words = [before, "VARIADIC" * argument.is_variadic, quote_ident(argument.name) if argument.name else ""]
    words.append(_type(argument.type, names))
    if with_defaults and argument.default:
        words.append(f"DEFAULT {default_text(argument.default, signature_type(argument.type))}")
    return " ".join(filter(None, words))


def _type(name: str, names: NamesShown) -> str:
    return name if name in PSEUDO_TYPES else names.type_shown(type_named(name).formatted())


def _result(declared: Function, names: NamesShown) -> str:
    return "SETOF " * declared.gives_rows + _type(declared.result, names)


def _definition(declared: Function, called: str, names: NamesShown) -> str:
    if declared.is_aggregate and not declared.is_window:
        raise WrongObjectType(f'"{declared.name}" is an aggregate function')
    words = [
        *["WINDOW"] * declared.is_window,
        *[declared.volatility.upper()] * (declared.volatility != "volatile"),
        "PARALLEL SAFE",
        *["STRICT"] * declared.is_strict,
    ]
    return (
        f"CREATE OR REPLACE FUNCTION {called}({_arguments(declared, names, with_defaults=True)})\n"
        f" RETURNS {_result(declared, names)}\n LANGUAGE internal\n {' '.join(words)}\n"
        f"AS $function${declared.name}$function$\n"
    )
