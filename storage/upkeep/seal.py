"""Sealing: the delta becomes a segment once it is large enough, or when somebody asks.

The rows of the delta stand in frames of `main.mdb`, which every process reads as it opens the
database; sealed, they stand in a file that is mapped. The swap's inputs are those frames that were
read: commits go on meanwhile, and their frames stay.
"""

from __future__ import annotations

import numpy as np

from vql import schema
from vql.limits import DELTA_BYTES_MAX, DELTA_ROWS_MAX
from vql.storage.files.failpoint import failpoint
from vql.storage.store import Store
from vql.storage.swap import Replace, swap
from vql.storage.table_state import TableContents, TableSizes
from vql.storage.upkeep.rewrite import write_rows
from vql.types.forms.ndarrays import sorted_distinct


def is_due(table: TableContents | TableSizes) -> bool:
    """Whether a delta is large enough to be sealed."""
    return table.delta_rows >= DELTA_ROWS_MAX or table.delta_bytes >= DELTA_BYTES_MAX


def seal(store: Store, table: schema.Table, horizon: int, force: bool = False) -> None:
    """Turn a table's delta into a segment if it is due, or now."""
    known = store.contents(table.table_id)
    if known.delta is None or not (force or is_due(known)):
        return
    # Of the delta at this moment: commits go on meanwhile.
    frames = sorted_distinct(np.asarray(known.delta.created)).tolist()
    record, forgotten = write_rows(store, table.table_id, [known.delta], horizon)
    failpoint("before-seal-commit")
    swap(store, Replace(table.table_id, frames, (), record, forgotten))
