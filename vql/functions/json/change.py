"""jsonb made of jsonb: joined, without some parts, with others set.

Trees are never changed in place: what is not touched is shared between the old one and the new.
"""

from __future__ import annotations

from enum import Enum

from vql.errors import DataError, InvalidParameterValue, InvalidText
from vql.functions.declare import function, operator
from vql.functions.json.jsonb import Path, array_index
from vql.types.json.json import Tree, jsonb_text, key_order, tree_of

INDENT = "    "
TREATMENTS = ("delete_key", "return_target", "use_json_null", "raise_exception")


class Change(Enum):
    """What is done at the end of a path."""

    DELETE = "delete"
    REPLACE = "replace, or nothing where there is nothing"
    SET = "replace, or add"
    INSERT_BEFORE = "insert before"
    INSERT_AFTER = "insert after"


# ------------------------------------------------------------------ joining and deleting


@operator("jsonb || jsonb -> jsonb")
@function("jsonb_concat(jsonb, jsonb) -> jsonb")
def jsonb_concat(text: str, other: str) -> str:
    one, two = tree_of(text), tree_of(other)
    if isinstance(one, dict) and isinstance(two, dict):
        return jsonb_text(one | two)
    left: list[Tree] = one if isinstance(one, list) else [one]
    right: list[Tree] = two if isinstance(two, list) else [two]
    return jsonb_text(left + right)


@operator("jsonb - text -> jsonb")
@function("jsonb_delete(jsonb, text) -> jsonb")
def jsonb_delete(text: str, key: str) -> str:
    return jsonb_delete_keys(text, [key])


@function("jsonb_delete(from_json: jsonb, VARIADIC path_elems: text[]) -> jsonb")
def jsonb_delete_all(text: str, *keys: str | None) -> str:
    return jsonb_delete_keys(text, keys)


@operator("jsonb - text[] -> jsonb")
def jsonb_delete_keys(text: str, keys: Path) -> str:
    tree = tree_of(text)
    _check_path(keys)
    if isinstance(tree, dict):
        return jsonb_text({key: item for key, item in tree.items() if key not in keys})
    if isinstance(tree, list):
        return jsonb_text([item for item in tree if not (isinstance(item, str) and item in keys)])
    raise InvalidParameterValue("cannot delete from scalar")


@operator("jsonb - integer -> jsonb")
@function("jsonb_delete(jsonb, integer) -> jsonb")
def jsonb_delete_element(text: str, index: int) -> str:
    tree = tree_of(text)
    if isinstance(tree, dict):
        raise InvalidParameterValue("cannot delete from object using integer index")
    if not isinstance(tree, list):
        raise InvalidParameterValue("cannot delete from scalar")
    place = index + len(tree) if index < 0 else index
    return jsonb_text([item for at, item in enumerate(tree) if at != place])


@operator("jsonb #- text[] -> jsonb")
@function("jsonb_delete_path(jsonb, text[]) -> jsonb")
def jsonb_delete_path(text: str, path: Path) -> str:
    return _changed(text, path, None, Change.DELETE, "delete path in")


# ------------------------------------------------------------------ setting


@function(
    "jsonb_set(jsonb_in: jsonb, path: text[], replacement: jsonb, create_if_missing: boolean DEFAULT true)"
    " -> jsonb"
)
def jsonb_set(text: str, path: Path, replacement: str, create_if_missing: bool = True) -> str:
    change = Change.SET if create_if_missing else Change.REPLACE
    return _changed(text, path, tree_of(replacement), change, "set path in")


@function(
    "jsonb_insert(jsonb_in: jsonb, path: text[], replacement: jsonb, insert_after: boolean DEFAULT false)"
    " -> jsonb"
)
def jsonb_insert(text: str, path: Path, replacement: str, insert_after: bool = False) -> str:
    change = Change.INSERT_AFTER if insert_after else Change.INSERT_BEFORE
    return _changed(text, path, tree_of(replacement), change, "set path in")


@function(
    "jsonb_set_lax(jsonb_in: jsonb, path: text[], replacement: jsonb,"
    " create_if_missing: boolean DEFAULT true, null_value_treatment: text DEFAULT 'use_json_null') -> jsonb",
    is_strict=False,
)
def jsonb_set_lax(
    text: str | None,
    path: Path | None,
    replacement: str | None,
    create_if_missing: bool | None = True,
    null_value_treatment: str | None = "use_json_null",
) -> str | None:
    if text is None or path is None or create_if_missing is None:
        return None
    if replacement is not None and null_value_treatment is not None:
        return jsonb_set(text, path, replacement, create_if_missing)
    if null_value_treatment not in TREATMENTS:
        named = ", ".join(f'"{name}"' for name in TREATMENTS[:3])
        raise InvalidParameterValue(f'null_value_treatment must be {named}, or "{TREATMENTS[3]}"')
    match null_value_treatment:
        case "raise_exception":
            raise DataError(
                "JSON value must not be null", sqlstate="22004",
                detail='null_value_treatment is "raise_exception"',
                hint="choose another null_value_treatment, or pass no NULL",
            )  # fmt: skip
        case "use_json_null":
            return jsonb_set(text, path, "null", create_if_missing)
        case "delete_key":
            return jsonb_delete_path(text, path)
    return text


def with_part(text: str | None, value: str | None, path: Path, starts_array: bool) -> str:
    """Return a document with another value where subscripts lead: what is missing on the way is made, an
    array where a step is a number, `starts_array` says which the whole is where there is none."""
    if None in path:
        raise DataError("jsonb subscript in assignment must not be null", sqlstate="22004")
    tree: Tree = ([] if starts_array else {}) if text is None else tree_of(text)
    return jsonb_text(_filled(tree, path, 0, None if value is None else tree_of(value)))


