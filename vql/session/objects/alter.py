"""ALTER TABLE and ALTER INDEX in a session: the table locked, its definition changed, its rows looked at or
written anew where that is needed.

All is part of the transaction: others see the table as it was until the commit, and AS OF earlier as it
was then. Rows that are written anew end and begin with the new definition. Who changes rows is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from vql import schema
from vql.constraints import UniqueKey
from vql.deadline import watched
from vql.errors import (
    CheckViolation,
    DuplicateTable,
    NotNullViolation,
    NotSupportedError,
    ProgrammingError,
    Subject,
    UndefinedObject,
    UndefinedTable,
    WrongObjectType,
)
from vql.executor.assignment import assigned, computed
from vql.executor.constraints.computed import with_computed, with_generated
from vql.executor.constraints.constraints import domain_violation, violations
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Selection, rows_there
from vql.executor.rows.sources import ColumnSource, Source
from vql.language import ast, modify
from vql.language.bind.definitions.alterations import Altered, altered
from vql.language.bind.definitions.constraints import constraint_name
from vql.language.bind.definitions.renames import renamed
from vql.language.bind.definitions.tables import check_name
from vql.language.bind.names import Tables, is_system, require_readable
from vql.language.bind.statements import bind
from vql.language.planner import plan_statement, planned_checks, planned_computed
from vql.naming import Qualified, find_object
from vql.session.objects.access.policies import require_no_policy
from vql.session.objects.numbering.identities import alter_sequences, numbers_of_new, owned_sequences
from vql.session.objects.numbering.sequences import drop_owned_by_column, move_sequence, settled
from vql.session.objects.referenced import check_references, lock_referenced, require_unused
from vql.session.objects.schemas import (
    Path,
    cascaded,
    enter_other,
    find_index,
    rename_or_move,
    still_needed,
    table_shown,
)
from vql.session.objects.types import columns_with, follow_type
from vql.session.objects.views import (
    dependents_of,
    drop_reader,
    find_view,
    kind_shown,
    readers_of_column,
)
from vql.session.results import Notice, Result
from vql.storage.columns.column import Column
from vql.storage.keys import keys_of
from vql.storage.locks.modes import RelationLock
from vql.storage.segments.layout import missing
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.commit import name_taken
from vql.storage.transactions.key_entries import duplicate_key
from vql.storage.transactions.pending import Rows
from vql.storage.transactions.transaction import Transaction
from vql.typed import id_of
from vql.types.type import BOOLEAN

# What ALTER TABLE does to views and sequences, too.
MOVES = ast.Rename | ast.SetSchema | ast.ChangeOwner
# Makes the context of a statement on a snapshot.
Contexts = Callable[[Snapshot], Context]


def alter_table(
    statement: ast.AlterTable, transaction: Transaction, path: Path, contexts: Contexts
) -> Result:
    """Run ALTER TABLE. Raises 42xxx, 0A000, 23502, 23505 and what values of other types raise."""
    action = statement.actions[0]
    if isinstance(action, ast.Rename) and find_index(transaction.view(), statement.name, path) is not None:
        rename_index(statement.name, action.name, transaction, path)
        return Result("ALTER TABLE")
    viewed = find_view(transaction.view(), statement.name, path)
    if viewed is not None and isinstance(action, MOVES):
        rename_or_move(viewed, action, transaction)
        return Result("ALTER TABLE")
    sequence = find_object(transaction.view().others, statement.name, path)
    if isinstance(sequence, schema.Sequence) and isinstance(action, MOVES):
        move_sequence(sequence, action, transaction)
        return Result("ALTER TABLE")
    table = _locked(statement.name, transaction, path)
    if table is None:
        if not statement.if_exists:
            raise no_relation(statement.name, transaction.view(), path)
        return Result("ALTER TABLE", notices=(skipping(statement.name),))
    if table.text and not isinstance(action, ast.Rename | ast.RenameColumn | ast.SetSchema | ast.ChangeOwner):
        detail = "This operation is not supported for materialized views."
        raise WrongObjectType(f'"{table.name}" is not a table', detail=detail)
    if any(isinstance(each, ast.AlterType) for each in statement.actions):
        for user_table, column in columns_with(table.type, transaction):
            where = f'"{user_table.name}.{column.name}"'
            raise NotSupportedError(
                f'cannot alter table "{table.name}" because column {where} uses its row type'
            )
    result = _change_table(table, statement, transaction, path, contexts)
    changed = transaction.view().tables_by_id[table.table_id]
    follow_type(table.type, changed.type, transaction)
    return result


def _change_table(
    table: schema.Table, statement: ast.AlterTable, transaction: Transaction, path: Path, contexts: Contexts
) -> Result:  # fmt: skip
    match statement.actions[0]:
        case ast.Rename(name=name):
            rename_table(table, name, transaction)
        case ast.RenameColumn(column=column, name=name):
            require_no_policy(table, column, "renaming", transaction.view().tables.values())
            transaction.alter_table(renamed(table, column, name))
        case ast.RenameConstraint(name=old, new_name=name):
            rename_constraint(table, old, name, transaction, path)
        case ast.SetSchema(schema=name):
            move_table(table, name, transaction)
        case _:
            return _alter(table, statement.actions, transaction, path, contexts)
    return Result("ALTER TABLE")


def rename_table(table: schema.Table, name: str, transaction: Transaction) -> None:
    """Give a table another name. Raises 42P07."""
    _require_new((table.schema, name), transaction.view())
    transaction.alter_table(replace(table, name=name))


def move_table(table: schema.Table, name: str, transaction: Transaction) -> None:
    """Put a table, its indexes and the sequences of its columns into another schema. Raises 3F000, 42P07."""
    enter_other(table.schema, name, transaction)
    view = transaction.view()
    if name != table.schema:
        for moved in (table.name, *(index.name for index in table.indexes)):
            if view.has_relation((name, moved)):
                raise DuplicateTable(f'relation "{moved}" already exists in schema "{name}"')
        for sequence in owned_sequences({table.table_id}, view):
            if view.has_relation((name, sequence.name)):
                raise DuplicateTable(f'relation "{sequence.name}" already exists in schema "{name}"')
            transaction.define(sequence.sequence_id, replace(sequence, schema=name))
        transaction.alter_table(replace(table, schema=name))


def rename_index(old: tuple[str, ...], name: str, transaction: Transaction, path: Path) -> None:
    """Give an index another name. Raises 42P07."""
    view = transaction.view()
    table = find_index(view, old, path)
    assert table is not None, "the index is there"
    _require_new((table.schema, name), view)
    indexes = (replace(i, name=name) if i.name == old[-1] else i for i in table.indexes)
    transaction.alter_table(replace(table, indexes=tuple(indexes)))


def rename_constraint(table: schema.Table, old: str, name: str, transaction: Transaction, path: Path) -> None:
    """Give a constraint another name. Raises 42704, 42710, 42P07."""
    if old not in table.constraint_names:
        raise UndefinedObject(f'constraint "{old}" for table "{table.name}" does not exist')
    if any(index.name == old and index.is_declared for index in table.indexes):
        rename_index((table.schema, old), name, transaction, path)
        return
    check_name(name)
    checks = tuple(
        replace(check, name=constraint_name(name, "", table)) if check.name == old else check
        for check in table.checks
    )
    keys = tuple(
        replace(key, name=constraint_name(name, "", table)) if key.name == old else key
        for key in table.foreign_keys
    )
    transaction.alter_table(replace(table, checks=checks, foreign_keys=keys))


def _alter(
    table: schema.Table,
    actions: tuple[ast.Alteration, ...],
    transaction: Transaction,
    path: Path,
    contexts: Contexts,
) -> Result:
    """Do the actions that change a table's definition, but for its owner."""
    actions = tuple(action for action in actions if not isinstance(action, ast.ChangeOwner))
    notices = [each for action in actions for each in _look_for_views(table, action, transaction)]
    for action in actions:
        if isinstance(action, ast.DropColumn | ast.AlterType):
            require_no_policy(
                table, action.column, "changing or dropping", transaction.view().tables.values()
            )
        column = table.column(action.column) if isinstance(action, ast.DropColumn) else None
        if isinstance(action, ast.DropColumn) and column is not None:
            notices += drop_owned_by_column(table, column, transaction, action.cascade)
    table = transaction.table(table.table_id)  # maybe without defaults that went with a sequence
    found = altered(table, actions, Tables(transaction.view().tables, path))
    style = contexts(transaction.view()).evaluator.environment().style
    found = replace(found, table=settled(found.table, transaction.view(), path, style))
    found = alter_sequences(table, found, transaction)
    going = [each for each in actions if isinstance(each, ast.DropColumn | ast.DropConstraint)]
    notices += require_unused(table, found.table, transaction, any(each.cascade for each in going))
    if found.table.foreign_keys != table.foreign_keys:
        for each in (table, found.table):
            lock_referenced(each, transaction, RelationLock.SHARE_ROW_EXCLUSIVE)
    if found.table != table or found.table.domains != table.domains:
        if found.rewrites or found.required or _conditions(found.table) != _conditions(table):
            transaction.require_newest(table)
        _Change(table, found, transaction, contexts(transaction.view())).run()
    notices += [Notice(text, sqlstate=state) for text, state in found.notices]
    return Result("ALTER TABLE", notices=tuple(notices))


