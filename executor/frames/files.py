"""Files of columns, read in blocks of bounded size: Parquet, Arrow, JSON lines, numpy, fvecs and HDF5.

| format | read by | columns |
|---|---|---|
| parquet | DuckDB | by their names |
| arrow (IPC, Feather) | pyarrow | by their names |
| json | line by line | by the keys of each line's object; one that is missing is NULL |
| npy | numpy, mapped | an array (n, dim) or (n,) is one column; one of records has names |
| fvecs, bvecs, ivecs | numpy, mapped | one: a row is an int32, its dimensions, and so many numbers |
| hdf5 | h5py | the datasets at the root by their names, or the one that is said |
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vql.dataclass import dataclass
from vql.errors import DataError, DuplicateColumn, NotSupportedError, ProgrammingError, UndefinedColumn
from vql.executor.bridge.duck import CONFIGURATION
from vql.storage.columns.column import Column
from vql.storage.columns.misfit import misfit
from vql.types.json.json import JsonType, json_text
from vql.types.type import Type

EXTENSIONS = {
    ".parquet": "parquet", ".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow", ".npy": "npy", ".fvecs": "fvecs",
    ".bvecs": "bvecs", ".ivecs": "ivecs", ".h5": "hdf5", ".hdf5": "hdf5",
}  # fmt: skip
VECS: dict[str, np.dtype[Any]] = {"fvecs": np.dtype("<f4"), "bvecs": np.dtype("u1"), "ivecs": np.dtype("<i4")}
GLOB_MARK = re.compile(r"[][*?]")
# Rows of a block: a million rows of 128 floats are 16 blocks of 32 MiB.
BLOCK_ROWS = 65_536
# Lines of JSON of a block, which are Python objects for a while.
BLOCK_LINES = 8_192


@dataclass(frozen=True, slots=True)
class WantedColumns:
    """What is to be read: the columns by name with their types, all of the file's own where `is_open`, and
    the dataset of an HDF5 file. Values that have no name are the column `nameless`, None where none is
    meant."""

    types: Mapping[str, Type]
    is_open: bool
    nameless: str | None
    dataset: str | None = None


# Columns by name, and how much of the file has been read.
Block = tuple[dict[str, Column], float]


def format_of_name(path: Path) -> str:
    """Return the format that a file's name says; text where it says none."""
    return EXTENSIONS.get(path.suffix.lower(), "text")


def read_blocks(path: Path, form: str, wanted: WantedColumns) -> Iterator[Block]:
    """Yield the rows of a file. Raises OSError, 22xxx naming column and row, 42703, 0A000 where a library is
    missing."""
    with path.open("rb"):  # DuckDB says less of what is in the way
        pass
    if form in VECS:
        return _vecs(path, wanted, VECS[form])
    return {"parquet": _parquet, "arrow": _arrow, "json": _json, "npy": _npy, "hdf5": _hdf5}[form](
        path, wanted
    )


