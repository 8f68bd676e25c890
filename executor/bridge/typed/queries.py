"""Analysed queries as text in DuckDB's dialect: `Printer(...).statement(query)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vql.deadline import TERMS_BETWEEN_CHECKS, watched
from vql.errors import NotSupportedError
from vql.executor.bridge.typed.decimals import DecimalForm, fits_decimal
from vql.executor.bridge.typed.expressions import ExpressionPrinter, constants_compared
from vql.executor.bridge.typed.literals import alias_text, compares_alike, form_of
from vql.executor.bridge.typed.row_by_row import row_by_row
from vql.executor.bridge.typed.udf import Functions, RowProgram
from vql.executor.bridge.values import quoted
from vql.executor.tuples.coercions import query_array_function
from vql.executor.tuples.constants import check_literals, looked_up, simplified
from vql.functions.declare import Environment, Function
from vql.language.analyze import tree
from vql.language.analyze.resolution.coerce import signature_type
from vql.language.analyze.rewrites import calls_of_sequences, shares_numbers
from vql.language.analyze.values.rows import QUERY_ROWS
from vql.limits import VALUE_BYTES_MAX
from vql.types.numbers.numeric import precision_and_scale
from vql.types.type import Type

CONJUNCTS_MAX = 100
# How many constants stand in a list by themselves.
LISTED_MAX = 50
# How many bytes a value has, by DuckDB's types of those that may have many.
SIZES = {"VARCHAR": "strlen", "BLOB": "octet_length"}
TOO_LONG = "requested length too large"
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})


class Printer(ExpressionPrinter):
    """Prints one statement. `parameter` gives a parameter's canonical value. Where `is_sure` is false behind
    `statement`, its run may raise `Unsure`: then it is to be printed anew, `is_exact`."""

    _relations: Mapping[str, str] = {}

    def __init__(
        self,
        parameter: Callable[[int, Type], object],
        functions: Functions,
        environment: Environment,
        *,
        is_exact: bool = False,
    ) -> None:
        super().__init__(parameter, functions, environment)
        self._is_exact = is_exact
        self.is_sure = True
        self.programs: list[RowProgram] = []  # whoever runs the text holds them
        self._takes_numbers = True  # of sequences, as far as is known

    def statement(self, node: tree.Query, relations: Mapping[str, str]) -> str:
        """Return the text of a statement's query, in which some `relations` go by other names in DuckDB."""
        self._takes_numbers = bool(calls_of_sequences(node))
        self._relations = relations
        check_literals(looked_up(node), self._environment)
        return self.query(simplified(node, self._environment, self._parameter))

    def _duck(self, aggregate: Function) -> str:
        if not aggregate.duck_exact or self._is_exact:
            return aggregate.duck_exact or aggregate.duck
        self.is_sure = False
        return aggregate.duck

    # -------------------------------------------------------------- queries

    def query(self, node: tree.Query, is_recursive: bool = False) -> str:
        """Return a query's text; its columns have the forms of their types, numerics as text. The UNION of a
        recursive one stays as it is."""
        match node:
            case tree.SelectQuery():
                return self._with(node) + self._select(node)
            case tree.ValuesQuery():
                rows = (
                    f"({', '.join(map(self.settled, row))})"
                    for row in watched(node.rows, TERMS_BETWEEN_CHECKS)
                )
                names = ", ".join(quoted(column.column) for column in node.columns)
                body = f"SELECT * FROM (VALUES {', '.join(rows)}) AS vql__values({names})"
            case tree.SetQuery():
                body = self._set_operation(node, is_recursive)
        return self._with(node) + body + self._tail(node)

    def _query_in(self, node: tree.SubLink) -> str:
        text = self.query(node.query)
        match node.kind:
            case "exists":
                return f"EXISTS ({text})"
            case "array":
                type_ = node.query.columns[0].type
                listed = f"(SELECT coalesce(list(vql__a), []) FROM ({text}) AS vql__rows(vql__a))"
                return self._gathered(query_array_function(type_.is_array), type_, listed, node.type)
            case "scalar":
                return f"({text})"
        columns = ", ".join(quoted(column.column) for column in node.query.columns)
        rows = f"({text}) AS {QUERY_ROWS}({columns})"
        assert node.test is not None, "what compares with a query's rows"
        if node.kind == "row":
            return f"(SELECT {self.expression(node.test)} FROM {rows})"
        plain = self._plainly(node, text, rows)
        if plain:
            return plain
        test = self.expression(node.test)
        # One NULL makes "not found" unknown; of no rows none is.
        sure, fold = ("true", "bool_or({0})") if node.kind == "any" else ("false", "NOT bool_and({0})")
        decided = (
            f"(SELECT CASE WHEN {fold.format('vql__t')} THEN {sure} WHEN bool_or(vql__t IS NULL) THEN NULL"
            f" ELSE NOT {sure} END FROM (SELECT {test} AS vql__t FROM {rows}))"
        )
        return f"(NOT {decided})" if node.negated else decided

    def _plainly(self, node: tree.SubLink, text: str, rows: str) -> str:
        """Return a comparison of one column as DuckDB's own, "" for any other."""
        test = node.test
        if not isinstance(test, tree.FuncExpr) or test.function.name not in COMPARISONS:
            return ""
        left, right = test.arguments
        op = "=" if test.function.name == "=" and node.kind == "any" else test.function.name
        word = f"{op} {node.kind.upper()}"
        if op == "=" and node.kind == "any":
            word = "NOT IN" if node.negated else "IN"
        if left.type.base is not right.type.base or node.negated and word != "NOT IN":
            return ""
        if compares_alike(left.type) and isinstance(right, tree.Var):
            return f"({self.expression(left)} {word} ({text}))"
        return f"({self._sort_text_of(left)} {word} (SELECT {self._sort_text_of(right)} FROM {rows}))"

    def _set_operation(self, node: tree.SetQuery, is_recursive: bool) -> str:
        left, right = self._computed(node.left), self._computed(node.right)
        if is_recursive:
            right = _bounded(node.right, right)
        bases = [column.type.base for column in node.columns]
        as_is = is_recursive or all(b.duck_compares and b.equal_is_same for b in bases)
        if as_is or (node.op == "UNION" and node.all):
            return f"({left}) {node.op}{' ALL' if node.all else ''} ({right})"
        if node.op == "UNION":
            return self._numbered(f"({left}) UNION ALL ({right})", node.columns, "vql__n = 1")
        same = [
            f"{self._key(tree.Var('vql__same', c.column, c.type))} IS NOT DISTINCT FROM"
            f" {self._key(tree.Var('vql__other', c.column, c.type))}"
            for c in node.columns
        ]
        others = f"({right}) AS {_alias('vql__other', node.columns)}"
        if node.all:
            same.append("vql__same.vql__n = vql__other.vql__n")
            others = f"({self._numbered(right, node.columns, 'true', ', vql__n')}) AS vql__other"
        word = "EXISTS" if node.op == "INTERSECT" else "NOT EXISTS"
        there = f"{word} (SELECT 1 FROM {others} WHERE {' AND '.join(same)})"
        return self._numbered(left, node.columns, there if node.all else f"vql__n = 1 AND {there}")

    def _numbered(self, query: str, columns: Sequence[tree.OutputColumn], where: str, more: str = "") -> str:
        """Return rows of a query whose number among those equal to them is `vql__n`, as the first of these is
        written."""
        keys = ", ".join(self._key(tree.Var("vql__set", c.column, c.type)) for c in columns)
        names = ", ".join(quoted(c.column) for c in columns)
        firsts = ", ".join(f"first_value({quoted(c.column)}) OVER vql__equal" for c in columns)
        return (
            f"SELECT {names}{more} FROM (SELECT {firsts}, row_number() OVER vql__equal FROM"
            f" (SELECT *, row_number() OVER () FROM ({query})) AS vql__set({names}, vql__place)"
            f" WINDOW vql__equal AS (PARTITION BY {keys} ORDER BY vql__place))"
            f" AS vql__same({names}, vql__n) WHERE {where}"
        )

    def _with(self, node: tree.Query) -> str:
        if not node.common:
            return ""
        items = []
        for table in node.common:
            if node.recursive:
                _check_recursive(table.query)
            kept = {True: "MATERIALIZED ", False: "NOT MATERIALIZED ", None: ""}[table.materialized]
            if tree.is_volatile(table.query):
                kept = "MATERIALIZED "  # whatever it says, as PostgreSQL has it
            text = self.query(table.query, True) if node.recursive else self._computed(table.query)
            items.append(f"{_with_columns(quoted(table.name), table.columns)} AS {kept}({text})")
        return f"WITH {'RECURSIVE ' if node.recursive else ''}{', '.join(items)} "

    def _select(self, node: tree.SelectQuery) -> str:
        around = dict(self._shapes), self._grouped, self._has_sets, self._group_by
        self._grouped, self._has_sets = (), bool(node.grouping_sets)
        self._group_by = node.group_by
        try:
            return self._selected(node) + self._tail(node)
        finally:
            self._shapes, self._grouped, self._has_sets, self._group_by = around

    def _selected(self, node: tree.SelectQuery) -> str:
        if self._takes_numbers and shares_numbers(node):
            return self._row_by_row(node)
        sources = [self._source(source) for source in node.sources]
        where = "" if node.where is None else self._condition(node.where)
        groups = [self._key(key) for key in node.group_by]
        as_is = [c for c in node.dependent if compares_alike(c.type) or self._shape(c) is not None]
        dependent = [self._key(column) for column in as_is]
        self._grouped = tuple(
            key for key in (*node.group_by, *node.dependent)
            if not compares_alike(key.type) and self._shape(key) is None
        )  # fmt: skip
        parts = ["SELECT"]
        if node.distinct_on:
            parts.append(f"DISTINCT ON ({', '.join(map(self._key, node.distinct_on))})")
        elif node.distinct and not all(compares_alike(target.expression.type) for target in node.targets):
            # DuckDB takes a constant for a place.
            keys = [
                self._key(target.expression)
                for target in node.targets
                if not (isinstance(target.expression, tree.Const) and compares_alike(target.expression.type))
            ]
            parts.append(f"DISTINCT ON ({', '.join(keys)})")
        elif node.distinct:
            parts.append("DISTINCT")
        parts.append(
            ", ".join(f"{self.settled(t.expression)} AS {quoted(t.column)}" for t in node.targets) or "NULL"
        )
        if sources:
            parts.append("FROM " + ", ".join(sources))
        if where:
            parts.append("WHERE " + where)
        if node.grouping_sets:
            parts.append(
                "GROUP BY GROUPING SETS (" + ", ".join(_sets(groups, dependent, node.grouping_sets)) + ")"
            )
        elif groups:
            parts.append("GROUP BY " + ", ".join([*groups, *dependent]))
        if node.having is not None:
            parts.append("HAVING " + self._condition(node.having))
        return " ".join(parts)

    def _row_by_row(self, node: tree.SelectQuery) -> str:
        """Return a SELECT of which Python computes what takes numbers of sequences. Raises 0A000."""
        alias = f"vql__numbered{len(self.programs)}"
        apart = row_by_row(node, alias, self._parameter, self._environment)
        self.programs.append(apart.program)
        types = [column.type.sized(None) for column in apart.rows.columns]
        cells = [
            type_.base.crossing.crossed(f"{alias}.{quoted(column.column)}")
            for type_, column in zip(types, apart.rows.columns, strict=True)
        ]
        name = self._functions.rows(types, [column.type.sized(None) for column in apart.made])
        call = f"{name}({', '.join((str(self._functions.environment(apart.program)), *cells))})"
        limit, offset = (each and self.expression(each) for each in (apart.limit, apart.offset))
        given = self.query(apart.rows)
        if limit:
            given = f"SELECT * FROM ({given}) LIMIT {f'{limit} + {offset}' if offset else limit}"
        rows = f"SELECT *, {call} AS vql__row FROM ({given}) AS {_alias(alias, apart.rows.columns)}"
        made = [
            f", {c.type.base.crossing.out_of.format(f'vql__row.a{place}')} AS {quoted(c.column)}"
            for place, c in enumerate(apart.made)
        ]
        targets = ", ".join(f"{self.settled(t.expression)} AS {quoted(t.column)}" for t in apart.targets)
        kept = f"SELECT *{''.join(made)} FROM ({rows}) WHERE vql__row IS NOT NULL"
        return f"SELECT {targets} FROM ({kept}) AS {alias}"

    def _condition(self, node: tree.Expr) -> str:
        """Return a condition, its conjuncts as one truth value where they are many: DuckDB's optimizer
        compares each with all others. Joins go by comparisons of two columns, which stand by themselves."""
        if not isinstance(node, tree.BoolExpr) or node.op != "AND":
            return self._conjunct(node)
        if len(node.operands) <= CONJUNCTS_MAX:
            return f"({' AND '.join(map(self._conjunct, node.operands))})"
        joins = [item for item in node.operands if _compares_columns(item)]
        others = " AND ".join(self._conjunct(item) for item in node.operands if not _compares_columns(item))
        return " AND ".join([*map(self.expression, joins), f"(({others or 'true'}) IS TRUE)"])

    def _conjunct(self, node: tree.Expr) -> str:
        """Return one of the conditions that all have to hold. A long list of constants is a relation: DuckDB
        reads its text ten times as quickly as so many expressions."""
        if isinstance(node, tree.ArrayComparison) and len(constants_compared(node) or ()) > LISTED_MAX:
            return f"({self.expression(node.left)} IN (SELECT unnest({self._elements(node.right)})))"
        return self.expression(node)

    def _tail(self, node: tree.Query) -> str:
        text = ""
        if node.order_by:
            text += " ORDER BY " + ", ".join(self._sort_key(key, node) for key in node.order_by)
        if node.limit is not None:
            text += " LIMIT " + self.expression(node.limit)
        if node.offset is not None:
            text += " OFFSET " + self.expression(node.offset)
        return text

    # -------------------------------------------------------------- FROM

    def _computed(self, node: tree.Query) -> str:
        """Return a query whose volatile columns are computed, whether anybody reads them or not."""
        text = self.query(node)
        targets = node.targets if isinstance(node, tree.SelectQuery) else ()
        names = [quoted(target.column) for target in targets if tree.is_volatile(target.expression)]
        if not names:
            return text
        # A condition that names them, and is known to hold only when it is evaluated.
        read = " OR ".join(f"{name} IS NULL" for name in names)
        return f"SELECT * FROM ({text}) WHERE {read} OR random() >= 0"

    def _source(self, node: tree.FromItem) -> str:
        match node:
            case tree.RangeTable(alias=alias, columns=columns):
                text = self._streamed(node) if node.streamed else self._whole(node)
                return f"{text} AS {_alias(alias, columns)}"
            case tree.RangeQuery(query=query, alias=alias, columns=columns, lateral=lateral):
                word = "LATERAL " if lateral else ""
                return f"{word}({self._computed(query)}) AS {_alias(alias, columns)}"
            case tree.RangeFunction():
                return self._rows(node)
            case tree.JoinExpr():
                return self._join(node)

    def _streamed(self, node: tree.RangeTable) -> str:
        """Return what reads a stream, each column in the form of its type."""
        items = []
        for name, column in zip(node.streamed, node.columns[: len(node.streamed)], strict=True):
            modifier, text = column.type.modifier, quoted(name)
            if column.type.is_decimal and modifier is not None and fits_decimal(modifier):
                shape = DecimalForm(*precision_and_scale(modifier))
                self._shapes[node.alias, column.column] = shape
                text = f"CAST({text} AS DECIMAL({shape.precision}, {shape.scale}))"
            else:
                self._shapes.pop((node.alias, column.column), None)
                given = column.type.base.duck_stream
                if given and not column.type.base.duck_is_text:
                    text = (
                        f"CAST({text} AS {form_of(column.type)})" if given == "cast" else f"{given}({text})"
                    )
            items.append(f"{text} AS {quoted(column.column)}")
        items += _of_system(node)
        return f"(SELECT {', '.join(items)} FROM {self._relation(node.name)})"

    def _whole(self, node: tree.RangeTable) -> str:
        """Return what reads a relation with all of its columns."""
        text = self._relation(node.name)
        return f"(SELECT {', '.join(['*', *_of_system(node)])} FROM {text})" if node.system else text

    def _relation(self, name: str) -> str:
        return quoted(self._relations.get(name, name))

    def _rows(self, node: tree.RangeFunction) -> str:
        """Return calls in FROM: their rows as lists, taken apart side by side."""
        streamed = self._streamed_series(node)
        if streamed is not None:
            return streamed
        lists = [f"{self._rows_listed(call)} AS vql__rows{place}" for place, call in enumerate(node.calls)]
        items = [f"unnest(vql__rows{place}) AS vql__row{place}" for place in range(len(lists))]
        if node.ordinality:
            counts = ", ".join(f"coalesce(len(vql__rows{place}), 0)" for place in range(len(lists)))
            items.append(f"unnest(range(1, greatest({counts}) + 1)) AS vql__ordinality")
        rows = f"SELECT {', '.join(items)} FROM (SELECT {', '.join(lists)})"
        columns = zip(self._row_columns(node), node.columns, strict=True)
        named = ", ".join(f"{text} AS {quoted(column.column)}" for text, column in columns)
        return f"LATERAL (SELECT {named} FROM ({rows})) AS {_alias(node.alias, node.columns)}"

    def _rows_listed(self, call: tree.Expr) -> str:
        if isinstance(call, tree.FuncExpr) and call.function.gives_rows:
            return self.listed(call)
        return f"[{self.settled(call)}]"

    def _row_columns(self, node: tree.RangeFunction) -> list[str]:
        """Return the columns of what calls in FROM give, of rows taken apart."""
        found: list[str] = []
        for place, call in enumerate(node.calls):
            is_row = isinstance(call, tree.FuncExpr) and call.function.has_row_type
            columns = call.function.columns if is_row else ()  # type: ignore[union-attr]
            for number, column in enumerate(columns):
                given = signature_type(column.type).base.crossing.out_of
                found.append(given.format(f"vql__row{place}.a{number}"))
            if not columns:
                found.append(f"vql__row{place}")
        return [*found, "vql__ordinality"] if node.ordinality else found

    def _streamed_series(self, node: tree.RangeFunction) -> str | None:
        """Return a series of constant bounds as DuckDB's table function, which holds no list of it."""
        call = node.calls[0]
        if len(node.calls) > 1 or node.ordinality or not isinstance(call, tree.FuncExpr):
            return None
        if call.function.name != "generate_series":
            return None
        bounds = [a.value for a in call.arguments if isinstance(a, tree.Const)]
        if not call.type.is_integer or len(bounds) < len(call.arguments) or None in bounds or 0 in bounds[2:]:
            return None
        name = quoted(node.columns[0].column)
        series = f"generate_series({', '.join(map(str, bounds))}) AS vql__series(vql__n)"
        text = f"(SELECT CAST(vql__n AS {form_of(call.type)}) AS {name} FROM {series})"
        return f"{text} AS {_alias(node.alias, node.columns)}"

    def _join(self, node: tree.JoinExpr) -> str:
        left, right = self._source(node.left), self._source(node.right)
        if isinstance(node.right, tree.JoinExpr):
            right = f"({right})"
        if node.kind == "CROSS":
            return f"{left} CROSS JOIN {right}"
        assert node.on is not None
        return f"{left} {node.kind} JOIN {right} ON {self._condition(node.on)}"


