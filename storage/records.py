"""Encodings of what `main.mdb` holds: frames of rows, lists of deletes, schema and manifest records.

A frame is one commit's rows of one table, columnar:

| offset | size | type | field | notes |
|--:|--:|---|---|---|
| 0 | 4 | bytes | magic | `VQLF` |
| 4 | 4 | u32 LE | crc32 | of everything behind it |
| 8 | 4 | u32 LE | header length | h |
| 12 | h | JSON | header | rows, first row id, per column its buffers' lengths |
| 12 + h | | bytes | buffers | each padded to 8 bytes |

Catalog and manifest records are JSON. Deletes are pairs of int64 arrays: row ids, versions.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from vql import schema
from vql.errors import DataCorrupted
from vql.storage.column import Column, Dictionary
from vql.types import I64, Type

MAGIC = b"VQLF"
HEAD = struct.Struct("<4sII")


def buffers_of(column: Column) -> dict[str, np.ndarray]:
    """Return the arrays that make up a column as it is stored, by part name."""
    column = column.compact()
    found = {"data": np.ascontiguousarray(column.data)}
    if column.valid is not None:
        found["valid"] = column.valid
    if column.dictionary is not None:
        found["offsets"] = np.ascontiguousarray(column.dictionary.offsets)
        found["dictionary"] = np.ascontiguousarray(column.dictionary.data)
    return found


def column_of(type_: Type, rows: int, buffers: dict[str, np.ndarray]) -> Column:
    """Return the column made of byte arrays by part name."""
    data = buffers["data"].view(type_.dtype)
    if type_.is_vector:
        data = data.reshape(rows, -1) if rows else data.reshape(0, type_.modifier or 0)
    valid = buffers["valid"].view(np.bool_) if "valid" in buffers else None
    dictionary = None
    if "offsets" in buffers:
        dictionary = Dictionary(buffers["offsets"].view(np.int64), buffers["dictionary"], True)
    return Column(type_, data, valid, dictionary)


def encode_frame(row_id: int, columns: Sequence[Column]) -> bytes:
    """Encode rows whose ids are consecutive from `row_id`."""
    parts: list[bytes] = []
    described = []
    for column in columns:
        made = buffers_of(column)
        lengths = {name: array.nbytes for name, array in made.items()}
        described.append({"type": [column.type.name, column.type.modifier], "parts": lengths})
        for array in made.values():
            raw = array.tobytes()
            parts.append(raw + bytes(-len(raw) % 8))
    header = json.dumps({"rows": len(columns[0]), "row_id": row_id, "columns": described}).encode()
    header += b" " * (-(len(header) + HEAD.size) % 8)
    body = struct.pack("<I", len(header)) + header + b"".join(parts)
    return MAGIC + struct.pack("<I", zlib.crc32(body)) + body


def decode_frame(raw: bytes, where: str) -> tuple[int, tuple[Column, ...]]:
    """Return (first row id, columns) of a frame. Raises DataCorrupted naming `where`."""
    if len(raw) < HEAD.size or raw[:4] != MAGIC:
        raise DataCorrupted(f"{where}: not a frame")
    _, crc, header_length = HEAD.unpack_from(raw)
    found = zlib.crc32(memoryview(raw)[8:])
    if found != crc:
        raise DataCorrupted(f"{where}: checksum {found:#010x}, the frame says {crc:#010x}")
    header = json.loads(raw[HEAD.size : HEAD.size + header_length])
    position = HEAD.size + header_length
    whole = np.frombuffer(raw, np.uint8)
    columns = []
    for described in header["columns"]:
        buffers = {}
        for name, length in described["parts"].items():
            buffers[name] = whole[position : position + length]
            position += length + (-length % 8)
        columns.append(column_of(Type(*described["type"]), header["rows"], buffers))
    return header["row_id"], tuple(columns)


def encode_deletes(row_ids: I64, versions: I64) -> bytes:
    """Encode deleted row ids with the versions at which they ended."""
    return np.concatenate([row_ids, versions]).astype("<i8").tobytes()


def decode_deletes(raw: bytes) -> tuple[I64, I64]:
    """Return (row ids, versions)."""
    both = np.frombuffer(raw, np.int64)
    return both[: len(both) // 2], both[len(both) // 2 :]


def encode_table(table: schema.Table) -> bytes:
    """Encode a table definition with its indexes."""
    return json.dumps(asdict(table)).encode()


def decode_table(raw: bytes) -> schema.Table:
    """Return the table of a catalog record."""
    made: dict[str, Any] = json.loads(raw)
    columns = tuple(schema.Column(**{**column, "type": Type(**column["type"])}) for column in made["columns"])
    indexes = tuple(
        schema.Index(**{**index, "columns": tuple(index["columns"]), "options": _pairs(index["options"])})
        for index in made["indexes"]
    )
    return schema.Table(
        made["table_id"], made["name"], columns, tuple(made["primary_key"]), _pairs(made["options"]), indexes
    )


def _pairs(raw: list[list[Any]]) -> tuple[tuple[str, float | str], ...]:
    return tuple((name, value) for name, value in raw)