def _chosen(names: Sequence[str], wanted: WantedColumns, path: Path) -> list[str]:
    """Return the columns of a file that are read. Raises 42703 for one that the file, or the table, has
    not."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None and (wanted.is_open or twice in wanted.types):
        raise DuplicateColumn(f'column "{twice}" is in file "{path}" more than once')
    if wanted.is_open:
        unknown = next((name for name in names if name not in wanted.types), None)
        if unknown is not None:
            raise UndefinedColumn(
                f'column "{unknown}" of file "{path}" is none of the table',
                hint="List the columns to read behind the table.",
            )
        return list(names)
    missing = next((name for name in wanted.types if name not in names), None)
    if missing is not None:
        raise UndefinedColumn(f'column "{missing}" does not exist in file "{path}"')
    return list(wanted.types)


# ------------------------------------------------------------------ files of Arrow's types


def _parquet(path: Path, wanted: WantedColumns) -> Iterator[Block]:
    import duckdb
    from nanoarrow import c_array_stream

    # Of what a path may mean to DuckDB nothing but the file: no pattern, no address, no column of a folder.
    if "\\" in str(path.absolute()) and GLOB_MARK.search(str(path.absolute())):
        raise NotSupportedError(f'a name of a Parquet file as "{path}" is not supported')
    pattern = GLOB_MARK.sub(r"[\g<0>]", str(path.absolute()))
    with duckdb.connect(config=CONFIGURATION) as connection:
        try:
            # Rows keep their order; what is read at a time is bounded.
            connection.execute("SET preserve_insertion_order = true; SET memory_limit = '1GB'")
            source = connection.from_parquet(pattern, hive_partitioning=False)
            names = _chosen(source.columns, wanted, path)
            total = max(1, source.count("*").fetchall()[0][0])
            quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
            stream = c_array_stream(source.project(quoted))
            rows = 0
            for array in stream:
                for start in range(0, array.length, BLOCK_ROWS):
                    stop = min(start + BLOCK_ROWS, array.length)
                    parts = [array.child(place)[start:stop] for place in range(len(names))]
                    block = _of_arrays(parts, names, wanted.types, rows)
                    rows += stop - start
                    yield block, rows / total
        except duckdb.Error as error:
            raise DataError(f'file "{path}" cannot be read: {str(error).splitlines()[0]}') from None


def _arrow(path: Path, wanted: WantedColumns) -> Iterator[Block]:
    try:
        import pyarrow
        from pyarrow import ipc
    except ImportError:
        raise missing_library("Arrow files", "pyarrow", "arrow") from None
    from nanoarrow import c_array

    try:
        with pyarrow.memory_map(str(path)) as source:
            is_file = source.read(6) == b"ARROW1"
            source.seek(0)
            reader = ipc.open_file(source) if is_file else ipc.open_stream(source)
            names = _chosen(reader.schema.names, wanted, path)
            count = reader.num_record_batches if is_file else 0
            batches = map(reader.get_batch, range(count)) if is_file else reader
            rows = 0
            for number, batch in enumerate(batches, 1):
                for column in batch.columns:
                    # Nothing below looks whether offsets lie within their buffers; 24:00 is a time here.
                    column.validate(full=not pyarrow.types.is_time(column.type))
                for start in range(0, batch.num_rows, BLOCK_ROWS):
                    part = batch.slice(start, BLOCK_ROWS).select(names)
                    parts = [c_array(column) for column in part.columns]
                    yield _of_arrays(parts, names, wanted.types, rows), number / max(count, number)
                    rows += part.num_rows
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f'file "{path}" cannot be read: {str(error).splitlines()[0]}') from None


def _of_arrays(
    arrays: Sequence[Any], names: Sequence[str], types: Mapping[str, Type], first: int
) -> dict[str, Column]:
    """Return Arrow arrays as columns."""
    from vql.executor.bridge.arrow_input import column_of_arrays

    return {
        name: column_of_arrays(name, types[name], [array], first)
        for name, array in zip(names, arrays, strict=True)
    }


# ------------------------------------------------------------------ lines


class _Number(float):
    """A number of JSON that remembers its digits: more than a float has are numeric's and jsonb's."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> _Number:
        made = super().__new__(cls, text)
        made.text = text
        return made


def _exact(value: Any) -> Any:
    """Return a value of JSON with its numbers as they are written."""
    match value:
        case _Number():
            return Decimal(value.text)
        case list():
            return [_exact(item) for item in value]
        case dict():
            return {key: _exact(item) for key, item in value.items()}
    return value


def _reader_of(type_: Type) -> Callable[[Any], object] | None:
    """Return what reads the values of JSON for a type that keeps more of them than Python's do."""
    if isinstance(type_.base, JsonType):
        return lambda value: json_text(_exact(value))
    is_numeric = type_.is_decimal or type_.is_array and type_.element.is_decimal
    return _exact if is_numeric else None


def _json(path: Path, wanted: WantedColumns) -> Iterator[Block]:
    readers = {name: _reader_of(type_) for name, type_ in wanted.types.items()}
    parse = partial(json.loads, parse_float=_Number if any(readers.values()) else None)
    size, rows, names = max(1, path.stat().st_size), 0, list[str]()
    with path.open("rb") as source:
        said = ((number, line) for number, line in enumerate(source, 1) if not line.isspace())
        while lines := list(itertools.islice(said, BLOCK_LINES)):
            found = [_object(line, path, number, parse) for number, line in lines]
            keys = list(dict.fromkeys(itertools.chain.from_iterable(found)))
            if not rows:
                names = _chosen(keys if wanted.is_open else [*keys, *wanted.types], wanted, path)
            late = next((key for key in keys if key not in names), None) if wanted.is_open else None
            if late is not None:
                raise DataError(
                    f'key "{late}" is in no object among the first {BLOCK_LINES} of file "{path}"',
                    hint="List the columns to read behind the table.",
                )
            yield (
                {
                    name: _column(name, wanted.types[name], [o.get(name) for o in found], rows, readers[name])
                    for name in names
                },
                source.tell() / size,
            )
            rows += len(lines)


def _object(line: bytes, path: Path, number: int, parse: Callable[[bytes], Any]) -> dict[str, object]:
    """Return the object of a line. Raises 22P02."""
    try:
        found = parse(line)
    except ValueError as error:
        raise DataError(f'file "{path}", line {number}: {error}', sqlstate="22P02") from None
    if not isinstance(found, dict):
        text = f'file "{path}", line {number} is no object'
        raise DataError(text, sqlstate="22P02", hint="JSON is read as lines, an object each.")
    return found


