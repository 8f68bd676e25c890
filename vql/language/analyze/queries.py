"""`Analyzer(catalog, parameter types).query(ast)`: a query with the types of all its parts.

The order is PostgreSQL's: WITH, FROM, the select list, WHERE, HAVING, ORDER BY, GROUP BY, LIMIT. Literals and
parameters that nothing gave a type become text where a query's columns must have one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from vql import schema
from vql.deadline import TERMS_BETWEEN_CHECKS, watched
from vql.errors import AmbiguousColumn, NotSupportedError, ProgrammingError, SyntaxError
from vql.functions import library
from vql.language import ast, parser
from vql.language.analyze import tree
from vql.language.analyze.aggregation import check_rows, dependent_columns
from vql.language.analyze.column_types import column_at, types_of_branch, with_column_types
from vql.language.analyze.constructs.recursion import common_columns, recursive, walked
from vql.language.analyze.expressions import Expressions
from vql.language.analyze.functions import rows_of_call
from vql.language.analyze.grouping import grouping_sets, is_distinct
from vql.language.analyze.names import (
    KEY,
    Merged,
    Relation,
    Scope,
    aliased_columns,
    of_view,
    offered,
    unique_columns,
    without_origin,
)
from vql.language.analyze.resolution.assignment import check_assignable
from vql.language.analyze.resolution.calls import operator_of
from vql.language.analyze.resolution.coerce import ASSIGNMENT, as_type, common_type
from vql.language.analyze.resolution.frames import sorted_by
from vql.language.analyze.rewrites import with_ties
from vql.language.analyze.values.listed import check_lengths, literal_columns
from vql.language.analyze.values.rows import junction
from vql.language.ast.walk import check_target_count, key_position, output_name
from vql.naming import refuse_reserved
from vql.types.type import BIGINT, BOOLEAN, TEXT, UNKNOWN, Type


class Sources(Protocol):
    """What a query reads."""

    def relation(self, ref: ast.TableRef) -> tree.RangeTable:
        """Return the relation that a reference names. Raises 42P01."""

    def prepared(self, node: ast.Select, common: frozenset[str]) -> ast.Select:
        """Return a SELECT with the parts of its FROM answered that are answered apart; `common` are the names
        of WITH that it sees."""

    def block(self, node: ast.Select) -> tree.RangeTable | None:
        """Return the answer of a SELECT that was planned as a vector search, None where it was not."""


class Analyzer:
    """One statement's analysis; `types` of parameters are completed as they become known."""

    def __init__(self, catalog: Sources, types: list[Type]) -> None:
        library.load_families()
        self._catalog = catalog
        self._types = types
        self.folds = self.series = 0  # aggregates and window functions met so far, functions that give rows

    # -------------------------------------------------------------- parameters

    def parameter(self, index: int) -> Type:
        """Return the type a parameter has so far."""
        return self._types[index] if index < len(self._types) else UNKNOWN

    def note(self, index: int, type_: Type) -> Type:
        """Take note of what a parameter of no type is used as, and return the type it has then."""
        if index < 0:  # stands for values that are seen to one by one
            return type_
        while len(self._types) <= index:
            self._types.append(UNKNOWN)
        if self._types[index] == UNKNOWN:
            self._types[index] = type_
        return self._types[index]

    def default(self, sql: str) -> tree.Expr:
        """Return the default of an argument, as declared."""
        statement = parser.parse(f"SELECT {sql}")
        assert isinstance(statement, ast.Select)
        return Expressions(self, Scope()).expression(statement.items[0].expression)

    # -------------------------------------------------------------- queries

    def query(self, node: ast.Query, outer: Scope | None = None) -> tree.Query:
        """Return a query with its types; columns of unknown type stay unknown (`settled`)."""
        scope = Scope(outer)
        common = self._common(node, scope)
        match node:
            case ast.Select():
                found = self._select(node, scope)
            case ast.Values():
                found = self._values(node, scope)
            case ast.SetOperation():
                found = self._set_operation(node, scope)
        return replace(found, common=common, recursive=node.recursive) if common else found

    def settled(self, found: tree.Query) -> tree.Query:
        """Return a query whose columns all have types: text where nothing says one."""
        types = [TEXT if column.type == UNKNOWN else column.type for column in found.columns]
        return with_column_types(found, types, self.note)

    def _common(self, node: ast.Query, scope: Scope) -> tuple[tree.CommonExpr, ...]:
        made = []
        for place, table in enumerate(node.with_):
            if any(table.name == other.name for other in node.with_[:place]):
                raise ProgrammingError(
                    f'WITH query name "{table.name}" specified more than once', sqlstate="42712",
                    position=table.span[0] + 1,
                )  # fmt: skip
            refuse_reserved(table.name)
            if table.walks:
                found, columns = walked(self, table, scope, is_recursive=node.recursive)
            elif node.recursive and isinstance(table.query, ast.SetOperation):
                found = self.settled(recursive(self, table, table.query, scope))
                columns = common_columns(found.columns, table)
            else:
                found = self.settled(literal_columns(table.query) or self.query(table.query, scope))
                columns = common_columns(found.columns, table)
            scope.common[table.name] = columns
            made.append(tree.CommonExpr(table.name, found, columns, table.materialized))
        return tuple(made)

    def _select(self, node: ast.Select, scope: Scope) -> tree.Query:
        node = self._catalog.prepared(node, scope.common_names())
        block = self._catalog.block(node)
        if block is not None:
            items = tuple(
                tree.Target(tree.Var(block.alias, c.column, c.type), c.name, c.column) for c in block.columns
            )
            return tree.SelectQuery(columns=block.columns, targets=items, sources=(block,))
        if node.per is not None:
            raise NotSupportedError("LIMIT ... PER is supported for the nearest rows of one table")
        sources = tuple(self._source(source, scope) for source in node.sources)
        expressions = Expressions(self, scope)
        for name, window in node.windows:
            if name in expressions.windows:
                raise ProgrammingError(f'window "{name}" is already defined', sqlstate="42P20")
            expressions.windows[name] = expressions.window(window)
        met = self.folds
        targets = self._targets(node.items, expressions)
        own = self.folds - met
        where = None if node.where is None else self._of_rows(node.where, "WHERE", "WHERE", expressions)
        met = self.folds - own
        having = None if node.having is None else expressions.condition(node.having, "HAVING")
        expressions.refuse_series(having, "HAVING")
        if node.distinct and not targets:
            raise ProgrammingError("SELECT DISTINCT must have at least one column", sqlstate="42601")
        keys = tuple(self._key(item, targets, expressions, node) for item in node.order_by)
        group, sets = self._grouping(node.group_by, targets, expressions)
        distinct_on = tuple(
            self._group_key(item, targets, expressions, "DISTINCT ON") for item in node.distinct_on
        )
        if node.targets:
            compared = range(len(targets)) if node.distinct else [key.target for key in keys]
            targets = self._assigned_targets(targets, node.targets, compared, (*group, *distinct_on))
        columns = tuple(offered(target, scope) for target in targets)
        offset, limit = self._count(node.offset, expressions), self._count(node.limit, expressions)
        found = tree.SelectQuery(
            columns=columns, targets=targets, sources=sources, where=where, group_by=group,
            grouping_sets=sets, having=having, order_by=keys, limit=limit, offset=offset,
            distinct=node.distinct, distinct_on=distinct_on,
        )  # fmt: skip
        if self.folds > met or node.group_by or having is not None:
            for key in group:
                check_rows(key, "GROUP BY", (scope.relations(),))
            found = replace(found, dependent=dependent_columns(found))
        return self._with_ties(found, node)

    def _of_rows(self, node: ast.Expression, what: str, clause: str, expressions: Expressions) -> tree.Expr:
        """Return a condition on single rows. Raises 42804, 42803, 42P20."""
        met = self.folds
        found = expressions.condition(node, what)
        expressions.refuse_series(found, clause)
        if self.folds > met:
            check_rows(found, clause, (expressions.scope.relations(),))
        return found

    def _targets(self, items: Sequence[ast.SelectItem], expressions: Expressions) -> tuple[tree.Target, ...]:
        found: list[tuple[str, tree.Expr]] = []
        origins: dict[int, tuple[int, int] | None] = {}
        for item in items:
            if isinstance(item.expression, ast.Star):
                found += expressions.scope.star(item.expression.table, item.expression.span)
                continue
            if isinstance(item.expression, ast.Field) and item.expression.name == "*":
                found += expressions.row_items(item.expression)
                continue
            expression = expressions.expression(item.expression)
            origins[len(found)] = item.origin
            found.append((item.alias or output_name(item.expression), expression))
        check_target_count(len(found))
        columns = unique_columns([name for name, _ in found], [e.type for _, e in found])
        return tuple(
            tree.Target(expression, column.name, column.column, origins.get(place))
            for place, ((_, expression), column) in enumerate(zip(found, columns, strict=True))
        )

    def _values(self, node: ast.Values, scope: Scope) -> tree.Query:
        expressions = Expressions(self, scope)
        written = node.rows.literals() if isinstance(node.rows, ast.LiteralRows) else node.rows
        met, given = self.folds, watched(written, TERMS_BETWEEN_CHECKS)
        rows = [[expressions.expression(cell) for cell in row] for row in given]
        check_lengths(written)
        cells = tuple(map(tuple, rows))
        expressions.refuse_series(cells, "VALUES")
        if self.folds > met:
            check_rows(cells, "VALUES", (frozenset(),))
        if node.targets:
            return self._assigned(rows, written, node.targets)
        types = [common_type([row[i].type for row in rows], "VALUES") for i in range(len(rows[0]))]
        made = tuple(
            tuple(as_type(cell, t, self.note) for cell, t in zip(row, types, strict=True))
            for row in watched(rows)
        )
        columns = unique_columns([f"column{i + 1}" for i in range(len(types))], types)
        found = tree.ValuesQuery(columns=columns, rows=made)
        return self._tailed(found, node, expressions)

    def _assigned(
        self, rows: Sequence[Sequence[tree.Expr]], nodes: Sequence[Sequence[ast.Expression]],
        targets: Sequence[schema.Column],
    ) -> tree.ValuesQuery:  # fmt: skip
        """Return the rows of an INSERT, each value as its column takes it. Raises 42804."""
        made = []
        for row, written in zip(rows, nodes, strict=True):
            for cell, node, target in zip(row, written, targets, strict=True):
                check_assignable(target, cell.type, node)
            types = [target.type.sized(None) for target in targets]
            made.append(
                tuple(
                    as_type(cell, t, self.note, ASSIGNMENT, node.span)
                    for cell, t, node in zip(row, types, written, strict=True)
                )
            )
        columns = unique_columns([target.name for target in targets], types)
        return tree.ValuesQuery(columns=columns, rows=tuple(made))

    def _assigned_targets(
        self, targets: Sequence[tree.Target], given: Sequence[schema.Column], compared: Sequence[int],
        keys: Sequence[tree.Expr],
    ) -> tuple[tree.Target, ...]:  # fmt: skip
        """Return the columns of an INSERT's query, those of no type as what they are assigned to takes them,
        as texts where rows are `compared` by them or they are among the `keys` of groups."""
        made = []
        for place, (target, column) in enumerate(zip(targets, given, strict=False)):
            expression = target.expression
            if expression.type == UNKNOWN:
                is_key = place in compared or any(_is_as_text(key, expression) for key in keys)
                type_ = TEXT if is_key else column.type.sized(None)
                span = getattr(expression, "span", ast.NOWHERE)
                expression = as_type(expression, type_, self.note, ASSIGNMENT, span)
            made.append(replace(target, expression=expression))
        return (*made, *targets[len(made) :])

    def _set_operation(self, node: ast.SetOperation, scope: Scope) -> tree.Query:
        left, right = self.query(node.left, scope), self.query(node.right, scope)
        if len(left.columns) != len(right.columns):
            raise ProgrammingError(
                f"each {node.op} query must have the same number of columns", sqlstate="42601",
                position=column_at(node.right, 0),
            )  # fmt: skip
        if not left.columns:
            raise NotSupportedError(f"{node.op} of queries without columns is not supported")
        types = [
            common_type(both, node.op, column_at(node.right, place))
            for place, both in enumerate(zip(*map(types_of_branch, (left, right)), strict=True))
        ]
        left, right = with_column_types(left, types, self.note), with_column_types(right, types, self.note)
        found = tree.SetQuery(
            columns=without_origin(left.columns), op=node.op, all=node.all, left=left, right=right
        )
        return self._tailed(found, node, Expressions(self, scope))

    def _tailed(
        self, found: tree.Query, node: ast.Values | ast.SetOperation, expressions: Expressions
    ) -> tree.Query:
        """Add ORDER BY, LIMIT and OFFSET of a query that has columns and no relations."""
        keys = []
        for item in node.order_by:
            place = _place(item.expression, found.columns)
            if place is None:
                if isinstance(item.expression, ast.Name):
                    expressions.expression(item.expression)
                raise ProgrammingError(
                    "invalid UNION/INTERSECT/EXCEPT ORDER BY clause", sqlstate="0A000",
                    detail="Only result column names can be used, not expressions or functions.",
                    hint="Add the expression/function to every SELECT, or move the UNION into a FROM clause.",
                    position=item.expression.span[0] + 1,
                )  # fmt: skip
            column = found.columns[place]
            keys.append(sorted_by(item, tree.Var(None, column.column, column.type), place))
        made = replace(
            found, order_by=tuple(keys), limit=self._count(node.limit, expressions),
            offset=self._count(node.offset, expressions),
        )  # fmt: skip
        return self._with_ties(made, node)

    def _with_ties(self, found: tree.Query, node: ast.Query) -> tree.Query:
        """Return a query with the rows that are equal to its last, where FETCH asks for them."""
        if node.ties is None:
            return found
        if not found.order_by:
            text = "WITH TIES cannot be specified without ORDER BY clause"
            raise SyntaxError(text, position=node.ties[0] + 1)
        return with_ties(self, self.settled(found))

    def _count(self, node: ast.Expression | None, expressions: Expressions) -> tree.Expr | None:
        if node is None:
            return None
        found = expressions.value(node, BIGINT)
        expressions.refuse_series(found, "LIMIT")
        check_rows(found, "LIMIT", (expressions.scope.relations(),))
        return found

    # -------------------------------------------------------------- keys

    def _key(
        self, item: ast.OrderItem, targets: Sequence[tree.Target], expressions: Expressions, node: ast.Select
    ) -> tree.SortKey:
        place = _target(item.expression, targets, "ORDER BY")
        if place is not None:
            return sorted_by(item, targets[place].expression, place)
        found = expressions.settled(expressions.expression(item.expression))
        place = next((i for i, t in enumerate(targets) if t.expression == found), -1)
        if node.distinct and place < 0:
            raise ProgrammingError(
                "for SELECT DISTINCT, ORDER BY expressions must appear in select list", sqlstate="42P10",
                position=item.expression.span[0] + 1,
            )  # fmt: skip
        return sorted_by(item, found, place)

    def _grouping(
        self, items: Sequence[ast.Expression], targets: Sequence[tree.Target], expressions: Expressions
    ) -> tuple[tuple[tree.Expr, ...], tuple[tuple[int, ...], ...]]:
        """Return the keys of GROUP BY and the sets of them that are grouped by, none for all at once."""
        sets = grouping_sets(items)
        keys: list[tree.Expr] = []
        made = []
        for one in sets:
            places = []
            for item in one:
                key = self._group_key(item, targets, expressions)
                if key not in keys:
                    keys.append(key)
                places.append(keys.index(key))
            made.append(tuple(dict.fromkeys(places)))
        if is_distinct(items):
            made = list({frozenset(one): one for one in reversed(made)}.values())[::-1]
        return tuple(keys), tuple(made) if len(made) != 1 or not made[0] and items else ()

    def _group_key(
        self,
        node: ast.Expression,
        targets: Sequence[tree.Target],
        expressions: Expressions,
        clause: str = "GROUP BY",
    ) -> tree.Expr:
        is_column = isinstance(node, ast.Name) and expressions.scope.named(node.parts) is not None
        place = None if is_column and clause == "GROUP BY" else _target(node, targets, clause)
        found = targets[place].expression if place is not None else expressions.expression(node)
        return expressions.settled(found)

    # -------------------------------------------------------------- FROM

    def _source(self, node: ast.From, scope: Scope) -> tree.FromItem:
        match node:
            case ast.TableRef():
                return self._table(node, scope)
            case ast.QueryRef():
                # Only a LATERAL one sees what stands before it.
                around = scope if node.lateral else Scope(scope.outer, common=scope.common)
                query = literal_columns(node.query) or self.settled(self.query(node.query, around))
                columns = aliased_columns(query.columns, node.columns, node.alias or "")
                columns = tuple(replace(c, is_system=True) if c.name.startswith(KEY) else c for c in columns)
                if node.view is not None:
                    columns = of_view(columns, node.view_id)
                alias = node.alias or f"vql__unnamed{len(scope.items)}"
                alias = scope.add(alias, columns, node.view or "")
                return tree.RangeQuery(query, alias, columns, node.lateral)
            case ast.CallRef():
                return rows_of_call(node, Expressions(self, scope))
            case ast.Join():
                return self._join(node, scope)

    def _table(self, node: ast.TableRef, scope: Scope) -> tree.RangeTable:
        common = scope.common_table(node.name[0]) if len(node.name) == 1 else None
        if common is not None:
            found = tree.RangeTable(node.name[0], node.alias or node.name[0], common)
        else:
            found = self._catalog.relation(node)
        columns = aliased_columns(found.columns, node.columns, found.alias)
        columns = (*columns, *(column for column, _ in found.system))
        alias = scope.add(found.alias, columns, "" if node.alias or common is not None else found.schema)
        if common is None:
            scope.stored.add(alias)
            scope.unread[alias] = found.unread
        if found.row_type is not None:
            scope.row_types[alias] = found.row_type
        return replace(found, alias=alias, columns=columns)

    def _join(self, node: ast.Join, scope: Scope) -> tree.JoinExpr:
        first = len(scope.items)
        left = self._source(node.left, scope)
        middle, merged = len(scope.items), list(scope.merged)
        right = self._source(node.right, scope)
        lefts, rights = scope.items[first:middle], scope.items[middle:]
        if node.kind in ("RIGHT", "FULL"):
            scope.nullable |= {alias for alias, _ in lefts}
        if node.kind in ("LEFT", "FULL"):
            scope.nullable |= {alias for alias, _ in rights}
        using = node.using
        if node.natural:
            right_names = {c.name for _, columns in rights for c in columns if not c.is_system}
            left_names = [c.name for _, columns in lefts for c in columns if not c.is_system]
            using = tuple(name for name in dict.fromkeys(left_names) if name in right_names)
        on: tree.Expr | None = None
        if node.on is not None:
            on = self._of_rows(node.on, "JOIN/ON", "JOIN conditions", Expressions(self, scope))
        elif using:
            on = junction(
                "AND", tuple(self._using(name, node, scope, lefts, rights, merged) for name in using)
            )
        elif node.kind != "CROSS":
            on = tree.Const(True, BOOLEAN)
        return tree.JoinExpr(node.kind, left, right, on)

    def _using(
        self, name: str, node: ast.Join, scope: Scope, lefts: Sequence[Relation], rights: Sequence[Relation],
        merged: Sequence[Merged],
    ) -> tree.Expr:  # fmt: skip
        """Merge a column of both sides, and return the condition that it is equal."""
        left = scope.side(name, "left", lefts, merged)
        right = scope.side(name, "right", rights, scope.merged)
        type_ = common_type([left.type, right.type], "JOIN/USING")
        sides = [as_type(side, type_, self.note) for side in (left, right)]
        both = tree.ChoiceExpr("coalesce", tuple(sides), type_)
        value = both if node.kind == "FULL" else sides[node.kind == "RIGHT"]
        scope.merge(name, value, (*lefts, *rights))
        return operator_of(self, "=", (left, right), node.span)


def _is_as_text(key: tree.Expr, node: tree.Expr) -> bool:
    """Whether a key is a literal or parameter of no type as text."""
    if isinstance(key, tree.Param) and isinstance(node, tree.Param):
        return key.index == node.index
    return isinstance(key, tree.Coerce) and isinstance(node, tree.Const) and key.operand == node


def _place(node: ast.Expression, columns: Sequence[tree.OutputColumn]) -> int | None:
    """Return which output column a key is, by its name or its number."""
    if isinstance(node, ast.Name) and len(node.parts) == 1:
        return next((i for i, c in enumerate(columns) if c.name == node.parts[0]), None)
    return key_position(node, len(columns), "ORDER BY")


def _target(node: ast.Expression, targets: Sequence[tree.Target], clause: str) -> int | None:
    """Return which item of the select list a key is, by its number or its name."""
    if isinstance(node, ast.Name) and len(node.parts) == 1:
        named = [i for i, target in enumerate(targets) if target.name == node.parts[0]]
        if len({targets[i].expression for i in named}) > 1:
            raise AmbiguousColumn(f'{clause} "{node.parts[0]}" is ambiguous', position=node.span[0] + 1)
        return named[0] if named else None
    return key_position(node, len(targets), clause)
