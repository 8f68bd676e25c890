"""SQL types: names, aliases, OIDs and the numpy dtype each is stored as.

A value in Python is: bool, int, float, decimal.Decimal (numeric), str (text, varchar, jsonb as its
text), datetime (timestamptz, aware, UTC), date, uuid.UUID, list (arrays), numpy float32 (dim,)
(vector), numpy float16 (dim,) (halfvec), numpy bool (bits,) (bit), SparseVector (sparsevec), None
(NULL). A value in storage ("physical") is: numpy scalars of `Type.dtype`;
timestamptz int64 microseconds and date int32 days since 1970-01-01; text, numeric, jsonb, uuid and
text[] as strings behind dictionary codes (`vql.storage.columns.column`); vectors as rows of a float32 or
float16 matrix; bit as rows of bytes, first bit highest, padded with zeros to 8 bytes; sparsevec as
codes of sparse rows (`vql.storage.columns.sparse_rows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql import limits
from vql.errors import InvalidParameterValue, UndefinedObject

F16 = NDArray[np.float16]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Type:
    """One SQL type. `modifier` is the dimension of a vector, the length of varchar, precision and scale
    of numeric as PostgreSQL packs them (`precision << 16 | scale`), else None."""

    name: str
    modifier: int | None = None

    def __str__(self) -> str:
        if self.modifier is None:
            return self.name
        if self.name == "numeric":
            return f"numeric({self.modifier >> 16},{self.modifier & 0xFFFF})"
        return f"{self.name}({self.modifier})"

    @property
    def is_vector(self) -> bool:
        """Whether there are distances between values: vector, halfvec, bit, sparsevec."""
        return self.name in VECTORS

    @property
    def is_dense(self) -> bool:
        """Whether a value is as many numbers as it has dimensions: vector, halfvec."""
        return self.name in DENSE

    @property
    def is_matrix(self) -> bool:
        """Whether a column is stored as the rows of a matrix, `width` elements each."""
        return self.name in DENSE or self.name == "bit"

    @property
    def width(self) -> int:
        """Elements of a stored row of a matrix: dimensions, or bytes in whole words of 64 bits."""
        dim = self.modifier or 0
        return (dim + 63) // 64 * 8 if self.name == "bit" else dim

    @property
    def is_number(self) -> bool:
        return self.name in NUMBERS

    @property
    def is_string_stored(self) -> bool:
        """Whether the column is kept as dictionary codes over strings."""
        return self.name in STRING_STORED

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of one stored value (a vector's component; a string's code is int32)."""
        return np.dtype(DTYPES.get(self.name, "i4"))

    @property
    def oid(self) -> int:
        return OIDS.get(self.name, OIDS["text"])


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

INTEGERS = frozenset({"smallint", "integer", "bigint"})
FLOATS = frozenset({"real", "double precision"})
NUMBERS = INTEGERS | FLOATS | {"numeric"}
STRING_STORED = frozenset({"text", "varchar", "numeric", "jsonb", "uuid", "text[]"})
DENSE = frozenset({"vector", "halfvec"})
VECTORS = DENSE | {"bit", "sparsevec"}
# What a table column may have; other names exist only as results of the relational bridge.
STORABLE = INTEGERS | FLOATS | STRING_STORED | VECTORS | {"boolean", "timestamptz", "date"}

DTYPES = {
    "boolean": "?",
    "smallint": "i2",
    "integer": "i4",
    "bigint": "i8",
    "real": "f4",
    "double precision": "f8",
    "timestamptz": "i8",
    "date": "i4",
    "vector": "f4",
    "halfvec": "f2",
    "bit": "u1",
    "sparsevec": "i8",
}

