"""jsonb: what a document holds, its parts, and how documents compare.

A tree (`vql.types.json.json`) has None for the JSON null; `ABSENT` is a part that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import numpy as np

from vql.deadline import each_watched
from vql.errors import Error, InvalidParameterValue, NumericOutOfRange
from vql.functions.declare import cast, function, operator
from vql.types.arrays.dimensions import flat
from vql.types.json.json import Tree, json_canonical, jsonb_text, key_order, root_key, tree_key, tree_of
from vql.types.numbers.numeric import decimal_text

Path = Sequence[str | None]
ABSENT: Final = object()
# What the C library reads as a number: spaces before it, a sign.
INDEX = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]+")
INTEGER_MAX = 2**31 - 1


# ------------------------------------------------------------------ parts


@operator("jsonb -> text -> jsonb")
@function("jsonb_object_field(from_json: jsonb, field_name: text) -> jsonb")
def object_field(text: str, key: str) -> str | None:
    return part_text(field_of(tree_of(text), key))


@operator("jsonb ->> text -> text")
@function("jsonb_object_field_text(from_json: jsonb, field_name: text) -> text")
def object_field_text(text: str, key: str) -> str | None:
    return plain_text(field_of(tree_of(text), key))


@operator("jsonb -> integer -> jsonb")
@function("jsonb_array_element(from_json: jsonb, element_index: integer) -> jsonb")
def array_element(text: str, index: int) -> str | None:
    return part_text(_root_element(tree_of(text), index))


@operator("jsonb ->> integer -> text")
@function("jsonb_array_element_text(from_json: jsonb, element_index: integer) -> text")
def array_element_text(text: str, index: int) -> str | None:
    return plain_text(_root_element(tree_of(text), index))


@function("jsonb_extract_path(from_json: jsonb, VARIADIC path_elems: text[]) -> jsonb")
def jsonb_extract_path(text: str, *path: str | None) -> str | None:
    return extract_path(text, path)


@operator("jsonb #> text[] -> jsonb")
def extract_path(text: str, path: Path) -> str | None:
    return part_text(at_path(tree_of(text), path))


@function("jsonb_extract_path_text(from_json: jsonb, VARIADIC path_elems: text[]) -> text")
def jsonb_extract_path_text(text: str, *path: str | None) -> str | None:
    return extract_path_text(text, path)


@operator("jsonb #>> text[] -> text")
def extract_path_text(text: str, path: Path) -> str | None:
    return plain_text(at_path(tree_of(text), path))


def field_of(tree: Tree, key: str) -> object:
    """Return a field of an object, `ABSENT` where there is none."""
    return tree.get(key, ABSENT) if isinstance(tree, dict) else ABSENT


def element_of(tree: Tree, index: int) -> object:
    """Return an element of an array, from its end for a negative index."""
    return tree[index] if isinstance(tree, list) and -len(tree) <= index < len(tree) else ABSENT


def _root_element(tree: Tree, index: int) -> object:
    """Return an element of a document: a scalar is an array of one."""
    return element_of(tree if isinstance(tree, list | dict) else [tree], index)


def at_path(tree: Tree, path: Path) -> object:
    """Return what a path of keys and indices leads to."""
    found: object = tree
    for step in flat(path):
        if step is None:
            return ABSENT
        if isinstance(found, list):
            index = array_index(step)
            found = ABSENT if index is None else element_of(found, index)
        else:
            found = field_of(found, step)  # type: ignore[arg-type]
        if found is ABSENT:
            break
    return found


def array_index(step: str) -> int | None:
    """Return the index that a step of a path is, None where it is none."""
    index = int(step) if INDEX.fullmatch(step) else None
    return index if index is not None and -INTEGER_MAX - 1 <= index <= INTEGER_MAX else None


def part_text(part: object) -> str | None:
    """Return a part of a document as jsonb."""
    return None if part is ABSENT else jsonb_text(part)  # type: ignore[arg-type]


def plain_text(part: object) -> str | None:
    """Return a part of a document as text: a string without its quotes, nothing for null."""
    if part is None or part is ABSENT:
        return None
    return part if isinstance(part, str) else jsonb_text(part)  # type: ignore[arg-type]


# ------------------------------------------------------------------ kinds and members


@function("jsonb_typeof(jsonb) -> text")
def jsonb_typeof(text: str) -> str:
    return tree_kind(tree_of(text))


def tree_kind(tree: Tree) -> str:
    """Return what jsonb_typeof says of a tree."""
    match tree:
        case None:
            return "null"
        case bool():
            return "boolean"
        case Decimal():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


@function("jsonb_array_length(jsonb) -> integer")
def jsonb_array_length(text: str) -> int:
    tree = tree_of(text)
    if not isinstance(tree, list):
        what = "non-array" if isinstance(tree, dict) else "scalar"
        raise InvalidParameterValue(f"cannot get array length of a {what}")
    return len(tree)


@function("jsonb_object_keys(jsonb) -> setof text")
def jsonb_object_keys(text: str) -> list[str]:
    tree = tree_of(text)
    if not isinstance(tree, dict):
        what = "an array" if isinstance(tree, list) else "a scalar"
        raise InvalidParameterValue(f"cannot call jsonb_object_keys on {what}")
    return sorted(tree, key=key_order)


@function("jsonb_each(from_json: jsonb) -> setof (key: text, value: jsonb)")
def jsonb_each(text: str) -> Iterator[tuple[str, str | None]]:
    return ((key, part_text(value)) for key, value in _object_fields(text, "jsonb_each"))


@function("jsonb_each_text(from_json: jsonb) -> setof (key: text, value: text)")
def jsonb_each_text(text: str) -> Iterator[tuple[str, str | None]]:
    return ((key, plain_text(value)) for key, value in _object_fields(text, "jsonb_each_text"))


def _object_fields(text: str, name: str) -> list[tuple[str, Tree]]:
    tree = tree_of(text)
    if not isinstance(tree, dict):
        raise InvalidParameterValue(f"cannot call {name} on a non-object")
    return [(key, tree[key]) for key in sorted(tree, key=key_order)]


@function("jsonb_array_elements(from_json: jsonb) -> setof (value: jsonb)")
def jsonb_array_elements(text: str) -> list[str | None]:
    return [part_text(element) for element in _array_items(text)]


@function("jsonb_array_elements_text(from_json: jsonb) -> setof (value: text)")
def jsonb_array_elements_text(text: str) -> list[str | None]:
    return [plain_text(element) for element in _array_items(text)]


def _array_items(text: str) -> list[Tree]:
    tree = tree_of(text)
    if not isinstance(tree, list):
        what = "an object" if isinstance(tree, dict) else "a scalar"
        raise InvalidParameterValue(f"cannot extract elements from {what}")
    return tree


# ------------------------------------------------------------------ existence and containment


@operator("jsonb ? text -> boolean")
@function("jsonb_exists(jsonb, text) -> boolean")
def jsonb_exists(text: str, key: str) -> bool:
    return key in _key_names(tree_of(text))


@operator("jsonb ?| text[] -> boolean")
@function("jsonb_exists_any(jsonb, text[]) -> boolean")
def jsonb_exists_any(text: str, keys: Path) -> bool:
    names = _key_names(tree_of(text))
    return any(key in names for key in flat(list(keys)) if key is not None)


@operator("jsonb ?& text[] -> boolean")
@function("jsonb_exists_all(jsonb, text[]) -> boolean")
def jsonb_exists_all(text: str, keys: Path) -> bool:
    names = _key_names(tree_of(text))
    return all(key in names for key in flat(list(keys)) if key is not None)


def _key_names(tree: Tree) -> set[str]:
    """Return the keys of an object, the strings of an array, a string itself."""
    if isinstance(tree, dict):
        return set(tree)
    return {item for item in (tree if isinstance(tree, list) else [tree]) if isinstance(item, str)}


@operator("jsonb @> jsonb -> boolean")
@function("jsonb_contains(jsonb, jsonb) -> boolean")
def jsonb_contains(text: str, other: str) -> bool:
    tree, wanted = tree_of(text), tree_of(other)
    if isinstance(tree, list) and not isinstance(wanted, list | dict):
        return _contains(tree, [wanted])  # an array contains a scalar at the root alone
    return tree_kind(tree) == tree_kind(wanted) and _contains(tree, wanted)


@operator("jsonb <@ jsonb -> boolean")
@function("jsonb_contained(jsonb, jsonb) -> boolean")
def jsonb_contained(text: str, other: str) -> bool:
    return jsonb_contains(other, text)


def _contains(tree: Tree, wanted: Tree) -> bool:
    """Whether each part of one value is found in another of its kind."""
    if isinstance(tree, dict) and isinstance(wanted, dict):
        return all(
            key in tree and tree_kind(tree[key]) == tree_kind(item) and _contains(tree[key], item)
            for key, item in wanted.items()
        )
    if isinstance(tree, list) and isinstance(wanted, list):
        return all(
            any(tree_kind(part) == tree_kind(item) and _contains(part, item) for part in tree)
            for item in each_watched(wanted)
        )
    return tree == wanted


# ------------------------------------------------------------------ comparison


def _compares_jsonb(name: str, test: Callable[[object, object], bool]) -> None:
    @operator(f"jsonb {name} jsonb -> boolean")
    def compare(text: str, other: str) -> bool:
        return test(root_key(tree_of(text)), root_key(tree_of(other)))


@operator("jsonb = jsonb -> boolean")
def jsonb_equals(text: str, other: str) -> bool:
    return text == other or tree_key(tree_of(text)) == tree_key(tree_of(other))


@operator("jsonb <> jsonb -> boolean")
def jsonb_differs(text: str, other: str) -> bool:
    return not jsonb_equals(text, other)


_compares_jsonb("<", lambda one, other: one < other)  # type: ignore[operator]
_compares_jsonb("<=", lambda one, other: one <= other)  # type: ignore[operator]
_compares_jsonb(">", lambda one, other: one > other)  # type: ignore[operator]
_compares_jsonb(">=", lambda one, other: one >= other)  # type: ignore[operator]


# ------------------------------------------------------------------ casts


@cast("json -> jsonb", willingness="assignment")
def jsonb_of_json(text: str) -> str:
    return json_canonical(text)


@cast("jsonb -> json", willingness="assignment")
def json_of_jsonb(text: str) -> str:
    return text


@cast("jsonb -> boolean")
def boolean_of_jsonb(text: str) -> bool | None:
    tree = tree_of(text)
    if tree is None or isinstance(tree, bool):
        return tree
    raise _no_cast(tree, "boolean")


@cast("jsonb -> numeric")
def numeric_of_jsonb(text: str) -> Decimal | None:
    return _number_in(text, "numeric")


@cast("jsonb -> smallint")
def smallint_of_jsonb(text: str) -> int | None:
    return _integer_in(text, "smallint", 16)


@cast("jsonb -> integer")
def integer_of_jsonb(text: str) -> int | None:
    return _integer_in(text, "integer", 32)


@cast("jsonb -> bigint")
def bigint_of_jsonb(text: str) -> int | None:
    return _integer_in(text, "bigint", 64)


@cast("jsonb -> real")
def real_of_jsonb(text: str) -> float | None:
    number = _number_in(text, "real")
    with np.errstate(over="ignore", under="ignore"):
        return None if number is None else _in_range(float(np.float32(str(number))), number, "real")


@cast("jsonb -> double precision")
def double_of_jsonb(text: str) -> float | None:
    number = _number_in(text, "double precision")
    return None if number is None else _in_range(float(number), number, "double precision")


def _number_in(text: str, type_: str) -> Decimal | None:
    tree = tree_of(text)
    if tree is None or isinstance(tree, Decimal):
        return tree
    raise _no_cast(tree, type_)


def _integer_in(text: str, type_: str, bits: int) -> int | None:
    number = _number_in(text, type_)
    if number is None:
        return None
    rounded = int(number.to_integral_value(ROUND_HALF_UP))
    if not -(2 ** (bits - 1)) <= rounded < 2 ** (bits - 1):
        raise NumericOutOfRange(f"{type_} out of range")
    return rounded


def _in_range(value: float, number: Decimal, type_: str) -> float:
    if abs(value) == float("inf") or (value == 0 and number != 0):
        raise NumericOutOfRange(f'"{decimal_text(number)}" is out of range for type {type_}')
    return value


def _no_cast(tree: Tree, type_: str) -> Error:
    kind = "numeric" if isinstance(tree, Decimal) else tree_kind(tree)
    return InvalidParameterValue(f"cannot cast jsonb {kind} to type {type_}")
