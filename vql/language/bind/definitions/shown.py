"""Expressions and queries as pg_get_expr() and its kin give them: what they name is called as the search path
finds it, behind its schema where that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from vql import schema
from vql.functions.text.formatting import quote_ident, quote_literal
from vql.language import ast
from vql.language.analyze.resolution.literals import literal
from vql.language.analyze.used import names_used
from vql.language.ast.walk import nodes_of, output_name
from vql.language.bind.definitions.views import query_of_view
from vql.language.bind.names import CatalogThen
from vql.language.bind.references import tables_read
from vql.language.lexer import scan
from vql.language.parser import parse_expression, parse_expressions
from vql.types.type import BOOLEAN, INTEGER, NUMERIC, Type

# `SELECT `, behind which an expression is parsed.
BEFORE = len("SELECT ")
# A name as a query writes it.
NAME = re.compile(r'"(?:[^"]|"")*"|\w+')
# A part of a text, and what stands there instead.
Edit = tuple[int, int, str]


class NamesShown(Protocol):
    """How things are called through the search path."""

    def relation_shown(self, oid: int) -> str:
        """Return what a relation is called."""

    def type_shown(self, name: str) -> str:
        """Return what a type is called that has a bare name."""

    def name_of(self, kind: str, oid: int) -> str | None:
        """Return what an object of a kind, such as regproc, is called, None where there is none."""


def stored_text(text: str, there: CatalogThen, names: NamesShown) -> str:
    """Return an expression, or several with commas between, as to be read through the search path."""

    def called(found: re.Match[str]) -> str:
        if not isinstance(there.definition(int(found[1])), schema.Sequence):
            return found[0]
        return f"nextval({quote_literal(names.relation_shown(int(found[1])))}::regclass)"

    edits = _of_types(parse_expressions(text), BEFORE, names)
    return schema.NEXT_NUMBER.sub(called, _edited(text, edits))


def default_text(text: str, type_: Type) -> str:
    """Return a column's default: a constant with the type that it has in the column, an operator in brackets,
    anything else in none."""
    expression = parse_expression(text)
    while not isinstance(expression, ast.Row | ast.Subquery) and text[0] == "(" and bracketed(text) == text:
        text = text[1:-1].strip()
    match expression:
        case ast.Binary() | ast.Unary() | ast.IsTest() | ast.In() | ast.Between() | ast.Like():
            return bracketed(text)
        case ast.Literal(kind="string", value=str() as value) if type_.domain is None:
            if type_ == BOOLEAN:
                return str(type_.base.coerce(value, None)).lower()
            if type_.is_number:
                value = str(type_.base.to_text(type_.base.coerce(value, None)))
                is_whole, is_number = value.isdigit(), value[0].isdigit()
                if is_whole and type_ == INTEGER or is_number and not is_whole and type_.base is NUMERIC.base:
                    return value
            name = type_.base.name if type_.base.is_sized_by_name else type_.sized(None).formatted()
            return f"{quote_literal(value)}::{name}"
        case ast.Literal(kind="integer" | "decimal") as number if str(number.value).startswith("-"):
            return f"'{number.value}'::{literal(number).type.formatted()}"
        case ast.Literal(kind="integer", value=value) as number if literal(number).type != INTEGER:
            return f"'{value}'::{literal(number).type.formatted()}"
        case ast.Call(arguments=()) if "(" not in text:
            return text.upper()  # CURRENT_TIMESTAMP and its kin
    return text


def value_shown(text: str) -> str:
    """Return a domain's condition with VALUE, which is a word and no name, in capitals."""
    words = (lexeme for lexeme in scan(text, False) if (lexeme.kind, lexeme.value) == ("word", "value"))
    return _edited(text, [(word.start, word.end, "VALUE") for word in words])


def bracketed(text: str) -> str:
    """Return an expression in brackets, those that it stands in where it does in some."""
    depth, lexemes = 0, scan(text, False)
    for place, lexeme in enumerate(lexemes):
        if lexeme.kind == "mark":
            depth += (lexeme.value == "(") - (lexeme.value == ")")
        if not depth and place < len(lexemes) - 1:
            return f"({text})"
    return text