def _look_for_views(table: schema.Table, action: ast.Alteration, transaction: Transaction) -> list[Notice]:
    """Drop the views that read a column that goes, where that is said; returns what is said of it. Raises
    2BP01, 0A000 where a column's type is to be another."""
    if not isinstance(action, ast.DropColumn | ast.AlterType):
        return []
    column = table.column(action.column)
    readers = [] if column is None else readers_of_column(table, column, transaction.view())
    if not readers:
        return []
    shown = f"column {action.column} of table {table_shown(table)}"
    if isinstance(action, ast.AlterType):
        raise NotSupportedError(
            "cannot alter type of a column used by a view or rule",
            detail=f'rule _RETURN on {kind_shown(readers[0])} depends on column "{action.column}"',
        )
    if not action.cascade:
        raise still_needed([shown], [(kind_shown(each), shown) for each in readers])
    ids = set(map(id_of, readers))
    others = [each for each in dependents_of(ids, transaction.view()) if id_of(each) not in ids]
    for each in (*readers, *others):
        drop_reader(each, transaction)
    return cascaded([kind_shown(each) for each in (*readers, *others)])


def create_unique_index(
    table: schema.Table, index: schema.Index, transaction: Transaction, contexts: Contexts
) -> None:
    """Give a table that is locked a unique index. Raises 23505, 40001."""
    transaction.require_newest(table)
    made = transaction.alter_table(replace(table, indexes=(*table.indexes, index)))
    nothing = Altered(made, {}, {}, {}, {}, (), False, ())
    _Change(table, nothing, transaction, contexts(transaction.view())).check_keys(made)