# PostgreSQL's pg_type OIDs; those of vectors are ours, stable and above 16384 as extension types are.
OIDS = {
    "boolean": 16, "bytea": 17, "char": 18, "name": 19, "bigint": 20, "smallint": 21, "int2vector": 22,
    "integer": 23, "regproc": 24, "text": 25, "oid": 26, "json": 114, "real": 700,
    "double precision": 701, "unknown": 705, "varchar": 1043, "date": 1082, "time": 1083,
    "timestamp": 1114, "timestamptz": 1184, "interval": 1186, "numeric": 1700, "regclass": 2205,
    "regtype": 2206, "regnamespace": 4089, "regrole": 4096, "bit": 1560, "uuid": 2950, "jsonb": 3802,
    "vector": 16400, "halfvec": 16402, "sparsevec": 16404,
    "boolean[]": 1000, "bytea[]": 1001, "smallint[]": 1005, "integer[]": 1007, "text[]": 1009,
    "bigint[]": 1016, "real[]": 1021, "double precision[]": 1022, "oid[]": 1028, "varchar[]": 1015,
    "timestamp[]": 1115, "date[]": 1182, "timestamptz[]": 1185, "numeric[]": 1231, "uuid[]": 2951,
    "jsonb[]": 3807, "name[]": 1003, "bit[]": 1561, "vector[]": 16401, "halfvec[]": 16403,
    "sparsevec[]": 16405,
}  # fmt: skip
NAMES_BY_OID = {oid: name for name, oid in OIDS.items()}

ALIASES = {
    "bool": "boolean", "int2": "smallint", "int": "integer", "int4": "integer", "int8": "bigint",
    "float4": "real", "float8": "double precision", "float": "double precision",
    "double": "double precision", "decimal": "numeric", "character varying": "varchar",
    "timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
    "string": "text", "time without time zone": "time", "bpchar": "text", "character": "text",
}  # fmt: skip

DIMENSIONS_MAX = {
    "vector": limits.VECTOR_DIMENSIONS_MAX,
    "halfvec": limits.VECTOR_DIMENSIONS_MAX,
    "sparsevec": limits.SPARSE_DIMENSIONS_MAX,
}


def type_named(name: str, modifiers: tuple[int, ...] = ()) -> Type:
    """Return the type of an SQL name as written (any case, alias or `pg_catalog.` prefix allowed).

    Raises UndefinedObject for an unknown name, InvalidParameterValue for a bad dimension.
    """
    folded = " ".join(name.lower().split()).removeprefix("pg_catalog.").removeprefix("public.")
    suffix = "[]" if folded.endswith("[]") else ""
    base = folded.removesuffix("[]")
    base = ALIASES.get(base, base)
    if base + suffix not in OIDS:
        raise UndefinedObject(f'type "{name}" does not exist')
    if base in DIMENSIONS_MAX and modifiers:
        if len(modifiers) > 1:
            raise InvalidParameterValue("invalid type modifier")
        if modifiers[0] < 1:
            raise InvalidParameterValue(f"dimensions for type {base} must be at least 1")
        if modifiers[0] > DIMENSIONS_MAX[base]:
            raise InvalidParameterValue(f"dimensions for type {base} cannot exceed {DIMENSIONS_MAX[base]}")
        return Type(base + suffix, modifiers[0])
    if base == "bit":
        length = modifiers[0] if modifiers else 1  # bit alone is bit(1) in Postgres
        if length < 1:
            raise InvalidParameterValue("length for type bit must be at least 1")
        if length > limits.BIT_LENGTH_MAX:
            raise InvalidParameterValue(f"length for type bit cannot exceed {limits.BIT_LENGTH_MAX}")
        return Type(base + suffix, length)
    if base == "varchar" and modifiers and not suffix:
        return Type(base, modifiers[0])
    if base == "numeric" and modifiers and not suffix:
        precision, scale = modifiers[0], modifiers[1] if len(modifiers) > 1 else 0
        if not 1 <= precision <= 1000:
            raise InvalidParameterValue(f"NUMERIC precision {precision} must be between 1 and 1000")
        if not 0 <= scale <= precision:
            raise InvalidParameterValue(f"NUMERIC scale {scale} must be between 0 and precision {precision}")
        return Type(base, precision << 16 | scale)
    return Type(base + suffix)


def vector(dim: int) -> Type:
    """Return vector(dim)."""
    return Type("vector", dim)
