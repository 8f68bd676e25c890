"""The relational bridge: queries that numpy does not answer run in DuckDB on our snapshot.

`run_relational` walks the query's tree. A block of one table with ORDER BY distance LIMIT k is
answered by `vector_blocks` through the indexes and stands in the query as a table of its few rows; a
reference to a table becomes an Arrow stream of the columns the query names and the rows its snapshot
sees; a relation of the system catalog becomes a temporary table. What is left is printed in DuckDB's
dialect (`vql.executor.bridge.sql`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from vql import schema
from vql.errors import UndefinedTable
from vql.executor.bridge.arrow import ColumnStream, batch_stream
from vql.executor.bridge.catalog import SystemCatalog
from vql.executor.bridge.duck import DuckBridge
from vql.executor.bridge.laterals import KEY, conditions_on, take_apart
from vql.executor.bridge.sql import DuckPrinter
from vql.executor.bridge.values import value_text
from vql.executor.rows.batch import Batch
from vql.language import ast
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.types.base import Storage
from vql.types.type import I64, Type

__all__ = ["DuckBridge", "describe", "run_relational"]

TableAt = Callable[[ast.TableRef], "tuple[Snapshot, schema.Table] | None"]
Block = Callable[[ast.Select], "Batch | None"]
# Answers a block with parameters behind the statement's own for each row of keys: the rows found, the
# number of each row's key, and the keys.
Joined = Callable[[ast.Select, Callable[[], Batch]], "tuple[Batch, I64, Batch] | None"]
Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a query sees beside tables: its own snapshot, for the catalog, and the session."""

    snapshot: Snapshot
    session: Mapping[str, str]
    set_config: Callable[[str, str], None] | None = None


def run_relational(
    query: ast.Query,
    table_at: TableAt,
    vector_blocks: Block,
    parameters: Sequence[object],
    parameter_types: Sequence[Type],
    bridge: DuckBridge,
    around: Surroundings,
    joined: Joined | None = None,
) -> Batch:
    """Run a query and return its rows. Raises our errors, also for DuckDB's."""

    def parameter(index: int) -> str:
        return value_text(parameter_types[index], parameters[index])

    task = _Task(query, table_at, vector_blocks, bridge, around)
    task.joins = None if joined is None else _Joins(joined, len(parameters), parameter)
    try:
        rewritten = task.rewrite(query, frozenset())
        return bridge.run(task.printer(parameter).query(rewritten))
    finally:
        bridge.unregister(task.temporary)


def describe(
    query: ast.Query,
    table_at: TableAt,
    parameter_types: Sequence[Type],
    bridge: DuckBridge,
    around: Surroundings,
    vector_blocks: Block,
) -> tuple[tuple[str, Type], ...]:
    """Return the names and types of a query's columns; nothing is executed."""
    task = _Task(query, table_at, vector_blocks, bridge, around)
    rewritten = task.rewrite(query, frozenset())

    def parameter(index: int) -> str:
        return value_text(parameter_types[index], None)

    try:
        return bridge.describe(task.printer(parameter).query(rewritten))
    finally:
        bridge.unregister(task.temporary)


@dataclass(frozen=True, slots=True)
class _Joins:
    """How k-NN joins are answered: by `answer`, keys numbered from `first`; `parameter` prints the
    statement's own."""

    answer: Joined
    first: int
    parameter: Callable[[int], str]


