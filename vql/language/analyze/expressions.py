"""Expressions of a syntax tree as typed ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from vql.deadline import TERMS_BETWEEN_CHECKS, watched
from vql.errors import (
    DatatypeMismatch,
    NotSupportedError,
    ProgrammingError,
    UndefinedObject,
)
from vql.functions.declare import FUNCTIONS
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.aggregation import check_no_series
from vql.language.analyze.constructs.sql_json import SqlJsonAnalysis
from vql.language.analyze.inlined import inlined, signature_of
from vql.language.analyze.names import Scope
from vql.language.analyze.resolution.calls import (
    Analysis,
    check_aggregate,
    check_plain,
    check_within_group,
    distinct_order,
    fitting,
    function_of,
    match_of,
    operator_of,
)
from vql.language.analyze.resolution.coerce import (
    EXPLICIT,
    RECORD,
    as_type,
    can_coerce,
    common_type,
    shared_type,
    signature_type,
)
from vql.language.analyze.resolution.frames import sorted_by, window_of
from vql.language.analyze.resolution.hypothetical import HYPOTHETICAL, hypothetical, of_groups
from vql.language.analyze.resolution.literals import literal, numbers_within
from vql.language.analyze.resolution.resolve import Resolution
from vql.language.analyze.values import rows
from vql.language.analyze.values.domains import in_domain
from vql.language.analyze.values.listed import among_literals, in_items
from vql.language.analyze.values.ranges import made_range
from vql.language.analyze.values.records import (
    field_called,
    record_field,
    record_fields,
    row_null_test,
    with_field,
)
from vql.language.analyze.values.subscripts import subscripted, with_subscripted
from vql.language.ast.walk import operands, type_of_cast
from vql.types.collations import check_collation
from vql.types.type import (
    BOOLEAN,
    INTEGER,
    TEXT,
    UNKNOWN,
    VECTOR,
    Type,
    type_named,
)

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
CHOICES = frozenset({"coalesce", "greatest", "least"})


class QueryAnalysis(Analysis, Protocol):
    """What an expression asks of the statement it is part of."""

    def query(self, node: ast.Query, outer: Scope | None = None) -> tree.Query:
        """Return a query with its types; columns of unknown type stay unknown."""

    def settled(self, found: tree.Query) -> tree.Query:
        """Return a query whose columns all have types: text where nothing says one."""


class Expressions:
    """Analyses the expressions of one query level."""

    def __init__(self, analyzer: QueryAnalysis, scope: Scope) -> None:
        self.analyzer = analyzer
        self.scope = scope
        self.windows: dict[str, tree.WindowDef] = {}

    # -------------------------------------------------------------- what others ask

    def expression(self, node: ast.Expression) -> tree.Expr:
        """Return an expression with its types; a literal or parameter of no type keeps it unknown."""
        match node:
            case ast.Literal():
                return literal(node)
            case ast.Parameter(index=index):
                return tree.Param(index, self.analyzer.parameter(index), node.span)
            case ast.VectorLiteral(text=text):
                return tree.Coerce(tree.Const(text, UNKNOWN), VECTOR, by_text=True)
            case ast.Name():
                return self._name(node)
            case ast.Unary(op="NOT", operand=operand):
                return tree.BoolExpr("NOT", (self.condition(operand, "NOT"),))
            case ast.Unary(op=op, operand=operand):
                return self._prefix(op, self.expression(operand), node.span)
            case ast.Binary():
                return self._binary(node)
            case ast.IsTest():
                return self._test(node)
            case ast.In():
                return self._in(node)
            case ast.Between():
                return self._between(node)
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
        return self._constructed(node)

    def _constructed(self, node: ast.Expression) -> tree.Expr:
        match node:
            case ast.Array(items=items):
                return self._array(items)
            case ast.Row(items=items):
                found = tuple(rows.row_values(items, self))
                return tree.RowExpr(found, tuple(f"f{i + 1}" for i in range(len(found))), RECORD)
            case ast.Subscript():
                return subscripted(node, self.expression, self.analyzer)
            case ast.Subquery(query=query):
                return self._scalar_query(query, node.span)
            case ast.Exists(query=query):
                return tree.SubLink("exists", self.analyzer.query(query, self.scope), BOOLEAN)
            case ast.ArrayQuery(query=query):
                found_query = self.analyzer.settled(self.analyzer.query(query, self.scope))
                type_ = found_query.columns[0].type.sized(None)
                return tree.SubLink("array", found_query, type_ if type_.is_array else type_.array)
            case ast.Extract(field=field, operand=operand):
                name = tree.Const(field.lower(), TEXT)
                return function_of(self.analyzer, ("extract",), (name, self.expression(operand)), node.span)
            case ast.Collate(operand=operand, collation=name):
                ordered = self.expression(operand)
                check_collation(name, ordered.type, node.span[0] + 1)
                return ordered
            case ast.SqlJson():
                return SqlJsonAnalysis(self, self.analyzer, node).analyzed()
            case ast.Field():
                return record_field(self.expression(node.operand), node, self.scope.offered)
            case ast.WithField(operand=operand, value=value):
                found_row, given = self.expression(operand), self.expression(value)
                return with_field(found_row, node, given, self.analyzer.note)
            case ast.WithElements(value=value):
                return with_subscripted(node, self.expression, self.expression(value), self.analyzer)
            case ast.Star(table=str() as table):
                return self._name(ast.Name((table,), node.span))
        raise NotSupportedError(f"{type(node).__name__} is not supported in this expression yet")

    def condition(self, node: ast.Expression, what: str) -> tree.Expr:
        """Return an expression as a boolean. Raises 42804."""
        return self.as_boolean(self.expression(node), what, node)

    def refuse_series(self, found: object, clause: str) -> None:
        """Raise 0A000 for a function that gives rows."""
        if self.analyzer.series:
            check_no_series(found, f"set-returning functions are not allowed in {clause}")

    def as_boolean(self, found: tree.Expr, what: str, node: ast.Expression) -> tree.Expr:
        if found.type not in (BOOLEAN, UNKNOWN):
            raise DatatypeMismatch(
                f"argument of {what} must be type boolean, not type {found.type.formatted()}",
                # Of what begins with a bracket only what is behind it is known.
                position=None if isinstance(node, ast.Subquery) else node.span[0] + 1,
            )
        return as_type(found, BOOLEAN, self.analyzer.note)

    def value(self, node: ast.Expression, type_: Type) -> tree.Expr:
        """Return an expression as a value of a type that an assignment may convert to."""
        return as_type(self.expression(node), type_, self.analyzer.note, 1, node.span)

    def settled(self, found: tree.Expr) -> tree.Expr:
        """Return an expression that has a type: text where nothing says one."""
        return as_type(found, TEXT, self.analyzer.note) if found.type == UNKNOWN else found

    def together(
        self, items: Sequence[tree.Expr], what: str, position: int | None = None
    ) -> tuple[tree.Expr, ...]:
        """Return expressions as values of the type they have in common. Raises 42804."""
        type_ = common_type([item.type for item in items], what, position)
        return tuple(as_type(item, type_, self.analyzer.note) for item in items)

    # -------------------------------------------------------------- names and operators

    def _name(self, node: ast.Name) -> tree.Expr:
        found = self.scope.column(node)
        if found is not None:
            return found
        alias = node.parts[-1]
        value = self.scope.value(alias)
        if value is not None:
            return value
        columns = self.scope.relation(alias)
        assert columns is not None, "it is a column or a relation"
        own = [column for column in columns if column.column != ast.ROW and not column.is_system]
        items = tuple(tree.Var(alias, column.column, column.type) for column in own)
        names = tuple(column.name for column in own)
        return tree.RowExpr(items, names, self.scope.row_type(alias), alias in self.scope.nullable, True)

    def _prefix(self, op: str, operand: tree.Expr, span: ast.Span) -> tree.Expr:
        if op in "+-" and isinstance(operand, tree.Const) and operand.type.is_number and op:
            value = operand.value
            if isinstance(value, int | Decimal):
                return replace(operand, value=-value if op == "-" else value)
        return operator_of(self.analyzer, op, (operand,), span)

    def _binary(self, node: ast.Binary) -> tree.Expr:
        op = node.op
        if op in ("AND", "OR"):
            items = tuple(
                self.condition(item, op) for item in watched(operands(node, op), TERMS_BETWEEN_CHECKS)
            )
            return tree.BoolExpr(op, items)
        left = self.expression(node.left)
        if rows.is_written(left) and isinstance(node.right, ast.Subquery):
            query = self.analyzer.settled(self.analyzer.query(node.right.query, self.scope))
            return rows.against_query(self.compared, op, left, query, "row", False, ast.operator_span(node))
        right = self.expression(node.right)
        if op in ("IS DISTINCT FROM", "IS NOT DISTINCT FROM"):
            return rows.distinct(self.compared, left, right, "NOT" in op, ast.operator_span(node))
        return self.compared(op, left, right, ast.operator_span(node))

    def compared(self, op: str, left: tree.Expr, right: tree.Expr, span: ast.Span) -> tree.Expr:
        """Return a binary operator applied, also to rows."""
        if op in COMPARISONS and rows.is_written(left) and rows.is_written(right):
            return rows.compared_rows(self.compared, op, left, right, span)
        if op in COMPARISONS:
            rows.check_known(left, right)
        return operator_of(self.analyzer, op, (left, right), span)

    def row_items(self, node: ast.Field) -> list[tuple[str, tree.Expr]]:
        """Return the fields of `(row).*` by name. Raises 42809."""
        return record_fields(self.expression(node.operand), node, self.scope.offered)

    # -------------------------------------------------------------- predicates

    def _test(self, node: ast.IsTest) -> tree.Expr:
        found = self.expression(node.operand)
        if node.test == "NULL":
            if isinstance(found, tree.RowExpr):
                parts = tuple(tree.BooleanTest(item, "NULL", node.negated) for item in found.items)
                return parts[0] if len(parts) == 1 else tree.BoolExpr("AND", parts)
            if found.type.composite or found.type == RECORD:
                return row_null_test(found, node.negated)
            return tree.BooleanTest(self.settled(found), "NULL", node.negated)
        what = f"IS {'NOT ' if node.negated else ''}{node.test}"
        return tree.BooleanTest(self.as_boolean(found, what, node.operand), node.test, node.negated)

    def _in(self, node: ast.In) -> tree.Expr:
        left = self.expression(node.operand)
        listed = node.items
        if isinstance(listed, ast.LiteralList):
            if (among := among_literals(left, node, self.analyzer)) is not None:
                return among
            listed = listed.literals()
        if not isinstance(listed, tuple):
            return self._any_query(
                "=", left, listed, is_any=True, negated=node.negated, span=ast.operator_span(node)
            )
        items = [self.expression(item) for item in watched(listed, TERMS_BETWEEN_CHECKS)]
        return in_items(left, items, node, self.compared, self.analyzer)

    def _between(self, node: ast.Between) -> tree.Expr:
        operand, low, high = map(self.expression, (node.operand, node.low, node.high))
        ops, word = ((">=", "<="), "AND") if not node.negated else (("<", ">"), "OR")
        span = ast.operator_span(node)
        first = self.compared(ops[0], operand, low, span)
        if operand.type == UNKNOWN:  # a parameter is what the first comparison has made it
            operand = self.expression(node.operand)
        return tree.BoolExpr(word, (first, self.compared(ops[1], operand, high, span)))

    def _like(self, node: ast.Like) -> tree.Expr:
        operand, pattern = self.expression(node.operand), self.expression(node.pattern)
        if node.escape is not None:
            escape = self.expression(node.escape)
            pattern = function_of(self.analyzer, ("like_escape",), (pattern, escape), ast.operator_span(node))
        op = ("!" if node.negated else "") + ("~~*" if node.ignore_case else "~~")
        return operator_of(self.analyzer, op, (operand, pattern), ast.operator_span(node))

    def _quantified(self, node: ast.Quantified) -> tree.Expr:
        left, is_any = self.expression(node.left), node.quantifier.upper() != "ALL"
        if isinstance(node.right, ast.Subquery):
            return self._any_query(
                node.op, left, node.right.query, is_any=is_any, span=ast.operator_span(node)
            )
        right = self.expression(node.right)
        if right.type.of_list != right.type:
            right = as_type(right, right.type.of_list, self.analyzer.note)
        if right.type not in (UNKNOWN,) and not right.type.is_array:
            raise ProgrammingError(
                "op ANY/ALL (array) requires array on right side", sqlstate="42809",
                position=ast.operator_span(node)[0] + 1,
            )  # fmt: skip
        element = tree.Param(-1, UNKNOWN if right.type == UNKNOWN else right.type.element)
        compared = operator_of(self.analyzer, node.op, (left, element), ast.operator_span(node))
        array = as_type(right, compared.arguments[1].type.sized(None).array, self.analyzer.note)
        return tree.ArrayComparison(compared.function, compared.arguments[0], array, is_any)

    def _any_query(
        self, op: str, left: tree.Expr, query: ast.Query, *, is_any: bool, negated: bool = False,
        span: ast.Span,
    ) -> tree.Expr:  # fmt: skip
        found = self.analyzer.settled(self.analyzer.query(query, self.scope))
        kind = "any" if is_any else "all"
        return rows.against_query(self.compared, op, left, found, kind, negated, span)

    # -------------------------------------------------------------- calls and casts

    def _call(self, node: ast.Call) -> tree.Expr:
        name = node.name[-1]
        if len(node.name) == 1 and name in CHOICES and node.arguments:
            items = self.together([self.expression(a) for a in node.arguments], name.upper())
            self.refuse_series(items, name.upper())
            return tree.ChoiceExpr(name, items, shared_type(items))
        if len(node.name) == 1 and name == "nullif" and len(node.arguments) == 2:
            left, right = map(self.expression, node.arguments)
            equality = operator_of(self.analyzer, "=", (left, right), node.span)
            value = equality.arguments[0]  # as the operator takes it
            return tree.NullIfExpr(equality, value, value.type)
        if node.name == ("grouping",):
            keys = tuple(self.settled(self.expression(argument)) for argument in node.arguments)
            return tree.GroupingFunc(keys, INTEGER, tuple(a.span for a in node.arguments))
        if node.within_group and name in HYPOTHETICAL:
            return self._hypothetical(node)
        if len(node.arguments) == 1 and node.arguments[0] == ast.Star():
            arguments: list[tree.Expr] = []
        else:
            arguments = [self.expression(argument) for argument in node.arguments]
        is_text = bool(arguments) and isinstance(arguments[0], tree.Const) and arguments[0].type == UNKNOWN
        if name == "pg_typeof" and len(arguments) == 1 and (is_text or arguments[0].type.domain is not None):
            shown = tree.Const("unknown" if is_text else arguments[0].type.formatted(), TEXT)
            return as_type(shown, type_named("regtype"), self.analyzer.note, EXPLICIT)
        field = field_called(node, arguments, self.scope.offered)
        if field is None and (made := made_range(self.analyzer, node, arguments)) is not None:
            return made
        return field or self._as_cast(node, arguments) or self._applied(node, arguments)

    def _hypothetical(self, node: ast.Call) -> tree.Expr:
        """Return where a row would stand among those of a group, as counts that know what makes the row."""
        counts, given = self.expression(hypothetical(node)), tuple(map(self.expression, node.arguments))
        return of_groups(counts, given, node.span)

    def _applied(self, node: ast.Call, arguments: list[tree.Expr]) -> tree.Expr:
        """Return a call of a function, an aggregate or a window function."""
        within = tuple(map(self.sort_key, node.within_group))
        arguments = [*arguments, *(key.expression for key in within)]
        candidate, match, found = self.meant(node, arguments)
        is_star = bool(node.arguments) and not arguments
        if candidate is not None:
            check_plain(node, is_star)
            return inlined(self.analyzer, candidate, found)
        if not match.function.is_aggregate:
            check_plain(node, is_star)
            self.analyzer.series += match.function.gives_rows
            return tree.FuncExpr(match.function, found, match.result, node.span)
        check_aggregate(node, match.function, is_star)
        self.analyzer.folds += 1
        if self.analyzer.series:
            kind = "aggregate" if node.over is None else "window"
            check_no_series(found, f"{kind} function calls cannot contain set-returning function calls")
        if node.distinct and node.over is not None:
            what = "DISTINCT is not implemented for window functions"
            raise NotSupportedError(what, position=node.span[0] + 1)
        return tree.Aggref(
            match.function, found, match.result,
            distinct=node.distinct and match.function.name != "any_value",  # the first is in their order
            order_by=within or distinct_order(node, found, tuple(map(self.sort_key, node.order_by))),
            filter=None if node.filter is None else self.condition(node.filter, "FILTER"),
            over=None if node.over is None else self.window(node.over),
            is_star=is_star, span=node.span, direct=found[: len(found) - len(within)] if within else (),
        )  # fmt: skip

    def meant(
        self, node: ast.Call, arguments: Sequence[tree.Expr]
    ) -> tuple[ast.Candidate | None, Resolution, tuple[tree.Expr, ...]]:
        """Return what a call means, the function that somebody made first, and what it takes."""
        spread = node.arguments[-1].span if node.is_variadic else None
        made = {signature_of(each.routine): each for each in node.candidates}
        match, given = match_of(
            self.analyzer, node.name, arguments, node.span, node.argument_names, spread, tuple(made)
        )
        check_within_group(node, match.function)
        return made.get(match.function), match, fitting(self.analyzer, given, match)

    def _as_cast(self, node: ast.Call, arguments: list[tree.Expr]) -> tree.Expr | None:
        """Return float8(x) and the like as the cast it is, where no function of that name takes just that."""
        if len(arguments) != 1 or node.over or node.filter or node.candidates:
            return None
        try:  # no other keyword is called
            target = type_named('"char"' if node.name[-1] == "char" else node.name[-1])
        except UndefinedObject:
            return None
        given = arguments[0].type
        known = [each.arguments for each in FUNCTIONS.get(node.name[-1], ()) if len(each.arguments) == 1]
        taken = [signature_type(only.type) for (only,) in known]
        if given == RECORD or given.composite or given.sized(None) in taken:
            return None
        if given != UNKNOWN and not can_coerce(given, target, EXPLICIT):
            return None
        made = as_type(arguments[0], target.plain, self.analyzer.note, EXPLICIT, node.span)
        return in_domain(made, target, self._about_value)

    def sort_key(self, item: ast.OrderItem) -> tree.SortKey:
        """Return a key of an ORDER BY within a call or a window."""
        return sorted_by(item, self.settled(self.expression(item.expression)))

    def window(self, window: ast.Window) -> tree.WindowDef:
        """Return what stands behind OVER. Raises 42704 for a name that WINDOW does not give."""
        return window_of(window, self, self.windows)

    def _cast(self, node: ast.Cast) -> tree.Expr:
        target = type_of_cast(node.type)
        return in_domain(self._as_plain(node, target), target, self._about_value)

    def _about_value(self, node: ast.Expression, scope: Scope) -> tree.Expr:
        """Return a condition of a domain."""
        return Expressions(self.analyzer, scope).condition(node, "CHECK")

    def _as_plain(self, node: ast.Cast, target: Type) -> tree.Expr:
        """Return a cast to a type, as one without a domain."""
        target = target.plain
        if isinstance(node.operand, ast.Array) and target.is_array:
            return as_type(self._array_of(node.operand, target), target, self.analyzer.note, EXPLICIT)
        return as_type(self.expression(node.operand), target, self.analyzer.note, EXPLICIT, node.span)

    def _array_of(self, node: ast.Array, target: Type) -> tree.Expr:
        """Return ARRAY[...]::type[], whose items are cast one by one; where some are arrays, all are."""
        found = [None if isinstance(item, ast.Array) else self.expression(item) for item in node.items]
        is_nested = any(value is None or value.type.is_array for value in found)
        type_, items = target if is_nested else target.element, list[tree.Expr]()
        for item, value in zip(node.items, found, strict=True):
            if isinstance(item, ast.Array):
                items.append(self._array_of(item, target))
            else:
                assert value is not None, "it is no ARRAY[...]"
                items.append(as_type(value, type_, self.analyzer.note, EXPLICIT, item.span))
        return tree.ArrayExpr(tuple(items), target.sized(None))

    def _case(self, node: ast.Case) -> tree.Expr:
        conditions = []
        operand = self.settled(self.expression(node.operand)) if node.operand is not None else None
        for when, _ in node.whens:
            if operand is None:
                conditions.append(self.condition(when, "CASE/WHEN"))
            else:
                conditions.append(self.compared("=", operand, self.expression(when), when.span))
        last: ast.Expression = node.otherwise or ast.Literal(None, "null")
        # PostgreSQL asks ELSE for the type first.
        otherwise, *values = self.together(
            [self.expression(last), *(self.expression(then) for _, then in node.whens)], "CASE",
            node.span[0] + 1,
        )  # fmt: skip
        self.refuse_series((*conditions, *values, otherwise), "CASE")
        return tree.CaseExpr(
            tuple(zip(conditions, values, strict=True)), otherwise, shared_type([otherwise, *values])
        )

    # -------------------------------------------------------------- arrays and queries

    def _array(self, items: Sequence[ast.Expression]) -> tree.Expr:
        if not items:
            raise ProgrammingError(
                "cannot determine type of empty array", sqlstate="42P18",
                hint="Explicitly cast to the desired type, for example ARRAY[]::integer[].",
            )  # fmt: skip
        given = [numbers_within(item) if isinstance(item, ast.VectorLiteral) else item for item in items]
        found = self.together(
            [self.expression(item) for item in watched(given, TERMS_BETWEEN_CHECKS)], "ARRAY"
        )
        type_ = found[0].type.sized(None)
        return tree.ArrayExpr(found, type_ if type_.is_array else type_.array)

    def _scalar_query(self, query: ast.Query, span: ast.Span) -> tree.Expr:
        found = self.analyzer.settled(self.analyzer.query(query, self.scope))
        if len(found.columns) != 1:
            raise ProgrammingError(
                "subquery must return only one column", sqlstate="42601", position=span[0] + 1
            )
        return tree.SubLink("scalar", found, found.columns[0].type)
