"""Queries with their names resolved.

A query over one table whose expressions numpy can compute becomes a `plan.TableQuery`; conjuncts of its
condition beyond numpy become `plan.Residual`. Everything else becomes a `plan.Relational`. How rows are
found is chosen afterwards (`vql.language.planner`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vql import schema
from vql.calendar.style import DEFAULT, Style
from vql.errors import (
    AmbiguousColumn,
    DataError,
    Error,
    NotSupportedError,
    ProgrammingError,
    SyntaxError,
    UndefinedTable,
)
from vql.language import ast, plan
from vql.language.analyze.names import Scope
from vql.language.analyze.tree import OutputColumn
from vql.language.ast.moments import number_of
from vql.language.ast.walk import (
    check_target_count,
    conjuncts,
    key_position,
    nodes_of,
    output_name,
    rewrite,
    type_written,
    walk,
)
from vql.language.bind.conditions import ExpressionBinder
from vql.language.bind.forms import ranks_rows
from vql.language.bind.join_locks import with_keys
from vql.language.bind.names import (
    Tables,
    find_table,
    is_system,
    require_populated,
    require_rows_of_its_own,
    short_names,
)
from vql.language.bind.once import computed_once
from vql.language.bind.one_table import of_one_table, with_calls_in_place
from vql.language.bind.relational import Referenced, analyzed, inferred
from vql.language.bind.scalars import NotNative
from vql.types.type import BIGINT, DOUBLE, TEXT, TIMESTAMPTZ, UNKNOWN, Type

NOW_NAMES = (
    "now", "current_timestamp", "transaction_timestamp", "statement_timestamp", "clock_timestamp",
)  # fmt: skip


class QueryBinder:
    """One statement's binding; parameter types are collected in `types` as they become known."""

    def __init__(self, tables: Tables, types: list[Type], style: Style = DEFAULT) -> None:
        self.tables = tables
        self.types = types
        self.style = style

    # -------------------------------------------------------------- queries

    def query(self, node: ast.Query) -> plan.Query:
        """Bind a query natively where that is possible, relationally otherwise."""
        before = list(self.types)
        node = with_calls_in_place(node, self.tables)
        try:
            found = self.native(node)
            if found.number is None:
                return found
        except NotNative:
            pass
        self.types[:] = before
        rewritten = of_one_table(node, self.tables)
        if rewritten is not None:
            try:
                return self.native(rewritten)
            except (NotNative, Error):  # which error, and where, the query as it is written tells
                self.types[:] = before
        lock = None
        if isinstance(node, ast.Select) and node.locking is not None:
            node, lock = self._join_lock(node, node.locking)
        as_of = self.moment(node.as_of)
        try:
            return plan.Relational(node, as_of, analyzed(node, self.tables, self.types), lock)
        except Error:
            return plan.Relational(node, as_of, None, lock)  # right, maybe, without its vector blocks

    def _join_lock(self, node: ast.Select, locking: ast.Locking) -> tuple[ast.Select, plan.JoinLock]:
        """Return a join that rows are locked of with their keys behind its columns, and what is locked."""
        if locking.wait == "skip" and node.ties is not None:
            text = "SKIP LOCKED and WITH TIES options cannot be used together"
            raise SyntaxError(text, position=node.ties[0] + 1)
        made, tables = with_keys(node, locking, self.tables)
        lock = plan.JoinLock(locking, tables)
        if locking.wait == "skip":
            counts = self._expressions(None, None)
            try:
                offset = self._count(node.offset, counts, "OFFSET")
                limit = self._count(node.limit, counts, "LIMIT")
            except NotNative:
                text = "SKIP LOCKED behind a LIMIT or OFFSET that is computed is not supported yet"
                raise NotSupportedError(text, position=locking.span[0] + 1) from None
            lock = replace(lock, limit=limit, offset=offset)
            made = replace(made, limit=None, offset=None)
        return made, lock

    def native(self, node: ast.Query) -> plan.TableQuery:
        """Bind a SELECT over one table; NotNative where a part is beyond numpy."""
        if not isinstance(node, ast.Select) or not is_plain(node) or _names_objects(node.where):
            raise NotNative
        source = node.sources[0]
        assert isinstance(source, ast.TableRef)
        if self.tables.find(source.name) is None and (
            is_system(source.name) or self.tables.find_sequence(source.name) is not None
        ):
            raise NotNative
        table = find_table(self.tables, source.name, source.span)
        require_populated(table)
        expressions = self._expressions(table, source.alias)
        expressions.ranks = True
        outputs = self._outputs(node.items, table, expressions, node.targets)
        if node.locking is not None:
            self._require_lockable(node, node.locking, source)
            require_rows_of_its_own(table)
        predicate = self._condition(node.where, expressions)
        order = tuple(self._order_key(item, outputs, node, expressions) for item in node.order_by)
        if node.targets and any(isinstance(key.scalar, plan.Constant | plan.Parameter) for key in order):
            raise NotNative
        offset = self._count(node.offset, expressions, "OFFSET")
        limit = self._count(node.limit, expressions, "LIMIT")
        options = dict(node.options)
        return plan.TableQuery(
            table=table,
            outputs=outputs,
            predicate=predicate,
            order=order,
            limit=limit,
            offset=offset,
            as_of=self.moment(node.as_of),
            number=number_of(source.name),
            recall=self._option(options, "recall", expressions),
            effort=self._option(options, "effort", expressions),
            group=expressions.group(node.per),
            distinct=_distinct([_distinct_key(e, outputs, expressions) for e in node.distinct_on], order),
            locking=node.locking,
        )

    def _require_lockable(self, node: ast.Select, locking: ast.Locking, source: ast.TableRef) -> None:
        """Raise where the rows of a query over one table cannot be locked."""
        clause, name = locking.clause, source.alias or source.name[-1]
        for table in locking.tables:
            if table != name:
                raise UndefinedTable(
                    f'relation "{table}" in {clause} clause not found in FROM clause',
                    position=locking.place_of(table),
                )
        if node.distinct_on or node.as_of is not None or number_of(source.name) is not None:
            what = "DISTINCT clause" if node.distinct_on else "AS OF"
            raise NotSupportedError(f"{clause} is not allowed with {what}", position=locking.span[0] + 1)

    def _expressions(self, table: schema.Table | None, alias: str | None) -> ExpressionBinder:
        def once(node: ast.Expression) -> plan.Once | None:
            return computed_once(node, self.tables, self.types)

        return ExpressionBinder(table, alias, self.types, self.native, self.style, once)

    def _outputs(
        self,
        items: tuple[ast.SelectItem, ...],
        table: schema.Table,
        expressions: ExpressionBinder,
        targets: tuple[schema.Column, ...] = (),
    ) -> tuple[plan.Output, ...]:
        """Bind a select list; what has no type becomes what the `targets` are, text where there are none."""
        outputs: list[plan.Output] = []
        for item in items:
            if isinstance(item.expression, ast.Star):
                star = item.expression.table
                if star is not None and star != (expressions.alias or table.name):
                    text = f'missing FROM-clause entry for table "{star}"'
                    raise UndefinedTable(text, position=item.expression.span[0] + 1)
                outputs += [
                    plan.Output(column.name, plan.ColumnRead(i, column.type), column.number)
                    for i, column in enumerate(table.columns)
                ]
                continue
            scalar = expressions.ranked(item.expression)
            if scalar.type == UNKNOWN and isinstance(scalar, plan.Constant | plan.Parameter):
                target = targets[len(outputs)].type if len(outputs) < len(targets) else TEXT
                scalar = expressions.scalar(item.expression, target)
            attribute = table.stored[scalar.position].number if isinstance(scalar, plan.ColumnRead) else 0
            view, attribute = item.origin or (0, attribute)
            outputs.append(plan.Output(item.alias or output_name(item.expression), scalar, attribute, view))
        check_target_count(len(outputs))
        return tuple(outputs)

    def _condition(
        self, where: ast.Expression | None, expressions: ExpressionBinder, queries: bool = False
    ) -> plan.Predicate | None:
        """Bind WHERE; conjuncts beyond numpy stay as Residual, to be computed by DuckDB, with `queries` also
        those that hold subqueries."""
        if where is None:
            return None
        items = []
        for conjunct in conjuncts(where):
            before = list(self.types)
            try:
                items.append(expressions.predicate(conjunct))
            except NotNative:
                self.types[:] = before
                self._check_condition(conjunct, expressions)
                items.append(self._residual(conjunct, expressions, queries))
        return items[0] if len(items) == 1 else plan.And(tuple(items))

    def _check_condition(self, condition: ast.Expression, expressions: ExpressionBinder) -> None:
        """Raise what is wrong with a condition that only rows would have DuckDB look at."""
        one, source = ast.SelectItem(ast.Literal(1, "integer")), expressions.source
        query = ast.Select((one,), () if source is None else source[:1], condition)
        infer(query, self.tables, self.types, source)

    def _residual(
        self, expression: ast.Expression, expressions: ExpressionBinder, queries: bool = False
    ) -> plan.Residual:
        """Leave an expression to DuckDB, which is given the columns it names; with `queries` it may hold
        subqueries."""
        nodes, table = walk(expression), expressions.table
        if table is None:
            raise NotNative
        inner = any(isinstance(node, ast.Subquery | ast.Exists | ast.Select) for node in nodes)
        if inner and not queries:
            raise NotNative  # the whole statement is DuckDB's, which sees all of its rows at once
        alias = expressions.alias or table.name
        if expressions.alias is None:
            expression = short_names(expression, table)
        names = {part for node in nodes if isinstance(node, ast.Name) for part in node.parts}
        whole = inner or alias in names
        read = [i for i, column in enumerate(table.columns) if whole or column.name in names]
        return plan.Residual(expression, table, tuple(read), alias)

    def _order_key(
        self,
        item: ast.OrderItem,
        outputs: tuple[plan.Output, ...],
        node: ast.Select,
        expressions: ExpressionBinder,
    ) -> plan.OrderKey:
        expression = item.expression
        scalar: plan.Scalar | None = None
        place = key_position(expression, len(outputs), "ORDER BY")
        if place is not None:
            scalar = outputs[place].scalar
        elif isinstance(expression, ast.Name) and len(expression.parts) == 1:
            named = [o for o in outputs if o.name == expression.parts[0]]
            if len({o.scalar for o in named}) > 1:
                raise AmbiguousColumn(
                    f'ORDER BY "{expression.parts[0]}" is ambiguous',
                    position=expression.span[0] + 1,
                )
            scalar = named[0].scalar if named else None
        if scalar is None:
            scalar = expressions.ranked(expression)
        if scalar.type.is_storable and not scalar.type.base.has_order:
            raise NotNative
        nulls_first = item.nulls == "FIRST" if item.nulls else item.descending
        return plan.OrderKey(scalar, item.descending, nulls_first)

    def _count(
        self, node: ast.Expression | None, expressions: ExpressionBinder, word: str
    ) -> plan.Scalar | None:
        if node is None:
            return None
        count = expressions.scalar(node, BIGINT)
        if not isinstance(count, plan.Constant | plan.Parameter):
            raise NotNative
        if isinstance(count, plan.Constant) and count.value is None:
            return None
        if isinstance(count, plan.Constant) and isinstance(count.value, int) and count.value < 0:
            raise DataError(f"{word} must not be negative", sqlstate="2201W" if word == "LIMIT" else "2201X")
        return count

    def _option(
        self, options: dict[str, ast.Expression], name: str, expressions: ExpressionBinder
    ) -> plan.Scalar | None:
        for given in options:
            if given not in ("recall", "effort"):
                raise ProgrammingError(
                    f'unrecognized parameter "{given}"',
                    sqlstate="22023",
                    hint="WITH takes recall and effort",
                )
        return expressions.scalar(options[name], DOUBLE) if name in options else None

    def moment(self, as_of: ast.AsOf | None) -> plan.Moment | None:
        return None if as_of is None else self.moment_of(as_of)

    def moment_of(self, as_of: ast.AsOf) -> plan.Moment:
        """Bind a moment; it reads no table."""
        if as_of.until is not None:
            first, last = self.moment_of(replace(as_of, until=None)), self.moment_of(as_of.until)
            return replace(first, until=last)
        if as_of.kind == "time" and is_now(as_of.value):
            return plan.Moment("now", plan.Constant(None, TIMESTAMPTZ))
        expected = {"time": TIMESTAMPTZ, "version": BIGINT, "snapshot": TEXT}[as_of.kind]
        expressions = self._expressions(None, None)
        try:
            found = expressions.scalar(as_of.value, expected)
        except NotNative:
            found = None
        # What is computed, and a cast, as of a timestamp, asks for the session's zone.
        if not isinstance(found, plan.Constant | plan.Parameter) or (
            as_of.kind == "time" and found.type != expected
        ):
            found = plan.SubqueryExpression(as_of.value, expected)
        return plan.Moment(as_of.kind, found)


