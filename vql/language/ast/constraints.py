"""What rows of a table have to be: keys, conditions, and rows of other tables that they refer to."""

from __future__ import annotations

from vql.dataclass import dataclass
from vql.language.ast.literals import NOWHERE, Span
from vql.language.ast.nodes import Expression


@dataclass(frozen=True, slots=True)
class Key:
    """PRIMARY KEY or UNIQUE; `name` is that of the constraint, "" where it has none, `columns` are empty
    where a column says it of itself; `included` are INCLUDE's, `options` those of WITH."""

    is_primary: bool
    columns: tuple[str, ...] = ()
    name: str = ""
    nulls_are_alike: bool = False
    is_deferrable: bool = False
    is_deferred: bool = False
    included: tuple[str, ...] = ()
    options: tuple[tuple[str, Expression], ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CheckDefinition:
    """CHECK: a condition in brackets, which begin behind `start` in the text, and its source in `text`."""

    condition: Expression
    start: int
    name: str = ""
    text: str = ""
    is_validated: bool = True
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class ForeignKeyDefinition:
    """FOREIGN KEY: `columns` refer to `referenced` ones of a table, to its primary key where they are empty.
    `columns` are empty themselves where a column says it of itself. Actions are as in
    `vql.constraints.ACTIONS`; ON DELETE may be of some columns alone, `set_columns`."""

    table: tuple[str, ...]
    columns: tuple[str, ...] = ()
    referenced: tuple[str, ...] = ()
    name: str = ""
    on_update: str = "no action"
    on_delete: str = "no action"
    set_columns: tuple[str, ...] = ()
    is_full: bool = False
    is_deferrable: bool = False
    is_deferred: bool = False
    is_validated: bool = True
    span: Span = NOWHERE


Constraint = Key | CheckDefinition | ForeignKeyDefinition
