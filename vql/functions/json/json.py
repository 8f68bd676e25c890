"""json: parts of documents as they were written."""

from __future__ import annotations

import json
from collections.abc import Iterator

from vql.errors import InvalidParameterValue
from vql.functions.declare import function, operator
from vql.functions.json.jsonb import Path, array_index
from vql.types.arrays.dimensions import flat
from vql.types.json.json import DECODER, json_text, too_deep
from vql.types.json.syntax import SPACE, check_json

scan_value = DECODER.raw_decode
KINDS = {"{": "object", "[": "array", '"': "string", "t": "boolean", "f": "boolean", "n": "null"}


# ------------------------------------------------------------------ parts


@operator("json -> text -> json")
@function("json_object_field(from_json: json, field_name: text) -> json")
def json_object_field(text: str, key: str) -> str | None:
    return _field(text, key)


@operator("json ->> text -> text")
@function("json_object_field_text(from_json: json, field_name: text) -> text")
def json_object_field_text(text: str, key: str) -> str | None:
    return plain_part(_field(text, key))


@operator("json -> integer -> json")
@function("json_array_element(from_json: json, element_index: integer) -> json")
def json_array_element(text: str, index: int) -> str | None:
    return _element(text, index)


@operator("json ->> integer -> text")
@function("json_array_element_text(from_json: json, element_index: integer) -> text")
def json_array_element_text(text: str, index: int) -> str | None:
    return plain_part(_element(text, index))


@function("json_extract_path(from_json: json, VARIADIC path_elems: text[]) -> json")
def json_extract_path(text: str, *path: str | None) -> str | None:
    return json_at_path(text, path)


@function("json_extract_path_text(from_json: json, VARIADIC path_elems: text[]) -> text")
def json_extract_path_text(text: str, *path: str | None) -> str | None:
    return json_at_path_text(text, path)


@operator("json #>> text[] -> text")
def json_at_path_text(text: str, path: Path) -> str | None:
    return plain_part(json_at_path(text, path))


@operator("json #> text[] -> json")
def json_at_path(text: str, path: Path) -> str | None:
    found: str | None = text.strip(" \t\n\r")
    for step in flat(path):
        if step is None or found is None:
            return None
        if first_mark(found) == "[":
            index = array_index(step)
            found = None if index is None else _element(found, index)
        else:
            found = _field(found, step)
    return found


def _field(text: str, key: str) -> str | None:
    """Return the last field of a name, as it is written."""
    found = None
    if first_mark(text) == "{":
        for name, value in json_fields(text):
            if name == key:
                found = value
    return found


def _element(text: str, index: int) -> str | None:
    if first_mark(text) != "[":
        return None
    items = list(json_elements(text))
    return items[index] if -len(items) <= index < len(items) else None


def plain_part(text: str | None) -> str | None:
    """Return the text of a part: a string without its quotes, nothing for null."""
    if text is None or text == "null":
        return None
    return _unquoted(text) if text[0] == '"' else text


def _unquoted(text: str) -> str:
    if "\\u" in text:
        check_json(text, with_escapes=True)
    value = json.loads(text)
    assert isinstance(value, str), "it starts with a quote"
    return value


# ------------------------------------------------------------------ reading


def json_fields(text: str) -> Iterator[tuple[str, str]]:
    """Give the keys of an object and its values as they are written, in their order."""
    position = _skip(text, _skip(text, 0) + 1)
    while text[position] != "}":
        _, end = _value_at(text, position)
        key = _unquoted(text[position:end])
        start = _skip(text, _skip(text, end) + 1)
        _, end = _value_at(text, start)
        yield key, text[start:end]
        position = _after_comma(text, end)


def json_elements(text: str) -> Iterator[str]:
    """Give the elements of an array as they are written."""
    position = _skip(text, _skip(text, 0) + 1)
    while text[position] != "]":
        _, end = _value_at(text, position)
        yield text[position:end]
        position = _after_comma(text, end)


def _value_at(text: str, position: int) -> tuple[object, int]:
    try:
        value, end = scan_value(text, position)
    except RecursionError:
        raise too_deep() from None
    return value, end


def _after_comma(text: str, position: int) -> int:
    position = _skip(text, position)
    return _skip(text, position + 1) if text[position] == "," else position


def _skip(text: str, position: int) -> int:
    match = SPACE.match(text, position)
    assert match, "spaces may be none"
    return match.end()


def first_mark(text: str) -> str:
    """Return the first character that is no space: what kind of value it is."""
    return text[_skip(text, 0)]


# ------------------------------------------------------------------ kinds and members


@function("json_typeof(json) -> text")
def json_typeof(text: str) -> str:
    return KINDS.get(first_mark(text), "number")


@function("json_array_length(json) -> integer")
def json_array_length(text: str) -> int:
    first = first_mark(text)
    if first != "[":
        raise InvalidParameterValue(
            f"cannot get array length of a {'non-array' if first == '{' else 'scalar'}"
        )
    return sum(1 for _ in json_elements(text))


@function("json_object_keys(json) -> setof text")
def json_object_keys(text: str) -> list[str]:
    first = first_mark(text)
    if first != "{":
        raise InvalidParameterValue(
            f"cannot call json_object_keys on {'an array' if first == '[' else 'a scalar'}"
        )
    return [key for key, _ in json_fields(text)]


@function("json_each(from_json: json) -> setof (key: text, value: json)")
def json_each(text: str) -> list[tuple[str, str]]:
    first = first_mark(text)
    if first != "{":
        raise InvalidParameterValue(
            "cannot deconstruct an array as an object" if first == "[" else "cannot deconstruct a scalar"
        )
    return list(json_fields(text))


@function("json_each_text(from_json: json) -> setof (key: text, value: text)")
def json_each_text(text: str) -> list[tuple[str, str | None]]:
    return [(key, plain_part(value)) for key, value in json_each(text)]


@function("json_array_elements(from_json: json) -> setof (value: json)")
def json_array_elements(text: str) -> list[str]:
    return _elements_for(text, "json_array_elements")


@function("json_array_elements_text(from_json: json) -> setof (value: text)")
def json_array_elements_text(text: str) -> list[str | None]:
    return [plain_part(item) for item in _elements_for(text, "json_array_elements_text")]


def _elements_for(text: str, name: str) -> list[str]:
    first = first_mark(text)
    if first != "[":
        what = "non-array" if first == "{" else "scalar"
        raise InvalidParameterValue(f"cannot call {name} on a {what}")
    return list(json_elements(text))


# ------------------------------------------------------------------ other forms


@function("json_strip_nulls(target: json, strip_in_arrays: boolean DEFAULT false) -> json")
def json_strip_nulls(text: str, strip_in_arrays: bool = False) -> str:
    first = first_mark(text)
    if first == "{":
        fields = (
            f"{json_text(key)}:{json_strip_nulls(value, strip_in_arrays)}"
            for key, value in json_fields(text)
            if value != "null"
        )
        return "{" + ",".join(fields) + "}"
    if first == "[":
        items = (
            json_strip_nulls(item, strip_in_arrays)
            for item in json_elements(text)
            if item != "null" or not strip_in_arrays
        )
        return "[" + ",".join(items) + "]"
    return json_text(_unquoted(text.strip())) if first == '"' else text.strip()