def infer(
    root: ast.Query | ast.Expression,
    tables: Tables,
    types: list[Type],
    source: Referenced | None = None,
    clause: str = "",
    outer: Scope | None = None,
) -> tuple[OutputColumn, ...]:
    """Return what `inferred` does, also where searches stand inside that order by ranks."""

    root = searches_typed(root, tables, types)
    return inferred(root, tables, types, source, clause, outer)


def searches_typed(root: Any, tables: Tables, types: list[Type]) -> Any:
    """Return a query, or a part of one, to be given types alone: searches in it that rank rows, for which
    analysis has no form, as queries of their columns."""

    def typed(node: Any) -> Any:
        return _columns_of_search(node, tables, types) if isinstance(node, ast.Select) else node

    return rewrite(root, typed) if any(map(ranks_rows, walk(root))) else root


def _columns_of_search(node: ast.Select, tables: Tables, types: list[Type]) -> ast.Select:
    """Return a query with the columns of a search that ranks rows, any other as it is."""
    is_ranked = node.per is not None or any(map(ranks_rows, walk((node.items, node.order_by))))
    if not is_ranked or not is_plain(node):
        return node
    before = list(types)
    try:
        found = QueryBinder(tables, types).native(node)
    except (NotNative, Error):
        types[:] = before
        return node
    shown = [(output.name, output.scalar.type.sized(None).formatted()) for output in found.outputs]
    nothing = ast.Literal(None, "null")
    return ast.Select(
        tuple(ast.SelectItem(ast.Cast(nothing, ast.TypeName(type_)), name) for name, type_ in shown)
    )


