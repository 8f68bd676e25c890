"""hstore: making, reading and changing pairs of keys and texts."""

from __future__ import annotations

import operator as compare
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from vql.errors import DataError, NotSupportedError
from vql.functions import declare
from vql.functions.arrays.arrays import Array
from vql.functions.declare import Environment, cast
from vql.functions.json.making import pairs_of_array
from vql.functions.output import writer
from vql.functions.text.texts import COMPARISONS
from vql.types.arrays.dimensions import dimensions_of, flat
from vql.types.arrays.rows import RowValue
from vql.types.extensions.hstore import HSTORE, Pairs, hstore_of, hstore_text, pairs_of
from vql.types.json.json import json_canonical, json_text

JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
TRUTH = {"t": "true", "f": "false"}

function = partial(declare.function, extension="hstore")
operator = partial(declare.operator, extension="hstore")


# ------------------------------------------------------------------ making


@function("hstore(text, text) -> hstore", is_strict=False)
@function("tconvert(text, text) -> hstore", is_strict=False)
def hstore_of_pair(key: str | None, value: str | None) -> str | None:
    return None if key is None else hstore_text({key: value})


@cast("text[] -> hstore")
@function("hstore(text[]) -> hstore")
def hstore_of_array(items: Array) -> str:
    return hstore_of(pairs_of_array(items))


@function("hstore(text[], text[]) -> hstore", is_strict=False)
def hstore_of_arrays(keys: Array | None, values: Array | None) -> str | None:
    if keys is None:
        return None
    if len(dimensions_of(keys)) > 1 or values is not None and len(dimensions_of(values)) > 1:
        raise DataError("wrong number of array subscripts", sqlstate="2202E")
    given = [None] * len(keys) if values is None else values
    if len(given) != len(keys):
        raise DataError("arrays must have same bounds", sqlstate="2202E")
    return hstore_of(zip(keys, given, strict=True))


@function("hstore(record) -> hstore", volatility="stable", needs_environment=True)
def hstore_of_row(environment: Environment, row: RowValue) -> str:
    pairs: Pairs = {}
    for name, value, type_ in zip(row.names, row, row.types, strict=True):
        pairs.setdefault(name, None if value is None else writer(type_, environment)(value))
    return hstore_text(pairs)


def _refuse_record(*arguments: object) -> object:
    raise NotSupportedError("the function populate_record of hstore is not supported yet")


function("populate_record(anyelement, hstore) -> anyelement", is_strict=False)(_refuse_record)
operator("anyelement #= hstore -> anyelement", is_strict=False)(_refuse_record)


# ------------------------------------------------------------------ reading


@operator("hstore -> text -> text")
@function("fetchval(hstore, text) -> text")
def hstore_value(value: str, key: str) -> str | None:
    return pairs_of(value).get(key)


@operator("hstore -> text[] -> text[]")
@function("slice_array(hstore, text[]) -> text[]")
def hstore_values(value: str, keys: Array) -> Array:
    pairs = pairs_of(value)
    return [None if key is None else pairs.get(key) for key in flat(keys)]


@function("slice(hstore, text[]) -> hstore")
def hstore_slice(value: str, keys: Array) -> str:
    pairs, wanted = pairs_of(value), set(flat(keys))
    return hstore_text({key: pairs[key] for key in pairs if key in wanted})


@operator("hstore ? text -> boolean")
@function("exist(hstore, text) -> boolean")
@function("isexists(hstore, text) -> boolean")
def has_key(value: str, key: str) -> bool:
    return key in pairs_of(value)


@function("defined(hstore, text) -> boolean")
@function("isdefined(hstore, text) -> boolean")
def has_value(value: str, key: str) -> bool:
    return pairs_of(value).get(key) is not None


@operator("hstore ?| text[] -> boolean")
@function("exists_any(hstore, text[]) -> boolean")
def has_any_key(value: str, keys: Array) -> bool:
    pairs = pairs_of(value)
    return any(key in pairs for key in flat(keys))


@operator("hstore ?& text[] -> boolean")
@function("exists_all(hstore, text[]) -> boolean")
def has_all_keys(value: str, keys: Array) -> bool:
    pairs = pairs_of(value)
    return all(key is None or key in pairs for key in flat(keys))