def create_computed_index(
    table: schema.Table,
    index: schema.Index,
    computed: Sequence[schema.Column],
    transaction: Transaction,
    contexts: Contexts,
) -> None:
    """Give a table that is locked an index of columns that are computed for it: its rows are written anew,
    with them. Raises 23505, 40001 and what computing does."""
    transaction.require_newest(table)
    made = table.with_indexes((*table.indexes, index), computed)
    found = Altered(made, {}, {}, {}, {}, (), True, ())
    _Change(table, found, transaction, contexts(transaction.view())).run()


class _Change:
    """A change of a table's definition, from `before`, and of its rows."""

    def __init__(
        self, before: schema.Table, found: Altered, transaction: Transaction, context: Context
    ) -> None:
        self._before = before
        self._found = found
        self._transaction = transaction
        self._context = context

    def run(self) -> None:
        """Check, compute and write everything. Raises 23502, 23505."""
        found = self._found
        table = self._with_constants(found.table)
        self._found = found = replace(found, table=table)
        if not found.rewrites:
            self._check_nulls(table)
            made = self._transaction.alter_table(table)
            self.check_keys(made)

            def column(position: int) -> Column:
                return self._column(made, position, self._rows)

            self._check_conditions(made, column)
            check_references(self._before, made, self._transaction, column)
            return
        selection = self._rows
        values = self._computed(found.values, ColumnSource(_columns(selection)))
        ids = selection.row_ids()
        made = self._transaction.alter_table(table)
        rows = self._written(made, selection, values)
        rows = with_generated(made, planned_computed(made), rows, self._context)
        _require_values(made, rows)
        self._check_conditions(made, rows.__getitem__)
        if made.computed:
            rows = with_computed(made, planned_computed(made), rows, self._context)
        for unique in made.unique_keys:
            _require_distinct(made, unique, rows)
        self._transaction.delete(self._before, ids)
        if len(ids):
            self._transaction.insert(made, rows, keys_are_new=False)
        check_references(self._before, made, self._transaction, rows.__getitem__)

    def check_keys(self, made: schema.Table) -> None:
        """Raise 23505 where the rows there are have a key twice that is new."""
        known = self._before.keys_by_columns
        new = [unique for columns, unique in made.keys_by_columns.items() if columns not in known]
        if new:
            selection = self._rows
            positions = sorted({position for unique in new for position in unique.read})
            rows = {position: self._column(made, position, selection) for position in positions}
            for unique in new:
                _require_distinct(made, unique, rows)

    def _with_constants(self, table: schema.Table) -> schema.Table:
        """Return the table with what rows have in new columns that were written before."""
        one = ColumnSource((Column.from_values(BOOLEAN, [None]),))
        found = {i: column.values()[0] for i, column in self._computed(self._found.constants, one).items()}
        columns = []
        for column in table.columns:
            value = found.get(column.column_id)
            if value is not None:
                column = replace(column, missing=column.type.to_text(value))
            columns.append(column)
        return replace(table, columns=tuple(columns))

    def _computed(self, given: Mapping[int, ast.Expression], rows: Source) -> dict[int, Column]:
        """Return expressions over rows as they were, by the ids of the columns that they are for."""
        if not given:
            return {}
        targets = [c for c in self._found.table.columns if c.column_id in given]
        # A table of both the old columns and the new: what is assigned to the one is read from the other.
        named = tuple(replace(c, name=f"new.{c.name}", identity="") for c in targets)
        both = replace(self._before, columns=self._before.columns + named, indexes=(), computed=())
        assignments = tuple((ast.ColumnName(c.name), given[c.column_id]) for c in named)
        style = self._context.evaluator.environment().style
        tables = Tables({both.qualified: both}, (both.schema,))
        bound = bind(ast.Update((both.name,), None, assignments), tables, style=style)
        node = plan_statement(bound, tables).plan
        assert isinstance(node, modify.UpdatePlan), "it was an UPDATE"
        made = {}
        for position, value in node.assignments:
            target = both.columns[position]
            made[target.column_id] = assigned(target, computed(value, rows, self._context), self._context)
        return made

    @cached_property
    def _rows(self) -> Selection:
        """The rows there are, in the order of their ids."""
        return rows_there(self._before, self._context.snapshot)

    def _written(self, made: schema.Table, selection: Selection, values: Mapping[int, Column]) -> Rows:
        """Return the rows as the new definition has them."""
        rows: list[Column] = []
        for position, column in enumerate(made.columns):
            if column.column_id in values:
                rows.append(values[column.column_id])
            elif column.name in self._found.new_sequences:
                numbers = numbers_of_new(column, selection.rows, self._transaction)
                rows.append(Column.from_values(column.type, [column.type.coerce(n) for n in numbers]))
            else:
                rows.append(self._column(made, position, selection))
        return tuple(rows)

    def _column(self, made: schema.Table, position: int, selection: Selection) -> Column:
        """Return what rows have in a column, also in one that they were written without."""
        column, ids = made.stored[position], self._before.column_ids
        if column.column_id in ids:
            return selection.column(ids.index(column.column_id))
        return missing(column, selection.rows)

    def _check_conditions(self, made: schema.Table, column: Callable[[int], Column]) -> None:
        """Raise 23514 where a condition that is new, or all of whose rows are, is false of a row."""
        known = () if self._found.rewrites else self._before.checks
        wanted = {check.name for check in made.checks if check.is_validated and check not in known}
        new = {c.name for c in made.columns if c.type.domain and c.column_id not in self._before.column_ids}
        rows = None
        for check in planned_checks(made) if wanted or new else ():
            if check.column not in new if check.domain else check.name not in wanted:
                continue
            if rows is None:
                rows = ColumnSource(tuple(column(position) for position in range(len(made.columns))))
            if len(violations(check, rows, self._context)):
                if check.domain:
                    raise domain_violation(check)
                what = f'check constraint "{check.name}" of relation "{made.name}" is violated by some row'
                raise CheckViolation(what, subject=Subject(made.schema, made.name, constraint=check.name))

    def _check_nulls(self, table: schema.Table) -> None:
        """Raise 23502 where a row has NULL in a column that may have none any more."""
        required = [c for c in table.columns if c.column_id in self._found.required]
        snapshot = self._context.snapshot
        for segment in snapshot.segments(table.table_id) if required else ():
            laid = segment.laid_out(required)
            visible = segment.visible(snapshot.version)
            for position, column in enumerate(required):
                valid = laid.column(position).valid
                if valid is not None and not (valid if visible is None else valid | ~visible).all():
                    raise _null_value(table, column)