def is_now(node: ast.Expression) -> bool:
    """Whether an expression is the present by one of its names."""
    return isinstance(node, ast.Call) and node.name[-1] in NOW_NAMES and not node.arguments


def is_plain(node: ast.Select) -> bool:
    """Whether a SELECT reads one table with nothing but WHERE, ORDER BY, LIMIT, OFFSET, AS OF."""
    return (
        len(node.sources) == 1
        and isinstance(node.sources[0], ast.TableRef)
        and not node.sources[0].columns
        and not (node.group_by or node.distinct or node.with_ or node.windows)
        and node.having is None
        and node.ties is None
    )


def _distinct_key(
    node: ast.Expression, outputs: tuple[plan.Output, ...], expressions: ExpressionBinder
) -> plan.Scalar:
    """Return a key of DISTINCT ON: an item of the select list by its name, or what it says of the row."""
    named = {
        output.scalar for output in outputs if isinstance(node, ast.Name) and node.parts == (output.name,)
    }
    if len(named) > 1:
        raise NotNative
    return named.pop() if named else expressions.scalar(node)


def _distinct(scalars: list[plan.Scalar], order: tuple[plan.OrderKey, ...]) -> int:
    """Return how many order keys DISTINCT ON names; NotNative where they are not the first ones."""
    count = len({*scalars})
    if {key.scalar for key in order[:count]} != {*scalars}:
        raise NotNative
    return count


def _names_objects(condition: ast.Expression | None) -> bool:
    """Whether a condition has a literal that only the catalog knows, which raises if no row is there too."""
    return condition is not None and any(
        isinstance(cast.operand, ast.Literal | ast.Parameter) and type_written(cast.type).base.is_looked_up
        for cast in nodes_of(condition, ast.Cast)
    )
