"""Statements that change rows, and those about the conversation itself; `Statement` is any of all."""

from __future__ import annotations

from typing import ClassVar

from vql.dataclass import dataclass
from vql.language.ast.alterations import AlterIndex, AlterTable
from vql.language.ast.definitions import (
    AboutPast,
    CreateIndex,
    CreateTable,
    DropIndex,
    DropTable,
    Reindex,
    Truncate,
    Vacuum,
)
from vql.language.ast.literals import NOWHERE, ColumnName, Span, TypeName
from vql.language.ast.nodes import AsOf, CommonTable, Expression, From, Query, SelectItem
from vql.language.ast.objects import (
    AlterExtension,
    AlterMaterialized,
    AlterRoutine,
    AlterSchema,
    AlterSequence,
    AlterView,
    CommentOn,
    CreateExtension,
    CreateMaterialized,
    CreateRoutine,
    CreateSchema,
    CreateSequence,
    CreateView,
    DropAbsent,
    DropExtension,
    DropRoutines,
    DropSchema,
    DropSequence,
    DropView,
    RefreshMaterialized,
)
from vql.language.ast.roles import AboutRoles
from vql.language.ast.settings import AlterSystem, Set
from vql.language.ast.types import (
    AddLabel,
    AlterDomain,
    AlterRowType,
    AlterTypeOwner,
    CreateDomain,
    CreateEnum,
    CreateRange,
    CreateRowType,
    DropType,
    RenameLabel,
    RenameType,
)

# Conditions on the rows that are written through views, each with the name of its view.
ViewChecks = tuple[tuple[str, Expression], ...]
# What RETURNING calls the rows before and after the change.
OLD_AND_NEW = ("old", "new")


