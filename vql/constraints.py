"""What the rows of a table have to be: unique keys, checks and foreign keys as frozen values."""

from __future__ import annotations

from typing import NamedTuple

from vql.dataclass import dataclass

# What a foreign key has done to rows when what they refer to is deleted, or gets another key.
ACTIONS = ("no action", "restrict", "cascade", "set null", "set default")


@dataclass(frozen=True, slots=True)
class CheckConstraint:
    """A condition, as SQL `text`, that is false of no row; of rows older than it only where it
    `is_validated`. `numbers` are those of the columns that it names."""

    constraint_id: int
    name: str
    text: str
    numbers: tuple[int, ...] = ()
    is_validated: bool = True


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` that are NULL or those of a row of the table `referenced_id`: of its primary key where
    `key_id` is that id, else of its unique key of that id. `referenced` are the numbers of its columns, in
    the order of ours.

    `set_columns` are those that ON DELETE SET NULL and SET DEFAULT change, all where there are none. One
    that `is_full` (MATCH FULL) has NULL in all columns or in none.
    """

    constraint_id: int
    name: str
    columns: tuple[str, ...]
    referenced_id: int
    key_id: int
    referenced: tuple[int, ...]
    on_update: str = "no action"
    on_delete: str = "no action"
    set_columns: tuple[str, ...] = ()
    is_full: bool = False
    is_deferrable: bool = False
    is_deferred: bool = False
    is_validated: bool = True


class UniqueKey(NamedTuple):
    """Columns, by their `positions`, in which no two rows of a table are alike; `name` is that of its index.
    `vql.storage.keys` knows it by `key_id`: the table's id for the primary key, the index' for any other. Of
    a partial one the rows are those for which the column at `condition` is true, else that is -1. SET
    CONSTRAINTS knows it by `constraint_id`; rows may be alike in one that is deferrable till a statement, or
    a transaction, ends."""

    key_id: int
    name: str
    positions: tuple[int, ...]
    nulls_are_alike: bool = False
    condition: int = -1
    constraint_id: int = 0
    is_deferrable: bool = False
    is_deferred: bool = False

    @property
    def read(self) -> tuple[int, ...]:
        """The places of all columns that the key is made of."""
        return self.positions if self.condition < 0 else (*self.positions, self.condition)
