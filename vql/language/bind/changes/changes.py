"""INSERT, UPDATE and DELETE with their names resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import TypeVar

from vql import schema
from vql.deadline import watched
from vql.errors import (
    AmbiguousColumn,
    DatatypeMismatch,
    DuplicateColumn,
    Error,
    NotSupportedError,
    UndefinedColumn,
)
from vql.language import ast, modify, plan
from vql.language.analyze.resolution.assignment import check_assignable
from vql.language.analyze.values.listed import check_lengths
from vql.language.ast.literals import literal_of
from vql.language.ast.walk import nodes_of, rewrite
from vql.language.bind.access.row_security import Kept, of_row
from vql.language.bind.changes.arbiters import arbiters_of
from vql.language.bind.changes.beside import Beside, beside, with_stars
from vql.language.bind.changes.identities import overridden, require_default, with_defaults
from vql.language.bind.changes.joined_changes import rows_joined
from vql.language.bind.changes.parts import require_as_many
from vql.language.bind.changes.system_columns import with_system_columns
from vql.language.bind.changes.updatable import kinds_of_functions
from vql.language.bind.conditions import ExpressionBinder
from vql.language.bind.definitions.domains import conditions_of
from vql.language.bind.names import find_target, short_names
from vql.language.bind.once import computed_once
from vql.language.bind.queries import QueryBinder, infer, searches_typed
from vql.language.bind.relational import returned_column
from vql.language.bind.scalars import NotNative
from vql.language.parser import parse_expression
from vql.types.type import Type

# Rows of VALUES whose expressions are computed one by one, each in about 50 us; of more they are one query.
ROWS_COMPUTED_MAX = 4

Changing = TypeVar("Changing", ast.Insert, ast.Update, ast.Delete, ast.Merge)


class ChangeBinder(QueryBinder):
    """One statement's binding, where it changes rows; `policies` are those over its rows."""

    policies = Kept()

    def insert(self, node: ast.Insert) -> modify.InsertPlan:
        table = find_target(self.tables, node.table, node.span)
        node = with_short_names(node, table, ("conflict", "returning"))
        names = node.columns or tuple(ast.ColumnName(column.name) for column in table.columns)
        positions = tuple(self._target(table, name) for name in names)
        if len(set(positions)) < len(positions):
            twice = next(name for place, name in enumerate(names) if name in names[:place])
            raise DuplicateColumn(f'column "{twice}" specified more than once', position=twice.position)
        if table.generated or any(column.identity for column in table.columns):
            node = with_defaults(node, table, positions)
        rows: tuple[tuple[plan.Scalar, ...], ...] | None = None
        query: plan.Query | None = None
        constants: tuple[plan.Constant, ...] | None = None
        defaulted: tuple[tuple[int, tuple[int, ...]], ...] = ()
        given_query = node.query
        if isinstance(given_query, ast.Values) and isinstance(given_query.rows, ast.LiteralRows):
            constants = _constants(table, positions, given_query.rows)
            if constants is None:  # one by one, so that the error is told where it is
                given_query = replace(given_query, rows=given_query.rows.literals())
        match given_query:
            case None:
                rows, positions = ((),), ()
            case _ if constants is not None:
                pass
            case ast.Values(rows=tuple() as given) if _is_bare_values(given_query):
                require_as_many(names, given[0])
                check_lengths(given)
                widest = len(given[0])
                positions, given, defaulted = _without_defaults(positions[:widest], given)
                before = list(self.types)
                try:
                    computes = len(given) <= ROWS_COMPUTED_MAX
                    rows = tuple(self._values_row(table, positions, row, computes) for row in watched(given))
                except NotNative:
                    self.types[:] = before
                    targets = tuple(table.columns[position] for position in positions)
                    query = self.query(_rows_of_values(replace(given_query, rows=given, targets=targets)))
            case _:
                targets = tuple(table.columns[position] for position in positions)
                if isinstance(given_query, ast.Select):
                    given_query = replace(given_query, targets=targets)
                query = self.query(given_query)
                self._check_columns(given_query, query, targets)
        expressions = self._expressions(table, node.alias)
        node, known = self._beside(node, table, (), ())
        whole = self._expressions(known.whole, node.alias)
        returning = self._returning(known.returned(node.returning), known.whole, whole)
        arbiters = () if node.conflict is None else arbiters_of(table, node.conflict, self.tables, self.types)
        updates, condition = self._conflict(table, node.alias, node.conflict)
        return modify.InsertPlan(
            table, positions, rows, query, node.conflict, arbiters, updates, condition, returning, constants,
            defaulted, self.checks(table) + self._view_checks(node, expressions), self.computed(table),
            known.shows_both, self._policies(table, self.policies.before if updates else ()),
            self._policies(table, self.policies.updated if updates else ()), bool(known.others),
            overridden=() if query is None else overridden(node, table, positions),
        )  # fmt: skip

    def computed(self, table: schema.Table) -> tuple[plan.Scalar | plan.Residual, ...]:
        """Bind what the generated and the computed columns of a table are in a row."""
        plain = replace(table, computed=())
        made = [
            self._assigned(parse_expression(table.columns[p].generated), p, self._expressions(plain, None))
            for p in table.generated
        ]
        for column in table.computed:
            expression, expressions = parse_expression(column.name), self._expressions(plain, None)
            try:
                made.append(expressions.scalar(expression, column.type))
            except NotNative:
                made.append(self._residual(expression, expressions))
        return tuple(made)

    def row_condition(self, table: schema.Table, condition: ast.Expression) -> plan.Predicate:
        """Bind a condition to a row of a table."""
        bound = self._condition(condition, self._expressions(replace(table, computed=()), None))
        assert bound is not None, "it is one"
        return bound

    def checks(
        self, table: schema.Table, policies: tuple[ast.Expression, ...] | None = None
    ) -> tuple[modify.RowCondition, ...]:
        """Bind the conditions of a table to a row of it, in the order in which they are looked at; with the
        policies over what is written, where no others are given."""
        made = self.domain_checks(table)
        made += self._policies(table, self.policies.written if policies is None else policies)
        for check in sorted(table.checks, key=lambda check: check.name):
            condition = self.row_condition(table, parse_expression(check.text))
            made.append(modify.RowCondition(check.name, condition))
        return tuple(made)

    def _policies(
        self, table: schema.Table, conditions: Iterable[ast.Expression]
    ) -> tuple[modify.RowCondition, ...]:
        """Bind policies to a row of a table."""
        made, expressions = [], self._expressions(replace(table, computed=()), None)
        for each in conditions:
            over = ast.IsTest(of_row(each, table.name), "TRUE", False)
            condition = self._condition(over, expressions, queries=True)
            assert condition is not None, "a policy has a condition"
            made.append(modify.RowCondition("", condition, is_of_policies=True))
        return tuple(made)

    def _view_checks(
        self, node: ast.Insert | ast.Update | ast.Merge, expressions: ExpressionBinder
    ) -> tuple[modify.RowCondition, ...]:
        """Bind the conditions of views that rows are written through."""
        made = []
        for view, check in node.view_checks:
            condition = self._condition(check, expressions, queries=True)
            assert condition is not None, "a check has a condition"
            made.append(modify.RowCondition(view, condition, is_of_view=True))
        return tuple(made)

    def domain_checks(self, table: schema.Table) -> list[modify.RowCondition]:
        """Bind what domains ask of the columns of a row."""
        made: list[modify.RowCondition] = []
        for column in table.columns:
            domain = column.type.domain
            if domain is None:
                continue
            expressions = self._expressions(replace(table, computed=()), None)
            for name, value in conditions_of(column):
                condition = self._condition(value, expressions, queries=column.type.is_of_domains)
                assert condition is not None, "a domain's check has a condition"
                shown = Type.formatted(domain.type)
                made.append(modify.RowCondition(name, condition, domain=shown, column=column.name))
        return made

    def _check_columns(self, node: ast.Query, query: plan.Query, targets: tuple[schema.Column, ...]) -> None:
        """Raise 42804 where a column of a query does not become the column it is assigned to."""
        if isinstance(query, plan.TableQuery):
            given = [output.scalar.type for output in query.outputs]
        else:
            given = [column.type for column in infer(node, self.tables, self.types)]
        while isinstance(node, ast.SetOperation):
            node = node.left
        written = [item.expression for item in node.items] if isinstance(node, ast.Select) else []
        if any(isinstance(expression, ast.Star) for expression in written):
            written = written * len(given) if len(written) == 1 else []
        for target, type_, expression in zip_longest(targets, given, written):
            if target is not None and type_ is not None:
                check_assignable(target, type_, expression)

    def _returning(
        self, items: tuple[ast.SelectItem, ...], table: schema.Table, expressions: ExpressionBinder
    ) -> tuple[plan.Output, ...]:
        """Bind RETURNING; what numpy has no form for is DuckDB's."""
        outputs: list[plan.Output] = []
        for item in self._with_fields(items, expressions):
            before = list(self.types)
            try:
                outputs += self._outputs((item,), table, expressions)
            except NotNative:
                self.types[:] = before
                assert expressions.source is not None, "the table that is changed"
                shown = searches_typed(item, self.tables, self.types)
                column = returned_column(shown, expressions.source, self.tables, self.types)
                residual = self._residual(item.expression, expressions, queries=True)
                outputs.append(plan.Output(column.name, plan.Computed(residual, column.type)))
        return tuple(outputs)

    def _with_fields(
        self, items: tuple[ast.SelectItem, ...], expressions: ExpressionBinder
    ) -> Iterator[ast.SelectItem]:
        """Yield the items of a list, the fields of a row one by one."""
        for item in items:
            row = item.expression
            if not isinstance(row, ast.Field) or row.name != "*":
                yield item
                continue
            assert expressions.source is not None, "the table that is changed"
            query = ast.Select((item,), expressions.source[:1])
            for column in infer(query, self.tables, self.types, expressions.source):
                yield ast.SelectItem(replace(row, name=column.name), column.name)

    def _conflict(
        self, table: schema.Table, alias: str | None, conflict: ast.Conflict | None
    ) -> tuple[tuple[tuple[int, plan.Scalar | plan.Residual], ...], plan.Predicate | None]:
        """Bind DO UPDATE SET and its WHERE over a doubled table: the row there, then the row EXCLUDED."""
        if conflict is None:
            return (), None
        if not conflict.assignments:
            return (), None
        excluded = tuple(replace(c, name=f"excluded.{c.name}") for c in table.columns)
        doubled = replace(table, columns=table.columns + excluded, computed=())
        expressions = self._expressions(doubled, alias)
        bound = []
        for name, value in conflict.assignments:
            position = self._target(table, name)
            value = _of_own(value, alias or table.name)
            require_default(table.columns[position], value)
            if position in table.generated:
                continue
            if isinstance(value, ast.Default):
                default = table.columns[position].value_by_default
                value = parse_expression(default) if default else ast.Literal(None, "null")
            bound.append((position, self._assigned(_of_two_rows(value, table), position, expressions)))
        where = None if conflict.where is None else _of_two_rows(conflict.where, table)
        try:
            return tuple(bound), self._condition(where, expressions)
        except NotNative:
            raise NotSupportedError("sub-queries in ON CONFLICT ... WHERE are not supported yet") from None

    def _assigned(
        self, value: ast.Expression, position: int, expressions: ExpressionBinder
    ) -> plan.Scalar | plan.Residual:
        """Bind a value that is given to a column; what numpy has no form for is DuckDB's."""
        assert expressions.table is not None
        before, column = list(self.types), expressions.table.columns[position]
        try:
            scalar = expressions.scalar(value, column.type)
            check_assignable(column, scalar.type, value)
            return scalar
        except NotNative:
            self.types[:] = before
            for given in infer(value, self.tables, self.types, expressions.source, "UPDATE"):
                check_assignable(column, given.type, value)
            return self._residual(value, expressions, queries=True)

    def _values_row(
        self, table: schema.Table, positions: tuple[int, ...], row: tuple[ast.Expression, ...], computes: bool
    ) -> tuple[plan.Scalar, ...]:
        """Bind a row of VALUES; where it `computes` with values that are computed for it."""
        expressions = self._expressions(None, None)
        bound: list[plan.Scalar] = []
        for position, value in zip(positions, row, strict=True):
            column = table.columns[position]
            own = value.index if isinstance(value, ast.Parameter) else None
            before = list(self.types) if own is None else self.types[own : own + 1]  # there may be thousands
            scalar: plan.Scalar | None
            try:
                scalar = expressions.scalar(value, column.type)
                check_assignable(column, scalar.type, value)
                if not isinstance(scalar, plan.Constant | plan.Parameter | plan.SubqueryValue):
                    raise NotNative
            except NotNative:
                self.types[own : None if own is None else own + 1] = before
                scalar = computed_once(value, self.tables, self.types, column) if computes else None
                if scalar is None:
                    raise
                check_assignable(column, scalar.type, value)
            bound.append(scalar)
        return tuple(bound)

    def _target(self, table: schema.Table, name: ast.ColumnName) -> int:
        position = table.position(name)
        if position < 0:
            text = f'column "{name}" of relation "{table.name}" does not exist'
            raise UndefinedColumn(text, position=name.position)
        return position

    def update(self, node: ast.Update) -> modify.UpdatePlan:
        table = find_target(self.tables, node.table, node.span)
        node = with_short_names(node, table, ("assignments", "sources", "where", "returning"))
        values = tuple(value for _, value in node.assignments)
        node, known = self._beside(node, table, node.sources, values)
        joined = self._joined(node, table, known, values) if node.sources else None
        # PostgreSQL's order: WHERE, RETURNING, SET.
        rows = joined or self._matched(table, node.where, self._expressions(table, node.alias))
        whole = self._expressions(known.whole, node.alias)
        returning = self._returning(known.returned(node.returning), known.whole, whole)
        expressions = self._expressions(replace(known, shows_both=False).whole, node.alias)
        assignments: list[tuple[int, plan.Scalar | plan.Residual]] = []
        for name, value in node.assignments:
            position = self._target(table, name)
            require_default(table.columns[position], value)
            if position in table.generated:
                continue
            if isinstance(value, ast.Default):
                default = table.columns[position].value_by_default
                value = parse_expression(default) if default else ast.Literal(None, "null")
            assignments.append((position, self._assigned(known.renamed(value), position, expressions)))
        checks = self.checks(table) + self._view_checks(node, self._expressions(table, node.alias))
        return modify.UpdatePlan(
            table, tuple(assignments), rows, returning, checks, self.computed(table), known.shows_both
        )

    def delete(self, node: ast.Delete) -> modify.DeletePlan:
        table = find_target(self.tables, node.table, node.span)
        node = with_short_names(node, table, ("sources", "where", "returning"))
        node, known = self._beside(node, table, node.sources, ())
        expressions = self._expressions(known.whole, node.alias)
        joined = self._joined(node, table, known, ()) if node.sources else None
        rows = joined or self._matched(table, node.where, self._expressions(table, node.alias))
        returning = self._returning(known.returned(node.returning), known.whole, expressions)
        return modify.DeletePlan(table, rows, returning, known.shows_both)

    def _beside(
        self, node: Changing, table: schema.Table, sources: tuple[ast.From, ...], parts: object
    ) -> tuple[Changing, Beside]:
        """Return a change without `*` where it reads more than its own rows, and what stands beside these."""
        node = with_system_columns(node, table, sources)
        known = beside(node, table, sources, self.tables, self.types, (parts, node.returning))
        if not sources and not known.others and not known.shows_both:
            return node, known
        node = replace(node, returning=with_stars(node, table, sources, self.tables, self.types))
        return node, beside(node, table, sources, self.tables, self.types, (parts, node.returning))

    def _joined(
        self,
        node: ast.Update | ast.Delete,
        table: schema.Table,
        known: Beside,
        values: tuple[ast.Expression, ...],
    ) -> modify.JoinedRows:
        """Return the rows that a join finds."""
        values += tuple(known.of_now(item.expression) for item in node.returning)
        return rows_joined(node, table, known, values, self.tables, self.types)

    def _matched(
        self, table: schema.Table, where: ast.Expression | None, expressions: ExpressionBinder
    ) -> plan.TableQuery:
        return plan.TableQuery(table, (), self._condition(where, expressions, queries=True))