@dataclass(frozen=True, slots=True)
class Conflict:
    """ON CONFLICT (target) [WHERE condition], or ON CONSTRAINT, DO NOTHING (no assignments) or DO UPDATE SET
    ... [WHERE]."""

    target: tuple[Expression, ...]
    assignments: tuple[tuple[ColumnName, Expression], ...] = ()
    where: Expression | None = None
    constraint: str | None = None
    condition: Expression | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Insert:
    """`columns` empty means all in order; `query` is Values, Select or SetOperation, None for
    DEFAULT VALUES; `overriding` system or user, what OVERRIDING says of identity columns. `parts` are empty
    or say of each column that only a part of it is given: what it then is, DEFAULT standing for the value."""

    table: tuple[str, ...]
    columns: tuple[ColumnName, ...]
    query: Query | None
    conflict: Conflict | None = None
    returning: tuple[SelectItem, ...] = ()
    alias: str | None = None
    overriding: str = ""
    span: Span = NOWHERE
    view_checks: ViewChecks = ()
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    row_names: tuple[str, str] = OLD_AND_NEW
    parts: tuple[Expression | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    table: tuple[str, ...]
    alias: str | None
    assignments: tuple[tuple[ColumnName, Expression], ...]
    sources: tuple[From, ...] = ()
    where: Expression | None = None
    returning: tuple[SelectItem, ...] = ()
    span: Span = NOWHERE
    view_checks: ViewChecks = ()
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    row_names: tuple[str, str] = OLD_AND_NEW


@dataclass(frozen=True, slots=True)
class Delete:
    table: tuple[str, ...]
    alias: str | None
    sources: tuple[From, ...] = ()
    where: Expression | None = None
    returning: tuple[SelectItem, ...] = ()
    span: Span = NOWHERE
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    row_names: tuple[str, str] = OLD_AND_NEW


@dataclass(frozen=True, slots=True)
class MergeWhen:
    """WHEN ... THEN of MERGE. `rows` are matched, source (those of the source that match none) or target.
    `action`: update, delete, insert or nothing; without `values` an INSERT is one of DEFAULT VALUES."""

    rows: str
    condition: Expression | None
    action: str
    assignments: tuple[tuple[ColumnName, Expression], ...] = ()
    columns: tuple[ColumnName, ...] = ()
    values: tuple[Expression, ...] = ()
    overriding: str = ""
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Merge:
    """MERGE INTO table USING source ON condition; the first of `whens` that fits a row says what is done. Of
    the table are the rows that a view has, for which `seen` is true."""

    table: tuple[str, ...]
    alias: str | None
    source: From
    on: Expression
    whens: tuple[MergeWhen, ...]
    returning: tuple[SelectItem, ...] = ()
    span: Span = NOWHERE
    seen: Expression | None = None
    view_checks: ViewChecks = ()
    with_: tuple[CommonTable, ...] = ()
    recursive: bool = False
    row_names: tuple[str, str] = OLD_AND_NEW


@dataclass(frozen=True, slots=True)
class CommonChange:
    """One WITH item that changes rows: its own are those of RETURNING."""

    name: str
    columns: tuple[str, ...]
    change: Change
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class WithChanges:
    """A statement behind a WITH in which at least one item changes rows."""

    tables: tuple[CommonTable | CommonChange, ...]
    recursive: bool
    body: Query | Change
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Explain:
    """`options`: lower-case names and values, e.g. (("analyze", "on"), ("format", "json"))."""

    statement: Statement
    options: tuple[tuple[str, str], ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Begin:
    """`read_only`, `isolation` and `deferrable` are None where nothing is said."""

    read_only: bool | None = None
    isolation: str | None = None
    deferrable: bool | None = None
    as_of: AsOf | None = None
    span: Span = NOWHERE
    tag: str = "BEGIN"


@dataclass(frozen=True, slots=True)
class Lock:
    """LOCK TABLE: `mode` as pg_locks has it, in lower case."""

    tables: tuple[tuple[str, ...], ...]
    mode: str
    nowait: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Commit:
    chain: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Rollback:
    """ROLLBACK, or ROLLBACK TO SAVEPOINT where `savepoint`."""

    savepoint: str | None = None
    chain: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Savepoint:
    """SAVEPOINT name, or RELEASE SAVEPOINT name where `release`."""

    name: str
    release: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Show:
    """SHOW name; name "all" for SHOW ALL, "tables" and "snapshots" for these lists."""

    name: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Copy:
    """COPY table (columns) FROM STDIN / TO STDOUT, or COPY (query) TO STDOUT. `options` lower-case
    names with string values, format, delimiter, null, header, quote, escape, freeze, and lists of columns as
    JSON, "*" for all: force_quote, force_not_null, force_null. Of the rows that come in, those are taken of
    which `where` is true."""

    table: tuple[str, ...] | None
    columns: tuple[str, ...]
    is_from: bool
    query: Query | None = None
    options: tuple[tuple[str, str], ...] = ()
    where: Expression | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CopyFile:
    """COPY with a file for its other end."""

    copy: Copy
    path: str


@dataclass(frozen=True, slots=True)
class Discard:
    """DISCARD ALL, CLOSE, CLOSE ALL, DEALLOCATE: `what` in upper case."""

    what: str
    name: str | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Listen:
    channel: str


@dataclass(frozen=True, slots=True)
class Unlisten:
    """UNLISTEN a channel; None: all."""

    channel: str | None


@dataclass(frozen=True, slots=True)
class Notify:
    channel: str
    payload: str = ""


@dataclass(frozen=True, slots=True)
class CreateDatabase:
    """CREATE DATABASE: `options` by their names, None for DEFAULT."""

    name: str
    options: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class RenameDatabase:
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class DropDatabase:
    """DROP DATABASE: with FORCE, sessions that are in it are ended."""

    name: str
    if_exists: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class PrepareNamed:
    """PREPARE name (types) AS `text`, which begins at `start` of the `whole`."""

    name: str
    types: tuple[TypeName, ...]
    text: str
    start: int = 0
    whole: str = ""


@dataclass(frozen=True, slots=True)
class ExecuteNamed:
    """EXECUTE name (arguments)."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class SetConstraints:
    """SET CONSTRAINTS names, all where there are none, DEFERRED or IMMEDIATE."""

    names: tuple[tuple[str, ...], ...]
    is_deferred: bool


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A statement the grammar knows but the database does not have; `feature` names it (0A000)."""

    feature: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class DeclareCursor:
    """DECLARE name [BINARY] [NO SCROLL] CURSOR [WITH HOLD] FOR query."""

    name: str
    query: Query | None
    hold: bool = False
    binary: bool = False
    scroll: bool = True


@dataclass(frozen=True, slots=True)
class Fetch:
    """FETCH or MOVE. `direction`: forward, backward (`count` rows, EVERY for all), absolute (from
    the end where negative), relative."""

    EVERY: ClassVar[int] = -(1 << 62)

    name: str
    direction: str
    count: int
    move: bool = False


# What changes the rows of one table.
Change = Insert | Update | Delete | Merge
# What changes the catalog, in the transaction, or what it says of the catalog's objects.
Definition = (
    CreateTable | AlterTable | DropTable | CreateIndex | AlterIndex | DropIndex | Truncate | AboutPast
    | CreateSchema | AlterSchema | DropSchema | CreateView | AlterView | DropView
    | CreateEnum | AddLabel | RenameLabel | RenameType | DropType | SetConstraints
    | CreateRange | CreateRowType | AlterRowType | AlterTypeOwner | CreateDomain | AlterDomain
    | CreateSequence | AlterSequence | DropSequence
    | CreateMaterialized | AlterMaterialized | RefreshMaterialized | CommentOn | AboutRoles
    | CreateExtension | AlterExtension | DropExtension
    | CreateRoutine | AlterRoutine | DropRoutines | DropAbsent
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunStep:
    """A statement of a block: its text, the line where it begins, and what it is: SQL, EXECUTE of a text that
    an expression gives, PERFORM of a query whose rows nobody wants."""

    text: str
    line: int
    kind: str = "SQL statement"


@dataclass(frozen=True, slots=True)
class IfStep:
    """IF: conditions with what is done where they are the first to be true; `otherwise` where none is."""

    branches: tuple[tuple[RunStep, tuple[Step, ...]], ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class RaiseStep:
    """RAISE: `level` as "notice", what the `%` of the `text` stand for, and what USING says. Without a level
    it raises the handled error once more."""

    level: str
    text: str
    line: int
    arguments: tuple[str, ...] = ()
    using: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """BEGIN ... END of PL/pgSQL: steps, and for SQLSTATEs ("" is OTHERS, those that end in 000 are classes)
    what is done once the steps are undone that met one."""

    steps: tuple[Step, ...]
    handlers: tuple[tuple[frozenset[str], tuple[Step, ...]], ...] = ()


Step = RunStep | IfStep | RaiseStep | Block


@dataclass(frozen=True, slots=True)
class Do:
    """DO: a block that is run once."""

    block: Block
    span: Span = NOWHERE


AboutNotifications = Listen | Unlisten | Notify
AboutDatabases = CreateDatabase | RenameDatabase | DropDatabase
Statement = (
    Query | Definition | Change | WithChanges | Explain | Begin | Commit | Rollback | Savepoint | Set
    | Show | Vacuum | Copy | CopyFile | Discard | Lock | DeclareCursor | Fetch | Reindex | Unsupported
    | AlterSystem | AboutDatabases | AboutNotifications | PrepareNamed | ExecuteNamed | Do
)  # fmt: skip
