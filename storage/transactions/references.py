"""Foreign keys: which keys rows refer to, and which rows refer to a key.

What a row refers to is found by its key in `keys`, as that of a row that is inserted is. A session that
inserts such a row keeps others from deleting what it refers to by a SHARE lock on that key, who deletes it
locks the key as who inserts it does: a row may be changed, and get another id, under its key.

A statement looks when it is done; what has come between that and the commit is looked at under the write
lock. Functions on frozen values, no state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vql import schema
from vql.constraints import ForeignKey, UniqueKey
from vql.deadline import watched
from vql.errors import ForeignKeyViolation, Subject
from vql.storage.columns.column import Column
from vql.storage.keys import keys_of

Definitions = Mapping[int, schema.Table | None]
Columns = Sequence[Column] | Mapping[int, Column]


class Reference(NamedTuple):
    """A foreign key, the table that has it, and the one that it refers to."""

    made: ForeignKey
    table: schema.Table
    referenced: schema.Table

    @property
    def target(self) -> UniqueKey:
        """The key that is referred to."""
        return next(key for key in self.referenced.unique_keys if key.key_id == self.made.key_id)

    @property
    def positions(self) -> tuple[int, ...]:
        """The places of the columns that refer, in the order of the key's."""
        return tuple(self.table.position(self.column_for(position)) for position in self.target.positions)

    def column_for(self, position: int) -> str:
        """Return the column that refers to the one at a place of the other table."""
        number = self.referenced.columns[position].number
        return self.made.columns[self.made.referenced.index(number)]

    def keys_referred_to(self, columns: Columns) -> list[bytes | None]:
        """Return the keys that rows refer to, None of those that have a NULL."""
        target, positions = self.target, self.positions
        found = keys_of(target._replace(positions=positions), columns)
        valid = [columns[p].valid for p in positions if columns[p].valid is not None]
        if not valid or not target.nulls_are_alike:
            return found
        whole = np.logical_and.reduce([each for each in valid if each is not None])
        return [each if whole[place] else None for place, each in enumerate(found)]


def references_of(table: schema.Table, tables: Definitions) -> Iterator[Reference]:
    """Yield the foreign keys that a table has."""
    for made in table.foreign_keys:
        referenced = table if made.referenced_id == table.table_id else tables.get(made.referenced_id)
        assert referenced is not None, "what is referred to is there"
        yield Reference(made, table, referenced)


def references_to(table: schema.Table, tables: Definitions) -> Iterator[Reference]:
    """Yield the foreign keys that refer to a table, its own too."""
    for other in (table, *(tables.get(each) for each in table.referenced_by)):
        for made in other.foreign_keys if other is not None else ():
            if made.referenced_id == table.table_id:
                assert other is not None, "it has foreign keys"
                yield Reference(made, other, table)


def relinked(
    before: schema.Table | None, after: schema.Table | None, tables: Definitions
) -> Iterator[schema.Table]:
    """Yield the tables that are referred to from now on, or no longer, as they know it."""
    table_id = (before or after or schema.Table(0, "", ())).table_id
    old, new = (
        {key.referenced_id for key in table.foreign_keys} - {table_id} if table is not None else set()
        for table in (before, after)
    )
    for other in sorted(old ^ new):
        table = tables.get(other)
        if table is not None:
            kept = tuple(each for each in table.referenced_by if each != table_id)
            yield replace(table, referenced_by=(*kept, table_id) if other in new else kept)


def missing_key(reference: Reference, columns: Columns, place: int) -> ForeignKeyViolation:
    """Return the error of a row that refers to none."""
    made, referenced = reference.made, reference.referenced
    shown = shown_key(made.columns, [columns[reference.table.position(name)] for name in made.columns], place)
    return ForeignKeyViolation(
        f'insert or update on table "{reference.table.name}" violates foreign key constraint "{made.name}"',
        detail=f'Key {shown} is not present in table "{referenced.name}".',
        subject=Subject(reference.table.schema, reference.table.name, constraint=made.name),
    )


def shown_key(names: Sequence[str], columns: Sequence[Column], place: int) -> str:
    """Return a key as PostgreSQL shows it: (a, b)=(1, 2)."""
    cells = [(column.type, column.take(np.array([place], np.int64)).values()[0]) for column in columns]
    texts = ["null" if value is None else type_.to_text(value) for type_, value in cells]
    return f"({', '.join(names)})=({', '.join(texts)})"


def first_without(found: Iterable[bytes | None], there: set[bytes]) -> int:
    """Return the place of the first key that is not among some, -1 where all are."""
    for place, each in enumerate(watched(list(found))):
        if each is not None and each not in there:
            return place
    return -1
