"""What the catalog holds: columns, indexes and tables as frozen values.

Object ids are integers from one sequence, never reused; they are also the OIDs clients see
(16,500 and up, above every built-in one). A column has an id of its own in its table: names and places
change, the id says which stored data is the column's.
"""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Iterable
from dataclasses import field, replace
from functools import cached_property
from typing import NamedTuple

from vql.constraints import CheckConstraint, ForeignKey, UniqueKey
from vql.dataclass import dataclass
from vql.naming import Qualified, is_temporary
from vql.roles.access import OWNERS, PUBLIC_ROLE, Access, DatabaseRights, Grant, Policy
from vql.roles.role import OWNER_ID, Role
from vql.routines import RangeDefinition, Routine
from vql.types.arrays.composite import Composite, RowField
from vql.types.enums import Enumeration
from vql.types.extensions.extension import Extension
from vql.types.type import Domain, Made, Type

NO_ID = -1
# Below are the OIDs of what is built in.
FIRST_OID_MADE = 16_384
# The OID of the type of a relation's rows, and that of arrays of them, above the relation's own.
ROW_TYPES, ROW_ARRAYS = 1 << 30, 3 << 29
# The schema that is there from the beginning, and its OID; it may be renamed and dropped as any other.
PUBLIC, PUBLIC_ID = "public", 2200
# Everybody may look into it.
PUBLIC_ACCESS = Access(grants=(Grant(OWNER_ID, OWNER_ID, "UC"), Grant(PUBLIC_ROLE, OWNER_ID, "U")))
# The database itself.
DATABASE_ID = 16_384
# The next number of a sequence, named by its id whatever it is called by now.
NEXT_NUMBER = re.compile(r"nextval\('(\d+)'::regclass\)")
# The access method whose indexes rank texts by words.
RANKS_TEXTS = "bm25"
METRICS = ("l2", "inner_product", "cosine", "l1", "hamming", "jaccard")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `default` is SQL text, or None; `identity` is "always" or "by default" of a column whose
    numbers come from the `sequence` of that id, else "". One that is computed has its expression for a name,
    and one that is `generated` is what that expression, as SQL text, is in each row.

    `column_id` says which stored data is the column's: it is given when the table is made, the column added
    or its type changed, and never again. `number` is pg_attribute.attnum: given once too, and kept whatever
    the type becomes. `missing` is the value of rows written before the column was added, in text form; None
    is NULL. `dimensions` are those that an array was declared with, `collation` the one that is not its
    type's: shown, and no more.
    """

    name: str
    type: Type
    not_null: bool = False
    default: str | None = None
    identity: str = ""
    column_id: int = NO_ID
    missing: str | None = None
    number: int = 0
    sequence: int = 0
    generated: str = ""
    dimensions: int = 0
    collation: str = ""

    @property
    def numbered_by(self) -> int:
        """The id of the sequence whose numbers the column has where nothing is said, 0 where it has none."""
        found = None if self.default is None else NEXT_NUMBER.fullmatch(self.default)
        return int(found[1]) if found else self.sequence

    @property
    def value_by_default(self) -> str | None:
        """What a row has that says nothing of it: the column's default, or that of its type."""
        domain = self.type.domain
        if self.default is not None or domain is None or self.type.is_of_domains:
            return self.default
        return domain.default


