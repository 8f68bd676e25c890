"""Encodings of what `main.mdb` holds: frames of rows, lists of deletes, schema and manifest records.

A frame is one commit's rows of one table, columnar:

| offset | size | type | field | notes |
|--:|--:|---|---|---|
| 0 | 4 | bytes | magic | `VQLF` |
| 4 | 4 | u32 LE | crc32 | of everything behind it |
| 8 | 4 | u32 LE | header length | h |
| 12 | h | JSON | header | rows, first row id, per column its buffers' lengths |
| 12 + h | | bytes | buffers | each padded to 8 bytes |

Every other record of several bytes is sealed the same way: a magic, the crc32 of the rest, the rest.
Catalog (`VQLC`) and manifest (`VQLM`) records hold JSON, deletes (`VQLD`) two int64 arrays of one
length: row ids, versions.
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
from vql.storage.columns.column import Column, Dictionary
from vql.storage.columns.sparse_rows import SparseRows
from vql.types.base import Storage
from vql.types.type import I64, Type

MAGIC, CATALOG, MANIFEST, DELETES = b"VQLF", b"VQLC", b"VQLM", b"VQLD"
SEAL = struct.Struct("<4sI")
HEAD = struct.Struct("<4sII")


def sealed(magic: bytes, body: bytes) -> bytes:
    """Return a record of `main.mdb`: magic, crc32 of the body, body."""
    return SEAL.pack(magic, zlib.crc32(body)) + body


def unsealed(magic: bytes, raw: bytes, where: str) -> bytes:
    """Return the body of a record. Raises DataCorrupted naming `where`."""
    if len(raw) < SEAL.size or raw[:4] != magic:
        raise DataCorrupted(f"{where}: not a record of VQL")
    body = raw[SEAL.size :]
    found, (_, crc) = zlib.crc32(body), SEAL.unpack_from(raw)
    if found != crc:
        raise DataCorrupted(f"{where}: checksum {found:#010x}, the record says {crc:#010x}")
    return body


def buffers_of(column: Column) -> dict[str, np.ndarray]:
    """Return the arrays that make up a column as it is stored, by part name."""
    column = column.compact()
    if column.sparse is not None:
        rows = column.sparse
        found: dict[str, np.ndarray] = {
            "offsets": rows.offsets,
            "indices": rows.indices,
            "values": rows.values,
        }
    else:
        found = {"data": np.ascontiguousarray(column.data)}
    if column.valid is not None:
        found["valid"] = column.valid
    if column.dictionary is not None:
        found["offsets"] = np.ascontiguousarray(column.dictionary.offsets)
        found["dictionary"] = np.ascontiguousarray(column.dictionary.data)
    return found


def column_of(type_: Type, rows: int, buffers: dict[str, np.ndarray]) -> Column:
    """Return the column made of byte arrays by part name."""
    valid = buffers["valid"].view(np.bool_) if "valid" in buffers else None
    if type_.base.storage is Storage.SPARSE:
        sparse = SparseRows(
            buffers["offsets"].view(np.int64),
            buffers["indices"].view(np.int32),
            buffers["values"].view(np.float32),
            type_.modifier or 0,
        )
        return Column(type_, np.arange(len(sparse)), valid, None, sparse)
    data = buffers["data"].view(type_.dtype)
    if type_.is_matrix:
        data = data.reshape(rows, -1) if rows else data.reshape(0, type_.width)
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
    return sealed(MAGIC, struct.pack("<I", len(header)) + header + b"".join(parts))


def decode_frame(raw: bytes, where: str) -> tuple[int, tuple[Column, ...]]:
    """Return (first row id, columns) of a frame. Raises DataCorrupted naming `where`."""
    unsealed(MAGIC, raw, where)
    _, _, header_length = HEAD.unpack_from(raw)
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
    return sealed(DELETES, np.concatenate([row_ids, versions]).astype("<i8").tobytes())


def decode_deletes(raw: bytes) -> tuple[I64, I64]:
    """Return (row ids, versions). Raises DataCorrupted."""
    both = np.frombuffer(unsealed(DELETES, raw, "main.mdb: deletes"), np.int64)
    return both[: len(both) // 2], both[len(both) // 2 :]


def encode_table(table: schema.Table) -> bytes:
    """Encode a table definition with its indexes."""
    return sealed(CATALOG, json.dumps(asdict(table)).encode())


def decode_table(raw: bytes) -> schema.Table:
    """Return the table of a catalog record. Raises DataCorrupted."""
    made: dict[str, Any] = json.loads(unsealed(CATALOG, raw, "main.mdb: catalog record"))
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
