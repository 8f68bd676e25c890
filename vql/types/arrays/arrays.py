"""Arrays of every type that has an array OID, int2vector and oidvector.

A value is what `vql.types.arrays.dimensions` says. Columns and DuckDB have it as one text, JSON of its lists.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from vql.calendar.style import Style
from vql.dataclass import dataclass
from vql.deadline import watched
from vql.errors import DataError, DatatypeMismatch
from vql.types.arrays.dimensions import (
    DIMENSIONS_MAX,
    BoundedArray,
    dimensions_of,
    flat,
    has_matching_dimensions,
    kept_form,
    lower_bounds,
    map_elements,
    nested,
    of_kept_form,
    too_many_dimensions,
    with_bounds,
)
from vql.types.arrays.rows import RowValue
from vql.types.arrays.text import array_text, array_words
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import wrong_size
from vql.types.forms.crossing import Convert, Crossing
from vql.types.numbers.integers import OID, SMALLINT
from vql.types.text import TEXT

NULL = b"\xff\xff\xff\xff"


@dataclass(frozen=True, eq=False, kw_only=True)
class ArrayType(BaseType):
    """Lists of an element type's values. Their modifier is the element's.

    `by_oid` are all base types: a driver may send elements of a narrower type than the array's.
    """

    element: BaseType = TEXT
    by_oid: Mapping[int, BaseType]

    @property
    def binary_is_text(self) -> bool | None:
        return None if self.element.binary_is_text is not False else False

    def styled(self, style: Style) -> BaseType:
        element = self.element.styled(style)
        return self if element is self.element else replace(self, element=element)

    def formatted(self, modifier: int | None) -> str:
        return self.element.formatted(modifier)

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        return self.element.modifier_of(numbers)

    def modifier_text(self, modifier: int) -> str:
        return self.element.modifier_text(modifier)

    def typmod(self, modifier: int) -> int:
        return self.element.typmod(modifier)

    def from_text(self, text: str, modifier: int | None) -> list[Any]:
        return map_elements(lambda word: self.element.coerce(word, modifier), array_words(text))

    def cast(self, value: object, modifier: int | None) -> object:
        items = array_words(value) if isinstance(value, str) else self.convert(value, None)
        assert isinstance(items, list), "an array is a list"
        return map_elements(lambda item: self.element.cast(item, modifier), items)

    def to_text(self, value: object) -> str:
        if isinstance(value, str):
            return value
        items = value if isinstance(value, list) else list(value)  # type: ignore[call-overload]
        return array_text(items, self.element.to_text)

    def convert(self, value: object, modifier: int | None) -> object:
        if not isinstance(value, list | tuple | np.ndarray):
            raise DatatypeMismatch(f"{type(value).__name__} is not a value of type {self.name}")
        if isinstance(value, np.ndarray) and value.ndim == 0:
            raise DatatypeMismatch(f"a single number is not a value of type {self.name}")
        items = list(value)
        if self.element.takes_lists and not _holds_values(items):
            return [None if item is None else self.element.coerce(item, modifier) for item in items]
        is_part = _is_list if self.element.takes_lists else _is_sequence
        items = _as_lists(items, is_part)
        if not has_matching_dimensions(items):
            raise DataError("sub-arrays of an array must have matching dimensions", sqlstate="2202E")
        made = map_elements(lambda item: self.element.coerce(item, modifier), items)
        return BoundedArray(made, value.lower) if isinstance(value, BoundedArray) else made

    def to_binary(self, value: object) -> bytes:
        items: list[Any] = value if isinstance(value, list) else list(value)  # type: ignore[call-overload]
        shape, cells = dimensions_of(items), list(flat(items))
        lower = lower_bounds(items) if self.lower_bound == 1 else (self.lower_bound,)
        has_null = any(cell is None for cell in cells)
        parts = [struct.pack(">iiI", len(shape), has_null, self.element.oid or TEXT.oid)]
        parts += [struct.pack(">ii", length, low) for length, low in zip(shape, lower, strict=False)]
        for cell in watched(cells):
            data = None if cell is None else self.element.to_binary(cell)
            parts.append(NULL if data is None else len(data).to_bytes(4, "big") + data)
        return b"".join(parts)

    def from_binary(self, data: bytes, modifier: int | None) -> object:
        try:
            dimensions, _, oid = struct.unpack_from(">iiI", data)
            if not 0 <= dimensions <= DIMENSIONS_MAX:
                raise too_many_dimensions()
            bounds = [struct.unpack_from(">ii", data, 12 + 8 * i) for i in range(dimensions)]
            shape = [length for length, _ in bounds]
            read = self.by_oid.get(oid, self.element).from_binary
            cells: list[object] = []
            position = 12 + 8 * dimensions
            for _ in watched(range(_cells_in(shape))):
                (length,) = struct.unpack_from(">i", data, position)
                position += 4
                cells.append(None if length < 0 else read(data[position : position + length], modifier))
                position += max(length, 0)
        except struct.error:
            raise wrong_size() from None
        if position != len(data):
            raise wrong_size()
        made = map_elements(lambda cell: self.element.coerce(cell, modifier), nested(cells, shape))
        return made if self.lower_bound != 1 else with_bounds(made, [low for _, low in bounds])

    def internal(self, value: Any) -> Any:
        return map_elements(self.element.internal, value)

    def from_internal(self, value: Any) -> Any:
        element = self.element
        if type(element).from_internal is BaseType.from_internal and not element.is_counted:
            return value  # of one form each
        return map_elements(element.from_internal, value)

    def order_key(self, value: object) -> object:
        assert isinstance(value, list), "an array is a list"
        key = self.element.order_key
        cells = tuple((1,) if cell is None else (0, key(cell)) for cell in flat(value))
        shape = dimensions_of(value)
        return cells, len(shape), shape, lower_bounds(value)

    # -------------------------------------------------------------- storage

    def key(self, value: object) -> str:
        assert isinstance(value, list), "an array is a list"
        # Elements that are equal may be stored as different texts: 1.0 and 1.00.
        return self.stored(value if self.has_equality else map_elements(self.element.key, value))

    def stored(self, value: object) -> str:
        items: list[Any] = value if isinstance(value, list) else list(value)  # type: ignore[call-overload]
        if not self._keeps_elements:
            items = map_elements(self._element_kept[1], items)
        return json.dumps(kept_form(items), ensure_ascii=False)

    def from_stored(self, kept: Any) -> list[Any]:
        items = of_kept_form(json.loads(str(kept)))
        return items if self._keeps_elements else map_elements(self._element_kept[0], items)

    def comparand(self, kept: Any) -> str:
        return self.sort_text(self.internal(self.from_stored(kept)))

    @cached_property
    def _keeps_elements(self) -> bool:
        """Whether elements are what JSON has: strings, numbers, truth values; else their texts are kept."""
        return self.element.is_stored_as_is

    @cached_property
    def _element_kept(self) -> tuple[Convert, Convert]:
        """How the text of an element is read and written."""
        element = self.element
        if not element.duck_says_more:
            return lambda text: element.from_text(text, None), element.to_text
        read, write = element.crossing.read, element.crossing.write
        return lambda text: element.from_internal(read(text)), lambda item: write(element.internal(item))

    # -------------------------------------------------------------- DuckDB

    @cached_property
    def _crossing(self) -> Crossing:
        if self._keeps_elements:
            read: Convert = self.from_stored
            write: Convert = self.stored
        else:
            read = lambda text: self.internal(self.from_stored(text))  # noqa: E731
            write = lambda value: self.stored(self.from_internal(value))  # noqa: E731
        return Crossing(argument=self.duck_name, result=self.duck_name, read=read, write=write)

    @property
    def crossing(self) -> Crossing:
        return self._crossing

    def from_duck(self, cell: Any) -> list[Any]:
        return self.from_stored(cell)


class NumbersType(ArrayType):
    """The catalog's lists of column numbers and OIDs, from 0; their text is the numbers alone."""

    def formatted(self, modifier: int | None) -> str:
        return self.name

    def from_text(self, text: str, modifier: int | None) -> list[Any]:
        return with_bounds([self.element.coerce(word, modifier) for word in text.split()], [0])

    def cast(self, value: object, modifier: int | None) -> object:
        return self.from_text(value, modifier) if isinstance(value, str) else super().cast(value, modifier)

    def to_text(self, value: object) -> str:
        return value if isinstance(value, str) else " ".join(map(str, value))  # type: ignore[call-overload]


