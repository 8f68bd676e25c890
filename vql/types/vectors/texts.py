"""Vectors of their texts, many at a time: '[1,2.5]' is a list of JSON's, too, which DuckDB reads in a fifth
of the time that numpy takes. What has any other form is left to the type's own reader."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from vql.types.forms.ndarrays import F32

# Below these many characters the call costs more than it saves.
CHARACTERS_MIN = 1 << 15
# All that the texts may have: no strings, no words.
PLAIN = b"0123456789.,+-eE[] "
# An integer of JSON's has no sign of zero.
MINUS_ZEROS = (b"-0,", b"-0]", b"-0 ")
READ = "SELECT from_json(cell, '[\"FLOAT\"]') AS numbers FROM texts"


def matrix_of_texts(texts: Sequence[str], width: int | None) -> F32 | None:
    """Return the vectors (n, width) that some texts are, the width that of the first where none is said; None
    where they are few, or one of them is not plainly of that width, of finite numbers."""
    joined = "".join(texts).encode()
    if len(joined) < CHARACTERS_MIN or joined.translate(None, PLAIN):
        return None
    found = _read(texts, joined)
    width = width or joined[: len(texts[0])].count(b",") + 1
    commas = joined.count(b",")  # one that stands at the end of a list is read as nothing
    if found is None or len(found) != len(texts) * width or commas != len(texts) * (width - 1):
        return None
    if not np.isfinite(found).all() or not found.all() and any(zero in joined for zero in MINUS_ZEROS):
        return None
    return found.reshape(-1, width)


def _read(texts: Sequence[str], joined: bytes) -> F32 | None:
    """Return the numbers of lists of one length, in order; None where some are not of that, or no numbers."""
    import duckdb
    import nanoarrow as na

    bounds = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(list(map(len, texts)), out=bounds[1:])
    buffers = [None, bounds, np.frombuffer(joined, np.uint8)]
    cells = na.c_array_from_buffers(na.large_string(), len(texts), buffers, 0, validation_level="none")
    schema = na.c_schema(na.struct({"cell": na.large_string()}))
    rows = na.c_array_from_buffers(schema, len(texts), [None], 0, children=[cells], validation_level="none")
    made = []
    with _instance().cursor() as connection:
        connection.register("texts", na.Array(rows))
        try:
            for array in na.c_array_stream(connection.sql(READ)):
                lists = array.child(0)
                numbers = lists.child(0)
                starts = np.asarray(lists.view().buffer(1))[: lists.length + 1]
                if lists.null_count or numbers.null_count or len(set(np.diff(starts).tolist())) != 1:
                    return None
                made.append(np.asarray(numbers.view().buffer(1))[: numbers.length])
        except (duckdb.Error, na._utils.NanoarrowException):
            return None
    return np.concatenate(made)


@cache
def _instance() -> Any:
    """Return an instance that nothing else is done with. Threads that come first may each make one."""
    import duckdb

    return duckdb.connect(":memory:", config={"threads": "1"})
