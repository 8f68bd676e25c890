"""Casts to domains: the values of another type that pass what a domain asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from vql.errors import CheckViolation, NotNullViolation
from vql.functions.declare import Argument, Function
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.names import Merged, Scope
from vql.language.parser import parse_expression
from vql.types.type import Type

# A value that is checked, in a condition and as its column is called.
NAME, COLUMN = "value", "vql__value"
Condition = Callable[[ast.Expression, Scope], tree.Expr]


def in_domain(operand: tree.Expr, target: Type, condition: Condition) -> tree.Expr:
    """Return a value of a type as one of its domain, if there is one; `condition` analyses a condition in a
    scope."""
    domain = target.domain
    if domain is None:
        return operand
    value = tree.Var(None, COLUMN, target.element if target.is_of_domains else target.plain)
    scope = Scope(merged=[Merged(NAME, value, frozenset())])
    conditions = tuple(condition(parse_expression(check.text), scope) for check in domain.checks)
    names = tuple(check.name for check in domain.checks)
    check = _check(Type.formatted(domain.type), domain.not_null, names, value.type.name)
    return tree.CoerceToDomain(operand, target, check, conditions)


@cache
def _check(domain: str, not_null: bool, names: tuple[str, ...], type_: str) -> Function:
    """Return the function of a value and the outcomes of a domain's conditions that gives the value."""

    def checked(value: Any, *outcomes: bool | None) -> Any:
        if value is None and not_null:
            raise NotNullViolation(f"domain {domain} does not allow null values")
        for name, outcome in zip(names, outcomes, strict=True):
            if outcome is False:
                raise violated(domain, name)
        return value

    said = f"domain {domain} {not_null} {names}"
    return Function(name=said, arguments=(Argument(type=type_),), result=type_, run=checked, is_strict=False)


def violated(domain: str, name: str) -> CheckViolation:
    """Return the error of a value that a domain has not."""
    return CheckViolation(f'value for domain {domain} violates check constraint "{name}"')
