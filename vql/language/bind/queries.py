"""Queries to plans.

A SELECT over one table whose expressions numpy can compute becomes a `SelectPlan`. Where only the
select list or part of the condition is beyond numpy, the vector search stays native: the condition
becomes a `Residual`, the select list is computed by DuckDB over the block's few rows. Everything
else becomes a `RelationalPlan`.
"""

from __future__ import annotations

from dataclasses import replace

from vql import schema
from vql.errors import AmbiguousColumn, DataError, ProgrammingError, UndefinedTable
from vql.language import ast, plan
from vql.language.ast.walk import conjuncts, walk
from vql.language.bind.names import Tables, find_table, is_system, output_name
from vql.language.bind.parameters import infer
from vql.language.bind.scalars import ExpressionBinder, NotNative, scalar_type
from vql.language.bind.shapes import with_search
from vql.types.type import BIGINT, DOUBLE, TEXT, TIMESTAMPTZ, UNKNOWN, Type


class QueryBinder:
    """One statement's binding; parameter types are collected in `types` as they become known."""

    def __init__(self, tables: Tables, types: list[Type]) -> None:
        self.tables = tables
        self.types = types

    # -------------------------------------------------------------- queries

    def query(self, node: ast.Query) -> plan.SelectPlan | plan.RelationalPlan:
        """Bind a query natively where that is possible, relationally otherwise."""
        before = list(self.types)
        try:
            return self.native(node)
        except NotNative:
            self.types[:] = before
        as_of = self.moment(node.as_of)
        if isinstance(node, ast.Select) and len(node.sources) == 1:
            source = node.sources[0]
            if isinstance(source, ast.TableRef) and source.as_of is not None and as_of is None:
                as_of = None  # the table's own moment is looked up by the bridge
            node = self._with_block(node)
        infer(node, self.tables, self.types)
        return plan.RelationalPlan(node, as_of)

    def native(self, node: ast.Query) -> plan.SelectPlan:
        """Bind a SELECT over one table; NotNative where a part is beyond numpy."""
        if not isinstance(node, ast.Select) or not _is_plain(node):
            raise NotNative
        source = node.sources[0]
        assert isinstance(source, ast.TableRef)
        if len(source.name) > 1 and source.name[-2] not in schema.SEARCH_PATH:
            raise NotNative
        if source.name[-1] not in self.tables and is_system(source.name[-1]):
            raise NotNative
        table = find_table(self.tables, source.name, source.span)
        expressions = self._expressions(table, source.alias)
        expressions.ranks = True
        outputs = self._outputs(node.items, table, expressions)
        predicate = self._condition(node.where, expressions)
        order = tuple(self._order_key(item, outputs, node, expressions) for item in node.order_by)
        limit = self._count(node.limit, expressions, "LIMIT")
        offset = self._count(node.offset, expressions, "OFFSET")
        options = dict(node.options)
        found = plan.SelectPlan(
            table=table,
            outputs=outputs,
            predicate=predicate,
            order=order,
            nearest=_nearest(order) if limit is not None and not node.distinct_on else None,
            key=key_of(table, predicate),
            limit=limit,
            offset=offset,
            as_of=self.moment(source.as_of or node.as_of),
            recall=self._option(options, "recall", expressions),
            effort=self._option(options, "effort", expressions),
            distinct=_distinct([expressions.scalar(e) for e in node.distinct_on], order),
        )
        return with_search(found, expressions.group(node.per))

    def _expressions(self, table: schema.Table | None, alias: str | None) -> ExpressionBinder:
        return ExpressionBinder(table, alias, self.types, self.native)

    def _outputs(
        self, items: tuple[ast.SelectItem, ...], table: schema.Table, expressions: ExpressionBinder
    ) -> tuple[plan.Output, ...]:
        outputs: list[plan.Output] = []
        for item in items:
            if isinstance(item.expression, ast.Star):
                star = item.expression.table
                if star is not None and star != (expressions.alias or table.name):
                    raise UndefinedTable(f'missing FROM-clause entry for table "{star}"')
                outputs += [
                    plan.Output(column.name, plan.ColumnRead(i, column.type), i + 1)
                    for i, column in enumerate(table.columns)
                ]
                continue
            scalar = expressions.ranked(item.expression)
            if scalar_type(scalar) == UNKNOWN and isinstance(scalar, plan.Constant | plan.Parameter):
                scalar = expressions.scalar(item.expression, TEXT)
            attribute = scalar.position + 1 if isinstance(scalar, plan.ColumnRead) else 0
            outputs.append(plan.Output(item.alias or output_name(item.expression), scalar, attribute))
        return tuple(outputs)

    def _condition(
        self, where: ast.Expression | None, expressions: ExpressionBinder
    ) -> plan.Predicate | None:
        """Bind WHERE; conjuncts beyond numpy stay as Residual, to be computed by DuckDB."""
        if where is None:
            return None
        items = []
        for conjunct in conjuncts(where):
            before = list(self.types)
            try:
                items.append(expressions.predicate(conjunct))
            except NotNative:
                self.types[:] = before
                infer(conjunct, self.tables, self.types, expressions.table)
                items.append(self._residual(conjunct))
        return items[0] if len(items) == 1 else plan.And(tuple(items))

    def _residual(self, conjunct: ast.Expression) -> plan.Residual:
        if any(isinstance(n, ast.Subquery | ast.Exists | ast.Select) for n in walk(conjunct)):
            raise NotNative  # a subquery needs the other tables too
        return plan.Residual(conjunct)

    def _order_key(
        self,
        item: ast.OrderItem,
        outputs: tuple[plan.Output, ...],
        node: ast.Select,
        expressions: ExpressionBinder,
    ) -> plan.OrderKey:
        expression = item.expression
        scalar: plan.Scalar | None = None
        if isinstance(expression, ast.Literal) and expression.kind == "integer":
            ordinal = int(str(expression.value))
            if not 1 <= ordinal <= len(outputs):
                raise ProgrammingError(
                    f"ORDER BY position {ordinal} is not in select list",
                    sqlstate="42P10",
                    position=expression.span[0] + 1,
                )
            scalar = outputs[ordinal - 1].scalar
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
        if scalar_type(scalar).is_storable and not scalar_type(scalar).base.has_order:
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
        if as_of is None:
            return None
        expected = {"time": TIMESTAMPTZ, "version": BIGINT, "snapshot": TEXT}[as_of.kind]
        expressions = self._expressions(None, None)
        try:
            return plan.Moment(as_of.kind, expressions.scalar(as_of.value, expected))
        except NotNative:
            return plan.Moment(as_of.kind, plan.SubqueryExpression(as_of.value, expected))

    def _with_block(self, node: ast.Select) -> ast.Select:
        """Keep the vector search of a one-table query native where only its list is beyond numpy:
        SELECT f(a) FROM t ORDER BY d LIMIT k becomes SELECT f(a) FROM (SELECT a FROM t ORDER BY d
        LIMIT k) AS t."""
        if not _is_plain(node) or not node.order_by or node.limit is None:
            return node
        source = node.sources[0]
        assert isinstance(source, ast.TableRef)
        table = self.tables.get(source.name[-1])
        if table is None:
            return node
        aliases = {item.alias: item.expression for item in node.items if item.alias}
        first = node.order_by[0]
        order_expression = first.expression
        if isinstance(order_expression, ast.Name) and order_expression.parts[0] in aliases:
            order_expression = aliases[order_expression.parts[0]]
        used = {n.parts[-1] for i in node.items for n in walk(i.expression) if isinstance(n, ast.Name)}
        if any(isinstance(n, ast.Star) for i in node.items for n in walk(i.expression)):
            used |= {column.name for column in table.columns}
        names = [column.name for column in table.columns if column.name in used]
        inner = replace(
            node,
            items=tuple(ast.SelectItem(ast.Name((name,))) for name in names or [table.columns[0].name]),
            order_by=(replace(first, expression=order_expression), *node.order_by[1:]),
        )
        before = list(self.types)
        try:
            block = self.native(inner)
            if block.nearest is None and block.search is None:
                return node
        except NotNative:
            self.types[:] = before
            return node
        return ast.Select(items=node.items, sources=(ast.QueryRef(inner, source.alias or table.name),))


