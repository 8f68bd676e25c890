"""Grammar rules to syntax tree: one method a rule of grammar/vql.lark, called bottom-up by lark.

Lists come in as lark found them; keywords that only mark a choice are told apart from nodes by
being lark Tokens.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lark import Token, Transformer

from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast

SERIALS = {"serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
           "smallserial": "smallint", "serial2": "smallint"}  # fmt: skip
COPY_OLD_WORDS = {"csv": ("format", "csv"), "binary": ("format", "binary"), "header": ("header", "true")}
Args = list[Any]


def span_of(node: Any) -> ast.Span:
    """Return the span of a node or token."""
    if isinstance(node, Token):
        return (node.start_pos or 0, node.end_pos or 0)
    found: ast.Span = getattr(node, "span", ast.NOWHERE)
    return found


def cover(first: Any, last: Any) -> ast.Span:
    """Return the span from the first node to the last."""
    return (span_of(first)[0], span_of(last)[1])


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


class QueryBuilder(Transformer):  # type: ignore[type-arg]
    """Rules of queries."""

    def start(self, a: Args) -> Any:
        return a[0] if a else None

    def query(self, a: Args) -> Any:
        if len(a) == 1:
            return a[0]
        recursive, tables = a[0]
        body = a[1]
        assert not getattr(body, "with_", ())
        return replace(body, with_=tables, recursive=recursive)

    def with_clause(self, a: Args) -> Any:
        return ("RECURSIVE" in words(a), tuple(nodes(a)))

    def common_table(self, a: Args) -> Any:
        columns = next((tuple(x) for x in a if type(x) is list), ())
        materialized = next((x[1] for x in a if isinstance(x, Marked)), None)
        return ast.CommonTable(a[0], columns, a[-1], materialized)

    def materialized(self, a: Args) -> Any:
        return Marked(("materialized", a[0].type == "MATERIALIZED"))

    def parens(self, a: Args) -> Any:
        return a[0]

    def set_quantifier(self, a: Args) -> Any:
        return Marked(("all", a[0].type == "ALL"))

    def set_operation(self, a: Args) -> Any:
        left, op, right = a[0], a[1].type, a[-1]
        every = len(a) == 4 and a[2][1]
        # Clauses written after the last operand belong to the whole.
        lifted: dict[str, Any] = {"order_by": (), "limit": None, "offset": None, "as_of": None}
        taken = {k: getattr(right, k) for k in lifted if getattr(right, k)}
        if isinstance(right, ast.Select | ast.Values) and taken and not getattr(a[-1], "_own", False):
            right = replace(right, **{k: lifted[k] for k in taken})
        else:
            taken = {}
        return ast.SetOperation(op, every, left, right, **taken)

    def tailed(self, a: Args) -> Any:
        query = a[0]
        if len(a) == 1:
            return query
        clauses = _clauses(a[1:])
        if clauses.keys() - {"order_by", "limit", "offset", "as_of", "options"}:
            raise SyntaxError("this clause cannot follow a query in brackets", position=a[1][2][0] + 1)
        busy = [k for k in clauses if getattr(query, k, None)]
        if busy:
            inner = ast.QueryRef(query, "query")
            return ast.Select((ast.SelectItem(ast.Star()),), (inner,), **clauses)
        return replace(query, **clauses)

    def values(self, a: Args) -> Any:
        rows = tuple(x for x in a[1:] if not isinstance(x, Tail))
        clauses = _clauses([x for x in a if isinstance(x, Tail)])
        if clauses.keys() - {"order_by", "limit", "offset", "as_of"}:
            raise SyntaxError("this clause cannot follow VALUES", position=span_of(a[0])[0] + 1)
        return ast.Values(rows, **clauses, span=span_of(a[0]))

    def value_row(self, a: Args) -> Any:
        return tuple(a)

    def default(self, a: Args) -> Any:
        return ast.Default(span_of(a[0]))

    def select(self, a: Args) -> Any:
        fields: dict[str, Any] = {"items": ()}
        fields |= {x[0]: x[1] for x in a[1:] if isinstance(x, Marked) and x[1] is not None}
        fields |= _clauses([x for x in a if isinstance(x, Tail)])
        return ast.Select(**fields, span=(span_of(a[0])[0], span_of(a[-1])[1]))

    def distinct(self, a: Args) -> Any:
        if a[0].type == "DISTINCT_ON":
            return Marked(("distinct_on", tuple(a[1])))
        return Marked(("distinct", a[0].type == "DISTINCT" or None))

    def select_list(self, a: Args) -> Any:
        return Marked(("items", tuple(a)))

    def select_item(self, a: Args) -> Any:
        return ast.SelectItem(a[0], a[-1] if len(a) > 1 else None, span_of(a[0]))

    def star_item(self, a: Args) -> Any:
        return ast.SelectItem(ast.Star(None, span_of(a[0])), None, span_of(a[0]))

    def bare_alias(self, a: Args) -> Any:
        return a[0]

    def from_clause(self, a: Args) -> Any:
        return Marked(("sources", tuple(a[1:])))

    def where(self, a: Args) -> Any:
        return Tail(("where", a[1], span_of(a[0])))

    def group_by(self, a: Args) -> Any:
        return Tail(("group_by", tuple(a[1]), span_of(a[0])))

    def having(self, a: Args) -> Any:
        return Tail(("having", a[1], span_of(a[0])))

    def windows(self, a: Args) -> Any:
        return Tail(("windows", tuple(a[1:]), span_of(a[0])))

    def named_window(self, a: Args) -> Any:
        return (a[0], a[2])

    def order_by(self, a: Args) -> Any:
        return Tail(("order_by", a[1], span_of(a[0])))

    def order_items(self, a: Args) -> Any:
        return tuple(a)

    def order_item(self, a: Args) -> Any:
        marks = words(a[1:])
        nulls = "FIRST" if "NULLS_FIRST" in marks else "LAST" if "NULLS_LAST" in marks else None
        return ast.OrderItem(a[0], "DESC" in marks, nulls, span_of(a[0]))

    def limit(self, a: Args) -> Any:
        count = None if isinstance(a[1], Token) else a[1]
        per = next((x[1] for x in a[2:] if isinstance(x, Marked)), None)
        options = next((x for x in a[2:] if type(x) is tuple), ())
        return Tail(("limit", (count, options, per), span_of(a[0])))

    def offset(self, a: Args) -> Any:
        return Tail(("offset", a[1], span_of(a[0])))

    def fetch(self, a: Args) -> Any:
        count = a[1] if not isinstance(a[1], Token) else ast.Literal(1, "integer")
        if isinstance(count, ast.Name) and count.parts[0] in ("first", "next"):
            count = ast.Literal(1, "integer")
        return Tail(("limit", (count, (), None), span_of(a[0])))

    def statement_as_of(self, a: Args) -> Any:
        return Tail(("as_of", a[0], a[0].span))

    def for_update(self, a: Args) -> Any:
        return Tail(("for_update", True, span_of(a[0])))

    def as_of_time(self, a: Args) -> Any:
        return ast.AsOf("time", a[1], cover(a[0], a[1]))

    def as_of_version(self, a: Args) -> Any:
        return ast.AsOf("version", a[1], cover(a[0], a[1]))

    def as_of_snapshot(self, a: Args) -> Any:
        return ast.AsOf("snapshot", a[1], cover(a[0], a[1]))

    # -------------------------------------------------------------- FROM

    def join(self, a: Args) -> Any:
        condition, value = a[3]
        return ast.Join(a[1], a[0], a[2], **{condition: value})

    def cross_join(self, a: Args) -> Any:
        return ast.Join("CROSS", a[0], a[2])

    def natural_join(self, a: Args) -> Any:
        return ast.Join(a[2], a[0], a[3], natural=True)

    def join_kind(self, a: Args) -> Any:
        return a[0].type.partition("_")[0].replace("JOIN", "INNER")

    def on(self, a: Args) -> Any:
        return ("on", a[1])

    def using(self, a: Args) -> Any:
        return ("using", tuple(a[1]))

    def table_ref(self, a: Args) -> Any:
        pieces = nodes(a)
        name, span = pieces[0]
        alias, columns, moment = None, (), None
        for piece in pieces[1:]:
            if piece[0] == "alias":
                alias, columns = piece[1]
            else:
                moment = piece[1]
                if piece[0] == "own_moment":
                    moment = replace(moment, kind="own " + moment.kind)
        return ast.TableRef(name, alias, columns, moment, span)

    def bare_moment(self, a: Args) -> Any:
        return Marked(("bare_moment", a[0]))

    def own_moment(self, a: Args) -> Any:
        return Marked(("own_moment", ast.AsOf("time", a[1], cover(a[0], a[1]))))

    def query_ref(self, a: Args) -> Any:
        alias, columns = _alias(a)
        return ast.QueryRef(nodes(a)[0], alias, columns, "LATERAL" in words(a))

    def call_ref(self, a: Args) -> Any:
        alias, columns = _alias(a)
        marks = words(a)
        call = first_of(a, ast.Call)
        return ast.CallRef(call, alias, columns, "LATERAL" in marks, "WITH_ORDINALITY" in marks, call.span)

    def alias(self, a: Args) -> Any:
        rest = nodes(a)
        return Marked(("alias", (str(rest[0]), tuple(rest[1]) if len(rest) > 1 else ())))

    def column_names(self, a: Args) -> Any:
        return a[0]

    # -------------------------------------------------------------- names and types

    def soft_name(self, a: Args) -> Any:
        return Name(a[0])

    any_name = soft_name

    def name(self, a: Args) -> Any:
        return a[0]

    def name_list(self, a: Args) -> Any:
        return [str(x) for x in a]

    def qualified(self, a: Args) -> Any:
        return (tuple(str(x) for x in a), cover(a[0].token, a[-1].token))

    def type(self, a: Args) -> Any:
        name, span = a[0]
        modifiers = next((x for x in a[1:] if type(x) is tuple), ())
        zone = next((str(x) for x in a[1:] if isinstance(x, Token)), "")
        arrays = any(isinstance(x, Marked) for x in a[1:])
        if zone:
            name = f"{name} {zone}"
        return ast.TypeName(name + ("[]" if arrays else ""), modifiers, span)

    def type_word(self, a: Args) -> Any:
        if isinstance(a[0], Token):
            return (str(a[0]), span_of(a[0]))
        return (".".join(str(x) for x in a), cover(a[0].token, a[-1].token))

    def array_mark(self, a: Args) -> Any:
        return Marked(("array", True))

    def integers(self, a: Args) -> Any:
        return tuple(int(x) for x in a)

    def options(self, a: Args) -> Any:
        return tuple(a[1:])

    def option(self, a: Args) -> Any:
        value = a[-1] if len(a) > 1 else ast.Literal(True, "boolean")
        return (a[0], value)

    def option_name(self, a: Args) -> Any:
        return ".".join(str(x) for x in a)


class Name(str):
    """A name that remembers its token, for spans."""

    __slots__ = ("token",)
    token: Token

    def __new__(cls, token: Token) -> Name:
        made = super().__new__(cls, token.value)
        made.token = token
        return made


def _alias(a: Args) -> tuple[str | None, tuple[str, ...]]:
    marked = next((x for x in a if isinstance(x, Marked)), None)
    return marked[1] if marked is not None else (None, ())


def _clauses(tails: Args) -> dict[str, Any]:
    """Collect clauses, each once; LIMIT's options become the statement's."""
    found: dict[str, Any] = {}
    for name, value, span in tails:
        if name in found:
            raise SyntaxError(f"{name.replace('_', ' ').upper()} is given twice", position=span[0] + 1)
        if name == "limit":
            value, *more = value
            found |= {key: x for key, x in zip(("options", "per"), more, strict=True) if x}
        found[name] = value
    return found


class ExpressionBuilder(QueryBuilder):
    """Rules of expressions."""

    def expressions(self, a: Args) -> Any:
        return list(a)

    def binary(self, a: Args) -> Any:
        left, op, right = a
        text = str(op).upper() if isinstance(op, Token) else op
        return ast.Binary("<>" if text == "!=" else text, left, right, cover(left, right))

    def unary(self, a: Args) -> Any:
        op, operand = a
        text = str(op).upper()
        return ast.Unary(text, operand, cover(op, operand))

    def operator(self, a: Args) -> Any:
        return str(a[-1])

    def is_test(self, a: Args) -> Any:
        text = str(a[1]).upper()
        test = "NULL" if text in ("ISNULL", "NOTNULL") else text.split()[-1]
        return ast.IsTest(a[0], test, "NOT" in text.split() or text == "NOTNULL", cover(a[0], a[1]))

    def quantified_comparison(self, a: Args) -> Any:
        op = "<>" if str(a[1]) == "!=" else str(a[1])
        return ast.Quantified(op, a[0], a[2].type, a[3], cover(a[0], a[3]))

    def bare_query(self, a: Args) -> Any:
        return ast.Subquery(a[0], span_of(a[0]))

    def between(self, a: Args) -> Any:
        return ast.Between(a[0], a[2], a[4], a[1].type == "NOT_BETWEEN", cover(a[0], a[4]))

    def in_list(self, a: Args) -> Any:
        return ast.In(a[0], tuple(a[2]), a[1].type == "NOT_IN", cover(a[0], a[2][-1]))

    def in_query(self, a: Args) -> Any:
        return ast.In(a[0], a[2], a[1].type == "NOT_IN", cover(a[0], a[1]))

    def like(self, a: Args) -> Any:
        word = a[1].type
        escape = a[4] if len(a) > 4 else None
        return ast.Like(a[0], a[2], word.startswith("NOT"), word.endswith("ILIKE"), escape, cover(a[0], a[2]))

    def cast(self, a: Args) -> Any:
        rest = nodes(a)
        return ast.Cast(rest[0], rest[1], cover(a[0], rest[1]))

    def subscript(self, a: Args) -> Any:
        return ast.Subscript(a[0], a[1], span=cover(a[0], a[1]))

    def slice(self, a: Args) -> Any:
        return ast.Subscript(
            a[0], a[1] if len(a) > 1 else None, a[2] if len(a) > 2 else None, True, span_of(a[0])
        )

    def collate(self, a: Args) -> Any:
        return ast.Collate(a[0], a[2][0], span_of(a[0]))

    def field(self, a: Args) -> Any:
        return ast.Field(a[0], str(a[1]), span_of(a[0]))

    def at_time_zone(self, a: Args) -> Any:
        return ast.Call(("timezone",), (a[2], a[0]), span=cover(a[0], a[2]))

    def literal(self, a: Args) -> Any:
        return a[0]

    def integer(self, a: Args) -> Any:
        return ast.Literal(int(a[0]), "integer", span_of(a[0]))

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
        index = int(text[1:]) - 1 if text != "?" else -1
        if text != "?" and index < 0:
            raise SyntaxError("there is no parameter $0", sqlstate="42P02", position=span_of(a[0])[0] + 1)
        return ast.Parameter(index, span_of(a[0]))

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
        return ast.Row(tuple(items))

    def exists(self, a: Args) -> Any:
        return ast.Exists(a[1], span_of(a[0]))

    def array(self, a: Args) -> Any:
        return ast.Array(tuple(a[1]) if len(a) > 1 else (), span_of(a[0]))

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
        return ast.Cast(literal, ast.TypeName(str(a[0])), cover(a[0], a[1]))

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
        arguments = next((x for x in a[1:] if type(x) is list), [])
        names = tuple(x[1][0] if isinstance(x, Marked) else None for x in arguments)
        bare = tuple(x[1][1] if isinstance(x, Marked) else x for x in arguments)
        return ast.Call(
            name, bare, "DISTINCT" in words(a), parts.get("order_by", ()), parts.get("filter"),
            parts.get("over"), names if any(names) else (), span,
        )  # fmt: skip

    def count_star(self, a: Args) -> Any:
        return self.call([a[0], [ast.Star()], *a[2:]])

    def arguments(self, a: Args) -> Any:
        flat: Args = []
        for x in a:
            flat += x[1] if isinstance(x, Marked) and x[0] == "words" else [x]
        return flat

    def named_argument(self, a: Args) -> Any:
        return Marked(("named", (str(a[0]), a[2])))

    def word_argument(self, a: Args) -> Any:
        return Marked(("words", nodes(a)))

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
            elif isinstance(x, Name):
                name = str(x)
            elif type(x) is list:
                partition = tuple(x)
            elif type(x) is tuple and a[place - 1].type == "ORDER_BY":
                order = x
        return ast.Window(partition, order, frame, name)

    def frame(self, a: Args) -> Any:
        return Marked(("frame", " ".join(str(x) for x in a)))

    def frame_word(self, a: Args) -> Any:
        return str(a[0])


class StatementBuilder(ExpressionBuilder):
    """Rules of statements."""

    # -------------------------------------------------------------- changes

    def insert(self, a: Args) -> Any:
        table, span = a[1]
        columns = next((tuple(x) for x in a[2:] if type(x) is list), ())
        query = next((x[1] for x in a if isinstance(x, Marked) and x[0] == "rows"), None)
        return ast.Insert(table, columns, query, first_of(a, ast.Conflict), _returning(a), span)

    def insert_alias(self, a: Args) -> Any:
        return Marked(("alias", str(a[1])))

    def insert_rows(self, a: Args) -> Any:
        return Marked(("rows", None if isinstance(a[0], Token) else a[0]))

    def conflict(self, a: Args) -> Any:
        columns = next((tuple(x) for x in a if type(x) is list), ())
        assignments, where = a[-1][1]
        return ast.Conflict(columns, assignments, where)

    def conflict_action(self, a: Args) -> Any:
        if a[0].type == "DO_NOTHING":
            return Marked(("do", ((), None)))
        return Marked(("do", (a[1][1], a[3] if len(a) > 3 else None)))

    def returning(self, a: Args) -> Any:
        return Marked(("returning", a[1][1]))

    def target_alias(self, a: Args) -> Any:
        return Marked(("alias", str(a[-1])))

    def update(self, a: Args) -> Any:
        table, span = next(x for x in a if type(x) is tuple)
        parts = {x[0]: x[1] for x in a if isinstance(x, Marked)}
        return ast.Update(
            table, parts.get("alias"), parts["set"], parts.get("sources", ()), _where(a),
            parts.get("returning", ()), span,
        )  # fmt: skip

    def assignments(self, a: Args) -> Any:
        return Marked(("set", tuple(a)))

    def assignment(self, a: Args) -> Any:
        return (str(a[0]), a[2])

    def delete(self, a: Args) -> Any:
        table, span = next(x for x in a if type(x) is tuple)
        parts = {x[0]: x[1] for x in a if isinstance(x, Marked)}
        sources = tuple(x for x in a if isinstance(x, ast.TableRef | ast.QueryRef | ast.Join | ast.CallRef))
        return ast.Delete(table, parts.get("alias"), sources, _where(a), parts.get("returning", ()), span)

    # -------------------------------------------------------------- definitions

    def create_table(self, a: Args) -> Any:
        words_ = str(a[0])
        columns = tuple(x for x in a if isinstance(x, ast.ColumnDefinition))
        keys = tuple(x[1] for x in a if isinstance(x, Marked) and x[0] == "key")
        options = next((x for x in a[2:] if type(x) is tuple and not isinstance(x, Marked)), ())
        query = first_of(a, (ast.Select, ast.Values, ast.SetOperation))
        name, span = a[1]
        return ast.CreateTable(
            name, columns, keys, options, "if not exists" in words_,
            "temp" in words_.split() or "temporary" in words_.split(), query, span,
        )  # fmt: skip

    def table_key(self, a: Args) -> Any:
        columns = next(tuple(x) for x in a if type(x) is list)
        return Marked(("key", ("PRIMARY_KEY" in words(a), columns)))

    def column_definition(self, a: Args) -> Any:
        name, type_ = str(a[0]), a[1]
        rules = dict(a[2:])
        identity = rules.get("IDENTITY")
        base = type_.name.removeprefix("pg_catalog.")
        if base in SERIALS:
            type_ = replace(type_, name=SERIALS[base])
            identity = "BY DEFAULT"
        default = rules.get("DEFAULT")
        return ast.ColumnDefinition(
            name, type_, "NOT_NULL" in rules, "PRIMARY_KEY" in rules, "UNIQUE" in rules,
            default, None, identity, a[0].token and span_of(a[0].token),
        )  # fmt: skip

    def column_constraint(self, a: Args) -> Any:
        return a[-1]

    def column_rule(self, a: Args) -> Any:
        token = a[0]
        value: Any = True
        if token.type == "IDENTITY":
            value = "ALWAYS" if "always" in str(token) else "BY DEFAULT"
        return (token.type, value)

    def column_default(self, a: Args) -> Any:
        return ("DEFAULT", a[1])

    def drop_table(self, a: Args) -> Any:
        return ast.DropTable(_names(a), "if exists" in str(a[0]), span_of(a[0]))

    def create_index(self, a: Args) -> Any:
        words_ = str(a[0])
        place = words(a).index("ON")
        name = str(a[1]) if isinstance(a[1], Name) else None
        rest = a[1:]
        table, span = next(x for x in rest if type(x) is tuple)
        using = next(
            (str(rest[i + 1]) for i, x in enumerate(rest) if isinstance(x, Token) and x.type == "USING"), None
        )
        after = rest[[i for i, x in enumerate(rest) if type(x) is tuple][0] + 1 :]
        options = next((x for x in after if type(x) is tuple), ())
        items = tuple(x for x in rest if isinstance(x, ast.IndexItem))
        del place
        return ast.CreateIndex(
            name, table, items, using, options, "unique" in words_.split(),
            "concurrently" in words_.split(), "if not exists" in words_, _where(a), span,
        )  # fmt: skip

    def index_item(self, a: Args) -> Any:
        opclass = next((str(x) for x in a[1:] if isinstance(x, Name)), None)
        return ast.IndexItem(a[0], opclass, "DESC" in words(a), span_of(a[0]))

    def drop_index(self, a: Args) -> Any:
        return ast.DropIndex(_names(a), "if exists" in str(a[0]), span_of(a[0]))

    def truncate(self, a: Args) -> Any:
        return ast.Truncate(_names(a), span_of(a[0]))

    def extension(self, a: Args) -> Any:
        words_ = str(a[0])
        return ast.Extension(str(a[1]), words_.startswith("drop"), "exists" in words_, span_of(a[0]))

    def snapshot(self, a: Args) -> Any:
        return ast.Snapshot(str(a[1]), str(a[0]).startswith("drop"), span_of(a[0]))

    # -------------------------------------------------------------- the session

    def explain(self, a: Args) -> Any:
        options = a[1][1] if isinstance(a[1], Marked) else ()
        return ast.Explain(a[-1], options, span_of(a[0]))

    def explain_options(self, a: Args) -> Any:
        return Marked(("options", tuple(x for x in a if x)))

    def explain_option(self, a: Args) -> Any:
        value = str(a[1]).lower() if len(a) > 1 else "on"
        return "" if value in ("off", "false", "0") else str(a[0]).lower()

    def explain_word(self, a: Args) -> Any:
        return str(a[0])

    def begin(self, a: Args) -> Any:
        moment = first_of(a, ast.AsOf)
        return ast.Begin("read only" in [str(x) for x in a[1:]] or moment is not None, moment, span_of(a[0]))

    def commit(self, a: Args) -> Any:
        return ast.Commit(span_of(a[0]))

    def rollback(self, a: Args) -> Any:
        return ast.Rollback(str(a[1]) if len(a) > 1 else None, span_of(a[0]))

    def savepoint(self, a: Args) -> Any:
        return ast.Savepoint(str(a[1]), a[0].type == "RELEASE", span_of(a[0]))

    def set(self, a: Args) -> Any:
        value = a[-1]
        return ast.Set(
            a[1], None if value.lower() == "default" else value, a[0].type == "SET_LOCAL", span_of(a[0])
        )

    def set_time_zone(self, a: Args) -> Any:
        return ast.Set("timezone", a[-1], a[0].type == "SET_LOCAL", span_of(a[0]))

    def set_transaction(self, a: Args) -> Any:
        return ast.Set("transaction_mode", " ".join(str(x) for x in a[1:]), span=span_of(a[0]))

    def setting_name(self, a: Args) -> Any:
        return ".".join(str(x) for x in a)

    def setting_values(self, a: Args) -> Any:
        return ", ".join(a)

    def setting_value(self, a: Args) -> Any:
        return "".join(str(x) for x in a)

    def reset(self, a: Args) -> Any:
        return ast.Set(a[1], None, span=span_of(a[0]))

    def show(self, a: Args) -> Any:
        return ast.Show(str(a[1]), span_of(a[0]))

    def vacuum(self, a: Args) -> Any:
        options = next((x[1] for x in a if isinstance(x, Marked)), ())
        table = next((x[0] for x in a if type(x) is tuple), None)
        return ast.Vacuum(table, a[0].type == "ANALYZE", "full" in options, span_of(a[0]))

    def copy(self, a: Args) -> Any:
        is_from = "FROM_STDIN" in words(a)
        query = first_of(a, (ast.Select, ast.Values, ast.SetOperation))
        table = next((x[0] for x in a if type(x) is tuple), None)
        columns = next((tuple(x) for x in a if type(x) is list), ())
        options = next((x[1] for x in a if isinstance(x, Marked)), ())
        return ast.Copy(table, columns, is_from, query, options, span_of(a[0]))

    def copy_options(self, a: Args) -> Any:
        return Marked(("options", tuple(x for x in a if type(x) is tuple)))

    def copy_words(self, a: Args) -> Any:
        options = [x for x in a if type(x) is tuple]
        return Marked(("options", tuple(COPY_OLD_WORDS.get(n, (n, v)) for n, v in options)))

    def copy_option(self, a: Args) -> Any:
        rest = [x for x in a if not (isinstance(x, Token) and x.type == "AS")]
        return (str(rest[0]).lower(), str(rest[1]) if len(rest) > 1 else "true")

    def discard(self, a: Args) -> Any:
        return ast.Discard(str(a[0]).upper(), str(a[1]) if len(a) > 1 else None, span_of(a[0]))


def _returning(a: Args) -> Any:
    return next((x[1] for x in a if isinstance(x, Marked) and x[0] == "returning"), ())


def _where(a: Args) -> Any:
    for place, x in enumerate(a):
        if isinstance(x, Token) and x.type == "WHERE":
            return a[place + 1]
    return None


def _names(a: Args) -> tuple[tuple[str, ...], ...]:
    return tuple(x[0] for x in a if type(x) is tuple)


def unsupported(feature: str, position: int) -> NotSupportedError:
    """Return the error for a statement VQL does not have."""
    return NotSupportedError(f"{feature} is not supported yet", position=position + 1)
