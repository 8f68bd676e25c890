"""Range types that CREATE TYPE ... AS RANGE makes, each with its multirange type."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

from vql.dataclass import dataclass
from vql.types.base import BaseType, Storage
from vql.types.enums import KEPT_MAX, quoted_name
from vql.types.ranges.multirange import MultirangeType
from vql.types.ranges.range import RangeType


class Subtype(Protocol):
    """What the type of bounds is asked (`vql.types.type.Type`)."""

    @property
    def base(self) -> BaseType:
        """What the type is."""


Subtypes = TypeVar("Subtypes", bound=Subtype)


@dataclass(frozen=True, slots=True)
class RangeParts(Generic[Subtypes]):
    """What a range type is beside its name: OIDs, what its bounds are, the name and OIDs of the `pair`, its
    multirange type. One that `is_multi` is that other type, and its pair the range type."""

    type_id: int
    array_id: int
    subtype: Subtypes
    pair: tuple[str, int, int]
    is_multi: bool = False
    collation: str = ""

    def paired(self, name: str) -> RangeParts[Subtypes]:
        """Return the parts of the pair of the type of a name."""
        _, type_id, array_id = self.pair
        pair = (name, self.type_id, self.array_id)
        return replace(self, type_id=type_id, array_id=array_id, pair=pair, is_multi=not self.is_multi)


@lru_cache(KEPT_MAX)
def made_range_type(name: str, parts: RangeParts[Subtype]) -> BaseType:
    """Return the base type of ranges or multiranges that somebody made."""
    if parts.is_multi:
        of = made_range_type(parts.pair[0], parts.paired(name))
        assert isinstance(of, RangeType), "the pair of a multirange type"
        return MultirangeType(
            name=name, oid=parts.type_id, array_oid=parts.array_id, standard_name=quoted_name(name),
            category="R", type_kind="m", storage=Storage.DICTIONARY, has_order=True, has_equality=True, of=of,
            parts=parts,
        )  # fmt: skip
    return RangeType(
        name=name, oid=parts.type_id, array_oid=parts.array_id, standard_name=quoted_name(name),
        category="R", type_kind="r", storage=Storage.DICTIONARY, has_order=True, has_equality=True,
        subtype=parts.subtype.base, parts=parts,
    )  # fmt: skip
