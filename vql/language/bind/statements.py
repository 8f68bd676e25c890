"""Statements to plans: `bind(statement, tables, parameter_types) -> Bound`.

A SELECT over one table whose expressions numpy can compute becomes a `SelectPlan`. Where only the
select list or part of the condition is beyond numpy, the vector search stays native: the condition
becomes a `Residual`, the select list is computed by DuckDB over the block's few rows. Everything
else becomes a `RelationalPlan`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vql import schema
from vql.errors import (
    AmbiguousColumn,
    DataError,
    DuplicateColumn,
    NotSupportedError,
    ProgrammingError,
    SyntaxError,
    UndefinedColumn,
    UndefinedTable,
)
from vql.language import ast, plan
from vql.language.bind.scalars import ExpressionBinder, NotNative, scalar_type
from vql.language.bind.shapes import with_search
from vql.language.parser import parse_expression
from vql.types.type import BIGINT, DOUBLE, OIDS, TEXT, TIMESTAMPTZ, UNKNOWN, Type

Tables = Mapping[str, schema.Table]
USER_SCHEMAS = ("public", "main")


@dataclass(frozen=True, slots=True)
class Bound:
    """A plan and the types its parameters were inferred to have (UNKNOWN where nothing says)."""

    plan: plan.Plan
    parameter_types: tuple[Type, ...]


def bind(statement: ast.Statement, tables: Tables, parameter_types: tuple[Type, ...] = ()) -> Bound:
    """Bind SELECT, VALUES, set operations, INSERT, UPDATE and DELETE.

    Raises ProgrammingError subclasses with positions for wrong names and types.
    """
    types = list(parameter_types)
    binder = Binder(tables, types)
    match statement:
        case ast.Select() | ast.Values() | ast.SetOperation():
            bound: plan.Plan = binder.query(statement)
        case ast.Insert():
            bound = binder.insert(statement)
        case ast.Update():
            bound = binder.update(statement)
        case ast.Delete():
            bound = binder.delete(statement)
        case _:
            raise NotSupportedError(f"{type(statement).__name__} cannot be planned")
    return Bound(bound, tuple(types))


def find_table(tables: Tables, name: tuple[str, ...], span: ast.Span = ast.NOWHERE) -> schema.Table:
    """Return the table of that name; 42P01 otherwise."""
    table = tables.get(name[-1])
    if table is None or (len(name) > 1 and name[-2] not in USER_SCHEMAS):
        raise UndefinedTable(
            f'relation "{".".join(name)}" does not exist',
            position=span[0] + 1 if span != ast.NOWHERE else None,
        )
    return table


class Binder:
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
        self._infer(node)
        return plan.RelationalPlan(node, as_of)

    def native(self, node: ast.Query) -> plan.SelectPlan:
        """Bind a SELECT over one table; NotNative where a part is beyond numpy."""
        if not isinstance(node, ast.Select) or not _is_plain(node):
            raise NotNative
        source = node.sources[0]
        assert isinstance(source, ast.TableRef)
        if len(source.name) > 1 and source.name[-2] not in USER_SCHEMAS:
            raise NotNative
        if source.name[-1] not in self.tables and _is_system(source.name[-1]):
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
            key=_key(table, predicate),
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
                self._infer(conjunct, expressions.table)
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
        if scalar_type(scalar).is_vector or scalar_type(scalar).name in ("jsonb", "text[]"):
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

    def _infer(self, root: object, table: schema.Table | None = None) -> None:
        """Give parameters of relational queries the types that casts, distances and comparisons
        with columns say, so that drivers can be told."""
        by_name = {column.name: column.type for column in table.columns} if table is not None else {}
        for node in walk(root):
            if isinstance(node, ast.TableRef) and node.name[-1] in self.tables:
                for column in self.tables[node.name[-1]].columns:
                    by_name.setdefault(column.name, column.type)
            elif isinstance(node, ast.TableRef) and node.name[-1].startswith("pg_"):
                by_name.setdefault("oid", Type("oid"))
        for node in walk(root):
            match node:
                case ast.Parameter(index=index):
                    self._set_type(index, UNKNOWN)
                case ast.Cast(operand=ast.Parameter(index=index)):
                    from_cast = self._expressions(None, None).scalar(node)
                    self._set_type(index, scalar_type(from_cast))
                case (
                    ast.Binary(left=ast.Name() as name, right=ast.Parameter(index=index))
                    | ast.Binary(left=ast.Parameter(index=index), right=ast.Name() as name)
                ):
                    self._set_type(index, by_name.get(name.parts[-1], UNKNOWN))
                case ast.Quantified(left=ast.Name() as name, right=ast.Parameter(index=index)):
                    known = by_name.get(name.parts[-1], UNKNOWN)
                    self._set_type(index, Type(f"{known.name}[]") if f"{known.name}[]" in OIDS else UNKNOWN)
                case ast.In(operand=ast.Name() as name, items=tuple() as items):
                    for item in items:
                        if isinstance(item, ast.Parameter):
                            self._set_type(item.index, by_name.get(name.parts[-1], UNKNOWN))
                case ast.Between(operand=ast.Name() as name, low=low, high=high):
                    for bound in (low, high):
                        if isinstance(bound, ast.Parameter):
                            self._set_type(bound.index, by_name.get(name.parts[-1], UNKNOWN))
                case ast.Select(limit=limit, offset=offset):
                    for count in (limit, offset):
                        if isinstance(count, ast.Parameter):
                            self._set_type(count.index, BIGINT)

    def _set_type(self, index: int, type_: Type) -> None:
        while len(self.types) <= index:
            self.types.append(UNKNOWN)
        if self.types[index] == UNKNOWN:
            self.types[index] = Type(type_.name) if type_.is_vector else type_

    # -------------------------------------------------------------- changes

    def insert(self, node: ast.Insert) -> plan.InsertPlan:
        table = find_table(self.tables, node.table, node.span)
        names = node.columns or tuple(column.name for column in table.columns)
        positions = tuple(self._target(table, name) for name in names)
        if len(set(positions)) < len(positions):
            raise DuplicateColumn("a column is specified more than once")
        rows: tuple[tuple[plan.Scalar | None, ...], ...] | None = None
        query: plan.SelectPlan | plan.RelationalPlan | None = None
        match node.query:
            case None:
                rows, positions = ((),), ()
            case ast.Values(rows=given) if _is_bare_values(node.query):
                widest = max(len(row) for row in given)
                if widest > len(positions):
                    raise SyntaxError("INSERT has more expressions than target columns")
                if node.columns and widest < len(positions):
                    raise SyntaxError("INSERT has more target columns than expressions")
                if any(len(row) != widest for row in given):
                    raise SyntaxError("VALUES lists must all be the same length")
                positions = positions[:widest]
                before = list(self.types)
                try:
                    rows = tuple(self._values_row(table, positions, row) for row in given)
                except NotNative:
                    self.types[:] = before
                    for row in given:
                        for position, value in zip(positions, row, strict=True):
                            if isinstance(value, ast.Parameter):
                                self._set_type(value.index, table.columns[position].type)
                    query = self.query(node.query)
            case _:
                query = self.query(node.query)
        expressions = self._expressions(table, None)
        returning = self._outputs(node.returning, table, expressions)
        if node.conflict is not None and not table.primary_key:
            raise ProgrammingError(
                "there is no unique or exclusion constraint matching the ON CONFLICT specification",
                sqlstate="42P10",
            )
        return plan.InsertPlan(
            table, positions, rows, query, node.conflict, self._conflict(table, node.conflict), returning
        )

    def _conflict(
        self, table: schema.Table, conflict: ast.Conflict | None
    ) -> tuple[tuple[int, plan.Scalar], ...]:
        """Bind DO UPDATE SET over a doubled table: the row there, then the row EXCLUDED."""
        if conflict is None or not conflict.assignments:
            return ()
        if conflict.where is not None:
            raise NotSupportedError("ON CONFLICT DO UPDATE ... WHERE is not supported yet")
        excluded = tuple(replace(c, name=f"excluded.{c.name}") for c in table.columns)
        doubled = replace(table, columns=table.columns + excluded)
        expressions = self._expressions(doubled, None)
        bound = []
        for name, value in conflict.assignments:
            position = self._target(table, name)
            renamed = _excluded_names(value)
            try:
                scalar = expressions.scalar(renamed, table.columns[position].type)
            except NotNative:
                raise NotSupportedError(
                    "this expression in ON CONFLICT DO UPDATE is not supported yet"
                ) from None
            bound.append((position, scalar))
        return tuple(bound)

    def _values_row(
        self, table: schema.Table, positions: tuple[int, ...], row: tuple[ast.Expression, ...]
    ) -> tuple[plan.Scalar | None, ...]:
        expressions = self._expressions(None, None)
        bound: list[plan.Scalar | None] = []
        for position, value in zip(positions, row, strict=True):
            if isinstance(value, ast.Default):
                bound.append(None)
                continue
            scalar = expressions.scalar(value, table.columns[position].type)
            if not isinstance(scalar, plan.Constant | plan.Parameter | plan.SubqueryValue):
                raise NotNative
            bound.append(scalar)
        return tuple(bound)

    def _target(self, table: schema.Table, name: str) -> int:
        position = table.position(name)
        if position < 0:
            raise UndefinedColumn(f'column "{name}" of relation "{table.name}" does not exist')
        return position

    def update(self, node: ast.Update) -> plan.UpdatePlan:
        if node.sources:
            raise NotSupportedError("UPDATE ... FROM is not supported yet")
        table = find_table(self.tables, node.table, node.span)
        expressions = self._expressions(table, node.alias)
        assignments: list[tuple[int, plan.Scalar | ast.Expression]] = []
        for name, value in node.assignments:
            position = self._target(table, name)
            if isinstance(value, ast.Default):
                default = table.columns[position].default
                value = parse_expression(default) if default else ast.Literal(None, "null")
            before = list(self.types)
            try:
                assignments.append((position, expressions.scalar(value, table.columns[position].type)))
            except NotNative:
                self.types[:] = before
                self._infer(value)
                assignments.append((position, value))
        rows = self._matched(table, node.where, expressions)
        returning = self._outputs(node.returning, table, expressions)
        return plan.UpdatePlan(table, tuple(assignments), rows, returning)

    def delete(self, node: ast.Delete) -> plan.DeletePlan:
        if node.sources:
            raise NotSupportedError("DELETE ... USING is not supported yet")
        table = find_table(self.tables, node.table, node.span)
        expressions = self._expressions(table, node.alias)
        rows = self._matched(table, node.where, expressions)
        return plan.DeletePlan(table, rows, self._outputs(node.returning, table, expressions))

    def _matched(
        self, table: schema.Table, where: ast.Expression | None, expressions: ExpressionBinder
    ) -> plan.SelectPlan:
        try:
            predicate = self._condition(where, expressions)
        except NotNative:
            raise NotSupportedError(
                "subqueries in WHERE of UPDATE and DELETE are not supported yet"
            ) from None
        return plan.SelectPlan(table, (), predicate, key=_key(table, predicate))


# ------------------------------------------------------------------ tree helpers


def conjuncts(node: ast.Expression) -> list[ast.Expression]:
    """Return the operands of a tree of ANDs, left to right."""
    if isinstance(node, ast.Binary) and node.op == "AND":
        return conjuncts(node.left) + conjuncts(node.right)
    return [node]


def walk(node: object) -> list[object]:
    """Return every AST node below and including `node`, in text order."""
    found: list[object] = []
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(reversed(item))
        elif hasattr(item, "__dataclass_fields__"):
            found.append(item)
            stack.extend(getattr(item, name) for name in reversed(list(item.__dataclass_fields__)))
    return found


def output_name(node: ast.Expression) -> str:
    """Return the name Postgres gives an unnamed column."""
    match node:
        case ast.Name(parts=parts):
            return parts[-1]
        case ast.Call(name=name):
            return name[-1]
        case ast.Cast(operand=operand, type=type_):
            inner = output_name(operand)
            return inner if inner != "?column?" else type_.name.split(".")[-1]
        case ast.Subquery(query=ast.Select(items=(item,))):
            return item.alias or output_name(item.expression)
        case ast.Case():
            return "case"
        case ast.Exists():
            return "exists"
        case ast.Array() | ast.ArrayQuery():
            return "array"
    return "?column?"


def output_names(query: ast.Query, found: Sequence[str]) -> list[str]:
    """Return Postgres' names of a query's columns; `found` are those the engine gave them, kept
    for what stands behind a `*`."""
    while isinstance(query, ast.SetOperation):
        query = query.left
    if isinstance(query, ast.Values):
        return [f"column{i}" for i in range(1, len(found) + 1)]
    names = list(found)
    items = query.items
    stars = [i for i, item in enumerate(items) if isinstance(item.expression, ast.Star)]
    first, last = (stars[0], stars[-1]) if stars else (len(items), -1)
    for place, item in enumerate(items):
        if place < first or place > last:
            at = place if place < first else place - len(items)
            names[at] = item.alias or output_name(item.expression)
    return names


def _is_plain(node: ast.Select) -> bool:
    """Whether a SELECT reads one table with nothing but WHERE, ORDER BY, LIMIT, OFFSET, AS OF."""
    return (
        len(node.sources) == 1
        and isinstance(node.sources[0], ast.TableRef)
        and not node.sources[0].columns
        and not (node.group_by or node.distinct or node.with_ or node.windows)
        and node.having is None
    )


def _is_system(name: str) -> bool:
    return name.startswith(("pg_", "vql_")) or name in ("tables", "columns")


def _is_bare_values(node: ast.Values) -> bool:
    return not node.order_by and node.limit is None and node.offset is None and not node.with_


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


def _key(table: schema.Table, predicate: plan.Predicate | None) -> tuple[plan.Scalar, ...] | None:
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


def _excluded_names(node: ast.Expression) -> ast.Expression:
    """Rewrite EXCLUDED.c to the doubled table's column "excluded.c"."""
    match node:
        case ast.Name(parts=("excluded", name)):
            return replace(node, parts=(f"excluded.{name}",))
        case ast.Binary():
            return replace(node, left=_excluded_names(node.left), right=_excluded_names(node.right))
        case ast.Cast():
            return replace(node, operand=_excluded_names(node.operand))
    return node