def _rows_of_values(node: ast.Values) -> ast.Query:
    """Return VALUES as a select list where it is one row with functions that give rows."""
    if not isinstance(node.rows, tuple) or len(node.rows) > 1:
        return node
    items = tuple(map(ast.SelectItem, node.rows[0]))
    return ast.Select(items, targets=node.targets) if kinds_of_functions(items) == {"set-returning"} else node


def _without_defaults(
    positions: tuple[int, ...], rows: tuple[tuple[ast.Expression, ...], ...]
) -> tuple[tuple[int, ...], tuple[tuple[ast.Expression, ...], ...], tuple[tuple[int, tuple[int, ...]], ...]]:
    """Return columns and rows of VALUES without the columns that all rows leave to their defaults, and which
    rows leave others: they have NULL there."""
    if not any(isinstance(value, ast.Default) for row in rows for value in row):
        return positions, rows, ()
    left = [
        tuple(i for i, row in enumerate(rows) if isinstance(row[p], ast.Default))
        for p in range(len(positions))
    ]
    kept = [place for place in range(len(positions)) if len(left[place]) < len(rows)]
    null = ast.Literal(None, "null")
    given = tuple(
        tuple(null if isinstance(row[place], ast.Default) else row[place] for place in kept) for row in rows
    )
    defaulted = tuple((positions[place], left[place]) for place in kept if left[place])
    return tuple(positions[place] for place in kept), given, defaulted


