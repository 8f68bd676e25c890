"""Rules of expressions: one method a rule of grammar/vql.lark."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lark import Token

from vql.errors import SyntaxError
from vql.language import ast
from vql.language.ast.literals import INTEGER_DIGITS_MAX
from vql.language.build.pieces import (
    Args,
    Marked,
    NameToken,
    cover,
    interval_modifiers,
    is_json,
    json_arguments,
    json_clause,
    json_constant,
    nodes,
    plain_query,
    span_of,
    sql_json,
    words,
)
from vql.language.build.precedence import PlacedOperator, PrecedenceClimbing, operator_at
from vql.language.tables import Unexpected

EXCLUSIONS = ("EXCLUDE CURRENT ROW", "EXCLUDE GROUP", "EXCLUDE TIES", "EXCLUDE NO OTHERS")
NORMAL_FORMS = frozenset({"NFC", "NFD", "NFKC", "NFKD"})
TRIM_SIDES = {"LEADING": "ltrim", "TRAILING": "rtrim"}
# The modifiers in a type's name as it is written, `numeric ( 4 , 2 )`.
MODIFIERS, DIGITS = re.compile(r"\(.*\)"), re.compile(r"\d+")


class Escaped(tuple):  # type: ignore[type-arg]
    """A pattern, what escapes in it, and the word between: LIKE and SIMILAR TO take it apart."""

    __slots__ = ()


class ExpressionRules:
    """Rules of expressions."""

    def expressions(self, a: Args) -> Any:
        return list(a)

    array_items = expressions

    def binary(self, a: Args) -> Any:
        left, op, right = a
        text = str(op).upper() if isinstance(op, Token) else op
        return ast.Binary("<>" if text == "!=" else text, left, right, cover(left, right), span_of(op)[0])

    def expression(self, a: Args) -> Any:
        """Operands with operators before, between and behind them."""
        return _without_escape(PrecedenceClimbing(a, self._joined, self._applied).tree())

    narrow = expression

    def prefix(self, a: Args) -> Any:
        return operator_at("prefix", a[0])

    def infix(self, a: Args) -> Any:
        return operator_at("infix", a[0])

    def suffix(self, a: Args) -> Any:
        return operator_at("suffix", a[0], a[1:])

    narrow_prefix, narrow_infix, narrow_suffix = prefix, infix, suffix

    def quantified_suffix(self, a: Args) -> Any:
        return operator_at("suffix", a[0], a)

    def _joined(self, left: Any, token: Any, right: Any, *rest: Any) -> Any:
        left, kind = _without_escape(left), getattr(token, "type", "OP")
        match kind:
            case "LIKE" | "NOT_LIKE" | "ILIKE" | "NOT_ILIKE":
                return self._like(left, token, right)
            case "SIMILAR_TO" | "NOT_SIMILAR_TO":
                return self._similar_to(left, token, right)
        right = _without_escape(right)
        match kind:
            case "ESCAPE":
                return Escaped((left, right, token))
            case "BETWEEN" | "NOT_BETWEEN":
                return self._between(left, token, rest, right)
            case "OVERLAPS":
                return self._overlaps(left, right)
            case "AT_TIME_ZONE":
                return ast.Call(("timezone",), (right, left), span=cover(left, right))
        return self.binary([left, token, right])

    def _applied(self, operator: PlacedOperator, operand: Any) -> Any:
        token, rest = operator.token, operator.rest
        operand = _without_escape(operand)
        if operator.place == "prefix":
            return self._unary(token, operand)
        match token.type:
            case "IS_TEST":
                return self._is_test(operand, token)
            case "IS_NORMALIZED":
                return self._is_normalized(operand, token)
            case "IS_JSON":
                return is_json(operand, token)
            case "AT_LOCAL":
                return ast.Call(("timezone",), (operand,), span=span_of(operand))
            case "CASTS" if not rest[1:]:
                return self._cast_behind(operand, rest[0])
            case "COLLATE":
                return ast.Collate(operand, rest[0][0], span_of(token))
            case "IN" | "NOT_IN" if len(rest) == 1:
                return self._in(operand, token, rest[0])
        return self._quantified(operand, *rest)

    def _unary(self, op: Token, operand: Any) -> Any:
        text = str(op).upper()
        if text == "-" and isinstance(operand, ast.Literal) and operand.kind in ("integer", "decimal"):
            # The sign is the constant's own: 2147483648 is a bigint, -2147483648 an integer.
            return replace(operand, value=ast.negated(operand.value), span=cover(op, operand))
        return ast.Unary(text, operand, cover(op, operand))

    def operator(self, a: Args) -> Any:
        return a[-1].update(type="OP")

    def _is_test(self, operand: Any, token: Token) -> Any:
        text = str(token).upper()
        test = "NULL" if text in ("ISNULL", "NOTNULL") else text.split()[-1]
        return ast.IsTest(operand, test, "NOT" in text.split() or text == "NOTNULL", cover(operand, token))

    def _quantified(self, operand: Any, op: Token, quantifier: Token, quantified: Any) -> Any:
        """`operand op ANY (array or query)`."""
        text = "<>" if str(op) == "!=" else str(op)
        if "LIKE" in op.type:
            text = ("!" if op.type.startswith("NOT") else "") + ("~~*" if op.type.endswith("ILIKE") else "~~")
        return ast.Quantified(
            text, operand, quantifier.type, quantified, cover(operand, quantified), span_of(op)[0]
        )

    def bare_query(self, a: Args) -> Any:
        return ast.Subquery(plain_query(a[0]), span_of(a[0]))

    def between(self, a: Args) -> Any:
        """BETWEEN up to its AND."""
        return operator_at("infix", a[0], a[1:-1])

    def _between(self, operand: Any, token: Token, rest: Any, high: Any) -> Any:
        low = rest[-1]
        negated, span = token.type == "NOT_BETWEEN", cover(operand, high)
        found = ast.Between(operand, low, high, negated, span, span_of(token)[0])
        if "SYMMETRIC" not in words([*rest]):
            return found
        return ast.Binary("AND" if negated else "OR", found, replace(found, low=high, high=low), span)

    def _in(self, operand: Any, token: Token, items: Any) -> Any:
        is_list, span = type(items) is list, cover(operand, token)
        if is_list:
            items, span = tuple(items), cover(operand, items[-1])
        elif isinstance(items, Token):
            kind, place = items.type.lower().removesuffix("s"), span_of(items)
            items, span = ast.LiteralList(kind, str(items), place), cover(operand, items)
        return ast.In(operand, items, token.type == "NOT_IN", span, span_of(token)[0])

    def _like(self, left: Any, token: Token, pattern: Any) -> Any:
        word = token.type
        escape = None
        if isinstance(pattern, Escaped):
            pattern, escape, _ = pattern
        return ast.Like(
            left, pattern, word.startswith("NOT"), word.endswith("ILIKE"), escape, cover(left, pattern),
            span_of(token)[0],
        )  # fmt: skip

    def _similar_to(self, left: Any, token: Token, right: Any) -> Any:
        given = right[:2] if isinstance(right, Escaped) else (right,)
        pattern = ast.Call(("similar_to_escape",), given, span=cover(given[0], given[-1]))
        op = "!~" if token.type == "NOT_SIMILAR_TO" else "~"
        return ast.Binary(op, left, pattern, cover(left, given[-1]), span_of(token)[0])

    def _is_normalized(self, operand: Any, token: Token) -> Any:
        form = next((word for word in str(token).upper().split() if word in NORMAL_FORMS), "NFC")
        arguments = (operand, ast.Literal(form, "string", span_of(token)))
        call = ast.Call(("is_normalized",), arguments, span=cover(operand, token))
        return ast.Unary("NOT", call, call.span) if " not " in str(token) else call

    def position(self, a: Args) -> Any:
        part, _, whole = a[1:]
        return ast.Call(("position",), (whole, part), span=cover(a[0], whole))

    def trim(self, a: Args) -> Any:
        name = TRIM_SIDES.get(words(a)[1] if len(words(a)) > 1 else "", "btrim")
        return ast.Call((name,), tuple(a[-1]), span=cover(a[0], a[-1][-1]))

    def trimmed(self, a: Args) -> Any:
        """What is trimmed, then the characters, which are written first."""
        given = nodes(a)
        return given[-1] + given[:-1]

    def cast(self, a: Args) -> Any:
        operand, type_ = nodes(a)
        return ast.Cast(operand, type_, cover(a[0], type_))

    def _cast_behind(self, operand: Any, type_: Any) -> Any:
        span = cover(operand, type_)
        if isinstance(operand, ast.Row):  # PostgreSQL tells the place of the `::`
            span = (type_.span[0] - 2, span[1])
        return ast.Cast(operand, type_, span)

    def subscript(self, a: Args) -> Any:
        operand, part = a
        return replace(part, operand=operand, span=span_of(operand))

    def subscript_of_group(self, a: Args) -> Any:
        return replace(self.subscript(a), is_of_group=isinstance(a[0], ast.Subscript))

    def element(self, a: Args) -> Any:
        return ast.Subscript(ast.Star(), a[0])

    def slice(self, a: Args) -> Any:
        return ast.Subscript(ast.Star(), a[0], a[1] if len(a) > 1 else None, True)

    def slice_from_start(self, a: Args) -> Any:
        return ast.Subscript(ast.Star(), None, a[0] if a else None, True)

    def field(self, a: Args) -> Any:
        return ast.Field(_of_query(a[0]), str(a[1]), span_of(a[0]))

    def _overlaps(self, left: Any, right: Any) -> Any:
        """`(start, end) OVERLAPS (start, end)`."""
        ends: list[Any] = []
        for which, side in (("left", left), ("right", right)):
            if not isinstance(side, ast.Row) or len(side.items) != 2:
                raise SyntaxError(
                    f"wrong number of parameters on {which} side of OVERLAPS expression",
                    position=span_of(side)[0] + 1,
                )
            ends += side.items
        return ast.Call(("overlaps",), tuple(ends), span=cover(left, right))

    def row_star(self, a: Args) -> Any:
        return ast.Field(_of_query(a[0]), "*", span_of(a[0]))

    def literal(self, a: Args) -> Any:
        return a[0]

    def integer(self, a: Args) -> Any:
        # Python reads no longer integers from text; Postgres' are of type numeric from 20 digits on.
        kind = "integer" if len(a[0]) <= INTEGER_DIGITS_MAX else "decimal"
        return ast.Literal(int(a[0]) if kind == "integer" else str(a[0]), kind, span_of(a[0]))

    def decimal(self, a: Args) -> Any:
        return ast.Literal(str(a[0]), "decimal", span_of(a[0]))

    def string(self, a: Args) -> Any:
        return ast.Literal(str(a[0]), "string", span_of(a[0]))

    def bits(self, a: Args) -> Any:
        return ast.Literal(str(a[0]), "bits", span_of(a[0]))

    def null(self, a: Args) -> Any:
        return ast.Literal(None, "null", span_of(a[0]))

    def true(self, a: Args) -> Any:
        return ast.Literal(True, "boolean", span_of(a[0]))

    def false(self, a: Args) -> Any:
        return ast.Literal(False, "boolean", span_of(a[0]))

    def parameter(self, a: Args) -> Any:
        text = str(a[0])
        return ast.Parameter(-1 if text == "?" else int(text[1:]) - 1, span_of(a[0]))

    def per(self, a: Args) -> Any:
        rows: Any = ast.Literal(1, "integer")
        if len(a) > 2:
            rows = self.parameter([a[2]]) if a[2].type == "PARAMETER" else self.integer([a[2]])
        return Marked(("per", (a[1], rows)))

    def grouped(self, a: Args) -> Any:
        return a[0]

    def subquery(self, a: Args) -> Any:
        return ast.Subquery(a[0], span_of(a[0]))

    def row(self, a: Args) -> Any:
        items = []
        for x in nodes(a):
            items += x if isinstance(x, list) else [x]
        return ast.Row(tuple(items), span_of(a[0]) if isinstance(a[0], Token) else ast.NOWHERE)

    def exists(self, a: Args) -> Any:
        return ast.Exists(a[1], span_of(a[0]))

    def array(self, a: Args) -> Any:
        return ast.Array(tuple(a[1]) if len(a) > 1 else (), span_of(a[0]))

    def nested_array(self, a: Args) -> Any:
        return ast.Array(tuple(a[0]) if a else ())

    def array_query(self, a: Args) -> Any:
        return ast.ArrayQuery(a[1], span_of(a[0]))

    def case(self, a: Args) -> Any:
        whens = tuple(x for x in a if isinstance(x, Marked))
        rest = [x for x in nodes(a) if not isinstance(x, Marked)]
        marks = words(a)
        otherwise = rest.pop() if "ELSE" in marks else None
        return ast.Case(rest[0] if rest else None, whens, otherwise, span_of(a[0]))

    def when(self, a: Args) -> Any:
        return Marked((a[1], a[3]))

    def extract(self, a: Args) -> Any:
        return ast.Extract(str(a[1]), a[3], span_of(a[0]))

    def typed_literal(self, a: Args) -> Any:
        literal = ast.Literal(str(a[1]), "string", span_of(a[1]))
        modifiers = tuple(int(number) for number in DIGITS.findall(str(a[0])))
        name = " ".join(MODIFIERS.sub(" ", str(a[0])).split())
        if len(a) > 2:
            modifiers = interval_modifiers(a[2], a[3] if len(a) > 3 else ())
        return ast.Cast(literal, ast.TypeName(name, modifiers), cover(a[0], a[1]))

    def current(self, a: Args) -> Any:
        return ast.Call((str(a[0]),), (), span=span_of(a[0]))

    def vector(self, a: Args) -> Any:
        return ast.VectorLiteral(str(a[0]), span_of(a[0]))

    def column(self, a: Args) -> Any:
        return ast.Name(tuple(str(x) for x in a), cover(a[0].token, a[-1].token))

    def table_star(self, a: Args) -> Any:
        return ast.Star(str(a[-2]), span_of(a[0].token))

    def call_name(self, a: Args) -> Any:
        return (tuple(str(x) for x in a), cover(a[0].token, a[-1].token))

    def call(self, a: Args) -> Any:
        name, span = a[0]
        parts = {x[0]: x[1] for x in a[1:] if isinstance(x, Marked)}
        arguments, formatted, is_paired = json_arguments(next((x for x in a[1:] if type(x) is list), []))
        names = tuple(x[1][0] if isinstance(x, Marked) else None for x in arguments)
        bare = tuple(x[1][1] if isinstance(x, Marked) else x for x in arguments)
        spread = [
            place for place, x in enumerate(arguments, 1) if isinstance(x, Marked) and x[0] == "variadic"
        ]
        if spread and spread[0] < len(bare):
            raise SyntaxError('syntax error at or near ","')
        if name == ("normalize",) and isinstance(bare[-1], ast.Name):
            form = bare[-1].parts[-1].upper()
            if form in NORMAL_FORMS:
                bare = (*bare[:-1], ast.Literal(form, "string", bare[-1].span))
        call = ast.Call(
            name, bare, "DISTINCT" in words(a), parts.get("order_by", ()), parts.get("filter"),
            parts.get("over"), names if any(names) else (), parts.get("within_group", ()), span,
            bool(spread),
        )  # fmt: skip
        return sql_json(call, formatted, is_paired, a)

    def json_of_query(self, a: Args) -> Any:
        if a[0][0] != ("json_array",):
            word = "VALUES" if isinstance(a[1], ast.Values) else "SELECT"
            raise SyntaxError(f'syntax error at or near "{word}"', position=span_of(a[1])[0] + 1)
        call = self.call([a[0], *a[2:]])
        for kind, _, _, position in call.clauses:
            if kind != "RETURNING":
                raise SyntaxError("syntax error", position=position)
        return replace(call, query=plain_query(a[1]))

    def json_pair(self, a: Args) -> Any:
        key, value, *rest = (x for x in a if not (isinstance(x, Token) and x.type == "VALUE"))
        return Marked(("of_json", (key, value, span_of(rest[0])[0] + 1 if rest else 0)))

    def json_formatted(self, a: Args) -> Any:
        return Marked(("of_json", (a[0], span_of(a[1])[0] + 1)))

    def json_words(self, a: Args) -> Any:
        return json_clause(a[-1].type, str(a[-1]), json_constant(a[-1]) if len(a) > 1 else None, a[0])

    def json_default(self, a: Args) -> Any:
        return json_clause("JSON_BEHAVIOR", str(a[2]), a[1], a[0])

    def json_returning(self, a: Args) -> Any:
        return json_clause("RETURNING", "format" if len(a) > 2 else "", a[1], a[0])

    def json_passing(self, a: Args) -> Any:
        return json_clause("PASSING", "", tuple(a[1:]), a[0])

    def json_passed(self, a: Args) -> Any:
        value = ast.Cast(a[0], ast.TypeName("jsonb")) if a[1].type == "JSON_FORMAT" else a[0]
        return (str(a[-1]), value)

    def within_group(self, a: Args) -> Any:
        return Marked(("within_group", a[2]))

    def count_star(self, a: Args) -> Any:
        return self.call([a[0], [ast.Star()], *a[2:]])

    def arguments(self, a: Args) -> Any:
        flat: Args = []
        for x in a:
            flat += x[1] if isinstance(x, Marked) and x[0] == "words" else [x]
        return flat

    def named_argument(self, a: Args) -> Any:
        return Marked(("named", (str(a[0]), a[2])))

    def variadic_argument(self, a: Args) -> Any:
        return Marked(("variadic", (None, a[1])))

    def word_argument(self, a: Args) -> Any:
        return Marked(("words", nodes(a)))

    def for_argument(self, a: Args) -> Any:
        """`x FOR count [FROM start]`."""
        whole, count, *start = nodes(a)
        return Marked(("words", [whole, *(start or [ast.Literal(1, "integer")]), count]))

    def call_order(self, a: Args) -> Any:
        return Marked(("order_by", a[1]))

    def filter(self, a: Args) -> Any:
        return Marked(("filter", a[2]))

    def over(self, a: Args) -> Any:
        window = a[1] if isinstance(a[1], ast.Window) else ast.Window(name=str(a[1]))
        return Marked(("over", window))

    def window(self, a: Args) -> Any:
        partition: tuple[Any, ...] = ()
        order: tuple[Any, ...] = ()
        frame = name = None
        for place, x in enumerate(a):
            if isinstance(x, Marked):
                frame = x[1]
            elif isinstance(x, NameToken):
                name = str(x)
            elif type(x) is list:
                partition = tuple(x)
            elif type(x) is tuple and a[place - 1].type == "ORDER_BY":
                order = x
        return ast.Window(partition, order, frame, name)

    def frame(self, a: Args) -> Any:
        bounds = [x for x in a if isinstance(x, ast.FrameBound)]
        end = bounds[1] if len(bounds) > 1 else None
        exclude = a[-1][1] if isinstance(a[-1], Marked) else ""
        return Marked(("frame", ast.FrameClause(str(a[0]).upper(), bounds[0], end, exclude)))

    def frame_bound(self, a: Args) -> Any:
        offset, way = a[0], a[1].upper()
        if isinstance(offset, ast.Name) and (*offset.parts, way) == ("current", "ROW"):
            return ast.FrameBound("CURRENT ROW", None, offset.span)
        if way not in ("PRECEDING", "FOLLOWING"):
            raise SyntaxError(f'syntax error at or near "{a[1]}"', position=a[1].start_pos + 1)
        if isinstance(offset, ast.Name) and offset.parts == ("unbounded",):
            return ast.FrameBound(f"UNBOUNDED {way}", None, offset.span)
        return ast.FrameBound(way, offset, span_of(offset))

    def frame_exclusion(self, a: Args) -> Any:
        said = " ".join(a).upper()
        if said not in EXCLUSIONS:
            raise SyntaxError(f'syntax error at or near "{a[0]}"', position=a[0].start_pos + 1)
        return Marked(("exclude", said.partition(" ")[2]))


def _without_escape(node: Any) -> Any:
    """Return an operand. Raises Unexpected for `pattern ESCAPE character` where nothing is matched."""
    if isinstance(node, Escaped):
        raise Unexpected(node[2], set())
    return node


def _of_query(node: Any) -> ast.Expression:
    """Return what a field is of: a query stands for its only row."""
    return ast.Subquery(node, span_of(node)) if isinstance(node, ast.Query) else node
