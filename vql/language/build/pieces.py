"""What the methods of rules share: places in the text, and pieces that a parent rule takes apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from lark import Token

from vql.calendar.read_interval import FIELDS_SAID, modifier_of
from vql.errors import NotSupportedError, SyntaxError
from vql.functions.system.keywords import JSON_CALLS, SQL_JSON
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


# ------------------------------------------------------------------ SQL/JSON

# The clauses in the order in which they stand, and those that each function has.
JSON_ORDER = (
    "PASSING", "JSON_NULLS", "JSON_KEYS", "RETURNING", "JSON_WRAPPER", "JSON_QUOTES", "on empty", "on error"
)  # fmt: skip
MAKING, ASKING = {"JSON_NULLS", "RETURNING"}, {"PASSING", "RETURNING", "on empty", "on error"}
JSON_CLAUSES_OF = {
    "json_object": MAKING | {"JSON_KEYS"}, "json_objectagg": MAKING | {"JSON_KEYS"}, "json_array": MAKING,
    "json_arrayagg": MAKING, "json_scalar": set[str](),
    "json_serialize": {"RETURNING"},
    "json_value": ASKING, "json_query": ASKING | {"JSON_WRAPPER", "JSON_QUOTES"},
    "json_exists": {"PASSING", "on error"},
} | {"json": {"JSON_KEYS"}}  # fmt: skip
PAIRED = frozenset({"json_object", "json_objectagg"})


def json_clause(kind: str, words_said: str, value: Any, first: Any) -> Marked:
    """Return a clause of SQL/JSON; what is done when is called by when."""
    if kind == "JSON_BEHAVIOR":
        kind = " ".join(words_said.split()[-2:])
    return Marked(("json_clause", (kind, words_said, value, span_of(first)[0] + 1)))


def json_constant(token: Token) -> ast.Expression:
    """Return the value that a word stands for behind DEFAULT. Raises 42601."""
    word = str(token).split(maxsplit=1)[0]
    if word == "null":
        return ast.Literal(None, "null", span_of(token))
    if word not in ("true", "false"):
        raise SyntaxError(f'syntax error at or near "{word}"', position=span_of(token)[0] + 1)
    return ast.Literal(word == "true", "boolean", span_of(token))


def is_json(operand: ast.Expression, token: Token) -> ast.SqlJson:
    """Return IS JSON of an operand."""
    call = ast.Call(("is json",), (operand,), span=cover(operand, token))
    clause = ("is", str(token).lower(), None, span_of(token)[0] + 1)
    return ast.SqlJson(call, clauses=(clause,), span=call.span)


def json_arguments(given: Args) -> tuple[Args, list[int], bool]:
    """Return arguments, where they are said to be json (0 of others), and whether they are pairs."""
    flat, formatted, pairs = [], [], 0
    for item in given:
        if not (isinstance(item, Marked) and item[0] == "of_json"):
            flat.append(item)
            formatted.append(0)
            continue
        *values, position = item[1]
        pairs += len(values) == 2
        flat += values
        formatted += [0] * (len(values) - 1) + [position]
    if pairs and pairs != len(given):
        raise SyntaxError("syntax error", position=span_of(flat[0])[0] + 1)
    return flat, formatted, pairs > 0


def sql_json(call: ast.Call, formatted: Sequence[int], is_paired: bool, a: Args) -> ast.Call | ast.SqlJson:
    """Return a call, as one of SQL/JSON where it is. Raises 42601 for clauses that it does not have, or not
    in this order, 0A000 for a function that there is not."""
    clauses = tuple(x[1] for x in a if isinstance(x, Marked) and x[0] == "json_clause")
    name = call.name[0] if len(call.name) == 1 else ""
    is_written = bool(clauses) or any(formatted) or is_paired
    if name not in JSON_CALLS and not is_written:
        return call
    if name == "json_object" and not is_written and call.arguments:
        return call  # of arrays
    if name not in JSON_CLAUSES_OF and name in SQL_JSON:
        raise NotSupportedError(f"{name.upper()}() is not supported yet", position=call.span[0] + 1)
    places = [JSON_ORDER.index(kind) for kind, *_ in clauses]
    for place, (kind, _, _, position) in enumerate(clauses):
        is_late = place > 0 and places[place - 1] >= places[place]
        is_empty = name == "json_object" and not call.arguments and kind != "RETURNING"
        if is_late or is_empty or kind not in JSON_CLAUSES_OF.get(name, ()):
            raise SyntaxError("syntax error", position=position)
    is_spread = bool(call.over or call.filter or call.order_by or call.within_group)
    if is_spread and not name.endswith("agg"):
        raise SyntaxError("syntax error", position=call.span[0] + 1)
    if is_paired is not (name in PAIRED) and call.arguments or call.distinct or any(call.argument_names):
        raise SyntaxError("syntax error", position=span_of(call.arguments[0])[0] + 1)
    return ast.SqlJson(call, tuple(formatted), clauses, span=call.span)
