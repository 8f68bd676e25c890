"""Values of declarations inside DuckDB: written as its SQL, and read back to the last bit through Arrow."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
from wire_values import Span

from vql.types.spelt import SpeltType
from vql.types.type import type_named


def connected() -> duckdb.DuckDBPyConnection:
    """Return a DuckDB as sessions have it."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def duck_type(type_name: str) -> str | None:
    """Return DuckDB's type for one of ours; None where declarations' texts take no such values."""
    if type_name.endswith("[]"):
        element = duck_type(type_name[:-2])
        return element and element + "[]"
    if type_name == "numeric":
        return None
    known = type_named(type_name)
    if known.is_vector or not known.base.duck_name:
        return None
    return "VARCHAR" if known.name.startswith("json") else known.base.duck_name


def duck_literal(value: Any, type_name: str) -> str:
    """Return a value as DuckDB's SQL."""
    made = duck_type(type_name)
    if value is None:
        return f"CAST(NULL AS {made})"
    if isinstance(value, list):
        return f"CAST([{', '.join(duck_literal(v, type_name[:-2]) for v in value)}] AS {made})"
    base = type_named(type_name).base
    if isinstance(base, SpeltType):
        return "'" + base.to_text(base.from_internal(value)) + "'"
    if isinstance(value, bytes):
        return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
    if isinstance(value, str | UUID | float):
        return "CAST('" + str(value).replace("'", "''") + f"' AS {made})"
    if hasattr(value, "months"):
        return f"(to_months({value.months}) + to_days({value.days}) + to_microseconds({value.microseconds}))"
    if (
        made in ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")
        and abs(value) >= 2 ** (31 if made == "DATE" else 63) - 1
    ):
        return f"{made} '{'-' if value < 0 else ''}infinity'"
    match made:
        case "DATE":
            return f"(DATE '1970-01-01' + ({value}))"
        case "TIMESTAMP":
            return f"make_timestamp({value})"
        case "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE":
            return f"make_timestamptz({value})"
        case "TIME":
            clock = datetime.timedelta(microseconds=value)
            return f"TIME '{'24:00:00' if clock.days else clock}'"
    return f"CAST({value} AS {made})"


def duck_answers(connection: duckdb.DuckDBPyConnection, texts: Sequence[str]) -> list[Any]:
    """Return the value of each expression; an error's class in place of one."""
    try:
        query = " UNION ALL ".join(f"SELECT {text}" for text in texts)
        return _column(connection.sql(query).to_arrow_table())
    except duckdb.Error as error:
        if len(texts) == 1:
            return [type(error)]
    half = len(texts) // 2
    return duck_answers(connection, texts[:half]) + duck_answers(connection, texts[half:])


def _column(table: pa.Table) -> list[Any]:
    column = table.column(0)
    return [_read(cell) for cell in column.cast(_plain(column.type)).to_pylist()]


def _plain(type_: pa.DataType) -> pa.DataType:
    """Return the type of integers that a type of moments is kept as."""
    if pa.types.is_list(type_):
        return pa.list_(_plain(type_.value_type))
    if pa.types.is_date(type_):
        return pa.int32()
    return pa.int64() if pa.types.is_timestamp(type_) or pa.types.is_time(type_) else type_


def _read(cell: Any) -> Any:
    if isinstance(cell, list):
        return [_read(element) for element in cell]
    if hasattr(cell, "nanoseconds"):
        return Span(cell.months, cell.days, cell.nanoseconds // 1000)
    return cell
