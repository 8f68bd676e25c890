"""Statements that define tables, indexes and snapshots, and upkeep."""

from __future__ import annotations

from vql.dataclass import dataclass
from vql.language.ast.constraints import Constraint, Key
from vql.language.ast.literals import NOWHERE, Span, TypeName
from vql.language.ast.nodes import AsOf, Expression, Query

# Of a sequence: names in lower case, with a number, a word, the name of a column or sequence, or None where
# NO stands before or nothing behind.
SequenceOptions = tuple[tuple[str, int | str | bool | tuple[str, ...] | None], ...]


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """`default` is an expression, behind `default_start` in the text, with its source in `default_text`;
    `identity` is "always", "by default", "serial" or "": of a serial type the type is given as the integer
    type; `options` are those of an identity column's sequence. `collation` is a name and its position,
    `generated` what the column is computed by, said at `generated_at`."""

    name: str
    type: TypeName
    not_null: bool = False
    constraints: tuple[Constraint, ...] = ()
    default: Expression | None = None
    default_start: int = 0
    default_text: str | None = None
    identity: str = ""
    collation: tuple[tuple[str, ...], int] | None = None
    generated: Expression | None = None
    generated_at: int = 0
    span: Span = NOWHERE
    options: SequenceOptions = ()

    @property
    def is_primary(self) -> bool:
        """Whether the column is the primary key."""
        return any(isinstance(each, Key) and each.is_primary for each in self.constraints)


@dataclass(frozen=True, slots=True)
class TableLike:
    """LIKE table, behind `place` columns; `including` are the things copied beside names, types and NOT
    NULL."""

    table: tuple[str, ...]
    including: frozenset[str]
    place: int = 0
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CreateTable:
    """`constraints` are the table's, those of columns beside them; `likes` are other tables
    whose columns it has too. `query` is set for CREATE TABLE ... AS, which may rename the first columns and
    leave the rows out. With `or_replace` a table of the name is dropped, behind the query."""

    name: tuple[str, ...]
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[Constraint, ...] = ()
    options: tuple[tuple[str, Expression], ...] = ()
    if_not_exists: bool = False
    temporary: bool = False
    unlogged: bool = False
    on_commit: str = ""
    query: Query | None = None
    column_names: tuple[str, ...] = ()
    with_data: bool = True
    likes: tuple[TableLike, ...] = ()
    span: Span = NOWHERE
    or_replace: bool = False


@dataclass(frozen=True, slots=True)
class DropTable:
    """`cascade`: what depends on the tables goes too."""

    names: tuple[tuple[str, ...], ...]
    if_exists: bool = False
    cascade: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class IndexItem:
    """One indexed expression; `opclass` as vector_l2_ops where given."""

    expression: Expression
    opclass: str | None = None
    descending: bool = False
    nulls_first: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """`method` is None where USING is left out."""

    name: str | None
    table: tuple[str, ...]
    items: tuple[IndexItem, ...]
    method: str | None = None
    options: tuple[tuple[str, Expression], ...] = ()
    unique: bool = False
    concurrently: bool = False
    if_not_exists: bool = False
    where: Expression | None = None
    nulls_are_alike: bool = False
    included: tuple[str, ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class DropIndex:
    names: tuple[tuple[str, ...], ...]
    if_exists: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Truncate:
    """`cascade`: tables that refer to these are emptied too; `restart`: their sequences begin anew."""

    names: tuple[tuple[str, ...], ...]
    cascade: bool = False
    restart: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class NamedSnapshot:
    """CREATE SNAPSHOT name / DROP SNAPSHOT name."""

    name: str
    drop: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class UndropTable:
    """UNDROP TABLE name."""

    name: tuple[str, ...]
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class RestoreTable:
    """RESTORE TABLE name AS OF moment."""

    name: tuple[str, ...]
    as_of: AsOf
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CloneTable:
    """CREATE TABLE name CLONE source [AS OF moment]."""

    name: tuple[str, ...]
    source: tuple[str, ...]
    as_of: AsOf | None = None
    if_not_exists: bool = False
    span: Span = NOWHERE


# What is about earlier versions.
AboutPast = NamedSnapshot | UndropTable | RestoreTable | CloneTable


@dataclass(frozen=True, slots=True)
class Reindex:
    """REINDEX INDEX, TABLE, SCHEMA, DATABASE or SYSTEM (`kind`, in lower case) name."""

    kind: str
    name: tuple[str, ...] = ()
    concurrently: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """A table that VACUUM or ANALYZE names, with the columns to be looked at, () for all."""

    table: tuple[str, ...]
    columns: tuple[str, ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Vacuum:
    """VACUUM [ANALYZE] [tables], or ANALYZE where `analyze_only`; of all tables where none are named."""

    tables: tuple[Vacuumed, ...] = ()
    analyze_only: bool = False
    full: bool = False
    span: Span = NOWHERE
