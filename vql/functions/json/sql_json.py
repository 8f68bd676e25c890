"""What the constructs of SQL/JSON compute: none is in pg_proc, each is made for what its clauses say."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from vql.errors import DataError, Error, InvalidParameterValue
from vql.functions.arrays.arrays import Types
from vql.functions.declare import Argument, Environment, Function
from vql.functions.json.jsonpath import found_items
from vql.functions.json.jsonpath_methods import PathError
from vql.functions.json.making import json_writer, key_writer, null_key, value_json
from vql.types.json.json import Tree, json_canonical, json_text, jsonb_text
from vql.types.json.syntax import check_json
from vql.types.type import Type

NOTHING_FOUND = "no SQL/JSON item found for specified path"
# What is done instead of an error, or of nothing that is found, and the value of DEFAULT.
ERROR, NULL, DEFAULT = "error", "null", "default"
TRUTHS = dict(true=True, false=False, unknown=None)
BEGINNINGS = {"object": "{", "array": "["}


def _made(name: str, run: Callable[..., Any], result: str, *given: str, **more: Any) -> Function:
    arguments = tuple(Argument(type=type_) for type_ in given)
    return Function(name=name, arguments=arguments, result=result, run=run, is_strict=False, **more)


# ------------------------------------------------------------------ IS JSON, JSON()


def predicate(kind: str, is_unique: bool, negated: bool) -> Function:
    """Return IS JSON of a text: of any `kind`, or value, scalar, array, object."""

    def run(value: Any) -> bool | None:
        if value is None:
            return None
        try:
            text = value.decode() if isinstance(value, bytes) else value
            check_json(text)
            held = _is_kind(text, kind) and not (is_unique and _repeats_keys(text))
        except (Error, ValueError):
            held = False
        return held is not negated

    words = f"is {'not ' * negated}json {kind}{' unique' * is_unique}"
    return _made(words, run, "boolean", "any")


def _is_kind(text: str, kind: str) -> bool:
    begins = text.lstrip()[:1]
    if kind == "scalar":
        return begins not in BEGINNINGS.values()
    return kind not in BEGINNINGS or begins == BEGINNINGS[kind]


def _repeats_keys(text: str) -> bool:
    repeated = []

    def look(pairs: Sequence[tuple[str, object]]) -> None:
        if len({key for key, _ in pairs}) < len(pairs):
            repeated.append(True)

    json.loads(text, object_pairs_hook=look, parse_int=str, parse_float=str)
    return bool(repeated)


def _unique(text: str | None) -> str | None:
    if text is not None and _repeats_keys(text):
        raise DataError("duplicate JSON object key value", sqlstate="22030")
    return text


UNIQUE_KEYS = _made("json with unique keys", _unique, "json", "json")


# ------------------------------------------------------------------ constructors


def object_constructor(is_jsonb: bool, is_absent: bool, is_unique: bool) -> Function:
    """Return JSON_OBJECT of keys and values in turn."""

    def run(environment: Environment, types: Types, *values: Any) -> str:
        fields, keys = [], set[str]()
        for place in range(0, len(values), 2):
            if values[place] is None and is_jsonb:
                raise InvalidParameterValue(f"argument {place + 1}: key must not be null")
            if values[place] is None:
                raise null_key()
            key = json_text(key_writer(types[place].base, environment)(values[place]))
            if is_unique and key in keys:
                named = "" if is_jsonb else f": {key}"
                raise DataError(f"duplicate JSON object key value{named}", sqlstate="22030")
            keys.add(key)
            value = values[place + 1]
            if value is not None or not is_absent:
                made = value_json(value, json_writer(types[place + 1].base, environment))
                fields.append(f"{key} : {made}")
        return _as("{" + ", ".join(fields) + "}", is_jsonb)

    words = f"json_object{' absent' * is_absent}{' unique' * is_unique}"
    return _made(words, run, _name(is_jsonb), volatility="stable", needs_types=True, needs_environment=True)


def array_constructor_of(is_jsonb: bool, is_absent: bool) -> Function:
    """Return JSON_ARRAY of values."""

    def run(environment: Environment, types: Types, *values: Any) -> str:
        items = [
            value_json(value, json_writer(type_.base, environment))
            for value, type_ in zip(values, types, strict=True)
            if value is not None or not is_absent
        ]
        return _as("[" + ", ".join(items) + "]", is_jsonb)

    words = f"json_array{' absent' * is_absent}"
    return _made(words, run, _name(is_jsonb), volatility="stable", needs_types=True, needs_environment=True)


def _name(is_jsonb: bool) -> str:
    return "jsonb" if is_jsonb else "json"


def _as(text: str, is_jsonb: bool) -> str:
    return json_canonical(text) if is_jsonb else text


# ------------------------------------------------------------------ queries


class Behavior(NamedTuple):
    """What JSON_VALUE and JSON_QUERY do where nothing is found, and instead of an error: ERROR, NULL,
    DEFAULT, or a text of json."""

    on_empty: str
    on_error: str


def exists(on_error: str) -> Function:
    """Return JSON_EXISTS: what it is instead of an error, true, false, unknown or error."""

    def run(document: str | None, path: str | None, passed: str) -> bool | None:
        if document is None or path is None:
            return None
        try:
            return next(iter(_items(document, path, passed)), _MISSING) is not _MISSING
        except PathError:
            if on_error == ERROR:
                raise
            return TRUTHS[on_error]

    return _made(f"json_exists {on_error} on error", run, "boolean", "jsonb", "jsonpath", "jsonb")


_MISSING = object()


def _items(document: str, path: str, passed: str) -> list[Tree]:
    return list(found_items(document, path, passed, False))


def value(type_: Type, behavior: Behavior) -> Function:
    """Return JSON_VALUE as a type, of a document, a path, what is passed, and the two values of DEFAULT."""
    run = partial(_answered, _scalar_text, type_, behavior)
    return _asking("json_value", type_, behavior, run)


def query(type_: Type, wrapper: str, omits_quotes: bool, behavior: Behavior) -> Function:
    """Return JSON_QUERY as a type, of what `value` is of; `wrapper` is without, with or conditional."""
    run = partial(_answered, partial(_whole_text, wrapper, omits_quotes), type_, behavior)
    return _asking(f"json_query {wrapper}{' omit' * omits_quotes}", type_, behavior, run)


def _asking(name: str, type_: Type, behavior: Behavior, run: Callable[..., Any]) -> Function:
    written = type_.formatted()
    words = f"{name} {written} {behavior.on_empty} {behavior.on_error}"
    given = ("jsonb", "jsonpath", "jsonb", written, written)
    # How moments and spans are read depends on the session.
    volatility = "stable" if type_.base.category in "DT" else "immutable"
    return _made(words, run, written, *given, volatility=volatility, needs_environment=True)


def _answered(
    read: Callable[[list[Tree]], str | None],
    type_: Type,
    behavior: Behavior,
    environment: Environment,
    document: str | None,
    path: str | None,
    passed: str,
    if_empty: Any,
    if_error: Any,
) -> Any:
    if document is None or path is None:
        return None

    def instead(what: str, default: Any) -> Any:
        if what in (NULL, DEFAULT):
            return default
        return _as_type(what, type_, environment)

    try:
        items = _items(document, path, passed)
        if items:
            text = read(items)
            return None if text is None else _as_type(text, type_, environment)
    except DataError:
        if behavior.on_error == ERROR:
            raise
        return instead(behavior.on_error, if_error)
    if behavior.on_empty == ERROR:
        raise DataError(NOTHING_FOUND, sqlstate="22035")
    return instead(behavior.on_empty, if_empty)


def _as_type(text: str, type_: Type, environment: Environment) -> Any:
    """Return a text as an internal value of a type, as its input function reads it."""
    plain = type_.sized(None)
    found = plain.cast(text, environment.style)
    return type_.base.internal(found if type_.modifier is None else type_.coerce(found))


def _scalar_text(items: list[Tree]) -> str | None:
    if len(items) > 1:
        text = "JSON path expression in JSON_VALUE must return single scalar item"
        raise DataError(text, sqlstate="22034")
    (item,) = items
    if isinstance(item, dict | list):
        text = "JSON path expression in JSON_VALUE must return single scalar item"
        raise DataError(text, sqlstate="2203F")
    if item is None:
        return None
    if isinstance(item, bool):
        return "t" if item else "f"
    return item if isinstance(item, str) else jsonb_text(item)


def _whole_text(wrapper: str, omits_quotes: bool, items: list[Tree]) -> str:
    if wrapper == "with" or wrapper == "conditional" and len(items) > 1:
        return jsonb_text(items)
    if len(items) > 1:
        text = "JSON path expression in JSON_QUERY must return single item when no wrapper is requested"
        hint = "Use the WITH WRAPPER clause to wrap SQL/JSON items into an array."
        raise DataError(text, sqlstate="22034", hint=hint)
    (item,) = items
    return item if omits_quotes and isinstance(item, str) else jsonb_text(item)
