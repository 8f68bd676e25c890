"""What the catalog holds: columns, indexes and tables as frozen values.

Object ids are integers from one sequence, never reused; they are also the OIDs clients see
(16,500 and up, above every built-in one).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vql.types.type import Type

METRICS = ("l2", "inner_product", "cosine", "l1", "hamming", "jaccard")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `default` is SQL text, or None; `identity` marks serial and identity columns."""

    name: str
    type: Type
    not_null: bool = False
    default: str | None = None
    identity: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """One index. `method` is auto, hnsw, flat (vector columns) or btree, hash (scalar columns).

    `metric` is one of METRICS for a vector index, else "". `options` are (name, value) pairs as
    given in WITH, e.g. (("m", 16), ("recall", 0.95)).
    """

    index_id: int
    name: str
    table_id: int
    columns: tuple[str, ...]
    method: str
    metric: str = ""
    unique: bool = False
    primary: bool = False
    options: tuple[tuple[str, float | str], ...] = ()

    def option(self, name: str, default: float) -> float:
        """Return a numeric option of WITH, or `default`."""
        return next((float(v) for n, v in self.options if n == name), default)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, primary key (names, maybe empty) and live indexes."""

    table_id: int
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    options: tuple[tuple[str, float | str], ...] = ()
    indexes: tuple[Index, ...] = field(default=())

    def position(self, name: str) -> int:
        """Return the ordinal of a column from 0, or -1."""
        return next((i for i, c in enumerate(self.columns) if c.name == name), -1)

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)
