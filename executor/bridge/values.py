"""Types, names and values as text in DuckDB's dialect."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np

from vql.errors import NotSupportedError
from vql.executor.bridge.vectors import HALFVEC, SPARSEVEC
from vql.types import values
from vql.types.sparsevec import SparseVector
from vql.types.type import Type

DUCK_TYPES = {
    "boolean": "BOOLEAN", "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT",
    "real": "FLOAT", "double precision": "DOUBLE", "text": "VARCHAR", "varchar": "VARCHAR",
    "timestamptz": "TIMESTAMP WITH TIME ZONE", "timestamp": "TIMESTAMP", "date": "DATE", "time": "TIME",
    "interval": "INTERVAL", "uuid": "UUID", "jsonb": "JSON", "json": "JSON", "bytea": "BLOB",
    "char": "VARCHAR", "name": "VARCHAR", "oid": "BIGINT", "regclass": "BIGINT", "regtype": "BIGINT",
    "regnamespace": "BIGINT", "regrole": "BIGINT",
    "regproc": "VARCHAR", "unknown": "VARCHAR", "halfvec": HALFVEC, "sparsevec": SPARSEVEC, "bit": "BIT",
}  # fmt: skip


def duck_type(type_: Type) -> str:
    """Return DuckDB's spelling of a type."""
    if type_.name.endswith("[]"):
        return duck_type(Type(type_.name[:-2])) + "[]"
    if type_.name == "vector":
        return "FLOAT[]" if type_.modifier is None else f"FLOAT[{type_.modifier}]"
    found = DUCK_TYPES.get(type_.name)
    if found is None:
        raise NotSupportedError(f"type {type_} is not supported in this expression yet")
    return found


def quoted(name: str) -> str:
    """Return a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def string(text: str) -> str:
    """Return a quoted string literal."""
    return "'" + text.replace("'", "''") + "'"


def value_text(type_: Type, value: object) -> str:
    """Return a canonical value as a literal DuckDB reads back exactly."""
    if value is None:
        return "NULL" if type_.name == "unknown" else f"CAST(NULL AS {_cast_target(type_)})"
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return (
                str(value)
                if type_.name in ("integer", "unknown")
                else f"CAST({value} AS {_cast_target(type_)})"
            )
        case float():
            known = type_ if type_.name != "unknown" else Type("double precision")
            return f"CAST('{value!r}' AS {_cast_target(known)})"
        case Decimal():
            places = max(0, -int(value.as_tuple().exponent)) if value.is_finite() else 0
            return (
                f"CAST('{value:f}' AS DECIMAL(38, {places}))"
                if value.is_finite()
                else f"CAST('{value}' AS DOUBLE)"
            )
        case np.ndarray() if value.dtype == np.bool_:
            return f"CAST({string(values.to_text(type_, value))} AS BIT)"
        case np.ndarray() if value.dtype == np.float16:
            return f"{{'halfs': CAST([{', '.join(map(repr, value.tolist()))}] AS FLOAT[])}}"
        case SparseVector():
            indices, elements = (value.indices() + 1).tolist(), value.values().tolist()
            return (
                f"{{'indices': CAST({indices} AS INTEGER[]), 'elements': CAST({elements} AS FLOAT[]),"
                f" 'dim': CAST({value.dimensions()} AS INTEGER)}}"
            )
        case np.ndarray():
            inner = ", ".join(map(repr, value.tolist()))
            return f"CAST([{inner}] AS FLOAT[{len(value)}])"
        case list() | tuple():
            element = Type(type_.name.removesuffix("[]"))
            return "[" + ", ".join(value_text(element, item) for item in value) + "]"
        case datetime.datetime() | datetime.date() | datetime.time() | datetime.timedelta():
            return f"CAST({string(values.to_text(type_, value))} AS {_cast_target(type_)})"
        case str() if type_.name in ("text", "varchar", "unknown", "name"):
            return string(value)
    return f"CAST({string(values.to_text(type_, value))} AS {_cast_target(type_)})"


def _cast_target(type_: Type) -> str:
    return "DECIMAL(38, 10)" if type_.name == "numeric" else duck_type(type_)