def _constants(
    table: schema.Table, positions: tuple[int, ...], rows: ast.LiteralRows
) -> tuple[plan.Constant, ...] | None:
    """Return the values of many rows by columns; None where one does not fit its column, or a row."""
    columns = rows.columns()
    if columns is None or len(columns) != len(positions):
        return None
    made = []
    for texts, position in zip(columns, positions, strict=True):
        type_ = table.columns[position].type
        numbers = type_.is_number or type_.is_string
        try:
            made.append(
                plan.Constant(
                    tuple(_value_of_literal(text, type_, numbers) for text in watched(texts)), type_
                )
            )
        except Error:
            return None
    return tuple(made)


def _value_of_literal(text: str, type_: Type, numbers: bool) -> object:
    """Return the canonical value of a literal for a column, which takes `numbers` or does not."""
    literal = literal_of(text)
    if not numbers and literal.kind in ("integer", "decimal"):
        raise DatatypeMismatch("a number")
    return None if literal.value is None else type_.coerce(literal.value)


def _is_bare_values(node: ast.Values) -> bool:
    return not node.order_by and node.limit is None and node.offset is None and not node.with_


def with_short_names(node: Changing, table: schema.Table, parts: tuple[str, ...]) -> Changing:
    """Return a change in which columns are named behind the table's name alone, not the schema's."""
    if node.alias is not None:
        return node

    return replace(node, **{part: short_names(getattr(node, part), table) for part in parts})