def _conditions(table: schema.Table) -> tuple[object, ...]:
    """Return what its rows have to be, beside values of its columns."""
    return table.indexes, table.checks, table.foreign_keys


def _columns(selection: Selection) -> Rows:
    return tuple(selection.column(position) for position in range(len(selection.table.columns)))


def _require_values(table: schema.Table, rows: Rows) -> None:
    """Raise 23502 where rows have NULL in a column that may have none."""
    for column, values in zip(table.columns, rows, strict=True):
        if column.not_null and values.valid is not None and not values.valid.all():
            raise _null_value(table, column)


def _null_value(table: schema.Table, column: schema.Column) -> NotNullViolation:
    what = f'column "{column.name}" of relation "{table.name}" contains null values'
    return NotNullViolation(what, subject=Subject(table.schema, table.name, column=column.name))


def _require_distinct(
    table: schema.Table, unique: UniqueKey, rows: Sequence[Column] | Mapping[int, Column]
) -> None:
    """Raise 23505 where two rows have one key."""
    seen: set[bytes] = set()
    for place, encoded in enumerate(watched(keys_of(unique, rows))):
        if encoded in seen:
            raise duplicate_key(table, unique, rows, place, is_new=True)
        if encoded is not None:
            seen.add(encoded)


# ------------------------------------------------------------------ names


