"""The sequences of identity and serial columns: they come, change and go with what the column is.

An identity column names its sequence, a serial one has its numbers for a default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from vql import schema
from vql.language import ast
from vql.language.bind.definitions.alterations import Altered
from vql.limits import IDENTIFIER_BYTES_MAX
from vql.session.objects.numbering.sequences import changed_sequence, sequence_with
from vql.storage.sequences import set_last, take_from
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction

# The options of a sequence that is to be as another one is.
COPIED = {"start": "start", "increment": "increment", "minvalue": "minimum", "maxvalue": "maximum",
          "cache": "cache", "cycle": "cycles"}  # fmt: skip
Options = Mapping[str, object]


def wanted_sequences(
    definitions: Sequence[ast.ColumnDefinition], table: schema.Table, view: Snapshot
) -> dict[str, Options]:
    """Return the options of the sequences that a new table's columns want, by their names: those of columns
    that are LIKE another table's are as there."""
    found: dict[str, Options] = {node.name: dict(node.options) for node in definitions if node.identity}
    for column in table.columns:
        like = view.definition(column.sequence) if column.sequence else None
        if isinstance(like, schema.Sequence) and column.name not in found:
            found[column.name] = {option: getattr(like, field) for option, field in COPIED.items()}
    return found


def with_sequences(
    table: schema.Table, wanted: Mapping[str, Options], transaction: Transaction
) -> tuple[schema.Table, tuple[schema.Sequence, ...]]:
    """Return a table whose columns have the sequences that they want, and these, to be given to the table by
    `own`. Raises 22023, 42P07."""
    columns, made = [], list[schema.Sequence]()
    for column in table.columns:
        if column.name in wanted:
            taken = {sequence.name for sequence in made}
            sequence = _new_sequence(table, column, wanted[column.name], transaction, taken)
            made.append(sequence)
            if column.identity:
                column = replace(column, sequence=sequence.sequence_id)
            else:
                column = replace(column, default=f"nextval('{sequence.sequence_id}'::regclass)")
        columns.append(column)
    return replace(table, columns=tuple(columns)), tuple(made)


def own(sequences: Sequence[schema.Sequence], table: schema.Table, transaction: Transaction) -> None:
    """Make new sequences a table's: they are whose the table is."""
    for sequence in sequences:
        transaction.define(sequence.sequence_id, replace(sequence, owner_id=table.table_id))
        made = transaction.view().definition(sequence.sequence_id)
        assert isinstance(made, schema.Sequence), "it was defined"
        if made.access.owner_id != table.access.owner_id:
            access = replace(made.access, owner_id=table.access.owner_id)
            transaction.define(sequence.sequence_id, replace(made, access=access))


def _new_sequence(
    table: schema.Table, column: schema.Column, options: Options, transaction: Transaction, taken: set[str]
) -> schema.Sequence:
    named = options.get("sequence")
    in_schema, name = table.schema, ""
    if isinstance(named, tuple):
        in_schema, name = named[-2] if len(named) > 1 else table.schema, named[-1]
    name = name or _free_name(table, column.name, transaction.view(), taken)
    sequence_id = transaction.new_object_id()
    bare = schema.Sequence(sequence_id, name, in_schema, numbering=sequence_id, owner_column=column.number)
    given = {option: value for option, value in options.items() if option != "sequence"}
    made = sequence_with(bare, {"as": column.type.name, **given}, is_new=True)
    first = options.get("restart")
    if first is not None:
        set_last(transaction.store, made, int(str(first)), False)
    return made


def _free_name(table: schema.Table, column: str, view: Snapshot, taken: set[str]) -> str:
    """Return the name of a sequence that nobody has named, as PostgreSQL makes it: the longer of both names
    is cut where they are too long together."""
    number = 0
    while True:
        end = f"_seq{number or ''}"
        parts = [table.name.encode(), column.encode()]
        while sum(map(len, parts)) + 1 + len(end) > IDENTIFIER_BYTES_MAX:
            longer = int(len(parts[1]) >= len(parts[0]))
            parts[longer] = parts[longer][:-1].decode("utf-8", "ignore").encode()
        name = "_".join(part.decode() for part in parts) + end
        if name not in taken and not view.has_relation((table.schema, name)):
            return name
        number += 1


# ------------------------------------------------------------------ ALTER TABLE


def alter_sequences(before: schema.Table, found: Altered, transaction: Transaction) -> Altered:
    """Do what an ALTER TABLE does to the sequences of columns. Raises 22023, 42P07."""
    table, made = with_sequences(found.table, found.new_sequences, transaction)
    own(made, table, transaction)
    for column in table.columns:
        sequence = transaction.view().definition(column.sequence) if column.sequence else None
        if isinstance(sequence, schema.Sequence) and column.name in found.sequence_options:
            changed = changed_sequence(sequence, found.sequence_options[column.name], transaction)
            transaction.define(sequence.sequence_id, changed)
    kept = {column.sequence for column in table.columns}
    for column in before.columns:
        if column.sequence not in kept and transaction.view().definition(column.sequence) is not None:
            transaction.define(column.sequence, None)
    return replace(found, table=table)


def numbers_of_new(column: schema.Column, count: int, transaction: Transaction) -> list[int]:
    """Return the numbers that the rows there are have in a new column."""
    sequence = transaction.view().definition(column.numbered_by)
    assert isinstance(sequence, schema.Sequence), "it came with the column"
    return take_from(transaction.store, sequence, count)


def restart(table_ids: Collection[int], transaction: Transaction) -> None:
    """Let the sequences of tables begin anew: TRUNCATE ... RESTART IDENTITY."""
    for sequence in owned_sequences(table_ids, transaction.view()):
        changed = changed_sequence(sequence, {"restart": None}, transaction)
        transaction.define(sequence.sequence_id, changed)


def owned_sequences(table_ids: Collection[int], view: Snapshot) -> list[schema.Sequence]:
    """Return the sequences that go with columns of tables."""
    return [
        each
        for each in view.others.values()
        if isinstance(each, schema.Sequence) and each.owner_id in table_ids
    ]
