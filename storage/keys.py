"""Encoded unique keys of rows, as the database `keys` of `main.mdb` holds them: equal values, equal bytes.

| bytes | what |
|---|---|
| 8 | table id of a primary key, index id of any other, big-endian |
| 8 | each integer, date, timestamp(tz) of the key: big-endian, the sign bit flipped |
| n + 1 | each other value: its stored text ended by a zero byte |

A row with a NULL in a key has no entry, nor has one for which the condition of a partial key is not true;
where NULLs are alike, a byte stands before each value: 0 for NULL, behind which nothing comes, else 1. What
exceeds KEY_BYTES_MAX keeps a prefix and a 16-byte hash of the whole.
Pure functions, no state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from vql.constraints import UniqueKey
from vql.deadline import watched
from vql.storage.columns.column import Column
from vql.types.forms.ndarrays import I64
from vql.types.type import Type

# LMDB's keys end at 511 bytes.
KEY_BYTES_MAX = 400
MASK = np.int64((1 << 63) - 1)


def encode_key(table_id: int, types: list[Type], key: tuple[object, ...]) -> bytes:
    """Encode one key, given as canonical values."""
    prefix = table_id.to_bytes(8, "big")
    if len(key) == 1 and type(key[0]) is int:  # the usual key is its own key value
        return prefix + ((key[0] + (1 << 63)) & ((1 << 64) - 1)).to_bytes(8, "big")
    out = bytearray(prefix)
    for type_, value in zip(types, key, strict=True):
        kept = type_.base.key(value)
        if isinstance(kept, int):
            out += ((kept + (1 << 63)) & ((1 << 64) - 1)).to_bytes(8, "big")
        else:
            out += kept.encode() + b"\0"
    return shortened(bytes(out))


def encode_keys(table_id: int, columns: tuple[Column, ...]) -> list[bytes]:
    """Encode a key of rows without NULLs in it; one integer column goes by array."""
    if len(columns) == 1 and columns[0].data.dtype.kind == "i" and columns[0].dictionary is None:
        keys = np.empty((len(columns[0]), 2), ">u8")
        keys[:, 0] = table_id
        keys[:, 1] = columns[0].data.astype(np.int64).view(np.uint64) ^ np.uint64(1 << 63)
        return cast("list[bytes]", keys.view("V16").ravel().tolist())
    types = [column.type for column in columns]
    rows = list(zip(*(column.values() for column in columns), strict=True))
    return [encode_key(table_id, types, row) for row in watched(rows)]


def shortened(raw: bytes) -> bytes:
    """Return a key LMDB can hold."""
    if len(raw) <= KEY_BYTES_MAX:
        return raw
    return raw[: KEY_BYTES_MAX - 16] + hashlib.blake2b(raw, digest_size=16).digest()


def hashes_of(encoded: Sequence[bytes]) -> I64:
    """Return what stands for encoded keys in the lock table: equal keys, equal numbers, none below 0."""
    if all(len(each) == 16 for each in encoded):  # one integer: itself but for its sign
        return np.frombuffer(b"".join([each[8:] for each in encoded]), ">i8").astype(np.int64) & MASK
    # What a key's number is depends on nothing beside it: others lock it in another company.
    numbers = (
        int.from_bytes(each[8:] if len(each) == 16 else hashlib.blake2b(each, digest_size=8).digest(), "big")
        for each in watched(encoded)
    )
    return np.fromiter((number & int(MASK) for number in numbers), np.int64, len(encoded))


def keys_of(unique: UniqueKey, rows: Sequence[Column] | Mapping[int, Column]) -> list[bytes | None]:
    """Encode a unique key of a table's rows, given as all its columns; None of a row that has none."""
    if unique.condition >= 0:
        return _of_some_rows(unique, rows)
    columns = tuple(map(rows.__getitem__, unique.positions))
    if unique.nulls_are_alike:
        return _with_nulls(unique.key_id, columns)
    for column in columns:
        if column.valid is not None:
            return _of_whole_rows(unique.key_id, columns)
    return cast("list[bytes | None]", encode_keys(unique.key_id, columns))


def _of_some_rows(unique: UniqueKey, rows: Sequence[Column] | Mapping[int, Column]) -> list[bytes | None]:
    """Encode a key of the rows for which its condition is true."""
    condition = rows[unique.condition]
    holds = condition.data if condition.valid is None else condition.data & condition.valid
    found = keys_of(unique._replace(condition=-1), rows)
    return [each if ok else None for each, ok in zip(found, holds.tolist(), strict=True)]


def encode_row(unique: UniqueKey, types: list[Type], row: tuple[object, ...]) -> bytes:
    """Encode a unique key of one row, given as canonical values, none of them NULL."""
    if unique.nulls_are_alike:
        return shortened(unique.key_id.to_bytes(8, "big") + _alike_when_null(types, row))
    return encode_key(unique.key_id, types, row)


def _alike_when_null(types: Sequence[Type], row: Sequence[object]) -> bytes:
    return b"".join(
        b"\0" if value is None else b"\1" + encode_key(0, [type_], (value,))[8:]
        for type_, value in zip(types, row, strict=True)
    )


def _of_whole_rows(key_id: int, columns: tuple[Column, ...]) -> list[bytes | None]:
    """Encode a key of the rows that have no NULL in it."""
    made: list[bytes | None] = [None] * len(columns[0])
    valid = [column.valid for column in columns if column.valid is not None]
    places = np.flatnonzero(np.logical_and.reduce(valid))
    encoded = encode_keys(key_id, tuple(column.take(places) for column in columns))
    for place, each in zip(places.tolist(), encoded, strict=True):
        made[place] = each
    return made


def _with_nulls(key_id: int, columns: tuple[Column, ...]) -> list[bytes | None]:
    """Encode a key in which NULLs are alike."""
    prefix = key_id.to_bytes(8, "big")
    types = [column.type for column in columns]
    rows = watched(list(zip(*(column.values() for column in columns), strict=True)))
    return [shortened(prefix + _alike_when_null(types, row)) for row in rows]