def arrays_of(bases: Sequence[BaseType], by_oid: Mapping[int, BaseType]) -> list[BaseType]:
    """Return the array types of base types, int2vector and oidvector."""
    made: list[BaseType] = [array_type(base, by_oid) for base in bases if base.array_oid is not None]
    for name, oid, element in (("int2vector", 22, SMALLINT), ("oidvector", 30, OID)):
        made.append(
            NumbersType(
                name=name, oid=oid, element=element, by_oid=by_oid, lower_bound=0, duck_name="VARCHAR",
                duck_says_more=True,
            )
        )  # fmt: skip
    return made


def array_type(element: BaseType, by_oid: Mapping[int, BaseType]) -> ArrayType:
    """Return the array type of an element type."""
    is_stored = element.storage is not Storage.OBJECTS
    is_exact = element.is_stored_as_is and element.has_equality and element.dtype.kind != "f"
    return ArrayType(
        name=element.name + "[]", oid=element.array_oid, catalog_name=f"_{element.short_name}",
        standard_name=element.standard_name or element.name, category="A", element=element, by_oid=by_oid,
        extension=element.extension, has_equality=is_exact, is_comparable=element.is_comparable,
        is_sortable=element.is_sortable,
        has_order=is_stored and element.is_sortable, orders_as_stored=False,
        storage=Storage.DICTIONARY if is_stored else Storage.OBJECTS, arrow_format="+l" if is_stored else "U",
        duck_name="VARCHAR", duck_says_more=True,
    )  # fmt: skip


def _is_list(item: Any) -> bool:
    return isinstance(item, list)


def _is_sequence(item: Any) -> bool:
    return isinstance(item, list | tuple) or (isinstance(item, np.ndarray) and item.ndim > 0)


def _holds_values(items: list[Any]) -> bool:
    """Whether lists within an array are parts of it: they hold what is surely an element."""
    parts = (item for item in watched(items) if isinstance(item, list))
    return any(isinstance(each, np.ndarray | RowValue) for part in parts for each in flat(part))


def _as_lists(items: list[Any], is_part: Callable[[Any], bool], dimension: int = 1) -> list[Any]:
    """Return sequences within each other as lists. Raises 54000, also for one that holds itself."""
    if dimension > DIMENSIONS_MAX:
        raise too_many_dimensions()
    return [
        _as_lists(list(item), is_part, dimension + 1) if is_part(item) else item for item in watched(items)
    ]


def _cells_in(shape: Sequence[int]) -> int:
    if any(length < 0 for length in shape):
        raise wrong_size()
    return int(np.prod(shape, dtype=object)) if shape else 0
