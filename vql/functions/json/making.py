"""json and jsonb made of values of every type, of arrays of texts, and of the rows of a group."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from vql.deadline import watched
from vql.errors import DataError, InvalidParameterValue
from vql.functions.arrays.arrays import Array, Types
from vql.functions.declare import CASTS, Environment, aggregate, function
from vql.functions.output import writer
from vql.types.arrays.arrays import ArrayType
from vql.types.arrays.dimensions import dimensions_of
from vql.types.arrays.rows import AnyRowType, RowValue
from vql.types.base import BaseType
from vql.types.json.json import JSON, JsonType, json_canonical, json_text

Write = Callable[[Any], str]
Pair = tuple[Any, Any]
# What numeric and floats have that is no number of JSON.
NO_NUMBER = frozenset("Nn")
# A moment of ISO style: its day, its time, its zone.
MOMENT = re.compile(r"(\S*\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([-+]\d\d)?((?::\d\d)*)(.*)")


# ------------------------------------------------------------------ one value


@function("to_json(anyelement) -> json", volatility="stable", needs_types=True, needs_environment=True)
def to_json(environment: Environment, types: Types, value: Any) -> str:
    return json_writer(types[0].base, environment)(value)


@function("to_jsonb(anyelement) -> jsonb", volatility="stable", needs_types=True, needs_environment=True)
def to_jsonb(environment: Environment, types: Types, value: Any) -> str:
    return json_canonical(to_json(environment, types, value))


@function("row_to_json(record) -> json", volatility="stable", needs_environment=True)
@function("row_to_json(record, boolean) -> json", volatility="stable", needs_environment=True)
def row_to_json(environment: Environment, row: RowValue, is_pretty: bool = False) -> str:
    return _row_json(environment, row, ",\n " if is_pretty else ",")


@function("array_to_json(anyarray) -> json", volatility="stable", needs_types=True, needs_environment=True)
@function(
    "array_to_json(anyarray, boolean) -> json", volatility="stable", needs_types=True, needs_environment=True
)
def array_to_json(environment: Environment, types: Types, items: Array, is_pretty: bool = False) -> str:
    write = json_writer(types[0].element.base, environment)
    return _array_json(items, write, ",\n " if is_pretty else ",")


def json_writer(base: BaseType, environment: Environment) -> Write:
    """Return what writes internal values of a type as json."""
    own = CASTS.get((base.name, JSON.name)) if base.extension else None
    if own is not None and own.run is not None:
        return own.run
    write = writer(base, environment)
    if isinstance(base, ArrayType):
        element = json_writer(base.element, environment)
        return lambda items: _array_json(items, element, ",")
    if isinstance(base, AnyRowType):
        return lambda row: _row_json(environment, row, ",")
    if isinstance(base, JsonType):
        return write
    if base.category == "B":
        return lambda value: "true" if value else "false"
    if base.category == "N" and base.range_offsets:
        return lambda value: _json_number(write(value))
    if base.category == "D":
        iso = writer(base, replace(environment, datestyle="ISO, YMD"))
        return lambda value: json_text(_json_moment(iso(value)))
    return lambda value: json_text(write(value))


def value_json(value: Any, write: Write) -> str:
    """Return a value as json, NULL as null."""
    return "null" if value is None else write(value)


def _array_json(items: Array, write: Write, separator: str) -> str:
    parts = [
        _array_json(item, write, ",") if isinstance(item, list) else value_json(item, write)
        for item in watched(items)
    ]
    return "[" + separator.join(parts) + "]"


def _row_json(environment: Environment, row: RowValue, separator: str) -> str:
    fields = (
        f"{json_text(name)}:{value_json(field, json_writer(type_, environment))}"
        for name, field, type_ in zip(row.names, row, row.types, strict=True)
    )
    return "{" + separator.join(fields) + "}"


def _json_number(text: str) -> str:
    return text if NO_NUMBER.isdisjoint(text) else json_text(text)


def _json_moment(text: str) -> str:
    """Return a moment as JSON has it: a T before the time, minutes in the zone."""
    found = MOMENT.fullmatch(text)
    if found is None:
        return text
    day, time, zone, minutes, era = found.groups()
    return f"{day}T{time}{zone or ''}{minutes or (':00' if zone else '')}{era}"


# ------------------------------------------------------------------ values side by side


BUILD = {"is_strict": False, "volatility": "stable", "needs_types": True, "needs_environment": True}


@function("json_build_array() -> json", **BUILD)
@function('json_build_array(VARIADIC "any") -> json', **BUILD)
def json_build_array(environment: Environment, types: Types, *values: Any) -> str:
    parts = [
        value_json(value, json_writer(type_.base, environment))
        for value, type_ in zip(values, types, strict=True)
    ]
    return "[" + ", ".join(parts) + "]"


@function("jsonb_build_array() -> jsonb", **BUILD)
@function('jsonb_build_array(VARIADIC "any") -> jsonb', **BUILD)
def jsonb_build_array(environment: Environment, types: Types, *values: Any) -> str:
    return json_canonical(json_build_array(environment, types, *values))


@function("json_build_object() -> json", **BUILD)
@function('json_build_object(VARIADIC "any") -> json', **BUILD)
def json_build_object(environment: Environment, types: Types, *values: Any) -> str:
    return "{" + ", ".join(_built_fields("json_build_object", environment, types, values)) + "}"


@function("jsonb_build_object() -> jsonb", **BUILD)
@function('jsonb_build_object(VARIADIC "any") -> jsonb', **BUILD)
def jsonb_build_object(environment: Environment, types: Types, *values: Any) -> str:
    for place in range(0, len(values), 2):
        if values[place] is None and len(values) % 2 == 0:
            raise InvalidParameterValue(f"argument {place + 1}: key must not be null")
    fields = _built_fields("jsonb_build_object", environment, types, values)
    return json_canonical("{" + ", ".join(fields) + "}")


def _built_fields(name: str, environment: Environment, types: Types, values: Sequence[Any]) -> list[str]:
    if len(values) % 2:
        raise InvalidParameterValue(
            "argument list must have even number of elements", hint=f"give {name} keys and values in turn"
        )
    fields = []
    for place in range(0, len(values), 2):
        if values[place] is None:
            raise null_key()
        key = key_writer(types[place].base, environment)(values[place])
        value = value_json(values[place + 1], json_writer(types[place + 1].base, environment))
        fields.append(f"{json_text(key)} : {value}")
    return fields


def key_writer(base: BaseType, environment: Environment) -> Write:
    """Return what writes a value as a key. Raises 22023 for a type whose values are none."""
    if isinstance(base, ArrayType | AnyRowType | JsonType):
        raise InvalidParameterValue("key value must be scalar, not array, composite, or json")
    if base.category == "B":
        return lambda value: "true" if value else "false"
    if base.category == "D":
        iso = writer(base, replace(environment, datestyle="ISO, YMD"))
        return lambda value: _json_moment(iso(value))
    return writer(base, environment)


def null_key() -> DataError:
    """Return the error of a key that is NULL."""
    return DataError("null value not allowed for object key", sqlstate="22004")


# ------------------------------------------------------------------ arrays of texts


@function("json_object(text[]) -> json")
def json_object(items: Array) -> str:
    return _object_json(pairs_of_array(items))


@function("jsonb_object(text[]) -> jsonb")
def jsonb_object(items: Array) -> str:
    return json_canonical(json_object(items))


@function("json_object(text[], text[]) -> json")
def json_object_of(keys: Array, values: Array) -> str:
    if len(dimensions_of(keys)) > 1 or len(dimensions_of(keys)) != len(dimensions_of(values)):
        raise _wrong_array("wrong number of array subscripts")
    if len(keys) != len(values):
        raise _wrong_array("mismatched array dimensions")
    return _object_json(list(zip(keys, values, strict=True)))


@function("jsonb_object(text[], text[]) -> jsonb")
def jsonb_object_of(keys: Array, values: Array) -> str:
    return json_canonical(json_object_of(keys, values))


def pairs_of_array(items: Array) -> list[Pair]:
    """Return the pairs that the elements of an array are, by twos. Raises 2202E."""
    match dimensions_of(items):
        case ():
            return []
        case (length,):
            if length % 2:
                raise _wrong_array("array must have even number of elements")
            return list(zip(items[::2], items[1::2], strict=True))
        case (_, width):
            if width != 2:
                raise _wrong_array("array must have two columns")
            return [(key, value) for key, value in items]
    raise _wrong_array("wrong number of array subscripts")


def _object_json(pairs: Sequence[Pair]) -> str:
    if any(key is None for key, _ in pairs):
        raise null_key()
    fields = [f"{json_text(key)} : {json_text(value)}" for key, value in pairs]
    return "{" + ", ".join(fields) + "}"


def _wrong_array(message: str) -> DataError:
    return DataError(message, sqlstate="2202E")


# ------------------------------------------------------------------ the rows of a group


@aggregate("json_agg(anyelement) -> json", **BUILD)
def json_agg(environment: Environment, types: Types, rows: Sequence[Any]) -> str | None:
    if not rows:
        return None
    write = json_writer(types[0].base, environment)
    # What has parts of its own starts a line.
    line = "\n " if isinstance(types[0].base, ArrayType | AnyRowType) else ""
    parts = [value_json(value, write) for value in rows]
    rest = [
        f", {line if value is not None else ''}{part}"
        for value, part in zip(rows[1:], parts[1:], strict=True)
    ]
    return "[" + "".join([parts[0], *rest]) + "]"


@aggregate("jsonb_agg(anyelement) -> jsonb", **BUILD)
def jsonb_agg(environment: Environment, types: Types, rows: Sequence[Any]) -> str | None:
    found = json_agg(environment, types, rows)
    return None if found is None else json_canonical(found)


@aggregate("json_agg_strict(anyelement) -> json", **BUILD)
def json_agg_strict(environment: Environment, types: Types, rows: Sequence[Any]) -> str | None:
    kept = [value for value in rows if value is not None]
    return json_agg(environment, types, kept) if kept else "[]" if rows else None


@aggregate("jsonb_agg_strict(anyelement) -> jsonb", **BUILD)
def jsonb_agg_strict(environment: Environment, types: Types, rows: Sequence[Any]) -> str | None:
    found = json_agg_strict(environment, types, rows)
    return None if found is None else json_canonical(found)


def _object_aggregates(suffix: str, is_unique: bool, is_strict: bool) -> None:
    """Declare json_object_agg and jsonb_object_agg; with unique keys, without the fields that are NULL."""

    @aggregate(f'json_object_agg{suffix}(key: "any", value: "any") -> json', **BUILD)
    def json_object_agg(environment: Environment, types: Types, rows: Sequence[Pair]) -> str | None:
        return _object_of(environment, types, rows, null_key(), _duplicate, True)

    @aggregate(
        f'jsonb_object_agg{suffix}(key: "any", value: "any") -> jsonb', **BUILD | {"volatility": "immutable"}
    )
    def jsonb_object_agg(environment: Environment, types: Types, rows: Sequence[Pair]) -> str | None:
        null_key = InvalidParameterValue("field name must not be null")
        found = _object_of(environment, types, rows, null_key, _duplicate_unnamed, False)
        return None if found is None else json_canonical(found)

    def _object_of(
        environment: Environment, types: Types, rows: Sequence[Pair], null_key: DataError,
        duplicate: Callable[[str], DataError], raises_at_once: bool,
    ) -> str | None:  # fmt: skip
        if not rows:
            return None
        if rows[0][0] is None:
            raise null_key
        if is_strict and not is_unique:
            if any(key is None for key, _ in rows):
                raise null_key
            rows = [row for row in rows if row[1] is not None]
        write_key = key_writer(types[0].base, environment) if rows else str
        write = json_writer(types[1].base, environment)
        fields: list[str] = []
        keys: set[str] = set()
        repeated: DataError | None = None
        for key, value in rows:
            if key is None:
                raise null_key
            name = json_text(write_key(key))
            if is_unique and name in keys:
                repeated = duplicate(name)
                if raises_at_once:
                    raise repeated
            keys.add(name)
            if value is not None or not is_strict:
                fields.append(f"{name} : {value_json(value, write)}")
        if repeated is not None:
            raise repeated
        return "{ " + ", ".join(fields) + " }"


def _duplicate(name: str) -> DataError:
    return DataError(f"duplicate JSON object key value: {name}", sqlstate="22030")


def _duplicate_unnamed(name: str) -> DataError:
    return DataError("duplicate JSON object key value", sqlstate="22030")


_object_aggregates("", False, False)
_object_aggregates("_strict", False, True)
_object_aggregates("_unique", True, False)
_object_aggregates("_unique_strict", True, True)
