"""Statements that define schemas, extensions, views and sequences."""

from __future__ import annotations

from vql.dataclass import dataclass
from vql.language.ast.alterations import ChangeOwner, Rename, RenameColumn, SetSchema
from vql.language.ast.definitions import SequenceOptions
from vql.language.ast.literals import NOWHERE, Span, TypeName
from vql.language.ast.nodes import Query


@dataclass(frozen=True, slots=True)
class CreateSchema:
    """CREATE SCHEMA name AUTHORIZATION owner: "" is the user, of both."""

    name: str
    owner: str = ""
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterSchema:
    """ALTER SCHEMA name RENAME TO `new_name`, or OWNER TO `owner`, which is "" for the user."""

    name: str
    new_name: str = ""
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class DropSchema:
    names: tuple[str, ...]
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE [OR REPLACE] VIEW name (columns) AS query, whose `text` it is."""

    name: tuple[str, ...]
    query: Query
    text: str
    columns: tuple[str, ...] = ()
    or_replace: bool = False
    temporary: bool = False
    check_option: str = ""
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class ArgumentWritten:
    """An argument of CREATE FUNCTION: `mode` is in, out, inout or table, `default` text."""

    mode: str
    name: str
    type: TypeName
    default: str | None = None


@dataclass(frozen=True, slots=True)
class CreateRoutine:
    """CREATE [OR REPLACE] FUNCTION; `text` is that of its query, or of the expression behind RETURN where it
    `is_expression`; `options` are what else it says, by their names in `vql.routines.Routine`."""

    name: tuple[str, ...]
    arguments: tuple[ArgumentWritten, ...]
    returns: TypeName | None
    gives_rows: bool
    text: str
    is_expression: bool
    options: tuple[tuple[str, object], ...] = ()
    or_replace: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class RoutineNamed:
    """A function as ALTER and DROP name it: without `types` it is the only one of its name."""

    name: tuple[str, ...]
    types: tuple[TypeName, ...] | None = None


@dataclass(frozen=True, slots=True)
class AlterRoutine:
    """ALTER FUNCTION: another name, schema or owner, or other `options`."""

    routine: RoutineNamed
    action: Rename | SetSchema | ChangeOwner | None = None
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class DropRoutines:
    routines: tuple[RoutineNamed, ...]
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class DropAbsent:
    """DROP of objects of a kind that there are none of; `on` is the relation of a trigger or rule."""

    kind: str
    names: tuple[RoutineNamed, ...]
    on: tuple[str, ...] = ()
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CreateExtension:
    """CREATE EXTENSION name SCHEMA schema VERSION version: "" where nothing is said."""

    name: str
    schema: str = ""
    version: str = ""
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterExtension:
    """ALTER EXTENSION name SET SCHEMA schema; UPDATE TO version, the newest one where it is "", without."""

    name: str
    schema: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class DropExtension:
    names: tuple[str, ...]
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CommentOn:
    """COMMENT ON kind name IS text, None for NULL; `on` is a constraint's table, `routine` a function."""

    kind: str
    name: tuple[str, ...]
    text: str | None
    on: tuple[str, ...] = ()
    span: Span = NOWHERE
    routine: RoutineNamed | None = None


@dataclass(frozen=True, slots=True)
class CreateMaterialized:
    """CREATE MATERIALIZED VIEW name (columns) AS query, whose `text` it is."""

    name: tuple[str, ...]
    query: Query
    text: str
    columns: tuple[str, ...] = ()
    if_not_exists: bool = False
    with_data: bool = True
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class RefreshMaterialized:
    """REFRESH MATERIALIZED VIEW [CONCURRENTLY] name [WITH NO DATA]."""

    name: tuple[str, ...]
    concurrently: bool = False
    with_data: bool = True
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class AlterMaterialized:
    """ALTER MATERIALIZED VIEW name, with an action that ALTER TABLE has too."""

    name: tuple[str, ...]
    action: Rename | RenameColumn | SetSchema | ChangeOwner
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterView:
    """ALTER VIEW name RENAME TO, SET SCHEMA or OWNER TO, as ALTER TABLE has them."""

    name: tuple[str, ...]
    action: Rename | SetSchema | ChangeOwner
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropView:
    names: tuple[tuple[str, ...], ...]
    if_exists: bool = False
    cascade: bool = False
    is_materialized: bool = False


@dataclass(frozen=True, slots=True)
class CreateSequence:
    """`owner` is a column behind its table's name, or ("none",)."""

    name: tuple[str, ...]
    options: SequenceOptions = ()
    owner: tuple[str, ...] | None = None
    if_not_exists: bool = False
    temporary: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class AlterSequence:
    name: tuple[str, ...]
    options: SequenceOptions = ()
    owner: tuple[str, ...] | None = None
    if_exists: bool = False
    action: Rename | SetSchema | ChangeOwner | None = None


@dataclass(frozen=True, slots=True)
class DropSequence:
    names: tuple[tuple[str, ...], ...]
    if_exists: bool = False
    cascade: bool = False
