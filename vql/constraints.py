"""What the rows of a table have to be: unique keys, checks and foreign keys as frozen values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue
from vql.types.moments.interval import retention_us

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


class Expiry(NamedTuple):
    """When rows of a table expire: so long after what a column says."""

    column: str
    after_us: int


def expiry_of(options: Iterable[tuple[str, object]]) -> Expiry | None:
    """Return when rows of a table with some options expire, None where they do not. Raises 22023 where one of
    ttl and ttl_column is missing, or the first is no span of time."""
    said = dict(options)
    ttl, column = said.get("ttl"), said.get("ttl_column")
    if ttl is None and column is None:
        return None
    if ttl is None or column is None:
        wanted, given = ("ttl", "ttl_column") if ttl is None else ("ttl_column", "ttl")
        raise InvalidParameterValue(
            f'option "{given}" needs option "{wanted}"',
            hint="WITH (ttl = '30 days', ttl_column = 'created_at')",
        )
    after_us = retention_us(str(ttl), "ttl")
    if after_us is None:
        raise InvalidParameterValue(f'invalid ttl "{ttl}"', hint="RESET (ttl, ttl_column) lets rows stay.")
    return Expiry(str(column), after_us)