class _Task:
    """One query's way into DuckDB."""

    def __init__(
        self, query: ast.Query, table_at: TableAt, blocks: Block, bridge: DuckBridge, around: Surroundings
    ) -> None:
        self._table_at = table_at
        self._blocks = blocks
        self._bridge = bridge
        self._catalog = SystemCatalog(around.snapshot, around.session, around.set_config)
        self._session = around.session
        self.temporary: list[str] = []
        self.joins: _Joins | None = None
        self._column_types: dict[str, Type | None] = {}
        self._names, self._whole = _names_used(query)

    def printer(self, parameter: Callable[[int], str]) -> DuckPrinter:
        """Return the printer of the rewritten tree."""
        return DuckPrinter(parameter, self._column_types.get, dict(self._session), self._catalog.call)

    def rewrite(self, node: Node, ctes: frozenset[str]) -> Node:
        """Return `node` with every table and vector block replaced by what DuckDB has."""
        if isinstance(node, ast.TableRef):
            return self._table(node, ctes)  # type: ignore[return-value]
        if isinstance(node, ast.Select | ast.Values | ast.SetOperation):
            ctes |= {table.name for table in node.with_}
        if isinstance(node, ast.Select):
            block = self._block(node, ctes)
            if block is not None:
                return block  # type: ignore[return-value]
            if self.joins is not None and _has_lateral(node.sources):
                node = replace(node, sources=self._laterals(node, ctes))
        if isinstance(node, tuple):
            return tuple(self.rewrite(item, ctes) for item in node)  # type: ignore[return-value]
        if not is_dataclass(node):
            return node
        changed: dict[str, Any] = {}
        for field in fields(node):
            old = getattr(node, field.name)
            if isinstance(old, tuple) or is_dataclass(old):
                new = self.rewrite(old, ctes)
                if new is not old:
                    changed[field.name] = new
        return replace(node, **changed) if changed else node  # type: ignore[type-var]

    def _block(self, node: ast.Select, ctes: frozenset[str]) -> ast.Select | None:
        """Answer a vector block through the indexes; its rows come in the block's order."""
        if not node.order_by or node.limit is None or len(node.sources) != 1:
            return None
        source = node.sources[0]
        if not isinstance(source, ast.TableRef) or source.name[-1] in ctes:
            return None
        batch = self._blocks(node)
        if batch is None:
            return None
        stream = batch_stream(batch.names, batch.types, [batch.data])
        return ast.Select((ast.SelectItem(ast.Star()),), (ast.TableRef((self._register(stream),)),))

    def _laterals(self, node: ast.Select, ctes: frozenset[str]) -> tuple[ast.From, ...]:
        """Return the FROM of a query with its k-NN joins answered."""
        sources: list[ast.From] = []
        for source in node.sources:
            sources.append(self._lateral_in(source, tuple(sources), node, ctes))
        return tuple(sources)

    def _lateral_in(
        self, source: ast.From, before: tuple[ast.From, ...], node: ast.Select, ctes: frozenset[str]
    ) -> ast.From:
        match source:
            case ast.Join(kind="CROSS" | "INNER" | "LEFT"):
                left = self._lateral_in(source.left, before, node, ctes)
                right = self._lateral_in(source.right, (*before, left), node, ctes)
                return replace(source, left=left, right=right)
            case ast.QueryRef(lateral=True, query=ast.Select() as inner) if before:
                found = self._joined(inner, before, node, ctes)
                return source if found is None else replace(source, query=found)
        return source

    def _joined(
        self, inner: ast.Select, before: tuple[ast.From, ...], node: ast.Select, ctes: frozenset[str]
    ) -> ast.Select | None:
        """Answer a lateral for all rows before it; None where it is no k-NN join of one table."""
        joins = self.joins
        source = inner.sources[0] if len(inner.sources) == 1 else None
        if joins is None or not isinstance(source, ast.TableRef) or source.name[-1] in ctes:
            return None
        found = self._table_at(source)
        if found is None or not inner.order_by or inner.limit is None:
            return None
        apart = take_apart(inner, found[1], joins.first)
        if apart is None or not ctes <= {table.name for table in node.with_}:
            return None

        def keys() -> Batch:
            chosen = tuple(ast.SelectItem(key, KEY.format(i)) for i, key in enumerate(apart.keys))
            where = conditions_on(node.where, before)
            query = ast.Select(
                chosen, before, where, distinct=True, with_=node.with_, recursive=node.recursive
            )
            return self._bridge.run(self.printer(joins.parameter).query(self.rewrite(query, ctes)))

        answered = joins.answer(apart.block, keys)
        if answered is None:
            return None
        rows, numbers, given = answered
        columns = (*rows.data, *(column.take(numbers) for column in given.data))
        names = (*rows.names, *given.names)
        stream = batch_stream(names, (*rows.types, *given.types), [columns])
        items = tuple(
            ast.SelectItem(_cast(schema.Column(name, type_)), name)
            for name, type_ in zip(names, (*rows.types, *given.types), strict=True)
        )
        table = ast.TableRef((self._register(stream),))
        return apart.over(ast.QueryRef(ast.Select(items, (table,)), apart.alias))

    def _table(self, node: ast.TableRef, ctes: frozenset[str]) -> ast.From:
        name = node.name[-1]
        if len(node.name) == 1 and (name in ctes or name in self.temporary):
            return node
        alias = node.alias or name
        found = self._table_at(node)
        if found is None:
            made = self._catalog.relation(node.name, self._bridge)
            if made is None:
                position = node.span[0] + 1 if node.span != ast.NOWHERE else None
                raise UndefinedTable(f'relation "{".".join(node.name)}" does not exist', position=position)
            return replace(node, name=(made,), alias=alias, as_of=None)
        snapshot, table = found
        for column in table.columns:
            known = self._column_types.setdefault(column.name, column.type)
            if known is not None and known.name != column.type.name:
                self._column_types[column.name] = None  # two tables disagree
        positions = self._positions(node, table)
        stream = ast.TableRef((self._stream(snapshot, table, positions),))
        columns = [table.columns[i] for i in positions]
        if not any(column.type.base.duck_stream for column in columns):
            return replace(stream, alias=alias, columns=node.columns)
        items = tuple(ast.SelectItem(_cast(column), column.name) for column in columns)
        return ast.QueryRef(ast.Select(items, (stream,)), alias, node.columns)

    def _positions(self, node: ast.TableRef, table: schema.Table) -> list[int]:
        """Return the columns the query may read of a table."""
        # A column list of the alias names columns by place, so all of them have to be there.
        every = self._whole or bool(node.columns)
        found = [i for i, column in enumerate(table.columns) if every or column.name in self._names]
        return found or [_narrowest(table)]

    def _stream(self, snapshot: Snapshot, table: schema.Table, positions: Sequence[int]) -> str:
        """Register columns of a table; kept while the snapshot stays."""
        key = (table.table_id, *positions)
        kept = self._bridge.kept(key, snapshot)
        if kept is not None:
            return kept
        stream = _visible_stream(snapshot, table, positions)
        if snapshot.version == 0:
            return self._register(stream)  # rows of one statement
        return self._bridge.keep(key, snapshot, stream)

    def _register(self, stream: ColumnStream) -> str:
        name = self._bridge.register(stream)
        self.temporary.append(name)
        return name


