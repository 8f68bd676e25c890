"""CREATE TABLE ... AS: the columns of a result as those of a table.

A table needs more than a result does: every column one type that can be stored, and a bit string its
length. What the query says of a column (its cast, the column it reads) is taken first, then what its
values say; where neither says enough, the statement is refused before anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vql import schema
from vql.errors import NotSupportedError
from vql.executor.assignment import as_stored
from vql.executor.rows.batch import RecordBatch
from vql.naming import Qualified
from vql.storage.columns.column import Column
from vql.types.type import TEXT, UNKNOWN, Type, check_no_pseudo_type


def created_table(
    name: Qualified, names: Sequence[str], batch: RecordBatch, declared: Mapping[int, Type]
) -> tuple[schema.Table, tuple[Column, ...]]:
    """Return the table a result makes, table_id 0, and its rows; `declared` are the types that the query
    itself gives columns, by place. Raises 0A000 for what no column can hold."""
    columns, data = [], []
    for place, column_name in enumerate(names):
        found = batch.data[place]
        target = schema.Column(
            column_name, _storable(column_name, declared.get(place, found.type.plain), found)
        )
        columns.append(target)
        data.append(as_stored(target, found))
    return schema.Table(0, name[1], tuple(columns), schema=name[0]), tuple(data)


def _storable(name: str, type_: Type, found: Column) -> Type:
    """Return a column's type with all that storing it needs."""
    if type_ == UNKNOWN:
        return TEXT
    check_no_pseudo_type(name, type_)
    if not type_.is_storable:
        raise NotSupportedError(
            f'column "{name}" has type {type_.formatted()}, which columns of tables cannot have yet',
            hint=f"Cast it, as in CAST({name} AS text).",
        )
    if type_.has_layout:
        return type_
    sizes = {len(np.asarray(cell)) for cell in found.values() if cell is not None}
    if len(sizes) == 1:
        return type_.sized(sizes.pop())
    hint = f"Cast it, as in CAST({name} AS {type_.name}(3))."
    if not sizes:
        raise NotSupportedError(f'no row says which length column "{name}" has', hint=hint)
    some, other = sorted(sizes)[:2]
    raise NotSupportedError(f'column "{name}" has values of {some} and of {other} bits', hint=hint)