@dataclass(frozen=True, slots=True)
class Index:
    """One index. `method` is the access method of USING, which names an index kind.

    `metric` is one of METRICS for a vector index, else "". `options` are (name, value) pairs as
    given in WITH, e.g. (("m", 16), ("recall", 0.95)). A `unique` one that `is_constraint` was declared as
    one; NULLs are alike in it where it says NULLS NOT DISTINCT. `condition` is the SQL text of WHERE, and of
    a unique index a computed column's, "" of one that is not partial; `included` are INCLUDE's columns.
    `opclasses` and `collations` are, by column, those that are named and not the ones that are meant without
    a name, else ""; vectors have a metric instead. `directions` are pg_index.indoption: 1 for DESC and 2 for
    NULLS FIRST of each column, shown and no more: an index is read from either end.
    """

    index_id: int
    name: str
    table_id: int
    columns: tuple[str, ...]
    method: str
    metric: str = ""
    unique: bool = False
    primary: bool = False
    options: tuple[tuple[str, float | str], ...] = ()
    is_constraint: bool = False
    nulls_are_alike: bool = False
    condition: str = ""
    included: tuple[str, ...] = ()
    opclasses: tuple[str, ...] = ()
    collations: tuple[str, ...] = ()
    directions: tuple[int, ...] = ()
    is_deferrable: bool = False
    is_deferred: bool = False

    @property
    def computed(self) -> set[str]:
        """The names of columns, computed ones among them, that the index looks at."""
        return {*self.columns, *((self.condition,) if self.unique else ())}

    def is_alike(self, other: Index) -> bool:
        """Whether an index of a segment is built as that of another one is, whatever rows it is said to be
        of."""
        mine, theirs = ((i.columns, i.method, i.metric, i.options) for i in (self, other))
        return mine == theirs

    @property
    def ranks_texts(self) -> bool:
        """Whether the index says how well texts meet words."""
        return self.method == RANKS_TEXTS

    @property
    def is_declared(self) -> bool:
        """Whether the index is that of a PRIMARY KEY or UNIQUE constraint."""
        return self.primary or self.is_constraint

    def option(self, name: str, default: float) -> float:
        """Return a numeric option of WITH, or `default`."""
        return next((float(v) for n, v in self.options if n == name), default)


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, primary key (names, maybe empty), live indexes, and what else its rows
    have to be.

    `referenced_by` are the ids of the other tables whose foreign keys refer to it. `computed` are columns
    that no statement names: what expressions of indexes are in each row. They are stored behind the others,
    so that an index of an expression is one of a column.

    `next_column_id` and `next_number` are above those of every column the table has had. `unreadable` says
    why nothing but the name is known; "" of every other table. `on_commit` is what the end of a transaction
    does to a temporary table: "delete rows", "drop" or nothing. One that `is_unlogged` is as durable as any.
    A materialized view has the `text` of its query and what that `reads`, as a view has; it `is_unpopulated`
    while the query has not been run.
    """

    table_id: int
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    options: tuple[tuple[str, float | str], ...] = ()
    indexes: tuple[Index, ...] = field(default=())
    schema: str = PUBLIC
    next_column_id: int = 0
    next_number: int = 1
    checks: tuple[CheckConstraint, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    referenced_by: tuple[int, ...] = ()
    unreadable: str = ""
    computed: tuple[Column, ...] = ()
    access: Access = OWNERS
    has_row_security: bool = False
    forces_row_security: bool = False
    policies: tuple[Policy, ...] = ()
    on_commit: str = ""
    is_unlogged: bool = False
    text: str = ""
    reads: tuple[Reading, ...] = ()
    is_unpopulated: bool = False

    @property
    def domains(self) -> tuple[Domain | None, ...]:
        """The domains of the columns, which equal types may differ in."""
        return tuple(column.type.domain for column in self.columns)

    @property
    def persistence(self) -> str:
        """How long the table lives, as pg_class says it: t as long as its session."""
        return "t" if is_temporary(self.schema) else "u" if self.is_unlogged else "p"

    @cached_property
    def generated(self) -> tuple[int, ...]:
        """The places of the columns that are computed of the others in their row."""
        return tuple(place for place, column in enumerate(self.columns) if column.generated)

    @cached_property
    def type(self) -> Type:
        """The type of the rows."""
        return row_type(self.table_id, self.name, self.columns)

    @cached_property
    def stored(self) -> tuple[Column, ...]:
        """All columns as rows are stored."""
        return self.columns + self.computed

    def stored_position(self, name: str) -> int:
        """Return the ordinal among all columns of one that an index names."""
        return next(i for i, column in enumerate(self.stored) if column.name == name)

    @property
    def qualified(self) -> Qualified:
        """What the table is found under."""
        return self.schema, self.name

    def position(self, name: str) -> int:
        """Return the ordinal of a column from 0, or -1."""
        return next((i for i, c in enumerate(self.columns) if c.name == name), -1)

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    @cached_property
    def types_made(self) -> tuple[Made | None, ...]:
        """What the types of the columns are that somebody made, in their order."""
        return tuple(column.type.made for column in self.columns)

    @cached_property
    def column_ids(self) -> tuple[int, ...]:
        """The ids of the columns, in the order in which they are stored."""
        return tuple(column.column_id for column in self.stored)

    @cached_property
    def key_positions(self) -> tuple[int, ...]:
        """The places of the primary key's columns."""
        return tuple(self.position(name) for name in self.primary_key)

    @cached_property
    def unique_keys(self) -> tuple[UniqueKey, ...]:
        """The primary key, if there is one, and what else is unique."""
        made = [UniqueKey(self.table_id, self.key_name, self.key_positions)] if self.primary_key else []
        for index in self.indexes:
            waits = (index.index_id, index.is_deferrable, index.is_deferred)
            if index.primary and made:
                made[0] = made[0]._replace(
                    constraint_id=waits[0], is_deferrable=waits[1], is_deferred=waits[2]
                )
            elif index.unique:
                positions = tuple(map(self.stored_position, index.columns))
                condition = self.stored_position(index.condition) if index.condition else -1
                nulls = index.nulls_are_alike
                made.append(UniqueKey(index.index_id, index.name, positions, nulls, condition, *waits))
        return tuple(made)

    @property
    def immediate_key(self) -> tuple[str, ...]:
        """The primary key, none where it is deferrable: two rows may have the same for a while."""
        return () if any(i.primary and i.is_deferrable for i in self.indexes) else self.primary_key

    def may_move_keys(self, positions: Iterable[int]) -> bool:
        """Whether other values in some columns may give a row another unique key."""
        keys, given = self.unique_positions, set(positions)
        made = (key for key in keys if key >= len(self.columns) or key in self.generated)
        return bool(given & keys) or bool(given) and any(True for _ in made)

    def columns_of_key(self, unique: UniqueKey) -> tuple[int, ...]:
        """Return what makes a key what it is, whatever names and places become: its id, that of each of its
        columns, and whether NULLs are alike."""
        columns = [self.stored[position].column_id for position in unique.read]
        return (unique.key_id, *columns, unique.nulls_are_alike)

    @property
    def keys_by_columns(self) -> dict[tuple[int, ...], UniqueKey]:
        """The unique keys by `columns_of_key`."""
        return {self.columns_of_key(unique): unique for unique in self.unique_keys}

    def is_primary(self, unique: UniqueKey) -> bool:
        """Whether a unique key is the primary key."""
        return unique.key_id == self.table_id

    def is_constraint(self, unique: UniqueKey) -> bool:
        """Whether a unique key was declared as a constraint."""
        return any(index.name == unique.name and index.is_declared for index in self.indexes)

    def place_of(self, number: int) -> int:
        """Return the ordinal from 0 of the column of a number, or -1."""
        return next((i for i, c in enumerate(self.columns) if c.number == number), -1)

    @property
    def constraint_names(self) -> set[str]:
        """The names of all that rows have to be."""
        declared = [index.name for index in self.indexes if index.is_declared]
        return {*declared, *(c.name for c in self.checks), *(key.name for key in self.foreign_keys)}

    @cached_property
    def unique_positions(self) -> frozenset[int]:
        """The places of the columns of all unique keys."""
        return frozenset(position for unique in self.unique_keys for position in unique.read)

    def numbered(self) -> Table:
        """Return the table with ids and numbers for the columns that have none."""
        made, column_id, number = [], self.next_column_id, self.next_number
        for column in self.columns:
            if column.column_id == NO_ID:
                column, column_id = replace(column, column_id=column_id), column_id + 1
            if not column.number:
                column, number = replace(column, number=number), number + 1
            made.append(column)
        computed = []
        for column in self.computed:
            if column.column_id == NO_ID:
                column, column_id = replace(column, column_id=column_id), column_id + 1
            computed.append(column)
        return replace(
            self, columns=tuple(made), computed=tuple(computed), next_column_id=column_id, next_number=number
        )

    def with_indexes(self, indexes: abc.Sequence[Index], computed: abc.Sequence[Column] = ()) -> Table:
        """Return the table with these indexes, and of the columns computed, further ones among them, those
        that they read."""
        read = {name for index in indexes for name in index.computed}
        kept = tuple(column for column in (*self.computed, *computed) if column.name in read)
        return replace(self, indexes=tuple(indexes), computed=kept)

    @property
    def key_name(self) -> str:
        """The name of the primary key, "" where there is none."""
        return next((index.name for index in self.indexes if index.primary), "")


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema. It is found under no schema's name, but its own. A temporary one is of the `session` whose
    number in the lock table is one less, and has a name that no other ever has."""

    schema_id: int
    name: str
    access: Access = OWNERS  # of public it is PUBLIC_ACCESS at first
    session: int = 0

    @property
    def qualified(self) -> Qualified:
        """What the schema is found under."""
        return "", self.name


@dataclass(frozen=True, slots=True)
class Enum:
    """A type of labels, in their order, each with an id that it keeps."""

    type_id: int
    array_id: int
    name: str
    labels: tuple[tuple[int, str], ...]
    schema: str = PUBLIC
    access: Access = OWNERS

    @property
    def qualified(self) -> Qualified:
        """What the type is found under."""
        return self.schema, self.name

    @property
    def type(self) -> Type:
        """The type itself."""
        return Type(self.name, None, Enumeration(self.type_id, self.array_id, self.labels))


class Reading(NamedTuple):
    """What a reference of a view's query means, wherever it is moved and whatever it is called: a table or a
    view, 0 of the system's catalog, and its columns then, by number and name."""

    object_id: int
    columns: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One view: the text of its query, its columns, and what the tables in its query are, in text order.
    `check_option` says which conditions hold of rows that are written through it: local, its own, cascaded,
    those of views that it reads too, or none. `calls` are the ids of the routines that it may
    call, and how it calls them."""

    view_id: int
    name: str
    schema: str
    text: str
    columns: tuple[Column, ...]
    reads: tuple[Reading, ...]
    access: Access = OWNERS
    check_option: str = ""
    calls: tuple[tuple[int, str], ...] = ()

    @property
    def qualified(self) -> Qualified:
        """What the view is found under."""
        return self.schema, self.name

    @property
    def type(self) -> Type:
        """The type of the rows."""
        return row_type(self.view_id, self.name, self.columns)


@dataclass(frozen=True, slots=True)
class RowType:
    """A composite type: it is found as a relation is that has no rows. `next_number` is above the numbers of
    all fields it has had."""

    relation_id: int
    name: str
    columns: tuple[Column, ...]
    schema: str = PUBLIC
    next_number: int = 1
    access: Access = OWNERS

    @property
    def qualified(self) -> Qualified:
        """What the type is found under."""
        return self.schema, self.name

    @property
    def type(self) -> Type:
        """The type itself."""
        return row_type(self.relation_id, self.name, self.columns)


@dataclass(frozen=True, slots=True)
class Sequence:
    """One sequence of numbers of an integer type; which of them is the last is not in the catalog.

    `numbering` says where that is: another one where an ALTER gives the sequence other numbers. It goes with
    the column of the number `owner_column` of the table `owner_id`, if there is one.
    """

    sequence_id: int
    name: str
    schema: str
    type: str = "bigint"
    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = (1 << 63) - 1
    cache: int = 1
    cycles: bool = False
    numbering: int = 0
    owner_id: int = 0
    owner_column: int = 0
    access: Access = OWNERS

    @property
    def qualified(self) -> Qualified:
        """What the sequence is found under."""
        return self.schema, self.name


@dataclass(frozen=True, slots=True)
class Comment:
    """What is said of an object, by its id as one `of` a relation of the catalog, or of a column of it."""

    comment_id: int
    of: str
    object_id: int
    number: int = 0
    text: str = ""

    @property
    def qualified(self) -> Qualified:
        """What the comment is found under: no schema has such a name."""
        return "pg_description", f"{self.of} {self.object_id} {self.number}"


# What the catalog defines, by its id.
Object = (
    Table | View | Sequence | Schema | Enum | RowType | Domain | RangeDefinition | Comment | Extension | Role
    | DatabaseRights | Routine
)  # fmt: skip
# Types that somebody made, and what has a type for its rows.
NamedType = Enum | RowType | RangeDefinition | Domain
Typed = Table | View | NamedType


def row_type(relation_id: int, name: str, columns: Iterable[Column]) -> Type:
    """Return the type of a relation's rows."""
    fields = tuple(RowField(column.name, column.type, column.number) for column in columns)
    return Type(name, None, Composite(ROW_TYPES + relation_id, ROW_ARRAYS + relation_id, fields))