def columns_named(view: schema.View, reading: schema.Reading) -> set[int]:
    """Return the numbers of the columns of what a view reads that its query names."""
    used = names_used(query_of_view(view.text))
    return {number for number, name in reading.columns if used.whole_rows or name in used.names}


def query_text(view: schema.View | schema.Table, there: CatalogThen, names: NamesShown) -> str:
    """Return the query of a view as pg_get_viewdef gives it."""
    query = query_of_view(view.text)
    edits = list(_of_types(query, 0, names))
    if isinstance(view, schema.View):
        edits += _of_calls(query, view, names)
    for ref, read in zip(tables_read(query), view.reads, strict=True):
        if read.object_id:
            edits.append((*ref.span, _table_shown(ref, read, there, names)))
    named, own = _names_given(query, view.reads), [column.name for column in view.columns]
    if named == own:
        return f" {_edited(view.text, edits)};"
    places = _places_of_names(query) if named is not None else None
    if places is not None and len(places) == len(own):
        edits += [(end, end, f" AS {quote_ident(name)}") for end, name in zip(places, own, strict=True)]
        return f" {_edited(view.text, edits)};"
    return f" SELECT * FROM ({_edited(view.text, edits)}) AS v({', '.join(map(quote_ident, own))});"


def _names_given(query: ast.Query, reads: Sequence[schema.Reading]) -> list[str] | None:
    """Return the names that a query gives its columns by itself; None where that takes more than a look."""
    while isinstance(query, ast.SetOperation):
        query = query.left
    if not isinstance(query, ast.Select):
        return None
    found: list[str] = []
    for item in query.items:
        if not isinstance(item.expression, ast.Star):
            found.append(item.alias or output_name(item.expression))
        elif len(query.sources) == len(reads) == 1 and isinstance(query.sources[0], ast.TableRef):
            found += [name for _, name in reads[0].columns]
        else:
            return None
    return found


def _places_of_names(query: ast.Query) -> list[int] | None:
    """Return where a query may name its columns; None where not all of them are columns without a name."""
    if not isinstance(query, ast.Select):
        return None
    ends = [
        item.expression.span[1] if isinstance(item.expression, ast.Name) and item.alias is None else 0
        for item in query.items
    ]
    return ends if all(ends) else None


def _table_shown(ref: ast.TableRef, read: schema.Reading, there: CatalogThen, names: NamesShown) -> str:
    """Return a table as a query names it, with the columns it had, under the name it had."""
    found = there.definition(read.object_id)
    assert isinstance(found, schema.Table | schema.View), "a view that is there reads what is there"
    shown = names.relation_shown(read.object_id)
    now = {column.number: column.name for column in found.columns}
    if tuple(now.items()) != read.columns:
        items = (
            quote_ident(now[number]) + f" AS {quote_ident(name)}" * (now[number] != name)
            for number, name in read.columns
            if number in now
        )
        shown = f"(SELECT {', '.join(items)} FROM {shown})"
    elif found.qualified[1] == ref.name[-1]:
        return shown
    return shown if ref.alias else f"{shown} AS {quote_ident(ref.name[-1])}"


def _of_types(root: object, before: int, names: NamesShown) -> Iterator[Edit]:
    for node in nodes_of(root, ast.TypeName):
        bare = node.name.removesuffix("[]")
        shown = bare if "." in bare else names.type_shown(bare)
        if shown != bare and node.span != ast.NOWHERE:
            yield node.span[0] - before, node.span[1] - before, shown


def _of_calls(query: ast.Query, view: schema.View, names: NamesShown) -> Iterator[Edit]:
    """Yield the calls of functions that somebody made, behind their schemas where the path does not lead."""
    called = {name: routine_id for routine_id, name in view.calls}
    for node in nodes_of(query, ast.Call):
        written = NAME.match(view.text, max(0, node.span[0]))
        if len(node.name) > 1 or node.name[0] not in called or written is None:
            continue
        shown = names.name_of("regproc", called[node.name[0]])
        if shown is not None and shown != written[0]:
            yield *written.span(), shown


def _edited(text: str, edits: Iterator[Edit] | list[Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
