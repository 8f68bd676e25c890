"""Frames in FROM: what is handed over as a parameter there is a table of its one statement.

The parameter is replaced by the name of a table, which is put into the snapshots that the statement sees; the
other parameters are numbered anew. Nothing of such a statement is kept: the next frame has other columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vql import schema
from vql.dataclass import dataclass
from vql.errors import NotSupportedError, ProgrammingError, UndefinedParameter
from vql.executor.rows.batch import RecordBatch
from vql.executor.steps import with_rows
from vql.language import ast
from vql.language.ast.walk import nodes_of, rewrite
from vql.language.bind.names import STEPS
from vql.storage.snapshot import Snapshot

# Table ids of frames, below those of the steps of a statement.
FIRST_ID = -1_000
WITH_FRAMES = ast.Query | ast.Change | ast.WithChanges | ast.CreateTable | ast.Explain


class FrameInFrom(NotSupportedError):
    """A statement reads a parameter as a table."""


class FrameTables:
    """Tables that are put into snapshots."""

    def __init__(self, tables: Sequence[tuple[schema.Table, RecordBatch]]) -> None:
        self._tables = tables
        self._last: tuple[Snapshot, Snapshot] | None = None

    def __call__(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot that has them too."""
        if self._last is not None and (snapshot is self._last[0] or snapshot is self._last[1]):
            return self._last[1]
        made = snapshot
        for table, rows in self._tables:
            if table.qualified not in snapshot.tables:
                by_id = made.tables_by_id.having(table.table_id, table)
                made = replace(with_rows(made, table, rows), tables_by_id=by_id)
        self._last = snapshot, made
        return made


@dataclass(frozen=True, slots=True)
class Framed:
    """A statement with names for its frames, the other parameters, and the tables."""

    statement: ast.Statement
    parameters: tuple[object, ...]
    beside: FrameTables


def require_no_frames(statement: ast.Statement | None) -> None:
    """Raise FrameInFrom where a parameter stands for a table."""
    found = next((ref for ref in nodes_of(statement, ast.TableRef) if ref.frame is not None), None)
    if found is not None:
        raise FrameInFrom(
            "a parameter in FROM is not supported here", position=found.span[0] + 1,
            hint="Frames stand in FROM of what a connection of Python's own database executes.",
        )  # fmt: skip


def with_frames(statement: ast.Statement, parameters: Sequence[object]) -> Framed:
    """Return a statement with the frames among its parameters as tables. Raises 0A000, 22023, 42804, and what
    is wrong with a frame."""
    from vql.executor.frames.given import typed_columns

    require_place(statement)
    references = [ref for ref in nodes_of(statement, ast.TableRef) if ref.frame is not None]
    indexes = sorted({ref.frame.index for ref in references if ref.frame is not None})
    others = {node.index for node in nodes_of(statement, ast.Parameter)} - set(indexes)
    tables = []
    for number, index in enumerate(indexes):
        if index >= len(parameters):
            raise UndefinedParameter(f"there is no parameter ${index + 1}")
        columns = typed_columns(parameters[index])
        made = tuple(
            schema.Column(name, column.type, column_id=place, number=place)
            for place, (name, column) in enumerate(columns.items(), 1)
        )
        table = schema.Table(FIRST_ID - number, f"${index + 1}", made, schema=STEPS)
        types, data = tuple(column.type for column in made), tuple(columns.values())
        tables.append((table, RecordBatch(tuple(columns), types, data, len(data[0]))))
    order = {index: place for place, index in enumerate(sorted(others))}
    numbered = rewrite(statement, lambda node: _named(node, order))
    missing = [index for index in others if index >= len(parameters)]
    if missing or len(parameters) > len(order) + len(indexes):
        wanted = max([*others, *indexes]) + 1
        text = f"the statement has {wanted} parameters, {len(parameters)} were given"
        raise ProgrammingError(text, sqlstate="07001")
    given = tuple(parameters[index] for index in order)
    return Framed(numbered, given, FrameTables(tables))


def require_place(statement: ast.Statement) -> None:
    """Raise 0A000 for a statement in which no frame may stand."""
    if not isinstance(statement, WITH_FRAMES):
        raise NotSupportedError("a frame in FROM of this statement is not supported")
    if any(True for _ in nodes_of(statement, ast.AsOf)):
        raise NotSupportedError("AS OF beside a frame in FROM is not supported yet")


def _named(node: object, order: dict[int, int]) -> object:
    """Return a frame as the table that it is, a parameter under its new number."""
    if isinstance(node, ast.TableRef) and node.frame is not None:
        name = f"${node.frame.index + 1}"
        return replace(node, name=(STEPS, name), alias=node.alias or "frame", frame=None)
    if isinstance(node, ast.Parameter) and node.index in order:
        return replace(node, index=order[node.index])
    return node
