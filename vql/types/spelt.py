"""Types whose values are one text each inside DuckDB and in columns, and an object of Python's elsewhere."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from vql.dataclass import dataclass
from vql.types.base import BaseType
from vql.types.forms.crossing import Crossing


@dataclass(frozen=True, eq=False, kw_only=True)
class SpeltType(BaseType):
    """A type that DuckDB and columns have as text, which says the value whatever a session says: what
    `to_text` of the type without a style writes. DuckDB compares none of them."""

    duck_name: str = "VARCHAR"
    duck_says_more: bool = True
    orders_as_stored: bool = False

    def stored(self, value: object) -> str:
        return self.to_text(value)

    def from_stored(self, kept: Any) -> object:
        return self.from_text(str(kept), None)

    def comparand(self, kept: Any) -> str:
        return self.key(self.from_stored(kept))

    def key(self, value: object) -> str:
        return self.sort_text(self.internal(value))

    def from_duck(self, value: object) -> object:
        return self.from_stored(value)

    @cached_property
    def _crossing(self) -> Crossing:
        return Crossing(
            argument=self.duck_name,
            result=self.duck_name,
            read=lambda text: self.internal(self.from_stored(text)),
            write=lambda value: self.stored(self.from_internal(value)),
        )

    @property
    def crossing(self) -> Crossing:
        return self._crossing