def _of_own(value: ast.Expression, alias: str) -> ast.Expression:
    """Return a value with others in parts of it, in which what it has been is said to be the row's own."""
    match value:
        case ast.WithField(operand=operand, value=inner):
            return replace(value, operand=_own_operand(operand, alias), value=_of_own(inner, alias))
        case ast.WithElements(target=ast.Subscript() as target, value=inner):
            own = replace(target, operand=_own_operand(target.operand, alias))
            return replace(value, target=own, value=_of_own(inner, alias))
    return value


def _own_operand(node: ast.Expression, alias: str) -> ast.Expression:
    match node:
        case ast.Name(parts=(name,)):
            return replace(node, parts=(alias, name))
        case ast.Field(operand=operand) | ast.Subscript(operand=operand):
            return replace(node, operand=_own_operand(operand, alias))
    return node


def _of_two_rows(expression: ast.Expression, table: schema.Table) -> ast.Expression:
    """Rewrite EXCLUDED.c to the doubled table's column "excluded.c". Raises 42702 where it is not said which
    row's a column is."""
    of_queries = {id(n) for query in nodes_of(expression, ast.Select) for n in nodes_of(query, ast.Name)}

    def renamed(node: object) -> object:
        match node:
            case ast.Name(parts=("excluded", name)):
                return replace(node, parts=(f"excluded.{name}",))
            case ast.Name(parts=(name,)) if table.position(name) >= 0 and id(node) not in of_queries:
                raise AmbiguousColumn(f'column reference "{name}" is ambiguous', position=node.span[0] + 1)
        return node

    found: ast.Expression = rewrite(expression, renamed)
    return found
