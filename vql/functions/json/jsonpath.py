"""jsonpath: what a path finds in a document.

Items are found one by one, so that in lax mode what comes behind the first answer is never looked at. A
`PathError` is of the data, which `silent` and predicates pass over; every other error is of the statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from vql.dataclass import dataclass
from vql.deadline import watched
from vql.errors import DataError, InvalidParameterValue, UndefinedObject
from vql.functions.declare import function, operator
from vql.functions.json.jsonb import INTEGER_MAX, tree_kind
from vql.functions.json.jsonpath_methods import METHODS, PathError
from vql.types.json.json import Tree, jsonb_text, key_order, tree_of
from vql.types.json.jsonpath_parser import COMPARISONS, LAST_LEVEL, JsonPath, PathNode, parse_jsonpath
from vql.types.json.jsonpath_regex import compiled_regex
from vql.types.numbers import numeric_math

PARSED_MAX = 64
ARITHMETIC = {
    "+": numeric_math.add, "-": numeric_math.subtract, "*": numeric_math.multiply,
    "/": numeric_math.divide, "%": numeric_math.remainder,
}  # fmt: skip
Items = Iterator[Tree]
Truth = bool | None
parsed_path = lru_cache(PARSED_MAX)(parse_jsonpath)


# ------------------------------------------------------------------ functions

ARGUMENTS = "(target: jsonb, path: jsonpath, vars: jsonb DEFAULT '{}', silent: boolean DEFAULT false)"


@function(f"jsonb_path_exists{ARGUMENTS} -> boolean")
@function(f"jsonb_path_exists_tz{ARGUMENTS} -> boolean", volatility="stable")
def jsonb_path_exists(target: str, path: str, vars: str = "{}", silent: bool = False) -> Truth:
    search = _Search.of(target, path, vars)
    try:
        return search.exists(search.path.root)
    except PathError:
        if not silent:
            raise
        return None


@operator("jsonb @? jsonpath -> boolean")
@function("jsonb_path_exists_opr(jsonb, jsonpath) -> boolean")
def jsonb_path_exists_opr(target: str, path: str) -> Truth:
    return jsonb_path_exists(target, path, "{}", True)


@function(f"jsonb_path_match{ARGUMENTS} -> boolean")
@function(f"jsonb_path_match_tz{ARGUMENTS} -> boolean", volatility="stable")
def jsonb_path_match(target: str, path: str, vars: str = "{}", silent: bool = False) -> Truth:
    found = list(found_items(target, path, vars, silent))
    if len(found) == 1 and (found[0] is None or isinstance(found[0], bool)):
        return found[0]
    if silent:
        return None
    raise DataError("single boolean result is expected", sqlstate="22038")


@operator("jsonb @@ jsonpath -> boolean")
@function("jsonb_path_match_opr(jsonb, jsonpath) -> boolean")
def jsonb_path_match_opr(target: str, path: str) -> Truth:
    return jsonb_path_match(target, path, "{}", True)


@function(f"jsonb_path_query{ARGUMENTS} -> setof jsonb")
@function(f"jsonb_path_query_tz{ARGUMENTS} -> setof jsonb", volatility="stable")
def jsonb_path_query(target: str, path: str, vars: str = "{}", silent: bool = False) -> Iterable[str]:
    # All of them before the first is given: an error is the statement's.
    return [jsonb_text(item) for item in watched(list(found_items(target, path, vars, silent)))]


@function(f"jsonb_path_query_array{ARGUMENTS} -> jsonb")
@function(f"jsonb_path_query_array_tz{ARGUMENTS} -> jsonb", volatility="stable")
def jsonb_path_query_array(target: str, path: str, vars: str = "{}", silent: bool = False) -> str:
    return jsonb_text(list(found_items(target, path, vars, silent)))


@function(f"jsonb_path_query_first{ARGUMENTS} -> jsonb")
@function(f"jsonb_path_query_first_tz{ARGUMENTS} -> jsonb", volatility="stable")
def jsonb_path_query_first(target: str, path: str, vars: str = "{}", silent: bool = False) -> str | None:
    found = list(found_items(target, path, vars, silent))
    return jsonb_text(found[0]) if found else None


def found_items(target: str, path: str, vars: str, silent: bool) -> Items:
    """Give what a path finds, up to the first error where that is passed over."""
    search = _Search.of(target, path, vars)
    try:
        yield from search.items(search.path.root)
    except PathError:
        if not silent:
            raise


# ------------------------------------------------------------------ search


@dataclass(frozen=True, slots=True)
class _Search:
    """One path over one document. `current` is what @ is, `last` the last index of the innermost array;
    `is_tolerant` where a step that does not fit finds nothing, as everywhere in lax mode."""

    path: JsonPath
    document: Tree
    variables: dict[str, Tree]
    is_tolerant: bool
    current: Tree = None
    last: int = 0

    @staticmethod
    def of(target: str, path: str, vars: str) -> _Search:
        parsed, variables = parsed_path(path), {} if vars == "{}" else tree_of(vars)
        if not isinstance(variables, dict):
            raise InvalidParameterValue(
                '"vars" argument is not an object',
                detail='the names of an object\'s keys are those behind "$"',
            )
        document = tree_of(target)
        return _Search(parsed, document, variables, parsed.is_lax, document)

    @property
    def is_lax(self) -> bool:
        return self.path.is_lax

    def exists(self, node: PathNode) -> bool:
        """Whether a path finds something; in strict mode all of it is looked at for errors."""
        if not self.is_lax:
            return len(list(self.items(node))) > 0
        if node.op in ("plus", "minus"):  # what is no number is passed over
            return any(isinstance(item, Decimal) for item in self.unwrapped(node.args[0]))
        return any(True for _ in self.items(node))

    def items(self, node: PathNode) -> Items:
        """Give what an expression finds."""
        match node.op, node.args:
            case "value", (value,):
                yield value
            case "root", _:
                yield self.document
            case "current", _:
                yield self.current
            case "last", _:
                yield Decimal(self.last)
            case "variable", (name,):
                yield self._variable(name)
            case "path", (head, *steps):
                for item in self.items(head):
                    yield from self._steps(steps, 0, item, self.is_lax)
            case ("plus" | "minus") as op, (inner,):
                yield from self._signed(op, inner)
            case op, (left, right) if op in ARITHMETIC:
                yield self._computed(op, left, right)
            case _:
                yield self._truth(node)

    def unwrapped(self, node: PathNode) -> list[Tree]:
        """Return what an operand finds; in lax mode the elements of arrays in their place."""
        found: list[Tree] = []
        for item in watched(self.items(node)):
            if self.is_lax and isinstance(item, list):
                found += item
            else:
                found.append(item)
        return found

    def _as_found(self, node: PathNode) -> list[Tree]:
        return list(self.items(node))

    def _variable(self, name: str) -> Tree:
        if name not in self.variables:
            raise UndefinedObject(f'could not find jsonpath variable "{name}"')
        return self.variables[name]

    # -------------------------------------------------------------- arithmetic

    def _signed(self, op: str, inner: PathNode) -> Items:
        for item in self.unwrapped(inner):
            if not isinstance(item, Decimal):
                mark = "-" if op == "minus" else "+"
                raise PathError(
                    f"operand of unary jsonpath operator {mark} is not a numeric value", sqlstate="2203B"
                )
            yield numeric_math.subtract(Decimal(0), item) if op == "minus" else item

    def _computed(self, op: str, left: PathNode, right: PathNode) -> Decimal:
        operands = []
        for side, found in (("left", self.unwrapped(left)), ("right", self.unwrapped(right))):
            if len(found) != 1 or not isinstance(found[0], Decimal):
                raise PathError(
                    f"{side} operand of jsonpath operator {op} is not a single numeric value",
                    sqlstate="22038",
                )
            operands.append(found[0])
        try:
            return ARITHMETIC[op](*operands)
        except DataError as error:
            raise PathError(error.message, sqlstate=error.sqlstate) from None

    # -------------------------------------------------------------- steps

    def _steps(self, steps: Sequence[PathNode], place: int, item: Tree, unwraps: bool) -> Items:
        """Give what the steps from a place on find in an item; `unwraps` where an array stands for its
        elements."""
        if place == len(steps):
            yield item
            return
        # Behind `**` no step has to fit.
        rest = replace(self, is_tolerant=True) if steps[place].op == "any level" else self
        for found in self._step(steps[place], item, unwraps):
            yield from rest._steps(steps, place + 1, found, self.is_lax)

    def _step(self, step: PathNode, item: Tree, unwraps: bool) -> Items:
        match step.op, step.args:
            case "key", (key,):
                yield from self._key(step, key, item, unwraps)
            case "any key", _:
                if isinstance(item, dict):
                    yield from _members(item)
                elif unwraps and isinstance(item, list):
                    yield from self._each(step, item)
                else:
                    self._misfit("wildcard member accessor", "an object", "2203C")
            case "any element", _:
                if isinstance(item, list):
                    yield from item
                elif self.is_lax:
                    yield item
                else:
                    self._misfit("wildcard array accessor", "an array", "22039")
            case "elements", ranges:
                yield from self._elements(ranges, item)
            case "any level", (low, high):
                yield from _levels(item, low, high)
            case "filter", (test,):
                if unwraps and isinstance(item, list):
                    yield from self._each(step, item)
                elif replace(self, current=item)._truth(test) is True:
                    yield item
            case "method", ("size",):
                if isinstance(item, list) or self.is_lax:
                    yield Decimal(len(item) if isinstance(item, list) else 1)
                else:
                    self._misfit("item method .size()", "an array", "22039")
            case "method", (name, *given):
                method = METHODS[name]
                if unwraps and isinstance(item, list) and method.unwraps:
                    yield from self._each(step, item)
                else:
                    yield from method.run(item, *given)

    def _each(self, step: PathNode, items: list[Tree]) -> Items:
        for item in watched(items):
            yield from self._step(step, item, False)

    def _key(self, step: PathNode, key: str, item: Tree, unwraps: bool) -> Items:
        if isinstance(item, dict):
            if key in item:
                yield item[key]
            elif not self.is_tolerant:
                raise PathError(f'JSON object does not contain key "{key}"', sqlstate="2203A")
        elif unwraps and isinstance(item, list):
            yield from self._each(step, item)
        else:
            self._misfit("member accessor", "an object", "2203A")

    def _elements(self, ranges: Sequence[tuple[PathNode, PathNode | None]], item: Tree) -> Items:
        if not (isinstance(item, list) or self.is_lax):
            self._misfit("array accessor", "an array", "22039")
            return
        items = item if isinstance(item, list) else [item]
        inner = replace(self, last=len(items) - 1)
        for low_node, high_node in ranges:
            low = inner._index(low_node)
            high = low if high_node is None else inner._index(high_node)
            if not self.is_tolerant and not 0 <= low <= high < len(items):
                raise PathError("jsonpath array subscript is out of bounds", sqlstate="22033")
            yield from items[max(low, 0) : max(high + 1, 0)]

    def _index(self, node: PathNode) -> int:
        found = list(self.items(node))
        if len(found) != 1 or not isinstance(found[0], Decimal):
            raise PathError("jsonpath array subscript is not a single numeric value", sqlstate="22033")
        index = int(found[0])
        if not -INTEGER_MAX - 1 <= index <= INTEGER_MAX:
            raise PathError("jsonpath array subscript is out of integer range", sqlstate="22033")
        return index

    def _misfit(self, what: str, kind: str, sqlstate: str) -> None:
        if not self.is_tolerant:
            raise PathError(f"jsonpath {what} can only be applied to {kind}", sqlstate=sqlstate)

    # -------------------------------------------------------------- predicates

    def _truth(self, node: PathNode) -> Truth:
        """Return the outcome of a predicate, None for unknown; an error of an operand is unknown, too."""
        match node.op, node.args:
            case "&&", (left, right):
                one = self._truth(left)
                other = self._truth(right) if one is not False else None
                return False if False in (one, other) else one if other else None
            case "||", (left, right):
                one = self._truth(left)
                other = self._truth(right) if one is not True else None
                return True if True in (one, other) else one if other is False else None
            case "!", (inner,):
                outcome = self._truth(inner)
                return None if outcome is None else not outcome
            case "is unknown", (inner,):
                return self._truth(inner) is None
            case "exists", (inner,):
                try:
                    return self.exists(inner)
                except PathError:
                    return None
            case "like_regex", (inner, pattern, flags):
                search = compiled_regex(pattern, flags).search
                return self._any_pair(inner, None, lambda text, _: _on_text(text, search), self._as_found)
            case "starts with", (left, right):
                return self._any_pair(left, right, _starts_with, self._as_found)
            case op, (left, right):
                assert op in COMPARISONS, op
                return self._any_pair(
                    left, right, lambda one, other: _items_compared(op, one, other), self.unwrapped
                )
        raise AssertionError(node.op)

    def _any_pair(
        self, left: PathNode, right: PathNode | None, test: Callable[[Tree, Tree], Truth],
        find: Callable[[PathNode], list[Tree]],
    ) -> Truth:  # fmt: skip
        """Return whether a test holds for any pair of what two operands find."""
        try:
            ones = self.unwrapped(left)
            others = [None] if right is None else find(right)
        except PathError:
            return None
        is_found = is_unknown = False
        for one in ones:
            for other in others:
                outcome = test(one, other)
                if outcome is None:
                    if not self.is_lax:
                        return None
                    is_unknown = True
                elif outcome:
                    if self.is_lax:
                        return True
                    is_found = True
        return True if is_found else None if is_unknown else False


# ------------------------------------------------------------------ values


def _members(item: dict[str, Tree]) -> list[Tree]:
    return [item[key] for key in sorted(item, key=key_order)]


def _levels(item: Tree, low: int, high: int) -> Items:
    """Give what is nested so deeply, from above; the last level alone is what holds nothing itself."""
    if low == 0:
        yield item
    yield from _below(item, 1, low, high)


def _below(item: Tree, level: int, low: int, high: int) -> Items:
    if level > high or not isinstance(item, dict | list):
        return
    for part in _members(item) if isinstance(item, dict) else item:
        is_leaf = low == high == LAST_LEVEL and not isinstance(part, dict | list)
        if level >= low or is_leaf:
            yield part
        if level < high:
            yield from _below(part, level + 1, low, high)


def _items_compared(op: str, one: Tree, other: Tree) -> Truth:
    """Compare scalars of one kind; null differs from every other kind, and there it ends."""
    if (one is None) != (other is None):
        return op == "!="
    if tree_kind(one) != tree_kind(other) or isinstance(one, dict | list):
        return None
    if one is None:
        return op in ("==", "<=", ">=")
    match op:
        case "==":
            return one == other
        case "!=":
            return one != other
        case "<":
            return one < other  # type: ignore[operator]
        case "<=":
            return one <= other  # type: ignore[operator]
        case ">":
            return one > other  # type: ignore[operator]
    return one >= other  # type: ignore[operator]


def _starts_with(text: Tree, prefix: Tree) -> Truth:
    return text.startswith(prefix) if isinstance(text, str) and isinstance(prefix, str) else None


def _on_text(text: Tree, search: Callable[[str], object]) -> Truth:
    return search(text) is not None if isinstance(text, str) else None
