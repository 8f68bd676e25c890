"""What a base type is: everything that differs from type to type, with the defaults most types share.

A base type is an SQL type without its modifier. Each is one instance of `BaseType` or of a class
derived from it in the file of its name: what is data is a field, what is done with values a method.
Nothing outside `vql.types` compares the names of types; it asks the base type. Methods take the
modifier of the type at hand (`vql.types.type.Type`) where a value depends on it.

A value has four forms. *Canonical*: the Python object that all code sees. *Text* and *binary*:
PostgreSQL's, which travel. *Stored*: what a column keeps, by `Storage`. A new type says its names,
its fields, and those of these conversions that are not the default ones (CONTRIBUTING, "Add a type").
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property, partial
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from vql.calendar.style import Style
from vql.dataclass import dataclass
from vql.deadline import VALUES_BETWEEN_CHECKS, runs_watched
from vql.errors import DatatypeMismatch, InvalidParameterValue, InvalidText, NotSupportedError
from vql.types.forms.binary import wrong_size
from vql.types.forms.crossing import Crossing, crossing_as
from vql.types.forms.ndarrays import Bools
from vql.types.forms.sort_text import sort_text

# The stored form of a whole column, and which rows are not NULL (None: all).
StoredArray = tuple[NDArray[Any], Bools | None]
# Whether a canonical value is NULL, for `map`: no call of Python's.
is_null: Callable[[object], bool] = partial(operator.is_, None)

# What PostgreSQL's parser takes as space at the ends of a value.
SPACE = " \t\n\v\f\r"
# The SQL types of Python's, as errors call them; a boolean is an integer there, a timestamp a date.
PYTHON_TYPES: dict[type, str] = {
    bool: "boolean", int: "integer", float: "double precision", Decimal: "numeric", str: "text",
    bytes: "bytea", datetime: "timestamp", date: "date", UUID: "uuid", list: "array", np.ndarray: "vector",
}  # fmt: skip


class Storage(Enum):
    """How a column keeps the values of a type (`vql.storage.columns.column`)."""

    NUMBERS = "one number of the dtype each"
    DICTIONARY = "int32 codes over distinct strings"
    MATRIX = "a row of elements of the dtype each"
    SPARSE = "int64 codes over sparse rows"
    RAGGED = "int64 codes over rows of any number of elements of the dtype"
    OBJECTS = "Python objects: a type of results, not of tables"


@dataclass(frozen=True, eq=False, kw_only=True)
class BaseType:
    """An SQL type without modifier. Immutable; there is one instance of each.

    `name` is ours, `catalog_name` pg_type's, `standard_name` what format_type prints; an OID of None
    is a type clients see as text. `metrics` are those of a vector's operator classes, the default
    first.
    """

    name: str
    oid: int | None
    array_oid: int | None = None
    aliases: tuple[str, ...] = ()
    catalog_name: str = ""
    standard_name: str = ""
    # pg_type: typtype, typcategory, typlen, typispreferred, which extension's it is, "" where none's.
    type_kind: str = "b"
    category: str = "U"
    length: int = -1
    is_preferred: bool = False
    extension: str = ""
    # Stored form. `is_stored_as_is`: canonical values are what is stored.
    storage: Storage = Storage.OBJECTS
    dtype: np.dtype[Any] = np.dtype("i4")
    is_stored_as_is: bool = False
    # Whether a column can only be laid out for a known modifier.
    needs_modifier: bool = False
    # Comparison: whether there is an order (and a btree index), whether there is equality, whether
    # stored values compare as the values do.
    has_order: bool = False
    has_equality: bool = False
    orders_as_stored: bool = True
    # Whether values can be told apart at all, so that one may be a key.
    is_comparable: bool = True
    # Whether ORDER BY takes it, and a key: whether a btree may be over it.
    is_sortable: bool = True
    # What an offset of RANGE over such a key may be, the first where nothing says which; () for no offset.
    range_offsets: tuple[str, ...] = ()
    # The struct code of a binary form that is one number.
    struct_code: str = ""
    # Arrow: the format string a column crosses with ("U": its text, by dictionary), and those that
    # become this type where nobody says which (moments without their unit: "ts:", with a zone "ts:tz").
    arrow_format: str = "U"
    arrow_formats: tuple[str, ...] = ()
    # DuckDB: the type values are cast to there ("": none, and then that of literals alone), types of
    # results that become this one, and how a streamed column is given its type: nothing, "cast", or
    # a macro.
    duck_name: str = ""
    duck_literal: str = ""
    duck_results: tuple[str, ...] = ()
    duck_stream: str = ""
    # Whether a value is its text inside DuckDB where a query is analysed, and whether DuckDB compares values
    # as PostgreSQL does; how they cross to Python where that is not as they are.
    duck_is_text: bool = False
    duck_equates: bool = False  # it finds values equal as PostgreSQL does, whatever their order
    duck_compares: bool = False
    equal_is_same: bool = True  # 1 mon and 30 days, 0 and -0 are equal and not the same
    duck_crossing: Crossing | None = None
    # Whether DuckDB's form says more than the text form does: what a row's fields are, an object's OID.
    duck_says_more: bool = False
    # Whether only the catalog knows what a text stands for.
    is_looked_up: bool = False
    # Whether a value is a plain list of FLOAT inside DuckDB.
    duck_is_list: bool = False
    # The type whose operator classes it has, where it has none of its own.
    classed_as: str = ""
    # Whether its name alone stands for a type with a modifier: character is character(1), and bpchar is not.
    is_sized_by_name: bool = False
    # The number of an array's first element.
    lower_bound: int = 1
    # Microseconds of the unit in which moments since 1970 are stored, by which rows may expire; 0: none.
    moment_unit_us: int = 0
    # Vectors: the most dimensions, what an error calls them, metrics, and the types
    # that are cast to this one without being asked.
    dimensions_max: int = 0
    sizes_name: str = ""
    metrics: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def text_varies(self) -> bool:
        """Whether PostgreSQL has the text form for stable, not for immutable: of moments, which settings
        decide, and of what holds other values or takes names from the catalog."""
        return self.category in "ACDERT"

    @property
    def binary_is_text(self) -> bool | None:
        """Whether the binary form is a text, maybe behind a version; None where texts may be within it."""
        if self.category in "SEX":
            return True
        return False if self.struct_code or self.metrics or self.category in "BDINTV" else None

    @property
    def takes_lists(self) -> bool:
        """Whether a list may be handed over as one value, where an array is none of several dimensions."""
        return bool(self.metrics)

    @property
    def short_name(self) -> str:
        """pg_type.typname."""
        return self.catalog_name or self.name

    # -------------------------------------------------------------- modifiers

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        """Return the modifier that numbers in brackets behind the name stand for. Raises 22023."""
        return None

    def modifier_text(self, modifier: int) -> str:
        """Return a modifier as it is written in brackets."""
        return str(modifier)

    def typmod(self, modifier: int) -> int:
        """Return pg_attribute.atttypmod of a modifier."""
        return modifier + 4

    def modifier_of_typmod(self, typmod: int) -> int | None:
        """Return the modifier that a value of pg_attribute.atttypmod says, None for none."""
        return None

    def formatted(self, modifier: int | None) -> str:
        """Return the type as format_type prints it."""
        name = self.standard_name or self.name
        return name if modifier is None else f"{name}({self.modifier_text(modifier)})"

    # -------------------------------------------------------------- text and Python

    def styled(self, style: Style) -> BaseType:
        """Return the type as a session of a style reads and writes it."""
        return self

    def from_text(self, text: str, modifier: int | None) -> object:
        """Parse Postgres' text form. Raises 22P02, 22003, 22007, 22008."""
        return text

    def to_text(self, value: object) -> str:
        """Write a canonical value in Postgres' text form."""
        return str(value)

    def coerce(self, value: object, modifier: int | None) -> object:
        """Return the canonical value of anything a user may hand over but None: a text form, a numpy
        scalar, what `convert` knows. Raises DataError subclasses."""
        if isinstance(value, np.generic):
            value = value.item()
        return self.from_text(value, modifier) if isinstance(value, str) else self.convert(value, modifier)

    def convert(self, value: object, modifier: int | None) -> object:
        """Return the canonical value of a Python object that is no string. Raises 42804."""
        return value

    def cast(self, value: object, modifier: int | None) -> object:
        """Return the canonical value an explicit cast makes, which may cut what `coerce` refuses."""
        return self.coerce(value, modifier)

    def converter(self, modifier: int | None) -> Callable[[object], object]:
        """Return `coerce` for one modifier, None passed on: what makes a parameter's value."""
        coerce = self.coerce
        return lambda value: None if value is None else coerce(value, modifier)

    # -------------------------------------------------------------- binary

    def to_binary(self, value: object) -> bytes:
        """Write a canonical value as Postgres' send function does."""
        if not self.struct_code:
            raise NotSupportedError(f"type {self.name} has no binary form yet; ask for text")
        try:
            return self._number.pack(value)
        except (struct.error, TypeError, OverflowError):
            # A relational result may hold a Decimal or a text where a plain number is expected.
            return self._number.pack(self.coerce(value, None))

    def from_binary(self, data: bytes, modifier: int | None) -> object:
        """Read what Postgres' receive function does. Raises 22P03, 08P01."""
        if not self.struct_code:
            raise NotSupportedError(f"type {self.name} has no binary form yet; send text")
        try:
            return self._number.unpack(data)[0]
        except struct.error:
            raise wrong_size() from None

    @cached_property
    def _number(self) -> struct.Struct:
        return struct.Struct(">" + self.struct_code)

    # -------------------------------------------------------------- whole columns of either form

    def texts_of(self, cells: Sequence[object]) -> list[bytes] | None:
        """Return the text forms of cells, None where they have to be written one by one (a NULL or a
        strange object may be among them)."""
        return None

    def binaries_of(self, cells: Sequence[object]) -> list[bytes] | None:
        """Return the binary forms of cells, None as `texts_of` does."""
        return None

    def of_texts(self, cells: Sequence[str | None], modifier: int | None) -> object | None:
        """Return a list or array of canonical values of text forms, None where they have to be read
        one by one, which finds the error to report. Raises ValueError and OverflowError likewise."""
        return None

    def of_binaries(self, cells: Sequence[bytes], modifier: int | None) -> object | None:
        """Return a list or array of canonical values of binary forms, None as `of_texts` does."""
        if not self.struct_code:
            return None
        dtype = np.dtype(">" + {"?": "?", "h": "i2", "i": "i4", "q": "i8", "f": "f4", "d": "f8"}.get(
            self.struct_code, self.struct_code))  # fmt: skip
        if set(map(len, cells)) != {dtype.itemsize}:
            return None
        return np.frombuffer(b"".join(cells), dtype).astype(dtype.newbyteorder("="))

    # -------------------------------------------------------------- storage

    def stored(self, value: object) -> object:
        """Return what a column keeps for a canonical value."""
        return value

    def from_stored(self, kept: Any) -> object:
        """Return the canonical value of what a column keeps."""
        return kept

    def kept_text(self, value: object) -> str:
        """Return a text that says a canonical value, whatever a session says."""
        return str(self.stored(value)) if self.storage is Storage.DICTIONARY else self.to_text(value)

    def from_kept_text(self, text: str) -> object:
        """Return the canonical value that a text says."""
        return self.from_stored(text) if self.storage is Storage.DICTIONARY else self.from_text(text, None)

    def comparand(self, kept: Any) -> object:
        """Return what stands for a stored value where values are compared, but not as stored."""
        return self.from_stored(kept)

    def internal(self, value: Any) -> Any:
        """Return the form functions see (`vql.functions.declare`) of a canonical value that is not None."""
        return self.stored(value) if self.is_counted else value

    def from_internal(self, value: Any) -> Any:
        """Return the canonical value of what functions see."""
        return self.from_stored(value) if self.is_counted else value

    @property
    def is_counted(self) -> bool:
        """Whether a value is stored as a number that it is not itself: moments."""
        return self.storage is Storage.NUMBERS and not self.is_stored_as_is

    def holds(self, other: BaseType, modifier: int | None, its_modifier: int | None) -> bool:
        """Whether every value of another type is one of this type with a modifier, and stored as it is."""
        return other is self and modifier == its_modifier

    def key(self, value: object) -> int | str:
        """Return what equal values of a primary key have in common, and no others."""
        kept = self.stored(value)
        return kept if type(kept) is int else str(kept)

    def order_key(self, value: object) -> Any:
        """Return what compares, and is equal, as an internal value (`vql.functions.declare`) does. Raises
        42883 where the type has no order."""
        return value

    def sort_text(self, value: object) -> str:
        """Return a text that orders by code points as an internal value does, and is one for equal values."""
        return sort_text(self.order_key(value))

    def as_key(self, value: object) -> object | None:
        """Return the canonical value that a value of another type equals, and no other value of this type
        does; None where there is none, or that cannot be told."""
        return None

    def coerce_column(self, cells: Sequence[object], modifier: int | None) -> Sequence[object]:
        """Return the canonical values of a column, None for NULL."""
        coerce, runs = self.coerce, runs_watched(cells, VALUES_BETWEEN_CHECKS)
        return [None if cell is None else coerce(cell, modifier) for run in runs for cell in run]

    def coerce_exactly(self, cells: Sequence[object], modifier: int | None) -> Sequence[object]:
        """Return the canonical values of a column handed over whole. Raises what `coerce` does, and 22023
        for a value that it would cut or round."""
        made = self.coerce_column(cells, modifier)
        for given, kept in zip(cells, made, strict=True):
            if given is not kept and not self.keeps(given, kept):
                raise InvalidParameterValue(
                    f"{given} would not be kept as it is: type {self.name} makes {self.to_text(kept)} of it",
                    hint="round or cast the values before they are inserted",
                )
        return made

    def keeps(self, given: object, kept: object) -> bool:
        """Whether the canonical value of what was handed over says all that it said."""
        return True

    def cells_of(self, given: Any) -> list[object]:
        """Return the rows of an array or sequence a user hands over."""
        return given.tolist() if isinstance(given, np.ndarray) else list(given)

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        """Return the stored form of a whole array, None where it goes value by value. Raises what
        `coerce` does."""
        return None

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        """Return the stored form of the numbers of an Arrow array of a format, None where it goes
        value by value."""
        return None

    def to_numpy(self, data: NDArray[Any], modifier: int | None) -> NDArray[Any] | None:
        """Return stored data as the array users get, None where that is one of objects."""
        return data if self.storage is Storage.NUMBERS and self.is_stored_as_is else None

    def storage_of(self, modifier: int | None) -> Storage:
        """Return how a column keeps values of a modifier."""
        return self.storage

    def width(self, modifier: int | None) -> int:
        """Return the elements of a row of a matrix."""
        raise AssertionError(f"{self.name} is not stored as a matrix")

    def matrix(self, cells: Sequence[object], modifier: int | None) -> tuple[int | None, NDArray[Any]]:
        """Return canonical values as rows, zeros for None, and the modifier that reads them back;
        without one the first value's size is everybody's."""
        raise AssertionError(f"{self.name} is not stored as a matrix")

    def from_matrix(self, data: NDArray[Any], modifier: int | None) -> list[object]:
        """Return the canonical values of rows of a matrix."""
        raise AssertionError(f"{self.name} is not stored as a matrix")

    @property
    def array_dtype(self) -> np.dtype[Any]:
        """The dtype of a canonical value that is an array."""
        return self.dtype

    # -------------------------------------------------------------- DuckDB

    def duck_type(self, modifier: int | None) -> str:
        """Return DuckDB's spelling of the type. Raises 0A000 where it has none."""
        if not self.duck_name:
            raise NotSupportedError(f"type {self.name} is not supported in this expression yet")
        return self.duck_name

    def duck_form(self, modifier: int | None) -> str:
        """Return DuckDB's type of values where a query is analysed. Raises 0A000 where there is none."""
        return "VARCHAR" if self.duck_is_text else self.duck_type(modifier)

    @property
    def crossing(self) -> Crossing:
        """How values cross to functions in Python and back."""
        return self.duck_crossing or crossing_as(self.duck_form(None))

    def from_duck(self, value: object) -> object:
        """Return the canonical value of the form results have inside DuckDB."""
        return value

    # -------------------------------------------------------------- errors

    def bad_text(self, text: object) -> InvalidText:
        """Return the error of a text that is no value of the type."""
        return InvalidText(f'invalid input syntax for type {self.name}: "{text}"')

    def mismatch(self, value: object) -> DatatypeMismatch:
        """Return the error of a Python value that the type does not take."""
        given = next((name for known, name in PYTHON_TYPES.items() if isinstance(value, known)), "unknown")
        return DatatypeMismatch(f"a value of type {given} is not one of type {self.name}")


def checked_dimensions(name: str, numbers: tuple[int, ...], largest: int) -> int | None:
    """Return the dimensions that numbers behind a type's name give. Raises 22023 as pgvector does."""
    if not numbers:
        return None
    if len(numbers) > 1:
        raise InvalidParameterValue("invalid type modifier")
    if numbers[0] < 1:
        raise InvalidParameterValue(f"dimensions for type {name} must be at least 1")
    if numbers[0] > largest:
        raise InvalidParameterValue(f"dimensions for type {name} cannot exceed {largest}")
    return numbers[0]
