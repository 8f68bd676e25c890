"""Sequences in a session: CREATE, ALTER and DROP SEQUENCE, and the numbers that it has taken.

The definition is part of the transaction, the numbers are not (`vql.storage.sequences`). One session's; its
functions may run on a thread of DuckDB's, while the session's own waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from vql import schema
from vql.calendar.style import Style
from vql.errors import (
    DependentObjects,
    InvalidParameterValue,
    NotSupportedError,
    ObjectNotInPrerequisiteState,
    ProgrammingError,
    UndefinedColumn,
    UndefinedTable,
    WrongObjectType,
)
from vql.executor.bridge.catalog.found import name_parts
from vql.language import ast, parser
from vql.language.bind.definitions.fixed_literals import with_fixed_literals
from vql.naming import Qualified, find_object
from vql.roles.role import denied
from vql.session.identity import Identity
from vql.session.objects.schemas import Path, not_there, rename_or_move, table_shown
from vql.session.results import Notice, Result
from vql.session.transaction_block import TransactionBlock
from vql.storage.sequences import read_state, set_last, take_from
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.storage.transactions.commit import name_taken
from vql.storage.transactions.transaction import Transaction
from vql.types.type import type_named


class SessionSequences:
    """The numbers of one session: a `vql.functions.lookups.SequenceNumbers`."""

    def __init__(self, store: Store, block: TransactionBlock, identity: Identity) -> None:
        self._store = store
        self._identity = identity
        self._block = block
        self._taken: dict[int, int] = {}
        self._last = 0

    def forget(self) -> None:
        """Forget what was taken: DISCARD ALL, DISCARD SEQUENCES."""
        self._taken, self._last = {}, 0

    def take(self, oid: int, count: int) -> list[int]:
        """Return the next numbers. Raises 42809, 2200H, 25006."""
        sequence = self._sequence(oid, "nextval", "Uw")
        return self._take_from(sequence, count)

    def take_identity(self, oid: int, count: int) -> list[int]:
        """Return the next numbers of an identity column: whoever may insert may take them. Raises 2200H."""
        sequence = self._block.snapshot().definition(oid)
        assert isinstance(sequence, schema.Sequence), "it goes with the column"
        return self._take_from(sequence, count)

    def _take_from(self, sequence: schema.Sequence, count: int) -> list[int]:
        made = take_from(self._store, sequence, count)
        if made:
            self._taken[sequence.sequence_id], self._last = made[-1], sequence.sequence_id
        return made

    def current(self, oid: int) -> int:
        """Return the number last taken in the session. Raises 55000, 42809."""
        sequence = self._sequence(oid, "", "Ur")
        if oid not in self._taken:
            text = f'currval of sequence "{sequence.name}" is not yet defined in this session'
            raise ObjectNotInPrerequisiteState(text)
        return self._taken[oid]

    def last(self) -> int:
        """Return the number last taken of any sequence. Raises 55000."""
        if self._last not in self._taken or self._block.snapshot().definition(self._last) is None:
            raise ObjectNotInPrerequisiteState("lastval is not yet defined in this session")
        self._sequence(self._last, "", "Ur")
        return self._taken[self._last]

    def state(self, oid: int) -> tuple[int, bool]:
        """Return the last number, or the next one where none was given out. Raises 42501, 0A000 where the
        session reads the past, which numbers have none of."""
        if self._block.reads_past:
            raise NotSupportedError("AS OF a moment is not supported for the numbers of a sequence")
        return read_state(self._store, self._sequence(oid, "", "r"))

    def put(self, oid: int, value: int, is_called: bool) -> None:
        """Set the last number, or the next one. Raises 42809, 22003, 25006."""
        set_last(self._store, self._sequence(oid, "setval", "w"), value, is_called)
        if is_called:
            self._taken[oid] = value

    def _sequence(self, oid: int, what: str, enough: str) -> schema.Sequence:
        """Return a sequence that one of some rights lets the session use for something. Raises 42501."""
        found = self._block.snapshot().definition(oid)
        if not isinstance(found, schema.Sequence):
            name = found.qualified[1] if found is not None else str(oid)
            raise WrongObjectType(f'"{name}" is not a sequence')
        rights = self._identity.rights()
        if rights is not None and not any(rights.has(found, right) for right in enough):
            raise denied(f"for sequence {found.name}")
        if what and self._block.read_only:
            raise ProgrammingError(f"cannot execute {what}() in a read-only transaction", sqlstate="25006")
        return found


def create_sequence(
    statement: ast.CreateSequence, name: Qualified, transaction: Transaction, path: Path
) -> Result:
    """Run CREATE SEQUENCE. Raises 42P07, 3F000, 22023, 42P01, 42703."""
    if transaction.view().has_relation(name):
        if statement.if_not_exists:
            text = f'relation "{name[1]}" already exists, skipping'
            return Result("CREATE SEQUENCE", notices=(Notice(text, sqlstate="42P07"),))
        raise name_taken(name)
    sequence_id = transaction.new_object_id()
    bare = schema.Sequence(sequence_id, name[1], name[0], numbering=sequence_id)
    made = sequence_with(bare, dict(statement.options), is_new=True)
    made = _owned(made, statement.owner, transaction, path)
    transaction.define(sequence_id, made)
    return Result("CREATE SEQUENCE")


def alter_sequence(statement: ast.AlterSequence, transaction: Transaction, path: Path) -> Result:
    """Run ALTER SEQUENCE: another name or schema, other options, numbers or owner. Raises 42P01, 42809,
    22023, 42P07, 3F000, 0A000."""
    found = find_sequence(transaction.view(), statement.name, path)
    if found is None:
        text = f'relation "{".".join(statement.name)}" does not exist'
        if statement.if_exists:
            return Result("ALTER SEQUENCE", notices=(Notice(f"{text}, skipping"),))
        raise UndefinedTable(text)
    if statement.action is not None:
        move_sequence(found, statement.action, transaction)
        return Result("ALTER SEQUENCE")
    made = changed_sequence(found, dict(statement.options), transaction)
    made = _owned(made, statement.owner, transaction, path)
    transaction.define(found.sequence_id, made)
    return Result("ALTER SEQUENCE")


def changed_sequence(
    found: schema.Sequence, options: Mapping[str, object], transaction: Transaction
) -> schema.Sequence:
    """Return a sequence with other options, or that begins anew. Raises 22023."""
    made = sequence_with(found, options, is_new=False)
    last, is_called = read_state(transaction.store, found)
    if "restart" in options:
        given = options["restart"]
        last, is_called = made.start if given is None else int(str(given)), False
    if not made.minimum <= last <= made.maximum:
        which, bound = ("less", "MINVALUE") if last < made.minimum else ("greater", "MAXVALUE")
        limit = made.minimum if last < made.minimum else made.maximum
        raise InvalidParameterValue(f"RESTART value ({last}) cannot be {which} than {bound} ({limit})")
    if made != found or "restart" in options:
        # Numbers of its own, so that they are undone with the statement.
        made = replace(made, numbering=transaction.new_object_id())
        set_last(transaction.store, made, last, is_called)
    return made


def move_sequence(
    found: schema.Sequence,
    action: ast.Rename | ast.SetSchema | ast.ChangeOwner,
    transaction: Transaction,
) -> None:
    """Rename or move a sequence. Raises 42P07, 3F000, 42704, 0A000."""
    if isinstance(action, ast.SetSchema) and found.owner_id:
        table = transaction.view().definition(found.owner_id)
        of = "" if table is None else table.qualified[1]
        raise NotSupportedError(
            "cannot move an owned sequence into another schema",
            detail=f'Sequence "{found.name}" is linked to table "{of}".',
        )
    rename_or_move(found, action, transaction)


def drop_sequences(statement: ast.DropSequence, transaction: Transaction, path: Path) -> Result:
    """Run DROP SEQUENCE. Raises 42P01, 42809, 3F000, 2BP01."""
    notices = []
    for name in statement.names:
        view = transaction.view()
        found = find_sequence(view, name, path)
        if found is None:
            missing = not_there("sequence", name, view)
            if not statement.if_exists:
                raise missing
            notices.append(Notice(f"{missing.message}, skipping"))
            continue
        _require_no_identity(found, view)
        notices += drop_defaults({found.sequence_id}, transaction, statement.cascade)
        transaction.define(found.sequence_id, None)
    return Result("DROP SEQUENCE", notices=tuple(notices))


def _require_no_identity(found: schema.Sequence, view: Snapshot) -> None:
    """Raise 2BP01 where a sequence is that of an identity column."""
    table = view.tables_by_id.get(found.owner_id)
    columns = () if table is None else table.columns
    column = next((column for column in columns if column.sequence == found.sequence_id), None)
    if table is not None and column is not None:
        shown = f"column {column.name} of table {table_shown(table)}"
        raise DependentObjects(
            f"cannot drop sequence {table_shown(found)} because {shown} requires it",
            hint=f"You can drop {shown} instead.",
        )


def drop_defaults(
    ids: Collection[int],
    transaction: Transaction,
    cascade: bool,
    owner: str = "",
    goes: Callable[[schema.Table, schema.Column], bool] = lambda table, column: False,
) -> list[Notice]:
    """Take the defaults away that some sequences are of, but of columns that go themselves; returns what is
    said of it. Raises 2BP01 naming the sequence, or the `owner` that it goes with."""
    view = transaction.view()
    notices = []
    for table in list(view.tables.values()):
        columns = list(table.columns)
        for place, column in enumerate(columns):
            for found in [] if column.default is None else sequences_named(column.default, view):
                if found.sequence_id not in ids or goes(table, column):
                    continue
                what = f"default value for column {column.name} of table {table_shown(table)}"
                if not cascade:
                    name = f"sequence {table_shown(found)}"
                    raise DependentObjects(
                        f"cannot drop {owner or name} because other objects depend on it",
                        detail=f"{what} depends on {name}",
                        hint="Use DROP ... CASCADE to drop the dependent objects too.",
                    )
                notices.append(Notice(f"drop cascades to {what}"))
                columns[place] = replace(column, default=None)
        if tuple(columns) != table.columns:
            transaction.alter_table(replace(table, columns=tuple(columns)))
    return notices


def drop_owned(tables: Collection[schema.Table], transaction: Transaction, cascade: bool) -> list[Notice]:
    """Drop the sequences that go with tables; returns what is said of it. Raises 2BP01 where others have
    defaults of them."""
    ids = {table.table_id for table in tables}
    owned = [each for each in _sequences(transaction) if each.owner_id in ids]
    shown = f"table {table_shown(next(iter(tables)))}" if len(tables) == 1 else "desired object(s)"
    return _drop_with(owned, transaction, cascade, shown, lambda table, _: table.table_id in ids)


def drop_owned_by_column(
    table: schema.Table, column: schema.Column, transaction: Transaction, cascade: bool
) -> list[Notice]:
    """Drop the sequences that go with a column, as `drop_owned`."""
    owned = [
        each
        for each in _sequences(transaction)
        if (each.owner_id, each.owner_column) == (table.table_id, column.number)
    ]
    shown = f"column {column.name} of table {table_shown(table)}"
    return _drop_with(
        owned, transaction, cascade, shown,
        lambda other, default: (other.table_id, default.number) == (table.table_id, column.number),
    )  # fmt: skip


def _sequences(transaction: Transaction) -> list[schema.Sequence]:
    return [each for each in transaction.view().others.values() if isinstance(each, schema.Sequence)]


def _drop_with(
    owned: Collection[schema.Sequence],
    transaction: Transaction,
    cascade: bool,
    owner: str,
    goes: Callable[[schema.Table, schema.Column], bool],
) -> list[Notice]:
    if not owned:
        return []
    notices = drop_defaults({each.sequence_id for each in owned}, transaction, cascade, owner, goes)
    for each in owned:
        transaction.define(each.sequence_id, None)
    return notices


def find_sequence(view: Snapshot, name: tuple[str, ...], path: Path) -> schema.Sequence | None:
    """Return the sequence that a name means, None where it means nothing. Raises 42809."""
    found = find_object(view.others, name, path)
    if isinstance(found, schema.Sequence):
        return found
    if found is not None or find_object(view.tables, name, path) is not None:
        raise WrongObjectType(f'"{name[-1]}" is not a sequence')
    return None


def sequences_named(text: str, view: Snapshot) -> list[schema.Sequence]:
    """Return the sequences that a default takes numbers of, as `settled` has written it."""
    found = (view.definition(int(oid)) for oid in schema.NEXT_NUMBER.findall(text))
    return [each for each in found if isinstance(each, schema.Sequence)]


def settled(table: schema.Table, view: Snapshot, path: Path, style: Style) -> schema.Table:
    """Return a table whose defaults name sequences by their OIDs, and whose literals, in checks too, mean in
    every session what they do in one of a style. Raises 42P01, 42809."""
    columns = tuple(
        column
        if column.default is None or "nextval" not in column.default
        else replace(column, default=_settled_default(column.default, view, path))
        for column in table.columns
    )
    return with_fixed_literals(replace(table, columns=columns), style)


def _settled_default(text: str, view: Snapshot, path: Path) -> str:
    name = _name_in(parser.parse_expression(text))
    if name is None or name.isdigit():
        return text
    found = find_sequence(view, name_parts(name), path)
    if found is None:
        raise UndefinedTable(f'relation "{name}" does not exist')
    return f"nextval('{found.sequence_id}'::regclass)"


def _name_in(node: object) -> str | None:
    """Return the name that a call of nextval() has."""
    match node:
        case ast.Call(name=(*_, "nextval"), arguments=(argument,)):
            if isinstance(argument, ast.Cast):
                argument = argument.operand
            if isinstance(argument, ast.Literal) and argument.kind == "string":
                return str(argument.value)
    return None


def sequence_with(before: schema.Sequence, options: Mapping[str, object], *, is_new: bool) -> schema.Sequence:
    """Return a sequence with other options. Raises 22023."""
    made = before
    if "as" in options:
        type_ = type_named(str(options["as"]))
        if not type_.is_integer:
            raise InvalidParameterValue("sequence type must be smallint, integer, or bigint")
        bits, (low, high) = _bits(type_.name), _bounds(_bits(before.type), before.increment > 0)
        made = replace(made, type=type_.name)
        if not is_new:  # bounds that the type gave are those of the new one
            new = _bounds(bits, before.increment > 0)
            made = replace(
                made, minimum=new[0] if before.minimum == low else before.minimum,
                maximum=new[1] if before.maximum == high else before.maximum,
            )  # fmt: skip
    increment = int(str(options.get("increment", made.increment)))
    if not increment:
        raise InvalidParameterValue("INCREMENT must not be zero")
    made = replace(made, increment=increment)
    low, high = _bounds(_bits(made.type), increment > 0)
    minimum = options.get("minvalue", low if is_new else made.minimum)
    maximum = options.get("maxvalue", high if is_new else made.maximum)
    made = replace(
        made, minimum=low if minimum is None else int(str(minimum)),
        maximum=high if maximum is None else int(str(maximum)),
    )  # fmt: skip
    limit = 1 << _bits(made.type) - 1
    for word, bound in (("MAXVALUE", made.maximum), ("MINVALUE", made.minimum)):
        if not -limit <= bound < limit:
            raise InvalidParameterValue(
                f"{word} ({bound}) is out of range for sequence data type {made.type}"
            )
    if made.minimum >= made.maximum:
        raise InvalidParameterValue(f"MINVALUE ({made.minimum}) must be less than MAXVALUE ({made.maximum})")
    first = made.minimum if increment > 0 else made.maximum
    start = int(str(options.get("start", first if is_new else made.start)))
    for is_out, word, bound in (
        (start < made.minimum, "less than MINVALUE", made.minimum),
        (start > made.maximum, "greater than MAXVALUE", made.maximum),
    ):
        if is_out:
            raise InvalidParameterValue(f"START value ({start}) cannot be {word} ({bound})")
    cache = int(str(options.get("cache", made.cache)))
    if cache < 1:
        raise InvalidParameterValue(f"CACHE ({cache}) must be greater than zero")
    return replace(made, start=start, cache=cache, cycles=bool(options.get("cycle", made.cycles)))


def _bits(type_name: str) -> int:
    return 8 * type_named(type_name).dtype.itemsize


def _bounds(bits: int, is_rising: bool) -> tuple[int, int]:
    """Return the numbers that a sequence of a type has where nothing is said."""
    limit = 1 << bits - 1
    return (1, limit - 1) if is_rising else (-limit, -1)


def _owned(
    sequence: schema.Sequence, owner: tuple[str, ...] | None, transaction: Transaction, path: Path
) -> schema.Sequence:
    """Return a sequence that goes with a column. Raises 42P01, 42703, 22023."""
    if owner is None:
        return sequence
    if owner == ("none",):
        return replace(sequence, owner_id=0, owner_column=0)
    if len(owner) < 2:
        raise ProgrammingError(
            "invalid OWNED BY option",
            sqlstate="42601",
            hint="Specify OWNED BY table.column or OWNED BY NONE.",
        )
    table = find_object(transaction.view().tables, owner[:-1], path)
    if table is None:
        raise UndefinedTable(f'relation "{".".join(owner[:-1])}" does not exist')
    column = table.column(owner[-1])
    if column is None:
        raise UndefinedColumn(f'column "{owner[-1]}" of relation "{table.name}" does not exist')
    if table.schema != sequence.schema:
        raise ObjectNotInPrerequisiteState("sequence must be in same schema as table it is linked to")
    return replace(sequence, owner_id=table.table_id, owner_column=column.number)