def _visible_stream(snapshot: Snapshot, table: schema.Table, positions: Sequence[int]) -> ColumnStream:
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
    return batch_stream(names, types, batches)


def _has_lateral(sources: tuple[ast.From, ...]) -> bool:
    return any(
        _has_lateral((s.left, s.right))
        if isinstance(s, ast.Join)
        else isinstance(s, ast.QueryRef) and s.lateral
        for s in sources
    )


def _cast(column: schema.Column) -> ast.Expression:
    """Return a streamed column with the type it has inside DuckDB, which Arrow does not give to some."""
    name, given = ast.Name((column.name,)), column.type.base.duck_stream
    if given == "cast":
        return ast.Cast(name, ast.TypeName(column.type.name))
    return ast.Call((given,), (name,)) if given else name


def _narrowest(table: schema.Table) -> int:
    """Return a column that costs little, for queries that only count rows."""
    types = [column.type for column in table.columns]
    # Numbers cross as they are; what else there is costs more than any of them.
    sizes = [99 if type_.base.storage is not Storage.NUMBERS else type_.dtype.itemsize for type_ in types]
    return sizes.index(min(sizes)) if sizes else 0


def _names_used(root: object) -> tuple[frozenset[str], bool]:
    """Return every name a query mentions, and whether it takes whole rows (`*`, NATURAL)."""
    names: set[str] = set()
    alone: set[str] = set()
    sources: set[str] = set()
    whole = False
    stack = [root]
    while stack:
        node = stack.pop()
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