def _compares_columns(node: tree.Expr) -> bool:
    return isinstance(node, tree.FuncExpr) and all(isinstance(item, tree.Var) for item in node.arguments)


def _check_recursive(query: tree.Query) -> None:
    """Raise 0A000 for a recursive UNION of rows that DuckDB does not tell apart."""
    if isinstance(query, tree.SetQuery) and not query.all:
        for column in query.columns:
            if not (compares_alike(column.type) or column.type.base.duck_equates):
                raise NotSupportedError(
                    f"a recursive UNION of type {column.type.formatted()} is not supported yet",
                    hint="Use UNION ALL.",
                )


def _bounded(query: tree.Query, text: str) -> str:
    """Return the step of a recursion, which ends where a value outgrows what functions may make: one that is
    put to itself at each step takes all memory in a few of them."""
    if not isinstance(query, tree.SelectQuery):
        return text
    made = [quoted(target.column) for target in query.targets]
    for place, target in enumerate(query.targets):
        size = SIZES.get(form_of(target.expression.type))
        if size is not None and not isinstance(target.expression, tree.Var | tree.Const):
            too_long = f"{size}({made[place]}) > {VALUE_BYTES_MAX}"
            made[place] = f"CASE WHEN {too_long} THEN error('{TOO_LONG}') ELSE {made[place]} END"
    return f"SELECT {', '.join(made)} FROM ({text}) AS {_alias('vql__step', query.columns)}"


def _sets(keys: Sequence[str], dependent: Sequence[str], sets: Sequence[Sequence[int]]) -> list[str]:
    """Return sets of keys, by their places, each with the columns that all of them determine."""
    return [f"({', '.join([*(keys[place] for place in places), *dependent])})" for places in sets]


def _of_system(node: tree.RangeTable) -> list[str]:
    """Return the columns of the system that are read of a relation."""
    return [f"CAST({value} AS BIGINT) AS {quoted(column.column)}" for column, value in node.system]


def _alias(alias: str, columns: Sequence[tree.OutputColumn]) -> str:
    return _with_columns(alias_text(alias), columns)


def _with_columns(name: str, columns: Sequence[tree.OutputColumn]) -> str:
    """Return a name and those of its columns; DuckDB takes no empty list of them."""
    names = ", ".join(quoted(column.column) for column in columns)
    return f"{name}({names})" if names else name
