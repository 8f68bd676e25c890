"""Results as files: Parquet, Arrow, JSON lines, numpy and fvecs, written as the rows are made.

A file is written beside its name and renamed when it is whole. numpy's header, which says how many rows there
are, has its place from the beginning and is filled in at the end.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from vql.errors import DataError, NotSupportedError
from vql.executor.frames.files import VECS, missing_library
from vql.executor.rows.batch import RecordBatch
from vql.storage.columns.column import Column
from vql.types.json.json import JsonType
from vql.types.type import Type

NPY_HEADER_BYTES = 128
NPY_MAGIC = b"\x93NUMPY\x01\x00"


def write_file(path: Path, form: str, batches: Iterator[RecordBatch]) -> int:
    """Write rows to a file and return how many they were. Raises OSError, 0A000, 22xxx."""
    write = {"parquet": _parquet, "arrow": _arrow, "json": _json, "npy": _npy}.get(form)
    if form in VECS:
        return _vecs(path, batches, VECS[form])
    if write is None:
        raise NotSupportedError(f"COPY TO a file of the format {form} is not supported yet")
    return write(path, batches)


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of another when it is whole."""
    if path.exists() and not path.is_file():  # a pipe or a device is written to
        with path.open("wb") as sink:
            yield sink
        return
    path = path.resolve()  # what a link leads to is replaced, not the link
    beside = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("x+b") as sink:
            if path.exists():
                shutil.copymode(path, beside)
            yield sink
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


# ------------------------------------------------------------------ files of Arrow's types


def _parquet(path: Path, batches: Iterator[RecordBatch]) -> int:
    try:
        from pyarrow import parquet
    except ImportError:
        raise missing_library("Parquet files that are written", "pyarrow", "arrow") from None
    return _tables(path, batches, parquet.ParquetWriter)


def _arrow(path: Path, batches: Iterator[RecordBatch]) -> int:
    try:
        from pyarrow import ipc
    except ImportError:
        raise missing_library("Arrow files", "pyarrow", "arrow") from None
    return _tables(path, batches, ipc.new_file)


def _tables(path: Path, batches: Iterator[RecordBatch], open_writer: Callable[..., Any]) -> int:
    import pyarrow

    from vql.executor.frames.returned import ResultStream

    rows, writer = 0, None
    try:
        with replaced(path) as sink:
            for batch in batches:
                table = pyarrow.table(ResultStream(batch.names, batch.data, batch.rows, is_part=True))
                writer = writer or open_writer(sink, table.schema)
                writer.write_table(table)
                rows += batch.rows
            if writer is not None:
                writer.close()
    except pyarrow.ArrowException as error:
        raise DataError(f'file "{path}" cannot be written: {str(error).splitlines()[0]}') from None
    return rows


# ------------------------------------------------------------------ lines


def _json(path: Path, batches: Iterator[RecordBatch]) -> int:
    rows = 0
    with replaced(path) as sink:
        for batch in batches:
            columns = [
                [_tree(cell, type_) for cell in c.values()]
                for c, type_ in zip(batch.data, batch.types, strict=True)
            ]
            keys = [json.dumps(name, ensure_ascii=False) for name in batch.names]
            for row in zip(*columns, strict=True):
                line = ", ".join(f"{key}: {text}" for key, text in zip(keys, row, strict=True))
                sink.write(f"{{{line}}}\n".encode())
            rows += batch.rows
    return rows


def _tree(value: Any, type_: Type) -> str:
    """Return a value as JSON: numbers as such where JSON has them, lists of vectors and arrays, else its
    text."""
    if value is None:
        return "null"
    if isinstance(type_.base, JsonType):
        return str(value)
    if isinstance(value, np.ndarray) and type_.is_dense:
        return "[" + ",".join(map(_number, value.tolist())) + "]"
    if isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, list):
        return (
            "["
            + ", ".join(_tree(item, type_ if isinstance(item, list) else type_.element) for item in value)
            + "]"
        )
    return json.dumps(type_.to_text(value), ensure_ascii=False)


def _number(value: float | Decimal) -> str:
    text = repr(value) if isinstance(value, float) else f"{value:f}"
    return text if text[-1:].isdigit() else json.dumps(text)


# ------------------------------------------------------------------ arrays


def _numbers(batch: RecordBatch, path: Path, width: int | None) -> np.ndarray:
    """Return the one column of a file that has no names as an array. Raises 42601, 22004 for NULL, 42804 for
    what numpy has no numbers for, 22000 for vectors of another length than those before."""
    if len(batch.data) != 1:
        raise DataError(f'file "{path}" takes one column, not {len(batch.data)}', sqlstate="42601")
    column = batch.data[0]
    if column.holds_objects and column.type.has_layout:
        column = Column.from_values(column.type, column.values())
    column = column.of_one_size()
    if column.valid is not None and not bool(column.valid.all()):
        raise DataError(f'column "{batch.names[0]}" has NULLs, file "{path}" cannot', sqlstate="22004")
    array = (
        None if column.ragged is not None else column.type.base.to_numpy(column.data, column.type.modifier)
    )
    if array is None or array.dtype.kind not in "biuf":
        raise DataError(f'column "{batch.names[0]}" is no array of numbers', sqlstate="42804")
    if width is not None and array.shape[1:] != (width,) and array.shape[1:] != ():
        raise DataError(f"expected {width} dimensions, not {array.shape[1]}")
    return array


def _npy(path: Path, batches: Iterator[RecordBatch]) -> int:
    rows, first = 0, None
    with replaced(path) as sink:
        sink.write(bytes(NPY_HEADER_BYTES))
        for batch in batches:
            if not batch.rows:
                continue
            array = _numbers(batch, path, None if first is None or first.ndim == 1 else first.shape[1])
            first = array[:0] if first is None else first
            sink.write(np.ascontiguousarray(array).data)
            rows += len(array)
        empty = np.zeros((0, 0), np.float32) if first is None else first
        shape = (rows, *empty.shape[1:])
        said = f"{{'descr': '{empty.dtype.str}', 'fortran_order': False, 'shape': {shape}, }}"
        sink.seek(0)
        left = NPY_HEADER_BYTES - len(NPY_MAGIC) - 2
        sink.write(NPY_MAGIC + left.to_bytes(2, "little") + said.ljust(left - 1).encode() + b"\n")
    return rows


def _vecs(path: Path, batches: Iterator[RecordBatch], dtype: np.dtype[Any]) -> int:
    rows, width = 0, None
    with replaced(path) as sink:
        for batch in batches:
            if not batch.rows:
                continue
            array = _numbers(batch, path, width)
            if array.ndim != 2:
                raise DataError(f'column "{batch.names[0]}" is no vector', sqlstate="42804")
            kept = array.astype(dtype)
            if dtype.kind in "iu" and not np.array_equal(kept, array):
                raise DataError(
                    f'column "{batch.names[0]}" has numbers that are no {dtype}', sqlstate="22003"
                )
            width = array.shape[1]
            sizes = np.full((len(array), 1), width, "<i4").view(np.uint8)
            sink.write(np.hstack([sizes, kept.view(np.uint8)]).data)
            rows += len(array)
    return rows