def lock_table(name: tuple[str, ...], transaction: Transaction, path: Path) -> schema.Table:
    """Return a table once nobody else changes it. Raises 42P01."""
    table = _locked(name, transaction, path)
    if table is None:
        raise no_relation(name, transaction.view(), path)
    return table


def _locked(name: tuple[str, ...], transaction: Transaction, path: Path) -> schema.Table | None:
    """Return the table that a name means, locked and without expired rows; None where none is there."""
    while (table := find_object(transaction.view().tables, name, path)) is not None:
        transaction.lock(table.table_id, RelationLock.ACCESS_EXCLUSIVE)
        found = find_object(transaction.view().tables, name, path)
        if found is not None and found.table_id == table.table_id:
            require_readable(found)
            transaction.delete(found, transaction.view().hidden_rows(found.table_id))
            return found
    return None


def _require_new(name: Qualified, view: Snapshot) -> None:
    check_name(name[1])
    if view.has_relation(name):
        raise name_taken(name)


def no_relation(name: tuple[str, ...], view: Snapshot, path: Path) -> ProgrammingError:
    """Return the error of a name that is none of a table."""
    if find_index(view, name, path) is not None:
        return WrongObjectType(f'"{name[-1]}" is not a table')
    if is_system(name) and len(name) == 1:
        return ProgrammingError(f'permission denied: "{name[-1]}" is a system catalog', sqlstate="42501")
    return UndefinedTable(f'relation "{".".join(name)}" does not exist')


def skipping(name: tuple[str, ...]) -> Notice:
    """Return what IF EXISTS says of a name that nothing has."""
    return Notice(f'relation "{".".join(name)}" does not exist, skipping')
