"""Changes of what is there: ALTER TABLE with its actions, and ALTER INDEX."""

from __future__ import annotations

from vql.dataclass import dataclass
from vql.language.ast.constraints import Constraint
from vql.language.ast.definitions import ColumnDefinition, SequenceOptions
from vql.language.ast.literals import NOWHERE, Span
from vql.language.ast.nodes import Expression


@dataclass(frozen=True, slots=True)
class AddColumn:
    definition: ColumnDefinition
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropColumn:
    """`cascade`: what depends on the column goes too."""

    column: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class AlterType:
    """SET DATA TYPE; `definition` holds the column's name and the new type alone."""

    definition: ColumnDefinition
    using: Expression | None = None

    @property
    def column(self) -> str:
        """The column's name."""
        return self.definition.name


@dataclass(frozen=True, slots=True)
class AlterDefault:
    """SET DEFAULT, with the text of the expression, or DROP DEFAULT, without."""

    column: str
    default: Expression | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class AlterNotNull:
    """SET NOT NULL or DROP NOT NULL."""

    column: str
    not_null: bool


@dataclass(frozen=True, slots=True)
class AddIdentity:
    """ADD GENERATED ... AS IDENTITY; `identity` is always or by default."""

    column: str
    identity: str
    options: SequenceOptions = ()


@dataclass(frozen=True, slots=True)
class AlterIdentity:
    """SET GENERATED, and SET and RESTART of options of the sequence."""

    column: str
    identity: str = ""
    options: SequenceOptions = ()


@dataclass(frozen=True, slots=True)
class DropIdentity:
    column: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropExpression:
    """The column keeps its values and is generated no more."""

    column: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AddConstraint:
    constraint: Constraint


@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    name: str


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """`cascade`: foreign keys that refer to a key go with it."""

    name: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameConstraint:
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class SetColumnOption:
    """SET STATISTICS, STORAGE or COMPRESSION of a column: how PostgreSQL keeps it."""

    column: str


@dataclass(frozen=True, slots=True)
class AlterOptions:
    """SET and RESET of what CREATE TABLE is told WITH; `removed` are the names of RESET."""

    options: tuple[tuple[str, Expression], ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeOwner:
    """OWNER TO; `role` is "" where it is one of CURRENT_USER and its kin."""

    role: str = ""


@dataclass(frozen=True, slots=True)
class RenameColumn:
    column: str
    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    """RENAME TO of a table or an index."""

    name: str


@dataclass(frozen=True, slots=True)
class SetSchema:
    schema: str


@dataclass(frozen=True, slots=True)
class SetLogged:
    """SET LOGGED or SET UNLOGGED."""

    is_logged: bool


@dataclass(frozen=True, slots=True)
class SetRowSecurity:
    """ENABLE, DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY: what is None stays as it is."""

    is_enabled: bool | None = None
    is_forced: bool | None = None


ColumnAlteration = (
    DropColumn | AlterType | AlterDefault | AlterNotNull | AddIdentity | AlterIdentity | DropIdentity
    | DropExpression
    | SetColumnOption | RenameColumn
)  # fmt: skip
Alteration = (
    AddColumn | AddConstraint | ValidateConstraint | DropConstraint | RenameConstraint | ColumnAlteration
    | AlterOptions | ChangeOwner | Rename | SetSchema | SetRowSecurity | SetLogged
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AlterTable:
    """Several actions, done at once; renaming and SET SCHEMA stand alone."""

    name: tuple[str, ...]
    actions: tuple[Alteration, ...]
    if_exists: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class AlterIndex:
    """ALTER INDEX ... RENAME TO, SET (options) and RESET (names of them), or nothing."""

    name: tuple[str, ...]
    new_name: str = ""
    if_exists: bool = False
    options: tuple[tuple[str, Expression], ...] = ()
    removed: tuple[str, ...] = ()
