"""The relational bridge: queries that numpy does not answer run in DuckDB on our snapshot.

`run_relational` walks the query's tree. A block that planning has cut out is answered through the indexes
and stands in the query as a table of its few rows; a reference to a table becomes an Arrow stream of the
columns the query names and the rows its snapshot sees; a relation of the system catalog becomes a
temporary table. What is left is printed in DuckDB's dialect (`vql.executor.bridge.sql`). `compute` does the
same for an expression over rows held in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np

from vql import schema
from vql.deadline import ITEMS_BETWEEN_CHECKS, check_deadline, watched
from vql.errors import Error, InvalidParameterValue, ProgrammingError, UndefinedTable
from vql.executor.bridge.arrow import ColumnStream, batch_stream
from vql.executor.bridge.catalog import SystemCatalog
from vql.executor.bridge.duck import DuckBridge
from vql.executor.bridge.functions import BRIDGE
from vql.executor.bridge.laterals import KEY, conditions_on, take_apart
from vql.executor.bridge.sql import DuckPrinter
from vql.executor.bridge.values import value_text
from vql.executor.rows.batch import RecordBatch, RecordStream
from vql.executor.rows.sources import Source
from vql.language import ast, plan
from vql.language.ast.moments import name_of
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.types.base import Storage
from vql.types.ndarrays import I64
from vql.types.type import BIGINT, Type

__all__ = ["DuckBridge", "compute", "describe_query", "run_relational", "stream_relational"]

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a query sees beside tables: its own snapshot, for the catalog, and the session."""

    snapshot: Snapshot
    session: Mapping[str, str]
    set_config: Callable[[str, str], None] | None = None


class Inputs(Protocol):
    """What a query reads: its statement's tables and vector blocks, to be run or only to be described."""

    def table(self, ref: ast.TableRef) -> tuple[Snapshot, schema.Table] | None:
        """Return the table a reference names, and the snapshot it is read at; None for none of ours."""

    def block(self, block: ast.Select) -> RecordBatch | None:
        """Answer a vector block; None where a SELECT is none."""

    def joined(
        self, block: ast.Select, keys: Callable[[], RecordBatch]
    ) -> tuple[RecordBatch, I64, RecordBatch] | None:
        """Answer a block that has parameters behind the statement's own for each row of keys: the rows
        found, the number of each row's key, and the keys. None where it is no vector search."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The statement's parameters."""

    values: Sequence[object]
    types: Sequence[Type]

    def text(self, index: int) -> str:
        """Return one as DuckDB reads it; those behind the values given are NULL."""
        value, type_ = self.values[index] if index < len(self.values) else None, self.types[index]
        try:
            return value_text(type_, value)
        except Error:
            raise
        except Exception as error:  # noqa: BLE001 - an object that was given as a parameter
            raise InvalidParameterValue(
                f"parameter ${index + 1} is a {type(value).__name__} that is no value of type {type_}"
            ) from error


def run_relational(
    query: ast.Query, inputs: Inputs, arguments: Arguments, bridge: DuckBridge, surroundings: Surroundings
) -> RecordBatch:
    """Run a query and return its rows. Raises our errors, also for DuckDB's."""
    task = _Task(query, inputs, arguments, bridge, surroundings)
    try:
        return bridge.run(task.text(query))
    finally:
        bridge.unregister(task.temporary)


def stream_relational(
    query: ast.Query, inputs: Inputs, arguments: Arguments, bridge: DuckBridge, surroundings: Surroundings
) -> RecordStream:
    """Run a query and return its rows as they are found. Raises as `run_relational`, also while they are
    read."""
    task = _Task(query, inputs, arguments, bridge, surroundings)
    try:
        found = bridge.stream(task.text(query))
    except BaseException:
        bridge.unregister(task.temporary)
        raise

    def batches() -> Iterator[RecordBatch]:
        try:
            yield from found.batches
        finally:
            bridge.unregister(task.temporary)

    return found._replace(batches=batches())


def describe_query(
    query: ast.Query, inputs: Inputs, types: Sequence[Type], bridge: DuckBridge, surroundings: Surroundings
) -> tuple[tuple[str, Type], ...]:
    """Return the names and types of a query's columns; nothing is executed."""
    task = _Task(query, inputs, Arguments((), types), bridge, surroundings)
    try:
        return bridge.describe(task.text(query))
    finally:
        bridge.unregister(task.temporary)


def compute(
    residual: plan.Residual,
    rows: Source,
    inputs: Inputs,
    arguments: Arguments,
    bridge: DuckBridge,
    surroundings: Surroundings,
) -> Column:
    """Return an expression's values over rows, in their order. Raises our errors, also for DuckDB's."""
    data = tuple(rows.column(position) for position in residual.positions)
    columns = [schema.Column(n, c.type) for n, c in zip(residual.names, data, strict=True)]
    columns.append(schema.Column(plan.ROW, BIGINT))
    numbers = Column(BIGINT, np.arange(rows.rows), None, None)
    stream = batch_stream([c.name for c in columns], [c.type for c in columns], [(*data, numbers)])
    query = ast.Select((ast.SelectItem(residual.expression, "value"),))
    task = _Task(query, inputs, arguments, bridge, surroundings)
    try:
        source = task.source(stream, columns, residual.alias)
        items = (*query.items, ast.SelectItem(ast.Name((residual.alias, plan.ROW)), plan.ROW))
        found = bridge.run(task.text(ast.Select(items, (source,))))
    finally:
        bridge.unregister(task.temporary)
    values, places = found.data
    in_order = bool((places.data[1:] > places.data[:-1]).all())
    return values if in_order else values.take(np.argsort(places.data))


