"""`bind(statement, tables, parameter_types) -> Bound`: statements with every name resolved."""

from __future__ import annotations

from dataclasses import dataclass

from vql.calendar.style import DEFAULT, Style
from vql.errors import NotSupportedError
from vql.language import ast, plan
from vql.language.bind.changes import ChangeBinder
from vql.language.bind.names import Tables
from vql.types.type import Type


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement, bound or planned, and the types its parameters were inferred to have (UNKNOWN where
    nothing says)."""

    plan: plan.Plan
    parameter_types: tuple[Type, ...]


def bind(
    statement: ast.Statement,
    tables: Tables,
    parameter_types: tuple[Type, ...] = (),
    style: Style = DEFAULT,
) -> Bound:
    """Bind SELECT, VALUES, set operations, INSERT, UPDATE and DELETE.

    Raises ProgrammingError subclasses with positions for wrong names and types.
    """
    types = list(parameter_types)
    binder = ChangeBinder(tables, types, style)
    match statement:
        case ast.Select() | ast.Values() | ast.SetOperation():
            bound: plan.Plan = binder.query(statement)
        case ast.Insert():
            bound = binder.insert(statement)
        case ast.Update():
            bound = binder.update(statement)
        case ast.Delete():
            bound = binder.delete(statement)
        case _:
            raise NotSupportedError(f"{type(statement).__name__} cannot be planned")
    return Bound(bound, tuple(types))
