"""Which columns of a table a query may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from vql import schema
from vql.deadline import ITEMS_BETWEEN_CHECKS, check_deadline
from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.names import of_system, unique_columns
from vql.language.ast.walk import parts_of
from vql.types.base import Storage
from vql.types.type import BIGINT, BOOLEAN

# Stands for the ids of rows among the positions of columns that are read.
ROW_IDS = -1


class Used(NamedTuple):
    """Every name that a query mentions, and whether it takes whole rows (`*`, NATURAL)."""

    names: frozenset[str]
    whole_rows: bool

    def positions(self, ref: ast.TableRef, table: schema.Table) -> tuple[int, ...]:
        """Return the columns that the query may read of a table it refers to."""
        # A column list of the alias names columns by place, so all of them have to be there.
        every = self.whole_rows or bool(ref.columns)
        found = tuple(i for i, column in enumerate(table.columns) if every or column.name in self.names)
        return (*found, ROW_IDS) if ref.has_ids else found or (narrowest(table),)

    def system(self, oid: int) -> tuple[tuple[tree.OutputColumn, int], ...]:
        """Return the columns of the system that the query may read of a relation with an OID, each with the
        value that all of its rows have."""
        return tuple((column, value) for column, value in of_system(oid) if column.name in self.names)


def with_ids(ref: ast.TableRef, table: schema.Table) -> schema.Table:
    """Return a table as a reference sees it: at ROW_IDS, its last column, stand the ids of its rows."""
    if not ref.has_ids:
        return table
    return replace(table, columns=(*table.columns, schema.Column(ast.ROW, BIGINT)), computed=())


def narrowest(table: schema.Table) -> int:
    """Return a column that costs little, for queries that only count rows; ROW_IDS where there is none."""
    types = [column.type for column in table.columns]
    # Numbers cross as they are; what else there is costs more than any of them.
    sizes = [99 if type_.base.storage is not Storage.NUMBERS else type_.dtype.itemsize for type_ in types]
    return sizes.index(min(sizes)) if sizes else ROW_IDS


def names_used(root: object) -> Used:
    """Return what a query mentions."""
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
        elif (parts := parts_of(type(node))) is not None:
            match node:
                case ast.Call(arguments=(ast.Star(table=None),)):
                    stack += [node.filter, node.over, node.order_by]
                    continue
                case ast.Star() | ast.Join(natural=True):
                    whole = True
                case ast.Name(parts=qualified):
                    names.update(qualified)
                    if len(qualified) == 1:
                        alone.update(qualified)
                case ast.TableRef(name=name, alias=alias):
                    sources.add(alias or name[-1])
                case ast.Join(using=using):
                    names.update(using)
            stack += [getattr(node, name) for name in parts]
    # A table's own name as a value is its whole row.
    return Used(frozenset(names), whole or bool(alone & sources))


SEQUENCE_COLUMNS = {"last_value": BIGINT, "log_cnt": BIGINT, "is_called": BOOLEAN}


def sequence_table(name: str, alias: str, sequence: schema.Sequence, used: Used) -> tree.RangeTable:
    """Return the one row of a sequence, by the name that it goes by."""
    names = tuple(SEQUENCE_COLUMNS)
    offered = unique_columns(names, list(SEQUENCE_COLUMNS.values()))
    system = used.system(sequence.sequence_id)
    return tree.RangeTable(name, alias, offered, names, schema=sequence.schema, system=system)


def range_table(
    name: str, alias: str, table: schema.Table, positions: Sequence[int], used: Used
) -> tree.RangeTable:
    """Return a table, by the name that its rows go by, of which columns are read."""
    # A table without columns is read by its rows' ids, which it does not offer.
    columns = [table.columns[position] for position in positions] if table.columns else []
    names = tuple(column.name for column in columns)
    offered = tuple(
        replace(given, origin=(max(table.table_id, 0), column.number if table.table_id > 0 else 0))
        for given, column in zip(unique_columns(names, [c.type for c in columns]), columns, strict=True)
    )
    key = table.immediate_key
    places = tuple(map(names.index, key)) if set(key) <= set(names) else ()
    row_type = table.type if len(columns) == len(table.columns) and ROW_IDS not in positions else None
    system = used.system(table.table_id)
    unread: tuple[str, ...] = ()
    if row_type is None:
        unread = tuple(column.name for column in table.columns if column.name not in (*names, ast.ROW))
    return tree.RangeTable(name, alias, offered, names, places, table.schema, row_type, system, unread)
