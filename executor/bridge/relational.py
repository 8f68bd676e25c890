"""The relational bridge: queries that numpy does not answer run in DuckDB on our snapshot.

`run_relational` gives DuckDB what an analysed query reads, and the query printed in its dialect
(`vql.executor.bridge.typed`). A table becomes an Arrow stream of the columns the query names and the rows its
snapshot sees, a relation of the system catalog a temporary table, a block that planning has cut out a table
of the few rows that its indexes find. A query with a LATERAL is analysed when it runs, k-NN joins in it being
answered on the way; an expression over rows held in memory is a query over these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

import numpy as np

from vql import schema
from vql.dataclass import dataclass
from vql.errors import UndefinedTable
from vql.executor.bridge.arrow import ColumnStream, text_stream
from vql.executor.bridge.catalog.catalog import SetConfig, SystemCatalog
from vql.executor.bridge.catalog.kept import KeptRows
from vql.executor.bridge.duck import DuckBridge
from vql.executor.bridge.errors import Unsure
from vql.executor.bridge.laterals import KEY, NUMBER, conditions_on, knn_block
from vql.executor.bridge.streams import visible_stream
from vql.executor.bridge.typed.queries import Printer
from vql.executor.bridge.typed.udf import RowProgram
from vql.executor.rows.batch import RecordBatch, RecordStream
from vql.executor.tuples.reads import Arguments, Readable
from vql.functions.declare import Environment
from vql.language import ast, plan
from vql.language.analyze import tree
from vql.language.analyze.catalog_columns import catalog_key, catalog_oid
from vql.language.analyze.names import unique_columns
from vql.language.analyze.queries import Analyzer
from vql.language.analyze.used import ROW_IDS, SEQUENCE_COLUMNS, Used, names_used, range_table, with_ids
from vql.language.ast.moments import name_of
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.types.forms.ndarrays import I64
from vql.types.type import BIGINT, Type, with_names

__all__ = ["DuckBridge", "run_relational", "stream_relational"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a query sees beside tables: its own snapshot, for the catalog, and what `say` tells of the
    session."""

    snapshot: Snapshot
    say: Callable[[], Mapping[str, str]]
    environment: Environment
    set_config: SetConfig | None = None
    kept: KeptRows | None = None

    @property
    def catalog(self) -> SystemCatalog:
        """The system catalog of the snapshot."""
        environment = self.environment
        return SystemCatalog(
            self.snapshot, self.say, self.set_config, environment.sequences, self.kept, environment.sessions
        )


class Inputs(Readable, Protocol):
    """What a query reads: its statement's tables and vector blocks, and what laterals find."""

    def joined(
        self, block: ast.Select, keys: Callable[[], RecordBatch]
    ) -> tuple[RecordBatch, I64, RecordBatch] | None:
        """Answer a block that has parameters behind the statement's own for each row of keys: the rows
        found, the number of each row's key, and the keys. None where it is no vector search."""


def run_relational(
    node: plan.RelationalPlan,
    inputs: Inputs,
    arguments: Arguments,
    bridge: DuckBridge,
    surroundings: Surroundings,
) -> RecordBatch:
    """Run a query and return its rows. Raises our errors, also for DuckDB's."""
    task = _Task(node.query, inputs, arguments, bridge, surroundings)
    try:
        return task.batch(node, *task.text(node))
    finally:
        bridge.unregister(task.temporary)


