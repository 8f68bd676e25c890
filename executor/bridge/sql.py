"""Syntax trees as text in DuckDB's dialect: the last step before the relational bridge.

Every operand is bracketed and every name quoted, so precedence and keywords never differ. What
Postgres means and DuckDB does not (integer division, `<->`, `~`, sum(bigint), to_char formats) is
written as a call of a macro of `vql.executor.bridge.macros`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vql.deadline import watched
from vql.errors import NotSupportedError, UndefinedFunction
from vql.executor.bridge.functions import (
    ALLOWED,
    BRIDGE,
    DISTANCES,
    RENAMED,
    called,
    check_schema,
    has_aggregate,
    once,
    undefined_function,
)
from vql.executor.bridge.long import condition, operands
from vql.executor.bridge.values import number, quoted, string, value_text
from vql.language import ast
from vql.language.ast.calls import SERIES
from vql.types.type import BIT, BOOLEAN, INTEGER, NUMERIC, UNKNOWN, VECTOR, Type, type_named

MACRO_OPERATORS = {
    "<->": "vql__l2", "<=>": "vql__cosine", "<#>": "vql__ip", "<+>": "vql__l1",
    "<~>": "vql__hamming", "<%>": "vql__jaccard", "%": "vql__mod",
    "^": "pow", "#": "xor", "@>": "vql__contains", "?": "vql__has_key",
}  # fmt: skip
BARE = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
SESSION_WORDS = {
    "current_user": "vql__user", "session_user": "vql__user", "user": "vql__user",
    "current_role": "vql__user", "current_catalog": "vql__database", "current_database": "vql__database",
}  # fmt: skip
# Operands that DuckDB casts to a list of numbers by itself.
PLAIN = (ast.Literal, ast.Array, ast.VectorLiteral, ast.Parameter)
REGEXES = {"~": ("", False), "!~": ("", True), "~*": ("i", False), "!~*": ("i", True)}
LIKES = {"~~": ("LIKE", False), "!~~": ("LIKE", True), "~~*": ("ILIKE", False), "!~~*": ("ILIKE", True)}


class DuckPrinter:
    """Prints queries; `parameter` gives the text of a parameter, `lookups` maps of the catalog.

    `column_type` gives the SQL type of a column name of the query's tables, or None: it decides
    between integer and decimal division where DuckDB could not.
    """

    def __init__(
        self,
        parameter: Callable[[int], str],
        column_type: Callable[[str], Type | None],
        session: dict[str, str],
        function: Callable[[str, Sequence[str]], str | None] = lambda name, arguments: None,
    ) -> None:
        self._parameter = parameter
        self._column_type = column_type
        self._session = session
        self._function = function

    # -------------------------------------------------------------- queries

    def query(self, node: ast.Query) -> str:
        """Return a query's text."""
        match node:
            case ast.Select():
                body = self._select(node)
            case ast.Values(rows=tuple() as rows):
                body = "VALUES " + ", ".join(f"({self._list(row)})" for row in rows)
            case ast.SetOperation():
                word = node.op + (" ALL" if node.all else "")
                body = f" {word} ".join(f"({self.query(item)})" for item in operands(node))
        return self._with(node) + body + self._tail(node)

    def _with(self, node: ast.Query) -> str:
        if not node.with_:
            return ""
        items = []
        for table in node.with_:
            columns = f"({', '.join(map(quoted, table.columns))})" if table.columns else ""
            kept = {True: "MATERIALIZED ", False: "NOT MATERIALIZED ", None: ""}[table.materialized]
            items.append(f"{quoted(table.name)}{columns} AS {kept}({self.query(table.query)})")
        return f"WITH {'RECURSIVE ' if node.recursive else ''}{', '.join(items)} "

    def _select(self, node: ast.Select) -> str:
        parts = ["SELECT"]
        if node.distinct_on:
            parts.append(f"DISTINCT ON ({self._list(node.distinct_on)})")
        elif node.distinct:
            parts.append("DISTINCT")
        parts.append(", ".join(self._item(item) for item in node.items))
        if node.sources:
            parts.append("FROM " + ", ".join(self._source(source) for source in node.sources))
        if node.where is not None:
            parts.append("WHERE " + self.expression(condition(node.where)))
        if node.group_by:
            parts.append("GROUP BY " + self._list(node.group_by))
        if node.having is not None:
            parts.append("HAVING " + self.expression(condition(node.having)))
        if node.windows:
            named = (f"{quoted(name)} AS {self._window(window)}" for name, window in node.windows)
            parts.append("WINDOW " + ", ".join(named))
        return " ".join(parts)

    def _item(self, item: ast.SelectItem) -> str:
        text = self.expression(item.expression)
        if isinstance(item.expression, ast.Call) and item.expression.name[-1] == "generate_series":
            text = f"unnest({text})"
        return text if item.alias is None else f"{text} AS {quoted(item.alias)}"

    def _tail(self, node: ast.Query) -> str:
        text = ""
        if isinstance(node, ast.Select) and node.per is not None:
            raise NotSupportedError("LIMIT ... PER is supported for the nearest rows of one table")
        if node.order_by:
            text += " ORDER BY " + self._order(node.order_by)
        if node.limit is not None:
            text += " LIMIT " + self.expression(node.limit)
        if node.offset is not None:
            text += " OFFSET " + self.expression(node.offset)
        return text

    def _order(self, items: Sequence[ast.OrderItem]) -> str:
        return ", ".join(self._order_item(item) for item in items)

    def _order_item(self, item: ast.OrderItem) -> str:
        nulls = item.nulls or ("FIRST" if item.descending else "LAST")
        key = item.expression
        # A number is a position, never a value.
        text = (
            str(key.value) if isinstance(key, ast.Literal) and key.kind == "integer" else self.expression(key)
        )
        return f"{text} {'DESC' if item.descending else 'ASC'} NULLS {nulls}"

    def _source(self, node: ast.From) -> str:
        match node:
            case ast.TableRef(name=name):
                return ".".join(map(quoted, name[-1:])) + _alias(node.alias, node.columns)
            case ast.QueryRef(query=query):
                lateral = "LATERAL " if node.lateral else ""
                return f"{lateral}({self.query(query)}){_alias(node.alias, node.columns)}"
            case ast.CallRef():
                return self._rows_of_call(node)
            case ast.Join():
                return self._join(node)
        raise AssertionError(f"no source: {node}")

    def _rows_of_call(self, node: ast.CallRef) -> str:
        """Print a function in FROM: rows of one column, which Postgres names as their table."""
        call = node.call
        alias = node.alias or call.name[-1]
        if call.name[-1] in SERIES:
            text = self._call(call, gives_rows=True) + (" WITH ORDINALITY" if node.ordinality else "")
            return text + _alias(alias, node.columns or (() if node.ordinality else (alias,)))
        if node.ordinality:
            raise NotSupportedError(f"WITH ORDINALITY is not supported for {call.name[-1]}() yet")
        return f"(SELECT {self._call(call)}){_alias(alias, node.columns or (alias,))}"

    def _join(self, node: ast.Join) -> str:
        left, right = self._source(node.left), self._source(node.right)
        if isinstance(node.right, ast.Join):
            right = f"({right})"
        if node.kind == "CROSS":
            return f"{left} CROSS JOIN {right}"
        if node.natural:
            return f"{left} NATURAL {node.kind} JOIN {right}"
        if node.using:
            return f"{left} {node.kind} JOIN {right} USING ({', '.join(map(quoted, node.using))})"
        assert node.on is not None
        return f"{left} {node.kind} JOIN {right} ON {self.expression(condition(node.on))}"

    def _window(self, window: ast.Window) -> str:
        parts = [quoted(window.name)] if window.name else []
        if window.partition_by:
            parts.append("PARTITION BY " + self._list(window.partition_by))
        if window.order_by:
            parts.append("ORDER BY " + self._order(window.order_by))
        if window.frame:
            parts.append(window.frame)
        return f"({' '.join(parts)})"

    # -------------------------------------------------------------- expressions

    def _list(self, items: Sequence[ast.Expression]) -> str:
        return ", ".join(self.expression(item) for item in watched(items))

    def expression(self, node: ast.Expression) -> str:
        """Return an expression's text, bracketed where it needs to be."""
        match node:
            case ast.Literal():
                return _literal(node)
            case ast.Parameter(index=index):
                return self._parameter(index)
            case ast.Name(parts=parts):
                return ".".join(map(quoted, parts[-2:]))
            case ast.Star(table=table):
                return "*" if table is None else f"{quoted(table)}.*"
            case ast.Unary(op=op, operand=operand):
                return f"({op} {self.expression(operand)})"
            case ast.Binary():
                return self._binary(node)
            case ast.IsTest(operand=operand, test=test, negated=negated):
                word = "NULL" if test == "UNKNOWN" else test
                return f"({self.expression(operand)} IS {'NOT ' if negated else ''}{word})"
            case ast.In():
                return self._in(node)
            case ast.Between(operand=operand, low=low, high=high, negated=negated):
                word = "NOT BETWEEN" if negated else "BETWEEN"
                bounds = f"{self.expression(low)} AND {self.expression(high)}"
                return f"({self.expression(operand)} {word} {bounds})"
            case ast.Like():
                return self._like(node)
            case ast.Quantified():
                return self._quantified(node)
            case ast.Call():
                return self._call(node)
            case ast.Cast():
                return self._cast(node)
            case ast.Case():
                return self._case(node)
            case ast.Array(items=items):
                return f"[{self._list(items)}]"
            case ast.VectorLiteral(text=text):
                return f"CAST({string(text)} AS FLOAT[{text.count(',') + 1}])"
            case ast.Row(items=items):
                return f"({self._list(items)})" if len(items) > 1 else f"row({self._list(items)})"
            case ast.Subscript():
                return self._subscript(node)
            case ast.Field(operand=operand, name=name):
                return f"({self.expression(operand)}).{quoted(name)}"
            case ast.Subquery(query=query):
                return f"({self.query(query)})"
            case ast.Exists(query=query):
                return f"EXISTS ({self.query(query)})"
            case ast.ArrayQuery(query=query):
                return f"ARRAY({self.query(query)})"
            case ast.Extract(field=field, operand=operand):
                return f"date_part({string(field)}, {self.expression(operand)})"
            case ast.Collate(operand=operand):
                return self.expression(operand)  # strings compare by code point: collation "C"
        raise NotSupportedError(f"{type(node).__name__} is not supported in this expression yet")

    def _binary(self, node: ast.Binary) -> str:
        left, right = self._pair(node)
        if node.op == "/":
            whole = self._is_integer(node.left) and self._is_integer(node.right)
            plain = not has_aggregate(node.left) and not has_aggregate(node.right)
            name = "vql__int_div" if whole else "vql__div" if plain else "vql__float_div"
            return called(name, (left, right), node)
        if node.op in REGEXES:
            flags, negated = REGEXES[node.op]
            text = f"regexp_matches({left}, {right}{', ' + string(flags) if flags else ''})"
            return f"(NOT {text})" if negated else text
        if node.op in LIKES:
            word, negated = LIKES[node.op]
            return f"({left} {'NOT ' if negated else ''}{word} {right})"
        if node.op == "<@":
            return called("vql__contains", (right, left), node)
        if node.op in MACRO_OPERATORS:
            return called(MACRO_OPERATORS[node.op], (left, right), node)
        vectors = self._vector_type(node) if node.op in VECTOR_OPERATORS else UNKNOWN
        if vectors.is_dense:
            if not vectors.base.duck_is_list and has_aggregate(node):
                # DuckDB chooses no overload beside an aggregate, and takes minutes to find out.
                raise NotSupportedError(f"{node.op} of aggregates of {vectors} is not supported yet")
            return called(VECTOR_OPERATORS[node.op], (left, right), node)
        return f"({left} {node.op} {right})"

    def _pair(self, node: ast.Binary) -> tuple[str, str]:
        """Return both operands; a text beside a vector is a value of its type."""
        sides = (node.left, node.right)
        type_ = next((t for t in map(self._vector_type, sides) if t.is_vector), UNKNOWN)
        if not type_.is_vector or type_.base.duck_is_list:
            return self.expression(node.left), self.expression(node.right)
        left, right = (
            value_text(type_, type_.coerce(str(side.value)))
            if isinstance(side, ast.Literal) and side.kind == "string"
            else self.expression(side)
            for side in sides
        )
        return left, right

    def _vector_type(self, node: ast.Expression) -> Type:
        """Return which type of vector an expression is, as far as its form says, without dimensions;
        unknown where it is none."""
        found: Type | None = None
        match node:
            case ast.VectorLiteral():
                return VECTOR
            case ast.Literal(kind="bits"):
                return BIT
            case ast.Cast(type=type_):
                found = Type(type_.name)
            case ast.Name(parts=parts):
                found = self._column_type(parts[-1])
            case ast.Call(name=name, arguments=(first, *_)) if name[-1] in KEEPS_TYPE:
                found = self._vector_type(first)
            case ast.Binary(op=op, left=left, right=right) if op in VECTOR_OPERATORS:
                found = self._vector_type(left)
                found = found if found.is_vector else self._vector_type(right)
        return found.sized(None) if found is not None and found.is_vector else UNKNOWN

    def _is_integer(self, node: ast.Expression) -> bool:
        """Whether an expression is surely of an integer type."""
        match node:
            case ast.Literal(kind=kind):
                return kind == "integer"
            case ast.Name(parts=parts):
                found = self._column_type(parts[-1])
                return found is not None and found.is_integer
            case ast.Call(name=name, arguments=arguments):
                if name[-1] in ("count", "length", "row_number", "rank", "dense_rank"):
                    return True
                return name[-1] in ("sum", "min", "max", "abs") and all(map(self._is_integer, arguments))
            case ast.Binary(op="+" | "-" | "*" | "/" | "%", left=left, right=right):
                return self._is_integer(left) and self._is_integer(right)
            case ast.Unary(op="-" | "+", operand=operand):
                return self._is_integer(operand)
        return False

    def _in(self, node: ast.In) -> str:
        word = "NOT IN" if node.negated else "IN"
        if isinstance(node.items, ast.LiteralList):
            return f"({self.expression(node.operand)} {word} {node.items.text})"
        items = self._list(node.items) if isinstance(node.items, tuple) else self.query(node.items)
        return f"({self.expression(node.operand)} {word} ({items}))"

    def _like(self, node: ast.Like) -> str:
        word = ("NOT " if node.negated else "") + ("ILIKE" if node.ignore_case else "LIKE")
        escape = self.expression(node.escape) if node.escape is not None else "'\\'"
        return f"({self.expression(node.operand)} {word} {self.expression(node.pattern)} ESCAPE {escape})"

    def _quantified(self, node: ast.Quantified) -> str:
        left = self.expression(node.left)
        if isinstance(node.right, ast.Subquery):
            return f"({left} {node.op} {node.quantifier} ({self.query(node.right.query)}))"
        right = self.expression(node.right)
        if node.op in REGEXES or node.op in LIKES:
            inner = self._binary(ast.Binary(node.op, ast.Name(("vql__a",)), ast.Name(("vql__b",))))
            fold = "list_bool_or" if node.quantifier == "ANY" else "list_bool_and"
            inner = inner.replace('"vql__a"', left).replace('"vql__b"', "vql__i")
            return f"{fold}(list_transform({right}, lambda vql__i: {inner}))"
        return f"({left} {node.op} {node.quantifier} ({right}))"

    def _case(self, node: ast.Case) -> str:
        parts = ["CASE"] + ([self.expression(node.operand)] if node.operand is not None else [])
        parts += [f"WHEN {self.expression(w)} THEN {self.expression(t)}" for w, t in node.whens]
        if node.otherwise is not None:
            parts.append(f"ELSE {self.expression(node.otherwise)}")
        return f"({' '.join(parts)} END)"

    def _subscript(self, node: ast.Subscript) -> str:
        low = self.expression(node.index) if node.index is not None else ""
        high = self.expression(node.high) if node.high is not None else ""
        inside = f"{low}:{high}" if node.is_slice else low
        return f"({self.expression(node.operand)})[{inside}]"

    def _cast(self, node: ast.Cast) -> str:
        operand, type_ = node.operand, type_named(node.type.name, node.type.modifiers)
        base = type_.base
        if base.names_object:
            found = self._function(f"cast {type_.name}", [self.expression(operand)])
            if found is not None:
                return found
        literal = operand.kind if isinstance(operand, ast.Literal) else ""
        if literal and type_ == NUMERIC and literal in ("integer", "string", "decimal"):
            return value_text(type_, type_.coerce(str(operand.value)))  # type: ignore[union-attr]
        if literal in ("string", "bits") and type_.is_vector and not base.duck_is_list:
            return value_text(type_, base.cast(str(operand.value), type_.modifier))  # type: ignore[union-attr]
        if literal == "string" and type_.is_array:
            text = value_text(type_, type_.coerce(str(operand.value)))  # type: ignore[union-attr]
        else:
            text = self.expression(operand)
        source = self._vector_type(operand)
        if type_.is_string and source.base.duck_text:
            return f"{source.base.duck_text}({text})"
        if type_.is_integer and literal == "decimal":
            text = f"round_even({text}, 0)"
        # Beside an aggregate DuckDB cannot choose among a macro's overloads: a list needs none.
        if source.is_dense and not source.base.duck_is_list:
            text = f"({text}).halfs"
        plain = source.is_dense or isinstance(operand, PLAIN)
        return once(text, lambda value: base.duck_cast(value, type_.modifier, plain), node)

    def _call(self, node: ast.Call, *, gives_rows: bool = False) -> str:
        """Print a call, as a value or in FROM, where a series gives rows."""
        name = node.name[-1]
        check_schema(node)
        # Once: a call among the arguments would be printed twice as often at each level.
        arguments = [self.expression(argument) for argument in node.arguments]
        found = self._special(node, name, arguments)
        if found is not None:
            return found
        if name in DISTANCES:
            name = DISTANCES[name]
        elif name in RENAMED and not gives_rows:
            name = RENAMED[name]
        elif name not in ALLOWED and node.name[0] != BRIDGE:
            raise undefined_function(node, ", ".join(map(self._type_text, node.arguments)))
        for place, given in enumerate(node.argument_names):
            if given is not None:
                arguments[place] = f"{quoted(given)} := {arguments[place]}"
        summed = name in ("sum", "avg") and len(arguments) == 1
        vectors = self._vector_type(node.arguments[0]) if summed else UNKNOWN
        if vectors.is_vector and not vectors.is_dense:
            raise UndefinedFunction(f"function {name}({vectors}) does not exist", position=node.span[0] + 1)
        if vectors.is_dense:
            name, arguments = "list", [f"vql__to_vector({arguments[0]})"]
        inside = ("DISTINCT " if node.distinct else "") + ", ".join(arguments)
        if node.order_by:
            inside += " ORDER BY " + self._order(node.order_by)
        if inside == ", ".join(arguments) and name not in SERIES and not any(node.argument_names):
            text = called(name, arguments, node)
        else:
            text = f"{name}({inside})"
        if node.filter is not None:
            text += f" FILTER (WHERE {self.expression(node.filter)})"
        if node.over is not None:
            window = node.over
            bare = window.name and not (window.partition_by or window.order_by or window.frame)
            text += " OVER " + (quoted(window.name or "") if bare else self._window(window))
        if vectors.is_dense:
            folded, narrow = f"vql__vector_{node.name[-1]}({text})", vectors.base.duck_narrow
            return f"{narrow}({folded})" if narrow else folded
        return self._typed_aggregate(node, name, text, arguments[0]) if summed else text

    def _typed_aggregate(self, node: ast.Call, name: str, text: str, argument: str) -> str:
        """Give sum and avg the result types Postgres gives them."""
        operand = node.arguments[0]
        if has_aggregate(operand):
            return f"CAST({text} AS BIGINT)" if name == "sum" and self._is_integer(operand) else text
        if name == "sum":
            return f"vql__sum({text}, {argument})"
        if node.over is not None or node.filter is not None or node.distinct:
            return text
        return f"vql__avg({text}, sum({argument}), count({argument}), {argument})"

    def _type_text(self, node: ast.Expression) -> str:
        """Return the type of an argument as an error names it, as far as its form says."""
        found: Type | None = None
        match node:
            case ast.Literal(kind="integer"):
                found = INTEGER
            case ast.Literal(kind="decimal"):
                found = NUMERIC
            case ast.Literal(kind="bits"):
                found = BIT
            case ast.Literal(kind="boolean"):
                found = BOOLEAN
            case ast.Cast(type=type_):
                found = type_named(type_.name, type_.modifiers).sized(None)
            case ast.Name(parts=parts):
                found = self._column_type(parts[-1])
        return str(found.sized(None)) if found is not None else "unknown"

    def _special(self, node: ast.Call, name: str, arguments: list[str]) -> str | None:
        """Calls that are not calls in DuckDB, or that the catalog answers."""
        if name in BARE and not node.arguments:
            return name
        if name in SESSION_WORDS and not node.arguments:
            return string(self._session[SESSION_WORDS[name]])
        if name == "nullif":
            return None
        return self._function(name, [] if any(isinstance(a, ast.Star) for a in node.arguments) else arguments)


VECTOR_OPERATORS = {
    "+": "vql__vector_add", "-": "vql__vector_sub", "*": "vql__vector_mul", "||": "vql__vector_concat",
}  # fmt: skip
# Functions whose result has the type of their first argument.
KEEPS_TYPE = frozenset({"l2_normalize", "subvector", "avg", "sum", "coalesce"})


def _alias(alias: str | None, columns: Sequence[str]) -> str:
    if alias is None:
        return ""
    return f" AS {quoted(alias)}" + (f"({', '.join(map(quoted, columns))})" if columns else "")


def _literal(node: ast.Literal) -> str:
    match node.kind:
        case "null":
            return "NULL"
        case "boolean":
            return "true" if node.value else "false"
        case "integer" | "decimal":
            return number(str(node.value))
        case "string":
            return string(str(node.value))
    return value_text(BIT, BIT.coerce(str(node.value)))
