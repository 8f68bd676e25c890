"""Binding of values: names to columns, literals to typed constants, operators to plan nodes.

The binder turns the expressions the numpy evaluator knows into plan scalars, and what has no column in it
into a value that is computed once an execution. Anything else raises `NotNative`: the statement binder plans
the query, or just that condition, as a relational one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from vql import schema
from vql.calendar.style import Style
from vql.errors import (
    DataError,
    Error,
    NotSupportedError,
    UndefinedColumn,
    UndefinedFunction,
    UndefinedObject,
    UndefinedTable,
)
from vql.language import ast, plan
from vql.language.analyze.names import of_system
from vql.language.analyze.resolution.calls import decimal_of
from vql.language.ast.walk import type_of_cast, type_written
from vql.language.bind.definitions.computed import computed_read, is_read
from vql.language.bind.forms import RRF, TEXT_RANK, is_condition
from vql.language.bind.numbers import arithmetic_type, as_double, constant, converted, is_convertible
from vql.language.bind.once import OnceOnly
from vql.naming import column_meant, refuse_system_column
from vql.types.type import (
    BIGINT,
    BIT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    NUMERIC,
    TEXT_ARRAY,
    UNKNOWN,
    VECTOR,
    Type,
)

# name -> (metric, sign): inner_product is positive as in pgvector, `ip` is the distance.
DISTANCE_FUNCTIONS = {
    "l2": ("l2", 1), "l2_distance": ("l2", 1), "cosine": ("cosine", 1), "cosine_distance": ("cosine", 1),
    "negative_inner_product": ("inner_product", 1), "vector_negative_inner_product": ("inner_product", 1),
    "inner_product": ("inner_product", -1),
    "l1": ("l1", 1), "l1_distance": ("l1", 1), "hamming": ("hamming", 1), "hamming_distance": ("hamming", 1),
    "jaccard": ("jaccard", 1), "jaccard_distance": ("jaccard", 1), "ip": ("inner_product", 1),
    "halfvec_negative_inner_product": ("inner_product", 1),
    "sparsevec_negative_inner_product": ("inner_product", 1),
}  # fmt: skip
DISTANCE_OPERATORS = {"<->": "l2", "<=>": "cosine", "<#>": "inner_product", "<+>": "l1",
                      "<~>": "hamming", "<%>": "jaccard"}  # fmt: skip

LEGS = plan.Distance | plan.TextRank

# What is bound as it is.
AT_HAND = ast.Literal | ast.VectorLiteral | ast.Parameter | ast.Name
RANK_OPTIONS = {"k": DOUBLE, "weights": TEXT_ARRAY, "depth": BIGINT}


class NotNative(Exception):
    """The numpy evaluator has no form for this expression; never seen outside the binder."""


class ScalarBinder:
    """Binds values over one table (or none), collecting parameter types by position."""

    def __init__(
        self,
        table: schema.Table | None,
        alias: str | None,
        parameter_types: list[Type],
        bind_subquery: Callable[[ast.Query], plan.TableQuery],
        style: Style,
        compute_once: Callable[[ast.Expression], plan.Once | None] = lambda node: None,
    ) -> None:
        self.table = table
        self.alias = alias
        # What FROM would say, and mean.
        self.source = None if table is None else (ast.TableRef((table.name,), alias), table)
        self.parameter_types = parameter_types
        self._bind_subquery = bind_subquery
        self._style = style
        self._compute_once = compute_once
        self._once = OnceOnly()
        self.ranks = False  # whether rrf() may stand here

    # -------------------------------------------------------------- scalars

    def scalar(self, node: ast.Expression, expected: Type = UNKNOWN) -> plan.Scalar:
        """Bind a value; literals and parameters without a type of their own take `expected`."""
        if isinstance(node, AT_HAND) or self.table is None or not self._once.begins(node):
            return self._native(node, expected)
        before = list(self.parameter_types)
        try:
            with self._once.within():
                return self._native(node, expected)
        except NotNative:
            self.parameter_types[:] = before
            found = self._once.value(node, self._compute_once)
            if found is None:
                raise
            return found

    def predicate(self, node: ast.Expression) -> plan.Predicate:
        """Bind a condition. Raises NotNative where numpy has no form for a part of it."""
        raise NotImplementedError

    def _native(self, node: ast.Expression, expected: Type) -> plan.Scalar:
        """Bind a value of a form that numpy computes."""
        if (found := computed_read(node, self.table, self.alias)) is not None:
            return found
        match node:
            case ast.Literal():
                return self._literal(node, expected)
            case ast.VectorLiteral(text=text):
                return self._coerced(expected.sized(None) if expected.is_dense else VECTOR, text, node.span)
            case ast.Parameter(index=index):
                return plan.Parameter(index, self._parameter(index, expected))
            case ast.Name():
                return self._column(node)
            case ast.Cast():
                return self._cast(node)
            case ast.Unary(op="-", operand=operand):
                return self._negated(operand, expected)
            case ast.Unary(op="+", operand=operand):
                return self.scalar(operand, expected)
            case ast.Binary(op=op) if op in DISTANCE_OPERATORS:
                return self._distance(DISTANCE_OPERATORS[op], 1, node.left, node.right, node)
            case ast.Binary(op=op) if op in ("+", "-", "*", "/", "%"):
                return self._arithmetic(node)
            case ast.Call(name=name, arguments=(left, right)) if name[-1] in DISTANCE_FUNCTIONS:
                metric, sign = DISTANCE_FUNCTIONS[name[-1]]
                return self._distance(metric, sign, left, right, node)
            case ast.Call(name=name) if name[-1] in DISTANCE_FUNCTIONS:
                raise UndefinedFunction(f"function {name[-1]} takes two vectors", position=node.span[0] + 1)
            case ast.Call(name=("rrf",)):
                raise NotSupportedError(
                    "rrf() stands alone in the select list and in ORDER BY", position=node.span[0] + 1
                )
            case ast.Subquery(query=query):
                return self._subquery(query)
        if is_condition(node):
            return plan.Condition(self.predicate(node))
        raise NotNative

    def ranked(self, node: ast.Expression) -> plan.Scalar:
        """Bind a value of a select list or ORDER BY, where rrf() may stand."""
        if self.ranks and isinstance(node, ast.Call) and node.name == RRF:
            return self._rank_fusion(node)
        return self._text_rank(node) or self.scalar(node)

    def _text_rank(self, node: ast.Expression) -> plan.TextRank | None:
        """Bind `column <@> 'words'` and `(column, column) <@> 'words'`; None for anything else. Raises 42704
        where no index has the words."""
        if not self.ranks or not isinstance(node, ast.Binary) or node.op != TEXT_RANK or self.table is None:
            return None
        columns = [
            self.scalar(c) for c in (node.left.items if isinstance(node.left, ast.Row) else (node.left,))
        ]
        read = [c for c in columns if isinstance(c, plan.ColumnRead) and c.type.has_case]
        if not read or len(read) < len(columns):
            return None
        names = tuple(self.table.stored[column.position].name for column in read)
        index = next((i for i in self.table.indexes if i.ranks_texts and i.columns == names), None)
        if index is None:
            label = f'column "{names[0]}" has' if len(names) == 1 else f"columns {', '.join(names)} have"
            made = f"{self.table.name} USING {schema.RANKS_TEXTS} ({', '.join(names)})"
            raise UndefinedObject(
                f"{label} no {schema.RANKS_TEXTS} index", position=node.at + 1, hint=f"CREATE INDEX ON {made}"
            )
        query = self.scalar(node.right, read[0].type.sized(None))
        if not isinstance(query, plan.Constant | plan.Parameter | plan.Once) or not query.type.has_case:
            raise NotNative
        return plan.TextRank(tuple(column.position for column in read), index, query, DOUBLE)

    def _rank_fusion(self, node: ast.Call) -> plan.RankFusion:
        """Bind rrf(distance, ... [, k => n] [, weights => array] [, depth => n])."""
        names = node.argument_names or (None,) * len(node.arguments)
        given = dict(zip(names, node.arguments, strict=True))
        legs = [self.ranked(a) for a, name in zip(node.arguments, names, strict=True) if name is None]
        unknown = [name for name in given if name not in (None, "k", "weights", "depth")]
        if unknown or len(legs) < 2 or not all(isinstance(leg, LEGS) for leg in legs):
            raise UndefinedFunction(
                f"rrf has no argument {unknown[0]}" if unknown else "rrf takes two distances or more",
                hint="rrf(distance, distance, ... [, k => 60] [, weights => '{1,1}'] [, depth => 100])",
                position=node.span[0] + 1,
            )
        values_ = {
            name: self.scalar(given[name], RANK_OPTIONS[name]) for name in RANK_OPTIONS if name in given
        }
        if not all(isinstance(value, plan.Constant | plan.Parameter) for value in values_.values()):
            raise NotSupportedError("k, weights and depth of rrf are constants", position=node.span[0] + 1)
        constant_ = values_.get("k", plan.Constant(60, DOUBLE))
        distances = tuple(leg for leg in legs if isinstance(leg, LEGS))
        return plan.RankFusion(distances, constant_, values_.get("weights"), values_.get("depth"), DOUBLE)

    def group(
        self, per: tuple[ast.Expression, ast.Expression] | None
    ) -> tuple[plan.ColumnRead, plan.Scalar] | None:
        """Bind LIMIT ... PER column rows."""
        if per is None:
            return None
        column = self.scalar(per[0])
        if not isinstance(column, plan.ColumnRead) or not column.type.base.has_order:
            raise NotSupportedError(
                "LIMIT ... PER takes a column of a plain type", position=per[0].span[0] + 1
            )
        return column, self.scalar(per[1], BIGINT)

    def _literal(self, node: ast.Literal, expected: Type) -> plan.Scalar:
        match node.kind:
            case "null":
                return plan.Constant(None, expected)
            case "boolean":
                return plan.Constant(node.value, BOOLEAN)
            case "integer":
                number = int(str(node.value))
                if -(2**31) <= number < 2**31:
                    return plan.Constant(number, INTEGER)
                if -(2**63) <= number < 2**63:
                    return plan.Constant(number, BIGINT)
                return plan.Constant(Decimal(number), NUMERIC)
            case "decimal":
                return plan.Constant(decimal_of(str(node.value)), NUMERIC)
            case "string":
                return self._coerced(expected, str(node.value), node.span)
            case "bits":
                return self._coerced(BIT, str(node.value), node.span)
        raise NotNative

    def _coerced(self, type_: Type, value: object, span: ast.Span, explicit: bool = False) -> plan.Constant:
        try:
            return constant((type_.cast if explicit else type_.coerce)(value, self._style), type_)
        except Error as error:
            if error.position is None and span != ast.NOWHERE and not self._is_read(type_, value):
                error.position = span[0] + 1
            raise

    def _is_read(self, type_: Type, value: object) -> bool:
        """Whether a literal is a value of a type, if not of its length: then PostgreSQL tells no place."""
        try:
            type_.sized(None).coerce(value, self._style)
        except Error:
            return False
        return True

    def _parameter(self, index: int, expected: Type) -> Type:
        while len(self.parameter_types) <= index:
            self.parameter_types.append(UNKNOWN)
        if self.parameter_types[index] == UNKNOWN:
            self.parameter_types[index] = expected
        return self.parameter_types[index]

    def _column(self, node: ast.Name) -> plan.ColumnRead | plan.Constant:
        name = node.parts[-1]
        where = node.span[0] + 1 if node.span != ast.NOWHERE else None
        if self.table is None:
            raise UndefinedColumn(f'column "{name}" does not exist', position=where)
        if len(node.parts) > 1 and node.parts[-2] not in (self.alias or self.table.name,):
            raise UndefinedTable(f'missing FROM-clause entry for table "{node.parts[-2]}"', position=where)
        if len(node.parts) > 2 and (self.alias or node.parts[-3] != self.table.schema):
            text = f'invalid reference to FROM-clause entry for table "{node.parts[-2]}"'
            raise UndefinedTable(text, position=where)
        position = self.table.position(name)
        if position < 0:
            if node.parts == (self.alias or self.table.name,):
                raise NotNative("a whole row")
            for column, value in of_system(self.table.table_id):
                if column.name == name:
                    return plan.Constant(value, column.type)
            refuse_system_column(name, where)
            label = ".".join(node.parts) if len(node.parts) > 1 else f'"{name}"'
            relations = [(self.alias or self.table.name, [column.name for column in self.table.columns])]
            hint = column_meant(node.parts, relations)
            raise UndefinedColumn(f"column {label} does not exist", position=where, hint=hint)
        return plan.ColumnRead(position, self.table.columns[position].type)

    def _cast(self, node: ast.Cast) -> plan.Scalar:
        target = type_of_cast(node.type)
        if target.base.is_looked_up or target.domain is not None:
            raise NotNative("a name of the catalog, a value of a domain")
        if isinstance(node.operand, ast.Parameter):
            type_ = self._parameter(node.operand.index, target.sized(None))
            if type_.base is target.base and target.modifier is not None and not target.is_dense:
                raise NotNative("a value that is cut to a length")
            if target.widens(type_):  # as a driver says smallint of a small number, and `$1::integer` follows
                type_ = target
            parameter = plan.Parameter(node.operand.index, type_)
            return parameter if type_.base is target.base else self._converted(parameter, target)
        inner = self.scalar(node.operand, target.sized(None))
        if isinstance(inner, plan.Constant) and (made := converted(inner, target)) is not None:
            return made
        if isinstance(inner, plan.Constant) and (
            inner.type == UNKNOWN
            or inner.type.base is target.base
            or (inner.type.is_number and target.is_float)
        ):
            value = inner.value
            if target.is_vector and isinstance(value, bytes):
                value = np.frombuffer(value, inner.type.base.array_dtype)
            return self._coerced(target, value, node.span, explicit=True)
        known = inner.type
        if known.base is target.base and target.modifier in (None, known.modifier) and not target.is_vector:
            return inner
        return self._converted(inner, target)

    def _converted(self, given: plan.Scalar, target: Type) -> plan.Scalar:
        if not is_convertible(given.type, target) or not target.has_layout:
            raise NotNative
        return plan.Converted(given, target)

    def _negated(self, operand: ast.Expression, expected: Type) -> plan.Scalar:
        inner = self.scalar(operand, expected)
        type_ = inner.type.plain
        if isinstance(inner, plan.Constant) and type_.is_number and inner.value is not None:
            return plan.Constant(type_.coerce(-inner.value), type_)  # type: ignore[operator]
        if not type_.is_number:
            raise NotNative
        if type_.is_float:  # the negative of zero is another one
            return plan.Arithmetic("*", plan.Constant(-1.0, type_), inner, type_)
        return plan.Arithmetic("-", plan.Constant(type_.coerce(0), type_), inner, type_)

    def _arithmetic(self, node: ast.Binary) -> plan.Scalar:
        left, right = self.scalar(node.left), self.scalar(node.right)
        left_type, right_type = left.type, right.type
        known = {left_type, right_type} - {UNKNOWN}
        if not known or not all(type_.is_number for type_ in known):
            raise NotNative  # what an untyped literal is beside another type, analysis knows
        if left_type == UNKNOWN:
            left, left_type = self.scalar(node.left, right_type.sized(None)), right_type
        if right_type == UNKNOWN:
            right, right_type = self.scalar(node.right, left_type.sized(None)), left_type
        type_ = arithmetic_type(left_type, right_type)
        if plan.Constant(None, left_type) == left or plan.Constant(None, right_type) == right:
            return plan.Constant(None, type_)
        if type_.is_float:
            if node.op == "%":
                raise NotNative
            left, right = as_double(left), as_double(right)
        return plan.Arithmetic(node.op, left, right, type_)

    def _distance(
        self, metric: str, sign: int, left: ast.Expression, right: ast.Expression, node: ast.Expression
    ) -> plan.Scalar:
        bound = [self.scalar(s) if is_read(s, self.table, self.alias) else None for s in (left, right)]
        column, other = (bound[0], right) if bound[0] is not None else (bound[1], left)
        is_text = isinstance(other, ast.Cast) and type_written(other.type).is_string
        if None not in bound or is_text or not isinstance(column, plan.ColumnRead):
            raise NotNative  # of two columns, of a text, of a column computed
        type_ = column.type.sized(None)
        if metric not in type_.base.metrics:
            other_name = (type_ if type_.is_vector else VECTOR).name
            raise UndefinedFunction(
                f"operator does not exist: {column.type.name} "
                f"{next((o for o, m in DISTANCE_OPERATORS.items() if m == metric), metric)} {other_name}",
                hint="No operator matches the given name and argument types. "
                "You might need to add explicit type casts.",
                position=(node.at if isinstance(node, ast.Binary) else node.span[0]) + 1,
            )
        query = self.scalar(other, type_)
        if isinstance(query, plan.Parameter):
            if query.type.is_vector and query.type.sized(None) not in (type_, VECTOR):
                raise NotNative
            query = plan.Parameter(query.index, type_)
            self.parameter_types[query.index] = type_
        elif isinstance(query, plan.Constant) and query.type.name in type_.base.takes:
            known = query.value
            wide = np.frombuffer(known, np.float32) if isinstance(known, bytes) else known
            query = self._coerced(type_, wide, node.span)
        if query.type.sized(None) != type_:
            raise NotNative
        is_null = isinstance(query, plan.Constant) and query.value is None
        width = None if is_null else query.type.modifier
        if width is not None and column.type.is_sized and width != column.type.modifier:
            if not isinstance(query, plan.Constant):
                raise NotNative  # it may be NULL
            raise DataError(f"different {type_.base.sizes_name} {column.type.modifier} and {width}")
        return plan.Distance(column.position, metric, query, DOUBLE, sign)

    def _subquery(self, query: ast.Query) -> plan.Scalar:
        try:
            inner = self._bind_subquery(query)
        except (UndefinedColumn, UndefinedTable):
            # The name may be one of the outer query's; DuckDB knows, or says that it is nobody's.
            raise NotNative from None
        if len(inner.outputs) != 1:
            raise NotNative
        return plan.SubqueryValue(inner, inner.outputs[0].scalar.type)