def _filled(tree: Tree, path: Path, level: int, new: Tree) -> Tree:
    """Return what a value becomes whose part at the end of a path is to be another."""
    if level == len(path):
        return new
    step = path[level]
    assert step is not None, "it was looked at"
    index = array_index(step)
    if isinstance(tree, dict):
        inner = _filled(tree[step], path, level + 1, new) if step in tree else _made(path, level + 1, new)
        return tree | {step: inner}
    if not isinstance(tree, list):
        raise InvalidParameterValue(
            "cannot replace existing key",
            detail="The path assumes key is a composite object, but it is a scalar value.",
        )
    if index is None:
        raise InvalidText(f'path element at position {level + 1} is not an integer: "{step}"')
    place = index + len(tree) if index < 0 else index
    if place < 0:
        raise InvalidParameterValue(f"path element at position {level + 1} is out of range: {index}")
    if place >= len(tree):
        return [*tree, *[None] * (place - len(tree)), _made(path, level + 1, new)]
    return [*tree[:place], _filled(tree[place], path, level + 1, new), *tree[place + 1 :]]


def _made(path: Path, level: int, new: Tree) -> Tree:
    """Return what stands at a place of a path where nothing did."""
    if level == len(path):
        return new
    step, inner = path[level], _made(path, level + 1, new)
    assert step is not None, "it was looked at"
    index = array_index(step)
    return {step: inner} if index is None else [*[None] * index, inner]


def _changed(text: str, path: Path, new: Tree, change: Change, what: str) -> str:
    tree = tree_of(text)
    _check_path(path)
    if not isinstance(tree, dict | list):
        raise InvalidParameterValue(f"cannot {what} scalar")
    if not path or (not tree and change in (Change.DELETE, Change.REPLACE)):
        return text
    return jsonb_text(_changed_at(tree, path, 0, new, change))


def _check_path(path: Path) -> None:
    if any(isinstance(step, list) for step in path):
        raise DataError("wrong number of array subscripts", sqlstate="2202E")


def _changed_at(tree: Tree, path: Path, level: int, new: Tree, change: Change) -> Tree:
    """Return a value with the change made below it."""
    step = path[level]
    if step is None:
        raise DataError(f"path element at position {level + 1} is null", sqlstate="22004")
    if not isinstance(tree, dict | list):
        return tree
    is_last = level == len(path) - 1
    if isinstance(tree, dict):
        if not is_last:
            return (
                tree | {step: _changed_at(tree[step], path, level + 1, new, change)} if step in tree else tree
            )
        return _field_changed(tree, step, new, change)
    index = array_index(step)
    if index is None:
        raise InvalidText(f'path element at position {level + 1} is not an integer: "{step}"')
    place = index + len(tree) if index < 0 else index
    if not is_last:
        if not 0 <= place < len(tree):
            return tree
        return [*tree[:place], _changed_at(tree[place], path, level + 1, new, change), *tree[place + 1 :]]
    return _element_changed(tree, place, new, change)


def _field_changed(tree: dict[str, Tree], key: str, new: Tree, change: Change) -> Tree:
    if change is Change.DELETE:
        return {name: item for name, item in tree.items() if name != key}
    if key not in tree:
        return tree if change is Change.REPLACE else tree | {key: new}
    if change in (Change.INSERT_BEFORE, Change.INSERT_AFTER):
        raise InvalidParameterValue(
            "cannot replace existing key", hint="use jsonb_set to replace the value of a key"
        )
    return tree | {key: new}


def _element_changed(tree: list[Tree], place: int, new: Tree, change: Change) -> Tree:
    if not 0 <= place < len(tree):  # beyond the begin or the end it is added there
        if change in (Change.DELETE, Change.REPLACE):
            return tree
        return [new, *tree] if place < 0 else [*tree, new]
    match change:
        case Change.DELETE:
            return tree[:place] + tree[place + 1 :]
        case Change.INSERT_BEFORE:
            return [*tree[:place], new, *tree[place:]]
        case Change.INSERT_AFTER:
            return [*tree[: place + 1], new, *tree[place + 1 :]]
    return [*tree[:place], new, *tree[place + 1 :]]


# ------------------------------------------------------------------ other forms


@function("jsonb_strip_nulls(target: jsonb, strip_in_arrays: boolean DEFAULT false) -> jsonb")
def jsonb_strip_nulls(text: str, strip_in_arrays: bool = False) -> str:
    return jsonb_text(_without_nulls(tree_of(text), strip_in_arrays))


def _without_nulls(tree: Tree, in_arrays: bool) -> Tree:
    if isinstance(tree, dict):
        return {key: _without_nulls(item, in_arrays) for key, item in tree.items() if item is not None}
    if isinstance(tree, list):
        return [_without_nulls(item, in_arrays) for item in tree if item is not None or not in_arrays]
    return tree


@function("jsonb_pretty(jsonb) -> text")
def jsonb_pretty(text: str) -> str:
    return _pretty(tree_of(text), "")


def _pretty(tree: Tree, margin: str) -> str:
    """Write a value with a line for each part."""
    if isinstance(tree, dict):
        lines = [
            f"{jsonb_text(key)}: {_pretty(tree[key], margin + INDENT)}" for key in sorted(tree, key=key_order)
        ]
        brackets = "{}"
    elif isinstance(tree, list):
        lines, brackets = [_pretty(item, margin + INDENT) for item in tree], "[]"
    else:
        return jsonb_text(tree)
    inner = ",".join(f"\n{margin}{INDENT}{line}" for line in lines)
    return f"{brackets[0]}{inner}\n{margin}{brackets[1]}"
