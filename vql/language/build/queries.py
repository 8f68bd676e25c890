"""Rules of queries: one method a rule of grammar/vql.lark."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from lark import Token

from vql.errors import NotSupportedError, ProgrammingError, SyntaxError
from vql.language import ast
from vql.language.build.pieces import (
    Args,
    Marked,
    NameToken,
    Tail,
    alias_of,
    behind_with,
    clauses_of,
    column_name,
    cover,
    interval_modifiers,
    left_joined,
    nodes,
    plain_query,
    span_of,
    words,
)
from vql.naming import refuse_reserved

MODIFIER_DIGITS_MAX = 10


def _check_one_call(definitions: ast.Definitions, calls: Sequence[ast.Call], marks: Collection[str]) -> None:
    """Raise 42601 where a list of columns with their types stands behind more than one call."""
    hint = "Put a separate column definition list for each function inside ROWS FROM()."
    if len(calls) > 1:
        text = "ROWS FROM() with multiple functions cannot have a column definition list"
    elif calls[0].name[-1] == "unnest" and len(calls[0].arguments) > 1:
        text = "UNNEST() with multiple arguments cannot have a column definition list"
        hint = (
            "Use separate UNNEST() calls inside ROWS FROM(), and attach a column definition list to each one."
        )
    elif "WITH_ORDINALITY" in marks:
        text = "WITH ORDINALITY cannot be used with a column definition list"
        hint = "Put the column definition list inside ROWS FROM()."
    else:
        return
    raise SyntaxError(text, hint=hint, position=definitions[0][1].span[0] + 1)


class QueryRules:
    """Rules of queries."""

    def start(self, a: Args) -> Any:
        return a[0] if a else None

    def query(self, a: Args) -> Any:
        if len(a) == 1:
            return a[0]
        recursive, tables, span = a[0]
        if a[1].with_:
            raise SyntaxError("multiple WITH clauses not allowed", position=span[0] + 1)
        return behind_with(recursive, tables, a[1])

    def with_clause(self, a: Args) -> Any:
        return ("RECURSIVE" in words(a), tuple(nodes(a)), span_of(a[0]))

    def search(self, a: Args) -> Any:
        kind = a[0].type.split("_")[1].lower()
        return ast.Walk(kind, tuple(a[1]), (str(a[3]),), span=cover(a[0], a[-1].token))

    def cycle(self, a: Args) -> Any:
        marks = (a[5], a[7]) if len(a) > 6 else ()
        return ast.Walk("cycle", tuple(a[1]), (str(a[3]), str(a[-1])), marks, cover(a[0], a[-1].token))

    def common_table(self, a: Args) -> Any:
        walks = tuple(x for x in a if isinstance(x, ast.Walk))
        a = a[: len(a) - len(walks)]
        columns = next((tuple(x) for x in a if type(x) is list), ())
        if isinstance(a[-1], ast.WithChanges):
            plain_query(a[-1])
        if isinstance(a[-1], ast.Change):
            return ast.CommonChange(str(a[0]), columns, a[-1], cover(a[0].token, a[0].token))
        materialized = next((x[1] for x in a if isinstance(x, Marked)), None)
        return ast.CommonTable(str(a[0]), columns, a[-1], materialized, cover(a[0].token, a[0].token), walks)

    def materialized(self, a: Args) -> Any:
        return Marked(("materialized", a[0].type == "MATERIALIZED"))

    def parens(self, a: Args) -> Any:
        return plain_query(a[0])

    def bracketed(self, a: Args) -> Any:
        return Marked(("bracketed", (a[0], a[1:])))

    def set_operator(self, a: Args) -> Any:
        return (a[0].type, len(a) > 1 and a[1].type == "ALL", span_of(a[0]))

    def set_operations(self, a: Args) -> Any:
        operands, operators = a[0::2], a[1::2]
        for operand, (_, _, span) in zip(operands, operators, strict=False):
            if _clauses_behind(operand):
                raise SyntaxError("a set operation cannot follow this clause", position=span[0] + 1)
        operands[-1], clauses = _without_clauses(operands[-1])
        queries = [x[1][0] if isinstance(x, Marked) else x for x in operands]
        # INTERSECT binds tighter than the others.
        left, rest = queries[0], list[tuple[Any, Any]]()
        for op, query in zip(operators, queries[1:], strict=True):
            if op[0] != "INTERSECT":
                rest.append((op, query))
            elif rest:
                rest[-1] = (rest[-1][0], _combined(rest[-1][1], op, query))
            else:
                left = _combined(left, op, query)
        found = left_joined(left, rest, _combined, lambda op: op[0] == "UNION" and op[:2])
        return replace(found, **clauses) if clauses else found

    def tailed(self, a: Args) -> Any:
        query = a[0]
        if len(a) == 1:
            return query
        clauses = clauses_of(a[1:])
        _check_behind_brackets(query, clauses, a[1:])
        busy = [k for k in clauses if getattr(query, k, None)]
        if busy:
            inner = ast.QueryRef(query, "query")
            _check_behind_brackets(None, clauses, a[1:])
            return ast.Select((ast.SelectItem(ast.Star()),), (inner,), **clauses)
        return replace(query, **clauses)

    def literal_values(self, a: Args) -> Any:
        values = self.values([a[0], *a[2:]])
        return replace(values, rows=ast.LiteralRows(str(a[1]), span_of(a[1])))

    def values(self, a: Args) -> Any:
        rows = tuple(x for x in a[1:] if not isinstance(x, Tail))
        clauses = clauses_of([x for x in a if isinstance(x, Tail)])
        if clauses.keys() - {*OF_THE_WHOLE}:
            raise SyntaxError("this clause cannot follow VALUES", position=span_of(a[0])[0] + 1)
        return ast.Values(rows, **clauses, span=span_of(a[0]))

    def whole_table(self, a: Args) -> Any:
        """`TABLE name` is `SELECT * FROM name`."""
        clauses = clauses_of([x for x in a if isinstance(x, Tail)])
        name, span = a[1]
        source = ast.TableRef(name, span=span)
        item = ast.SelectItem(ast.Star(None, span_of(a[0])), None, span_of(a[0]))
        return ast.Select((item,), (source,), **clauses, span=span_of(a[0]))

    def value_row(self, a: Args) -> Any:
        return tuple(a)

    def default(self, a: Args) -> Any:
        return ast.Default(span_of(a[0]))

    def select(self, a: Args) -> Any:
        fields: dict[str, Any] = {"items": ()}
        fields |= {x[0]: x[1] for x in a[1:] if isinstance(x, Marked) and x[1] is not None}
        fields |= clauses_of([x for x in a if isinstance(x, Tail)])
        return _lifted(ast.Select(**fields, span=(span_of(a[0])[0], span_of(a[-1])[1])))

    def distinct(self, a: Args) -> Any:
        if a[0].type == "DISTINCT_ON":
            return Marked(("distinct_on", tuple(a[1])))
        return Marked(("distinct", a[0].type == "DISTINCT" or None))

    def select_list(self, a: Args) -> Any:
        return Marked(("items", tuple(a)))

    def select_item(self, a: Args) -> Any:
        return ast.SelectItem(a[0], str(a[-1]) if len(a) > 1 else None, span_of(a[0]))

    def star_item(self, a: Args) -> Any:
        return ast.SelectItem(ast.Star(None, span_of(a[0])), None, span_of(a[0]))

    def bare_alias(self, a: Args) -> Any:
        return NameToken(a[0])

    def from_clause(self, a: Args) -> Any:
        return Marked(("sources", tuple(a[1:])))

    def where(self, a: Args) -> Any:
        return Tail(("where", a[1], span_of(a[0])))

    def group_by(self, a: Args) -> Any:
        items = tuple(nodes(a))
        if "DISTINCT" in words(a):
            items = (ast.Call(("distinct sets",), items, span=span_of(a[0])),)
        return Tail(("group_by", items, span_of(a[0])))

    def empty_group(self, a: Args) -> Any:
        return ast.Row((), ast.NOWHERE)

    def grouping_sets(self, a: Args) -> Any:
        return ast.Call(("grouping sets",), tuple(nodes(a)), span=span_of(a[0]))

    def having(self, a: Args) -> Any:
        return Tail(("having", a[1], span_of(a[0])))

    def windows(self, a: Args) -> Any:
        return Tail(("windows", tuple(a[1:]), span_of(a[0])))

    def named_window(self, a: Args) -> Any:
        return (str(a[0]), a[2])

    def order_by(self, a: Args) -> Any:
        return Tail(("order_by", a[1], span_of(a[0])))

    def order_items(self, a: Args) -> Any:
        return tuple(a)

    def order_item(self, a: Args) -> Any:
        marks = words(a[1:])
        if "USING" in marks:
            marks += [_direction(a[2])]
        nulls = "FIRST" if "NULLS_FIRST" in marks else "LAST" if "NULLS_LAST" in marks else None
        return ast.OrderItem(a[0], "DESC" in marks, nulls, span_of(a[0]))

    def limit(self, a: Args) -> Any:
        count = None if isinstance(a[1], Token) else a[1]
        per = next((x[1] for x in a[2:] if isinstance(x, Marked)), None)
        options = next((x for x in a[2:] if type(x) is tuple), ())
        return Tail(("limit", (count, options, per, None), span_of(a[0])))

    def offset(self, a: Args) -> Any:
        return Tail(("offset", a[1], span_of(a[0])))

    def fetch(self, a: Args) -> Any:
        count = a[1] if not isinstance(a[1], Token) else ast.Literal(1, "integer")
        # The word WITH of ROW WITH TIES or ROWS WITH TIES stands so far before its end.
        ties = (
            (span_of(a[-1])[1] - len("with ties"), span_of(a[-1])[1]) if a[-1].type == "WITH_TIES" else None
        )
        return Tail(("limit", (count, (), None, ties), span_of(a[0])))

    def statement_as_of(self, a: Args) -> Any:
        return Tail(("as_of", a[0], a[0].span))

    def locking(self, a: Args) -> Any:
        tables = [x for x in a if isinstance(x, NameToken)]
        last = (
            str(a[-1].type).removesuffix("_LOCKED").lower() if len(a) > 1 and isinstance(a[-1], Token) else ""
        )
        span = span_of(a[0])
        places = tuple(span_of(name.token)[0] + 1 for name in tables)
        strength = str(a[0]).removeprefix("for ")
        return Tail(("locking", ast.Locking(strength, last, tuple(map(str, tables)), places, span), span))

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

    def frame_ref(self, a: Args) -> Any:
        alias, columns = alias_of(a)
        text, span = str(a[0]), span_of(a[0])
        frame = ast.Parameter(-1 if text == "?" else int(text[1:]) - 1, span)
        return ast.TableRef((text,), alias, columns, span=span, frame=frame)

    def bare_moment(self, a: Args) -> Any:
        return Marked(("bare_moment", a[0]))

    def own_moment(self, a: Args) -> Any:
        return Marked(("own_moment", ast.AsOf("time", a[1], cover(a[0], a[1]))))

    def changes_between(self, a: Args) -> Any:
        span = cover(a[0], a[1])
        return Marked(("own_moment", replace(a[1], until=a[3], span=span)))

    def moment_bound(self, a: Args) -> Any:
        kind = str(a[0]) if len(a) > 1 else "time"
        return ast.AsOf(kind, a[-1], span_of(a[0]))

    def query_ref(self, a: Args) -> Any:
        alias, columns = alias_of(a)
        return ast.QueryRef(nodes(a)[0], alias, columns, "LATERAL" in words(a))

    def call_ref(self, a: Args) -> Any:
        alias, columns = alias_of(a)
        marks = words(a)
        for x in nodes(a):
            made = x[0] if type(x) is tuple else x
            if isinstance(made, ast.SqlJson):
                what = f"{made.call.name[-1].upper()}() in FROM"
                raise NotSupportedError(f"{what} is not supported yet", position=made.span[0] + 1)
        pairs = [
            (x, ()) if isinstance(x, ast.Call) else x
            for x in a
            if isinstance(x, ast.Call) or type(x) is tuple
        ]
        calls, definitions = (tuple(each) for each in zip(*pairs, strict=True))
        if columns and isinstance(columns[0], tuple):
            _check_one_call(columns, calls, marks)
            columns, definitions = (), (columns,)
        return ast.CallRef(
            calls, alias, columns, "LATERAL" in marks, "WITH_ORDINALITY" in marks,
            definitions if any(definitions) else (), calls[0].span,
        )  # fmt: skip

    def rows_of(self, a: Args) -> Any:
        return a[0], tuple(a[-1]) if len(a) > 1 else ()

    def alias(self, a: Args) -> Any:
        rest = nodes(a)
        refuse_reserved(str(rest[0]), span_of(rest[0].token)[0] + 1)
        return Marked(("alias", (str(rest[0]), tuple(rest[1]) if len(rest) > 1 else ())))

    def column_names(self, a: Args) -> Any:
        return a[0]

    def typed_alias(self, a: Args) -> Any:
        *name, types = nodes(a)
        for each in name:
            refuse_reserved(str(each), span_of(each.token)[0] + 1)
        return Marked(("alias", (str(name[0]) if name else None, tuple(types))))

    def column_types(self, a: Args) -> Any:
        return list(a)

    def column_type(self, a: Args) -> Any:
        return (str(a[0]), replace(a[1], span=span_of(a[0].token)))

    # -------------------------------------------------------------- names and types

    def soft_name(self, a: Args) -> Any:
        return NameToken(a[0])

    any_name = function_name = soft_name

    def name(self, a: Args) -> Any:
        return a[0]

    def name_list(self, a: Args) -> Any:
        return [column_name(x) for x in a]

    def qualified(self, a: Args) -> Any:
        return (tuple(str(x) for x in a), cover(a[0].token, a[-1].token))

    def type(self, a: Args) -> Any:
        name, span = a[0]
        modifiers = next((x for x in a[1:] if type(x) is tuple), ())
        written = {x.type: x for x in a[1:] if isinstance(x, Token)}
        dimensions = sum(isinstance(x, Marked) for x in a[1:])
        if "TYPE_ZONE" in written:
            name = f"{name} {written['TYPE_ZONE']}"
        if "INTERVAL_FIELDS" in written:
            modifiers = interval_modifiers(written["INTERVAL_FIELDS"], modifiers)
        return ast.TypeName(name + "[]" * bool(dimensions), modifiers, span, dimensions)

    def type_word(self, a: Args) -> Any:
        if isinstance(a[0], Token):
            return (str(a[0]), span_of(a[0]))
        span = cover(a[0].token, a[-1].token)
        name = ".".join(f'"{x}"' if "." in x else str(x) for x in a)
        # Quotes tell "char" from char, and a dot in a name from one behind a schema.
        return (f'"{name}"' if len(a) == 1 and span[1] - span[0] == len(name) + 2 else name, span)

    def array_mark(self, a: Args) -> Any:
        return Marked(("array", True))

    def modifier(self, a: Args) -> Any:
        return a[1].update(value=f"-{a[1]}") if len(a) > 1 else a[0]

    def modifiers(self, a: Args) -> Any:
        return self.integers(a)

    def integers(self, a: Args) -> Any:
        for x in a:
            if len(x.lstrip("-")) > MODIFIER_DIGITS_MAX:
                raise SyntaxError(f'syntax error at or near "{x[:20]}..."', position=span_of(x)[0] + 1)
        return tuple(int(x) for x in a)

    def options(self, a: Args) -> Any:
        return tuple(a[1:])

    def option(self, a: Args) -> Any:
        value = a[-1] if len(a) > 1 else ast.Literal(True, "boolean")
        return (a[0], ast.Name(("on",)) if isinstance(value, Token) else value)

    def option_name(self, a: Args) -> Any:
        return ".".join(str(x) for x in a)


# Operators of the classes that compare texts byte by byte.
OTHER_ORDERS = frozenset({"~<~", "~>~"})
# What belongs to the whole of a set operation where it stands behind the last of its queries.
OF_THE_WHOLE = ("order_by", "limit", "offset", "as_of", "ties")


def _lifted(select: ast.Select) -> ast.Select:
    """Return a query with the bare AS OF behind the last table of FROM as a clause of its own."""
    path, last = [], select.sources[-1] if select.sources else None
    while isinstance(last, ast.Join):
        path.append(last)
        last = last.right
    if not isinstance(last, ast.TableRef) or last.as_of is None or last.alias is not None:
        return select
    if last.as_of.kind.startswith("own ") or select.as_of is not None:
        return select
    bare: Any = replace(last, as_of=None)
    for join in reversed(path):
        bare = replace(join, right=bare)
    return replace(select, sources=(*select.sources[:-1], bare), as_of=last.as_of)


def _combined(left: Any, op: Any, right: Any) -> Any:
    return ast.SetOperation(op[0], op[1], left, right)


def _clauses_behind(operand: Any) -> bool:
    """Whether ORDER BY, LIMIT or OFFSET stand behind an operand, where only the last may have them."""
    if isinstance(operand, Marked):
        return bool(operand[1][1])
    return any(getattr(operand, name) for name in OF_THE_WHOLE[:3])


def _without_clauses(operand: Any) -> tuple[Any, dict[str, Any]]:
    """Return the last operand without the clauses of the whole, and those."""
    if isinstance(operand, Marked):
        query, tails = operand[1]
        clauses = clauses_of(tails)
        _check_behind_brackets(None, clauses, tails)
        return query, clauses
    taken = {name: value for name in OF_THE_WHOLE if (value := getattr(operand, name))}
    empty = {name: () if name == "order_by" else None for name in taken}
    return replace(operand, **empty) if taken else operand, taken


def _check_behind_brackets(query: Any, clauses: dict[str, Any], tails: Args) -> None:
    more = ("options",) if isinstance(query, ast.Select) else ()
    if clauses.keys() - {*OF_THE_WHOLE, *more}:
        raise SyntaxError("this clause cannot follow a query in brackets", position=tails[0][2][0] + 1)


def _direction(operator: Token) -> str:
    """Return the direction that ORDER BY ... USING means. Raises 42809, 0A000 for other classes'."""
    text = str(operator)
    if text in ("<", ">"):
        return "ASC" if text == "<" else "DESC"
    position = span_of(operator)[0] + 1
    if text in OTHER_ORDERS:
        raise NotSupportedError(f"ORDER BY USING {text} is not supported yet", position=position)
    raise ProgrammingError(
        f"operator {text} is not a valid ordering operator", sqlstate="42809", position=position,
        hint='Ordering operators must be "<" or ">" members of btree operator families.',
    )  # fmt: skip
