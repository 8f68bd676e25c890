"""What a query reads of a table: which columns, and their rows as a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass

import numpy as np

from vql import schema
from vql.deadline import ITEMS_BETWEEN_CHECKS, check_deadline
from vql.executor.bridge.arrow import ColumnStream, text_stream
from vql.executor.bridge.typed.decimals import fits_decimal
from vql.language import ast
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.types.base import Storage
from vql.types.type import Type


def visible_stream(snapshot: Snapshot, table: schema.Table, positions: Sequence[int]) -> ColumnStream:
    """Return the rows a snapshot sees as a stream, one batch a segment."""
    names = [table.columns[i].name for i in positions]
    types = [table.columns[i].type for i in positions]
    batches: list[tuple[Column, ...]] = []
    for segment in snapshot.segments(table.table_id):
        visible = segment.visible(snapshot.version)
        columns = tuple(segment.column(i) for i in positions)
        if visible is not None:
            offsets = np.flatnonzero(visible)
            columns = tuple(column.take(offsets) for column in columns)
        if columns and len(columns[0]):
            batches.append(columns)
    return text_stream(names, types, batches)


def decimal_columns(names: Sequence[str], types: Sequence[Type]) -> frozenset[str]:
    """Return the numeric columns that fit a DECIMAL of DuckDB's."""
    return frozenset(
        name
        for name, type_ in zip(names, types, strict=True)
        if type_.is_decimal and type_.modifier is not None and fits_decimal(type_.modifier)
    )


def narrowest(table: schema.Table) -> int:
    """Return a column that costs little, for queries that only count rows."""
    types = [column.type for column in table.columns]
    # Numbers cross as they are; what else there is costs more than any of them.
    sizes = [99 if type_.base.storage is not Storage.NUMBERS else type_.dtype.itemsize for type_ in types]
    return sizes.index(min(sizes)) if sizes else 0


def names_used(root: object) -> tuple[frozenset[str], bool]:
    """Return every name a query mentions, and whether it takes whole rows (`*`, NATURAL)."""
    names: set[str] = set()
    alone: set[str] = set()
    sources: set[str] = set()
    whole = False
    stack = [root]
    steps = 0
    while stack:
        node = stack.pop()
        steps += 1
        if steps % ITEMS_BETWEEN_CHECKS == 0:
            check_deadline()
        if isinstance(node, tuple):
            stack.extend(node)
        elif is_dataclass(node):
            match node:
                case ast.Call(arguments=(ast.Star(table=None),)):
                    stack += [node.filter, node.over, node.order_by]
                    continue
                case ast.Star() | ast.Join(natural=True):
                    whole = True
                case ast.Name(parts=parts):
                    names.update(parts)
                    if len(parts) == 1:
                        alone.update(parts)
                case ast.TableRef(name=name, alias=alias):
                    sources.add(alias or name[-1])
                case ast.Join(using=using):
                    names.update(using)
            stack.extend(getattr(node, field.name) for field in fields(node))
    # A table's own name as a value is its whole row.
    return frozenset(names), whole or bool(alone & sources)
