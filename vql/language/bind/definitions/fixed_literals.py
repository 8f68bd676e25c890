"""Literals of moments in what definitions keep: they mean the same in every session.

PostgreSQL reads the literals of a default, a condition or a view once, when it is defined. Here their text is
kept; so a literal that settings or the time decide (a timestamptz '2020-06-01 12:00', a date '02/03/2020',
'today') is written down as what it was then. Domains, policies and functions are read when they are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from vql import schema
from vql.calendar.style import DEFAULT, Style
from vql.calendar.zones import fixed_zone
from vql.errors import Error
from vql.functions.text.formatting import quote_literal
from vql.language import ast
from vql.language.analyze import tree
from vql.language.ast.moments import numbered
from vql.language.ast.sql_text import expression_text
from vql.language.ast.walk import nodes_of
from vql.language.bind.definitions.views import with_views
from vql.language.bind.names import Tables
from vql.language.bind.relational import unsettled
from vql.language.parser import parse, parse_expression
from vql.types.base import BaseType
from vql.types.enums import quoted_name
from vql.types.type import Type

# What a literal that settings decide is another in.
OTHER = Style("ISO", "DMY", zone=fixed_zone(5 * 3600 + 2700))
OF_THE_TIME = re.compile(r"\b(?:now|today|tomorrow|yesterday)\b", re.I)


def with_fixed_literals(table: schema.Table, style: Style) -> schema.Table:
    """Return a table with the literals of its defaults and checks as they are read in a `style`."""
    columns = tuple(
        column if column.default is None else replace(column, default=_default(column.default, column, style))
        for column in table.columns
    )
    checks = tuple(replace(check, text=_condition(check.text, table, style)) for check in table.checks)
    return replace(table, columns=columns, checks=checks)


def index_with_fixed_literals(node: ast.CreateIndex, table: schema.Table, style: Style) -> ast.CreateIndex:
    """Return an index with the literals of its condition as they are read in a `style`."""
    if node.where is None:
        return node
    text = expression_text(node.where)
    fixed = _condition(text, table, style)
    return node if fixed == text else replace(node, where=parse_expression(fixed))


def query_with_fixed_literals(text: str, tables: Tables, style: Style) -> str:
    """Return the text of a query with its literals as they are read in a `style`."""
    if "'" not in text:
        return text
    query = with_views(numbered(parse(text, "wire"))[0], tables)
    try:
        found = unsettled(query, tables)
    except Error:  # what only vector searches have, or what a change of types has made wrong by now
        return text
    for (start, end), literal in sorted(_fixed(found, style), reverse=True):
        if text[start:end].startswith("'"):
            text = text[:start] + literal + text[end:]
    return text


def _default(text: str, column: schema.Column, style: Style) -> str:
    literal = parse_expression(text)
    if isinstance(literal, ast.Literal) and literal.kind == "string":
        return _read(str(literal.value), column.type, style) or text
    before = "SELECT "
    return query_with_fixed_literals(before + text, Tables(), style).removeprefix(before)


def _condition(text: str, table: schema.Table, style: Style) -> str:
    before, behind = "SELECT ", f" FROM {quoted_name(table.name)}"
    tables = Tables({table.qualified: table}, (table.schema,))
    return query_with_fixed_literals(before + text + behind, tables, style)[len(before) : -len(behind)]


def _fixed(found: tree.Query, style: Style) -> Iterator[tuple[ast.Span, str]]:
    """Yield the places of literals that settings or the time decide, with what is written there instead."""
    for node in nodes_of(found, tree.Coerce):
        literal = node.operand
        if isinstance(literal, tree.Const) and isinstance(literal.value, str) and literal.span != ast.NOWHERE:
            made = _read(literal.value, node.type, style)
            if made:
                yield literal.span, made


def _read(text: str, type_: Type, style: Style) -> str:
    """Return a literal as it is read in a style, "" where every session reads the same."""
    base = type_.base
    if (type_.element if type_.is_array else type_).base.category != "D":
        return ""
    value = base.styled(style).coerce(text, None)
    if not OF_THE_TIME.search(text) and _is_read_as(value, text, base):
        return ""
    return quote_literal(base.styled(DEFAULT).to_text(value))


def _is_read_as(value: object, text: str, base: BaseType) -> bool:
    """Whether a text is read as a value whatever the settings are."""
    try:
        return all(base.styled(other).coerce(text, None) == value for other in (DEFAULT, OTHER))
    except Error:  # in another order of day and month it is none
        return False
