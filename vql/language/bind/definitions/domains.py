"""Domains: what a definition says of them, and what they ask of columns."""

from __future__ import annotations

from collections.abc import Iterator

from vql import schema
from vql.errors import DatatypeMismatch, DuplicateObject, Error
from vql.functions.text.formatting import quote_ident
from vql.language import ast
from vql.language.analyze.values.domains import NAME
from vql.language.ast.walk import rewrite
from vql.language.bind.definitions.defined_values import row_value
from vql.language.parser import parse_expression
from vql.types.type import BOOLEAN, UNKNOWN, Domain, DomainCheck


def conditions_of(column: schema.Column) -> Iterator[tuple[str, ast.Expression]]:
    """Yield the conditions that the domain of a column makes, by name, "" of NOT NULL, as of the column."""
    domain = column.type.domain
    assert domain is not None, "asked before"
    texts = [("", f"{NAME} IS NOT NULL")] if domain.not_null else []
    for name, text in [*texts, *((check.name, check.text) for check in domain.checks)]:
        if column.type.is_of_domains:
            elements = f"unnest({quote_ident(column.name)}) AS elements({NAME})"
            yield name, parse_expression(f"(SELECT coalesce(bool_and({text}), true) FROM {elements})")
        else:
            yield name, _of_column(parse_expression(text), column.name)


def _of_column(condition: ast.Expression, column: str) -> ast.Expression:
    def renamed(node: object) -> object:
        is_value = isinstance(node, ast.Name) and node.parts == (NAME,)
        return ast.Name((column,)) if is_value else node

    found: ast.Expression = rewrite(condition, renamed)
    return found


def check_of_domain(rule: ast.DomainRule, domain: Domain) -> DomainCheck:
    """Return a condition of a domain, without id. Raises 42xxx, 42710."""
    value = schema.Table(0, NAME, (schema.Column(NAME, domain.over),))
    try:
        found = row_value(parse_expression(rule.text), value, "check constraints")
    except Error as error:
        error.position = None  # PostgreSQL reads it apart from the statement
        raise
    if found.type not in (BOOLEAN, UNKNOWN):
        shown = found.type.sized(None).formatted()
        raise DatatypeMismatch(f"argument of CHECK must be type boolean, not type {shown}")
    taken = {check.name for check in domain.checks}
    name, number = rule.name or f"{domain.name}_check", 0
    if rule.name in taken:
        raise DuplicateObject(f'constraint "{name}" for domain "{domain.name}" already exists')
    while name in taken:
        number += 1
        name = f"{domain.name}_check{number}"
    return DomainCheck(0, name, rule.text, rule.is_validated)
