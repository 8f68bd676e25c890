"""What a query reads: its statement's tables, vector blocks, rows and parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from vql import schema
from vql.dataclass import dataclass
from vql.errors import Error, InvalidParameterValue
from vql.executor.rows.batch import RecordBatch
from vql.executor.rows.sources import Source
from vql.language import ast
from vql.storage.snapshot import Snapshot
from vql.types.type import Type

Made = TypeVar("Made")


class Given(NamedTuple):
    """The rows that an expression is computed over, of a table."""

    rows: Source
    table: schema.Table


class Readable(Protocol):
    """A statement's tables and vector blocks, and rows that are given."""

    @property
    def given(self) -> Given | None:
        """The rows that an expression is computed over."""

    def table(self, name: tuple[str, ...]) -> tuple[Snapshot, schema.Table] | None:
        """Return the table of a name, and the snapshot it is read at; None for none of ours."""

    def block(self, block: ast.Select) -> RecordBatch | None:
        """Answer a vector block; None where a SELECT is none."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The statement's parameters."""

    values: Sequence[object]
    types: Sequence[Type]

    def value(self, index: int, type_: Type) -> object:
        """Return one as a canonical value of a type; those behind the values given are NULL."""
        value, known = self._given(index), self.types[index]
        return value if known == type_ else self._made(index, type_, lambda: type_.coerce(value))

    def _given(self, index: int) -> object:
        return self.values[index] if index < len(self.values) else None

    def _made(self, index: int, type_: Type, make: Callable[[], Made]) -> Made:
        """Return what is made of one. What an object raises when it is looked at is 22023."""
        try:
            return make()
        except Error:
            raise
        except Exception as error:  # noqa: BLE001 - an object that was given as a parameter
            raise InvalidParameterValue(
                f"parameter ${index + 1} is a {type(self._given(index)).__name__}"
                f" that is no value of type {type_}"
            ) from error
