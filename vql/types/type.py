"""SQL types as plain data, and the registry of base types by name, OID, Arrow format and DuckDB name.

A value in Python is: bool, int, float, decimal.Decimal (numeric), str (text, varchar, jsonb as its
text), datetime (timestamptz: aware, UTC; timestamp: naive), date, uuid.UUID, list (arrays), numpy
float32 (dim,) (vector), numpy float16 (dim,) (halfvec), numpy bool (bits,) (bit), SparseVector
(sparsevec), None (NULL). In storage timestamp and timestamptz are int64 microseconds and date int32
days since 1970-01-01; text, numeric, jsonb, uuid and text[] are strings behind dictionary codes
(`vql.storage.columns.column`); vectors rows of a float32 or float16 matrix; bit rows of bytes, first
bit highest, padded with zeros to 8 bytes; sparsevec codes of sparse rows
(`vql.storage.columns.ragged_rows`), as dense vectors without dimensions are over rows of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np

from vql.calendar.style import DEFAULT, Style
from vql.dataclass import dataclass
from vql.errors import ProgrammingError, UndefinedObject
from vql.roles.access import OWNERS, Access
from vql.types import boolean, bytea, network, objects, pseudo, text, uuid
from vql.types.arrays import arrays, record
from vql.types.arrays.composite import Composite, composite_type
from vql.types.base import BaseType, Storage
from vql.types.enums import KEPT_MAX, Enumeration, enum_type, quoted_name
from vql.types.extensions import citext, hstore
from vql.types.json import json, jsonpath
from vql.types.moments import interval, moments, timetz
from vql.types.numbers import floats, integers, numeric, xids
from vql.types.ranges import multirange, range
from vql.types.ranges.made import RangeParts, made_range_type
from vql.types.search import tsquery, tsvector
from vql.types.vectors import bit, halfvec, sparsevec, varbit, vector

SCALARS: tuple[BaseType, ...] = (
    *boolean.TYPES, *integers.TYPES, *floats.TYPES, *numeric.TYPES, *text.TYPES, *bytea.TYPES,
    *moments.TYPES, *timetz.TYPES, *interval.TYPES, *uuid.TYPES, *network.TYPES, *json.TYPES,
    *jsonpath.TYPES, *bit.TYPES, *varbit.TYPES, *vector.TYPES, *halfvec.TYPES, *sparsevec.TYPES,
    *range.TYPES, *multirange.TYPES, *record.TYPES, *objects.TYPES, *pseudo.TYPES, *citext.TYPES,
    *hstore.TYPES, *tsvector.TYPES, *tsquery.TYPES, *xids.TYPES,
)  # fmt: skip
_BY_OID = {base.oid: base for base in SCALARS if base.oid is not None}
BASE_TYPES = {base.name: base for base in (*SCALARS, *arrays.arrays_of(SCALARS, _BY_OID))}
record.BASES.update(BASE_TYPES)
_NAMES_BY_OID = {base.oid: name for name, base in BASE_TYPES.items()}
_ALIASES = {alias: base.name for base in SCALARS for alias in base.aliases}
_BY_ARROW = {form: base.name for base in SCALARS for form in base.arrow_formats}
_BY_DUCK = {known: base.name for base in BASE_TYPES.values() for known in base.duck_results}


@dataclass(frozen=True)
class Type:
    """One SQL type: a base type's name and a modifier, as PostgreSQL's atttypmod without its offset:
    the dimension of a vector, the length of varchar, precision and scale of numeric, else None. A type that
    CREATE TYPE made, and that of a table's rows, says what it is by `made`. A `domain` is told of columns and
    casts, and no part of what makes types equal."""

    name: str
    modifier: int | None = None
    made: Made | None = None
    # What restricts the values, or those that arrays are of; the type is the one that it is over.
    domain: Domain | None = field(default=None, compare=False)

    @cached_property
    def base(self) -> BaseType:
        """What the type is: no part of the data, looked up at first use."""
        if self.made is None:
            return _base_named(self.name)
        name = self.name.removesuffix("[]")
        if isinstance(self.made, Enumeration):
            base = enum_type(name, self.made)
        elif isinstance(self.made, RangeParts):
            base = made_range_type(name, self.made)
        else:
            base = composite_type(name, self.made)
        return _array_of(base) if self.name.endswith("[]") else base

    def __str__(self) -> str:
        if self.modifier is None:
            return self.name
        return f"{self.name}({self.base.modifier_text(self.modifier)})"

    def formatted(self) -> str:
        """Return the type as format_type prints it."""
        if self.domain is not None:
            return quoted_name(self.domain.name) + ("[]" if self.is_of_domains else "")
        return self.base.formatted(self.modifier) + ("[]" if self.is_array else "")

    # -------------------------------------------------------------- what kind of type it is

    @property
    def oid(self) -> int:
        """The OID clients are told: text's for a type that has none, of a domain that of what it is over."""
        if self.domain is not None and self.is_of_domains:
            return self.domain.array_id
        return self.base.oid or text.TEXT.oid or 0

    @property
    def catalog_oid(self) -> int:
        """The OID that the catalog has: a domain's own."""
        return self.oid if self.domain is None or self.is_of_domains else self.domain.type_id

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of one stored value (a vector's component; a string's code is int32)."""
        return self.base.dtype

    @cached_property
    def storage(self) -> Storage:
        """How a column keeps its values: vectors of any number of dimensions are no matrix."""
        return self.base.storage_of(self.modifier)

    @property
    def is_vector(self) -> bool:
        """Whether there are distances between values: vector, halfvec, bit, sparsevec."""
        return bool(self.base.metrics)

    @property
    def is_dense(self) -> bool:
        """Whether a value is as many numbers as it has dimensions: vector, halfvec."""
        return self.base.storage is Storage.MATRIX and self.base.dtype.kind == "f"

    @property
    def is_single(self) -> bool:
        """Whether a column is a matrix of float32, whose rows are compared as they are stored, many at a
        time."""
        return self.is_dense and self.is_matrix and self.base.dtype.itemsize == 4

    @property
    def is_matrix(self) -> bool:
        """Whether a column is stored as the rows of a matrix, `width` elements each."""
        return self.storage is Storage.MATRIX

    @property
    def width(self) -> int:
        """Elements of a stored row of a matrix: dimensions, or bytes in whole words of 64 bits."""
        return self.base.width(self.modifier)

    @property
    def is_number(self) -> bool:
        """Whether there is arithmetic: integers, floats, numeric; not oid, by which no frame counts."""
        return self.base.category == "N" and bool(self.base.range_offsets)

    @property
    def is_integer(self) -> bool:
        return self.is_number and self.base.is_stored_as_is and self.base.dtype.kind == "i"

    @property
    def is_float(self) -> bool:
        return self.is_number and self.base.dtype.kind == "f"

    def widens(self, other: Type) -> bool:
        """Whether integers of another type are the same values of this one, which is no narrower."""
        return self.is_integer and other.is_integer and self.base.length >= other.base.length

    @property
    def is_decimal(self) -> bool:
        """Whether numbers are exact decimals, kept as texts."""
        return self.is_number and self.is_string_stored

    @property
    def is_string(self) -> bool:
        """Whether it is text or like it: what LIKE and || take."""
        return self.base.category == "S"

    @property
    def has_case(self) -> bool:
        """Whether it is text or like it, and stored; case counts where values are compared."""
        return self.is_string and self.is_storable and self.base.equal_is_same

    @property
    def composite(self) -> Composite[Type] | None:
        """What the fields of a value are, None of a type whose values have none."""
        return self.made if isinstance(self.made, Composite) and not self.is_array else None

    @property
    def plain(self) -> Type:
        """The type without a domain."""
        return self if self.domain is None else Type(self.name, self.modifier, self.made)

    @property
    def is_of_domains(self) -> bool:
        """Whether it is arrays of values of a domain."""
        return self.domain is not None and self.name != self.domain.over.name

    @property
    def is_array(self) -> bool:
        return self.base.category == "A"

    @property
    def is_storable(self) -> bool:
        """Whether a column of a table may have it; the others exist as results."""
        return self.base.storage is not Storage.OBJECTS

    @property
    def is_string_stored(self) -> bool:
        """Whether the column is kept as dictionary codes over strings."""
        return self.base.storage is Storage.DICTIONARY

    @property
    def has_layout(self) -> bool:
        """Whether a column can be laid out as its base type says: storable, and known well enough."""
        return self.is_storable and (self.modifier is not None or not self.base.needs_modifier)

    @property
    def is_sized(self) -> bool:
        """Whether it says how many dimensions a vector has, as an index over it has to know."""
        return self.modifier is not None or not self.is_vector

    @property
    def typmod(self) -> int:
        """pg_attribute.atttypmod: the modifier as PostgreSQL keeps it, -1 for none."""
        return -1 if self.modifier is None else self.base.typmod(self.modifier)

    # -------------------------------------------------------------- types beside it

    def sized(self, modifier: int | None) -> Type:
        """Return the type with another modifier."""
        return self if modifier == self.modifier else Type(self.name, modifier, self.made)

    @property
    def element(self) -> Type:
        """The type of the elements of an array, without its modifier; itself of what is none."""
        domain = self.domain if self.is_of_domains else None
        return Type(self.name.removesuffix("[]"), None, self.made, domain)

    @property
    def of_list(self) -> Type:
        """The array type that int2vector and oidvector are cast to; itself of what is neither."""
        base = self.base
        return Type(base.element.name).array if isinstance(base, arrays.NumbersType) else self

    @property
    def array(self) -> Type:
        """The type of arrays of it."""
        return Type(f"{self.name}[]", self.modifier, self.made, self.domain)

    def holds(self, other: Type) -> bool:
        """Whether every value of another type is one of this, and stored as it is."""
        return self.base.holds(other.base, self.modifier, other.modifier)

    # -------------------------------------------------------------- values

    def coerce(self, value: object, style: Style = DEFAULT) -> object:
        """Return the canonical value of anything a user may hand over; None stays None.

        Strings are read as text forms; numpy scalars and arrays, lists, pgvector's classes and objects
        with the buffer protocol are accepted as vectors. Raises DataError subclasses.
        """
        return None if value is None else self.base_in(style).coerce(value, self.modifier)

    def converter(self, style: Style = DEFAULT) -> Callable[[object], object]:
        """Return `coerce` as a function, which is quick for values that are canonical already."""
        return self.base_in(style).converter(self.modifier)

    def base_in(self, style: Style) -> BaseType:
        """Return the base type as a session of a style reads and writes it."""
        return self.base if style is DEFAULT else self.base.styled(style)

    def cast(self, value: object, style: Style = DEFAULT) -> object:
        """Return the canonical value an explicit cast makes, which may cut what `coerce` refuses."""
        return None if value is None else self.base_in(style).cast(value, self.modifier)

    def from_text(self, text: str) -> object:
        """Parse a value's Postgres text form. Raises 22P02, 22003, 22007 and pgvector's errors."""
        return self.base.from_text(text, self.modifier)

    def to_text(self, value: object) -> str:
        """Write a canonical value in its Postgres text form."""
        return self.base.to_text(value)

    def stored(self, value: object) -> object:
        """Return what a column keeps for a canonical value (not None)."""
        return self.base.stored(value)

    def from_stored(self, kept: object) -> object:
        """Return the canonical value of what a column keeps."""
        return self.base.from_stored(kept)


@dataclass(frozen=True, slots=True)
class DomainCheck:
    """A condition, as SQL `text` about VALUE, that is false of no value; of older ones only where it
    `is_validated`."""

    constraint_id: int
    name: str
    text: str
    is_validated: bool = True


@dataclass(frozen=True, slots=True)
class Domain:
    """A type that restricts another: `over`."""

    type_id: int
    array_id: int
    name: str
    over: Type
    schema: str
    not_null: bool = False
    default: str | None = None
    checks: tuple[DomainCheck, ...] = ()
    # Of no column: what has a domain for its type need not know whose that is.
    access: Access = field(default=OWNERS, compare=False)

    @property
    def qualified(self) -> tuple[str, str]:
        """What the domain is found under."""
        return self.schema, self.name

    @property
    def type(self) -> Type:
        """The type of its values."""
        return Type(self.over.name, self.over.modifier, self.over.made, self)


@lru_cache(KEPT_MAX)
def _array_of(element: BaseType) -> BaseType:
    return arrays.array_type(element, _BY_OID)


def _base_named(name: str) -> BaseType:
    """Return a base type; an array of a type without an array OID is one too, what else there may be
    in a result travels as text."""
    found = BASE_TYPES.get(name)
    if found is not None:
        return found
    return arrays.array_type(_base_named(name[:-2]), _BY_OID) if name.endswith("[]") else text.TEXT


BOOLEAN = Type("boolean")
SMALLINT = Type("smallint")
INTEGER = Type("integer")
BIGINT = Type("bigint")
REAL = Type("real")
DOUBLE = Type("double precision")
NUMERIC = Type("numeric")
TEXT = Type("text")
TIMESTAMPTZ = Type("timestamptz")
DATE = Type("date")
JSONB = Type("jsonb")
UUID = Type("uuid")
TEXT_ARRAY = Type("text[]")
VECTOR = Type("vector")
HALFVEC = Type("halfvec")
BIT = Type("bit")
SPARSEVEC = Type("sparsevec")
UNKNOWN = Type("unknown")


# ------------------------------------------------------------------ look-ups


def type_named(name: str, modifiers: tuple[int, ...] = ()) -> Type:
    """Return the type of an SQL name as written (any case, alias or `pg_catalog.` prefix allowed).

    Raises UndefinedObject for an unknown name, InvalidParameterValue for a bad dimension.
    """
    folded = " ".join(name.lower().split())
    suffix = "[]" if folded.endswith("[]") else ""
    in_schema, _, plain = folded.removesuffix("[]").rpartition(".")
    if plain not in BASE_TYPES:
        plain = plain.strip('"')
    base = _built_in(plain, suffix)
    if base is not None and not has_name(base.extension, in_schema.strip('"')):
        base = None
    names = _NAMES.get()
    if base is None and names is not None and (made := names.find_type(name.removesuffix("[]"))) is not None:
        return made.array if suffix else made
    if base is None:
        raise UndefinedObject('type "{}" does not exist'.format(name.replace('"', "")))
    if not modifiers and plain in text.ONE_CHARACTER:
        modifiers = (1,)
    return Type(base.name, base.modifier_of(modifiers))


def _built_in(name: str, suffix: str = "") -> BaseType | None:
    base = BASE_TYPES.get(_ALIASES.get(name, name) + suffix)
    if base is None and name.startswith("_") and not suffix:  # an array, by pg_type's name
        element = _built_in(name[1:])
        if element is not None and element.short_name == name[1:]:
            return BASE_TYPES.get(element.name + "[]")
    return base


def declared_type(name: str) -> Type:
    """Return the type that a name in a declaration of ours means, whatever extensions there are."""
    base = _built_in(name.removesuffix("[]"), "[]" if name.endswith("[]") else "")
    assert base is not None, name
    return Type(base.name)


class NameLookup(Protocol):
    """What names mean where a statement is bound."""

    def find_type(self, name: str) -> Type | None:
        """Return the type of the database that a name means, as it is written; None where none does."""

    @property
    def extensions(self) -> Mapping[str, str]:
        """The extensions there are, and their schemas."""

    @property
    def own_functions(self) -> Mapping[str, Sequence[Any]]:
        """The functions by name that the program of this process has made."""


Made = Enumeration | Composite[Type] | RangeParts[Type]
_NAMES: ContextVar[NameLookup | None] = ContextVar("_NAMES", default=None)


@contextmanager
def with_names(names: NameLookup) -> Iterator[None]:
    """Let `type_named` find types of a database too, and those of its extensions alone."""
    token = _NAMES.set(names)
    try:
        yield
    finally:
        _NAMES.reset(token)


def has_name(extension: str, in_schema: str = "") -> bool:
    """Whether what an extension brings, or what is built in where it is none's, has a name, alone or behind
    that of a schema. Whatever is not bound to a database finds everything."""
    if not extension:
        return in_schema in ("", "pg_catalog")
    names = _NAMES.get()
    if names is None:
        return True
    there = names.extensions.get(extension)
    return there is not None and in_schema in ("", there)


def own_functions(name: str) -> Sequence[Any]:
    """Return the functions of a name that the program of this process has made."""
    names = _NAMES.get()
    return () if names is None else names.own_functions.get(name, ())


def extension_places() -> Collection[str]:
    """Return the schemas that extensions are in."""
    names = _NAMES.get()
    return () if names is None else names.extensions.values()


def storable_names() -> list[str]:
    """Return the names of types columns may have, and their aliases, in order."""
    storable = [base for base in BASE_TYPES.values() if base.storage is not Storage.OBJECTS]
    return sorted(name for base in storable for name in (base.name, *base.aliases))


def literal_words() -> frozenset[str]:
    """Return the single words that name a type whose values are written as strings behind them."""
    text_alone = ("", TEXT.base.duck_name)
    named = [
        base for base in SCALARS if base.storage is not Storage.OBJECTS or base.duck_name not in text_alone
    ]
    words = {word for base in named for word in (base.name, *base.aliases) if " " not in word}
    return frozenset(words - set(text.ONE_CHARACTER))


def type_of_oid(oid: int) -> Type:
    """Return the type of an OID, `unknown` where there is none."""
    return Type(_NAMES_BY_OID.get(oid, UNKNOWN.name))


def check_no_pseudo_type(column: str, type_: Type) -> None:
    """Raise 42P16 for a type that no column of a relation and no field has."""
    if type_.element.base.type_kind == "p":
        raise ProgrammingError(f'column "{column}" has pseudo-type {type_.formatted()}', sqlstate="42P16")


def type_of_arrow(form: str) -> Type:
    """Return the type nearest to an Arrow format that is neither nested nor a dictionary."""
    head, colon, rest = form.partition(":")
    if head[:1] == "t":  # moments and spans: t, what of, unit
        form = head[:2] + colon + ("tz" if rest else "")
    elif head in ("d", "w"):
        form = head + colon
    return Type(_BY_ARROW.get(form, text.TEXT.name))


def type_of_duck(name: str) -> Type:
    """Return the type of one of DuckDB's, by its name."""
    known = _BY_DUCK.get(name)
    if known is None and name.endswith("]"):
        element, _, size = name.removesuffix("]").rpartition("[")
        inner = type_of_duck(element)
        if inner.is_float:
            return Type(VECTOR.name, int(size) if size else None)
        return inner if inner.is_array else inner.array
    return Type(known or _BY_DUCK.get(name.partition("(")[0], TEXT.name))