@operator("hstore @> hstore -> boolean")
@function("hs_contains(hstore, hstore) -> boolean")
def contains_pairs(value: str, other: str) -> bool:
    return pairs_of(value).items() >= pairs_of(other).items()


@operator("hstore <@ hstore -> boolean")
@function("hs_contained(hstore, hstore) -> boolean")
def is_contained(value: str, other: str) -> bool:
    return contains_pairs(other, value)


@function("akeys(hstore) -> text[]")
def hstore_keys(value: str) -> Array:
    return list(pairs_of(value))


@function("avals(hstore) -> text[]")
def hstore_all_values(value: str) -> Array:
    return list(pairs_of(value).values())


@function("skeys(hstore) -> setof text")
def rows_of_keys(value: str) -> Iterator[str]:
    yield from pairs_of(value)


@function("svals(hstore) -> setof text")
def rows_of_values(value: str) -> Iterator[str | None]:
    yield from pairs_of(value).values()


@function("each(hs: hstore) -> setof (key: text, value: text)")
def rows_of_pairs(value: str) -> Iterator[tuple[str, str | None]]:
    yield from pairs_of(value).items()


@operator("%% hstore -> text[]")
@function("hstore_to_array(hstore) -> text[]")
def hstore_to_array(value: str) -> Array:
    return list(flat(hstore_to_matrix(value)))


@operator("%# hstore -> text[]")
@function("hstore_to_matrix(hstore) -> text[]")
def hstore_to_matrix(value: str) -> Array:
    return [[key, item] for key, item in pairs_of(value).items()]


# ------------------------------------------------------------------ changing


@operator("hstore || hstore -> hstore")
@function("hs_concat(hstore, hstore) -> hstore")
def hstore_concat(value: str, other: str) -> str:
    return hstore_text(pairs_of(value) | pairs_of(other))


def _without(value: str, keys: set[Any]) -> str:
    return hstore_text({key: item for key, item in pairs_of(value).items() if key not in keys})


@operator("hstore - text -> hstore")
@function("delete(hstore, text) -> hstore")
def without_key(value: str, key: str) -> str:
    return _without(value, {key})


@operator("hstore - text[] -> hstore")
@function("delete(hstore, text[]) -> hstore")
def without_keys(value: str, keys: Array) -> str:
    return _without(value, set(flat(keys)))


@operator("hstore - hstore -> hstore")
@function("delete(hstore, hstore) -> hstore")
def without_pairs(value: str, other: str) -> str:
    unwanted = pairs_of(other).items()
    return hstore_text(dict(pair for pair in pairs_of(value).items() if pair not in unwanted))


# ------------------------------------------------------------------ comparison


def _compares(name: str, compares: Callable[[Any, Any], bool]) -> None:
    operator(f"hstore {name} hstore -> boolean")(
        lambda one, other: compares(HSTORE.order_key(one), HSTORE.order_key(other))
    )


for _symbol, _compare in COMPARISONS.items():
    _compares(_symbol if _compare in (compare.eq, compare.ne) else f"#{_symbol}#", _compare)


# ------------------------------------------------------------------ json


@cast("hstore -> json")
@function("hstore_to_json(hstore) -> json")
def hstore_to_json(value: str) -> str:
    return _json(pairs_of(value), lambda text: json_text(text))


@function("hstore_to_json_loose(hstore) -> json")
def hstore_to_json_loose(value: str) -> str:
    def written(text: str) -> str:
        return TRUTH.get(text) or (text if JSON_NUMBER.fullmatch(text) else json_text(text))

    return _json(pairs_of(value), written)


def _json(pairs: Pairs, write: Callable[[str], str]) -> str:
    fields = (
        f"{json_text(key)}: {'null' if value is None else write(value)}" for key, value in pairs.items()
    )
    return "{" + ", ".join(fields) + "}"


@cast("hstore -> jsonb")
@function("hstore_to_jsonb(hstore) -> jsonb")
def hstore_to_jsonb(value: str) -> str:
    return json_canonical(hstore_to_json(value))


@function("hstore_to_jsonb_loose(hstore) -> jsonb")
def hstore_to_jsonb_loose(value: str) -> str:
    return json_canonical(hstore_to_json_loose(value))