def stream_relational(
    node: plan.RelationalPlan,
    inputs: Inputs,
    arguments: Arguments,
    bridge: DuckBridge,
    surroundings: Surroundings,
) -> RecordStream:
    """Run a query and return its rows as they are found. Raises as `run_relational`, also while they are
    read."""
    task = _Task(node.query, inputs, arguments, bridge, surroundings)
    try:
        text, columns = task.text(node)
        if task.is_sure:
            found = bridge.stream(text, given=_types(columns))
        else:  # what has been sent could not be computed anew
            whole = task.batch(node, text, columns)
            found = RecordStream(whole.names, whole.types, iter((whole,)))
    except BaseException:
        bridge.unregister(task.temporary)
        raise

    def batches() -> Iterator[RecordBatch]:
        try:
            yield from found.batches
        finally:
            bridge.unregister(task.temporary)

    return found._replace(batches=batches())


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
        self._catalog = surroundings.catalog
        self._environment = replace(surroundings.environment, catalog=self._catalog)
        self._relations: dict[str, tree.RangeTable] = {}  # held in memory
        self.temporary: list[str] = []
        self.is_sure = True  # what `text` gave raises no `Unsure`
        self._programs: list[RowProgram] = []  # that it calls, by numbers alone
        self._query = query

    def text(
        self, node: plan.RelationalPlan, *, is_exact: bool = False
    ) -> tuple[str, tuple[tree.OutputColumn, ...]]:
        """Return a planned query as DuckDB reads it, what it reads being registered, and its columns."""
        found = node.analyzed
        assert found is not None, "it is planned"
        if found.has_lateral:
            return self.printed(node.query, is_exact=is_exact)
        names = {plan.READ.format(i): self._name(read, node) for i, read in enumerate(found.reads)}
        return self._text(found.query, names, is_exact), found.query.columns

    def batch(
        self, node: plan.RelationalPlan, text: str, columns: tuple[tree.OutputColumn, ...]
    ) -> RecordBatch:
        """Return the rows of what `text` gave. Raises our errors."""
        try:
            return self._bridge.run(text, _types(columns))
        except Unsure:
            text, columns = self.text(node, is_exact=True)
        return self._bridge.run(text, _types(columns))

    def printed(
        self, query: ast.Query, *, is_exact: bool = False
    ) -> tuple[str, tuple[tree.OutputColumn, ...]]:
        """Return a query as `text` does, that is analysed only now."""
        analyzer = Analyzer(self, list(self._arguments.types))
        with with_names(self._catalog):
            found = analyzer.settled(analyzer.query(query))
        return self._text(found, {}, is_exact), found.columns

    def _text(self, found: tree.Query, names: Mapping[str, str], is_exact: bool) -> str:
        functions = self._bridge.engine.functions
        printer = Printer(self._arguments.value, functions, self._environment, is_exact=is_exact)
        text = printer.statement(found, names)
        if not printer.is_sure and tree.is_volatile(found):  # what it does it must not do twice
            return self._text(found, names, True)
        self.is_sure = printer.is_sure
        self._programs = printer.programs
        return text

    def _name(self, read: plan.Read, node: plan.RelationalPlan) -> str:
        """Register what a query reads, and return what DuckDB calls it."""
        if read.block is not None:
            streamed = self.block(node.blocks[read.block][0])
            assert streamed is not None, "it was planned"
            return streamed.name
        if read.sequence:
            return self._state(read.sequence)
        if read.given:
            return self._given(read.positions)
        if not read.positions:
            made = self._catalog.relation(read.name, self._bridge)
            assert made is not None, "it was found when the query was analysed"
            return made[0]
        found = self._inputs.table(read.name)
        assert found is not None, "the query was planned with this catalog"
        return self._stream(*found, read.positions)

    def _state(self, sequence_id: int) -> str:
        """Register the one row of a sequence."""
        assert self._environment.sequences is not None, "whoever runs statements gives them"
        last, is_called = self._environment.sequences.state(sequence_id)
        types = list(SEQUENCE_COLUMNS.values())
        cells = zip(types, (last, 0, is_called), strict=True)
        row = tuple(Column.from_values(type_, [value]) for type_, value in cells)
        return self._register(text_stream(tuple(SEQUENCE_COLUMNS), types, [row]))

    def _given(self, positions: Sequence[int]) -> str:
        """Register the rows that an expression is computed over."""
        given = self._inputs.given
        assert given is not None, "they are what the query is planned for"
        numbers = Column(BIGINT, np.arange(given.rows.rows), None, None)
        names = [ast.ROW if p == ROW_IDS else given.table.columns[p].name for p in positions]
        columns = tuple(numbers if p == ROW_IDS else given.rows.column(p) for p in positions)
        return self._register(text_stream(tuple(names), [c.type for c in columns], [columns]))

    # -------------------------------------------------------------- what analysis asks

    def relation(self, ref: ast.TableRef) -> tree.RangeTable:
        """Return the relation that a reference names, its rows registered as a stream."""
        alias = ref.alias or name_of(ref.name[-1])
        known = self._relations.get(ref.name[-1]) if len(ref.name) == 1 else None
        if known is not None:
            return replace(known, alias=alias)
        if ref.name == (plan.ROWS,) and self._inputs.given is not None:
            table = self._inputs.given.table
            positions = self._used.positions(ref, table)
            return range_table(self._given(positions), alias, with_ids(ref, table), positions, self._used)
        found = self._inputs.table(ref.name)
        if found is None:
            return self._of_catalog(ref, alias)
        snapshot, table = found
        positions = self._used.positions(ref, table)
        name = self._stream(snapshot, table, positions)
        return range_table(name, alias, with_ids(ref, table), positions, self._used)

    def _of_catalog(self, ref: ast.TableRef, alias: str) -> tree.RangeTable:
        """Return a relation of the system catalog. Raises 42P01."""
        made = self._catalog.relation(ref.name, self._bridge)
        if made is None:
            position = ref.span[0] + 1 if ref.span != ast.NOWHERE else None
            name = name_of(".".join(ref.name))
            raise UndefinedTable(f'relation "{name}" does not exist', position=position)
        table, names, types = made
        in_schema = ref.name[-2] if len(ref.name) > 1 else "pg_catalog"
        key = catalog_key(ref.name)
        system = self._used.system(catalog_oid(key)) if key else ()
        return tree.RangeTable(table, alias, unique_columns(names, types), schema=in_schema, system=system)

    @cached_property
    def _used(self) -> Used:
        return names_used(self._query)

    def prepared(self, node: ast.Select, common: frozenset[str]) -> ast.Select:
        """Return a SELECT with its k-NN joins answered."""
        if not _has_lateral(node.sources):
            return node
        return replace(node, sources=self._laterals(node, common))

    def block(self, node: ast.Select) -> tree.RangeTable | None:
        """Answer a vector block through the indexes."""
        found = self._answered(node)
        if found is None:
            return None
        names, types, data = found
        streamed = self._streamed(names, types, [data])
        return replace(streamed, alias="vql__block")

    def _streamed(
        self,
        names: Sequence[str],
        types: Sequence[Type],
        batches: Sequence[tuple[Column, ...]],
        register: Callable[[ColumnStream], str] | None = None,
    ) -> tree.RangeTable:
        """Register batches of columns."""
        offered = unique_columns(names, types)
        inside = tuple(column.column for column in offered)
        name = (register or self._bridge.register)(text_stream(inside, types, batches))
        self.temporary.append(name)
        return tree.RangeTable(name, name, offered, inside)

    def _answered(
        self, node: ast.Select
    ) -> tuple[tuple[str, ...], tuple[Type, ...], tuple[Column, ...]] | None:
        """Return the rows of a vector block, numbered where the query wants that; None for no block."""
        batch = self._inputs.block(node)
        if batch is None:
            return None
        names, types, data = batch.names, batch.types, batch.data
        if plan.is_numbered(node):
            numbers = Column(BIGINT, np.arange(batch.rows), None, None)
            names, types, data = (*names, ast.ROW), (*types, BIGINT), (*data, numbers)
        return names, types, data

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
            case ast.QueryRef(lateral=True) if before:
                found = self._joined(source, before, node, ctes)
                return source if found is None else replace(source, query=found)
        return source

    def _joined(
        self, source: ast.QueryRef, before: tuple[ast.From, ...], node: ast.Select, ctes: frozenset[str]
    ) -> ast.Select | None:
        """Answer a lateral for all rows before it; None where it is no k-NN join of one table."""
        apart = knn_block(source, self._inputs.table, len(self._arguments.types), ctes)
        if apart is None or not ctes <= {table.name for table in node.with_}:
            return None

        def keys() -> RecordBatch:
            chosen = tuple(ast.SelectItem(key, KEY.format(i)) for i, key in enumerate(apart.keys))
            where = conditions_on(node.where, before)
            query = ast.Select(
                chosen, before, where, distinct=True, with_=node.with_, recursive=node.recursive
            )
            text, given = self.printed(query, is_exact=True)
            return self._bridge.run(text, _types(given))

        answered = self._inputs.joined(apart.block, keys)
        if answered is None:
            return None
        rows, numbers, given = answered
        return apart.over(self._numbered(rows, numbers), self._numbered(given, np.arange(given.rows)))

    def _numbered(self, rows: RecordBatch, numbers: I64) -> ast.Select:
        """Register rows with numbers beside them and return the query of all."""
        names = (*rows.names, NUMBER)
        data = (*rows.data, Column(BIGINT, numbers, None, None))
        streamed = self._streamed(names, (*rows.types, BIGINT), [data], self._bridge.load)
        self._relations[streamed.name] = streamed
        items = tuple(ast.SelectItem(ast.Name((name,)), name) for name in names)
        return ast.Select(items, (ast.TableRef((streamed.name,)),))

    def _stream(self, snapshot: Snapshot, table: schema.Table, positions: Sequence[int]) -> str:
        """Register columns of a table; kept while the snapshot stays."""
        key = (table.table_id, *positions)
        name = self._bridge.kept(key, snapshot)
        if name is None:
            name = self._bridge.keep(key, snapshot, visible_stream(snapshot, table, positions))
        return name

    def _register(self, stream: ColumnStream) -> str:
        name = self._bridge.register(stream)
        self.temporary.append(name)
        return name


def _types(columns: Sequence[tree.OutputColumn]) -> list[Type]:
    return [column.type for column in columns]


def _has_lateral(sources: tuple[ast.From, ...]) -> bool:
    return any(
        _has_lateral((s.left, s.right))
        if isinstance(s, ast.Join)
        else isinstance(s, ast.QueryRef) and s.lateral
        for s in sources
    )
