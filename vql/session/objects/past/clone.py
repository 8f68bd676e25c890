"""CREATE TABLE ... CLONE: a table that is defined as another one is, or was, and has its rows.

The rows are copied: a segment belongs to one table, whose row ids, versions and deletes say what it shows.
Foreign keys are not taken over, as LIKE does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vql import schema
from vql.errors import NotSupportedError, UndefinedTable
from vql.executor.constraints.computed import with_computed
from vql.executor.rows.context import Context
from vql.executor.rows.selection import rows_there
from vql.language import ast
from vql.language.bind.access.rights import Rights
from vql.language.bind.access.row_security import kept_to_policies
from vql.language.planner import planned_computed
from vql.naming import find_object
from vql.session.objects.materialized import require_no_materialized
from vql.session.objects.numbering.sequences import changed_sequence
from vql.session.objects.schemas import Path
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction

# What CREATE TABLE ... (LIKE source) takes of it.
TAKEN = frozenset({"comments", "constraints", "defaults", "generated", "identity", "indexes"})
# Tells the last number of a sequence, and whether it was given out.
NumberState = Callable[[int], tuple[int, bool]]


def source_of(statement: ast.CloneTable, then: Snapshot, path: Path, rights: Rights | None) -> schema.Table:
    """Return the table that is cloned. Raises 42P01, 42809, 42501, 0A000 for who does not see all rows."""
    if rights is not None:
        rights.require_usage(statement.source)
    source = find_object(then.tables, statement.source, path)
    if source is None:
        raise UndefinedTable(f'relation "{".".join(statement.source)}" does not exist')
    require_no_materialized(source)
    if rights is not None:
        rights.require(source, "r")
        if kept_to_policies(source, rights) is not None:
            text = f'CLONE of table "{source.name}" by a role that is kept to its policies is not supported'
            raise NotSupportedError(text, hint="CREATE TABLE (LIKE ...) and INSERT ... SELECT.")
    return source


def like_of(statement: ast.CloneTable, source: schema.Table) -> ast.CreateTable:
    """Return the statement that makes the table, without its rows."""
    options = tuple(
        (name, ast.Literal(str(value), "string" if isinstance(value, str) else "decimal"))
        for name, value in source.options
    )
    like = ast.TableLike(source.qualified, TAKEN, 0)
    return ast.CreateTable(
        statement.name, (), options=options, if_not_exists=statement.if_not_exists, likes=(like,),
        span=statement.span,
    )  # fmt: skip


def fill_clone(
    source: schema.Table,
    then: Snapshot,
    made: schema.Table,
    transaction: Transaction,
    context: Context,
    state_of: NumberState,
) -> None:
    """Give a clone the rows of its source, and let its numbers go on where those of the source are."""
    found = rows_there(source, then)
    rows = tuple(found.column(position) for position in range(len(source.columns)))
    if found.rows:
        placed = with_computed(made, planned_computed(made), rows, context)
        transaction.insert(made, tuple(column.take(np.arange(found.rows)) for column in placed), False)
    view = transaction.view()
    for before, after in zip(source.columns, made.columns, strict=True):
        sequence, known = view.definition(after.sequence), view.definition(before.sequence)
        if isinstance(sequence, schema.Sequence) and isinstance(known, schema.Sequence):
            last, is_called = state_of(known.sequence_id)
            start = last + sequence.increment * is_called
            if sequence.minimum <= start <= sequence.maximum:
                changed = changed_sequence(sequence, {"restart": start}, transaction)
                transaction.define(sequence.sequence_id, replace(changed, owner_id=made.table_id))
