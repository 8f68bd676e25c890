"""What a session asks of the DuckDB bridge: queries, conditions and expressions beyond numpy.

The bridge is made on first need, so a session of vector statements never loads DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vql import schema
from vql.errors import Error
from vql.executor.rows.batch import Batch
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import ColumnSource, Source, Truth
from vql.executor.select import project, run_select
from vql.language import ast, plan
from vql.language.ast.walk import walk
from vql.language.bind.queries import QueryBinder
from vql.language.bind.scalars import NotNative
from vql.language.bind.statements import Bound
from vql.session.conversation import Conversation
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.types.type import I64, Type

if TYPE_CHECKING:
    from vql.executor.bridge.relational import DuckBridge, Surroundings

At = Callable[[str, object], Snapshot]


class Relations:
    """One session's use of DuckDB: a connection of the database's."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._bridge: DuckBridge | None = None
        # Applies LIMIT ... WITH (...) of a vector block to the context it runs in.
        self.contract: Callable[[plan.SelectPlan, Context], None] = lambda node, context: None

    def _around(self, snapshot: Snapshot) -> Surroundings:
        from vql.executor.bridge.relational import Surroundings

        return Surroundings(snapshot, self._conversation.surroundings(), self._conversation.set_config)

    @property
    def bridge(self) -> DuckBridge:
        """The bridge, made on first use; DuckDB is loaded here and nowhere else."""
        if self._bridge is None:
            from vql.executor.bridge.relational import DuckBridge

            self._bridge = DuckBridge(self._conversation.database.duck)
        return self._bridge

    def interrupt(self) -> None:
        """Stop what DuckDB is running; from any thread."""
        if self._bridge is not None:
            self._bridge.interrupt()

    def close(self) -> None:
        """Let go of DuckDB."""
        if self._bridge is not None:
            self._bridge.close()
            self._bridge = None

    def run(
        self,
        query: ast.Query,
        context: Context,
        given: tuple[object, ...],
        types: Sequence[Type],
        at: At,
    ) -> Batch:
        """Run a query on the context's snapshot, its vector blocks through the indexes."""
        from vql.executor.bridge.relational import run_relational

        return run_relational(
            query,
            lambda ref: self._table(ref, context, at),
            lambda block: self._block(block, context, types),
            given,
            tuple(types),
            self.bridge,
            self._around(context.snapshot),
            lambda block, keys: self._joined(block, keys, context, types),
        )

    def describe(
        self, query: ast.Query, snapshot: Snapshot, types: Sequence[Type]
    ) -> tuple[tuple[str, Type], ...]:
        """Return the columns a query would give, without running it."""
        from vql.executor.bridge.relational import describe

        def table(ref: ast.TableRef) -> tuple[Snapshot, schema.Table] | None:
            found = snapshot.table(ref.name[-1])
            return None if found is None or not own(ref) else (snapshot, found)

        return describe(
            query,
            table,
            tuple(types),
            self.bridge,
            self._around(snapshot),
            lambda block: self._described(block, snapshot, types),
        )

    def condition(
        self,
        expression: ast.Expression,
        source: Source,
        bound: Bound | None,
        given: tuple[object, ...],
        types: Sequence[Type],
    ) -> Truth:
        """Compute a condition over the rows of a source: (true, known)."""
        assert bound is not None
        table = table_of(bound.plan)
        names = {n.parts[-1] for n in walk(expression) if isinstance(n, ast.Name)}
        columns = tuple(
            source.column(i) if column.name in names else blank(column.type, source.rows)
            for i, column in enumerate(table.columns)
        )
        rows = ColumnSource(columns)
        rows.rows = source.rows
        column = self.compute([expression], table, rows, given, types)[0]
        true = column.data.astype(bool, copy=False)
        return Truth(true if column.valid is None else true & column.valid, column.valid)

    def compute(
        self,
        expressions: Sequence[ast.Expression],
        table: schema.Table,
        rows: ColumnSource,
        given: tuple[object, ...],
        types: Sequence[Type],
    ) -> tuple[Column, ...]:
        """Compute expressions over rows held in memory, one column each, in the rows' order."""
        from vql.executor.bridge.relational import run_relational

        items = tuple(ast.SelectItem(e, f"e{i}") for i, e in enumerate(expressions))
        query = ast.Select(items, (ast.TableRef((table.name,)),))
        segments: Any = {table.table_id: (rows,)}
        snapshot = Snapshot(0, 0, 0, {table.name: table}, segments, lambda key: (-1, 0))
        batch = run_relational(
            query, lambda ref: (snapshot, table), lambda block: None, given, tuple(types), self.bridge,
            self._around(snapshot),
        )  # fmt: skip
        return batch.data

    def constants(
        self, expression: ast.Expression, type_: Type, count: int, context: Context
    ) -> list[object]:
        """Compute a column-free expression once for each of `count` rows (a column's default)."""
        rows = ast.CallRef(
            ast.Call(("generate_series",), (ast.Literal(1, "integer"), ast.Literal(count, "integer")))
        )
        query = ast.Select((ast.SelectItem(expression, "value"),), (rows,))
        batch = self.run(query, context, (), (), lambda kind, value: context.snapshot)
        return [type_.coerce(row[0]) for row in batch.tuples()]

    def _table(self, ref: ast.TableRef, context: Context, at: At) -> tuple[Snapshot, schema.Table] | None:
        if not own(ref):
            return None
        snapshot = context.snapshot
        if ref.as_of is not None:
            binder = QueryBinder({}, [])
            moment = binder.moment(ref.as_of)
            assert moment is not None
            snapshot = at(moment.kind, context.evaluator.value(moment.value))
        found = snapshot.table(ref.name[-1])
        return None if found is None else (snapshot, found)

    def _block(self, block: ast.Select, context: Context, types: Sequence[Type]) -> Batch | None:
        """Answer a vector search over one table natively; None where a SELECT is none."""
        node = vector_block(block, context.snapshot, list(types))
        if node is None:
            return None
        context = replace(context)
        self.contract(node, context)
        return project(node.outputs, run_select(node, context), node, context)

    def _joined(
        self, block: ast.Select, keys: Callable[[], Batch], context: Context, types: Sequence[Type]
    ) -> tuple[Batch, I64, Batch] | None:
        """Answer a k-NN join natively: the rows found, which key each is for, and the keys."""
        from vql.executor.shapes.lateral import nearest_of_each

        known = list(types)
        node = vector_block(block, context.snapshot, known)
        if node is None or node.nearest is None or len(known) == len(types):
            return None
        given = keys()
        try:
            fitting = fitted(given, known[len(types) :])
        except Error:
            return None
        context = replace(context)
        self.contract(node, context)
        found = nearest_of_each(node, fitting, len(types), context)
        return None if found is None else (*found, given)

    def _described(self, block: ast.Select, snapshot: Snapshot, types: Sequence[Type]) -> Batch | None:
        """Return what `_block` does, without rows."""
        node = vector_block(block, snapshot, list(types))
        if node is None:
            return None
        found = tuple(output.scalar.type for output in node.outputs)
        empty = tuple(Column.from_values(type_, []) for type_ in found)
        return Batch(tuple(output.name for output in node.outputs), found, empty, 0)