class _Task:
    """One query's way into DuckDB."""

    def __init__(
        self,
        query: ast.Query,
        inputs: Inputs,
        arguments: Arguments,
        bridge: DuckBridge,
        surroundings: Surroundings,
    ) -> None:
        self._inputs = inputs
        self._arguments = arguments
        self._bridge = bridge
        self._catalog = SystemCatalog(surroundings.snapshot, surroundings.session, surroundings.set_config)
        self._session = surroundings.session
        self.temporary: list[str] = []
        self._streams: set[str] = set()  # names of table streams that the bridge keeps
        self._column_types: dict[str, Type | None] = {}
        self._names, self._whole = _names_used(query)

    def text(self, query: ast.Query, ctes: frozenset[str] = frozenset()) -> str:
        """Return a query as DuckDB reads it, everything it reads being registered."""
        rewritten = self.rewrite(query, ctes)
        known = self._column_types.get
        return DuckPrinter(self._arguments.text, known, dict(self._session), self._catalog.call).query(
            rewritten
        )

    def source(self, stream: ColumnStream, columns: Sequence[schema.Column], alias: str) -> ast.From:
        """Register a stream and return what reads it, each column with its own type."""
        for column in columns:
            self._column_types[column.name] = column.type
        table = ast.TableRef((self._register(stream),))
        items = tuple(ast.SelectItem(_cast(column), column.name) for column in columns)
        return ast.QueryRef(ast.Select(items, (table,)), alias)

    def rewrite(self, node: Node, ctes: frozenset[str]) -> Node:
        """Return `node` with every table and vector block replaced by what DuckDB has."""
        if isinstance(node, ast.TableRef):
            return self._table(node, ctes)  # type: ignore[return-value]
        if isinstance(node, ast.Select | ast.Values | ast.SetOperation) and node.with_:
            node, ctes = self._with(node, ctes)  # type: ignore[assignment]
        if isinstance(node, ast.Select):
            block = self._block(node)
            if block is not None:
                return block  # type: ignore[return-value]
            if _has_lateral(node.sources):
                node = replace(node, sources=self._laterals(node, ctes))
        if isinstance(node, tuple):
            return tuple(self.rewrite(item, ctes) for item in watched(node))  # type: ignore[return-value]
        if not is_dataclass(node):
            return node
        changed: dict[str, Any] = {}
        for field in fields(node):
            old = getattr(node, field.name)
            if field.name != "with_" and (isinstance(old, tuple) or is_dataclass(old)):
                new = self.rewrite(old, ctes)
                if new is not old:
                    changed[field.name] = new
        return replace(node, **changed) if changed else node  # type: ignore[type-var]

    def _with(self, node: ast.Query, ctes: frozenset[str]) -> tuple[ast.Query, frozenset[str]]:
        """Return a query with its common table expressions rewritten, and the names it sees. One sees those
        before it, where they are recursive all of them: DuckDB would look for any other among its own."""
        names = frozenset(table.name for table in node.with_)
        made: list[ast.CommonTable] = []
        for table in node.with_:
            if table.name.startswith("vql__"):
                raise ProgrammingError(f'name "{table.name}" is reserved', sqlstate="42939")
            seen = ctes | (names if node.recursive else {known.name for known in made})
            made.append(replace(table, query=self.rewrite(table.query, seen)))
        return replace(node, with_=tuple(made)), ctes | names

    def _block(self, node: ast.Select) -> ast.Select | None:
        """Answer a vector block through the indexes; its rows come in the block's order, and say so where
        they are numbered."""
        batch = self._inputs.block(node)
        if batch is None:
            return None
        names, types, data = batch.names, batch.types, batch.data
        if plan.is_numbered(node):
            numbers = Column(BIGINT, np.arange(batch.rows), None, None)
            names, types, data = (*names, plan.ROW), (*types, BIGINT), (*data, numbers)
        stream = batch_stream(names, types, [data])
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
        source = inner.sources[0] if len(inner.sources) == 1 else None
        if not isinstance(source, ast.TableRef) or source.name[-1] in ctes:
            return None
        found = self._inputs.table(source)
        if found is None or not inner.order_by or inner.limit is None:
            return None
        apart = take_apart(inner, found[1], len(self._arguments.types))
        if apart is None or not ctes <= {table.name for table in node.with_}:
            return None

        def keys() -> RecordBatch:
            chosen = tuple(ast.SelectItem(key, KEY.format(i)) for i, key in enumerate(apart.keys))
            where = conditions_on(node.where, before)
            query = ast.Select(
                chosen, before, where, distinct=True, with_=node.with_, recursive=node.recursive
            )
            return self._bridge.run(self.text(query, ctes))

        answered = self._inputs.joined(apart.block, keys)
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
        if len(node.name) == 1 and (name in ctes or name in self.temporary or name in self._streams):
            return node
        alias = node.alias or name
        found = self._inputs.table(node)
        if found is None:
            made = self._catalog.relation(node.name, self._bridge)
            if made is None:
                position = node.span[0] + 1 if node.span != ast.NOWHERE else None
                name = name_of(".".join(node.name))
                raise UndefinedTable(f'relation "{name}" does not exist', position=position)
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
        name = self._bridge.kept(key, snapshot)
        if name is None:
            name = self._bridge.keep(key, snapshot, _visible_stream(snapshot, table, positions))
        self._streams.add(name)
        return name

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
    return ast.Call((BRIDGE, given), (name,)) if given else name


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
