"""SQL/JSON: IS JSON, constructors, aggregates and the functions that ask a path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from vql.errors import DatatypeMismatch, NotSupportedError, ProgrammingError, SyntaxError
from vql.functions.declare import Function
from vql.functions.json import sql_json as made
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.calls import Analysis, function_of
from vql.language.analyze.resolution.coerce import ASSIGNMENT, EXPLICIT, as_type
from vql.language.ast.walk import nodes_of, type_of_cast
from vql.types.type import BOOLEAN, JSONB, TEXT, UNKNOWN, Type

BYTEA, JSON, JSONPATH = Type("bytea"), Type("json"), Type("jsonpath")
AS_TEXT, AS_JSON = ast.TypeName("text"), ast.TypeName("json")


class PartsAnalysis(Protocol):
    """Analyses the parts of a construct."""

    def expression(self, node: ast.Expression) -> tree.Expr:
        """Return an expression with its types."""


class SqlJsonAnalysis:
    """One construct; `expressions` analyses what it is made of."""

    def __init__(self, expressions: PartsAnalysis, analysis: Analysis, node: ast.SqlJson) -> None:
        self._expressions = expressions
        self._analysis = analysis
        self._node = node
        self._name = node.call.name[-1]
        self._words = {kind: words for kind, words, _, _ in node.clauses}
        self._values = {kind: value for kind, _, value, _ in node.clauses}
        written = self._values.get("RETURNING")
        self._returning = None if written is None else type_of_cast(written)

    def analyzed(self) -> tree.Expr:
        """Return what the construct is. Raises 42804, 42846, 0A000."""
        match self._name:
            case "is json":
                return self._predicate()
            case "json_object" | "json_array":
                return self._array_of_query() if self._node.query is not None else self._constructed()
            case "json_objectagg" | "json_arrayagg":
                return self._aggregate()
            case "json_scalar":
                (value,) = self._arguments(1)
                if value.type == UNKNOWN:
                    value = as_type(value, TEXT, self._analysis.note)
                return function_of(self._analysis, ("to_json",), (value,), self._node.span)
            case "json_serialize":
                return self._serialized()
            case "json_value" | "json_query" | "json_exists":
                return self._searched()
        (value,) = self._arguments(1)
        found = self._as(value, JSON)
        return self._call(made.UNIQUE_KEYS, (found,), JSON) if self._is_unique else found

    def _arguments(self, *counts: int) -> list[tree.Expr]:
        """Return the arguments, those said to be json as json."""
        call = self._node.call
        if counts and len(call.arguments) not in counts:
            raise SyntaxError("syntax error", position=call.span[0] + 1)
        return [
            self._expressions.expression(each) for each in self._written(call.arguments, self._node.formatted)
        ]

    def _written(
        self, arguments: Sequence[ast.Expression], formatted: Sequence[int]
    ) -> tuple[ast.Expression, ...]:
        """Return arguments, texts that are said to be json as json. Raises 42804."""
        marks = (*formatted, *(0 for _ in arguments))
        found = []
        for each, position in zip(arguments, marks, strict=False):
            type_ = self._expressions.expression(each).type if position else JSON
            if type_ == UNKNOWN or type_.is_string:
                each = ast.Cast(ast.Cast(each, AS_TEXT), AS_JSON)
            elif type_.plain.sized(None) not in (JSON, JSONB):
                text = "cannot use non-string types with explicit FORMAT JSON clause"
                raise DatatypeMismatch(text, position=position)
            found.append(each)
        return tuple(found)

    def _as(self, value: tree.Expr, type_: Type) -> tree.Expr:
        if value.type == UNKNOWN:  # a text, which is read where a row asks for it
            value = as_type(value, TEXT, self._analysis.note)
        if value.type == BYTEA:
            decoded = (value, tree.Const("UTF8", TEXT))
            value = function_of(self._analysis, ("convert_from",), decoded, self._node.span)
        return as_type(value, type_, self._analysis.note, EXPLICIT, getattr(value, "span", ast.NOWHERE))

    def _call(self, function: Function, arguments: Sequence[tree.Expr], type_: Type) -> tree.FuncExpr:
        return tree.FuncExpr(function, tuple(arguments), type_, self._node.span)

    def _predicate(self) -> tree.Expr:
        (value,) = self._arguments(1)
        type_ = value.type
        if type_ == UNKNOWN:
            value = as_type(value, TEXT, self._analysis.note)
        elif not (type_.is_string or type_.plain.sized(None) in (JSON, JSONB, BYTEA)):
            raise DatatypeMismatch(f"cannot use type {type_.formatted()} in IS JSON predicate")
        words = self._words["is"].split()
        negated = words[1] == "not"
        kind = next((word for word in words if word in ("scalar", "array", "object")), "value")
        is_unique = "unique" in words and "without" not in words
        return self._call(made.predicate(kind, is_unique, negated), (value,), BOOLEAN)

    # -------------------------------------------------------------- what is made

    def _is_absent(self, by_default: bool) -> bool:
        return self._words["JSON_NULLS"].startswith("absent") if "JSON_NULLS" in self._words else by_default

    @property
    def _is_unique(self) -> bool:
        return self._words.get("JSON_KEYS", "").startswith("with ")

    def _is_jsonb(self, values: Sequence[tree.Expr]) -> bool:
        """Whether jsonb is made: where it is asked for, or nothing is and a part is jsonb."""
        if self._returning is not None:
            return self._returning == JSONB
        return any(value.type.plain == JSONB for value in values)

    def _constructed(self) -> tree.Expr:
        values = self._arguments()
        keys = values[::2] if self._name == "json_object" else []
        given = [
            as_type(value, TEXT, self._analysis.note) if value.type == UNKNOWN else value for value in values
        ]
        is_jsonb = self._is_jsonb(values[1::2] if keys else values)
        if self._name == "json_object":
            function = made.object_constructor(is_jsonb, self._is_absent(False), self._is_unique)
        else:
            function = made.array_constructor_of(is_jsonb, self._is_absent(True))
        return self._returned(self._call(function, given, JSONB if is_jsonb else JSON))

    def _aggregate(self) -> tree.Expr:
        """Return an aggregate as the function that PostgreSQL has for it."""
        call = self._node.call
        written = self._written(call.arguments, self._node.formatted)
        if len(written) != (2 if self._name == "json_objectagg" else 1):
            raise SyntaxError("syntax error", position=call.span[0] + 1)
        is_jsonb = self._is_jsonb([self._expressions.expression(each) for each in written])
        name = "jsonb" if is_jsonb else "json"
        if self._name == "json_objectagg":
            name += "_object_agg" + "_unique" * self._is_unique + "_strict" * self._is_absent(False)
        else:
            name += "_agg" + "_strict" * self._is_absent(True)
        return self._returned(self._expressions.expression(replace(call, name=(name,), arguments=written)))

    def _array_of_query(self) -> tree.Expr:
        query = self._node.query
        assert query is not None, "it is written so"
        is_jsonb = self._returning == JSONB
        call = ast.Call((f"json{'b' * is_jsonb}_agg_strict",), (ast.Name(("vql__array", "vql__item")),))
        source = ast.QueryRef(query, "vql__array", ("vql__item",))
        rows = ast.Select((ast.SelectItem(call),), (source,))
        found = self._expressions.expression(ast.Subquery(rows, self._node.span))
        for given in nodes_of(found, tree.RangeQuery):
            if given.alias == "vql__array" and len(given.query.columns) != 1:
                text = "subquery must return only one column"
                raise SyntaxError(text, position=self._node.span[0] + 1)
        return self._returned(found)

    def _serialized(self) -> tree.Expr:
        (value,) = self._arguments(1)
        type_, target = value.type, self._returning or TEXT
        if not (type_ == UNKNOWN or type_.is_string or type_.plain.sized(None) in (JSON, JSONB, BYTEA)):
            text = "cannot use non-string types with implicit FORMAT JSON clause"
            raise DatatypeMismatch(text, position=ast_position(self._node.call.arguments[0]))
        if not (target.is_string or target == BYTEA):
            text = f"cannot use type {target.formatted()} in RETURNING clause of JSON_SERIALIZE()"
            raise DatatypeMismatch(text, hint="Try returning a string type or bytea.")
        self._returning = target
        return self._returned(value if type_.plain.sized(None) in (JSON, JSONB) else self._as(value, JSON))

    def _returned(self, value: tree.Expr) -> tree.Expr:
        """Return json as what RETURNING says. Raises 42846, 0A000."""
        target = self._returning
        if target is None or target == value.type:
            return value
        if target.domain is not None or target.composite is not None:
            raise NotSupportedError(f"RETURNING {target.formatted()} is not supported yet")
        if target in (JSON, JSONB):
            return self._as(value, target)
        if target.is_string:
            return as_type(self._as(value, TEXT), target, self._analysis.note, ASSIGNMENT)
        if target == BYTEA:
            encoded = (self._as(value, TEXT), tree.Const("UTF8", TEXT))
            return function_of(self._analysis, ("convert_to",), encoded, self._node.span)
        text = f"cannot cast type {value.type.formatted()} to {target.formatted()}"
        raise ProgrammingError(text, sqlstate="42846")

    # -------------------------------------------------------------- what is asked

    def _searched(self) -> tree.Expr:
        document, path = self._arguments(2)
        if not (path.type in (UNKNOWN, JSONPATH) or path.type.is_string):
            text = f"JSON path expression must be of type jsonpath, not of type {path.type.formatted()}"
            raise DatatypeMismatch(text, position=ast_position(self._node.call.arguments[1]))
        given = (
            self._as(document, JSONB),
            as_type(path, JSONPATH, self._analysis.note, EXPLICIT),
            self._passed(),
        )
        if self._name == "json_exists":
            on_error = self._words.get("on error", "false").split()[0]
            if on_error not in made.TRUTHS and on_error != made.ERROR:
                raise self._refused("on error")
            return self._call(made.exists(on_error), given, BOOLEAN)
        is_value = self._name == "json_value"
        target = self._returning or (TEXT if is_value else JSONB)
        is_json = target in (JSON, JSONB)
        takes = not (target.is_array or is_json) if is_value else is_json or target.is_string
        if target.domain is not None or target.composite is not None or not takes:
            raise NotSupportedError(
                f"{self._name.upper()}() RETURNING {target.formatted()} is not supported yet"
            )
        empty, if_empty = self._behavior("on empty", target)
        error, if_error = self._behavior("on error", target)
        behavior = made.Behavior(empty, error)
        if is_value:
            function = made.value(target, behavior)
        else:
            function = self._query_function(target, behavior)
        return self._call(function, (*given, if_empty, if_error), target)

    def _query_function(self, target: Type, behavior: made.Behavior) -> Function:
        words = self._words.get("JSON_WRAPPER", "without").split()
        wrapper = "conditional" if "conditional" in words else words[0]
        omits_quotes = self._words.get("JSON_QUOTES", "").startswith("omit")
        if omits_quotes and wrapper != "without":
            text = "SQL/JSON QUOTES behavior must not be specified when WITH WRAPPER is used"
            raise SyntaxError(text, position=self._node.span[0] + 1)
        return made.query(target, wrapper, omits_quotes, behavior)

    def _passed(self) -> tree.Expr:
        """Return what PASSING names as an object of jsonb."""
        passed = dict(reversed(self._values.get("PASSING") or ()))  # the first of a name counts
        if not passed:
            return tree.Const("{}", JSONB)
        for value in passed.values():
            if self._expressions.expression(value).type.base.category == "D":
                raise NotSupportedError("PASSING of moments is not supported yet")
        parts = [part for name, value in passed.items() for part in (ast.Literal(name, "string"), value)]
        return self._expressions.expression(ast.Call(("jsonb_build_object",), tuple(parts)))

    def _behavior(self, when: str, target: Type) -> tuple[str, tree.Expr]:
        """Return what is done when, and the value of DEFAULT. Raises 42601, 0A000."""
        nothing = tree.Const(None, target)
        value, words = self._values.get(when), self._words.get(when, "null")
        if value is not None:
            found = as_type(self._expressions.expression(value), target, self._analysis.note, ASSIGNMENT)
            if not _is_constant(found):
                raise NotSupportedError(f"DEFAULT of an expression {when.upper()} is not supported yet")
            return made.DEFAULT, found
        word = words.removesuffix(f" {when}")
        if word in (made.NULL, made.ERROR):
            return word, nothing
        if self._name == "json_query" and word.startswith("empty"):
            return "{}" if word.endswith("object") else "[]", nothing
        raise self._refused(when)

    def _refused(self, when: str) -> SyntaxError:
        position = next(place for kind, _, _, place in self._node.clauses if kind == when)
        return SyntaxError(f"invalid {when.upper()} behavior", position=position)


def ast_position(node: ast.Expression) -> int | None:
    """Return where an expression stands."""
    span: ast.Span = getattr(node, "span", ast.NOWHERE)
    return span[0] + 1 if span != ast.NOWHERE else None


def _is_constant(node: tree.Expr) -> bool:
    if isinstance(node, tree.Coerce):
        return _is_constant(node.operand)
    return isinstance(node, tree.Const | tree.Param) and next(nodes_of(node, tree.Var), None) is None
