"""What the methods of rules share: places in the text, and pieces that a parent rule takes apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from lark import Token

from vql.calendar.read_interval import FIELDS_SAID, modifier_of
from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast
from vql.types.moments.interval import checked_precision

Args = list[Any]
# Up to so many operands are joined as they are written.
RUN_MAX = 32
OPPOSITE = {"+": "-", "-": "+"}


def span_of(node: Any) -> ast.Span:
    """Return the span of a node or token."""
    if isinstance(node, Token):
        return (node.start_pos or 0, node.end_pos or 0)
    found: ast.Span = getattr(node, "span", ast.NOWHERE)
    return found


def cover(first: Any, last: Any) -> ast.Span:
    """Return the span from the first node to the last."""
    return (span_of(first)[0], span_of(last)[1])


def left_joined(
    first: Any,
    rest: Sequence[tuple[Any, Any]],
    join: Callable[[Any, Any, Any], Any],
    group: Callable[[Any], object],
) -> Any:
    """Return operands joined left to right by the operators before them.

    A long run of operators of one `group` (False for those of none) becomes a balanced tree, so that what
    walks it goes as deep as the logarithm of its length.
    """
    left, place = first, 0
    while place < len(rest):
        word, end = group(rest[place][0]), place + 1
        while word and end < len(rest) and group(rest[end][0]) == word:
            end += 1
        if end - place > RUN_MAX:
            left = _balanced([(None, left), *rest[place:end]], join)
        else:
            for op, operand in rest[place:end]:
                left = join(left, op, operand)
        place = end
    return left


def _balanced(terms: Sequence[tuple[Any, Any]], join: Callable[[Any, Any, Any], Any]) -> Any:
    if len(terms) == 1:
        return terms[0][1]
    middle = len(terms) // 2
    op, right = terms[middle][0], terms[middle:]
    if op == "-":  # a - b + c is a - (b - c)
        right = [(OPPOSITE.get(sign, sign), operand) for sign, operand in right]
    return join(_balanced(terms[:middle], join), op, _balanced(right, join))


def words(args: Args) -> list[str]:
    """Return the types of the tokens among `args`."""
    return [arg.type for arg in args if isinstance(arg, Token)]


def nodes(args: Args) -> Args:
    """Return what is no token among `args`."""
    return [arg for arg in args if not isinstance(arg, Token)]


def first_of(args: Args, kind: type | tuple[type, ...]) -> Any:
    """Return the first argument of a kind, or None."""
    return next((arg for arg in args if isinstance(arg, kind)), None)


class Tail(tuple):  # type: ignore[type-arg]
    """One clause after the select list: (name, value, span)."""

    __slots__ = ()


class Marked(tuple):  # type: ignore[type-arg]
    """A tagged piece that its parent rule takes apart: (tag, value)."""

    __slots__ = ()


class NameToken(str):
    """A name that remembers its token, for spans."""

    __slots__ = ("token",)
    token: Token

    def __new__(cls, token: Token) -> NameToken:
        made = super().__new__(cls, token.value)
        made.token = token
        return made


def column_name(name: NameToken) -> ast.ColumnName:
    """Return a name that remembers its place alone."""
    return ast.ColumnName(str(name), span_of(name.token))


def alias_of(a: Args) -> tuple[str | None, tuple[str, ...]]:
    marked = next((x for x in a if isinstance(x, Marked)), None)
    return marked[1] if marked is not None else (None, ())


def clauses_of(tails: Args) -> dict[str, Any]:
    """Collect clauses, each once; LIMIT's options become the statement's."""
    found: dict[str, Any] = {}
    for name, value, span in tails:
        if name in found:
            raise SyntaxError(f"{name.replace('_', ' ').upper()} is given twice", position=span[0] + 1)
        if name == "limit":
            value, *more = value
            found |= {key: x for key, x in zip(("options", "per", "ties"), more, strict=True) if x}
        found[name] = value
    return found


def returning_of(a: Args) -> dict[str, Any]:
    """Return the items of RETURNING, and what it calls the rows before and after."""
    return next((x[1] for x in a if isinstance(x, Marked) and x[0] == "returning"), {})


def behind_with(recursive: bool, tables: Any, body: Any) -> Any:
    """Return a query or change behind a WITH."""
    if any(isinstance(table, ast.CommonChange) for table in tables):
        return ast.WithChanges(tables, recursive, body, tables[0].span)
    return replace(body, with_=tables, recursive=recursive)


def plain_query(query: Any) -> Any:
    """Return a query within another statement. Raises 0A000 where a WITH of it changes rows."""
    if isinstance(query, ast.WithChanges):
        span = next(table.span for table in query.tables if isinstance(table, ast.CommonChange))
        raise NotSupportedError(
            "WITH clause containing a data-modifying statement must be at the top level", position=span[0] + 1
        )
    return query


def where_of(a: Args) -> Any:
    """Return the condition behind WHERE, or None."""
    for place, x in enumerate(a):
        if isinstance(x, Token) and x.type == "WHERE":
            return a[place + 1]
    return None


def names_of(a: Args) -> tuple[tuple[str, ...], ...]:
    """Return the qualified names among `args`."""
    return tuple(x[0] for x in a if type(x) is tuple)


def interval_modifiers(fields: Token, digits: tuple[int, ...]) -> tuple[int, int]:
    """Return the modifiers of `interval <fields>(<digits>)`: only seconds have digits. Raises 42601."""
    text = str(fields).lower()
    if not digits:
        return FIELDS_SAID, modifier_of(text)
    if not text.endswith("second"):
        raise SyntaxError('syntax error at or near "("', position=span_of(fields)[1] + 1)
    if len(digits) > 1:
        raise SyntaxError('syntax error at or near ","')
    return FIELDS_SAID, modifier_of(text, checked_precision("interval", digits[0]))