def _is_plain(node: ast.Select) -> bool:
    """Whether a SELECT reads one table with nothing but WHERE, ORDER BY, LIMIT, OFFSET, AS OF."""
    return (
        len(node.sources) == 1
        and isinstance(node.sources[0], ast.TableRef)
        and not node.sources[0].columns
        and not (node.group_by or node.distinct or node.with_ or node.windows)
        and node.having is None
    )


def _nearest(order: tuple[plan.OrderKey, ...]) -> plan.Distance | None:
    """Return the distance a vector index can order by: the first key, nearest first."""
    if not order or not isinstance(order[0].scalar, plan.Distance):
        return None
    key, distance = order[0], order[0].scalar
    # NULLs come last from a search; ORDER BY inner_product(...) DESC puts them first unless told.
    if key.nulls_first or key.descending != (distance.sign < 0):
        return None
    return distance


def _distinct(scalars: list[plan.Scalar], order: tuple[plan.OrderKey, ...]) -> int:
    """Return how many order keys DISTINCT ON names; NotNative where they are not the first ones."""
    count = len({*scalars})
    if {key.scalar for key in order[:count]} != {*scalars}:
        raise NotNative
    return count


def key_of(table: schema.Table, predicate: plan.Predicate | None) -> tuple[plan.Scalar, ...] | None:
    """Return the primary key's values where the predicate is exactly an equality on it."""
    if not table.primary_key or predicate is None:
        return None
    items = predicate.items if isinstance(predicate, plan.And) else (predicate,)
    found: dict[str, plan.Scalar] = {}
    for item in items:
        match item:
            case plan.Compare("=", plan.ColumnRead(position=position), right) if isinstance(
                right, plan.Constant | plan.Parameter
            ):
                found[table.columns[position].name] = right
            case _:
                return None
    if len(items) != len(table.primary_key) or set(found) != set(table.primary_key):
        return None
    return tuple(found[name] for name in table.primary_key)
