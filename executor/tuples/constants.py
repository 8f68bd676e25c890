"""Expressions without columns, computed in Python before DuckDB sees them.

What a query says of constants is worked out once, by the very functions that DuckDB would call for each row,
and as PostgreSQL's planner does (its manual: "Expression Evaluation Rules"): what raises raises whether there
are rows or not, but for what constants before it keep from being looked at, in AND, OR, CASE and COALESCE.
What depends on the session raises when a row asks for it. Before a session is there, what depends on it, and
parameters, stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import is_
from typing import Any, TypeVar

from vql.calendar.style import Style
from vql.deadline import TERMS_BETWEEN_CHECKS, watched
from vql.errors import Error
from vql.executor.tuples.coercions import NOTHING, coerced_value, internal
from vql.functions.arrays.making import array_constructor
from vql.functions.declare import Environment
from vql.language.analyze import tree
from vql.language.ast import NOWHERE
from vql.language.ast.walk import nodes_of, parts_of
from vql.types.type import BOOLEAN, UNKNOWN, Type

Parameter = Callable[[int, Type], object]
Node = TypeVar("Node")
# The category of spans of time, as pg_type has it.
SPANS = "T"
# What values that depend on no session are made in.
NO_SESSION = Environment(now_us=0)
NEVER = tree.Const(False, BOOLEAN)
# Functions whose value is settled without a session, and in one.
SETTLED = (frozenset({"immutable"}), frozenset({"immutable", "stable"}))


def simplified(
    root: Node, environment: Environment | None = None, parameter: Parameter | None = None
) -> Node:
    """Return a tree whose constant expressions are their values."""

    def simple(node: Any) -> Any:
        if isinstance(node, tuple):
            parts = tuple(map(simple, watched(node, TERMS_BETWEEN_CHECKS)))
            return node if all(map(is_, parts, node)) else parts
        if type(node).__module__ != tree.__name__:
            return node
        match node:
            case tree.CaseExpr():
                return _case(node, simple)
            case tree.BoolExpr():
                return _bool(node, simple)
            case tree.ChoiceExpr(kind="coalesce"):
                return _coalesce(node, simple)
            case tree.ChoiceExpr(arguments=(only,)):
                return _as(simple(only), node)
            case tree.RangeQuery() | tree.CommonExpr() | tree.SubLink(kind="exists") if isinstance(
                node.query, tree.SelectQuery
            ):
                targets = tuple(_unless_it_raises(target, simple) for target in node.query.targets)
                query = replace(simple(replace(node.query, targets=())), targets=targets)
                return replace(node, query=query)
        changed = {}
        for name in parts_of(type(node)) or ():
            old = getattr(node, name)
            new = simple(old)
            if new is not old:
                changed[name] = new
        made = replace(node, **changed) if changed else node
        if isinstance(made, tree.SelectQuery) and (
            _is_never(made.where) or any(map(_joins_never, made.sources))
        ):
            return replace(made, where=NEVER)
        if isinstance(made, tree.JoinExpr) and _is_never(made.on):
            return replace(made, on=NEVER)
        if isinstance(made, tree.NullIfExpr) and isinstance(made.equality, tree.Const):
            return _as(tree.Const(None, made.type) if made.equality.value else made.value, made)
        if isinstance(made, tree.BooleanTest) and isinstance(made.operand, tree.Const):
            wanted = {"TRUE": True, "FALSE": False}.get(made.test)
            return tree.Const((made.operand.value is wanted) is not made.negated, BOOLEAN)
        if isinstance(made, tree.Param | tree.FuncExpr | tree.Coerce | tree.ArrayExpr):
            found = _value(made, environment, parameter)
            return made if found is NOTHING else tree.Const(found, made.type)
        return made

    return simple(root)  # type: ignore[no-any-return]


def looked_up(root: object) -> tuple[tree.Coerce, ...]:
    """Return the literals of a tree that only the catalog knows, as 'name'::regclass."""
    found = (simplified(node) for node in nodes_of(root, tree.Coerce) if node.is_literal)
    # NULL needs no catalog.
    return tuple(node for node in found if isinstance(node, tree.Coerce))


def check_literals(literals: Iterable[tree.Coerce], environment: Environment) -> None:
    """Raise what literals do: they are read before a row is, whether one needs them or not."""
    for node in literals:
        assert isinstance(node.operand, tree.Const), "a literal's text"
        coerced_constant(node, node.operand, environment)


def _unless_it_raises(target: tree.Target, simple: Callable[[Any], Any]) -> tree.Target:
    """Return a column of a query in FROM simplified: it may be one that nobody reads."""
    try:
        return simple(target)  # type: ignore[no-any-return]
    except Error:
        return target


def _case(node: tree.CaseExpr, simple: Callable[[Any], Any]) -> Any:
    whens = []
    otherwise: tree.Expr | None = None
    for place, (when, then) in enumerate(node.whens):
        test = simple(when)
        if not isinstance(test, tree.Const):
            whens.append((test, simple(then)))
        elif test.value:
            otherwise = simple(then)
            if not _are_read((node.whens[place + 1 :], node.otherwise), simple):
                return node
            break
        elif not _are_read(then, simple):
            return node
    otherwise = simple(node.otherwise) if otherwise is None else otherwise
    return _as(otherwise, node) if not whens else tree.CaseExpr(tuple(whens), otherwise, node.type)


def _bool(node: tree.BoolExpr, simple: Callable[[Any], Any]) -> Any:
    decides = node.op == "OR"  # what one operand says for all
    if node.op == "NOT":
        (operand,) = map(simple, node.operands)
        if isinstance(operand, tree.Const):
            return tree.Const(None if operand.value is None else not operand.value, node.type)
        return replace(node, operands=(operand,))
    kept: list[tree.Expr] = []
    for place, operand in enumerate(map(simple, watched(node.operands, TERMS_BETWEEN_CHECKS))):
        if isinstance(operand, tree.Const) and operand.value is decides:
            if not _are_read(node.operands[place + 1 :], simple):
                return node
            return tree.Const(decides, node.type)
        kept.append(operand)
    if all(isinstance(operand, tree.Const) for operand in kept):
        is_known = all(operand.value is not None for operand in kept if isinstance(operand, tree.Const))
        return tree.Const(not decides if is_known else None, node.type)
    return replace(node, operands=tuple(kept))


def _is_never(condition: tree.Expr | None) -> bool:
    """Whether a condition is true of no rows, for a constant: NULL, which is none of false beneath a NOT."""
    match condition:
        case tree.Const(value=value):
            return not value
        case tree.BoolExpr(op="AND", operands=operands):
            return any(isinstance(each, tree.Const) and not each.value for each in operands)
    return False


def _joins_never(source: tree.FromItem) -> bool:
    """Whether an inner join has no rows, for a constant."""
    if not isinstance(source, tree.JoinExpr) or source.kind not in ("INNER", "CROSS"):
        return False
    return _is_never(source.on) or _joins_never(source.left) or _joins_never(source.right)


def _coalesce(node: tree.ChoiceExpr, simple: Callable[[Any], Any]) -> Any:
    kept: list[tree.Expr] = []
    for place, argument in enumerate(map(simple, node.arguments)):
        if isinstance(argument, tree.Const) and argument.value is None:
            continue
        kept.append(argument)
        if isinstance(argument, tree.Const):
            if not _are_read(node.arguments[place + 1 :], simple):
                return node
            break
    if len(kept) > 1:
        return replace(node, arguments=tuple(kept))
    return _as(kept[0] if kept else tree.Const(None, node.type), node)


def _are_read(left_out: object, simple: Callable[[Any], Any]) -> bool:
    """Whether the literals are values of expressions that nothing asks for, whose errors PostgreSQL gives
    before it sees that; False where that takes a session. Raises what they do."""
    literals = (
        node for node in nodes_of(left_out, tree.Coerce)
        if isinstance(node.operand, tree.Const) and node.operand.type == UNKNOWN
    )  # fmt: skip
    return all(isinstance(simple(node), tree.Const) for node in literals)


def _as(value: tree.Expr, node: tree.CaseExpr | tree.ChoiceExpr | tree.NullIfExpr) -> tree.Expr:
    """Return what an expression comes to, as of its type."""
    if isinstance(value, tree.Const):
        return tree.Const(value.value, node.type)
    if value.type == node.type:
        return value
    return tree.ChoiceExpr("coalesce", (value,), node.type)


def _value(node: tree.Expr, environment: Environment | None, parameter: Parameter | None) -> Any:
    """Return the value of an expression whose parts are constants, NOTHING where it has none."""
    match node:
        case tree.Const(value=value):
            return value
        case tree.Param(index=index, type=type_) if index >= 0 and parameter is not None:
            return internal(parameter(index, type_), type_)
        case tree.FuncExpr(function=function, arguments=arguments) if not function.gives_rows:
            nulls = [isinstance(a, tree.Const) and a.value is None for a in arguments]
            if function.is_strict and any(nulls) and (environment is not None or not _may_raise(arguments)):
                return None  # whatever the others are, as PostgreSQL has it
            if function.run is not None and function.volatility in SETTLED[environment is not None]:
                return _called(node, environment or NO_SESSION)
        case tree.Coerce(operand=tree.Const(value, source) as operand):
            if environment is None and (
                tree.is_of_session(node) or source != UNKNOWN and not source.is_string
            ):
                return None if value is None else NOTHING
            try:
                return coerced_constant(node, operand, environment or NO_SESSION)
            except Error:
                if source != UNKNOWN and tree.is_of_session(node) and not node.is_literal:
                    return NOTHING
                raise
        case tree.ArrayExpr(items=items) if all(isinstance(item, tree.Const) for item in items):
            given = [item.value for item in items if isinstance(item, tree.Const)]
            return array_constructor(given, bool(items) and items[0].type.is_array)
    return NOTHING


def _may_raise(arguments: Sequence[tree.Expr]) -> bool:
    """Whether a session may find an error in constants and parameters among these."""
    if any(True for _ in nodes_of(arguments, tree.Param)):
        return True
    return any(isinstance(node.operand, tree.Const) for node in nodes_of(arguments, tree.Coerce))


def coerced_constant(node: tree.Coerce, operand: tree.Const, environment: Environment) -> Any:
    """Return a constant coerced_value. Raises what the coercion does, with the place of a literal."""
    if operand.value is None:
        return None
    try:
        return coerced_value(node, operand.value, environment)
    except Error as error:
        span = node.span if node.is_literal else operand.span if operand.type == UNKNOWN else NOWHERE
        if span != NOWHERE and (node.is_literal or not _is_read(node, operand, environment)):
            error.position = error.position or span[0] + 1
        raise


def constant_reader(node: tree.Coerce, operand: tree.Const) -> Callable[[Environment], Any]:
    """Return what gives a constant coerced_value in a session. A span of time is read from its text again
    only where the session writes such texts in another style."""
    if not (node.by_text and node.type.base.category == SPANS and not node.type.is_array):
        return lambda environment: coerced_constant(node, operand, environment)
    kept: tuple[Style | None, Any] = (None, None)

    def read(environment: Environment) -> Any:
        nonlocal kept
        style, value = kept
        if style is not environment.style:
            value = coerced_constant(node, operand, environment)
            kept = environment.style, value
        return value

    return read


def _called(node: tree.FuncExpr, environment: Environment) -> Any:
    function = node.function
    if not all(isinstance(argument, tree.Const) for argument in node.arguments):
        return NOTHING
    values = [argument.value for argument in node.arguments if isinstance(argument, tree.Const)]
    if function.is_strict and any(value is None for value in values):
        return None
    fixed: list[Any] = [environment] if function.needs_environment else []
    if function.needs_types:
        fixed.append(tuple(argument.type.sized(None) for argument in node.arguments))
    assert function.run is not None, "compared before"
    try:
        return function.run(*fixed, *values)
    except Error:
        if function.volatility == "stable":
            return NOTHING
        raise


def _is_read(node: tree.Coerce, operand: tree.Const, environment: Environment) -> bool:
    """Whether a literal is a value of its type, if not of its length: then PostgreSQL tells no place."""
    try:
        coerced_value(replace(node, type=node.type.sized(None)), operand.value, environment)
    except Error:
        return False
    return True