def vector_block(block: ast.Select, snapshot: Snapshot, types: list[Type]) -> plan.SelectPlan | None:
    """Return the native plan of SELECT ... FROM one table ORDER BY distance LIMIT k, or None; `types` of
    parameters are completed."""
    try:
        node = QueryBinder(snapshot.tables, types).native(block)
    except (NotNative, Error):
        # Not a block of its own: it may be correlated, or name something only DuckDB knows.
        return None
    if node.as_of is not None or (node.nearest is None and node.search is None):
        return None
    return node


def fitted(keys: Batch, types: Sequence[Type]) -> Batch:
    """Return columns as the types they are compared as. Raises DataError where one does not fit."""
    data = tuple(
        column
        if column.type.name == type_.name
        else Column.from_values(type_, [type_.coerce(value) for value in column.values()])
        for column, type_ in zip(keys.data, types, strict=True)
    )
    return Batch(keys.names, tuple(types), data, keys.rows)


def own(ref: ast.TableRef) -> bool:
    """Whether a reference may be to a table of ours, not of the system catalog."""
    return len(ref.name) == 1 or ref.name[-2] in ("public", "main")


def table_of(node: plan.Plan) -> schema.Table:
    """Return the one table of a native plan."""
    match node:
        case plan.SelectPlan(table=table) | plan.UpdatePlan(table=table):
            return table
        case plan.DeletePlan(table=table) | plan.InsertPlan(table=table):
            return table
    raise AssertionError("no table")


def blank(type_: Type, rows: int) -> Column:
    """Return a column nobody reads, without memory for its values."""
    if not type_.is_matrix:
        return Column.from_values(type_, [None]).take(np.zeros(rows, np.int64))
    zeros = np.zeros(type_.width, type_.dtype)
    return Column(type_, np.broadcast_to(zeros, (rows, len(zeros))), None, None)
