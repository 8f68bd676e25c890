"""Expressions of analysed queries as text in DuckDB's dialect.

Every operand is bracketed, every name quoted, every coercion written, so that DuckDB decides nothing. A
function that DuckDB computes as PostgreSQL does is written as declared; any other is called in Python
(`vql.executor.bridge.typed.udf`). A numeric whose scale its form says is a DECIMAL inside DuckDB, any other
is its text, since each of its values has a scale of its own (`vql.executor.bridge.typed.decimals`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from vql.calendar.zones import UTC
from vql.deadline import TERMS_BETWEEN_CHECKS, watched
from vql.errors import NotSupportedError, ProgrammingError
from vql.executor.bridge.typed.conversions import Conversions
from vql.executor.bridge.typed.decimals import DecimalForm, are_comparable, decimal_form, decimal_operator
from vql.executor.bridge.typed.literals import (
    NUMERIC_TO_ADD,
    SPAN,
    canonical_text,
    column_text,
    compares_alike,
    form_of,
    internal_text,
    listed_elements,
    refuse_varying,
    sort_order,
)
from vql.executor.bridge.typed.templates import (
    UNNEST,
    array_function,
    bound_once,
    by_dimensions,
    elements_of_text,
    first_extreme,
    with_tail,
)
from vql.executor.bridge.typed.udf import Functions
from vql.executor.bridge.values import quoted
from vql.executor.tuples.coercions import canonical, coerced_value, row_function
from vql.functions.declare import Environment, Function
from vql.language.analyze import tree
from vql.language.analyze.aggregation import folds
from vql.language.analyze.values.domains import COLUMN
from vql.language.analyze.values.records import as_record
from vql.types.forms.crossing import crossing_as, crossing_of_list
from vql.types.moments.moments import TIMESTAMP
from vql.types.type import BOOLEAN, NUMERIC, TIMESTAMPTZ, UNKNOWN, Type


class ExpressionPrinter(Conversions):
    """Prints expressions. `parameter` gives a parameter's canonical value."""

    def __init__(
        self, parameter: Callable[[int, Type], object], functions: Functions, environment: Environment
    ) -> None:
        super().__init__(functions, environment)
        self._parameter = parameter
        # Keys of GROUP BY that are grouped by a text that orders as they do; not looked for in aggregates.
        self._grouped: tuple[tree.Expr, ...] = ()  # a constant in one may have no hash
        self._group_by: tuple[tree.Expr, ...] = ()
        self._has_sets = False
        # Which columns of the relations in scope are DECIMAL inside DuckDB.
        self._shapes: dict[tuple[str | None, str], DecimalForm] = {}

    def query(self, node: tree.Query) -> str:
        """Return a query's text; its columns have the forms of their types, numerics as text."""
        raise NotImplementedError

    def _query_in(self, node: tree.SubLink) -> str:
        """Return a query in an expression."""
        raise NotImplementedError

    def _duck(self, aggregate: Function) -> str:
        raise NotImplementedError

    # -------------------------------------------------------------- keys

    def _sort_key(self, key: tree.SortKey, node: tree.Query | None = None) -> str:
        if node is not None and key.target >= 0 and compares_alike(key.expression.type):
            text = str(key.target + 1)
        else:
            text = self._key(key.expression)
            if isinstance(key.expression, tree.Const | tree.Param):
                text = f"coalesce({text})"  # DuckDB refuses to order by a literal
        return sort_order(text, key)

    def _key(self, node: tree.Expr) -> str:
        """Return what orders and tells apart the values of an expression."""
        if compares_alike(node.type) or self._shape(node) is not None:
            text = self.expression(node)
            return f"coalesce({text})" if text.isdigit() else text  # DuckDB takes a number for a place
        return self.sort_text(node.type, self.settled(node))

    # -------------------------------------------------------------- expressions

    def settled(self, node: tree.Expr) -> str:
        """Return an expression in the form its type has between queries: numerics as text."""
        if isinstance(node, tree.FuncExpr) and node.function.gives_rows:
            if node.function.has_row_type:
                node = replace(node, function=as_record(node.function))
            return f"unnest({self.listed(node)})"
        text = self.expression(node)
        return f"CAST({text} AS VARCHAR)" if self._shape(node) is not None else text

    def listed(self, node: tree.Expr) -> str:
        """Return the rows of a function as a list."""
        assert isinstance(node, tree.FuncExpr)
        if node.function.name == "unnest" and node.arguments[0].type.is_array:
            return self._elements(node.arguments[0])
        return self._applied(node)

    def expression(self, node: tree.Expr) -> str:
        """Return an expression's text, bracketed where it needs to be."""
        if self._grouped and node in self._grouped:
            kept = f"any_value({self._ungrouped(node, self.expression)})"
            if not self._has_sets or node not in self._group_by:
                return kept
            return f"CASE WHEN GROUPING({self._ungrouped(node, self._key)}) = 0 THEN {kept} END"
        match node:
            case tree.Const(value=value, type=type_):
                return internal_text(value, type_)
            case tree.Param(index=index, type=type_):
                return canonical_text(self._parameter(index, type_), type_)
            case tree.Var():
                return column_text(node)
            case tree.FuncExpr():
                return self._applied(node)
            case tree.Aggref():
                return self._aggregate(node)
            case tree.Coerce():
                return self._coerced(node)
            case tree.CoerceToDomain():
                return self._in_domain(node)
            case tree.BoolExpr(op="NOT", operands=(operand,)):
                return f"(NOT {self.expression(operand)})"
            case tree.BoolExpr(op=op, operands=operands):
                return f"({f' {op} '.join(map(self.expression, watched(operands, TERMS_BETWEEN_CHECKS)))})"
            case tree.BooleanTest(operand=operand, test=test, negated=negated):
                word = "NULL" if test == "UNKNOWN" else test
                return f"({self.expression(operand)} IS {'NOT ' if negated else ''}{word})"
            case tree.InExpr():
                return self._in(node)
            case tree.ArrayComparison():
                return self._any(node)
            case tree.SubLink():
                return self._query_in(node)
        return self._chosen(node)

    def _ungrouped(self, node: tree.Expr, write: Callable[[tree.Expr], str]) -> str:
        """Return an expression as it is for each row, or with `_key` as it stands in GROUP BY."""
        grouped, self._grouped = self._grouped, ()
        try:
            return write(node)
        finally:
            self._grouped = grouped

    def _chosen(self, node: tree.Expr) -> str:
        match node:
            case tree.DistinctExpr(left=left, right=right, negated=negated):
                word = "NOT DISTINCT" if negated else "DISTINCT"
                is_shaped = are_comparable(self._shape(left), self._shape(right))
                of = self._key if is_shaped or compares_alike(left.type) else self._sort_text_of
                return f"({of(left)} IS {word} FROM {of(right)})"
            case tree.CaseExpr(whens=whens, otherwise=otherwise):
                values = self._alike([*(then for _, then in whens), otherwise])
                cases = (
                    f"WHEN {self.expression(when)} THEN {value}"
                    for (when, _), value in zip(whens, values, strict=False)
                )
                return f"(CASE {' '.join(cases)} ELSE {values[-1]} END)"
            case tree.ChoiceExpr(kind=kind, arguments=arguments):
                # DuckDB's LEAST and GREATEST of spans are others than its < and >.
                is_alike = compares_alike(node.type) and node.type.base.category != SPAN
                if kind != "coalesce" and node.type.is_float and not folds(node):
                    return first_extreme("<=" if kind == "least" else ">=", self._alike(arguments))
                if kind == "coalesce" or is_alike or self._shape(node) is not None:
                    return f"{kind}({', '.join(self._alike(arguments))})"
                return self._extreme("list_max" if kind == "greatest" else "list_min", arguments)
            case tree.NullIfExpr(equality=equality, value=value):
                return f"(CASE WHEN {self.expression(equality)} THEN NULL ELSE {self.expression(value)} END)"
            case tree.ArrayExpr():
                return self._array(node)
            case tree.RowExpr():
                return self._row(node)
            case tree.GroupingFunc(arguments=arguments, spans=spans):
                for argument, span in zip(arguments, spans, strict=True):
                    if argument not in self._group_by:
                        what = "grouping expressions of the associated query level"
                        text = f"arguments to GROUPING must be {what}"
                        raise ProgrammingError(text, sqlstate="42803", position=span[0] + 1)
                keys = (self._ungrouped(key, self._key) for key in arguments)
                return f"CAST(GROUPING({', '.join(keys)}) AS INTEGER)"
        raise AssertionError(f"no expression: {node}")

    def _extreme(self, fold: str, items: Sequence[tree.Expr]) -> str:
        """Return GREATEST or LEAST of values that DuckDB does not order, the first of those that are equal;
        NULLs do not count."""
        sign = -1 if fold == "list_max" else 1
        pairs = ", ".join(
            f"{{'k': {self._sort_text_of(item)}, 'p': {sign * place},"
            f" 'v': CAST({self.settled(item)} AS {form_of(item.type.sized(None))})}}"
            for place, item in enumerate(items)
        )
        return f"{fold}(list_filter([{pairs}], lambda vql__p: vql__p.v IS NOT NULL)).v"

    def _alike(self, items: Sequence[tree.Expr]) -> list[str]:
        """Return expressions of one type in one form."""
        if items[0].type.is_dense and items[0].type.base.duck_is_list:
            if len({item.type.modifier for item in items}) > 1 or items[0].type.modifier is None:
                return [self._listed_vector(item) for item in watched(items)]
        shapes = {self._shape(item) for item in items}
        if len(shapes) == 1:  # which is that of the whole, as `decimal_form` says
            return [self.expression(item) for item in watched(items)]
        return [self.settled(item) for item in watched(items)]

    def _shape(self, node: tree.Expr) -> DecimalForm | None:
        return decimal_form(node, self._shapes)

    # -------------------------------------------------------------- functions

    def _applied(self, node: tree.FuncExpr) -> str:
        function = node.function
        native = decimal_operator(node, self._shapes, self.expression)
        if native is not None:
            return native
        given = [self.settled(argument) for argument in node.arguments]
        if function.duck and not self._is_scaled(function):
            return "(" + bound_once(function.duck, given, node) + ")"
        made = self._in_python(function, node.arguments, given, node.type)
        return self._flat(node, given, made) if function.duck_flat else made

    def _flat(self, node: tree.FuncExpr, given: Sequence[str], general: str) -> str:
        array, flat = node.arguments[0], node.function.duck_flat
        elements = elements_of_text(given[0], array.type.element)
        if elements is None and "{elements}" in flat:
            return general
        return by_dimensions(given[0], flat.format(*given, elements=elements), general, array)

    def _is_scaled(self, function: Function) -> bool:
        """Whether a declared text is about DECIMALs, which what is printed here is not."""
        return any(argument.type == NUMERIC.name for argument in function.arguments)

    def _in_python(
        self, function: Function, arguments: Sequence[tree.Expr], given: Sequence[str], result: Type
    ) -> str:
        if function.run is None:
            raise NotSupportedError(f"{function.name} is not supported in this expression yet")
        types = [argument.type.sized(None) for argument in arguments]
        name = self._functions.name(function, types, result)
        crossed = [t.base.crossing.crossed(text) for t, text in zip(types, given, strict=True)]
        gives = result.base.crossing
        if function.gives_rows:
            gives = crossing_as("") if function.has_row_type else crossing_of_list(gives)
        return gives.out_of.format(f"{name}({', '.join((str(self._said), *crossed))})")

    def _aggregate(self, node: tree.Aggref) -> str:
        grouped, self._grouped = self._grouped, () if node.over is None else self._grouped
        try:
            return self._folded(node)
        finally:
            self._grouped = grouped

    def _folded(self, node: tree.Aggref) -> str:
        function, shape = node.function, self._shape(node)
        refuse_varying(node)
        duck = self._duck(function)
        natively = bool(duck) and not (self._is_scaled(function) and shape is None)
        if "{tail}" in duck and (node.distinct or node.order_by):
            natively = False
        if node.is_star or not node.arguments:
            inside = [] if not node.is_star else ["*"]
        elif node.distinct and not all(compares_alike(argument.type) for argument in node.arguments):
            inside = self._distinct(node, natively)
        elif shape is not None:
            inside = [self.expression(argument) for argument in node.arguments]
        else:
            inside = [self.settled(argument) for argument in node.arguments]
        tail = ""
        if node.filter is not None:
            passes = self.expression(node.filter)
            tail += f" FILTER (WHERE {passes})"
            # What does not pass is not computed: it might fail.
            inside = [
                text if isinstance(argument, tree.Var | tree.Const) else f"CASE WHEN {passes} THEN {text} END"
                for text, argument in zip(inside, node.arguments, strict=False)
            ] or inside
        if node.over is not None:
            tail += f" OVER ({self._over(node.over)})"
        order = " ORDER BY " + ", ".join(map(self._sort_key, node.order_by)) if node.order_by else ""
        if natively:
            if inside:
                inside[0] = ("DISTINCT " if node.distinct else "") + inside[0]
                inside[-1] += order
            return "(" + with_tail(duck, inside, tail) + ")"
        if function.run is None:
            raise NotSupportedError(f"{function.name} is not supported in this expression yet")
        types = [argument.type.sized(None) for argument in node.arguments]
        crossed = [t.base.crossing.crossed(text) for t, text in zip(types, inside, strict=True)]
        one = (
            crossed[0]
            if len(crossed) == 1
            else ("{" + ", ".join(f"'a{i}': {text}" for i, text in enumerate(crossed)) + "}")
        )
        # DuckDB sorts distinct values by themselves alone, as they cross.
        is_sorted = bool(order) and crossed != [self._key(argument) for argument in node.arguments]
        in_python = node.distinct and (is_sorted or not all(map(compares_alike, types)))
        listed = f"list({'DISTINCT ' if node.distinct and not in_python else ''}{one}{order}){tail}"
        name = self._functions.fold(function, types, node.type, in_python)
        return node.type.base.crossing.out_of.format(f"{name}({self._said}, {listed})")

    def _distinct(self, node: tree.Aggref, natively: bool) -> list[str]:
        """Return the arguments of an aggregate of distinct values that DuckDB does not tell apart itself."""
        if node.function.name == "count":
            return [self._key(argument) for argument in node.arguments]
        if all(self._shape(argument) is not None for argument in node.arguments):
            return [self.expression(argument) for argument in node.arguments]
        if node.function.run is None or natively:
            types = ", ".join(argument.type.formatted() for argument in node.arguments)
            raise NotSupportedError(f"{node.function.name}(DISTINCT {types}) is not supported yet")
        return [self.settled(argument) for argument in node.arguments]

    def _over(self, window: tree.WindowDef) -> str:
        parts = []
        if window.partition_by:
            parts.append("PARTITION BY " + ", ".join(map(self._key, window.partition_by)))
        frame = window.frame
        if frame is not None and frame.mode == "RANGE" and (frame.start.offset or frame.end.offset):
            (key,) = window.order_by
            parts.append(f"ORDER BY {sort_order(self._addable(key.expression), key)}")
        elif window.order_by:
            parts.append("ORDER BY " + ", ".join(map(self._sort_key, window.order_by)))
        if frame is not None:
            parts.append(f"{frame.mode} BETWEEN {self._bound(frame.start)} AND {self._bound(frame.end)}")
            parts.append(f"EXCLUDE {frame.exclude}" if frame.exclude else "")
        return " ".join(parts)

    def _bound(self, bound: tree.FrameEnd) -> str:
        return bound.kind if bound.offset is None else f"({self._addable(bound.offset)}) {bound.kind}"

    def _addable(self, node: tree.Expr) -> str:
        """Return a value that DuckDB adds to as PostgreSQL does."""
        if node.type.base is TIMESTAMPTZ.base:
            if self._zone != UTC:
                raise NotSupportedError(
                    "RANGE with an offset over timestamps with a time zone is supported in UTC alone",
                    hint="Order by the timestamp that AT TIME ZONE gives.",
                )
            moment = TIMESTAMPTZ.base.crossing.into.format(self.expression(node))
            return TIMESTAMP.crossing.out_of.format(moment)
        if compares_alike(node.type) or self._shape(node) is not None:
            return self.expression(node)
        return NUMERIC_TO_ADD.format(self.settled(node))

    # -------------------------------------------------------------- coercions

    def _coerced(self, node: tree.Coerce) -> str:
        operand, target = node.operand, node.type
        if isinstance(operand, tree.Const) and operand.type == UNKNOWN and node.by_text:
            read = target.cast if node.is_explicit else target.coerce
            return canonical_text(read(operand.value), target)
        if node.is_elementwise:
            return self._each_coerced(node)
        shape = self._shape(node)
        if shape is not None:
            return f"CAST({self.expression(operand)} AS DECIMAL({shape.precision}, {shape.scale}))"
        text, source = self.settled(operand), operand.type.sized(None)
        if node.by_text:
            if target.is_string and source.is_string:
                made = text
            elif target.is_string:
                made = self._as_text(source, text)
            else:
                made = self._read(text, source, target.sized(None))
            return self._sized(made, target, node.is_explicit)
        found = node.conversion
        if found is None:
            return self._sized(text, target, node.is_explicit)
        if found.duck and NUMERIC.name not in (found.source, found.result):
            return self._sized("(" + bound_once(found.duck, [text], operand) + ")", target, node.is_explicit)
        if found.run is None:
            raise NotSupportedError(
                f"a cast from {source} to {target} is not supported in this expression yet"
            )
        run = found.applied
        made = self._converted("cast", run, source, target.sized(None), text, target.modifier)
        return made if found.needs_modifier else self._sized(made, target, node.is_explicit)

    def _in_domain(self, node: tree.CoerceToDomain) -> str:
        """Return a value that is checked, bound once; what has aggregates stands in its places."""
        text, type_ = self.settled(node.operand), node.type
        value = tree.Var(None, COLUMN, type_.element if type_.is_of_domains else type_.plain)
        checked = self._applied(tree.FuncExpr(node.check, (value, *node.conditions), value.type))
        if type_.is_of_domains:
            each = f"list_transform({self._elements(node.operand)}, lambda {COLUMN}: {checked})"
            return f"(CASE WHEN len({each}) IS NOT NULL THEN {text} END)"
        if folds(node.operand):
            return checked.replace(quoted(COLUMN), f"({text})")
        return f"list_transform([{text}], lambda {COLUMN}: {checked})[1]"

    # -------------------------------------------------------------- lists and queries

    def _in(self, node: tree.InExpr) -> str:
        word = "NOT IN" if node.negated else "IN"
        of = self.expression if compares_alike(node.left.type) else self._sort_text_of
        if node.left.type.is_dense and node.left.type.base.duck_is_list:  # of any dimensions
            of = self._listed_vector
        items = ", ".join(of(item) for item in watched(node.items))
        return f"({of(node.left)} {word} ({items}))"

    def _listed_vector(self, node: tree.Expr) -> str:
        return f"CAST({self.expression(node)} AS FLOAT[])"

    def _sort_text_of(self, node: tree.Expr) -> str:
        """Return what a value of any form compares by."""
        return self.sort_text(node.type, self.settled(node))

    def _any(self, node: tree.ArrayComparison) -> str:
        """Return a comparison with the elements of an array: three-valued, as SQL has it."""
        if (constants := constants_compared(node)) is not None:
            items = ", ".join(internal_text(item, node.left.type) for item in watched(constants))
            return f"({self.expression(node.left)} IN ({items}))"
        left = self.settled(node.left)
        if "(SELECT " in left:  # DuckDB has no queries inside a lambda
            outside = replace(node, left=tree.Var(None, "vql__left", node.left.type))
            return f"(SELECT {self._any(outside)} FROM (SELECT {left} AS vql__left))"
        element = tree.Var(None, "vql__e", node.right.type.element)
        compared = tree.FuncExpr(node.function, (node.left, element), BOOLEAN)
        array = elements = self._elements(node.right)
        is_bound = not isinstance(node.right, tree.Const | tree.ArrayExpr) and not folds(node)
        if is_bound:
            array = "vql__l"
        tests = f"list_transform({array}, lambda vql__e: {self._applied(compared)})"
        # One NULL makes "not found" unknown.
        sure = "true" if node.is_any else "false"
        unknown = f"list_contains(list_transform({tests}, lambda vql__t: vql__t IS NULL), true)"
        found = (
            f"(CASE WHEN {array} IS NULL THEN NULL WHEN list_contains({tests}, {sure}) THEN {sure}"
            f" WHEN {unknown} THEN NULL ELSE NOT {sure} END)"
        )
        return f"list_transform([{elements}], lambda {array}: {found})[1]" if is_bound else found

    # -------------------------------------------------------------- arrays and rows

    def _array(self, node: tree.ArrayExpr) -> str:
        """Return ARRAY[...] as Python makes it."""
        if not node.items:
            return internal_text([], node.type)
        type_, items = node.items[0].type, ", ".join(map(self.settled, watched(node.items)))
        return self._gathered(array_function(type_.is_array), type_, f"[{items}]", node.type)

    def _elements(self, node: tree.Expr) -> str:
        """Return the elements of an array as a list of DuckDB's."""
        if isinstance(node, tree.ArrayExpr) and node.items and not node.items[0].type.is_array:
            return f"[{', '.join(map(self.settled, watched(node.items)))}]"
        value = node.value if isinstance(node, tree.Const) else None
        if value is not None:
            return listed_elements(canonical(value, node.type), node.type.element)
        array, rows = self.settled(node), self._applied(tree.FuncExpr(UNNEST, (node,), node.type.element))
        flat = elements_of_text(array, node.type.element)
        if flat is None:
            return f"CASE WHEN {array} IS NOT NULL THEN {rows} END"
        return by_dimensions(array, flat, rows, node)

    def _each_coerced(self, node: tree.Coerce) -> str:
        """Return an array whose elements are coerced_value, by Python."""
        source, target = node.operand.type.sized(None), node.type.sized(None)
        if node.conversion is not None and node.conversion.run is None:
            raise NotSupportedError(
                f"a cast from {source} to {target} is not supported in this expression yet"
            )

        def run(said: Environment, value: Any, modifier: int | None) -> Any:
            return coerced_value(replace(node, operand=tree.Const(None, source)), value, said)

        key = ("each", node.by_text, node.is_explicit, node.conversion, node.type.modifier)
        return self._converted(key, run, source, target, self.settled(node.operand))

    def _row(self, node: tree.RowExpr) -> str:
        """Return a row as Python makes it; one that an outer join has not found is NULL."""
        given = [self.settled(item) for item in node.items]
        made = self._in_python(row_function(node), node.items, given, node.type)
        if not node.nullable:
            return made
        found = " OR ".join(f"{text} IS NOT NULL" for text in given)
        return f"(CASE WHEN {found} THEN {made} END)"


def constants_compared(node: tree.Expr) -> list[Any] | None:
    """Return the items of a constant array where a comparison with them is DuckDB's IN, None of others."""
    if not isinstance(node, tree.ArrayComparison) or not isinstance(node.right, tree.Const):
        return None
    value, element = node.right.value, node.right.type.element
    if not isinstance(value, list) or not value or isinstance(value[0], list):
        return None
    is_equal = node.is_any and node.function.name == "=" and node.left.type == element
    return value if is_equal and compares_alike(element) else None
