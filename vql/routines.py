"""What CREATE FUNCTION makes, each one query that stands in the place of its calls, and range types: what is
defined beside relations (`vql.schema`)."""

from __future__ import annotations

from vql.dataclass import dataclass
from vql.naming import Qualified
from vql.roles.access import OWNERS, Access
from vql.types.ranges.made import RangeParts
from vql.types.type import Type

VOLATILITIES = {"i": "immutable", "s": "stable", "v": "volatile"}
# Where routines are found: no schema can be called so.
ROUTINES = "pg_proc"


@dataclass(frozen=True, slots=True)
class RoutineArgument:
    """What a function takes, or a column of what it gives; `default` is SQL text."""

    name: str
    type: Type
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Routine:
    """One function. `text` is that of its query, or of the expression behind RETURN where it `is_expression`.

    It gives a value of the type `result`, rows of them where it `gives_rows`; or of several `columns`, which
    are those of the relation `relation_id` where it has one. `volatility` and `parallel` are as in pg_proc.
    """

    routine_id: int
    name: str
    schema: str
    arguments: tuple[RoutineArgument, ...]
    result: Type
    text: str
    columns: tuple[RoutineArgument, ...] = ()
    relation_id: int = 0
    gives_rows: bool = False
    is_expression: bool = False
    is_strict: bool = False
    volatility: str = "v"
    parallel: str = "u"
    cost: float = 100
    rows: float = 1000
    access: Access = OWNERS

    @property
    def qualified(self) -> Qualified:
        """What the function is found under: others may have its name, and other arguments."""
        return ROUTINES, f"{self.schema}.{self.signature}"

    @property
    def signature(self) -> str:
        """The name, and the types of what it takes."""
        return f"{self.name}({', '.join(argument.type.formatted() for argument in self.arguments)})"


@dataclass(frozen=True, slots=True)
class RangeDefinition:
    """A range type, or the multirange type that goes with one."""

    name: str
    parts: RangeParts[Type]
    schema: str
    access: Access = OWNERS

    @property
    def type_id(self) -> int:
        """The type's id."""
        return self.parts.type_id

    @property
    def qualified(self) -> Qualified:
        """What the type is found under."""
        return self.schema, self.name

    @property
    def type(self) -> Type:
        """The type itself."""
        return Type(self.name, None, self.parts)