# ------------------------------------------------------------------ arrays


def _npy(path: Path, wanted: WantedColumns) -> Iterator[Block]:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # noqa: BLE001 - what numpy's reader of Python's literals, and of zip, raise
        raise DataError(f'file "{path}" cannot be read: {error}') from None
    if not isinstance(array, np.ndarray):
        raise NotSupportedError("archives of arrays (npz) are not read", hint="Save each array as .npy.")
    if array.dtype.names:
        names = _chosen(array.dtype.names, wanted, path)
        return _of_parts({name: array[name] for name in names}, wanted)
    return _of_parts({_nameless(wanted, path): array}, wanted)


def _vecs(path: Path, wanted: WantedColumns, dtype: np.dtype[Any]) -> Iterator[Block]:
    name = _nameless(wanted, path)
    if not path.stat().st_size:
        return iter(())
    raw = np.memmap(path, np.uint8, mode="r")
    dim = int(raw[:4].view("<i4")[0]) if len(raw) >= 4 else 0
    width = 4 + dim * dtype.itemsize
    if dim < 1 or len(raw) % width:
        raise DataError(f'file "{path}" is no file of vectors of one length')
    rows = raw.reshape(-1, width)

    def part(start: int, stop: int) -> np.ndarray:
        block = rows[start:stop]
        sizes = np.ascontiguousarray(block[:, :4]).view("<i4")[:, 0]
        wrong = np.flatnonzero(sizes != dim)
        if len(wrong):
            row = start + int(wrong[0])
            raise DataError(
                f'column "{name}", row {row + 1}: expected {dim} dimensions, not {sizes[wrong[0]]}'
            )
        return np.ascontiguousarray(block[:, 4:]).view(dtype)

    return _of_calls({name: part}, len(rows), wanted)


def _hdf5(path: Path, wanted: WantedColumns) -> Iterator[Block]:
    try:
        import h5py
    except ImportError:
        raise missing_library("HDF5 files", "h5py", None) from None
    with h5py.File(path, "r") as file:
        if wanted.dataset is not None:
            if not isinstance(file.get(wanted.dataset), h5py.Dataset):
                raise UndefinedColumn(f'dataset "{wanted.dataset}" does not exist in file "{path}"')
            found = {_nameless(wanted, path): file[wanted.dataset]}
        else:
            names = [name for name, item in file.items() if isinstance(item, h5py.Dataset)]
            found = {name: file[name] for name in _chosen(names, wanted, path)}
        yield from _of_parts(found, wanted)


def _nameless(wanted: WantedColumns, path: Path) -> str:
    """Return the column that values without a name are of. Raises 42601 where it cannot be told."""
    if wanted.nameless is None:
        raise ProgrammingError(
            f'file "{path}" is one column without a name', sqlstate="42601",
            hint="Name it behind the table: COPY shoes (vec) FROM ...",
        )  # fmt: skip
    return wanted.nameless


def _of_parts(arrays: Mapping[str, Any], wanted: WantedColumns) -> Iterator[Block]:
    """Yield arrays in blocks, read as they are sliced. Raises 22023 for several lengths."""
    lengths = {len(array) if array.shape else 0 for array in arrays.values()}
    if len(lengths) != 1 or not all(array.shape for array in arrays.values()):
        raise DataError(
            "the arrays of a file that become columns are no scalars, and have one length", sqlstate="22023"
        )

    def part_of(array: Any) -> Callable[[int, int], np.ndarray]:
        return lambda start, stop: np.asarray(array[start:stop])

    return _of_calls({name: part_of(array) for name, array in arrays.items()}, lengths.pop(), wanted)


def _of_calls(
    parts: Mapping[str, Callable[[int, int], np.ndarray]], rows: int, wanted: WantedColumns
) -> Iterator[Block]:
    for start in range(0, rows, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, rows)
        made = {
            name: _column(name, wanted.types[name], part(start, stop), start) for name, part in parts.items()
        }
        yield made, stop / rows


def _column(
    name: str, type_: Type, values: Any, first: int, read: Callable[[Any], object] | None = None
) -> Column:
    """Return values, read, as a column. Raises 22xxx naming column and row, which counts from `first`."""
    try:
        if read is not None:
            values = [None if value is None else read(value) for value in values]
        return Column.from_array(type_, values)
    except Exception as error:  # noqa: BLE001 - named in what follows
        raise misfit(name, type_, values, error, first) from error


def missing_library(what: str, library: str, extra: str | None) -> NotSupportedError:
    """Return 0A000 for what a library does that is not installed."""
    install = f"pip install 'vqldb[{extra}]'" if extra else f"pip install {library}"
    return NotSupportedError(f"{what} are not supported without {library}", hint=install)
